"""What happens in proposing: bulk orders found and drafted, sent with their capacity reserved, withdrawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from demand import locking, runs
from demand.campaigning import service as campaigning
from demand.campaigning.reads import policy_for
from demand.errors import NotThere
from demand.models import Category, Pool, PoolState
from demand.pooling import service as pooling
from manufacturers.models import CapacityWindow, Proposal, ProposalState, ProposalVersion
from manufacturers.offering import reads as offering
from manufacturers.offering.errors import CapacityTaken
from manufacturers.offering.steps import book, today_of
from manufacturers.proposing import candidates, evidence, reads, steps
from manufacturers.proposing.blueprints import Blueprint
from manufacturers.proposing.choosing import Choice, choose, curve, kept_problem
from manufacturers.proposing.drafting import draft, draft_for
from manufacturers.proposing.errors import NotADraft, PoolTaken, ProposalDecided
from manufacturers.proposing.guests import around
from manufacturers.proposing.markets import Market, OfferSide
from manufacturers.proposing.reads import Alive
from manufacturers.proposing.terms import best_terms

__all__ = [
    "Proposed",
    "SentProposal",
    "draft_for",
    "lapse",
    "propose_category",
    "resend",
    "send",
    "withdraw_proposal",
]
# Rounds of the search without a better plan; where pools are few the first round finds what dozens would.
PATIENCE = 12
ANSWER_TIME = timedelta(days=reads.ANSWER_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What a run of proposing did, counted, and for how many pools terms stand."""

    drafted: int
    sent: int
    kept: int
    lapsed: int
    terms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SentProposal:
    """A proposal that is with its maker, and what it reserves."""

    proposal_id: int
    revision: int
    reserved_units: int
    expires_at: datetime


def propose_category(
    *,
    category_id: int,
    seed: int,
    seconds: float,
    now: datetime,
    claimed_by: str = "",
    requested_by_id: int | None = None,
) -> Proposed:
    """Find the best bulk orders of a category and put them to their makers.

    A recorded run: reads, solves and verifies outside any transaction, then stores each proposal in a transaction of
    its own, so that a killed run is simply run again. Proposals that already say the same are kept; those whose
    demand went are lapsed; what is out with a maker is never changed. Writes the terms of every pool that some offer
    could serve. Raises ``AlreadyRunning`` while another worker is at this category.
    """
    code = Category.objects.values_list("code", flat=True).filter(pk=category_id).first()
    if code is None:
        raise NotThere
    with runs.recorded(
        stage="proposing",
        subject=code,
        now=now,
        claimed_by=claimed_by,
        seed=seed,
        limits={"seconds": seconds, "patience": PATIENCE},
        requested_by_id=requested_by_id,
    ) as note:
        pooling.take_snapshots(now=now)
        whole = reads.market_of(category_id, today=today_of(now))
        lapsed, busy = _settle_alive(category_id, whole, now=now)
        market = _still_free(whole, busy)
        choice = choose(market, seed=seed, seconds=seconds, patience=PATIENCE)
        note.status, note.objective, note.bound = choice.status, choice.objective, choice.bound
        note.problem = kept_problem(choice.problems)
        done = _store(category_id, market, choice, busy=busy, run_id=note.run_id, now=now)
        lapsed += _lapse_drafts(category_id, choice.blueprints, busy=busy, now=now)
        candidates.keep(category_id, market, choice, busy=busy, run_id=note.run_id, now=now)
        terms = _write_terms(category_id, whole, revision=note.run_id, now=now)
        answer = replace(done, lapsed=lapsed, terms=terms)
        note.counts = {
            "pools": len(market.pools),
            "offers": len(market.offers),
            "lines": len(market.lines),
            "drafted": answer.drafted,
            "sent": answer.sent,
            "kept": answer.kept,
            "lapsed": answer.lapsed,
            "terms": answer.terms,
        }
    return answer


def _still_free(market: Market, busy: set[int]) -> Market:
    """The market without the pools whose orders are out, their members, and whom else those orders count on."""
    free = (line for line in market.lines if line.pool_id not in busy and line.earmarked_for not in busy)
    return replace(
        market,
        pools=tuple(pool for pool in market.pools if pool.pool_id not in busy),
        lines=tuple(line if line.earmarked_for is None else replace(line, earmarked_for=None) for line in free),
    )


def _settle_alive(category_id: int, market: Market, *, now: datetime) -> tuple[int, set[int]]:
    """Lapse what its pool no longer supports; how many lapsed, and the pools that a maker is deciding on, or decided,
    which are left alone.
    """
    sides = {side.offer.pk: side for side in market.offers}
    lapsed, busy = 0, set()
    for one in reads.alive(category_id):
        if one.state == ProposalState.DRAFT:
            continue
        side = sides.get(one.offer_id)
        if one.state == ProposalState.SENT and not _supported(one, market, side):
            lapsed += lapse(proposal_id=one.proposal_id, now=now)
            continue
        busy.add(one.pool_id)
    return lapsed, busy


def _supported(one: Alive, market: Market, side: OfferSide | None) -> bool:
    """Whether a proposal's pool is as it was and enough may still buy at its price."""
    seen = around(market, one.pool_id, one.specification, side)
    ((_price, guess),) = curve(seen.lines, seen, [one.delivered_minor], pool_id=one.pool_id)
    return one.pool_open and one.same_specification and guess.high >= one.min_units


def _store(category_id: int, market: Market, choice: Choice, *, busy: set[int], run_id: int, now: datetime) -> Proposed:
    """Draft what was chosen, earmark the wishes that each order counts on and, where so set, send."""
    policy = policy_for(category_id)
    planned = {blueprint.pool_id for blueprint in choice.blueprints}
    behind = reads.backgrounds([pool for pool in market.pools if pool.pool_id in planned], k=policy.k)
    sides = {side.offer.pk: side for side in market.offers}
    drafted = sent = kept = 0
    drafts: list[int] = []
    counted: dict[int, set[int]] = {}
    for blueprint in choice.blueprints:
        seen = around(
            market,
            blueprint.pool_id,
            blueprint.specification,
            sides[blueprint.offer_id],
            elsewhere=choice.elsewhere(blueprint),
        )
        frozen = evidence.frozen(blueprint, seen, background=behind[blueprint.pool_id], k=policy.k)
        frozen |= evidence.guests_of(blueprint, market, choice.of(blueprint), k=policy.k)
        proposal_id, new = draft(replace(blueprint, evidence=frozen), run_id=run_id, now=now)
        if proposal_id is None:
            continue
        drafted, kept = drafted + new, kept + (not new)
        drafts.append(proposal_id)
        counted[blueprint.pool_id] = {wish for line in choice.of(blueprint) for wish in market.lines[line].wishes}
    # Before anything is sent: a run that is killed here earmarks again, but never for what is out already.
    campaigning.earmark_all(category_id=category_id, orders=_once(counted), kept=busy, now=now)
    if settings.PROPOSALS_AUTO_SEND:
        sent = sum(_sent(proposal_id, now=now) for proposal_id in drafts)
    return Proposed(drafted=drafted, sent=sent, kept=kept, lapsed=0, terms=0)


def _once(counted: Mapping[int, set[int]]) -> dict[int, set[int]]:
    """A wish with price steps stands in several lines: it is earmarked for the first of the orders they are in."""
    seen: set[int] = set()
    found = {}
    for pool_id, wishes in counted.items():
        found[pool_id] = wishes - seen
        seen |= wishes
    return found


def _sent(proposal_id: int, *, now: datetime) -> bool:
    """Send a draft; one whose capacity or pool went meanwhile stays a draft that staff see."""
    try:
        send(proposal_id=proposal_id, expires_at=now + ANSWER_TIME, now=now)
    except (CapacityTaken, PoolTaken):
        return False
    return True


def _lapse_drafts(category_id: int, blueprints: Sequence[Blueprint], *, busy: set[int], now: datetime) -> int:
    """Drafts that the newest plan no longer holds go, except those staff asked for and where a maker is deciding."""
    planned = {(blueprint.offer_id, blueprint.pool_id) for blueprint in blueprints}
    return sum(
        lapse(proposal_id=one.proposal_id, now=now)
        for one in reads.alive(category_id)
        if one.state == ProposalState.DRAFT
        and not (one.by_staff and one.pool_open and one.same_specification)
        and (one.offer_id, one.pool_id) not in planned
        and one.pool_id not in busy
    )


def lapse(*, proposal_id: int, now: datetime) -> bool:
    """End a draft or a proposal that is out, because its demand or its pool went; whether it was still alive.

    One transaction; locks its capacity windows, then the proposal. Its capacity is free again and its maker is told.
    """
    with locking.transaction():
        proposal = _held(proposal_id)
        if proposal.state not in steps.ENDABLE:
            return False
        steps.end(proposal, ProposalState.LAPSED, "proposal.lapsed", now=now, tell_of="maker.lapsed")
    return True


def _held(proposal_id: int, *, windows: Sequence[int] = ()) -> Proposal:
    """The proposal, locked after the capacity windows it holds units in (and ``windows``)."""
    keys = {*offering.booked_window_ids([proposal_id]), *windows}
    proposal = locking.lock((CapacityWindow, keys), (Proposal, [proposal_id])).get(Proposal, proposal_id)
    if proposal is None:
        raise NotThere
    return proposal


def send(*, proposal_id: int, expires_at: datetime, now: datetime, by_id: int | None = None) -> SentProposal:
    """Put a draft to its maker and reserve its capacity until ``expires_at``.

    One transaction; locks the capacity windows, the proposal, the pool. Sending what is already out returns how it
    stands. ``proposal.sent`` goes to the outbox and the maker's members are told. ``by_id`` is the member of staff.

    Raises
    ------
    NotADraft
        If it was decided, or ended.
    PoolTaken
        If the pool has an accepted proposal or a campaign.
    CapacityTaken
        If the offer has too few free units; nothing is changed.
    """
    with locking.transaction():
        known = Proposal.objects.filter(pk=proposal_id).first()
        if known is None:
            raise NotThere
        version = reads.newest_version(known.pk, known.version)
        windows = offering.window_ids(known.offer_id, until=version.window_to, today=today_of(now))
        held = offering.booked_window_ids([proposal_id])
        locked = locking.lock((CapacityWindow, {*windows, *held}), (Proposal, [proposal_id]), (Pool, [known.pool_id]))
        proposal, pool = locked.get(Proposal, proposal_id), locked.get(Pool, known.pool_id)
        if proposal is None or pool is None:
            raise NotThere
        if proposal.state in (ProposalState.SENT, ProposalState.COUNTERED) and proposal.expires_at is not None:
            return _as_sent(proposal, version)
        if proposal.state != ProposalState.DRAFT or proposal.version != version.number:
            raise NotADraft
        if pool.state != PoolState.OPEN or _accepted_elsewhere(proposal):
            raise PoolTaken
        _put_out(proposal, version, expires_at=expires_at, by_id=by_id, now=now)
        return _as_sent(proposal, version)


def _as_sent(proposal: Proposal, version: ProposalVersion) -> SentProposal:
    return SentProposal(
        proposal_id=proposal.pk,
        revision=proposal.revision,
        reserved_units=version.max_units,
        expires_at=proposal.expires_at or proposal.updated_at,
    )


def _accepted_elsewhere(proposal: Proposal) -> bool:
    return Proposal.objects.filter(pool_id=proposal.pool_id, state=ProposalState.ACCEPTED).exists()


def _put_out(
    proposal: Proposal, version: ProposalVersion, *, expires_at: datetime, by_id: int | None, now: datetime
) -> None:
    book(proposal, proposal.offer_id, version.max_units, version.window_to, now)
    steps.move(proposal, ProposalState.SENT, now=now, sent_at=now, expires_at=expires_at, version=version.number)
    steps.say(proposal, "proposal.sent", now=now, by_id=by_id)
    steps.tell_maker(
        proposal,
        "maker.proposal",
        key=f"sent:{version.number}:{proposal.revision}",
        now=now,
        units=version.units,
        answer_on=expires_at.isoformat(),
    )


def resend(*, proposal_id: int, now: datetime, by_id: int | None = None) -> SentProposal:
    """Put an expired proposal to its maker again: a new version on the same terms, its dates moved to now.

    One transaction and the locks of :func:`send`; what is out already is returned as it stands. Raises what
    :func:`send` raises.
    """
    with locking.transaction():
        known = Proposal.objects.filter(pk=proposal_id).first()
        if known is None:
            raise NotThere
        old = reads.newest_version(known.pk, known.version)
        shift = today_of(now) - today_of(old.created_at)
        windows = offering.window_ids(known.offer_id, until=old.window_to + shift, today=today_of(now))
        held = offering.booked_window_ids([proposal_id])
        locked = locking.lock((CapacityWindow, {*windows, *held}), (Proposal, [proposal_id]), (Pool, [known.pool_id]))
        proposal, pool = locked.get(Proposal, proposal_id), locked.get(Pool, known.pool_id)
        if proposal is None or pool is None:
            raise NotThere
        if proposal.state in (ProposalState.SENT, ProposalState.COUNTERED):
            return _as_sent(proposal, old)
        if proposal.state != ProposalState.EXPIRED or proposal.version != old.number:
            raise NotADraft
        if pool.state != PoolState.OPEN or _accepted_elsewhere(proposal) or _twin_alive(proposal):
            raise PoolTaken
        version = steps.copy_version(
            old, number=old.number + 1, now=now, window_from=old.window_from + shift, window_to=old.window_to + shift
        )
        _put_out(proposal, version, expires_at=now + ANSWER_TIME, by_id=by_id, now=now)
        return _as_sent(proposal, version)


def _twin_alive(proposal: Proposal) -> bool:
    twins = Proposal.objects.filter(offer_id=proposal.offer_id, pool_id=proposal.pool_id)
    return twins.filter(state__in=steps.ENDABLE).exclude(pk=proposal.pk).exists()


def withdraw_proposal(*, proposal_id: int, by_id: int, now: datetime) -> None:
    """Staff take a draft or a proposal that is out back; its capacity is free again. Repeating it changes nothing.

    Raises :class:`ProposalDecided` once it was accepted.
    """
    with locking.transaction():
        proposal = _held(proposal_id)
        if proposal.state == ProposalState.LAPSED:
            return
        if proposal.state not in steps.ENDABLE:
            raise ProposalDecided
        steps.end(
            proposal,
            ProposalState.LAPSED,
            "proposal.lapsed",
            now=now,
            tell_of="maker.lapsed",
            decided_by_id=by_id,
            decided_at=now,
        )


def _write_terms(category_id: int, market: Market, *, revision: int, now: datetime) -> int:
    """Give every open pool the best terms it could be made on, and take them from those that nobody can make."""
    out: Mapping[int, Any] = {one.pool_id: one for one in reads.alive(category_id) if one.state != ProposalState.DRAFT}
    written = 0
    for pool in reads.pools_for_terms(category_id):
        best = best_terms(pool, market, out=out.get(pool.pool_id))
        if best is None:
            pooling.clear_terms(pool_id=pool.pool_id, revision=revision, now=now)
            continue
        written += pooling.set_terms(
            pool_id=pool.pool_id,
            source_key=best.source_key,
            min_units=best.min_units,
            lead_days=best.lead_days,
            makers=best.makers,
            state=best.state,
            tiers=best.tiers,
            revision=revision,
            now=now,
        )
    return written
