"""A new order moves few lots of a plan that would still do; where the plan would not, any number may move."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from manufacturers.models import CalendarException, Lot, Maker, Offer, ProductionOrder
from manufacturers.planning import kernel, service, steps
from manufacturers.planning.reads import situation as reading
from manufacturers.planning.service.replanning import with_few_moves
from tests.manufacturers.makers import NOW, release, store_a

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(minutes=1)


def add_order(key: str) -> None:
    released = release(Offer.objects.get(), 50, due_on=date(2026, 11, 20), key=key)
    service.orders_for_release(release_id=released.pk, now=NOW)


def planned_maker() -> Maker:
    """A maker whose plan holds one order."""
    maker = store_a(frozen_hours=0)
    add_order("one")
    service.replan(maker_id=maker.pk, seed=1, seconds=0.1, now=NOW)
    return maker


def most_moves(maker: Maker) -> int | None:
    return with_few_moves(reading.read(maker.pk, now=NOW)).problem.most_line_changes


def test_three_lots_may_move_for_each_new_order() -> None:
    maker = planned_maker()
    assert most_moves(maker) is None
    add_order("two")
    assert most_moves(maker) == 3
    add_order("three")
    assert most_moves(maker) == 6
    service.replan(maker_id=maker.pk, seed=1, seconds=0.1, now=LATER)
    assert Lot.objects.filter(plan__state="current").count() == 3


def test_any_number_may_move_where_the_plan_does_not_hold_any_more() -> None:
    maker = planned_maker()
    add_order("two")
    lot = Lot.objects.get()
    CalendarException.objects.create(
        maker=maker,
        line=lot.line,
        starts_at=lot.starts_at,
        ends_at=lot.ends_at,
        working=False,
        reason="broken",
    )
    assert most_moves(maker) is None


def test_any_number_may_move_where_an_order_became_larger() -> None:
    maker = planned_maker()
    add_order("two")
    ProductionOrder.objects.filter(pk=Lot.objects.get().order_id).update(units=60)
    assert most_moves(maker) is None


def test_no_order_is_set_aside_so_that_others_may_stay() -> None:
    lines = tuple(kernel.Line(id=name, initial_family="x", calendar=((0, 20),)) for name in ("L1", "L2"))
    both = {"L1": 10, "L2": 10}
    orders = (
        *(kernel.Order(id=name, family="x", release=0, due=20, minutes=both) for name in ("a", "b")),
        *(kernel.Order(id=name, family="x", release=0, due=20, minutes={"L1": 10}) for name in ("c", "d")),
    )
    problem = kernel.PlanningProblem(
        lines=lines,
        families=("x",),
        changeover=kernel.Changeover(minutes=((0,),), cost=((0,),)),
        orders=orders,
        objective=kernel.Objective(tardiness=1),
        previous=tuple(kernel.Placement(order=name, line="L1", start=10 * k) for k, name in enumerate("ab")),
        most_line_changes=1,
    )
    solved = steps.solve(problem, waits={}, limits=kernel.SolveLimits(iterations=100), seed=1)
    assert solved.aside == {}
    assert {lot.order: lot.line for lot in solved.plan.lots} == {"a": "L2", "b": "L2", "c": "L1", "d": "L1"}
