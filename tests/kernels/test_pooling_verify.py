"""The verifier names exactly the rule that was broken on purpose."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from demand.pooling.kernel import (
    Apart,
    DemandCell,
    ExistingPool,
    Pool,
    PoolingProblem,
    Pools,
    StaffRules,
    Why,
    violations,
)
from tests.strategies.pooling_strategies import ATTRIBUTES

PLAY: dict[str, Any] = {"use": {"any": ["play"]}}


def cell(cell_id: int, must: dict[str, Any]) -> DemandCell:
    return DemandCell(cell_id=cell_id, needs={"must": must, "nice": {}}, units=2, persons=1)


def pool(*cells: int, specification: dict[str, Any] = PLAY, existing_id: int | None = None) -> Pool:
    return Pool(
        existing_id=existing_id,
        specification=specification,
        cells=cells,
        units=2 * len(cells),
        persons=len(cells),
        firm_units=0,
    )


def problem(**rules: Any) -> PoolingProblem:
    existing = (
        ExistingPool(pool_id=7, specification=PLAY, cells=frozenset({1})),
        ExistingPool(pool_id=8, specification={}, cells=frozenset({2})),
    )
    return PoolingProblem(
        cells=(cell(1, PLAY), cell(2, {})), attributes=ATTRIBUTES, existing=existing, rules=StaffRules(**rules)
    )


def plan(*pools: Pool, **more: Any) -> Pools:
    return Pools(pools=pools, why={1: Why(code="asked"), 2: Why(code="asked")}, **more)


def test_a_sound_plan_breaks_nothing() -> None:
    assert violations(problem(), plan(pool(1, 2, existing_id=7))) == []


def test_a_cell_in_two_places_or_none() -> None:
    assert violations(problem(), plan(pool(1, 2), pool(2))) == ["cell 2 is in 2 places, expected one"]
    assert violations(problem(), plan(pool(1))) == ["cell 2 is in 0 places, expected one"]
    assert violations(problem(), plan(pool(1), unplaced=(2,))) == ["cell 2 is unplaced although its musts can be met"]


def test_a_missed_must() -> None:
    work = {"use": {"any": ["work"]}}
    assert violations(problem(), plan(pool(1, 2, specification=work))) == [
        "cell 1 is in pool 0, whose use misses its must"
    ]


def test_an_open_or_variant_decision() -> None:
    open_one = {"use": {"any": ["play"]}, "size": {"min": 13, "max": None, "unit": "inch"}}
    assert violations(problem(), plan(pool(1, 2, specification=open_one))) == ["pool 0 leaves size open"]
    red = {**PLAY, "colour": {"any": ["red"]}}
    assert violations(problem(), plan(pool(1, 2, specification=red))) == ["pool 0 decides colour, which is not shared"]


def test_an_identity_given_twice_or_invented() -> None:
    assert violations(problem(), plan(pool(1, existing_id=7), pool(2, existing_id=7))) == ["pool id 7 is given 2 times"]
    assert violations(problem(), plan(pool(1, 2, existing_id=9))) == ["pool id 9 is not an existing pool"]


def test_broken_staff_rules() -> None:
    assert violations(problem(pins={2: 8}), plan(pool(1, 2, existing_id=7))) == [
        "cell 2 is pinned to pool 8 but is elsewhere"
    ]
    apart = (Apart(left=frozenset({1}), right=frozenset({2})),)
    assert violations(problem(apart=apart), plan(pool(1, 2))) == ["cells 1 and 2 may not meet but share pool 0"]
    together = (frozenset({1, 2}),)
    assert violations(problem(together=together), plan(pool(1), pool(2))) == [
        "cells 1, 2 are to stay together but are apart"
    ]
    assert violations(problem(locked=frozenset({7})), plan(pool(1, 2))) == ["pool 7 is locked but is gone"]
    changed = pool(1, 2, specification={**PLAY, "light": {"is": True}}, existing_id=7)
    assert violations(problem(locked=frozenset({7})), plan(changed)) == [
        "pool 7 is locked but its specification changed"
    ]


def test_a_pin_may_be_released_only_for_a_reason() -> None:
    elsewhere = plan(pool(1, existing_id=7), pool(2, existing_id=8), released=(2,))
    assert violations(problem(pins={2: 7}), elsewhere) == ["cell 2 is pinned to pool 7 but is elsewhere"]


def test_wrong_totals() -> None:
    wrong = replace(pool(1, 2), units=5)
    assert violations(problem(), plan(wrong)) == ["pool 0 says 5 units, its cells have 4"]
