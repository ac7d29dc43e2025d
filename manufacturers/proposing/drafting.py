"""Drafts of proposals: what a run plans, and what staff ask for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from demand import locking
from demand.campaigning import service as campaigning
from demand.campaigning.reads import policy_for
from demand.errors import NotThere
from demand.models import Pool, PoolState
from manufacturers.models import OUT_STATES, Proposal, ProposalState
from manufacturers.offering.steps import today_of
from manufacturers.proposing import evidence, reads, steps
from manufacturers.proposing.blueprints import Blueprint
from manufacturers.proposing.comparing import best_of
from manufacturers.proposing.errors import CannotMake, PoolTaken
from manufacturers.proposing.guests import counted_on, fits_pool, for_offer
from manufacturers.proposing.markets import Market, OfferSide


def draft_for(*, pool_id: int, offer_id: int, by_id: int, now: datetime) -> int:
    """Staff put a pool to another maker than the plan does; the draft's key. It stays until it is sent or taken back.

    Reads and draws outside the transaction that stores it. Asked again it is the same draft. A proposal of this pair
    that is out, or accepted, is returned as it stands.

    Raises
    ------
    NotThere
        If there is no such pool, or the offer is not live.
    PoolTaken
        If the pool is not open any more, or has an accepted proposal.
    CannotMake
        If the offer does not fit the pool, or has too little room for its minimum.
    """
    pool = Pool.objects.filter(pk=pool_id).first()
    if pool is None:
        raise NotThere
    pair = Proposal.objects.filter(pool_id=pool_id, offer_id=offer_id)
    out = pair.filter(state__in=(*OUT_STATES, ProposalState.ACCEPTED)).first()
    if out is not None:
        return out.pk
    if pool.state != PoolState.OPEN or Proposal.objects.filter(pool=pool, state=ProposalState.ACCEPTED).exists():
        raise PoolTaken
    market = reads.market_of(pool.category_id, today=today_of(now), only=reads.pool_side(pool))
    side = next((one for one in market.offers if one.offer.pk == offer_id), None)
    if side is None:
        raise NotThere
    seen = for_offer(market, market.pools[0], side)
    best = best_of(seen, market.pools[0], side)
    if best is None:
        raise CannotMake
    policy = policy_for(pool.category_id)
    behind = reads.backgrounds(market.pools, k=policy.k)[pool_id]
    frozen = evidence.frozen(best.blueprint, seen, background=behind, k=policy.k)
    proposal_id, _new = draft(replace(best.blueprint, evidence=frozen), run_id=None, now=now)
    if proposal_id is None:
        raise PoolTaken
    earmark_for(best.blueprint, market, side, category_id=pool.category_id, now=now)
    with locking.transaction():
        locking.lock((Proposal, [proposal_id]))
        Proposal.objects.filter(pk=proposal_id, asked_by__isnull=True).update(asked_by_id=by_id, updated_at=now)
    return proposal_id


def earmark_for(blueprint: Blueprint, market: Market, side: OfferSide, *, category_id: int, now: datetime) -> None:
    """Earmark whom an order counts on that no plan chose: its pool's own, and guests whom no other order counts on."""
    lines = counted_on(
        market,
        blueprint.pool_id,
        blueprint.specification,
        side,
        units=blueprint.units,
        delivered_minor=blueprint.delivered_minor,
    )
    wishes = {wish for line in lines for wish in market.lines[line].wishes}
    campaigning.earmark(pool_id=blueprint.pool_id, category_id=category_id, wishes=wishes, now=now)


def draft(blueprint: Blueprint, *, run_id: int | None, now: datetime) -> tuple[int | None, bool]:
    """Store a draft, or a new version of it where it changed; its key and whether anything was stored.

    ``None`` where the pool moved on since it was read; the next run sees it as it is.
    """
    with locking.transaction():
        pair = Proposal.objects.filter(
            offer_id=blueprint.offer_id, pool_id=blueprint.pool_id, state=ProposalState.DRAFT
        )
        known = list(pair.values_list("pk", flat=True))
        locked = locking.lock((Proposal, known), (Pool, [blueprint.pool_id]))
        pool = locked.get(Pool, blueprint.pool_id)
        if pool is None or pool.state != PoolState.OPEN or not _still_fits(pool, blueprint):
            return None, False
        for proposal in locked.all(Proposal):
            return proposal.pk, _renew(proposal, blueprint, run_id=run_id, now=now)
        proposal = Proposal.objects.create(
            offer_id=blueprint.offer_id,
            pool_id=blueprint.pool_id,
            run_id=run_id,
            fit_permille=blueprint.fit_permille,
            created_at=now,
            updated_at=now,
        )
        steps.write_version(proposal, blueprint, number=1, now=now)
    return proposal.pk, True


def _still_fits(pool: Pool, blueprint: Blueprint) -> bool:
    return fits_pool(blueprint.specification, pool.specification)


def _renew(proposal: Proposal, blueprint: Blueprint, *, run_id: int | None, now: datetime) -> bool:
    if proposal.state != ProposalState.DRAFT:
        return False
    if steps.same_content(reads.newest_version(proposal.pk, proposal.version), blueprint):
        return False
    number = proposal.version + 1
    steps.write_version(proposal, blueprint, number=number, now=now)
    steps.move(proposal, proposal.state, now=now, version=number, run_id=run_id, fit_permille=blueprint.fit_permille)
    return True
