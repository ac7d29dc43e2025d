"""Choosing specifications in pieces of memory against every set of columns and against the same rules step by step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demand.pooling.kernel import cover
from demand.pooling.kernel.encoding import IMPOSSIBLE
from tests.oracles.cover_oracle import least, stepwise, total

ROUNDS = 8


@st.composite
def covers(draw: st.DrawFn, most: int = 9) -> tuple[list[list[int]], list[int], tuple[int, ...]]:
    """What rows pay at columns, what columns cost (the first ones may be free), and columns that serve every row."""
    columns = draw(st.integers(1, most))
    free = draw(st.integers(0, min(2, columns - 1)))
    price = draw(st.integers(1, 30))
    paid = st.one_of(st.integers(0, 25), st.just(IMPOSSIBLE))
    line = st.lists(paid, min_size=columns, max_size=columns).filter(lambda row: min(row) < IMPOSSIBLE)
    cost = draw(st.lists(line, min_size=1, max_size=8))
    start = {*range(free), *(min(range(columns), key=lambda column: row[column]) for row in cost)}
    return cost, [0] * free + [price] * (columns - free), tuple(sorted(start))


def found(cost: list[list[int]], opening: list[int], start: tuple[int, ...]) -> cover.Cover:
    return cover.improve(np.array(cost, dtype=np.int64), np.array(opening, dtype=np.int64), start=start, rounds=ROUNDS)


@settings(max_examples=100, deadline=None)
@given(case=covers())
def test_never_below_every_set_tried_nor_the_bound_above_it(
    case: tuple[list[list[int]], list[int], tuple[int, ...]],
) -> None:
    cost, opening, _start = case
    ours = found(*case)
    best = least(cost, opening)
    assert ours.objective == total(cost, opening, ours.opened)
    assert {column for column, price in enumerate(opening) if price == 0} <= set(ours.opened)
    bound = cover.dual_bound(np.array(cost, dtype=np.int64), np.array(opening, dtype=np.int64))
    assert bound <= best <= ours.objective


@pytest.mark.parametrize("at_once", [1, 2, 3, 64])
def test_the_size_of_a_piece_changes_nothing(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cover, "AT_ONCE", at_once)
    draw = np.random.default_rng(7)
    for _ in range(40):
        rows, columns = int(draw.integers(1, 14)), int(draw.integers(2, 14))
        cost = draw.integers(0, 40, size=(rows, columns))
        cost[draw.random((rows, columns)) < 0.2] = IMPOSSIBLE
        cost[:, 0] = np.minimum(cost[:, 0], 60)
        opening = np.full(columns, int(draw.integers(1, 60)), dtype=np.int64)
        opening[0] = opening[0] * int(draw.integers(0, 2))
        start = tuple(sorted({0, *(int(column) for column in cost.argmin(axis=1))}))
        ours = found(cost.tolist(), opening.tolist(), start)
        assert ours.opened == stepwise(cost.tolist(), opening.tolist(), start=start, rounds=ROUNDS)


@settings(max_examples=100, deadline=None)
@given(case=covers())
def test_the_same_columns_as_one_step_at_a_time(case: tuple[list[list[int]], list[int], tuple[int, ...]]) -> None:
    cost, opening, start = case
    assert found(*case).opened == stepwise(cost, opening, start=start, rounds=ROUNDS)
