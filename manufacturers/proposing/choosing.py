"""The kernel asked until every bulk order has a pool, its answer verified, and blueprints drawn from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from demand.pooling.reads.lines import DemandLine
from manufacturers.proposing.blueprints import Blueprint, Expected, draw, expected
from manufacturers.proposing.guests import guests
from manufacturers.proposing.kernel import (
    BulkOrder,
    Outcome,
    Proposals,
    ProposingProblem,
    SolveLimits,
    solve,
    violations,
)
from manufacturers.proposing.markets import Market, OfferSide, PoolSide
from manufacturers.proposing.reaching import homes, problem_over

ROUNDS = 6
# Standard deviations of who buys that an order should count on above its minimum: five of six then reach it.
MARGIN = 1.0


class PlanBroken(RuntimeError):
    """The verifier found a rule that the plan breaks; nothing of it may be stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The bulk orders of a category with the lines each counts on; surplus in minor units and its bound."""

    blueprints: tuple[Blueprint, ...]
    lines: tuple[frozenset[int], ...]
    status: str
    objective: int
    bound: int
    problems: tuple[ProposingProblem, ...]

    def of(self, blueprint: Blueprint) -> frozenset[int]:
        """The lines that one order counts on."""
        return next(lines for one, lines in zip(self.blueprints, self.lines, strict=True) if one is blueprint)

    def elsewhere(self, blueprint: Blueprint) -> frozenset[int]:
        """The lines that the other orders count on."""
        others = [lines for one, lines in zip(self.blueprints, self.lines, strict=True) if one is not blueprint]
        return frozenset().union(*others)


def choose(
    market: Market,
    *,
    seed: int,
    seconds: float | None = None,
    iterations: int | None = None,
    patience: int | None = None,
) -> Choice:
    """The bulk orders at the largest expected surplus over all specifications, at most one a pool.

    Each is drawn for a pool whose members all take what is made, and counts on lines of other pools that take it too.
    Orders count on more than their minimum by a margin, so that most reach it; where that leaves no order, on the bare
    minimum. Limited by ``seconds`` in all, or repeatably by ``iterations`` or ``patience`` of the kernel each time it
    is asked.
    """
    share = None if seconds is None else seconds / ROUNDS
    limits = SolveLimits(seconds=share, iterations=iterations, patience=patience)
    found = _chosen(market, margin=MARGIN, limits=limits, seed=seed)
    return found if found.blueprints else _chosen(market, margin=0.0, limits=limits, seed=seed)


def _chosen(market: Market, *, margin: float, limits: SolveLimits, seed: int) -> Choice:
    problem = problem_over(market, margin=margin)
    if problem is None:
        return Choice(blueprints=(), lines=(), status="optimal", objective=0, bound=0, problems=())
    outcome, placed = _housed(market, problem, limits=limits, seed=seed)
    blueprints, lines = _blueprints(market, placed)
    return Choice(
        blueprints=tuple(blueprints),
        lines=tuple(lines),
        status=outcome.status,
        objective=outcome.objective // 1000,
        bound=outcome.bound // 1000,
        problems=(problem,),
    )


def _housed(
    market: Market, problem: ProposingProblem, *, limits: SolveLimits, seed: int
) -> tuple[Outcome, list[tuple[BulkOrder, PoolSide]]]:
    """Solve until every order has a pool: where some found none, again with so many orders fewer."""
    outcome = solve(problem, limits=limits, seed=seed)
    bound, placed = outcome.bound, _placed(market, problem, outcome)
    for _again in range(ROUNDS - 1):
        if outcome.plan is None or len(placed) == len(outcome.plan.orders):
            break
        fewer = replace(problem, max_orders=max(1, len(placed)))
        before = Proposals(orders=tuple(order for order, _home in placed))
        outcome = replace(solve(fewer, limits=limits, seed=seed, warm_start=before), bound=bound, status="feasible")
        placed = _placed(market, fewer, outcome)
    return outcome, placed


def _placed(market: Market, problem: ProposingProblem, outcome: Outcome) -> list[tuple[BulkOrder, PoolSide]]:
    """The orders of an answer that found a pool; raises :class:`PlanBroken` where the verifier finds a fault."""
    if outcome.plan is None:
        return []
    if broken := violations(problem, outcome.plan):
        raise PlanBroken("; ".join(broken[:5]))
    orders = _one_tier_a_specification(outcome.plan.orders)
    return [
        (order, home) for order, home in zip(orders, homes(market, orders, problem), strict=True) if home is not None
    ]


def _blueprints(
    market: Market, placed: Sequence[tuple[BulkOrder, PoolSide]]
) -> tuple[list[Blueprint], list[frozenset[int]]]:
    """A blueprint of each order that can be promised, and the lines that it counts on."""
    sides = {side.offer.pk: side for side in market.offers}
    drawn, counted = [], []
    for (order, home), room in zip(placed, _rooms([order for order, _home in placed], sides), strict=True):
        indices = [int(index) for index in order.line_ids]
        people, _units = guests([market.lines[index] for index in indices], home.pool_id)
        blueprint = draw(
            market,
            pool=replace(home, people=home.people + people),
            side=sides[int(order.offer_id)],
            tier=order.tier,
            line_indices=indices,
            room=room,
        )
        if blueprint is not None:
            drawn.append(blueprint)
            counted.append(frozenset(indices))
    return drawn, counted


def _one_tier_a_specification(orders: Sequence[BulkOrder]) -> list[BulkOrder]:
    """An offer is asked for a specification once: at the tier that most of it was planned at."""
    best: dict[tuple[str, str], BulkOrder] = {}
    for order in sorted(orders, key=lambda one: (-one.volume_permille, one.tier)):
        best.setdefault(_place(order), order)
    return [order for order in orders if best[_place(order)] is order]


def _place(order: BulkOrder) -> tuple[str, str]:
    return order.offer_id, repr(sorted(order.specification.items()))


def _rooms(orders: Sequence[BulkOrder], sides: Mapping[int, OfferSide]) -> list[int]:
    """What each order may grow to, in whole lots: its own volume, and a fair part of what its offer has left over.

    An offer's lots go to volumes first, then one each to those that fill most of another, the rest in equal parts.
    """
    of_offer: dict[str, list[int]] = defaultdict(list)
    for index, order in enumerate(orders):
        of_offer[order.offer_id].append(index)
    rooms = [0] * len(orders)
    for offer_id, indices in of_offer.items():
        side = sides[int(offer_id)]
        size = side.offer.lot_multiple
        whole = [divmod(orders[i].volume_permille, 1000 * size) for i in indices]
        spare = max(0, side.free_units // size - sum(lots for lots, _part in whole))
        fullest = sorted((k for k, (_lots, part) in enumerate(whole) if part), key=lambda k: (-whole[k][1], k))[:spare]
        each, more = divmod(spare - len(fullest), len(indices))
        for k, i in enumerate(indices):
            rooms[i] = size * (whole[k][0] + (k in fullest) + each + (k < more))
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
