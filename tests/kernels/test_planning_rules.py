"""One golden case per rule of the plan format, small enough to check by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from manufacturers.planning.kernel import (
    Changeover,
    Line,
    Lot,
    Objective,
    Order,
    Placement,
    Plan,
    PlanningProblem,
    SolveLimits,
    solve,
)
from manufacturers.planning.kernel.verify import Cost, cost, violations

SEARCH = SolveLimits(iterations=2000)
SWITCH = Changeover(minutes=((0, 5), (2, 0)), cost=((0, 7), (3, 0)))
ALWAYS = Line(id="L1", initial_family="red")


def order(name: str, **values: Any) -> Order:
    """A red lot of 10 minutes on L1, due at 10, unless said otherwise."""
    base: dict[str, Any] = {"id": name, "family": "red", "release": 0, "due": 10, "minutes": {"L1": 10}}
    return Order(**(base | values))


def problem(*orders: Order, **values: Any) -> PlanningProblem:
    """Lots on one always open line that stands on red."""
    base: dict[str, Any] = {"lines": (ALWAYS,), "families": ("red", "blue"), "changeover": SWITCH, "orders": orders}
    return PlanningProblem(**(base | values))


def planned(asked: PlanningProblem) -> list[tuple[str, str, int, int, int]]:
    """Lots of the proven optimum as (order, line, changeover start, start, end)."""
    outcome = solve(asked, limits=SEARCH, seed=1)
    assert outcome.status == "optimal"
    assert outcome.plan is not None
    assert violations(asked, outcome.plan) == []
    assert outcome.objective == outcome.bound == cost(asked, outcome.plan).total
    lots = sorted(outcome.plan.lots, key=lambda x: (x.line, x.start))
    return [(x.order, x.line, x.changeover_start, x.start, x.end) for x in lots]


def test_nothing_to_plan() -> None:
    outcome = solve(problem(), limits=SEARCH, seed=1)
    assert (outcome.status, outcome.plan, outcome.objective, outcome.bound) == ("optimal", Plan(), 0, 0)


def test_the_heavier_lot_goes_first() -> None:
    asked = problem(order("light"), order("heavy", tardiness_weight=3))
    assert planned(asked) == [("heavy", "L1", 0, 0, 10), ("light", "L1", 10, 10, 20)]


def test_a_lot_waits_for_its_release() -> None:
    assert planned(problem(order("late", release=4))) == [("late", "L1", 4, 4, 14)]


def test_the_first_lot_is_changed_over_to_before_it_starts() -> None:
    assert planned(problem(order("b", family="blue"))) == [("b", "L1", 0, 5, 15)]


def test_a_changeover_may_be_done_before_the_release() -> None:
    assert planned(problem(order("b", family="blue", release=5))) == [("b", "L1", 0, 5, 15)]


def test_a_changeover_waits_for_the_release_where_told() -> None:
    waits = replace(SWITCH, waits_for_release=True)
    assert planned(problem(order("b", family="blue", release=5), changeover=waits)) == [("b", "L1", 5, 10, 20)]


def test_families_are_grouped_when_changeovers_cost() -> None:
    lots = [order("r1", due=99), order("b1", family="blue", due=99), order("r2", due=99)]
    asked = problem(*lots, objective=Objective(tardiness=1, changeover_cost=1))
    outcome = solve(asked, limits=SEARCH, seed=1)
    assert outcome.objective == 7
    assert planned(asked)[2] == ("b1", "L1", 20, 25, 35)


def test_closed_time_interrupts_a_lot() -> None:
    line = replace(ALWAYS, calendar=((0, 6), (20, 30)))
    assert planned(problem(order("a"), lines=(line,))) == [("a", "L1", 0, 0, 24)]


def test_closed_time_interrupts_a_changeover() -> None:
    line = replace(ALWAYS, calendar=((2, 4), (20, 60)))
    assert planned(problem(order("b", family="blue"), lines=(line,))) == [("b", "L1", 2, 23, 33)]


def test_a_lot_that_is_early_waits_where_earliness_costs() -> None:
    asked = problem(order("a", due=30, earliness_weight=1), objective=Objective(tardiness=1, earliness=1))
    assert planned(asked) == [("a", "L1", 20, 20, 30)]


def test_one_minute_late_is_weighed_against_many_early() -> None:
    lots = [order("a", due=10, earliness_weight=0), order("b", due=19, tardiness_weight=1)]
    early = [order(f"e{k}", due=30, earliness_weight=5, release=20 if k == 0 else 0) for k in range(1)]
    asked = problem(*lots, *early, objective=Objective(tardiness=1, earliness=1))
    assert planned(asked) == [("a", "L1", 0, 0, 10), ("b", "L1", 10, 10, 20), ("e0", "L1", 20, 20, 30)]


def test_a_deadline_comes_before_any_weight() -> None:
    asked = problem(order("heavy", tardiness_weight=9), order("bound", tardiness_weight=0, deadline=10))
    assert planned(asked) == [("bound", "L1", 0, 0, 10), ("heavy", "L1", 10, 10, 20)]


def test_the_faster_line_is_taken_and_the_slower_beside_it() -> None:
    lines = (ALWAYS, Line(id="L2", initial_family="red"))
    both = {"L1": 10, "L2": 14}
    asked = problem(order("a", minutes=both), order("b", minutes=both, tardiness_weight=2), lines=lines)
    assert planned(asked) == [("b", "L1", 0, 0, 10), ("a", "L2", 0, 0, 14)]


def test_a_frozen_lot_stays_though_it_costs() -> None:
    frozen = (Placement(order="light", line="L1", start=3),)
    asked = problem(order("light", due=99), order("heavy", tardiness_weight=9), frozen=frozen)
    assert planned(asked) == [("light", "L1", 3, 3, 13), ("heavy", "L1", 13, 13, 23)]


def test_a_lot_keeps_its_line_of_before_where_moving_costs_more() -> None:
    lines = (ALWAYS, Line(id="L2", initial_family="red"))
    before = (Placement(order="a", line="L2", start=0),)
    weights = Objective(tardiness=1, line_change=4)
    asked = problem(order("a", minutes={"L1": 10, "L2": 13}), lines=lines, previous=before, objective=weights)
    assert planned(asked) == [("a", "L2", 0, 0, 13)]
    assert planned(replace(asked, objective=Objective(tardiness=1, line_change=2))) == [("a", "L1", 0, 0, 10)]


def test_each_part_of_the_cost() -> None:
    weights = Objective(tardiness=100, changeover_minutes=10, changeover_cost=1000, earliness=1, line_change=50)
    lots = (
        Lot(order="a", line="L1", start=0, end=10, changeover_start=0),
        Lot(order="b", line="L1", start=15, end=25, changeover_start=10),
    )
    asked = problem(
        order("a", due=14, earliness_weight=2),
        order("b", family="blue", due=20, tardiness_weight=3),
        objective=weights,
        previous=(Placement(order="b", line="L9", start=0),),
    )
    parts = Cost(
        tardiness=15,
        changeover_minutes=5,
        changeover_cost=7,
        earliness=8,
        line_changes=1,
        total=1500 + 50 + 7000 + 8 + 50,
    )
    assert cost(asked, Plan(lots=lots)) == parts


GOOD = (
    Lot(order="a", line="L1", start=0, end=10, changeover_start=0),
    Lot(order="b", line="L1", start=25, end=35, changeover_start=20),
)
ASKED = problem(
    order("a"),
    order("b", family="blue", release=20, deadline=35),
    lines=(replace(ALWAYS, calendar=((0, 12), (18, 60))), Line(id="L2", initial_family="red")),
    changeover=replace(SWITCH, waits_for_release=True),
)


def moved(index: int, **values: Any) -> Plan:
    """The good plan with one lot changed."""
    return Plan(lots=tuple(replace(lot, **values) if k == index else lot for k, lot in enumerate(GOOD)))


def test_a_plan_that_keeps_every_rule() -> None:
    assert violations(ASKED, Plan(lots=GOOD)) == []


@pytest.mark.parametrize(
    ("plan", "rules"),
    [
        (Plan(lots=GOOD[:1]), ["MISSING"]),
        (Plan(lots=(*GOOD, replace(GOOD[1], start=45, end=55, changeover_start=45))), ["TWICE", "DEADLINE"]),
        (Plan(lots=(*GOOD, replace(GOOD[0], order="ghost"))), ["UNKNOWN"]),
        (moved(0, line="L2"), ["LINE"]),
        (moved(0, start=17, end=27, changeover_start=17), ["CALENDAR", "DURATION", "OVERLAP"]),
        (moved(0, start=1), ["DURATION"]),
        (moved(0, end=11), ["DURATION"]),
        (moved(1, start=26, end=36, changeover_start=21), ["DEADLINE"]),
        (moved(1, changeover_start=21), ["CHANGEOVER"]),
        (moved(1, changeover_start=19), ["CHANGEOVER_RELEASE"]),
        (moved(1, changeover_start=9), ["OVERLAP", "CHANGEOVER_RELEASE"]),
        (moved(1, start=19, end=29, changeover_start=10), ["RELEASE", "CHANGEOVER", "CHANGEOVER_RELEASE"]),
    ],
)
def test_the_verifier_names_the_broken_rule(plan: Plan, rules: list[str]) -> None:
    named = [text.split(":")[0] for text in violations(ASKED, plan)]
    assert named == rules


def test_the_verifier_names_a_frozen_lot_that_moved() -> None:
    asked = replace(ASKED, frozen=(Placement(order="a", line="L1", start=1),))
    assert [text.split(":")[0] for text in violations(asked, Plan(lots=GOOD))] == ["FROZEN"]
