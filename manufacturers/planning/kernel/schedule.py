"""Compiled: what a line's sequence costs, evaluated from its first change to where times agree with the old again."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from manufacturers.planning.kernel.compiled import compiled, inlined
from manufacturers.planning.kernel.tables import (
    BEFORE,
    BUCKET_BITS,
    DUE,
    EARLIEST,
    EARLY,
    EXACT_EARLY,
    FAMILY,
    FIXED_LINE,
    FIXED_START,
    HOME,
    INITIAL,
    INTERVALS,
    LATE,
    LATEST,
    MINUTES,
    MOVE_COST,
    PENALTY,
    SHIFT,
    TARGET,
    WAITS,
    Floats,
    Ints,
    Tables,
)

# columns of ``State.edit``: up to four pieces (row, from, to) replace positions first..tail of a line
LINE, FIRST, TAIL, PIECES, PIECE = range(5)
TOO_DEAR = 1e300


class State(NamedTuple):
    """One chain of the search: sequences by line (the last row holds lots not yet placed) and their running sums."""

    seq: Ints  # [line + 1, position]
    length: Ints  # [line + 1]
    end: Ints  # [line, position] earliest end
    late: Ints  # [line, position] final end, kept where every move pays for earliness
    early: Floats  # [line, position] earliness cost up to and with the position, likewise
    run: Floats  # [line, position, (cost, overrun)] up to and with the position
    sums: Floats  # [line, (cost, overrun)]
    where: Ints  # [order, (row, position)]
    edit: Ints  # [2, 20]
    buf: Ints  # [2, position]
    draft: Ints  # [2, position] ends while a line is evaluated
    best_seq: Ints
    best_count: Ints
    best: Floats  # [overrun, cost]
    moved: Ints  # [1] lots on another line than their home
    tardy: Ints  # [orders + 1] how many lots were late when they were listed last, then those
    random: Any  # uint64[1]


def new_state(tables: Tables, seed: int) -> State:
    """An empty chain: every order in the row of lots not yet placed."""
    lines, orders = tables.per.shape[0], tables.lot.shape[0]
    shape = (lines + 1, max(orders, 1))
    state = State(
        seq=np.zeros(shape, np.int64),
        length=np.zeros(lines + 1, np.int64),
        end=np.zeros((lines, shape[1]), np.int64),
        late=np.zeros((lines, shape[1]), np.int64),
        early=np.zeros((lines, shape[1]), np.float64),
        run=np.zeros((lines, shape[1], 2), np.float64),
        sums=np.zeros((lines, 2), np.float64),
        where=np.zeros((orders, 2), np.int64),
        edit=np.zeros((2, 20), np.int64),
        buf=np.zeros((2, shape[1]), np.int64),
        draft=np.zeros((2, shape[1]), np.int64),
        best_seq=np.zeros(shape, np.int64),
        best_count=np.zeros(lines + 1, np.int64),
        best=np.full(2, 1e300, np.float64),
        moved=np.zeros(1, np.int64),
        tardy=np.zeros(orders + 1, np.int64),
        random=np.array([(seed * 0x9E3779B97F4A7C15 + 0x2545F4914F6CDD1D) & (2**64 - 1) or 1], np.uint64),
    )
    state.seq[lines, :orders] = np.arange(orders)
    state.length[lines] = orders
    state.where[:, 0], state.where[:, 1] = lines, np.arange(orders)
    return state


@inlined
def away(tables: Any, line: int, order: int) -> int:
    """1 where ``order`` on ``line`` counts as a change of its line, else 0."""
    return 1 if tables.lot[order, HOME] != -1 and tables.lot[order, HOME] != line else 0


@inlined
def end_at(tables: Any, line: int, worked: int) -> Any:
    """The wall moment at which ``worked`` minutes of a line are full; runs on past the calendar's end."""
    last = tables.head[line, INTERVALS] - 1
    if last == 0:
        return tables.calendar[line, 0, 0] + worked
    k = tables.bucket[line, min(worked >> tables.head[line, SHIFT], 1 << BUCKET_BITS)]
    while k < last and tables.calendar[line, k + 1, 1] < worked:
        k += 1
    return tables.calendar[line, k, 0] + worked - tables.calendar[line, k, 1]


@inlined
def place(tables: Any, line: int, family: int, free: int, order: int) -> Any:
    """Earliest end of ``order`` after ``family`` on a line free from ``free``; its cost and minutes past its limits."""
    to = tables.lot[order, FAMILY]
    setup = tables.setup[family, to]
    start = free + setup
    release = tables.per[line, order, EARLIEST]
    if tables.par[WAITS] > 0:
        release += setup
    start = max(start, release)
    over = 0
    if tables.lot[order, FIXED_LINE] >= 0:
        over = max(0, start - tables.lot[order, FIXED_START])
        start = tables.lot[order, FIXED_START]
    end = start + tables.per[line, order, MINUTES]
    over += max(0, end - tables.per[line, order, LATEST])
    cost = tables.setup_cost[family, to]
    if tables.lot[order, BEFORE] != -1 and tables.lot[order, BEFORE] != line:
        cost += tables.par[MOVE_COST]
    if end > tables.per[line, order, TARGET]:
        cost += tables.weight[order, LATE] * max(0, end_at(tables, line, end) - tables.lot[order, DUE])
    return end, cost, over


@inlined
def _forward(tables: Any, state: Any, q: int, limit: float) -> Any:
    line, first, tail = state.edit[q, LINE], state.edit[q, FIRST], state.edit[q, TAIL]
    pay = tables.par[PENALTY]
    family, free, cost, over = tables.head[line, INITIAL], 0, 0.0, 0.0
    if first > 0:
        family = tables.lot[state.seq[line, first - 1], FAMILY]
        free = state.end[line, first - 1]
        cost, over = state.run[line, first - 1, 0], state.run[line, first - 1, 1]
    for piece in range(state.edit[q, PIECES]):
        row = state.edit[q, PIECE + 3 * piece]
        for i in range(state.edit[q, PIECE + 3 * piece + 1], state.edit[q, PIECE + 3 * piece + 2]):
            order = state.seq[row, i]
            free, more, past = place(tables, line, family, free, order)
            family = tables.lot[order, FAMILY]
            cost += more
            over += past
        if cost + pay * over > limit:
            return TOO_DEAR, 0.0
    total, total_over = state.sums[line, 0], state.sums[line, 1]
    for i in range(tail, state.length[line]):
        order = state.seq[line, i]
        free, more, past = place(tables, line, family, free, order)
        family = tables.lot[order, FAMILY]
        cost += more
        over += past
        if free >= state.end[line, i]:
            rest = total - state.run[line, i, 0]
            rest_over = total_over - state.run[line, i, 1]
            if free == state.end[line, i]:
                return cost + rest, over + rest_over
            if cost + rest + pay * (over + rest_over) > limit:
                return TOO_DEAR, 0.0
        elif cost + pay * over > limit:
            return TOO_DEAR, 0.0
    return cost, over


@inlined
def latest_end(tables: Any, line: int, order: int, earliest: int, limit: int) -> Any:
    """The latest end up to ``limit`` that costs no tardiness, and what its earliness costs."""
    end = earliest
    if tables.lot[order, FIXED_LINE] < 0:
        limit = min(limit, tables.per[line, order, LATEST])
        end = max(end, min(limit, tables.per[line, order, TARGET]))
    if tables.weight[order, EARLY] == 0 or end > tables.per[line, order, TARGET]:
        return end, 0.0
    return end, tables.weight[order, EARLY] * max(0, tables.lot[order, DUE] - end_at(tables, line, end))


@inlined
def _before(tables: Any, line: int, order: int, family: int) -> Any:
    """Minutes from the end of the lot before, of ``family``, to the end of ``order``, where nothing waits."""
    return tables.per[line, order, MINUTES] + tables.setup[family, tables.lot[order, FAMILY]]


@inlined
def _family(tables: Any, state: Any, q: int, i: int) -> Any:
    """The family at place ``i`` of ``buf[q]``, or that many places before its beginning on the line."""
    line, at = state.edit[q, LINE], state.edit[q, FIRST] + i
    if i >= 0:
        return tables.lot[state.buf[q, i], FAMILY]
    return tables.head[line, INITIAL] if at < 0 else tables.lot[state.seq[line, at], FAMILY]


@inlined
def _pieces(state: Any, q: int) -> int:
    """Write the pieces of an edit to ``buf[q]``; returns how many lots they are."""
    size = 0
    for piece in range(state.edit[q, PIECES]):
        row = state.edit[q, PIECE + 3 * piece]
        for i in range(state.edit[q, PIECE + 3 * piece + 1], state.edit[q, PIECE + 3 * piece + 2]):
            state.buf[q, size] = state.seq[row, i]
            size += 1
    return size


@inlined
def gather(state: Any, q: int) -> int:
    """Write the changed part of a line, from its first change on, to ``buf[q]``; returns its length."""
    size = _pieces(state, q)
    line = state.edit[q, LINE]
    for i in range(state.edit[q, TAIL], state.length[line]):
        state.buf[q, size] = state.seq[line, i]
        size += 1
    return size


@inlined
def _both_ways(tables: Any, state: Any, q: int, limit: float) -> Any:
    """Forwards to where the earliest ends agree with the old, then backwards to where the final ends do."""
    line, first, tail = state.edit[q, LINE], state.edit[q, FIRST], state.edit[q, TAIL]
    pay, length = tables.par[PENALTY], state.length[line]
    family, free, cost, over = tables.head[line, INITIAL], 0, 0.0, 0.0
    if first > 0:
        family, free = tables.lot[state.seq[line, first - 1], FAMILY], state.end[line, first - 1]
        cost, over = state.run[line, first - 1, 0], state.run[line, first - 1, 1]
    size = gather(state, q)
    pieces, stop = size - (length - tail), length
    for i in range(size):
        order = state.buf[q, i]
        free, more, past = place(tables, line, family, free, order)
        family = tables.lot[order, FAMILY]
        cost += more
        over += past
        if cost + pay * over > limit:
            return TOO_DEAR, 0.0
        if i >= pieces and free == state.end[line, tail + i - pieces]:
            stop = tail + i - pieces
            cost += state.run[line, length - 1, 0] - state.run[line, stop, 0]
            over += state.run[line, length - 1, 1] - state.run[line, stop, 1]
            size = i
            break
        state.draft[1, i] = free
    latest = 1 << 60
    if stop < length:
        cost += state.early[line, length - 1] - (state.early[line, stop - 1] if stop > 0 else 0.0)
        ahead = _family(tables, state, q, size - 1)
        latest = state.late[line, stop] - _before(tables, line, state.seq[line, stop], ahead)
    for i in range(size - 1, -1, -1):
        end, more = latest_end(tables, line, state.buf[q, i], state.draft[1, i], latest)
        cost += more
        if cost + pay * over > limit:
            return TOO_DEAR, 0.0
        latest = end - _before(tables, line, state.buf[q, i], _family(tables, state, q, i - 1))
    for i in range(first - 1, -1, -1):
        end, more = latest_end(tables, line, state.seq[line, i], state.end[line, i], latest)
        if end == state.late[line, i]:
            return cost + state.early[line, i], over
        cost += more
        latest = end - _before(tables, line, state.seq[line, i], _family(tables, state, q, i - 1 - first))
    return cost, over


@inlined
def evaluate(tables: Any, state: Any, q: int, limit: float) -> Any:
    """(cost, overrun) of edit ``q``'s line after it; ``TOO_DEAR`` as soon as it is sure to pass ``limit``."""
    if tables.par[EXACT_EARLY] > 0:
        return _both_ways(tables, state, q, limit)
    return _forward(tables, state, q, limit)


@inlined
def _time_late(tables: Any, state: Any, line: int) -> Any:
    limit, total = 1 << 60, 0.0
    for i in range(state.length[line] - 1, -1, -1):
        order = state.seq[line, i]
        end, more = latest_end(tables, line, order, state.end[line, i], limit)
        state.late[line, i], state.early[line, i] = end, more
        family = tables.head[line, INITIAL] if i == 0 else tables.lot[state.seq[line, i - 1], FAMILY]
        limit = end - _before(tables, line, order, family)
    for i in range(state.length[line]):
        total += state.early[line, i]
        state.early[line, i] = total
    return total


@compiled
def time_late(tables: Any, state: Any) -> None:
    """Bring every line's final ends up to date: as late as costs no tardiness."""
    for line in range(tables.per.shape[0]):
        _time_late(tables, state, line)


@compiled
def retime(tables: Any, state: Any, line: int, first: int, agree: int) -> None:
    """Bring a line's running sums and its lots' places up to date from position ``first`` on.

    From position ``agree`` on the sums stand at their lots' places already; where an end is as it was, all behind are.
    """
    family, free, cost, over = tables.head[line, INITIAL], 0, 0.0, 0.0
    if first > 0:
        family = tables.lot[state.seq[line, first - 1], FAMILY]
        free = state.end[line, first - 1]
        cost, over = state.run[line, first - 1, 0], state.run[line, first - 1, 1]
    count = state.length[line]
    for i in range(first, count):
        order = state.seq[line, i]
        free, more, past = place(tables, line, family, free, order)
        family = tables.lot[order, FAMILY]
        cost += more
        over += past
        if i >= agree and free == state.end[line, i]:
            more, past = cost - state.run[line, i, 0], over - state.run[line, i, 1]
            for k in range(i, count):
                state.run[line, k, 0] += more
                state.run[line, k, 1] += past
            cost, over = state.run[line, count - 1, 0], state.run[line, count - 1, 1]
            break
        state.end[line, i] = free
        state.run[line, i, 0], state.run[line, i, 1] = cost, over
    for i in range(first, count):
        order = state.seq[line, i]
        state.where[order, 0], state.where[order, 1] = line, i
    if tables.par[EXACT_EARLY] > 0:
        cost += _time_late(tables, state, line)
    state.sums[line, 0], state.sums[line, 1] = cost, over


@inlined
def _shift(state: Any, line: int, tail: int, by: int) -> None:
    """Move the lots from position ``tail`` on, with their sums, by some positions."""
    count = state.length[line]
    for k in range(count - tail):
        i = tail + k if by < 0 else count - 1 - k
        state.seq[line, i + by], state.end[line, i + by] = state.seq[line, i], state.end[line, i]
        state.run[line, i + by, 0], state.run[line, i + by, 1] = state.run[line, i, 0], state.run[line, i, 1]


@compiled
def apply(tables: Any, state: Any, edits: int) -> None:
    """Carry out the first ``edits`` edits."""
    sizes = (_pieces(state, 0), _pieces(state, 1) if edits > 1 else 0)
    for q in range(edits):
        line, first, tail = state.edit[q, LINE], state.edit[q, FIRST], state.edit[q, TAIL]
        by = first + sizes[q] - tail
        if by != 0:
            _shift(state, line, tail, by)
        state.length[line] += by
        for i in range(sizes[q]):
            state.seq[line, first + i] = state.buf[q, i]
    for q in range(edits):
        first = state.edit[q, FIRST]
        retime(tables, state, state.edit[q, LINE], first, first + sizes[q])


@compiled
def refresh(tables: Any, state: Any) -> None:
    """Recompute every line, after the weights changed or the sequences were set."""
    moved = 0
    for line in range(tables.per.shape[0]):
        retime(tables, state, line, 0, state.length[line])
        for i in range(state.length[line]):
            moved += away(tables, line, state.seq[line, i])
    state.moved[0] = moved


@compiled
def keep_if_best(state: Any) -> bool:
    """Remember the sequences when they overrun less than the best, or as much at a lower cost."""
    cost, over = 0.0, 0.0
    for line in range(state.sums.shape[0]):
        cost += state.sums[line, 0]
        over += state.sums[line, 1]
    if over > state.best[0] or (over == state.best[0] and cost >= state.best[1]):
        return False
    state.best[0], state.best[1] = over, cost
    for line in range(state.seq.shape[0]):
        count = state.length[line]
        state.best_count[line] = count
        for i in range(count):
            state.best_seq[line, i] = state.seq[line, i]
    return True
