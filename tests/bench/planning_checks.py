"""What the planning bench checks besides costs: an urgent order in a full plan, small problems against an oracle."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import Any

from hypothesis import HealthCheck, given, settings

from manufacturers.planning.kernel import Lot, Order, Placement, Plan, PlanningProblem, SolveLimits, solve
from manufacturers.planning.kernel.verify import cost, violations
from tests.oracles.planning_subsets import optimum
from tests.strategies.planning_problems import problems

MOST_LINE_CHANGES = 3
FROZEN_SHARE = 0.15
MOST_LOTS = 7


def with_urgent(problem: PlanningProblem, plan: Plan) -> PlanningProblem:
    """The problem after one more order of the highest weight, the first lots of ``plan`` frozen."""
    starts = sorted(lot.start for lot in plan.lots)
    now = starts[int(len(starts) * FROZEN_SHARE)]
    stands = tuple(Placement(order=x.order, line=x.line, start=x.start) for x in plan.lots)
    like = problem.orders[len(problem.orders) // 2]
    urgent: Order = replace(
        like, id="urgent", release=now, due=now + 2 * max(like.minutes.values()), tardiness_weight=5
    )
    return replace(
        problem,
        orders=(*problem.orders, urgent),
        frozen=tuple(x for x in stands if x.start < now),
        previous=stands,
        most_line_changes=MOST_LINE_CHANGES,
    )


def urgent_order(
    problem: PlanningProblem, plan: Plan, *, long_seconds: float, workers: int, seed: int
) -> dict[str, Any]:
    """How soon an urgent order has a plan, how good it is after 2 s beside a long solve, and how many lots moved."""
    asked = with_urgent(problem, plan)
    begin = perf_counter()
    first = solve(asked, limits=SolveLimits(seconds=0), seed=seed)
    first_ms = 1000 * (perf_counter() - begin)
    soon = solve(asked, limits=SolveLimits(seconds=2, workers=workers), seed=seed)
    free = replace(asked, previous=(), most_line_changes=None)
    full = solve(free, limits=SolveLimits(seconds=long_seconds, workers=workers), seed=seed)
    plans = [x for x in (first.plan, soon.plan, full.plan) if x is not None]
    if len(plans) < 3:
        return {"name": f"{problem.name} urgent", "plans": len(plans)}
    now, after, long = plans
    fixed = {x.order: (x.line, x.start) for x in asked.frozen}
    return {
        "name": f"{problem.name} urgent",
        "first_ms": round(first_ms, 1),
        "violations": sum(len(violations(asked, x)) for x in (now, after)) + len(violations(free, long)),
        "line_changes": [cost(asked, x).line_changes for x in (now, after)],
        "frozen_same": all(_at(x)[order] == place for x in plans for order, place in fixed.items()),
        "over_long_percent": round(100 * (_apart(asked, after) / max(_apart(asked, long), 1) - 1), 2),
    }


def _apart(problem: PlanningProblem, plan: Plan) -> int:
    """The cost without line changes, which a full solve is free of."""
    return cost(replace(problem, previous=()), plan).total


def _at(plan: Plan) -> dict[str, tuple[str, int]]:
    by_order: dict[str, Lot] = plan.by_order()
    return {name: (lot.line, lot.start) for name, lot in by_order.items()}


def small_problems(count: int) -> dict[str, Any]:
    """How many of ``count`` random problems of a few lots are answered with the optimum of an oracle."""
    answers: list[bool] = []

    @settings(
        max_examples=count, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(problems(most_orders=MOST_LOTS))
    def compare(problem: PlanningProblem) -> None:
        answers.append(solve(problem, limits=SolveLimits(iterations=1), seed=1).objective == optimum(problem))

    compare()
    return {"name": "optimum of at most 7 lots", "n": len(answers), "agreed": sum(answers)}
