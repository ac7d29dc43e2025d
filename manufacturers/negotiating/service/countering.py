"""Rounds: a maker changes lines, sees with the platform what it costs, and the platform answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max

from demand import locking
from demand.campaigning import reads as campaigning
from demand.campaigning.errors import CampaignClosed, FillPhase, RoundUsed
from demand.errors import NotThere
from demand.models import CampaignState, ConsentRound, Pool
from manufacturers.models import CapacityWindow, Counter, Proposal, ProposalState, ProposalVersion
from manufacturers.negotiating import effects, reads
from manufacturers.negotiating.errors import CounterAnswered, CounterOpen, ProposalChanged
from manufacturers.negotiating.service.campaigns import consent_changes
from manufacturers.negotiating.service.deciding import check_open, take
from manufacturers.offering.steps import today_of
from manufacturers.proposing import reads as proposing
from manufacturers.proposing import steps

ANSWER_TIME = timedelta(days=proposing.ANSWER_DAYS)
LEAST_TIME = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterMade:
    """A counter-offer that waits for its answer, with what it costs."""

    counter_id: int
    round: int
    revision: int
    effect: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterReply:
    """How a counter-offer was answered, and where the proposal stands."""

    counter_id: int
    agreed: bool
    state: str
    version: int
    revision: int


def counter(
    *,
    proposal_id: int,
    member_id: int,
    seen_revision: int,
    changes: Mapping[str, Any],
    note: str = "",
    now: datetime,
) -> CounterMade:
    """Put changed lines to the platform; an agreed counter binds the maker who made it.

    ``changes`` as on :class:`Counter`; one counter is open at a time. The kernel evaluates it outside the transaction,
    which then locks the proposal. Before an acceptance the proposal waits with the platform, its capacity stays
    reserved, and it cannot be accepted meanwhile; while its campaign runs only what needs fresh consent can be
    countered. The same counter again (same ``seen_revision``) returns the first.

    Raises
    ------
    InvalidValue
        For a change that cannot be, beside its field.
    ProposalChanged, ProposalExpired
        If it is not as the maker saw it, or its time is over.
    CounterOpen
        If another counter waits.
    CampaignClosed, RoundUsed, FillPhase
        If its campaign does not run any more or closes soon, or its shoppers were asked once already.
    """
    before = reads.subject(proposal_id, now=now)
    member = reads.deciding_member(member_id, before.proposal)
    today = today_of(now)
    clean = effects.check_changes(changes, before.version, before.proposal.offer, today=today)
    market = proposing.market_of_pair(before.proposal, today=today)
    cost = effects.effect(before.proposal, before.version, clean, market)
    with locking.transaction():
        proposal = locking.lock((Proposal, [proposal_id])).get(Proposal, proposal_id)
        if proposal is None:
            raise NotThere
        known = Counter.objects.filter(proposal=proposal, state=Counter.State.OPEN).first()
        if known is not None:
            if known.changes == clean and known.by_id == member.user_id:
                return _made(known, proposal)
            raise CounterOpen
        _check_may_counter(proposal, before.version, cost, seen_revision=seen_revision, now=now)
        last = Counter.objects.filter(proposal=proposal).aggregate(last=Max("round"))["last"] or 0
        made = Counter.objects.create(
            proposal=proposal,
            round=last + 1,
            from_version=before.version,
            changes=clean,
            note=note.strip()[:500],
            effect=cost,
            by_id=member.user_id,
            created_at=now,
        )
        if proposal.state == ProposalState.SENT:
            steps.move(proposal, ProposalState.COUNTERED, now=now, expires_at=now + ANSWER_TIME)
        steps.say(proposal, "proposal.countered", now=now, counter_id=made.pk)
    return _made(made, proposal)


def _check_may_counter(
    proposal: Proposal, version: ProposalVersion, cost: Mapping[str, Any], *, seen_revision: int, now: datetime
) -> None:
    if proposal.version != version.number:
        raise ProposalChanged
    if proposal.state != ProposalState.ACCEPTED:
        check_open(proposal, seen_revision=seen_revision, now=now)
        return
    if proposal.revision != seen_revision:
        raise ProposalChanged
    _check_campaign(proposal, now=now)
    after = ProposalVersion(**effects.version_fields(version, cost["after"]))
    if not consent_changes(version, after)[0]:
        raise CampaignClosed


def _check_campaign(proposal: Proposal, *, now: datetime) -> None:
    """Raise unless the shoppers of a running campaign can still be asked."""
    campaign = proposal.campaign
    if campaign is None or campaign.state != CampaignState.OPEN:
        raise CampaignClosed
    if ConsentRound.objects.filter(campaign=campaign).exists():
        raise RoundUsed
    if campaigning.filling(campaign, now=now):
        raise FillPhase(hours=campaign.policy.notice_hours)


def _made(row: Counter, proposal: Proposal) -> CounterMade:
    return CounterMade(counter_id=row.pk, round=row.round, revision=proposal.revision, effect=row.effect)


def answer_counter(*, counter_id: int, agree: bool, by_id: int, now: datetime) -> CounterReply:
    """The platform's answer to a counter-offer, by a member of staff.

    One transaction; locks the capacity windows, the proposal, the counter, the pool. Agreed before an acceptance: a new
    version says what the counter's effect showed, and the maker who made it is bound by it: the proposal is accepted.
    Agreed while its campaign runs: everyone it binds is asked again, and the version holds if the round agrees.
    Refused: the last version is with the maker again, for at least three days. The same answer again changes nothing.

    Raises
    ------
    CounterAnswered
        If it was answered in the other way.
    PoolTaken, CapacityTaken
        If the demand or the capacity went meanwhile.
    CampaignClosed, RoundUsed, FillPhase
        If its campaign does not run any more or closes soon, or its shoppers were asked once already.
    """
    row = Counter.objects.filter(pk=counter_id).first()
    if row is None:
        raise NotThere
    before = reads.subject(row.proposal_id, now=now, until=_later(row))
    with locking.transaction():
        locked = locking.lock(
            (CapacityWindow, before.windows),
            (Proposal, [row.proposal_id]),
            (Counter, [counter_id]),
            (Pool, [before.proposal.pool_id]),
        )
        proposal, made = locked.get(Proposal, row.proposal_id), locked.get(Counter, counter_id)
        pool = locked.get(Pool, before.proposal.pool_id)
        if proposal is None or made is None or pool is None:
            raise NotThere
        if made.state != Counter.State.OPEN:
            if (made.state == Counter.State.AGREED) != agree:
                raise CounterAnswered
            return _reply(made, proposal)
        if proposal.version != before.version.number:
            raise ProposalChanged
        if agree:
            _agree(proposal, made, before.version, pool, now=now)
        else:
            _refuse(proposal, made, now=now)
        return _reply(made, proposal)


def _later(row: Counter) -> timedelta:
    """How much later than its version a counter would end."""
    after = row.effect["after"]
    shift = date.fromisoformat(after["window_to"]) - row.from_version.window_to
    return max(shift, timedelta())


def _agree(proposal: Proposal, made: Counter, version: ProposalVersion, pool: Pool, *, now: datetime) -> None:
    after = made.effect["after"]
    number = version.number + 1
    bounds = {line.variant_key: effects.line_bounds(line, after) for line in version.lines.all()}
    fresh = steps.copy_version(version, number=number, now=now, bounds=bounds, **effects.version_fields(version, after))
    _answered(made, Counter.State.AGREED, now=now, to_version=fresh)
    if proposal.state == ProposalState.ACCEPTED:
        _check_campaign(proposal, now=now)
        steps.move(proposal, proposal.state, now=now, version=number)
        steps.say(proposal, "proposal.counter_agreed", now=now, counter_id=made.pk)
    else:
        take(proposal, fresh, pool, by_id=made.by_id, now=now)
    steps.tell_maker(proposal, "maker.counter_agreed", key=f"counter:{made.pk}", now=now)


def _refuse(proposal: Proposal, made: Counter, *, now: datetime) -> None:
    _answered(made, Counter.State.REFUSED, now=now)
    if proposal.state == ProposalState.COUNTERED:
        until = max(proposal.expires_at or now, now + LEAST_TIME)
        steps.move(proposal, ProposalState.SENT, now=now, expires_at=until)
    steps.tell_maker(proposal, "maker.counter_refused", key=f"counter:{made.pk}", now=now)


def _answered(made: Counter, state: str, *, now: datetime, to_version: ProposalVersion | None = None) -> None:
    made.state, made.answered_at, made.to_version = state, now, to_version
    made.save(update_fields=["state", "answered_at", "to_version"])


def _reply(made: Counter, proposal: Proposal) -> CounterReply:
    return CounterReply(
        counter_id=made.pk,
        agreed=made.state == Counter.State.AGREED,
        state=proposal.state,
        version=proposal.version,
        revision=proposal.revision,
    )
