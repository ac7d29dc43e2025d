"""The proven optimum of a few lots: every sequence of every subset on every line, then the best split over the lines.

For one sequence the best times come from dynamic programming over worked minutes: ``least[c]`` is the least cost of the
sequence so far when its last lot ends by ``c``. Without earliness the earliest times are best and no table is needed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from manufacturers.planning.kernel.clock import FOREVER
from manufacturers.planning.kernel.compiled import compiled, inlined
from manufacturers.planning.kernel.schedule import TOO_DEAR, end_at, place
from manufacturers.planning.kernel.tables import (
    BEFORE,
    DUE,
    EARLIEST,
    EARLY,
    FAMILY,
    FIXED_LINE,
    FIXED_START,
    INITIAL,
    LATE,
    LATEST,
    MINUTES,
    MOVE_COST,
    TARGET,
    WAITS,
    Floats,
    Ints,
    Tables,
)

MOST_LOTS = 7
MOST_STEPS = 300_000_000
MOST_CELLS = 4_000_000


class Proven(NamedTuple):
    """Orders and ends (worked minutes) by line of the optimum; ``cost`` is ``None`` where no plan is allowed."""

    cost: float | None
    sequences: list[list[int]]
    ends: list[list[int]]


def best_sequences(tables: Tables) -> Proven | None:
    """The optimum of at most ``MOST_LOTS`` lots; ``None`` where proving it would take too long."""
    orders, lines = tables.lot.shape[0], tables.per.shape[0]
    if orders > MOST_LOTS:
        return None
    spans = [horizon(tables, line, range(orders)) for line in range(lines)]
    sequences = sum(_permutations(orders, k) for k in range(orders + 1))
    if tables.weight[:, EARLY].any() and sequences * sum(spans) > MOST_STEPS:
        return None
    cost = np.full((lines, 1 << orders), TOO_DEAR)
    chosen = np.full((lines, 1 << orders, orders + 1), -1, np.int64)
    for line, span in enumerate(spans):
        _line_alone(tables, line, span, cost[line], chosen[line])
    total, masks = _split(cost, orders)
    if total >= TOO_DEAR / 2:
        return Proven(None, [], [])
    rows = [[int(x) for x in chosen[line, mask] if x >= 0] for line, mask in enumerate(masks)]
    return Proven(total, rows, [best_ends(tables, line, row) or [] for line, row in enumerate(rows)])


def _permutations(n: int, k: int) -> int:
    return int(np.prod(np.arange(n - k + 1, n + 1, dtype=np.int64)))


def horizon(tables: Tables, line: int, orders: Any) -> int:
    """A worked minute by which some best schedule of ``orders`` has ended; 0 where earliness costs nothing."""
    if not tables.weight[:, EARLY].any():
        return 0
    rows = [row for row in orders if tables.per[line, row, MINUTES] > 0]
    if not rows:
        return 1
    per, setup = tables.per[line], int(tables.setup.max())
    last = max(max(per[row, EARLIEST], min(per[row, TARGET], FOREVER), tables.lot[row, FIXED_START]) for row in rows)
    span = int(last) + sum(int(per[row, MINUTES]) + setup for row in rows) + setup
    return min(span, int(max(per[row, LATEST] for row in rows))) + 1


def best_ends(tables: Tables, line: int, row: list[int]) -> list[int] | None:
    """The least costly ends of one sequence, in worked minutes; ``None`` where too large or not allowed."""
    span = horizon(tables, line, row)
    if not row or span * len(row) > MOST_CELLS:
        return [] if not row else None
    if span == 0:
        return _earliest(tables, line, row)
    least = np.empty((len(row) + 1, span))
    _start_row(least[0])
    for level, order in enumerate(row):
        family = tables.head[line, INITIAL] if level == 0 else tables.lot[row[level - 1], FAMILY]
        _extend(tables, line, int(family), order, least[level], least[level + 1])
    if least[-1, -1] >= TOO_DEAR / 2:
        return None
    ends, until = [0] * len(row), span - 1
    for level in range(len(row), 0, -1):
        order = row[level - 1]
        value = least[level, until]
        ends[level - 1] = int(np.searchsorted(-least[level, : until + 1], -value, side="left"))
        family = tables.head[line, INITIAL] if level == 1 else tables.lot[row[level - 2], FAMILY]
        setup = int(tables.setup[family, tables.lot[order, FAMILY]])
        until = ends[level - 1] - int(tables.per[line, order, MINUTES]) - setup
    return ends


def _earliest(tables: Tables, line: int, row: list[int]) -> list[int]:
    family, free, ends = int(tables.head[line, INITIAL]), 0, []
    for order in row:
        free, _, _ = _place(tables, line, family, free, order)
        family = int(tables.lot[order, FAMILY])
        ends.append(int(free))
    return ends


@compiled
def _place(tables: Any, line: int, family: int, free: Any, order: int) -> Any:
    return place(tables, line, family, free, order)


@compiled
def _start_row(least: Any) -> None:
    for c in range(least.size):
        least[c] = 0.0


@compiled
def _extend(tables: Any, line: int, family: int, order: int, before: Any, least: Any) -> None:
    """``least`` after one more lot, from ``before`` it; falls as the end may be later."""
    to = tables.lot[order, FAMILY]
    minutes, setup = tables.per[line, order, MINUTES], tables.setup[family, to]
    first = tables.per[line, order, EARLIEST] + (setup if tables.par[WAITS] > 0 else 0)
    first, last = max(first, setup) + minutes, min(tables.per[line, order, LATEST], least.size - 1)
    if tables.lot[order, FIXED_LINE] >= 0:
        fixed = tables.lot[order, FIXED_START] + minutes
        first, last = (fixed, min(last, fixed)) if first <= fixed else (1, 0)
    cost = tables.setup_cost[family, to]
    if tables.lot[order, BEFORE] != -1 and tables.lot[order, BEFORE] != line:
        cost += tables.par[MOVE_COST]
    due, late, early = tables.lot[order, DUE], tables.weight[order, LATE], tables.weight[order, EARLY]
    low = TOO_DEAR
    for c in range(least.size):
        if first <= c <= last and before[c - minutes - setup] < TOO_DEAR:
            end = end_at(tables, line, c)
            value = before[c - minutes - setup] + cost + late * max(0, end - due) + early * max(0, due - end)
            low = min(low, value)
        least[c] = low


def _line_alone(tables: Tables, line: int, span: int, cost: Floats, chosen: Ints) -> None:
    """The least cost and the sequence of every subset of the orders on one line."""
    orders = tables.lot.shape[0]
    must = sum(1 << k for k in range(orders) if tables.lot[k, FIXED_LINE] == line)
    may = sum(
        1 << k for k in range(orders) if tables.per[line, k, MINUTES] > 0 and tables.lot[k, FIXED_LINE] in (-1, line)
    )
    depth = orders + 1
    _enumerate(
        tables,
        line,
        may,
        must,
        np.zeros((depth, max(span, 1))),
        np.zeros((depth, 3)),
        np.full((depth, 2), -1, np.int64),
        cost,
        chosen,
        span > 0,
    )


@inlined
def _step(tables: Any, line: int, level: int, order: int, least: Any, sums: Any, path: Any, timed: bool) -> Any:
    family = tables.head[line, INITIAL] if level == 0 else tables.lot[path[level - 1, 0], FAMILY]
    if timed:
        _extend(tables, line, family, order, least[level], least[level + 1])
        sums[level + 1, 0] = least[level + 1, least.shape[1] - 1]
        return sums[level + 1, 0] < TOO_DEAR
    end, more, over = place(tables, line, family, int(sums[level, 1]), order)
    sums[level + 1, 0], sums[level + 1, 1] = sums[level, 0] + more, end
    return over == 0


@compiled
def _enumerate(
    tables: Any,
    line: int,
    may: int,
    must: int,
    least: Any,
    sums: Any,
    path: Any,
    cost: Any,
    chosen: Any,
    timed: bool,
) -> None:
    """Depth first over all sequences; ``path[level]`` holds the order taken there and ``sums`` cost and end so far."""
    orders, level, mask = tables.lot.shape[0], 0, 0
    if must == 0:
        cost[0] = 0.0
    while level >= 0:
        order = path[level, 0]
        if order >= 0:
            mask &= ~(1 << order)
        order += 1
        while order < orders and ((mask >> order) & 1 or not (may >> order) & 1):
            order += 1
        if order == orders:
            path[level, 0] = -1
            level -= 1
            continue
        path[level, 0] = order
        mask |= 1 << order
        if not _step(tables, line, level, order, least, sums, path, timed):
            continue
        level += 1
        if mask & must == must and sums[level, 0] < cost[mask]:
            cost[mask] = sums[level, 0]
            for k in range(level):
                chosen[mask, k] = path[k, 0]
        path[level, 0] = -1


def _split(cost: Floats, orders: int) -> tuple[float, list[int]]:
    """The cheapest way to give every order to one line."""
    full = (1 << orders) - 1
    best = np.where(np.arange(full + 1) == 0, 0.0, TOO_DEAR)
    taken = []
    for line in range(cost.shape[0]):
        following, part = np.full(full + 1, TOO_DEAR), np.zeros(full + 1, np.int64)
        for mask in range(full + 1):
            sub = mask
            while True:
                value = best[mask ^ sub] + cost[line, sub]
                if value < following[mask]:
                    following[mask], part[mask] = value, sub
                if sub == 0:
                    break
                sub = (sub - 1) & mask
        best = following
        taken.append(part)
    masks, mask = [], full
    for part in reversed(taken):
        masks.append(int(part[mask]))
        mask ^= int(part[mask])
    return float(best[full]), masks[::-1]
