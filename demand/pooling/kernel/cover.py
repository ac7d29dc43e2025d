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


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Open columns in rising order, and what they cost in all."""

    opened: tuple[int, ...]
    objective: int


def improve(cost: Ints, opening: Ints, *, start: tuple[int, ...], rounds: int) -> Cover:
    """Greedy from ``start`` (which must serve every row), then drop, add and swap; ``opening`` 0 is never closed."""
    opened = list(start) if rounds == 0 else _greedy(cost, opening, start)
    for _ in range(rounds):
        before = _total(cost, opening, opened)
        opened = _drop(cost, opening, opened)
        opened = _add_or_swap(cost, opening, opened)
        if _total(cost, opening, opened) >= before:
            break
    return Cover(opened=tuple(sorted(opened)), objective=_total(cost, opening, opened))


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


def _greedy(cost: Ints, opening: Ints, start: tuple[int, ...]) -> list[int]:
    """Runs in order of what they save over ``start``; then what only ``start`` needed is dropped by the caller."""
    free = [column for column in start if opening[column] == 0]
    alone = _alone(cost, opening, start)
    current = alone.copy()
    for column in free:
        current = np.minimum(current, cost[:, column])
    chosen = list(free)
    queue = [(-_gain(cost, opening, current, column), column) for column in range(cost.shape[1]) if column not in free]
    heapq.heapify(queue)
    while queue and queue[0][0] < 0:
        _, column = heapq.heappop(queue)
        gain = _gain(cost, opening, current, column)
        if queue and -gain > queue[0][0]:
            heapq.heappush(queue, (-gain, column))
        elif gain > 0:
            chosen.append(column)
            current = np.minimum(current, cost[:, column])
    return _complete(cost, opening, chosen, start)


def _alone(cost: Ints, opening: Ints, start: tuple[int, ...]) -> Ints:
    """What each row would pay with a run of its own."""
    columns = np.array(start, dtype=np.int64)
    return np.asarray((cost[:, columns] + opening[columns][None, :]).min(axis=1))


def _gain(cost: Ints, opening: Ints, current: Ints, column: int) -> int:
    return int(np.maximum(current - cost[:, column], 0).sum() - opening[column])


def _complete(cost: Ints, opening: Ints, chosen: list[int], start: tuple[int, ...]) -> list[int]:
    """Serve the rows the greedy left alone by the column of ``start`` that suits each best."""
    opened = list(chosen)
    lowest = cost[:, opened].min(axis=1) if opened else np.full(cost.shape[0], IMPOSSIBLE, dtype=np.int64)
    for row in range(cost.shape[0]):
        own = min(start, key=lambda column: (cost[row, column] + opening[column], column))
        if lowest[row] > cost[row, own] + opening[own]:
            opened.append(own)
            lowest = np.minimum(lowest, cost[:, own])
    return opened


def _total(cost: Ints, opening: Ints, opened: list[int]) -> int:
    if not cost.shape[0]:
        return int(opening[opened].sum()) if opened else 0
    return int(cost[:, opened].min(axis=1).sum() + opening[opened].sum())


def _two_best(cost: Ints, opened: list[int]) -> tuple[NDArray[np.intp], Ints, Ints]:
    """For each row: the position of the best open column, its cost, and the cost of the second best."""
    sub = cost[:, opened]
    best = sub.argmin(axis=1)
    rows = np.arange(len(sub))
    first = sub[rows, best]
    if len(opened) == 1:
        return best, first, np.full(len(sub), IMPOSSIBLE, dtype=np.int64)
    second = np.partition(sub, 1, axis=1)[:, 1]
    return best, first, second


def _drop(cost: Ints, opening: Ints, opened: list[int]) -> list[int]:
    """Close, one after another, the run whose closing saves most."""
    opened = sorted(opened)
    while len(opened) > 1:
        best, first, second = _two_best(cost, opened)
        loss = np.bincount(best, weights=(second - first).astype(np.float64), minlength=len(opened))
        saving = opening[opened] - loss
        saving[opening[opened] == 0] = -1
        position = int(saving.argmax())
        if saving[position] <= 0:
            break
        del opened[position]
    return opened


def _add_or_swap(cost: Ints, opening: Ints, opened: list[int]) -> list[int]:
    """Open each column that helps, alone or in place of one open run; the first improvement of each column is taken."""
    best, first, second = _two_best(cost, opened)
    for column in range(cost.shape[1]):
        if column in opened:
            continue
        candidate = cost[:, column]
        gain = int(np.maximum(first - candidate, 0).sum() - opening[column])
        loss = np.where(candidate < first, 0, np.minimum(second, candidate) - first)
        saving = opening[opened] - np.bincount(best, weights=loss.astype(np.float64), minlength=len(opened))
        saving[opening[opened] == 0] = -1
        position = int(saving.argmax())
        if gain + max(saving[position], 0) > 0:
            kept = [other for place, other in enumerate(opened) if place != position or saving[position] <= 0]
            opened = sorted([*kept, column])
            best, first, second = _two_best(cost, opened)
    return opened
