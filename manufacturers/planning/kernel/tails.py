"""Compiled: what the rest of one line's sequence costs from any start, so that exchanging two blocks is cheap to value.

For a line that is always open and lots that may be early for nothing, the cost of the lots from a position on is
convex and piecewise linear in the moment the first of them starts (Ibaraki et al. 2008 for routes with time windows).
Kept sorted for every position, a block's cost at another place is the difference of two look-ups.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from manufacturers.planning.kernel.compiled import compiled, inlined
from manufacturers.planning.kernel.schedule import TOO_DEAR
from manufacturers.planning.kernel.tables import (
    DUE,
    EARLIEST,
    EARLY,
    FAMILY,
    FIXED_LINE,
    INITIAL,
    INTERVALS,
    LATE,
    LATEST,
    MINUTES,
    PENALTY,
    WAITS,
    Floats,
    Ints,
    Tables,
)

MOST_LOTS = 200
LONG_AGO = -(1 << 60)


# columns of ``Tails.at``: start; minutes of lots and changeovers before it without waiting; the same with its own; the
# family of the lot before it; at how many starts the rest becomes dearer
BEGIN, DRIFT, UNTIL, BEFORE, BENDS = range(5)
# columns of ``Tails.sums``: cost of the lots before it; changeover cost up to and with it
RUN, SETUPS = range(2)
# columns of ``Tails.piece``
SLOPE, BASE = range(2)
# places in ``Tails.flags``: whether a lot has to wait for its release; whether changeovers cost anything of their own;
# a moment by which all have ended
RELEASED, PRICED, HORIZON = range(3)


class Tails(NamedTuple):
    """One line's sequence and, by position, what lies before and what the rest costs. Times are worked minutes."""

    seq: Ints
    at: Ints  # [position, 5]
    sums: Floats  # [position, 2]
    floor: Ints  # [from, to] start at ``to`` however early the lot at ``from`` starts
    bend: Ints  # [position, rank] starts at which the rest becomes dearer
    piece: Floats  # [position, rank, 2] cost = slope * start - base
    buf: Ints
    flags: Ints


def fits(tables: Tables) -> bool:
    """Whether one always open line makes lots that may be early for nothing and of which none is frozen."""
    lines, orders = tables.per.shape[:2]
    if lines != 1 or not 1 < orders <= MOST_LOTS or int(tables.head[0, INTERVALS]) != 1:
        return False
    return not (tables.weight[:, EARLY].any() or (tables.lot[:, FIXED_LINE] >= 0).any())


def new_tails(tables: Tables) -> Tails:
    """Room for a problem's orders in the order of their rows."""
    n, per = tables.lot.shape[0], tables.per[0]
    work = int(per[:, MINUTES].sum()) + (n + 1) * int(tables.setup.max())
    released = bool((per[:, EARLIEST] > 0).any())
    tails = Tails(
        seq=np.arange(n, dtype=np.int64),
        at=np.zeros((n + 1, 5), np.int64),
        sums=np.zeros((n + 1, 2), np.float64),
        floor=np.zeros((n + 1, n + 1), np.int64),
        bend=np.zeros((n + 1, 3 * n + 3), np.int64),
        piece=np.zeros((n + 1, 3 * n + 4, 2), np.float64),
        buf=np.zeros(n, np.int64),
        flags=np.array([released, bool(tables.setup_cost.any()), int(per[:, EARLIEST].max()) + work], np.int64),
    )
    tails.at[0, BEFORE] = tables.head[0, INITIAL]
    return tails


@inlined
def rest(tails: Any, at: int, start: int) -> Any:
    """Tardiness and overrun cost of the lots from ``at`` on when the first of them starts at ``start``."""
    low, high = 0, tails.at[at, BENDS]
    while low < high:
        middle = (low + high) >> 1
        if tails.bend[at, middle] < start:
            low = middle + 1
        else:
            high = middle
    return tails.piece[at, low, SLOPE] * start - tails.piece[at, low, BASE]


@inlined
def _ready(tables: Any, order: int, setup: int) -> Any:
    return tables.per[0, order, EARLIEST] + (setup if tables.par[WAITS] > 0 else 0)


@inlined
def _add_bend(tails: Any, at: int, moment: int, weight: float) -> None:
    """The rest from ``at`` on costs ``weight`` more for every minute that it starts after ``moment``."""
    if weight <= 0:
        return
    i = tails.at[at, BENDS]
    tails.at[at, BENDS] += 1
    while i > 0 and tails.bend[at, i - 1] > moment:
        tails.bend[at, i] = tails.bend[at, i - 1]
        tails.piece[at, i + 1, SLOPE] = tails.piece[at, i, SLOPE] + weight
        tails.piece[at, i + 1, BASE] = tails.piece[at, i, BASE] + weight * moment
        i -= 1
    tails.bend[at, i] = moment
    tails.piece[at, i + 1, SLOPE] = tails.piece[at, i, SLOPE] + weight
    tails.piece[at, i + 1, BASE] = tails.piece[at, i, BASE] + weight * moment


@inlined
def _shifted(tails: Any, at: int, by: int, ready: int) -> None:
    """The rest from ``at`` on as that from the next on, which starts ``by`` later but not before ``ready``."""
    out, first = 0, 0
    tails.piece[at, 0, SLOPE], tails.piece[at, 0, BASE] = 0.0, tails.piece[at + 1, 0, BASE]
    if tails.flags[RELEASED]:
        while first < tails.at[at + 1, BENDS] and tails.bend[at + 1, first] <= ready:
            first += 1
        if first > 0:
            slope = tails.piece[at + 1, first, SLOPE]
            tails.piece[at, 0, BASE] = tails.piece[at + 1, first, BASE] - slope * ready
            tails.bend[at, 0], out = ready - by, 1
            tails.piece[at, 1, SLOPE], tails.piece[at, 1, BASE] = slope, tails.piece[at + 1, first, BASE] - slope * by
    for i in range(first, tails.at[at + 1, BENDS]):
        slope = tails.piece[at + 1, i + 1, SLOPE]
        tails.bend[at, out] = tails.bend[at + 1, i] - by
        tails.piece[at, out + 1, SLOPE] = slope
        tails.piece[at, out + 1, BASE] = tails.piece[at + 1, i + 1, BASE] - slope * by
        out += 1
    tails.at[at, BENDS] = out


@inlined
def _own_cost(tables: Any, order: int, end: int) -> Any:
    late = max(0, tables.calendar[0, 0, 0] + end - tables.lot[order, DUE])
    past = max(0, end - tables.per[0, order, LATEST])
    return tables.weight[order, LATE] * late + tables.par[PENALTY] * past


@inlined
def _forwards(tables: Any, tails: Any, first: int) -> Any:
    """Times and costs from position ``first`` on; returns the cost of all."""
    count, family, free = tails.seq.size, tails.at[first, BEFORE], 0
    drift, cost, setups = 0, 0.0, 0.0
    if first > 0:
        order, cost, setups = tails.seq[first - 1], tails.sums[first, RUN], tails.sums[first - 1, SETUPS]
        free = tails.at[first - 1, BEGIN] + tables.per[0, order, MINUTES]
        drift = tails.at[first - 1, DRIFT] + tables.per[0, order, MINUTES]
    for i in range(first, count):
        order = tails.seq[i]
        to = tables.lot[order, FAMILY]
        setup, minutes = tables.setup[family, to], tables.per[0, order, MINUTES]
        start = max(free + setup, _ready(tables, order, setup))
        setups += tables.setup_cost[family, to]
        cost += tables.setup_cost[family, to] + _own_cost(tables, order, start + minutes)
        tails.at[i, BEGIN], tails.at[i, DRIFT], tails.sums[i, SETUPS] = start, drift + setup, setups
        tails.sums[i + 1, RUN], tails.at[i + 1, BEFORE], tails.at[i, UNTIL] = cost, to, drift + setup + minutes
        free, drift, family = start + minutes, drift + setup + minutes, to
    tails.at[count, BEGIN], tails.at[count, DRIFT] = free, drift
    return cost


@inlined
def _floors(tables: Any, tails: Any, last: int) -> None:
    count = tails.seq.size
    for i in range(last):
        floor = LONG_AGO
        tails.floor[i, i] = floor
        for k in range(i + 1, count):
            setup = tables.setup[tables.lot[tails.seq[k - 1], FAMILY], tables.lot[tails.seq[k], FAMILY]]
            floor = max(floor + tails.at[k, DRIFT] - tails.at[k - 1, DRIFT], _ready(tables, tails.seq[k], setup))
            tails.floor[i, k] = floor
        tails.floor[i, count] = floor + tails.at[count, DRIFT] - tails.at[count - 1, DRIFT]


@compiled
def rebuild(tables: Any, tails: Any, first: int, last: int) -> Any:
    """Bring all up to date after the lots from ``first`` up to ``last`` changed places; returns the cost."""
    count, opens = tails.seq.size, tables.calendar[0, 0, 0]
    cost = _forwards(tables, tails, first)
    if tails.flags[RELEASED]:
        _floors(tables, tails, last)
    tails.at[count, BENDS], tails.piece[count, 0, SLOPE], tails.piece[count, 0, BASE] = 0, 0.0, 0.0
    for at in range(last - 1, -1, -1):
        order = tails.seq[at]
        minutes, ready = tables.per[0, order, MINUTES], LONG_AGO
        if at + 1 < count:
            following = tails.seq[at + 1]
            setup = tables.setup[tables.lot[order, FAMILY], tables.lot[following, FAMILY]]
            ready = _ready(tables, following, setup)
        _shifted(tails, at, tails.at[at + 1, DRIFT] - tails.at[at, DRIFT], ready)
        _add_bend(tails, at, tables.lot[order, DUE] - opens - minutes, tables.weight[order, LATE])
        if tables.per[0, order, LATEST] < tails.flags[HORIZON]:
            _add_bend(tails, at, tables.per[0, order, LATEST] - minutes, tables.par[PENALTY])
    return cost


@inlined
def _starts(tables: Any, tails: Any, at: int, family: int, free: int) -> Any:
    """When the lot at ``at`` starts after a lot of ``family`` that ended at ``free``."""
    setup = tables.setup[family, tails.at[at + 1, BEFORE]]
    if tails.flags[RELEASED]:
        return max(free + setup, _ready(tables, tails.seq[at], setup))
    return free + setup


@inlined
def _reaches(tails: Any, at: int, start: int, to: int) -> Any:
    """When the lot at ``to`` starts (or, behind the last, all ends) if the one at ``at`` starts at ``start``."""
    start += tails.at[to, DRIFT] - tails.at[at, DRIFT]
    return max(start, tails.floor[at, to]) if tails.flags[RELEASED] else start


@inlined
def _ends(tables: Any, tails: Any, first: int, last: int, start: int) -> Any:
    """When the lots from ``first`` up to ``last`` have ended if the first starts at ``start``."""
    if tails.flags[RELEASED]:
        return _reaches(tails, first, start, last - 1) + tables.per[0, tails.seq[last - 1], MINUTES]
    return start + tails.at[last - 1, UNTIL] - tails.at[first, DRIFT]


@inlined
def _setups(tables: Any, tails: Any, first: int, last: int, family: int) -> Any:
    """What changeovers to the lots from ``first`` up to ``last`` cost after a lot of ``family``."""
    within = tails.sums[last - 1, SETUPS] - tails.sums[first, SETUPS]
    return tables.setup_cost[family, tails.at[first + 1, BEFORE]] + within


@inlined
def _changeovers(tables: Any, tails: Any, a: int, k: int, b: int, m: int) -> Any:
    family, cost = tails.at[a, BEFORE], 0.0
    if m > 0:
        cost += _setups(tables, tails, b, b + m, family)
        family = tails.at[b + m, BEFORE]
    if b > a + k:
        cost += _setups(tables, tails, a + k, b, family)
        family = tails.at[b, BEFORE]
    if k > 0:
        cost += _setups(tables, tails, a, a + k, family)
        family = tails.at[a + k, BEFORE]
    if b + m < tails.seq.size:
        cost += _setups(tables, tails, b + m, tails.seq.size, family)
    return cost


@inlined
def exchanged(tables: Any, tails: Any, a: int, k: int, b: int, m: int, limit: float) -> Any:
    """The cost with the k lots at ``a`` and the m at ``b`` behind them exchanged; ``TOO_DEAR`` from ``limit`` on.

    First what is known at once: the lots that stay, then the rest, then each block, as no lot costs less than nothing.
    """
    last, family, free, cost = b + m, tails.at[a, BEFORE], 0, tails.sums[a, RUN]
    if a > 0:
        free = tails.at[a - 1, BEGIN] + tables.per[0, tails.seq[a - 1], MINUTES]
    if tails.flags[PRICED]:
        cost += _changeovers(tables, tails, a, k, b, m)
    first = second = third = free
    if m > 0:
        first = _starts(tables, tails, b, family, free)
        free, family = _ends(tables, tails, b, last, first), tails.at[last, BEFORE]
    if b > a + k:
        second = _starts(tables, tails, a + k, family, free)
        free, family = _ends(tables, tails, a + k, b, second), tails.at[b, BEFORE]
    if k > 0:
        third = _starts(tables, tails, a, family, free)
        free, family = _ends(tables, tails, a, a + k, third), tails.at[a + k, BEFORE]
    if last < tails.seq.size:
        cost += rest(tails, last, _starts(tables, tails, last, family, free))
        if cost >= limit:
            return TOO_DEAR
    if k > 0:
        cost += rest(tails, a, third) - rest(tails, a + k, _reaches(tails, a, third, a + k))
        if cost >= limit:
            return TOO_DEAR
    if b > a + k:
        cost += rest(tails, a + k, second) - rest(tails, b, _reaches(tails, a + k, second, b))
        if cost >= limit:
            return TOO_DEAR
    if m > 0:
        cost += rest(tails, b, first) - rest(tails, last, _reaches(tails, b, first, last))
    return cost
