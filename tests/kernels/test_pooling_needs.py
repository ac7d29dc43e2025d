"""Pooling by needs: golden cases, the oracle, and the laws."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demand.pooling.kernel import (
    Apart,
    DemandCell,
    ExistingPool,
    PoolingProblem,
    PoolingProblemError,
    SolveLimits,
    StaffRules,
    solve,
    violations,
)
from tests.oracles.pooling_oracle import least_cost
from tests.strategies.pooling_strategies import ATTRIBUTES, problems, ruled_problems

GAMING_17 = {"must": {"use": {"any": ["play"]}, "size": {"min": 17, "max": 17, "unit": "inch"}}, "nice": {}}
WORK_13 = {"must": {"use": {"any": ["work"]}, "size": {"min": 13, "max": 13, "unit": "inch"}}, "nice": {}}


def cell(cell_id: int, must: dict[str, Any], nice: dict[str, Any] | None = None, persons: int = 1) -> DemandCell:
    return DemandCell(cell_id=cell_id, needs={"must": must, "nice": nice or {}}, units=persons, persons=persons)


def size(value: float) -> dict[str, Any]:
    return {"min": value, "max": value, "unit": "inch"}


def pooled(*cells: DemandCell, **more: Any) -> PoolingProblem:
    return PoolingProblem(cells=cells, attributes=ATTRIBUTES, **more)


def members(problem: PoolingProblem) -> list[tuple[int, ...]]:
    outcome = solve(problem)
    assert violations(problem, outcome.plan) == []
    return sorted(pool.cells for pool in outcome.plan.pools)


def test_contradicting_musts_never_share_a_pool() -> None:
    assert members(pooled(cell(1, GAMING_17["must"]), cell(2, WORK_13["must"]))) == [(1,), (2,)]


def test_nominal_sizes_are_one_size_but_neighbouring_ones_are_not() -> None:
    problem = pooled(
        cell(1, {"size": size(13)}),
        cell(2, {"size": size(13.3)}),
        cell(3, {"size": size(15.6)}),
        cell(4, {"size": size(16)}),
    )
    assert members(problem) == [(1, 2), (3,), (4,)]


def test_variant_needs_do_not_decide() -> None:
    problem = pooled(
        cell(1, {"colour": {"any": ["red"]}, "size": size(16)}),
        cell(2, {"colour": {"any": ["blue"]}, "size": size(16)}),
    )
    plan = solve(problem).plan
    assert [pool.cells for pool in plan.pools] == [(1, 2)]
    assert plan.pools[0].specification == {"size": {"min": 16, "max": 16, "unit": "inch"}}


def test_many_people_are_not_made_to_pay_for_what_one_wants() -> None:
    problem = pooled(
        cell(1, {"size": size(16)}, persons=50), cell(2, {"size": size(16), "light": {"is": True}}, persons=30)
    )
    assert members(problem) == [(1,), (2,)]


def test_a_few_join_the_many_when_their_own_run_would_not_pay() -> None:
    problem = pooled(cell(1, {"size": size(16)}), cell(2, {"size": size(16), "light": {"is": True}}, persons=30))
    outcome = solve(problem)
    assert [pool.cells for pool in outcome.plan.pools] == [(1, 2)]
    assert outcome.plan.why[1].code == "extra"
    assert outcome.plan.why[1].extras == ("light",)
    assert outcome.plan.why[2].code == "asked"
    assert outcome.objective == 100 * (20 + 1)


def test_a_nice_need_chooses_among_pools_that_serve() -> None:
    problem = pooled(
        cell(1, {"use": {"any": ["play"]}}, persons=40),
        cell(2, {"use": {"any": ["work"]}}, persons=50),
        cell(3, {}, {"use": {"any": ["play"]}}),
    )
    assert members(problem) == [(1, 3), (2,)]


def test_what_would_move_a_cell_is_named() -> None:
    problem = pooled(
        cell(1, {"use": {"any": ["play"]}, "size": size(16)}, persons=3),
        cell(2, {"use": {"any": ["work"]}, "size": size(16)}, persons=30),
    )
    plan = solve(problem).plan
    assert plan.pools[plan.why[1].would_join or 0].cells == (2,)
    assert (plan.why[1].blocked_by, plan.why[1].would_meet) == ("use", 30)
    assert plan.why[2].blocked_by is None


def test_musts_that_leave_nothing_are_set_aside() -> None:
    nothing = cell(1, {"use": {"not": ["play", "study", "work"]}})
    outcome = solve(pooled(nothing, cell(2, GAMING_17["must"])))
    assert outcome.plan.unplaced == (1,)
    assert [pool.cells for pool in outcome.plan.pools] == [(2,)]


def test_no_cells_no_pools() -> None:
    outcome = solve(pooled())
    assert (outcome.plan.pools, outcome.objective, outcome.status) == ((), 0, "optimal")


def test_pools_keep_the_id_of_the_pool_most_of_their_units_came_from() -> None:
    old = (
        ExistingPool(pool_id=7, specification={}, cells=frozenset({1, 2})),
        ExistingPool(pool_id=8, specification={}, cells=frozenset({3})),
    )
    problem = pooled(
        cell(1, GAMING_17["must"]), cell(2, WORK_13["must"], persons=5), cell(3, WORK_13["must"]), existing=old
    )
    plan = solve(problem).plan
    assert {pool.existing_id: pool.cells for pool in plan.pools} == {7: (2, 3), None: (1,)}


def test_staff_rules_hold() -> None:
    old = (
        ExistingPool(pool_id=7, specification={}, cells=frozenset({1})),
        ExistingPool(pool_id=8, specification={}, cells=frozenset({2, 3})),
    )
    cells = tuple(cell(i, {"size": size(16)}) for i in (1, 2, 3, 4))
    rules = StaffRules(pins={4: 7}, apart=(Apart(left=frozenset({1}), right=frozenset({2})),))
    problem = pooled(*cells, existing=old, rules=rules)
    plan = solve(problem).plan
    assert violations(problem, plan) == []
    home = {c: pool.existing_id for pool in plan.pools for c in pool.cells}
    assert home[4] == 7
    assert home[1] != home[2]


def test_a_merge_survives_the_next_run() -> None:
    old = (
        ExistingPool(pool_id=7, specification={}, cells=frozenset({1})),
        ExistingPool(pool_id=8, specification={}, cells=frozenset({2})),
    )
    cells = (cell(1, {"size": size(16)}, persons=90), cell(2, {"size": size(16), "light": {"is": True}}, persons=90))
    problem = pooled(*cells, existing=old, rules=StaffRules(merges={8: 7}))
    assert [(pool.existing_id, pool.cells) for pool in solve(problem).plan.pools] == [(7, (1, 2))]


def test_a_locked_pool_keeps_its_specification() -> None:
    specification = {"use": {"any": ["study"]}, "size": size(14)}
    old = (ExistingPool(pool_id=7, specification=specification, cells=frozenset({1})),)
    problem = pooled(cell(1, {"size": size(14)}), existing=old, rules=StaffRules(locked=frozenset({7})))
    plan = solve(problem).plan
    assert [(p.existing_id, p.specification, p.cells) for p in plan.pools] == [(7, specification, (1,))]


def test_a_pin_goes_before_keeping_together_with_what_the_locked_pool_cannot_serve() -> None:
    old = (ExistingPool(pool_id=7, specification={"size": size(14)}, cells=frozenset()),)
    rules = StaffRules(pins={1: 7}, together=(frozenset({1, 2}),), locked=frozenset({7}))
    problem = pooled(cell(1, {}), cell(2, {"size": size(16)}), existing=old, rules=rules)
    plan = solve(problem).plan
    assert [(pool.existing_id, pool.cells) for pool in plan.pools] == [(7, (1,)), (None, (2,))]
    assert (plan.released, violations(problem, plan)) == ((1, 2), [])


def test_problems_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(PoolingProblemError, match="cell 1: named twice"):
        pooled(cell(1, {}), cell(1, {}))
    with pytest.raises(PoolingProblemError, match="pool 9 is not among the existing pools"):
        pooled(cell(1, {}), rules=StaffRules(pins={1: 9}))
    with pytest.raises(PoolingProblemError, match="units and persons"):
        DemandCell(cell_id=1, needs={"must": {}, "nice": {}}, units=0, persons=1)


def test_with_no_work_allowed_the_status_is_honest() -> None:
    problem = pooled(cell(1, {"size": size(16)}), cell(2, {"light": {"is": True}}))
    outcome = solve(problem, limits=SolveLimits(rounds=0))
    assert outcome.status == "feasible"
    assert violations(problem, outcome.plan) == []
    assert outcome.bound <= outcome.objective


@settings(max_examples=60, deadline=None)
@given(problem=problems(most=5))
def test_never_below_the_enumerated_optimum_and_near_it(problem: PoolingProblem) -> None:
    outcome = solve(problem)
    assert violations(problem, outcome.plan) == []
    best = least_cost(problem)
    assert outcome.bound <= best <= outcome.objective <= best * 1.25
    assert outcome.status != "optimal" or outcome.objective == best


@settings(max_examples=60, deadline=None)
@given(problem=problems(), data=st.data())
def test_order_of_arrival_changes_nothing(problem: PoolingProblem, data: st.DataObject) -> None:
    order = data.draw(st.permutations(problem.cells))
    renamed = {one.cell_id: place for place, one in enumerate(order, start=100)}
    other = replace(problem, cells=tuple(replace(one, cell_id=renamed[one.cell_id]) for one in order))
    ours = {frozenset(renamed[c] for c in pool.cells) for pool in solve(problem).plan.pools}
    assert ours == {frozenset(pool.cells) for pool in solve(other).plan.pools}


@settings(max_examples=80, deadline=None)
@given(problem=ruled_problems())
def test_every_rule_holds_or_is_released_for_a_reason(problem: PoolingProblem) -> None:
    assert violations(problem, solve(problem).plan) == []


@settings(max_examples=40, deadline=None)
@given(problem=ruled_problems(), data=st.data())
def test_removing_a_wish_breaks_nothing(problem: PoolingProblem, data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(problem.cells))
    smaller = replace(problem, cells=tuple(one for one in problem.cells if one is not gone))
    assert violations(smaller, solve(smaller).plan) == []


@settings(max_examples=30, deadline=None)
@given(problem=ruled_problems())
def test_same_problem_same_pools(problem: PoolingProblem) -> None:
    assert solve(problem, seed=1).plan == solve(problem, seed=1).plan
