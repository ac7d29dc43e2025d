"""At most so many lots may stand on another line than in the plan before: a rule, whatever the weights say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from manufacturers.planning.kernel import Lot, Order, Placement, Plan, PlanningProblem, ProblemError, SolveLimits, solve
from manufacturers.planning.kernel.instance import read
from manufacturers.planning.kernel.verify import cost, violations
from tests.kernels.test_planning_search import factory
from tests.strategies.planning_problems import problems


def with_plan_before() -> PlanningProblem:
    """Forty orders in a plan found in little time, an urgent one beside them, changes of line for nothing."""
    asked = factory(40)
    before = solve(asked, limits=SolveLimits(iterations=500), seed=1).plan
    assert before is not None
    stands = tuple(Placement(order=x.order, line=x.line, start=x.start) for x in before.lots)
    urgent = Order(id="urgent", family="blue", release=100, due=200, tardiness_weight=5, minutes={"L1": 30, "L2": 30})
    return replace(asked, orders=(*asked.orders, urgent), previous=stands, frozen=())


def line_changes(problem: PlanningProblem, most: int | None, seed: int) -> int:
    asked = replace(problem, most_line_changes=most)
    plan = solve(asked, limits=SolveLimits(iterations=60_000, workers=2), seed=seed).plan
    assert plan is not None
    assert violations(asked, plan) == []
    return cost(asked, plan).line_changes


@pytest.mark.parametrize("seed", [1, 2])
def test_a_search_that_would_move_many_lots_moves_as_few_as_it_may(seed: int) -> None:
    asked = with_plan_before()
    assert line_changes(asked, None, seed) > 5
    assert [line_changes(asked, most, seed) <= most for most in (0, 1, 3)] == [True, True, True]


def test_a_few_moves_are_used_where_they_help() -> None:
    asked = with_plan_before()
    limits = SolveLimits(iterations=60_000)
    costs = [solve(replace(asked, most_line_changes=most), limits=limits, seed=1).objective for most in (0, 3)]
    assert costs[0] is not None
    assert costs[1] is not None
    assert costs[1] < costs[0]


def test_the_verifier_counts_lots_that_could_have_stayed() -> None:
    asked = factory(3)
    plan = solve(asked, limits=SolveLimits(iterations=1), seed=1).plan
    assert plan is not None
    elsewhere = tuple(
        Placement(order=order.id, line=next(x for x in order.minutes if x != plan.by_order()[order.id].line), start=0)
        for order in asked.orders
        if len(order.minutes) > 1
    )
    assert len(elsewhere) == 3
    strict = replace(asked, previous=elsewhere, most_line_changes=1)
    assert violations(strict, plan) == ["LINE_CHANGES: 3 lots change line, at most 1 may"]
    assert violations(replace(strict, most_line_changes=3), plan) == []
    held = tuple(Placement(order=x.order, line=x.line, start=x.start) for x in plan.lots[:2])
    assert violations(replace(strict, frozen=held), plan) == []


def test_a_lot_whose_line_is_gone_or_closed_may_go_elsewhere() -> None:
    asked = factory(3)
    lines = (*asked.lines[:2], replace(asked.lines[2], calendar=()))
    orders = tuple(replace(x, minutes={"L1": 30, "L2": 30}) for x in asked.orders)
    stands = (Placement(order="o0", line="L2", start=0), Placement(order="o1", line="L9", start=0))
    strict = replace(asked, lines=lines, orders=orders, previous=stands, most_line_changes=0)
    plan = solve(strict, limits=SolveLimits(iterations=1), seed=1).plan
    assert plan is not None
    assert violations(strict, plan) == []
    assert {x.line for x in plan.lots} == {"L1"}


@settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(problems(most_orders=6, most_lines=3), st.integers(0, 2))
def test_no_plan_of_few_lots_breaks_the_limit(problem: PlanningProblem, most: int) -> None:
    asked = replace(problem, most_line_changes=most)
    free = solve(problem, limits=SolveLimits(iterations=300), seed=1)
    strict = solve(asked, limits=SolveLimits(iterations=300), seed=1)
    assert strict.plan is None or violations(asked, strict.plan) == []
    assert strict.objective is None or (free.objective is not None and strict.objective >= free.objective)
    assert strict.status != "infeasible" or free.status == "infeasible"


def test_the_limit_stands_in_the_instance() -> None:
    lot = Lot(order="a", line="L", start=0, end=1, changeover_start=0)
    data = {
        "lines": [{"id": "L", "initial_family": "x"}],
        "families": ["x"],
        "changeover": {"minutes": [[0]], "cost": [[0]]},
        "orders": [{"id": "a", "family": "x", "due": 0, "minutes": {"L": 1}}],
        "objective": {},
    }
    assert read(data).most_line_changes is None
    assert violations(read({**data, "most_line_changes": 0}), Plan(lots=(lot,))) == []
    for wrong in (-1, "2", 1.5, True):
        with pytest.raises(ProblemError, match="most_line_changes: expected a whole number"):
            read({**data, "most_line_changes": wrong})
