"""Which bulk orders a category could be made in: every specification that offers can make, not one a pool.

A wish may take what another pool's order makes, so lines stand in the kernel's problem with what they themselves
accept. Each order then finds a pool to be put to its maker for: one whose members all take what is made, a pool at
most once. Prices are delivered prices, as in ``markets``. Plain Python.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from math import ceil, prod, sqrt
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from demand.pooling.reads.lines import DemandLine
from manufacturers.offering.kernel import accepted
from manufacturers.proposing.kernel import BulkOrder, ProposingProblem, build, lines_from_rows
from manufacturers.proposing.kernel import Offer as KernelOffer
from manufacturers.proposing.kernel import Tier as KernelTier
from manufacturers.proposing.markets import (
    MOST_VALUES,
    PLAIN,
    REGION,
    Market,
    OfferSide,
    PoolSide,
    Specification,
    as_constraint,
    ceilings,
    completed,
    kernel_offer,
    made_values,
    within_days,
)
from manufacturers.proposing.straying import weights_by_pool

# Names the pools that some maker declined: their lines are not put to that maker again for a while.
DECLINED = "declined"
# Specifications of one offer; the values fewest ask for are left out of what it is asked to make beyond them.
MOST_SPECIFICATIONS = 400


def problem_over(market: Market, *, margin: float = 0.0) -> ProposingProblem | None:
    """The kernel's problem over all specifications; ``None`` where nothing could be made for anyone.

    Line ids are the index in ``market.lines``, offers are named by their keys. Shared attributes that nobody must have
    are left to each offer's plainest value. ``margin`` is by how many standard deviations of who buys an order must
    count on more than its minimum.
    """
    wanted = _wanted(market)
    attributes = _attributes(market, wanted)
    rows = _rows(market, attributes)
    if not rows or not market.offers:
        return None
    offers = [_kernel_offer(market, side, wanted, attributes) for side in market.offers]
    return build(
        attributes=attributes,
        shared=sorted(wanted),
        max_orders=len(market.pools),
        offers=[_surely(offer, scatter=_scatter(market), margin=margin) for offer in offers],
        lines=lines_from_rows(attributes=attributes, rows=rows),
    )


def _scatter(market: Market) -> float:
    """The variance of the units bought, as a multiple of those expected, over all lines: who buys is a coin each."""
    chances = [(line, market.chances.of(line)) for line in market.lines]
    mean = sum(line.units * chance for line, chance in chances) * 1000
    own = sum(line.units**2 / max(1, line.persons) * chance * (1000 - chance) for line, chance in chances)
    return own / mean if mean else 0.0


def _surely(offer: KernelOffer, *, scatter: float, margin: float) -> KernelOffer:
    """An offer whose minimum and tiers stand so much higher that those expected there mostly reach them.

    Counting on just the minimum fails half of the time. Never above the capacity, where the bare minimum is not.
    """

    def safe(units: int) -> int:
        return max(units, min(offer.capacity, units + ceil(margin * sqrt(scatter * units))))

    tiers: list[KernelTier] = []
    for tier in offer.tiers:
        above = tiers[-1].min_units + 1 if tiers else 0
        tiers.append(replace(tier, min_units=max(above, safe(tier.min_units))))
    return replace(offer, moq=safe(offer.moq), tiers=tuple(tiers))


def _wanted(market: Market) -> dict[str, dict[str, int]]:
    """Shared attributes that some line must have, with the weight of the lines that name each made value."""
    asked: dict[tuple[str, str], tuple[Mapping[str, Any], int]] = {}
    for line in market.lines:
        for name, must in line.needs.get("must", {}).items():
            key = (name, repr(must))
            asked[key] = must, asked.get(key, (must, 0))[1] + line.units * market.chances.of(line)
    made = {name: _made(market, name) for name in market.shared}
    found: dict[str, dict[str, int]] = {}
    for (name, _spelled), (must, weight) in asked.items():
        for value in _accepted(must, market, name) if made.get(name) else ():
            weights = found.setdefault(name, dict.fromkeys(made[name], 0))
            weights[value] += weight
    return found


def _made(market: Market, name: str) -> list[str]:
    return sorted({value for side in market.offers for value in made_values(side.offer.makes.get(name, {}))})


def _accepted(must: Mapping[str, Any], market: Market, name: str) -> set[str]:
    return {value for side in market.offers for value in accepted(must, side.offer.makes.get(name, {}))}


def _attributes(market: Market, wanted: Mapping[str, Mapping[str, int]]) -> dict[str, list[str]]:
    regions = {line.region for line in market.lines} | {name for x in market.offers for name in x.offer.freight_minor}
    declined = sorted({str(pool_id) for _offer, pool_id in market.banned})
    attributes = {
        REGION: sorted(regions | {"*"})[:MOST_VALUES],
        DECLINED: [PLAIN, *declined[: MOST_VALUES - 1]],
    }
    for name, weights in wanted.items():
        most = sorted(weights, key=lambda value: (-weights[value], value))[: MOST_VALUES - 1]
        attributes[name] = [PLAIN, *sorted(most)]
    for name in market.variants:
        attributes[name] = [PLAIN, *_made(market, name)[: MOST_VALUES - 1]]
    return attributes


def _rows(
    market: Market, attributes: Mapping[str, Sequence[str]]
) -> list[tuple[str, int, int, int, int, dict[str, list[str]]]]:
    dearest = max((side.delivered(price) for side in market.offers for _units, price in side.tiers), default=0)
    known: dict[str, dict[str, list[str]] | None] = {}
    rows = []
    for index, (line, ceiling) in enumerate(zip(market.lines, ceilings(market.lines, dearest), strict=True)):
        days = within_days(line, market)
        key = repr(line.needs.get("must", {}))
        if key not in known:
            known[key] = _accepts(line, market, attributes)
        needs = known[key]
        if days < 0 or needs is None:
            continue
        accepts = needs | {
            REGION: [line.region if line.region in attributes[REGION] else "*"],
            DECLINED: [str(line.pool_id) if str(line.pool_id) in attributes[DECLINED] else PLAIN],
        }
        rows.append((str(index), min(line.units, 10**6), market.chances.of(line), ceiling, days, accepts))
    return rows


def _accepts(line: DemandLine, market: Market, attributes: Mapping[str, Sequence[str]]) -> dict[str, list[str]] | None:
    """The values a line takes, by attribute (absent: any); ``None`` where a must is for nothing that is made."""
    found = {}
    for name, must in line.needs.get("must", {}).items():
        found[name] = sorted(_accepted(must, market, name) & set(attributes.get(name, ())))
        if not found[name]:
            return None
    return found


def _kernel_offer(
    market: Market,
    side: OfferSide,
    wanted: Mapping[str, Mapping[str, int]],
    attributes: Mapping[str, Sequence[str]],
) -> KernelOffer:
    banned = {str(pool_id) for offer_id, pool_id in market.banned if offer_id == side.offer.pk}
    makes = _specifications(side, wanted, attributes)
    costs = {
        name: {value: _adder(side, side.offer.value_cost.get(name, {}).get(value, 0)) for value in makes[name]}
        for name in wanted
    }
    makes[DECLINED] = tuple(name for name in attributes[DECLINED] if name not in banned)
    plain = _plain_cost(market, side, wanted)
    return kernel_offer(side, makes, costs, attributes=attributes, variants=market.variants, plain_minor=plain)


def _adder(side: OfferSide, cost: int) -> int:
    """What a cost adds to any tier's delivered price, at most; the sum of several may round up by a minor unit each."""
    if not cost:
        return 0
    return 1 + max(side.delivered(price + cost) - side.delivered(price) for _units, price in side.tiers)


def _plain_cost(market: Market, side: OfferSide, wanted: Collection[str]) -> int:
    """What the plainest values of the attributes that nobody must have add to the maker's price."""
    total = 0
    for name in set(side.offer.makes) & set(market.shared) - set(wanted):
        costs = side.offer.value_cost.get(name, {})
        total += min((costs.get(value, 0) for value in made_values(side.offer.makes[name])), default=0)
    return total


def _specifications(
    side: OfferSide, wanted: Mapping[str, Mapping[str, int]], attributes: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, ...]]:
    """The values an offer makes of each wanted attribute, so few that their combinations can all be looked at."""
    values = {
        name: [value for value in made_values(side.offer.makes.get(name, {})) if value in attributes[name]] or [PLAIN]
        for name in wanted
    }
    while prod(map(len, values.values())) > MOST_SPECIFICATIONS:
        name = max(values, key=lambda one: (len(values[one]), one))
        values[name].remove(min(values[name], key=lambda value: (wanted[name].get(value, 0), value)))
    return {name: tuple(kept) for name, kept in values.items()}


def homes(market: Market, orders: Sequence[BulkOrder], problem: ProposingProblem) -> list[PoolSide | None]:
    """The pool that each order is put to its maker for, decided as the order decides; ``None`` where none is left.

    A pool whose members all take what is made, that this maker did not decline, at most once each. As many orders as
    possible get one, and among those ways the one where most of what the orders count on is their own pool's, less
    what would stray to them from other orders (``straying``): an assignment of the largest weight (scipy's
    linear_sum_assignment, Crouse 2016).
    """
    if not orders:
        return []
    sides = {side.offer.pk: side for side in market.offers}
    pools = np.array([market.lines[int(index)].pool_id for index in problem.lines.ids.tolist()], np.int64)
    counted, straying = weights_by_pool(problem, orders, pools)
    choices = [_fitting(market, order, sides[int(order.offer_id)]) for order in orders]
    column = {key: k for k, key in enumerate(sorted({key for found in choices for key in found}))}
    if not column:
        return [None] * len(orders)
    enough = 1 + 2 * len(orders) * sum(sum(weights.values()) for weights in counted)
    worth = np.zeros((len(orders), len(column)))
    for number, found in enumerate(choices):
        for key, k in column.items():
            if key in found:
                worth[number, k] = enough + counted[number].get(key, 0) - straying[number].get(key, 0)
    keys, best = list(column), dict(zip(*linear_sum_assignment(worth, maximize=True), strict=True))
    return [choices[number].get(keys[best[number]]) if number in best else None for number in range(len(orders))]


def _fitting(market: Market, order: BulkOrder, side: OfferSide) -> dict[int, PoolSide]:
    """Pools that an order could be for, as it decides them, by key."""
    found = {}
    for pool in market.pools:
        if (side.offer.pk, pool.pool_id) in market.banned:
            continue
        decided = decide(pool, order.specification, side)
        if decided is not None and completed(decided, side, market.shared) is not None:
            found[pool.pool_id] = decided
    return found


def decide(pool: PoolSide, values: Mapping[str, str], side: OfferSide) -> PoolSide | None:
    """A pool with one value for every attribute that an order decides; ``None`` where a member would not take it.

    What the pool itself decided to one value stays as it says it.
    """
    whole: Specification = {name: dict(asked) for name, asked in pool.specification.items()}
    for name, value in values.items():
        if value == PLAIN:
            if name in pool.specification:
                return None
            continue
        made = side.offer.makes[name]
        asked = pool.specification.get(name)
        if asked is not None and value not in accepted(asked, made):
            return None
        if asked is None or not is_one(asked):
            whole[name] = as_constraint(made, value)
    return replace(pool, specification=whole)


def is_one(constraint: Mapping[str, Any]) -> bool:
    """Whether a constraint leaves one value only."""
    if "any" in constraint:
        return len(constraint["any"]) == 1
    if "min" in constraint:
        return constraint["min"] is not None and constraint["min"] == constraint["max"]
    return "is" in constraint
