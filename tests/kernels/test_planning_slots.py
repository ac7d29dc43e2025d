"""Lots of one length on one line: filling slots agrees with trying every sequence, and steps aside where it must."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from manufacturers.planning.kernel import (
    Changeover,
    Line,
    Objective,
    Order,
    Placement,
    PlanningProblem,
    SolveLimits,
    slotting,
    solve,
)
from manufacturers.planning.kernel import exact as exhaustive
from manufacturers.planning.kernel.budget import Budget
from manufacturers.planning.kernel.chain import plan_of
from manufacturers.planning.kernel.slots import slots_of
from manufacturers.planning.kernel.tables import build
from manufacturers.planning.kernel.verify import cost, violations

FAMILIES = ("red", "green", "blue")


def alike(orders: int, seed: int, minutes: int = 1) -> PlanningProblem:
    """Lots of one length in three families, with deadlines at their due dates and room for two idle slots."""
    draw = random.Random(seed)
    cost = tuple(tuple(0 if i == j else draw.randrange(5, 30) for j in range(3)) for i in range(3))
    made = []
    for k in range(orders):
        due = minutes * draw.randrange(k + 1, orders + 3)
        made.append(
            Order(
                id=f"o{k}",
                family=draw.choice(FAMILIES),
                release=0,
                due=due,
                deadline=due,
                minutes={"L": minutes},
                earliness_weight=2,
            )
        )
    return PlanningProblem(
        lines=(Line(id="L", initial_family="red", calendar=((0, minutes * (orders + 2)),)),),
        families=FAMILIES,
        changeover=Changeover(minutes=((0,) * 3,) * 3, cost=cost),
        orders=tuple(made),
        objective=Objective(changeover_cost=1, earliness=3),
    )


@pytest.mark.parametrize("seed", range(20))
def test_filling_slots_agrees_with_trying_every_sequence(seed: int) -> None:
    asked = alike(6, seed, minutes=1 + seed % 3)
    proven = exhaustive.best_sequences(build(asked))
    slots = slots_of(build(asked))
    assert slots is not None
    assert proven is not None
    assert proven.cost is not None
    filled = slotting.search(slots, None, Budget.of(SolveLimits(iterations=1)), 1, 1)
    plan = plan_of(asked, [filled.sequence], [filled.ends])
    assert filled.proven
    assert violations(asked, plan) == []
    assert cost(asked, plan).total == proven.cost


def test_slots_without_room_for_all_deadlines_have_no_plan() -> None:
    asked = alike(6, 1)
    tight = replace(asked, orders=tuple(replace(x, due=5, deadline=5) for x in asked.orders))
    slots = slots_of(build(tight))
    assert slots is not None
    with pytest.raises(ValueError, match="deadlines"):
        slotting.search(slots, None, Budget.of(SolveLimits(iterations=1)), 1, 1)
    assert solve(tight, limits=SolveLimits(iterations=1), seed=1).status == "infeasible"


def test_more_slots_than_can_be_proven_are_searched_and_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slotting, "MOST_STATES", 1_000)
    asked = alike(60, 3)
    start = solve(asked, limits=SolveLimits(iterations=0), seed=1)
    found, again = (solve(asked, limits=SolveLimits(iterations=6_000), seed=1) for _ in range(2))
    assert found.plan == again.plan
    assert found.plan is not None
    assert violations(asked, found.plan) == []
    assert found.status == "feasible"
    assert found.objective is not None
    assert start.objective is not None
    assert found.bound <= found.objective < start.objective


def test_slots_step_aside_where_lots_or_times_differ() -> None:
    asked = alike(6, 1, minutes=2)
    first, *others = sorted(asked.orders, key=lambda x: x.due)
    for odd in (
        replace(first, minutes={"L": 3}),
        replace(first, deadline=first.due + 1),
        replace(first, release=1),
        replace(first, earliness_weight=9),
    ):
        assert slots_of(build(replace(asked, orders=(odd, *others)))) is None
    frozen = (Placement(order=first.id, line="L", start=0),)
    assert slots_of(build(replace(asked, frozen=frozen))) is None
