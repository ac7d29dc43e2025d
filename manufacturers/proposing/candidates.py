"""The makers of each planned pool side by side, kept for staff. Called inside a run, with a transaction of its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from demand import locking
from manufacturers.models import ProposalCandidate
from manufacturers.proposing.blueprints import Blueprint
from manufacturers.proposing.choosing import Choice
from manufacturers.proposing.comparing import Compared, compare
from manufacturers.proposing.guests import around
from manufacturers.proposing.markets import Market

# More makers than these are not compared at a glance.
MOST = 8


def keep(category_id: int, market: Market, choice: Choice, *, busy: Collection[int], run_id: int, now: datetime) -> int:
    """Write what each maker would come to for every order that is planned; how many rows.

    One transaction. Pools that a maker is deciding on keep what was compared when it was put to them; of pools that
    are not planned any more nothing is kept.
    """
    rows = [
        _row(one, rank=rank, planned=planned, run_id=run_id, now=now)
        for planned in choice.blueprints
        for rank, one in enumerate(_with_planned(_side_by_side(market, choice, planned), planned), start=1)
    ]
    with locking.transaction():
        locking.advisory(f"candidates:{category_id}")
        ProposalCandidate.objects.filter(pool__category_id=category_id).exclude(pool_id__in=busy).delete()
        ProposalCandidate.objects.bulk_create(rows)
    return len(rows)


def _side_by_side(market: Market, choice: Choice, planned: Blueprint) -> list[Compared]:
    """The makers for what is planned, with all whom it would serve."""
    pool = next(pool for pool in market.pools if pool.pool_id == planned.pool_id)
    side = next(side for side in market.offers if side.offer.pk == planned.offer_id)
    seen = around(market, pool.pool_id, planned.specification, side, elsewhere=choice.elsewhere(planned))
    return compare(seen, replace(pool, specification=planned.specification))


def _with_planned(found: Sequence[Compared], planned: Blueprint) -> list[Compared]:
    """The best few, the planned one always among them."""
    best = list(found[:MOST])
    chosen = next((one for one in found if one.blueprint.offer_id == planned.offer_id), None)
    if chosen is not None and chosen not in best:
        best[-1] = chosen
    return best


def _row(one: Compared, *, rank: int, planned: Blueprint, run_id: int, now: datetime) -> ProposalCandidate:
    """The planned offer says what its proposal says; the others what each would come to alone."""
    chosen = one.blueprint.offer_id == planned.offer_id
    shown = planned if chosen else one.blueprint
    return ProposalCandidate(
        pool_id=shown.pool_id,
        offer_id=shown.offer_id,
        run_id=run_id,
        rank=rank,
        chosen=chosen,
        reached=chosen or one.reached,
        unit_price_minor=shown.unit_price_minor,
        delivered_minor=shown.delivered_minor,
        units=shown.units,
        low_units=shown.low_units,
        high_units=shown.high_units,
        min_units=shown.min_units,
        chance_permille=shown.chance_permille,
        surplus_minor=shown.surplus_minor,
        window_to=shown.window_to,
        quality_permille=one.side.offer.quality_permille,
        created_at=now,
    )
