"""Compiled: take out strings of lots that stand near one another in time, put each back where it adds least.

Slack induction by string removals (Christiaens and Vanden Berghe 2020, for vehicle routes): a string is long enough to
free a stretch of a line, strings of several lines at one time can exchange their lots, and places passed over at
random keep the greedy insertion from repeating itself. The block moves of ``anneal`` are a thousand times cheaper, but
stop where orders are late only by what many small changes together would mend.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from manufacturers.planning.kernel.anneal import below, chance, pick_order, position_at
from manufacturers.planning.kernel.compiled import compiled, inlined
from manufacturers.planning.kernel.insert import insertion
from manufacturers.planning.kernel.schedule import TOO_DEAR, away, evaluate, keep_if_best, place, retime
from manufacturers.planning.kernel.tables import (
    EARLIEST,
    EXACT_EARLY,
    FAMILY,
    FIXED_LINE,
    INITIAL,
    LATE,
    MINUTES,
    MOST_MOVED,
    PENALTY,
    TARGET,
    Floats,
    Ints,
    Tables,
)

LONGEST, MOST_STRINGS = 10, 3
MOST_OUT = LONGEST * MOST_STRINGS
# per cent: strings that spare lots in their middle, one more spared lot, a place passed over
SPARING, SPARED_MORE, PASSED = 50, 70, 2
# per cent: other strings near the first lot's time, else near its due date
NEAR_TIME = 65
# per cent, each with those before: by chance, by due date, weight, minutes, release, else by family and due date
BY_CHANCE, BY_DUE, BY_WEIGHT, BY_MINUTES, BY_RELEASE = 35, 60, 70, 80, 85
FAMILY_APART = 1e12


class Ruin(NamedTuple):
    """What one step takes out, and the lines it touches as they were before."""

    out: Ints
    rank: Floats
    touched: Ints  # [line]
    length: Ints  # [line]
    seq: Ints  # [line, position], and so on as in ``State``
    end: Ints
    late: Ints
    early: Floats
    run: Floats
    sums: Floats


def new_ruin(tables: Tables) -> Ruin:
    """Room for one step."""
    lines, orders = tables.per.shape[0], max(tables.lot.shape[0], 1)
    return Ruin(
        out=np.zeros(MOST_OUT, np.int64),
        rank=np.zeros(MOST_OUT, np.float64),
        touched=np.zeros(lines, np.int64),
        length=np.zeros(lines, np.int64),
        seq=np.zeros((lines, orders), np.int64),
        end=np.zeros((lines, orders), np.int64),
        late=np.zeros((lines, orders), np.int64),
        early=np.zeros((lines, orders), np.float64),
        run=np.zeros((lines, orders, 2), np.float64),
        sums=np.zeros((lines, 2), np.float64),
    )


@inlined
def _touch(tables: Any, state: Any, ruin: Any, line: int) -> None:
    """Keep a line as it is before its first change of the step."""
    if ruin.touched[line]:
        return
    ruin.touched[line], ruin.length[line] = 1, state.length[line]
    ruin.sums[line, 0], ruin.sums[line, 1] = state.sums[line, 0], state.sums[line, 1]
    for i in range(state.length[line]):
        ruin.seq[line, i], ruin.end[line, i] = state.seq[line, i], state.end[line, i]
        ruin.run[line, i, 0], ruin.run[line, i, 1] = state.run[line, i, 0], state.run[line, i, 1]
        if tables.par[EXACT_EARLY] > 0:
            ruin.late[line, i], ruin.early[line, i] = state.late[line, i], state.early[line, i]


@inlined
def _undo(tables: Any, state: Any, ruin: Any) -> None:
    for line in range(tables.per.shape[0]):
        if not ruin.touched[line]:
            continue
        state.length[line] = ruin.length[line]
        state.sums[line, 0], state.sums[line, 1] = ruin.sums[line, 0], ruin.sums[line, 1]
        for i in range(ruin.length[line]):
            order = ruin.seq[line, i]
            state.seq[line, i], state.end[line, i] = order, ruin.end[line, i]
            state.run[line, i, 0], state.run[line, i, 1] = ruin.run[line, i, 0], ruin.run[line, i, 1]
            state.where[order, 0], state.where[order, 1] = line, i
            if tables.par[EXACT_EARLY] > 0:
                state.late[line, i], state.early[line, i] = ruin.late[line, i], ruin.early[line, i]


@inlined
def _spared(state: Any, size: int, count: int) -> int:
    """How many lots to spare in the middle of a string of ``size``."""
    spared = 0
    if 1 < size < count and below(state, 100) < SPARING:
        spared = 1
        while size + spared < count and below(state, 100) < SPARED_MORE:
            spared += 1
    return spared


@inlined
def _take_string(tables: Any, state: Any, ruin: Any, line: int, at: int, taken: int) -> int:
    """Take out a string around position ``at``, without frozen lots; returns how many are out in all."""
    count = state.length[line]
    mean = max(1, tables.lot.shape[0] // tables.per.shape[0])
    size = 1 + below(state, min(count, min(LONGEST, mean)))
    spared = _spared(state, size, count)
    whole = size + spared
    low, high = max(0, at - whole + 1), min(at, count - whole)
    first = low + below(state, high - low + 1)
    last = first + whole
    skip = first + 1 + below(state, size - 1) if spared > 0 else last
    _touch(tables, state, ruin, line)
    kept = first
    for i in range(first, count):
        order = state.seq[line, i]
        if i < last and not skip <= i < skip + spared and tables.lot[order, FIXED_LINE] < 0:
            ruin.out[taken] = order
            state.moved[0] -= away(tables, line, order)
            taken += 1
        else:
            state.seq[line, kept], state.end[line, kept] = order, state.end[line, i]
            state.run[line, kept, 0], state.run[line, kept, 1] = state.run[line, i, 0], state.run[line, i, 1]
            kept += 1
    state.length[line] = kept
    retime(tables, state, line, first, last - (count - kept))
    return taken


@inlined
def _take_out(tables: Any, state: Any, ruin: Any) -> int:
    """Strings of one or more lines around the place or the due date of an order; returns how many lots are out."""
    lines = tables.per.shape[0]
    for line in range(lines):
        ruin.touched[line] = 0
    order = pick_order(tables, state)
    line, at = state.where[order, 0], state.where[order, 1]
    moment, target = state.end[line, at], tables.per[line, order, TARGET]
    strings = 1 + below(state, MOST_STRINGS)
    taken = _take_string(tables, state, ruin, line, at, 0)
    for _ in range(strings - 1):
        other = below(state, lines)
        if ruin.touched[other]:
            other = below(state, lines)
        if ruin.touched[other] or state.length[other] == 0:
            continue
        near = moment if below(state, 100) < NEAR_TIME else target
        at = min(position_at(state, other, near), state.length[other] - 1)
        taken = _take_string(tables, state, ruin, other, at, taken)
    return taken


@inlined
def _rank(tables: Any, state: Any, order: int, draw: int) -> Any:
    line = 0
    while tables.per[line, order, MINUTES] == 0:
        line += 1
    due = np.float64(tables.per[line, order, TARGET])
    if draw < BY_CHANCE:
        return chance(state)
    if draw < BY_DUE:
        return due
    if draw < BY_WEIGHT:
        return -tables.weight[order, LATE] - chance(state)
    if draw < BY_MINUTES:
        return -np.float64(tables.per[line, order, MINUTES])
    if draw < BY_RELEASE:
        return tables.per[line, order, EARLIEST] + chance(state)
    return FAMILY_APART * tables.lot[order, FAMILY] + due


@inlined
def _arrange(tables: Any, state: Any, ruin: Any, taken: int) -> None:
    """Put what was taken out into the order in which it is to be put back."""
    draw = below(state, 100)
    for i in range(taken):
        order, k = ruin.out[i], i
        rank = _rank(tables, state, order, draw)
        while k > 0 and ruin.rank[k - 1] > rank:
            ruin.rank[k], ruin.out[k] = ruin.rank[k - 1], ruin.out[k - 1]
            k -= 1
        ruin.rank[k], ruin.out[k] = rank, order


@inlined
def _added(tables: Any, state: Any, line: int, b: int, order: int, limit: float) -> Any:
    """What ``order`` before position ``b`` adds to a line's cost; ``TOO_DEAR`` when that is sure to reach ``limit``."""
    pay = tables.par[PENALTY]
    if tables.par[EXACT_EARLY] > 0:
        row = tables.per.shape[0]
        state.seq[row, 0] = order
        insertion(state, line, b, row, 0)
        now = state.sums[line, 0] + pay * state.sums[line, 1]
        cost, over = evaluate(tables, state, 0, now + limit)
        return cost if cost >= TOO_DEAR else cost + pay * over - now
    family, free, before = tables.head[line, INITIAL], 0, 0.0
    if b > 0:
        family, free = tables.lot[state.seq[line, b - 1], FAMILY], state.end[line, b - 1]
        before = state.run[line, b - 1, 0] + pay * state.run[line, b - 1, 1]
    free, cost, past = place(tables, line, family, free, order)
    family = tables.lot[order, FAMILY]
    cost += pay * past
    for i in range(b, state.length[line]):
        other = state.seq[line, i]
        free, more, past = place(tables, line, family, free, other)
        family = tables.lot[other, FAMILY]
        cost += more + pay * past
        if free >= state.end[line, i]:  # from here on nothing becomes cheaper
            added = cost - (state.run[line, i, 0] + pay * state.run[line, i, 1] - before)
            if free == state.end[line, i]:
                return added
            if added >= limit:
                return TOO_DEAR
    return cost - (state.sums[line, 0] + pay * state.sums[line, 1] - before)


@inlined
def _least(tables: Any, state: Any, line: int, b: int, order: int) -> Any:
    """No more than what ``order`` before position ``b`` adds, from its neighbours alone."""
    family, to, free = tables.head[line, INITIAL], tables.lot[order, FAMILY], 0
    if b > 0:
        family, free = tables.lot[state.seq[line, b - 1], FAMILY], state.end[line, b - 1]
    end, cost = free + tables.setup[family, to] + tables.per[line, order, MINUTES], tables.setup_cost[family, to]
    if b < state.length[line]:
        after = tables.lot[state.seq[line, b], FAMILY]
        if end + tables.setup[to, after] < free + tables.setup[family, after]:
            return -TOO_DEAR
        cost += tables.setup_cost[to, after] - tables.setup_cost[family, after]
    return cost + tables.weight[order, LATE] * max(0, end - tables.per[line, order, TARGET])


@inlined
def _put(tables: Any, state: Any, line: int, at: int, order: int) -> None:
    for i in range(state.length[line], at, -1):
        state.seq[line, i], state.end[line, i] = state.seq[line, i - 1], state.end[line, i - 1]
        state.run[line, i, 0], state.run[line, i, 1] = state.run[line, i - 1, 0], state.run[line, i - 1, 1]
    state.seq[line, at] = order
    state.length[line] += 1
    state.moved[0] += away(tables, line, order)
    retime(tables, state, line, at, at + 1)


@inlined
def _put_back(tables: Any, state: Any, ruin: Any, order: int) -> int:
    """Put an order where it adds least, looking first around its due date; returns the places looked at."""
    lines, weight = tables.per.shape[0], tables.weight[order, LATE]
    least, to, at, looks = TOO_DEAR, -1, 0, 0
    line = below(state, lines)
    for _ in range(lines):
        line = line + 1 if line + 1 < lines else 0
        minutes, target = tables.per[line, order, MINUTES], tables.per[line, order, TARGET]
        if minutes == 0 or state.moved[0] + away(tables, line, order) > tables.par[MOST_MOVED]:
            continue
        middle = position_at(state, line, target)
        for step in range(state.length[line] + 1):
            b = middle - step if step <= middle else step
            if step > middle and weight * (state.end[line, b - 1] + minutes - target) >= least:
                break
            if to >= 0 and below(state, 100) < PASSED:
                continue
            if _least(tables, state, line, b, order) >= least:
                continue
            looks += 1
            cost = _added(tables, state, line, b, order, least)
            if cost < least:
                least, to, at = cost, line, b
    _touch(tables, state, ruin, to)
    _put(tables, state, to, at, order)
    return looks


@inlined
def _total(tables: Any, state: Any) -> Any:
    total = 0.0
    for line in range(tables.per.shape[0]):
        total += state.sums[line, 0] + tables.par[PENALTY] * state.sums[line, 1]
    return total


@compiled
def recreate(tables: Any, state: Any, ruin: Any, looks: int, heat: float) -> int:
    """Steps at the temperature ``heat`` until ``looks`` places were looked at; returns how many were."""
    done = 0
    while done < looks:
        before, moved = _total(tables, state), state.moved[0]
        taken = _take_out(tables, state, ruin)
        _arrange(tables, state, ruin, taken)
        for i in range(taken):
            done += _put_back(tables, state, ruin, ruin.out[i])
        done += 1
        after = _total(tables, state)
        if after > before - heat * np.log(chance(state)):
            _undo(tables, state, ruin)
            state.moved[0] = moved
        elif after < before:
            keep_if_best(state)
    return done
