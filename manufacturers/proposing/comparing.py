"""Every maker that could make a pool, side by side: the best that each alone could offer. Plain Python.

The plan of a category puts each pool to one maker; here each is asked what it would be if the pool were theirs alone.
With one pool and one offer the best tier is found by trying each: the lines that can pay its price decide how many buy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from demand.pooling.reads.lines import DemandLine
from manufacturers.offering.kernel import accepted
from manufacturers.offering.pricing import freight
from manufacturers.proposing.blueprints import Blueprint, draw, ladder_of, surplus
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
    highest = _highest(market, side)
    tiers = [_tier(market, side, fit[1], tier, highest) for tier in range(len(side.tiers))]
    for one in sorted(tiers, key=lambda tier: (not tier.reached, -tier.surplus_minor)):
        blueprint = draw(market, pool=pool, side=side, tier=one.tier, line_indices=one.lines, room=side.free_units)
        if blueprint is not None:
            return Compared(side=side, blueprint=blueprint, reached=one.reached)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tier:
    """Who would buy at one tier's price, and what they would keep."""

    tier: int
    lines: Sequence[int]
    surplus_minor: int
    reached: bool


def _tier(market: Market, side: OfferSide, cost_minor: int, tier: int, highest: Mapping[int, int]) -> _Tier:
    """``highest``: for each line that the offer could serve, the highest delivered price it pays."""
    ladder = ladder_of(side, cost_minor, from_tier=tier)
    delivered = side.delivered(side.tiers[tier][1] + cost_minor)
    lines = [index for index, price in highest.items() if delivered <= price]
    weighed = [(market.lines[index], market.chances.of(market.lines[index])) for index in lines]
    weight = sum(line.units * chance for line, chance in weighed)
    return _Tier(
        tier=tier,
        lines=lines,
        surplus_minor=surplus(weighed, ladder[0][2]),
        reached=weight >= 1000 * ladder[0][0],
    )


def _highest(market: Market, side: OfferSide) -> dict[int, int]:
    """The lines in time for an offer that takes a variant it makes, with the highest delivered price each pays:
    its ceiling without freight and its cheapest variant."""
    found = {}
    for index, (line, ceiling) in enumerate(zip(market.lines, ceilings(market.lines, _dearest(market)), strict=True)):
        if within_days(line, market) < side.offer.lead_days:
            continue
        extra = _cheapest_variant(line, market, side)
        if extra is not None:
            found[index] = ceiling - extra - freight(side.offer.freight_minor, line.region)
    return found


def _dearest(market: Market) -> int:
    return max((side.delivered(price) for side in market.offers for _units, price in side.tiers), default=0)


def _cheapest_variant(line: DemandLine, market: Market, side: OfferSide) -> int | None:
    """What the cheapest variant that a line takes adds to the delivered price; ``None`` where none is made."""
    extra = 0
    for name in market.variants:
        must, made = line.needs.get("must", {}).get(name), side.offer.makes.get(name, {})
        values: Sequence[str] = made_values(made) if must is None else accepted(must, made)
        if must is not None and not values:
            return None
        costs = side.offer.value_cost.get(name, {})
        extra += side.delivered_adder(min((costs.get(value, 0) for value in values), default=0))
    return extra
