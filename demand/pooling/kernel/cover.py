"""Which specifications to run: uncapacitated facility location over a finite list of specifications.

Opening a run costs ``opening``; a block pays its cost at the run that serves it. Equivalently weighted coverage: the
greatest saving over everybody alone, less the cost of the runs.

Start: lazy greedy on the submodular saving (Minoux 1978, "Accelerated greedy algorithms for maximizing submodular
set functions"); on the covering form of the problem the star greedy is within H(n) of the optimum (Hochbaum 1982,
"Heuristics for the fixed cost median problem"). Then drop, add and swap until none helps. Lower bound: dual ascent on
the linear relaxation (Erlenkotter 1978, "A dual-based procedure for uncapacitated facility location"), so the gap of
every instance is known, not only its worst case.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demand.pooling.kernel.encoding import IMPOSSIBLE, Ints

AT_ONCE = 64
"""Columns weighed in one piece of memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Open columns in rising order, and what they cost in all."""

    opened: tuple[int, ...]
    objective: int


def improve(cost: Ints, opening: Ints, *, start: tuple[int, ...], rounds: int) -> Cover:
    """Greedy from ``start`` (which must serve every row), then drop, add and swap; ``opening`` 0 is never closed."""
    columns = np.ascontiguousarray(cost.T)
    opened = list(start) if rounds == 0 else _greedy(columns, opening, start)
    for _ in range(rounds):
        before = _total(columns, opening, opened)
        opened = _drop(columns, opening, opened)
        opened = _add_or_swap(columns, opening, opened)
        if _total(columns, opening, opened) >= before:
            break
    return Cover(opened=tuple(sorted(opened)), objective=_total(columns, opening, opened))


def dual_bound(cost: Ints, opening: Ints) -> int:
    """A lower bound on the cost of any set of columns: raise each row's price through its cost levels while no column
    is paid more than its opening."""
    rows = cost.shape[0]
    room = opening.astype(np.int64).copy()
    price = cost.min(axis=1) if rows else np.zeros(0, dtype=np.int64)
    levels = [np.unique(row[row < IMPOSSIBLE]) for row in cost]
    active = list(range(rows))
    while active:
        still = []
        for row in active:
            if _raise(cost[row], levels[row], price, row, room):
                still.append(row)
        active = still
    return int(price.sum())


def _raise(costs: Ints, levels: Ints, price: Ints, row: int, room: Ints) -> bool:
    paying = costs <= price[row]
    step = int(room[paying].min())
    place = int(np.searchsorted(levels, price[row], side="right"))
    more = place < len(levels) and price[row] + step >= levels[place]
    if more:
        step = int(levels[place] - price[row])
    if step:
        price[row] += step
        room[paying] -= step
    return more


# Below, ``columns[c]`` is what each row pays at column c: the matrix turned so that a column lies in one piece.


def _greedy(columns: Ints, opening: Ints, start: tuple[int, ...]) -> list[int]:
    """Runs in order of what they save over ``start``; then what only ``start`` needed is dropped by the caller."""
    free = [column for column in start if opening[column] == 0]
    own = _own(columns, opening, start)
    current = columns[own, np.arange(columns.shape[1])] + opening[own]
    for column in free:
        current = np.minimum(current, columns[column])
    chosen = list(free)
    queue = [(-_gain(columns, opening, current, c), c) for c in range(len(columns)) if c not in free]
    heapq.heapify(queue)
    while queue and queue[0][0] < 0:
        _, column = heapq.heappop(queue)
        gain = _gain(columns, opening, current, column)
        if queue and -gain > queue[0][0]:
            heapq.heappush(queue, (-gain, column))
        elif gain > 0:
            chosen.append(column)
            current = np.minimum(current, columns[column])
    return _complete(columns, opening, chosen, own)


def _own(columns: Ints, opening: Ints, start: tuple[int, ...]) -> Ints:
    """The column of ``start`` at which a run for each row alone costs least, the first of equal ones."""
    among = np.array(sorted(start), dtype=np.int64)
    own: Ints = among[(columns[among] + opening[among][:, None]).argmin(axis=0)]
    return own


def _gain(columns: Ints, opening: Ints, current: Ints, column: int) -> int:
    return int(np.maximum(current - columns[column], 0).sum() - opening[column])


def _complete(columns: Ints, opening: Ints, chosen: list[int], own: Ints) -> list[int]:
    """Serve the rows the greedy left alone by the column that suits each best."""
    opened = list(chosen)
    rows = np.arange(columns.shape[1])
    lowest = columns[opened].min(axis=0) if opened else np.full(len(rows), IMPOSSIBLE, dtype=np.int64)
    alone = columns[own, rows] + opening[own]
    for row in np.flatnonzero(lowest > alone):
        if lowest[row] > alone[row]:
            opened.append(int(own[row]))
            lowest = np.minimum(lowest, columns[own[row]])
    return opened


def _total(columns: Ints, opening: Ints, opened: list[int]) -> int:
    if not columns.shape[1]:
        return int(opening[opened].sum()) if opened else 0
    return int(columns[opened].min(axis=0).sum() + opening[opened].sum())


def _two_best(columns: Ints) -> tuple[NDArray[np.intp], Ints, Ints]:
    """For each row: the position of the best of these columns, its cost, and the cost of the second best."""
    best = columns.argmin(axis=0)
    rows = np.arange(columns.shape[1])
    first = columns[best, rows]
    if len(columns) == 1:
        return best, first, np.full(len(rows), IMPOSSIBLE, dtype=np.int64)
    rest = columns.copy()
    rest[best, rows] = np.iinfo(np.int64).max
    return best, first, rest.min(axis=0)


def _drop(columns: Ints, opening: Ints, opened: list[int]) -> list[int]:
    """Close, one after another, the run whose closing saves most."""
    opened = sorted(opened)
    best, first, second = _two_best(columns[opened])
    while len(opened) > 1:
        loss = np.bincount(best, weights=(second - first).astype(np.float64), minlength=len(opened))
        saving = opening[opened] - loss
        saving[opening[opened] == 0] = -1
        position = int(saving.argmax())
        if saving[position] <= 0:
            break
        missing = np.flatnonzero(columns[opened[position]] <= second)
        del opened[position]
        best[best > position] -= 1
        best[missing], first[missing], second[missing] = _two_best(columns[np.array(opened)[:, None], missing])
    return opened


def _add_or_swap(columns: Ints, opening: Ints, opened: list[int]) -> list[int]:
    """Open each column that helps, alone or in place of one open run; the first improvement of each column is taken.

    Columns are weighed ``AT_ONCE`` against the runs open then; from the first that helps on they are weighed anew.
    """
    best, first, second = _two_best(columns[opened])
    at = 0
    while at < len(columns):
        tried = columns[at : at + AT_ONCE]
        gain = np.maximum(first - tried, 0).sum(axis=1) - opening[at : at + AT_ONCE]
        saving = opening[opened] - _losses(tried, best, first, second, most=int(opening.max()) + 1, runs=len(opened))
        saving[:, opening[opened] == 0] = -1
        helps = gain + np.maximum(saving.max(axis=1), 0) > 0
        helps[[column - at for column in opened if at <= column < at + AT_ONCE]] = False
        if not helps.any():
            at += AT_ONCE
            continue
        place = int(helps.argmax())
        position = int(saving[place].argmax())
        kept = [other for turn, other in enumerate(opened) if turn != position or saving[place, position] <= 0]
        opened = sorted([*kept, at + place])
        best, first, second = _two_best(columns[opened])
        at += place + 1
    return opened


def _losses(tried: Ints, best: NDArray[np.intp], first: Ints, second: Ints, *, most: int, runs: int) -> Ints:
    """What closing each open run costs its rows where a tried column is open too; of a row at most ``most``."""
    order = np.argsort(best, kind="stable")
    loss = np.clip(np.minimum(second, tried) - first, 0, most)[:, order]
    used, starts = np.unique(best[order], return_index=True)
    lost = np.zeros((len(tried), runs), dtype=np.int64)
    if len(used):
        lost[:, used] = np.add.reduceat(loss, starts, axis=1)
    return lost
