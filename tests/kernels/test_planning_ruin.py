"""Ruin and recreation keeps its books right, and the course of temperatures spends time where the cost falls."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import exp, inf

import pytest

from manufacturers.planning.kernel import Placement, PlanningProblem
from manufacturers.planning.kernel.chain import Chain, sequences_of
from manufacturers.planning.kernel.cooling import Profile, even
from manufacturers.planning.kernel.ruin import recreate
from manufacturers.planning.kernel.tables import build
from tests.kernels.test_planning_search import factory


def started(problem: PlanningProblem, *, exact_early: bool = False) -> Chain:
    tables = build(problem)
    chain = Chain(tables, 7, exact_early)
    fixed = sequences_of(problem, list(problem.frozen), tables)
    held = {row for sequence in fixed for row in sequence}
    chain.start(fixed, [row for row in range(len(problem.orders)) if row not in held])
    return chain


def present_rows(chain: Chain) -> list[list[int]]:
    state = chain.state
    return [state.seq[line, : state.length[line]].tolist() for line in range(chain.tables.per.shape[0])]


@pytest.mark.parametrize("exact_early", [False, True])
@pytest.mark.parametrize("heat", [1e-6, 1e3, 1e9], ids=["cold", "warm", "hot"])
def test_after_many_steps_every_order_stands_once_and_the_cost_is_that_of_the_sequences(
    heat: float, exact_early: bool
) -> None:
    problem = factory(60)
    chain = started(problem, exact_early=exact_early)
    before = chain.best

    looks = recreate(chain.tables, chain.state, chain.ruin, 20_000, heat)

    rows, cost = present_rows(chain), chain.present
    assert looks >= 20_000
    assert sorted(row for line in rows for row in line) == list(range(60))
    chain.take(rows)
    assert chain.present == pytest.approx(cost, rel=1e-9)
    assert chain.best <= before


def test_a_cold_ruin_mends_what_insertion_left() -> None:
    chain = started(factory(60))
    before = chain.present
    recreate(chain.tables, chain.state, chain.ruin, 50_000, 1e-9)
    assert chain.present < before


def test_fixed_lots_stay_on_their_line_in_their_order() -> None:
    problem = factory(40)
    lines = [next(iter(order.minutes)) for order in problem.orders[:3]]
    frozen = tuple(
        Placement(order=order.id, line=line, start=4000 + 400 * k)
        for k, (order, line) in enumerate(zip(problem.orders, lines, strict=False))
    )
    chain = started(replace(problem, frozen=frozen))
    recreate(chain.tables, chain.state, chain.ruin, 20_000, 1e6)
    rows = present_rows(chain)
    names = [line.id for line in problem.lines]
    assert [next(names[k] for k, row in enumerate(rows) if order in row) for order in range(3)] == lines


def test_a_course_falls_from_hot_to_cold_and_stays_longest_where_the_cost_falls() -> None:
    # from 1e6 to 1: the cost falls by a factor of e around 1e3 and nowhere else
    seen = [(10 ** (6 - k / 20), exp(1.0 if k < 60 else 0.0)) for k in range(121)]
    course = Profile.of(seen).course(1.0, 100.0)

    heats = [course.at(k / 100) for k in range(101)]

    assert heats == sorted(heats, reverse=True)
    assert [heats[0], heats[-1]] == pytest.approx([1e6, 1.0])
    near = sum(10**2.5 <= heat <= 10**3.5 for heat in heats)
    assert near > 2 * sum(10**2.5 <= even(1e6, 1.0).at(k / 100) <= 10**3.5 for k in range(101))


def test_a_later_course_begins_where_the_sweep_stood_at_so_many_times_the_best_cost() -> None:
    seen = [(10 ** (6 - k / 20), 10.0 ** (6 - k / 20)) for k in range(121)]
    profile = Profile.of(seen)
    assert profile.course(1.0, 1e9).at(0.0) == pytest.approx(1e6)
    assert 1e1 < profile.course(1.0, 100.0).at(0.0) < 1e3
    assert profile.course(1.0, 100.0).at(1.0) == pytest.approx(1.0)


def test_after_dearer_changeovers_the_costs_are_their_own_again() -> None:
    chain = started(factory(60))
    own, before = chain.tables.setup_cost.copy(), chain.best

    for heat in (1e9, 1e7, 1e6):
        chain.run(4000, heat, 1e4)
        rows, cost = present_rows(chain), chain.present
        assert (chain.tables.setup_cost == own).all()
        chain.take(rows)
        assert chain.present == pytest.approx(cost, rel=1e-9)

    assert chain.best <= before
    chain.take(chain.best_sequences())
    assert chain.present == pytest.approx(chain.best[1], rel=1e-9)


def test_calm_changeovers_follow_one_another_more_cheaply_where_lots_move_freely() -> None:
    problem = factory(60)

    def changeovers(calm: float) -> float:
        chain, paid = started(problem), 0.0
        for _ in range(40):
            chain.run(1000, 1e9, calm)
            families = [
                [problem.families.index(problem.orders[row].family) for row in line] for line in present_rows(chain)
            ]
            paid += sum(float(chain.setup_cost[a, b]) for line in families for a, b in pairwise(line))
        return paid

    assert changeovers(1e3) < changeovers(inf)


def test_what_changeovers_cost_is_told_from_the_sequences() -> None:
    problem = factory(30)
    chain = started(problem)
    rows = chain.best_sequences()
    chain.tables.weight[:] = 0
    chain.take(rows)
    assert chain.changeovers(rows) == pytest.approx(chain.present)
