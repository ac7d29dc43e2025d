"""A maker accepts or declines; what nobody answered expires."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from demand import locking
from demand.errors import InvalidValue, NotThere
from demand.models import Pool, PoolState
from manufacturers.models import OUT_STATES, CapacityBooking, CapacityWindow, Proposal, ProposalState, ProposalVersion
from manufacturers.negotiating import reads
from manufacturers.negotiating.errors import ProposalChanged, ProposalExpired
from manufacturers.offering.reads import booked_window_ids
from manufacturers.offering.steps import bind, book
from manufacturers.proposing import reads as proposing
from manufacturers.proposing import steps
from manufacturers.proposing.errors import PoolTaken

DECLINE_REASONS = {
    "price": _("The price is too low"),
    "quantity": _("The quantity does not suit"),
    "date": _("The date is too early"),
    "specification": _("We do not make this"),
    "capacity": _("Our lines are full"),
    "other": _("Another reason"),
}
_DECIDED = (ProposalState.ACCEPTED, ProposalState.RELEASED, ProposalState.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedProposal:
    """What the caller needs after an acceptance, and nothing lazy."""

    proposal_id: int
    revision: int
    booked_units: int
    binding_until: datetime


def accept(*, proposal_id: int, member_id: int, seen_revision: int, now: datetime) -> AcceptedProposal:
    """Bind a manufacturer to a proposal and book its capacity.

    One transaction of its own. Locks the capacity windows, then the proposal, then its pool, by rising key; capacity is
    checked after the locks are held. ``proposal.accepted`` is written to the outbox in the same transaction; the
    campaign opens from there. Calling it again with the same ``seen_revision`` after a success returns the first
    result and books nothing more.

    Raises
    ------
    ProposalChanged
        If the stored revision is not ``seen_revision`` and the call is not a repeat.
    ProposalExpired
        If the time to answer is over.
    PoolTaken
        If a rival's proposal for the same pool was accepted first, or the pool is not open any more.
    CapacityTaken
        If the offer has fewer free units than the proposal needs.
    """
    before = reads.subject(proposal_id, now=now)
    with locking.transaction():
        proposal, pool = _held(before)
        member = reads.deciding_member(member_id, before.proposal)
        if (
            proposal.state in _DECIDED
            and proposal.decided_by_id == member.user_id
            and seen_revision < proposal.revision
        ):
            return _accepted(proposal, pool)
        check_open(proposal, seen_revision=seen_revision, now=now)
        take(proposal, before.version, pool, by_id=member.user_id, now=now)
        return _accepted(proposal, pool)


def _held(before: reads.Subject) -> tuple[Proposal, Pool]:
    """Lock what a decision touches; a proposal that has another version by now is not the one that was read."""
    known = before.proposal
    locked = locking.lock((CapacityWindow, before.windows), (Proposal, [known.pk]), (Pool, [known.pool_id]))
    proposal, pool = locked.get(Proposal, known.pk), locked.get(Pool, known.pool_id)
    if proposal is None or pool is None:
        raise NotThere
    if proposal.version != before.version.number:
        raise ProposalChanged
    return proposal, pool


def check_open(proposal: Proposal, *, seen_revision: int, now: datetime) -> None:
    """Raise unless a maker may still decide about a locked proposal as they saw it.

    Whether its time ran out is said first, also after it was ended for that: that is what the maker can act on.
    """
    if proposal.state == ProposalState.EXPIRED:
        raise ProposalExpired
    if proposal.revision != seen_revision or proposal.state != ProposalState.SENT:
        raise ProposalChanged
    if proposal.expires_at is not None and proposal.expires_at <= now:
        raise ProposalExpired


def take(proposal: Proposal, version: ProposalVersion, pool: Pool, *, by_id: int, now: datetime) -> None:
    """Bind a maker to a version: everything is locked, and a rival was not faster.

    Raises :class:`PoolTaken` and what booking raises.
    """
    rivals = Proposal.objects.filter(pool_id=pool.pk, state=ProposalState.ACCEPTED).exclude(pk=proposal.pk)
    if pool.state != PoolState.OPEN or rivals.exists():
        raise PoolTaken
    book(proposal, proposal.offer_id, version.max_units, version.window_to, now)
    bind(proposal, now)
    steps.move(proposal, ProposalState.ACCEPTED, now=now, decided_at=now, decided_by_id=by_id, version=version.number)
    steps.say(proposal, "proposal.accepted", now=now)


def _accepted(proposal: Proposal, pool: Pool) -> AcceptedProposal:
    bound = CapacityBooking.objects.filter(proposal=proposal, state=CapacityBooking.State.BOUND)
    return AcceptedProposal(
        proposal_id=proposal.pk,
        revision=proposal.revision,
        booked_units=sum(bound.values_list("units", flat=True)),
        binding_until=reads.binding_until(proposal.decided_at or proposal.updated_at, pool),
    )


def decline(
    *, proposal_id: int, member_id: int, seen_revision: int, reason: str, note: str = "", now: datetime
) -> None:
    """Turn a proposal down with a reason; its capacity is free again. The same answer again changes nothing.

    One transaction; locks its capacity windows, then the proposal.

    Raises
    ------
    InvalidValue
        For a reason that is not one of ``DECLINE_REASONS``, or ``other`` without a note.
    ProposalChanged
        If the stored revision is not ``seen_revision``, or it is not out.
    """
    if reason not in DECLINE_REASONS:
        raise InvalidValue(_("Choose a reason."), field="reason")
    if reason == "other" and not note.strip():
        raise InvalidValue(_("Say in a few words why."), field="note")
    before = reads.subject(proposal_id, now=now)
    with locking.transaction():
        proposal, _pool = _held(before)
        member = reads.deciding_member(member_id, before.proposal)
        if proposal.state == ProposalState.DECLINED and proposal.decline_reason == reason:
            return
        if proposal.revision != seen_revision or proposal.state != ProposalState.SENT:
            raise ProposalChanged
        steps.end(
            proposal,
            ProposalState.DECLINED,
            "proposal.declined",
            now=now,
            decided_at=now,
            decided_by_id=member.user_id,
            decline_reason=reason,
            decline_note=note.strip()[:500],
        )


def expire_due(*, now: datetime) -> int:
    """End every proposal whose time to answer is over; how many. One transaction each; safe to run several times."""
    return sum(_expire(proposal_id, now=now) for proposal_id in proposing.due_to_expire(now=now))


def _expire(proposal_id: int, *, now: datetime) -> bool:
    with locking.transaction():
        windows = booked_window_ids([proposal_id])
        locked = locking.lock((CapacityWindow, windows), (Proposal, [proposal_id]))
        proposal = locked.get(Proposal, proposal_id)
        if proposal is None or proposal.state not in OUT_STATES:
            return False
        if proposal.expires_at is None or proposal.expires_at > now:
            return False
        proposal.counters.filter(state="open").update(state="refused", answered_at=now)
        steps.end(proposal, ProposalState.EXPIRED, "proposal.expired", now=now, tell_of="maker.lapsed")
    return True
