"""Every maker that could make a pool, side by side: the best that each alone could offer. Plain Python.

The plan of a category puts each pool to one maker; here each is asked what it would be if the pool were theirs alone.
With one pool and one offer the best tier is found by trying each: the lines that can pay its price decide how many buy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from demand.pooling.reads.lines import DemandLine
from manufacturers.offering.kernel import accepted
from manufacturers.offering.pricing import freight
from manufacturers.proposing.blueprints import Blueprint, draw, ladder_of
from manufacturers.proposing.markets import Market, OfferSide, PoolSide, ceilings, completed, made_values, within_days


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What one offer would come to for a pool; ``reached``: the expected units reach its minimum."""

    side: OfferSide
    blueprint: Blueprint
    reached: bool


def compare(market: Market, pool: PoolSide) -> list[Compared]:
    """What each fitting offer would come to for one pool, the largest expected surplus first, unreached minima last.

    Ties: the lower price, the earlier date, the offer's key.
    """
    own = replace(market, lines=tuple(line for line in market.lines if line.pool_id == pool.pool_id))
    found = [
        best
        for side in market.offers
        if (side.offer.pk, pool.pool_id) not in market.banned and (best := best_of(own, pool, side)) is not None
    ]
    return sorted(
        found,
        key=lambda one: (
            not one.reached,
            -one.blueprint.surplus_minor,
            one.blueprint.delivered_minor,
            one.blueprint.window_to,
            one.blueprint.offer_id,
        ),
    )


def best_of(market: Market, pool: PoolSide, side: OfferSide) -> Compared | None:
    """The tier of one offer that leaves shoppers of one pool most; ``None`` where the offer does not fit.

    ``market`` holds the lines of that pool only.
    """
    fit = completed(pool, side, market.shared)
    if fit is None:
        return None
    drawn = []
    named = ceilings(market.lines, _dearest(market))
    for tier, (_units, price) in enumerate(side.tiers):
        ladder = ladder_of(side, fit[1], from_tier=tier)
        delivered = side.delivered(price + fit[1])
        lines = [
            index
            for index, line in enumerate(market.lines)
            if _served(line, named[index], market, side, delivered_minor=delivered)
        ]
        weight = sum(market.lines[index].units * market.chances.of(market.lines[index]) for index in lines)
        blueprint = draw(market, pool=pool, side=side, tier=tier, line_indices=lines, room=side.free_units)
        if blueprint is not None:
            drawn.append(Compared(side=side, blueprint=blueprint, reached=weight >= 1000 * ladder[0][0]))
    return max(drawn, key=lambda one: (one.reached, one.blueprint.surplus_minor), default=None)


def _dearest(market: Market) -> int:
    return max((side.delivered(price) for side in market.offers for _units, price in side.tiers), default=0)


def _served(line: DemandLine, ceiling: int, market: Market, side: OfferSide, *, delivered_minor: int) -> bool:
    """Whether a line is in time, takes a variant that is made, and pays for its cheapest one with freight."""
    if within_days(line, market) < side.offer.lead_days:
        return False
    price = delivered_minor + freight(side.offer.freight_minor, line.region)
    for name in market.variants:
        must, made = line.needs.get("must", {}).get(name), side.offer.makes.get(name, {})
        values: Sequence[str] = made_values(made) if must is None else accepted(must, made)
        if must is not None and not values:
            return False
        costs = side.offer.value_cost.get(name, {})
        price += side.delivered_adder(min((costs.get(value, 0) for value in values), default=0))
    return price <= ceiling
