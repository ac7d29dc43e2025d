"""What one more shift would mend, by hand."""

from __future__ import annotations

from dataclasses import replace

from manufacturers.planning.kernel import (
    Changeover,
    Line,
    Objective,
    Order,
    PlanningProblem,
    SolveLimits,
    solve,
)
from manufacturers.planning.kernel.mending import Mend, mends

DAYS = ((0, 10), (20, 30), (40, 50))


def shop(*orders: Order) -> PlanningProblem:
    """Two lines that work every other ten minutes; L2 makes nothing that is late."""
    return PlanningProblem(
        lines=(Line(id="L1", initial_family="f", calendar=DAYS), Line(id="L2", initial_family="f", calendar=DAYS)),
        families=("f",),
        changeover=Changeover(minutes=((0,),), cost=((0,),)),
        orders=orders,
        objective=Objective(tardiness=1),
    )


def order(name: str, due: int, line: str = "L1") -> Order:
    """Ten minutes of work."""
    return Order(id=name, family="f", release=0, due=due, minutes={line: 10})


LATE = shop(order("a", 10), order("b", 20), order("c", 30), order("d", 99, "L2"))


def test_one_more_shift_brings_the_late_orders_on_time() -> None:
    plan = solve(LATE, limits=SolveLimits(iterations=1), seed=1).plan
    assert plan is not None
    found = mends(LATE, plan, minutes=10, after=0, iterations=200, seed=1)
    assert found == (
        Mend(line="L1", opens=10, closes=20, on_time=("b", "c"), late_now=2, late=0, less_late=30, saved=30),
    )


def test_a_shift_comes_no_earlier_than_it_can() -> None:
    plan = solve(LATE, limits=SolveLimits(iterations=1), seed=1).plan
    assert plan is not None
    found = mends(LATE, plan, minutes=10, after=15, iterations=200, seed=1)
    assert [(x.opens, x.closes, x.on_time, x.late) for x in found] == [(30, 40, (), 2)]


def test_no_time_is_no_search() -> None:
    plan = solve(LATE, limits=SolveLimits(iterations=1), seed=1).plan
    assert plan is not None
    found = mends(LATE, plan, minutes=10, after=0, iterations=200, seconds=0, seed=1)
    assert [(x.line, x.on_time) for x in found] == [("L1", ("b", "c"))]


def test_nothing_is_mended_where_nothing_is_late_or_closed() -> None:
    early = replace(LATE, orders=tuple(replace(x, due=99) for x in LATE.orders))
    plan = solve(early, limits=SolveLimits(iterations=1), seed=1).plan
    assert plan is not None
    assert mends(early, plan, minutes=10, after=0, iterations=200, seed=1) == ()
    always = replace(LATE, lines=tuple(replace(x, calendar=None) for x in LATE.lines))
    plan = solve(always, limits=SolveLimits(iterations=1), seed=1).plan
    assert plan is not None
    tight = replace(always, orders=tuple(replace(x, due=5) for x in always.orders))
    assert mends(tight, plan, minutes=10, after=0, iterations=200, seed=1) == ()
