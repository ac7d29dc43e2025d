"""One always open line: valuing an exchange by look-ups agrees with timing the sequence, and the search is proven."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from manufacturers.planning.kernel import (
    Changeover,
    Line,
    Objective,
    Order,
    Placement,
    PlanningProblem,
    SolveLimits,
    solve,
)
from manufacturers.planning.kernel import exact as exhaustive
from manufacturers.planning.kernel.budget import Budget
from manufacturers.planning.kernel.chain import Chain, plan_of
from manufacturers.planning.kernel.descent import best_move, new_walk
from manufacturers.planning.kernel.schedule import TOO_DEAR
from manufacturers.planning.kernel.sequencing import search
from manufacturers.planning.kernel.tables import PENALTY, Tables, build
from manufacturers.planning.kernel.tails import fits, new_tails, rebuild
from manufacturers.planning.kernel.verify import cost, violations

FAMILIES = ("red", "green", "blue")


def line_of(orders: int, seed: int, *, released: bool, deadlines: bool = False) -> PlanningProblem:
    """Lots of three families on one line, with changeovers that take and cost something and few minutes to spare."""
    draw = random.Random(seed)
    minutes = tuple(tuple(0 if i == j else draw.randrange(1, 9) for j in range(3)) for i in range(3))
    made = []
    for k in range(orders):
        work, release = draw.randrange(1, 10), draw.randrange(6 * orders) if released else 0
        due = release + work + draw.randrange(5 * orders)
        deadline = due + draw.randrange(3 * orders) if deadlines else None
        made.append(
            Order(
                id=f"o{k}",
                family=draw.choice(FAMILIES),
                release=release,
                due=due,
                deadline=deadline,
                tardiness_weight=draw.randrange(4),
                minutes={"L": work},
            )
        )
    return PlanningProblem(
        lines=(Line(id="L", initial_family="red", calendar=((7, 10_000),)),),
        families=FAMILIES,
        changeover=Changeover(minutes=minutes, cost=minutes[::-1], waits_for_release=bool(seed % 2)),
        orders=tuple(made),
        objective=Objective(tardiness=3, changeover_minutes=seed % 3, changeover_cost=seed % 2),
    )


def timed(tables: Tables, sequence: list[int]) -> float:
    """What the annealing's own timing says that a sequence costs, each minute past a limit at the penalty."""
    chain = Chain(tables, 1, False)
    chain.take([sequence])
    past = float(chain.state.sums[0, 1]) * float(tables.par[PENALTY])
    return float(chain.state.sums[0, 0]) + past


def exchanges(row: list[int], at: int) -> list[list[int]]:
    """``row`` with each block that begins at ``at`` elsewhere, and with the lot there swapped for a later one."""
    made = []
    for end in range(at + 1, len(row) + 1):
        block, others = row[at:end], row[:at] + row[end:]
        made += [others[:to] + block + others[to:] for to in range(len(others) + 1) if to != at]
    for other in range(at + 2, len(row)):
        swapped = list(row)
        swapped[at], swapped[other] = row[other], row[at]
        made.append(swapped)
    return made


@pytest.mark.parametrize("seed", range(12))
def test_the_best_exchange_is_that_of_timing_all_of_them(seed: int) -> None:
    tables, draw = build(line_of(8, seed, released=seed % 3 > 0, deadlines=seed % 4 > 1)), random.Random(seed)
    tables.par[PENALTY] = 50.0
    row = draw.sample(range(8), 8)
    walk = new_walk(tables, row, 1)
    walk.tails.seq[:] = row
    assert rebuild(tables, walk.tails, 0, 8) == pytest.approx(timed(tables, row))
    for at in range(8):
        expected = min((timed(tables, changed) for changed in exchanges(row, at)), default=TOO_DEAR)
        assert best_move(tables, walk, at, TOO_DEAR) == pytest.approx(expected)
        a, k, b, m = walk.move.tolist()
        row = [*row[:a], *row[b : b + m], *row[a + k : b], *row[a : a + k], *row[b + m :]]
        walk.tails.seq[:] = row
        assert rebuild(tables, walk.tails, a, b + m) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(12))
def test_the_search_on_one_line_reaches_the_proven_optimum(seed: int) -> None:
    problem = line_of(7, seed, released=seed % 3 > 0, deadlines=seed % 4 > 1)
    tables = build(problem)
    proven = exhaustive.best_sequences(tables)
    assert proven is not None
    assert fits(tables)
    chain = Chain(tables, seed, False)
    chain.start([[]], list(range(7)))
    best, _ = search([chain], Budget.of(SolveLimits(iterations=2000)), seed)
    if proven.cost is None:
        assert best.best[0] > 0
        return
    plan = plan_of(problem, best.best_sequences(), best.best_ends())
    assert violations(problem, plan) == []
    assert cost(problem, plan).total == proven.cost


def test_a_longer_line_is_searched_and_repeats_with_two_workers() -> None:
    problem = line_of(30, 3, released=True)
    limits = SolveLimits(iterations=4000, workers=2)
    first, again = (solve(problem, limits=limits, seed=5) for _ in range(2))
    start = solve(problem, limits=SolveLimits(iterations=0), seed=5)
    assert first.plan is not None
    assert start.objective is not None
    assert first.objective is not None
    assert violations(problem, first.plan) == []
    assert first.plan == again.plan
    assert first.objective < start.objective


def test_other_problems_are_left_to_the_annealing() -> None:
    problem = line_of(9, 1, released=True)
    two = Line(id="M", initial_family="red")
    shifts = replace(problem.lines[0], calendar=((0, 50), (60, 10_000)))
    early = tuple(replace(order, earliness_weight=1) for order in problem.orders)
    others: list[dict[str, Any]] = [
        {"lines": (*problem.lines, two)},
        {"lines": (shifts,)},
        {"orders": early, "objective": Objective(earliness=1)},
        {"frozen": (Placement(order="o1", line="L", start=100),)},
    ]
    assert fits(build(problem))
    assert [fits(build(replace(problem, **change))) for change in others] == [False] * 4
    assert np.array_equal(new_tails(build(problem)).seq, np.arange(9))
