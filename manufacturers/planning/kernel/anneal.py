"""Compiled: simulated annealing over the lines' sequences with block moves, block swaps and tail swaps.

Kirkpatrick et al. 1983 for the acceptance; the block neighbourhood follows Subramanian, Battarra and Potts 2014
(weighted tardiness with sequence-dependent setups). A move is evaluated until it is sure to be refused or times agree.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from manufacturers.planning.kernel.compiled import compiled, inlined
from manufacturers.planning.kernel.schedule import (
    FIRST,
    LINE,
    PIECE,
    PIECES,
    TAIL,
    TOO_DEAR,
    apply,
    away,
    evaluate,
    keep_if_best,
)
from manufacturers.planning.kernel.tables import FAMILY, FIXED_LINE, MINUTES, MOST_MOVED, PENALTY, TARGET

# per cent: moves of a whole run of one family, places within a run of another family that stay there
WHOLE, SPLIT = 12, 35
# per cent of the moves that begin at a late order, or how far before it; late orders are listed once in so many moves:
# where few of many are late, drawing at random hardly ever meets one
LATE_FIRST, BEFORE_LATE, LISTED = 30, 8, 1024


@inlined
def _bits(state: Any) -> Any:
    x = state.random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state.random[0] = x
    return (x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(32)


@inlined
def chance(state: Any) -> Any:
    """A number above 0 and below 1."""
    return (np.float64(_bits(state)) + 1.0) / 4294967297.0


@inlined
def below(state: Any, limit: int) -> Any:
    """A whole number from 0 to ``limit`` - 1."""
    return np.int64((_bits(state) * np.uint64(limit)) >> np.uint64(32))


@inlined
def pick_order(tables: Any, state: Any) -> Any:
    """Any order, or rather one that was late when they were listed, or one not far before it on its line."""
    order = below(state, tables.lot.shape[0])
    if below(state, 100) >= LATE_FIRST:
        return order
    if state.tardy[0] == 0:
        return order
    order = state.tardy[1 + below(state, state.tardy[0])]
    line, at = state.where[order, 0], state.where[order, 1]
    return state.seq[line, max(0, at - below(state, 2) * below(state, BEFORE_LATE))]


@inlined
def list_tardy(tables: Any, state: Any) -> None:
    """List the lots that end after their due dates now."""
    count = 0
    for line in range(tables.per.shape[0]):
        for i in range(state.length[line]):
            order = state.seq[line, i]
            if state.end[line, i] > tables.per[line, order, TARGET]:
                count += 1
                state.tardy[count] = order
    state.tardy[0] = count


@inlined
def _family_at(tables: Any, state: Any, line: int, at: int) -> Any:
    return tables.lot[state.seq[line, at], FAMILY]


@inlined
def _run_begin(tables: Any, state: Any, line: int, at: int) -> int:
    """Where the run of one family begins in which the lot at ``at`` stands."""
    while at > 0 and _family_at(tables, state, line, at - 1) == _family_at(tables, state, line, at):
        at -= 1
    return at


@inlined
def _run_end(tables: Any, state: Any, line: int, at: int) -> int:
    """The position behind the run of one family in which the lot at ``at`` stands."""
    family = _family_at(tables, state, line, at)
    while at < state.length[line] and _family_at(tables, state, line, at) == family:
        at += 1
    return at


@inlined
def _beside_run(tables: Any, state: Any, order: int, line: int, b: int) -> int:
    """``b``, but mostly not within a run of a family that is not the order's."""
    if b == 0 or b >= state.length[line]:
        return b
    family = _family_at(tables, state, line, b)
    if family != _family_at(tables, state, line, b - 1) or family == tables.lot[order, FAMILY]:
        return b
    draw = below(state, 100)
    if draw < SPLIT:
        return b
    return _run_begin(tables, state, line, b) if draw & 1 else _run_end(tables, state, line, b)


@inlined
def _pick_length(tables: Any, state: Any, line: int, at: int) -> Any:
    draw, room = below(state, 100), state.length[line] - at
    if draw < 50:
        return 1
    if draw < 75:
        return min(room, 2 + below(state, 3))
    if draw < 92:
        return min(room, 2 + below(state, 14))
    return _run_end(tables, state, line, at) - at


@inlined
def position_at(state: Any, line: int, moment: int) -> int:
    """The first position of a line whose lot ends at ``moment`` or later."""
    low, high = 0, state.length[line]
    while low < high:
        middle = (low + high) >> 1
        if state.end[line, middle] < moment:
            low = middle + 1
        else:
            high = middle
    return low


@inlined
def _pick_place(tables: Any, state: Any, order: int) -> Any:
    """A line and a position worth trying: beside the order's family, near its time, near its due date, anywhere."""
    line, at = state.where[order, 0], state.where[order, 1]
    draw = below(state, 100)
    if draw < 30:
        side, ranks = below(state, 2), tables.near.shape[2]
        rank = below(state, 1 + below(state, 1 + below(state, ranks)))
        family = tables.near[tables.lot[order, FAMILY], side, rank]
        first = tables.member_from[family]
        other = tables.members[first + below(state, tables.member_from[family + 1] - first)]
        return state.where[other, 0], state.where[other, 1] + 1 - side
    lines = tables.per.shape[0]
    to = below(state, lines) if lines > 1 and below(state, 100) < 60 else line
    if tables.per[to, order, MINUTES] == 0:
        to = line
    count = state.length[to]
    if draw < 40:
        return to, below(state, count + 1)
    moment = state.end[line, at] if draw < 80 else tables.per[to, order, TARGET]
    reach = 1 + below(state, 12)
    b = position_at(state, to, moment) + below(state, 2 * reach + 1) - reach
    return to, min(max(b, 0), count)


@inlined
def _can_go(tables: Any, state: Any, line: int, first: int, last: int, to: int) -> bool:
    for i in range(first, last):
        order = state.seq[line, i]
        if tables.lot[order, FIXED_LINE] >= 0 or tables.per[to, order, MINUTES] == 0:
            return False
    return True


@inlined
def _set(state: Any, q: int, line: int, first: int, tail: int) -> None:
    state.edit[q, LINE], state.edit[q, FIRST], state.edit[q, TAIL], state.edit[q, PIECES] = line, first, tail, 0


@inlined
def _add(state: Any, q: int, row: int, first: int, last: int) -> None:
    if last > first:
        slot = PIECE + 3 * state.edit[q, PIECES]
        state.edit[q, slot], state.edit[q, slot + 1], state.edit[q, slot + 2] = row, first, last
        state.edit[q, PIECES] += 1


@inlined
def _within(tables: Any, state: Any, line: int, a: int, k: int, b: int, m: int) -> int:
    """Swap the blocks of k and m lots at a and b (m may be 0: the block at a moves to b)."""
    if b < a:
        a, k, b, m = b, m, a, k
    if b < a + k or (k == 0 and m == 0) or (b == a + k and (k == 0 or m == 0)):
        return 0
    if not _can_go(tables, state, line, a, a + k, line) or not _can_go(tables, state, line, b, b + m, line):
        return 0
    _set(state, 0, line, a, b + m)
    _add(state, 0, line, b, b + m)
    _add(state, 0, line, a + k, b)
    _add(state, 0, line, a, a + k)
    return 1


@inlined
def _across(tables: Any, state: Any, line: int, a: int, k: int, to: int, b: int, m: int) -> int:
    """Exchange k lots at a of one line for m lots at b of another."""
    if not _can_go(tables, state, line, a, a + k, to) or not _can_go(tables, state, to, b, b + m, line):
        return 0
    _set(state, 0, to, b, b + m)
    _add(state, 0, line, a, a + k)
    _set(state, 1, line, a, a + k)
    _add(state, 1, to, b, b + m)
    return 2


@inlined
def propose(tables: Any, state: Any) -> int:
    """Draw a move into ``state.edit``; returns how many lines it edits, 0 when it is no move."""
    order = pick_order(tables, state)
    if tables.lot[order, FIXED_LINE] >= 0:
        return 0
    line, a = state.where[order, 0], state.where[order, 1]
    if below(state, 100) < WHOLE:
        a = _run_begin(tables, state, line, a)
        k = _run_end(tables, state, line, a) - a
    else:
        k = _pick_length(tables, state, line, a)
    to, b = _pick_place(tables, state, order)
    b = _beside_run(tables, state, order, to, b)
    draw = below(state, 100)
    m = 0
    if draw < 35 and b < state.length[to]:
        m = 1 if draw < 20 else _pick_length(tables, state, to, b)
    if to == line:
        return _within(tables, state, line, a, k, b, m)
    if draw >= 95:
        k, m = state.length[line] - a, state.length[to] - b
    return _across(tables, state, line, a, k, to, b, m)


@inlined
def _moving(tables: Any, state: Any) -> int:
    """How many more lots change their line by the two edits drawn; below 0 where more go home."""
    more = 0
    for q in range(2):
        to = state.edit[q, LINE]
        for piece in range(state.edit[q, PIECES]):
            row = state.edit[q, PIECE + 3 * piece]
            for i in range(state.edit[q, PIECE + 3 * piece + 1], state.edit[q, PIECE + 3 * piece + 2]):
                more += away(tables, to, state.seq[row, i]) - away(tables, row, state.seq[row, i])
    return more


@compiled
def anneal(tables: Any, state: Any, moves: int, hot: float, cold: float, deltas: Any) -> int:
    """Try ``moves`` moves while the temperature falls geometrically from ``hot`` to ``cold``; returns moves accepted.

    With ``deltas`` of some length, every move is evaluated in full, none is made, and the cost differences are stored.
    """
    heat, cooling, taken, pay = hot, (cold / hot) ** (128.0 / max(moves, 1)), 0, tables.par[PENALTY]
    most = tables.par[MOST_MOVED]
    for move in range(moves):
        if move & 127 == 127:
            heat *= cooling
        if move % LISTED == 0:
            list_tardy(tables, state)
        edits = propose(tables, state)
        if edits == 0:
            continue
        moving = _moving(tables, state) if most < np.inf and edits == 2 else 0
        if moving > 0 and state.moved[0] + moving > most:
            continue
        before = 0.0
        for q in range(edits):
            before += state.sums[state.edit[q, LINE], 0] + pay * state.sums[state.edit[q, LINE], 1]
        limit = before - heat * np.log(chance(state)) if deltas.size == 0 else TOO_DEAR
        after = 0.0
        for q in range(edits):
            floor = 0.0
            if q + 1 < edits and state.edit[q + 1, FIRST] > 0:
                kept = state.run[state.edit[q + 1, LINE], state.edit[q + 1, FIRST] - 1]
                floor = kept[0] + pay * kept[1]
            cost, over = evaluate(tables, state, q, limit - after - floor)
            after += cost + pay * over
            if after > limit:
                break
        if deltas.size > 0:
            deltas[move % deltas.size] = after - before
        elif after <= limit:
            apply(tables, state, edits)
            state.moved[0] += moving
            taken += 1
            if after < before:
                keep_if_best(state)
    return taken
