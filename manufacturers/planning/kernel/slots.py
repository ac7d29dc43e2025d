"""Lots of one length on one line without changeover minutes: a slot holds one lot or none, a family's lots are alike.

Discrete lot sizing (CSPLib 058): the families of all slots are the whole decision, as the k-th slot of a family takes
its k-th lot by due date. ``refill`` frees the slots of some families in a window and fills them again at the least cost
by dynamic programming over how many of each were used; freeing everything solves the problem.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from manufacturers.planning.kernel.compiled import compiled, inlined
from manufacturers.planning.kernel.schedule import TOO_DEAR, end_at
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
    TARGET,
    Floats,
    Ints,
    Tables,
)

MOST_STATES = 12_000_000
MOST_CELLS = 4_000_000
MOST_SYMBOLS = 24
IDLE = -1
# columns of ``Work.part``: what each freed symbol is, its units in the window, its weight in a code, its lots before
WHO, UNITS, STRIDE, BASE, DIGIT = range(5)


class Slots(NamedTuple):
    """The problem by slot; families are numbered anew, those with lots first."""

    cost: Floats  # [family, lot of it by due date, slot]; TOO_DEAR where not allowed
    change: Floats  # [family, family]
    units: Ints  # [family] lots of it
    initial: int
    minutes: int
    lots: list[list[int]]  # orders by family and due date


class Work(NamedTuple):
    """What one refill writes to."""

    part: Ints  # [symbol, 5]
    slot: Ints  # freed slots
    value: Floats  # [code, last]
    symbol: Any  # int8 [code, last] freed symbol that led here
    before: Any  # int8 [code, last] ``last`` it came from
    merged: Any  # int8 [code] ``last`` before the fixed slots that follow
    code: Ints  # codes by how many units they use
    first: Ints  # [units + 2] where those of a number of units begin
    closed: Any  # int8 [units + 1] whether a fixed slot follows that many freed ones


def slots_of(tables: Tables) -> Slots | None:
    """The problem in slots, or ``None`` where lots differ in length or lots of a family in more than their times."""
    lines, orders = tables.per.shape[:2]
    if lines != 1 or orders == 0 or (tables.lot[:, FIXED_LINE] >= 0).any():
        return None
    minutes, families = int(tables.per[0, 0, MINUTES]), np.unique(tables.lot[:, FAMILY])
    per, initial = tables.per[0], int(tables.head[0, INITIAL])
    known = np.append(families, initial) if initial not in families else families
    if minutes == 0 or (per[:, MINUTES] != minutes).any() or tables.setup[np.ix_(known, known)].any():
        return None
    span = _slots(tables, minutes)
    open_ended = per[:, LATEST] >= span * minutes
    joints = tables.calendar[0, 1 : int(tables.head[0, INTERVALS]), 1]
    aligned = not (per[:, [EARLIEST, TARGET]] % minutes).any() and not (joints % minutes).any()
    if not aligned or not (open_ended | (per[:, LATEST] % minutes == 0)).all():
        return None
    lots = [_alike(tables, family) for family in families]
    if not all(lots) or len(known) > MOST_SYMBOLS or span * orders > MOST_CELLS:
        return None
    cost = np.full((len(known), max(map(len, lots)), span), TOO_DEAR)
    for family, members in enumerate(lots):
        for k, order in enumerate(members):
            _slot_costs(tables, order, cost[family, k])
    return Slots(
        cost=cost,
        change=tables.setup_cost[np.ix_(known, known)].copy(),
        units=np.array([len(members) for members in lots] + [0] * (len(known) - len(lots)), np.int64),
        initial=int(np.flatnonzero(known == initial)[0]),
        minutes=minutes,
        lots=lots,
    )


def _slots(tables: Tables, minutes: int) -> int:
    """Slots in which some best plan has ended."""
    per = tables.per[0]
    wanted = int(max(per[:, EARLIEST].max(), per[:, TARGET].max())) + minutes * len(per)
    capacity = tables.calendar[0, tables.head[0, INTERVALS], 1]
    return int(min(wanted, per[:, LATEST].max(), capacity)) // minutes


def _alike(tables: Tables, family: int) -> list[int]:
    """The family's orders, each after those whose times are all no later; empty where there is no such order."""
    members = np.flatnonzero(tables.lot[:, FAMILY] == family)
    times = tables.per[0][members][:, [TARGET, LATEST, EARLIEST]]
    rank = np.lexsort((times[:, 2], times[:, 1], times[:, 0]))
    rising = (np.diff(times[rank], axis=0) >= 0).all()
    same = (tables.weight[members] == tables.weight[members[0]]).all()
    return [int(x) for x in members[rank]] if rising and same else []


@compiled
def _slot_costs(tables: Any, order: int, cost: Any) -> None:
    minutes, late, early = tables.per[0, order, MINUTES], tables.weight[order, LATE], tables.weight[order, EARLY]
    for slot in range(cost.size):
        start = slot * minutes
        if start >= tables.per[0, order, EARLIEST] and start + minutes <= tables.per[0, order, LATEST]:
            end, due = end_at(tables, 0, start + minutes), tables.lot[order, DUE]
            cost[slot] = late * max(0, end - due) + early * max(0, due - end)


def new_work(slots: Slots, states: int) -> Work:
    """Room for refills of at most ``states`` codes times (symbols + 1)."""
    span = slots.cost.shape[2]
    return Work(
        part=np.zeros((MOST_SYMBOLS + 1, 5), np.int64),
        slot=np.zeros(span, np.int64),
        value=np.zeros(states),
        symbol=np.zeros(states, np.int8),
        before=np.zeros(states, np.int8),
        merged=np.zeros(states, np.int8),
        code=np.zeros(states, np.int64),
        first=np.zeros(span + 3, np.int64),
        closed=np.zeros(span + 1, np.int8),
    )


@compiled
def value_of(slots_cost: Any, change: Any, initial: int, plan: Any, used: Any) -> float:
    """The cost of a filling; ``used`` is room for a number by family."""
    total, family = 0.0, initial
    for family_ in range(used.size):
        used[family_] = 0
    for slot in range(plan.size):
        to = plan[slot]
        if to >= 0:
            total += change[family, to] + slots_cost[to, used[to], slot]
            used[to] += 1
            family = to
    return total


@inlined
def _by_units(work: Any, symbols: int, codes: int, units: int) -> None:
    """Sort all codes by how many units they use."""
    for u in range(units + 2):
        work.first[u] = 0
    for again in range(2):
        used = 0
        for s in range(symbols):
            work.part[s, DIGIT] = 0
        for code in range(codes):
            if again == 0:
                work.first[used + 1] += 1
            else:
                work.code[work.first[used]] = code
                work.first[used] += 1
            for s in range(symbols):
                work.part[s, DIGIT] += 1
                used += 1
                if work.part[s, DIGIT] <= work.part[s, UNITS]:
                    break
                used -= work.part[s, DIGIT]
                work.part[s, DIGIT] = 0
        if again == 0:
            for u in range(units + 1):
                work.first[u + 1] += work.first[u]
    for u in range(units + 1, 0, -1):
        work.first[u] = work.first[u - 1]
    work.first[0] = 0


@inlined
def _free(work: Any, plan: Any, symbols: int, begin: int, end: int) -> Any:
    """List the freed slots and weigh the symbols; returns (slots, codes)."""
    freed, codes = 0, 1
    for s in range(symbols):
        work.part[s, UNITS], work.part[s, BASE] = 0, 0
    for slot in range(end):
        for s in range(symbols):
            if plan[slot] == work.part[s, WHO]:
                if slot < begin:
                    work.part[s, BASE] += 1
                else:
                    work.part[s, UNITS] += 1
                    work.slot[freed] = slot
                    freed += 1
    for s in range(symbols):
        work.part[s, STRIDE] = codes
        codes *= work.part[s, UNITS] + 1
    return freed, codes


@inlined
def _advance(cost: Any, change: Any, work: Any, symbols: int, layer: int, family: int) -> None:
    """From all codes of ``layer`` units to those of one more, at the freed slot of that number."""
    slot, width = work.slot[layer], symbols + 1
    for i in range(work.first[layer + 1], work.first[layer + 2]):
        for last in range(width):
            work.value[work.code[i] * width + last] = TOO_DEAR
    for i in range(work.first[layer], work.first[layer + 1]):
        code = work.code[i]
        for s in range(symbols):
            digit = (code // work.part[s, STRIDE]) % (work.part[s, UNITS] + 1)
            if digit == work.part[s, UNITS]:
                continue
            to, at = work.part[s, WHO], (code + work.part[s, STRIDE]) * width
            price = 0.0 if to < 0 else cost[to, work.part[s, BASE] + digit, slot]
            if price >= TOO_DEAR:
                continue
            for last in range(width):
                value = work.value[code * width + last] + price
                if value >= TOO_DEAR:
                    continue
                arrived = last
                if to >= 0:
                    value += change[family if last == symbols else work.part[last, WHO], to]
                    arrived = s
                if value < work.value[at + arrived]:
                    work.value[at + arrived] = value
                    work.symbol[at + arrived], work.before[at + arrived] = s, last


@inlined
def _merge(change: Any, work: Any, symbols: int, layer: int, family: int, to: int) -> None:
    """All codes of ``layer`` units go on into a fixed slot of family ``to``."""
    width = symbols + 1
    for i in range(work.first[layer], work.first[layer + 1]):
        least, chosen = TOO_DEAR, symbols
        for last in range(width):
            value = work.value[work.code[i] * width + last]
            if value < TOO_DEAR:
                value += change[family if last == symbols else work.part[last, WHO], to]
            if value < least:
                least, chosen = value, last
            work.value[work.code[i] * width + last] = TOO_DEAR
        work.value[work.code[i] * width + symbols] = least
        work.merged[work.code[i]] = chosen


@inlined
def _take(work: Any, plan: Any, symbols: int, freed: int, codes: int) -> bool:
    """Write the best filling into ``plan``; false where none is allowed."""
    width, code, last = symbols + 1, codes - 1, symbols
    for one in range(width):
        if work.value[code * width + one] < work.value[code * width + last]:
            last = one
    if work.value[code * width + last] >= TOO_DEAR:
        return False
    for layer in range(freed, 0, -1):
        if work.closed[layer]:
            last = work.merged[code]
        s = work.symbol[code * width + last]
        last = work.before[code * width + last]
        plan[work.slot[layer - 1]] = work.part[s, WHO]
        code -= work.part[s, STRIDE]
    return True


@compiled
def refill(cost: Any, change: Any, initial: int, plan: Any, work: Any, symbols: int, begin: int, end: int) -> int:
    """Fill the slots of the freed symbols from ``begin`` to ``end`` anew at the least cost; returns states looked at.

    ``work.part[s, WHO]`` names the symbols, families or ``IDLE``; all other slots stay. 0: more states than room.
    """
    freed, codes = _free(work, plan, symbols, begin, end)
    width = symbols + 1
    if codes * width > work.value.size or freed == 0:
        return 0
    _by_units(work, symbols, codes, freed)
    for k in range(freed + 1):
        work.closed[k] = 0
    for last in range(width):
        work.value[last] = TOO_DEAR
    work.value[symbols] = 0.0
    family, layer, waiting = initial, 0, False
    for slot in range(plan.size):
        if layer < freed and work.slot[layer] == slot:
            _advance(cost, change, work, symbols, layer, family)
            layer, waiting = layer + 1, True
        elif plan[slot] >= 0:
            if waiting:
                _merge(change, work, symbols, layer, family, plan[slot])
                work.closed[layer], waiting = 1, False
            if layer == freed:
                break
            family = plan[slot]
    _take(work, plan, symbols, freed, codes)
    return int(codes * width)
