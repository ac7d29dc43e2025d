"""The search against oracles and by its laws: repeatable, honest, never worse with more room."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings

from manufacturers.planning.kernel import (
    Changeover,
    Line,
    Objective,
    Order,
    Outcome,
    Placement,
    Plan,
    PlanningProblem,
    SolveLimits,
    solve,
)
from manufacturers.planning.kernel.verify import cost, violations
from tests.oracles import planning_subsets
from tests.oracles.planning_brute_force import optimum
from tests.strategies.planning_problems import problems

EXACT = SolveLimits(iterations=1)
QUICK = settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


def exact(problem: PlanningProblem) -> Outcome:
    """The proven answer of a small problem."""
    outcome = solve(problem, limits=EXACT, seed=1)
    assert outcome.status in ("optimal", "infeasible")
    return outcome


def factory(orders: int, seed: int = 1, lines: int = 3) -> PlanningProblem:
    """A made-up shop with three families, shifts on its first line, and due dates it cannot all keep."""
    draw = random.Random(seed)
    names = ("red", "green", "blue")
    made = tuple(
        Order(
            id=f"o{k}",
            family=draw.choice(names),
            release=draw.randrange(0, 40 * orders // lines),
            due=draw.randrange(60, 60 + 50 * orders // lines),
            tardiness_weight=draw.choice((1, 2, 5)),
            earliness_weight=1,
            minutes={
                f"L{line}": draw.randrange(20, 80) for line in range(lines) if line == k % lines or draw.random() < 0.6
            },
        )
        for k in range(orders)
    )
    shifts = tuple((day * 1440 + 360, day * 1440 + 1320) for day in range(orders))
    return PlanningProblem(
        lines=tuple(
            Line(id=f"L{k}", initial_family=names[k % 3], calendar=shifts if k == 0 else None) for k in range(lines)
        ),
        families=names,
        changeover=Changeover(
            minutes=((2, 30, 60), (20, 2, 40), (50, 10, 2)), cost=((0,) * 3,) * 3, waits_for_release=True
        ),
        orders=made,
        objective=Objective(tardiness=1000, changeover_minutes=10, earliness=1, line_change=500),
    )


@settings(QUICK, max_examples=150)
@given(problems(most_orders=7))
def test_up_to_seven_lots_are_solved_to_the_optimum_of_an_oracle(problem: PlanningProblem) -> None:
    outcome, least = exact(problem), planning_subsets.optimum(problem)
    assert outcome.objective == least
    if outcome.plan is None:
        assert outcome.unmet
    else:
        assert violations(problem, outcome.plan) == []


@settings(QUICK, max_examples=40)
@given(problems(most_orders=4))
def test_the_oracle_agrees_with_trying_everything(problem: PlanningProblem) -> None:
    assert planning_subsets.optimum(problem) == optimum(problem)


@QUICK
@given(problems(most_orders=3))
def test_a_start_without_search_is_honest(problem: PlanningProblem) -> None:
    start, least = solve(problem, limits=SolveLimits(iterations=0), seed=1), exact(problem).objective
    if start.plan is None:
        assert start.status in ("unknown", "infeasible")
        assert start.objective is None
        assert start.unmet
        return
    assert least is not None
    assert start.objective is not None
    assert violations(problem, start.plan) == []
    assert start.bound <= least <= start.objective
    assert (start.status == "optimal") <= (start.objective == least)


@QUICK
@given(problems())
def test_shuffling_the_input_changes_nothing(problem: PlanningProblem) -> None:
    shuffled = replace(problem, orders=problem.orders[::-1], lines=problem.lines[::-1], previous=problem.previous[::-1])
    assert exact(shuffled).objective == exact(problem).objective


@QUICK
@given(problems())
def test_later_due_dates_never_cost_more_without_earliness(problem: PlanningProblem) -> None:
    problem = replace(problem, objective=replace(problem.objective, earliness=0))
    later = replace(problem, orders=tuple(replace(x, due=x.due + 3) for x in problem.orders))
    now, then = exact(problem).objective, exact(later).objective
    assume(now is not None)
    assert then is not None
    assert now is not None
    assert then <= now


@QUICK
@given(problems())
def test_one_more_line_never_costs_more(problem: PlanningProblem) -> None:
    twin = replace(problem.lines[0], id="twin")
    orders = tuple(
        replace(x, minutes={**x.minutes, "twin": x.minutes["L0"]}) if "L0" in x.minutes else x for x in problem.orders
    )
    now, then = exact(problem).objective, exact(replace(problem, lines=(*problem.lines, twin), orders=orders)).objective
    assume(now is not None)
    assert then is not None
    assert now is not None
    assert then <= now


@QUICK
@given(problems())
def test_longer_hours_never_cost_more(problem: PlanningProblem) -> None:
    problem = replace(problem, lines=tuple(replace(x, calendar=x.calendar or ((0, 58),)) for x in problem.lines))
    longer = tuple(replace(x, calendar=(*(x.calendar or ()), (100, 140))) for x in problem.lines)
    now, then = exact(problem).objective, exact(replace(problem, lines=longer)).objective
    assume(now is not None)
    assert then is not None
    assert now is not None
    assert then <= now


@QUICK
@given(problems())
def test_counting_time_in_thirds_trebles_the_minutes_and_changes_nothing_else(problem: PlanningProblem) -> None:
    thrice = replace(
        problem,
        lines=tuple(
            replace(x, calendar=x.calendar and tuple((3 * a, 3 * b) for a, b in x.calendar)) for x in problem.lines
        ),
        changeover=replace(
            problem.changeover, minutes=tuple(tuple(3 * x for x in row) for row in problem.changeover.minutes)
        ),
        orders=tuple(
            replace(
                x,
                release=3 * x.release,
                due=3 * x.due,
                deadline=None if x.deadline is None else 3 * x.deadline,
                minutes={line: 3 * minutes for line, minutes in x.minutes.items()},
            )
            for x in problem.orders
        ),
        frozen=tuple(replace(x, start=3 * x.start) for x in problem.frozen),
        objective=replace(
            problem.objective,
            changeover_cost=3 * problem.objective.changeover_cost,
            line_change=3 * problem.objective.line_change,
        ),
    )
    now = exact(problem).objective
    assert exact(thrice).objective == (None if now is None else 3 * now)


@QUICK
@given(problems())
def test_shifting_all_times_changes_nothing(problem: PlanningProblem) -> None:
    opened = tuple(replace(x, calendar=x.calendar or ((0, 58),)) for x in problem.lines)
    problem = replace(problem, lines=opened)
    by = 1000
    shifted = replace(
        problem,
        lines=tuple(replace(x, calendar=tuple((a + by, b + by) for a, b in x.calendar or ())) for x in problem.lines),
        orders=tuple(
            replace(x, release=x.release + by, due=x.due + by, deadline=None if x.deadline is None else x.deadline + by)
            for x in problem.orders
        ),
        frozen=tuple(replace(x, start=x.start + by) for x in problem.frozen),
    )
    assert exact(shifted).objective == exact(problem).objective


@QUICK
@given(problems())
def test_scaling_the_weights_scales_the_cost(problem: PlanningProblem) -> None:
    weights = problem.objective
    seven = Objective(
        tardiness=7 * weights.tardiness,
        changeover_minutes=7 * weights.changeover_minutes,
        changeover_cost=7 * weights.changeover_cost,
        earliness=7 * weights.earliness,
        line_change=7 * weights.line_change,
    )
    now = exact(problem).objective
    assert exact(replace(problem, objective=seven)).objective == (None if now is None else 7 * now)


def test_the_same_seed_gives_the_same_plan() -> None:
    asked = factory(30)
    first, again = (solve(asked, limits=SolveLimits(iterations=20_000), seed=5) for _ in range(2))
    assert first.plan == again.plan
    assert first.iterations == again.iterations == 20_000


def test_two_workers_repeat_too() -> None:
    asked = factory(30)
    first, again = (solve(asked, limits=SolveLimits(iterations=9_000, workers=2), seed=5) for _ in range(2))
    assert first.plan == again.plan


def test_the_search_keeps_the_rules_and_improves_on_its_start() -> None:
    asked = factory(60)
    start = solve(asked, limits=SolveLimits(iterations=0), seed=1)
    found = solve(asked, limits=SolveLimits(iterations=100_000), seed=1)
    assert start.plan is not None
    assert found.plan is not None
    assert violations(asked, found.plan) == []
    assert start.objective is not None
    assert found.objective is not None
    assert found.bound <= found.objective < start.objective
    assert found.objective == cost(asked, found.plan).total
    assert found.status == "feasible"


def test_the_search_matches_the_proof_on_seven_lots() -> None:
    for seed in range(4):
        small = factory(7, seed=seed)
        beside = Order(id="z", family="red", release=0, due=10**6, tardiness_weight=0, minutes={"L9": 1})
        lines = (*small.lines, Line(id="L9", initial_family="red"))
        eight = replace(small, lines=lines, orders=(*small.orders, beside))
        searched = solve(eight, limits=SolveLimits(iterations=60_000), seed=1).objective
        proven = solve(small, limits=EXACT, seed=1).objective
        assert proven is not None
        assert searched == proven + 20


def test_an_urgent_order_leaves_frozen_lots_and_most_lines_alone() -> None:
    asked = factory(40)
    before = solve(asked, limits=SolveLimits(iterations=60_000), seed=1).plan
    assert before is not None
    stands = tuple(Placement(order=x.order, line=x.line, start=x.start) for x in before.lots)
    frozen = tuple(x for x in stands if x.start < 150)
    urgent = Order(id="urgent", family="blue", release=100, due=200, tardiness_weight=5, minutes={"L1": 30, "L2": 30})
    again = replace(asked, orders=(*asked.orders, urgent), previous=stands, frozen=frozen)
    for limit in (0, 20_000):
        after = solve(again, limits=SolveLimits(iterations=limit), seed=1, warm_start=before)
        assert after.plan is not None
        assert violations(again, after.plan) == []
        assert cost(again, after.plan).line_changes <= 3


def test_a_warm_start_is_never_left_for_a_worse_plan() -> None:
    asked = factory(40)
    before = solve(asked, limits=SolveLimits(iterations=60_000), seed=1)
    assert before.objective is not None
    for limit in (0, 500):
        after = solve(asked, limits=SolveLimits(iterations=limit), seed=2, warm_start=before.plan)
        assert after.objective is not None
        assert after.objective <= before.objective


def test_a_warm_start_may_name_orders_that_are_gone() -> None:
    asked = factory(12)
    before = solve(asked, limits=SolveLimits(iterations=2_000), seed=1).plan
    fewer = replace(asked, orders=asked.orders[3:])
    after = solve(fewer, limits=SolveLimits(iterations=0), seed=1, warm_start=before)
    assert isinstance(after.plan, Plan)
    assert violations(fewer, after.plan) == []
