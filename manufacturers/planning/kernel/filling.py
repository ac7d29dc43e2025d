"""Compiled: search in slots. Families and idle slots of a window are freed and filled again at the least cost.

Each refill sees the changeover costs with noise that falls over the search (Papandreou and Yuille 2011: solving a
perturbed problem exactly draws from near its best solutions); what it finds is taken and the best is kept.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from manufacturers.planning.kernel.compiled import compiled, inlined
from manufacturers.planning.kernel.slots import MOST_SYMBOLS, UNITS, WHO, Slots, Work, new_work, refill, value_of
from manufacturers.planning.kernel.tables import Floats, Ints

LARGE_REFILL = 24_000


class Filling(NamedTuple):
    """One chain: its filling by slot (a family or ``IDLE``), its best and its room to work in."""

    plan: Ints
    best: Ints
    value: Floats  # [present, best]
    noisy: Floats  # changeover costs as one refill sees them
    used: Ints
    choice: Ints  # [symbol + 1, (who, units)] candidates of a refill
    random: Any  # uint64[1]
    work: Work


def new_filling(slots: Slots, plan: Ints, seed: int) -> Filling:
    """A chain that begins with ``plan``."""
    used = np.zeros(len(slots.units), np.int64)
    value = value_of(slots.cost, slots.change, slots.initial, plan, used)
    return Filling(
        plan=plan.copy(),
        best=plan.copy(),
        value=np.array([value, value]),
        noisy=slots.change.copy(),
        used=used,
        choice=np.zeros((MOST_SYMBOLS + 1, 2), np.int64),
        random=np.array([(seed * 0x9E3779B97F4A7C15 + 0x2545F4914F6CDD1D) & (2**64 - 1) or 1], np.uint64),
        work=new_work(slots, LARGE_REFILL),
    )


@inlined
def _below(filling: Any, limit: int) -> Any:
    x = filling.random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    filling.random[0] = x
    return np.int64((((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(32)) * np.uint64(limit)) >> np.uint64(32))


@inlined
def _candidates(filling: Any, families: int, begin: int, end: int) -> int:
    """The families, and idle time, in a window with their units, in random order."""
    for who in range(families + 1):
        filling.choice[who, 0], filling.choice[who, 1] = who - 1, 0
    for slot in range(begin, end):
        filling.choice[filling.plan[slot] + 1, 1] += 1
    for k in range(families, 0, -1):
        other = _below(filling, k + 1)
        for column in range(2):
            kept = filling.choice[k, column]
            filling.choice[k, column] = filling.choice[other, column]
            filling.choice[other, column] = kept
    return families + 1


@inlined
def _choose(filling: Any, families: int, begin: int, end: int, room: int) -> int:
    """As many random symbols of the window as ``room`` states allow; returns how many."""
    symbols, codes = 0, 1
    for k in range(_candidates(filling, families, begin, end)):
        units = filling.choice[k, 1]
        if units > 0 and codes * (units + 1) * (symbols + 2) <= room:
            codes *= units + 1
            filling.work.part[symbols, WHO], filling.work.part[symbols, UNITS] = filling.choice[k, 0], units
            symbols += 1
    return symbols


@inlined
def _disturb(filling: Any, change: Any, noise: float) -> None:
    for i in range(change.shape[0]):
        for j in range(change.shape[1]):
            filling.noisy[i, j] = change[i, j] + noise * (_below(filling, 1 << 20) / float(1 << 20))


@compiled
def fill(cost: Any, change: Any, initial: int, filling: Any, states: int, hot: float, cold: float) -> int:
    """Refill until ``states`` were looked at while the noise falls from ``hot`` to ``cold``; returns those."""
    span, families, done = filling.plan.size, change.shape[0], 0
    while done < states:
        length = 6 + _below(filling, span)
        begin = _below(filling, span + length // 2) - length // 2
        begin, end = max(begin, 0), min(begin + length, span)
        room = LARGE_REFILL >> _below(filling, 7)
        symbols = _choose(filling, families, begin, end, room)
        _disturb(filling, change, hot * (cold / hot) ** (done / states))
        done += 20 + refill(cost, filling.noisy, initial, filling.plan, filling.work, symbols, begin, end)
        value = value_of(cost, change, initial, filling.plan, filling.used)
        filling.value[0] = value
        if value < filling.value[1]:
            filling.value[1] = value
            for slot in range(span):
                filling.best[slot] = filling.plan[slot]
    return done


@compiled
def return_to(filling: Any, best: Any, value: float) -> None:
    """Go on from another chain's (or the own) best."""
    filling.value[0] = value
    for slot in range(best.size):
        filling.plan[slot] = best[slot]
    if value < filling.value[1]:
        filling.value[1] = value
        for slot in range(best.size):
            filling.best[slot] = best[slot]
