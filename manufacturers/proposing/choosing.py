"""The kernel asked until every pool has at most one bulk order, its answer verified, and blueprints drawn from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from demand.pooling.reads.lines import DemandLine
from manufacturers.proposing.blueprints import Blueprint, Expected, draw, expected
from manufacturers.proposing.kernel import BulkOrder, Outcome, ProposingProblem, SolveLimits, solve, violations
from manufacturers.proposing.markets import MOST_VALUES, POOL, Market, OfferSide, completed, minimum, problem_of

ROUNDS = 6


class PlanBroken(RuntimeError):
    """The verifier found a rule that the plan breaks; nothing of it may be stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The bulk orders of a category: blueprints, surplus in minor units, a bound where one holds for the whole."""

    blueprints: tuple[Blueprint, ...]
    status: str
    objective: int
    bound: int | None
    problems: tuple[ProposingProblem, ...]


def choose(
    market: Market,
    *,
    seed: int,
    seconds: float | None = None,
    iterations: int | None = None,
    patience: int | None = None,
) -> Choice:
    """The bulk orders at the largest expected surplus, at most one a pool.

    A category with more pools than the kernel names at once is solved in blocks, the largest pools first; later
    blocks get what the earlier leave of each offer. Limited by ``seconds`` in all, or repeatably by ``iterations`` or
    ``patience`` of the kernel each time it is asked.
    """
    pools = _worth_trying(market)
    blocks = [pools[i : i + MOST_VALUES] for i in range(0, len(pools), MOST_VALUES)]
    drawn: list[Blueprint] = []
    problems: list[ProposingProblem] = []
    statuses, objective, bound = set(), 0, 0
    for block in blocks:
        part = _part(market, frozenset(block), drawn)
        share = None if seconds is None else seconds / len(blocks) / ROUNDS
        limits = SolveLimits(seconds=share, iterations=iterations, patience=patience)
        problem, outcome = _solved(part, seed=seed, limits=limits)
        if problem is None or outcome is None or outcome.plan is None:
            continue
        drawn += _blueprints(part, outcome.plan.orders)
        problems.append(problem)
        statuses.add(outcome.status)
        objective, bound = objective + outcome.objective // 1000, bound + outcome.bound // 1000
    return Choice(
        blueprints=tuple(drawn),
        status="optimal" if statuses <= {"optimal"} and len(blocks) <= 1 else "feasible",
        objective=objective,
        bound=bound if len(blocks) <= 1 else None,
        problems=tuple(problems),
    )


def _worth_trying(market: Market) -> list[int]:
    """Pools whose expected units could reach some fitting offer's minimum, the largest first."""
    weight: dict[int, int] = defaultdict(int)
    for line in market.lines:
        weight[line.pool_id] += line.units * market.chances.of(line)
    pools = [
        pool.pool_id
        for pool in market.pools
        if any(
            weight[pool.pool_id] >= 1000 * minimum(side) and completed(pool, side, market.shared) is not None
            for side in market.offers
        )
    ]
    return sorted(pools, key=lambda key: (-weight[key], key))


def _part(market: Market, block: frozenset[int], drawn: Sequence[Blueprint]) -> Market:
    taken: dict[int, int] = defaultdict(int)
    for blueprint in drawn:
        taken[blueprint.offer_id] += blueprint.max_units
    return replace(
        market,
        pools=tuple(pool for pool in market.pools if pool.pool_id in block),
        lines=tuple(line for line in market.lines if line.pool_id in block),
        offers=tuple(
            replace(side, free_units=max(0, side.free_units - taken[side.offer.pk])) for side in market.offers
        ),
    )


def _solved(market: Market, *, seed: int, limits: SolveLimits) -> tuple[ProposingProblem | None, Outcome | None]:
    """Solve; while a pool has two orders, keep its larger one and solve again without the other pair."""
    banned = set(market.banned)
    before = None
    for left in range(ROUNDS, 0, -1):
        problem = problem_of(replace(market, banned=frozenset(banned)))
        if problem is None:
            return None, None
        outcome = solve(problem, limits=limits, seed=seed, warm_start=before)
        if outcome.plan is None:
            return problem, outcome
        broken = violations(problem, outcome.plan)
        if broken:
            raise PlanBroken("; ".join(broken[:5]))
        losing = _second_orders(outcome.plan.orders)
        if not losing:
            return problem, outcome
        banned |= losing if left > 1 else set()
        before = outcome.plan
    return _without_seconds(market, banned, seed=seed)


def _without_seconds(
    market: Market, banned: set[tuple[int, int]], *, seed: int
) -> tuple[ProposingProblem | None, Outcome | None]:
    """The last resort: every pool keeps only its first fitting offer that is not banned, so no second can arise."""
    kept: set[int] = set()
    for side in market.offers:
        for pool in market.pools:
            pair = (side.offer.pk, pool.pool_id)
            if pair in banned or completed(pool, side, market.shared) is None:
                continue
            if pool.pool_id in kept:
                banned.add(pair)
            kept.add(pool.pool_id)
    problem = problem_of(replace(market, banned=frozenset(banned)))
    if problem is None:
        return None, None
    outcome = solve(problem, limits=SolveLimits(iterations=5), seed=seed)
    if outcome.plan is not None and (broken := violations(problem, outcome.plan)):
        raise PlanBroken("; ".join(broken[:5]))
    return problem, outcome


def _second_orders(orders: Sequence[BulkOrder]) -> set[tuple[int, int]]:
    best: dict[str, BulkOrder] = {}
    losing = set()
    for order in sorted(orders, key=lambda one: (-one.volume_permille, one.offer_id, one.tier)):
        pool = order.specification[POOL]
        if pool not in best:
            best[pool] = order
        elif order.offer_id != best[pool].offer_id:
            losing.add((int(order.offer_id), int(pool)))
    return losing


def _blueprints(market: Market, orders: Sequence[BulkOrder]) -> list[Blueprint]:
    pools = {pool.pool_id: pool for pool in market.pools}
    sides = {side.offer.pk: side for side in market.offers}
    orders = _one_tier_a_pair(orders)
    rooms = _rooms(orders, sides)
    drawn = [
        draw(
            market,
            pool=pools[int(order.specification[POOL])],
            side=sides[int(order.offer_id)],
            tier=order.tier,
            line_indices=[int(index) for index in order.line_ids],
            room=room,
        )
        for order, room in zip(orders, rooms, strict=True)
    ]
    return [blueprint for blueprint in drawn if blueprint is not None]


def _one_tier_a_pair(orders: Sequence[BulkOrder]) -> list[BulkOrder]:
    """An offer is put to a pool once: at the tier that most of it was planned at."""
    best: dict[tuple[str, str], BulkOrder] = {}
    for order in sorted(orders, key=lambda one: (-one.volume_permille, one.tier)):
        best.setdefault((order.offer_id, order.specification[POOL]), order)
    return [order for order in orders if best[order.offer_id, order.specification[POOL]] is order]


def _rooms(orders: Sequence[BulkOrder], sides: Mapping[int, OfferSide]) -> list[int]:
    """What each order may grow to: its own volume in whole lots, and a fair part of what its offer has left over."""
    volumes = [-(-order.volume_permille // 1000) for order in orders]
    of_offer: dict[str, list[int]] = defaultdict(list)
    for index, order in enumerate(orders):
        of_offer[order.offer_id].append(index)
    rooms = [0] * len(orders)
    for offer_id, indices in of_offer.items():
        side = sides[int(offer_id)]
        spare = max(0, side.free_units - sum(volumes[i] for i in indices))
        for i in indices:
            rooms[i] = min(side.free_units, volumes[i] + spare // len(indices))
    return rooms


def curve(
    lines: Sequence[DemandLine], market: Market, prices: Sequence[int], *, pool_id: int
) -> list[tuple[int, Expected]]:
    """Expected units of a pool at some delivered prices; a line without a ceiling counts at every price."""
    own = [(line, market.chances.of(line)) for line in lines if line.pool_id == pool_id]
    share = market.chances.spread.get(pool_id)
    return [
        (
            price,
            expected(
                [pair for pair in own if pair[0].ceiling_minor is None or pair[0].ceiling_minor >= price], share=share
            ),
        )
        for price in sorted(set(prices))
    ]


def kept_problem(problems: Sequence[ProposingProblem]) -> list[dict[str, Any]]:
    """The problems of a run as JSON, so that it can be replayed."""
    return [
        {
            "attributes": {name: list(values) for name, values in problem.attributes.items()},
            "shared": list(problem.shared),
            "max_orders": problem.max_orders,
            "offers": [
                {
                    "id": offer.id,
                    "makes": {name: list(values) for name, values in offer.makes.items()},
                    "lead_days": offer.lead_days,
                    "moq": offer.moq,
                    "capacity": offer.capacity,
                    "opening_cost": offer.opening_cost,
                    "tiers": [[tier.min_units, tier.unit_price] for tier in offer.tiers],
                    "value_cost": {name: dict(costs) for name, costs in offer.value_cost.items()},
                }
                for offer in problem.offers
            ],
            "lines": {
                "ids": problem.lines.ids.tolist(),
                "units": problem.lines.units.tolist(),
                "permille": problem.lines.permille.tolist(),
                "ceiling": problem.lines.ceiling.tolist(),
                "within_days": problem.lines.within_days.tolist(),
                "accepts": {name: masks.tolist() for name, masks in problem.lines.accepts.items()},
            },
        }
        for problem in problems
    ]
