"""Exchanges of one open order for another from a pool of promising candidates, all weighed at once, compiled.

Every class of lines goes to the dearest surplus among the open orders, as in a p-median; what a swap gains and loses
is summed in one pass over the classes (after Resende and Werneck, A fast swap-based local search, 2007). Minima and
capacities enter as an estimate of what it costs to reach them, so the order of the list is a guess and each exchange
is still to be evaluated.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .compiled import compiled, inner
from .model import NEVER, Model
from .problem import Floats, Ints


class _Table(NamedTuple):
    """What each class is worth on the pooled candidates it can go to, the best first (``start`` by class)."""

    start: Ints
    member: NDArray[np.int32]
    worth: Floats
    volume: Floats


@inner
def _served(first: int, last: int, mean: Floats, weight: Floats, price: float) -> tuple[float, float]:
    """Surplus and volume of cells ``first`` to ``last`` (rising ceilings) at a price."""
    worth = 0.0
    volume = 0.0
    for i in range(last - 1, first - 1, -1):
        if mean[i] <= price:
            break
        worth += weight[i] * (mean[i] - price)
        volume += weight[i]
    return worth, volume


@compiled(
    "Tuple((int64[::1], int32[::1], float64[::1], float64[::1]))(int64[:,::1], int64[::1], int64[::1], float64[::1],"
    " float64[::1], int64[:,::1], int64[:,::1], float64[::1])"
)
def tabulate(
    mask: Ints, kind: Ints, cell_start: Ints, mean: Floats, weight: Floats, spec: Ints, extra: Ints, price: Floats
) -> tuple[Ints, NDArray[np.int32], Floats, Floats]:
    """A ``_Table`` of pooled candidates (rows of ``spec``, ``extra`` by kind, ``price``) for all classes."""
    start = np.zeros(len(kind) + 1, np.int64)
    worth, volume = np.empty(len(price)), np.empty(len(price))
    rank = np.empty(len(price), np.int32)
    room = 16 * len(kind) + len(price)
    member, all_worth, all_volume = np.empty(room, np.int32), np.empty(room), np.empty(room)
    end = 0
    for g in range(len(kind)):
        found = 0
        for j in range(len(price)):
            fits = extra[j, kind[g]] < NEVER
            for a in range(mask.shape[1]):
                fits = fits and (mask[g, a] >> spec[j, a]) & 1 == 1
            if fits:
                pays = price[j] + extra[j, kind[g]]
                v, w = _served(cell_start[g], cell_start[g + 1], mean, weight, pays)
                if v > 0.0:
                    rank[found], worth[found], volume[found] = j, v, w
                    found += 1
        if end + found > room:
            room = 2 * room + found
            member = np.append(member, np.empty(room - len(member), np.int32))
            all_worth = np.append(all_worth, np.empty(room - len(all_worth)))
            all_volume = np.append(all_volume, np.empty(room - len(all_volume)))
        for x in np.argsort(-worth[:found], kind="mergesort"):
            member[end], all_worth[end], all_volume[end] = rank[x], worth[x], volume[x]
            end += 1
        start[g + 1] = end
    return start, member[:end].copy(), all_worth[:end].copy(), all_volume[:end].copy()


class _Tally(NamedTuple):
    """Sums over classes for pooled candidate i and open order r (or k): see ``_count``."""

    gain: Floats  # i: surplus it adds where it is better than the best open order
    comes: Floats  # i: volume it draws so
    stolen: Floats  # i, k: volume that k loses to it
    loss: Floats  # r: surplus lost when r closes and its lines go to their second order
    volume: Floats  # r: what it carries
    falls: Floats  # r, k: volume that k gets when r closes
    saved: Floats  # i, r: of ``loss``, what i catches
    caught: Floats  # i, r: volume that i draws besides ``comes`` when r closes
    missed: Floats  # i, r, k: of ``falls``, what goes to i instead


@inner
def _tally(pool: int, opened: int) -> _Tally:
    return _Tally(
        np.zeros(pool),
        np.zeros(pool),
        np.zeros((pool, opened)),
        np.zeros(opened),
        np.zeros(opened),
        np.zeros((opened, opened)),
        np.zeros((pool, opened)),
        np.zeros((pool, opened)),
        np.zeros((pool, opened, opened)),
    )


@inner
def _count(table: _Table, place: Ints, sums: _Tally) -> None:
    """One pass over the classes; ``place[i]`` is the number of candidate i among the open orders or -1."""
    for g in range(len(table.start) - 1):
        first, second = -1, -1
        for e in range(table.start[g], table.start[g + 1]):
            if place[table.member[e]] >= 0:
                if first >= 0:
                    second = e
                    break
                first = e
        r = place[table.member[first]] if first >= 0 else -1
        k = place[table.member[second]] if second >= 0 else -1
        here, carried = (table.worth[first], table.volume[first]) if first >= 0 else (0.0, 0.0)
        after, falls = (table.worth[second], table.volume[second]) if second >= 0 else (0.0, 0.0)
        if r >= 0:
            sums.loss[r] += here - after
            sums.volume[r] += carried
            if k >= 0:
                sums.falls[r, k] += falls
        stop = second if second >= 0 else table.start[g + 1]
        for e in range(table.start[g], stop):
            i = table.member[e]
            if e == first:
                continue
            if table.worth[e] > here:
                sums.gain[i] += table.worth[e] - here
                sums.comes[i] += table.volume[e]
                if r >= 0:
                    sums.stolen[i, r] += carried
                    sums.saved[i, r] += here - after
            else:
                sums.saved[i, r] += table.worth[e] - after
                sums.caught[i, r] += table.volume[e]
            if k >= 0:
                sums.missed[i, r, k] += falls


class _Rules(NamedTuple):
    """Of every pooled candidate: minimum, opening cost, its offer and that offer's capacity, its pair, mean surplus of
    a unit, and whether it must stay open."""

    minimum: Floats
    opening: Floats
    offer: Ints
    capacity: Floats
    pair: Ints
    margin: Floats
    fixed: NDArray[np.bool_]


@inner
def _strain(volume: float, aim: float, margin: float) -> float:
    """What it costs about to bring a volume to its aim, were demand to fall off exponentially with the price."""
    return (aim - volume) ** 2 * margin / (2.0 * max(volume, 0.02 * aim, 1.0))


@inner
def _strains(rules: _Rules, open_now: Ints, volume: Floats, skip: int, comer: int, comer_volume: float) -> float:
    """Of all orders of a set: open ones without number ``skip``, with ``comer`` (-1: none)."""
    total = 0.0
    count = len(open_now) + 1
    for x in range(count):
        j = comer if x == len(open_now) else open_now[x]
        if x == skip or j < 0:
            continue
        here = comer_volume if x == len(open_now) else volume[x]
        if here < rules.minimum[j]:
            total += _strain(here, rules.minimum[j], rules.margin[j])
        used, first = max(here, rules.minimum[j]), True
        for y in range(count):
            k = comer if y == len(open_now) else open_now[y]
            if y in (x, skip) or k < 0 or rules.offer[k] != rules.offer[j]:
                continue
            first = first and y > x
            used += max(comer_volume if y == len(open_now) else volume[y], rules.minimum[k])
        if first and used > rules.capacity[j]:
            total += _strain(used, rules.capacity[j], rules.margin[j])
    return total


@compiled(
    "float64[:,::1](int64[::1], int32[::1], float64[::1], float64[::1], float64[::1], float64[::1], int64[::1],"
    " float64[::1], int64[::1], float64[::1], boolean[::1], int64[::1], boolean)"
)
def weigh(
    start: Ints,
    member: NDArray[np.int32],
    worth: Floats,
    volume: Floats,
    minimum: Floats,
    opening: Floats,
    offer: Ints,
    capacity: Floats,
    pair: Ints,
    margin: Floats,
    fixed: NDArray[np.bool_],
    open_now: Ints,
    full: bool,
) -> Floats:
    """``out[i, r]``: about what surplus changes when open order r closes and pooled candidate i opens.

    The last row stands for opening none, the last column for closing none; -inf where it is not allowed.
    """
    table = _Table(start, member, worth, volume)
    rules = _Rules(minimum, opening, offer, capacity, pair, margin, fixed)
    pool, opened = len(minimum), len(open_now)
    place = np.full(pool, -1, np.int64)
    place[open_now] = np.arange(opened)
    sums = _tally(pool, opened)
    _count(table, place, sums)
    out = np.full((pool + 1, opened + 1), -np.inf)
    after = np.empty(opened)
    now = _strains(rules, open_now, sums.volume, -1, -1, 0.0)
    for r in range(opened + 1):
        if r < opened and fixed[open_now[r]]:
            continue
        for i in range(pool + 1):
            if (i == pool and r == opened) or (i < pool and (place[i] >= 0 or (full and r == opened))):
                continue
            clash = False
            change, comes = 0.0, 0.0
            for k in range(opened):
                after[k] = sums.volume[k]
                if r < opened:
                    after[k] += sums.falls[r, k]
                if i < pool:
                    clash = clash or (k != r and pair[open_now[k]] == pair[i])
                    after[k] -= sums.stolen[i, k]
                    if r < opened:
                        after[k] -= sums.missed[i, r, k]
            if clash:
                continue
            if r < opened:
                change += opening[open_now[r]] - sums.loss[r]
            if i < pool:
                change += sums.gain[i] - opening[i]
                comes = sums.comes[i]
                if r < opened:
                    change += sums.saved[i, r]
                    comes += sums.caught[i, r]
            comer = i if i < pool else -1
            out[i, r] = change + now - _strains(rules, open_now, after, r if r < opened else -1, comer, comes)
    return out


class Pool:
    """Promising candidates with what every class is worth on them."""

    def __init__(self, model: Model, members: Ints) -> None:
        """``members`` are positions in ``model.candidates``."""
        c = model.candidates
        self.members = members
        self._number = {int(k): i for i, k in enumerate(members)}
        self._most = model.max_orders
        table = tabulate(
            model.class_mask,
            model.class_kind,
            model.cell_start,
            model.cells.ceiling,
            model.cells.weight,
            np.ascontiguousarray(model.spec_value[c.spec[members]]),
            np.ascontiguousarray(model.extra[c.offer[members]]),
            c.price[members].astype(np.float64),
        )
        sums = [np.bincount(table[1], weights=column, minlength=len(members)) for column in table[2:]]
        self._asked = (
            *table,
            c.minimum[members].astype(np.float64),
            c.opening[members].astype(np.float64),
            c.offer[members],
            c.capacity[members].astype(np.float64),
            c.pair[members],
            sums[0] / np.maximum(sums[1], 1.0),
            c.fixed[members],
        )

    def holds(self, chosen: tuple[int, ...]) -> bool:
        """Whether all of a set are in the pool."""
        return all(k in self._number for k in chosen)

    def exchanges(self, chosen: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], float]]:
        """Neighbours of a set (all in the pool): one order closed, opened or both; by what they seem to gain."""
        table = self._weigh(chosen)
        flat = table.ravel()
        for x in np.argsort(-flat, kind="stable"):
            if flat[x] == -np.inf:
                return
            i, r = divmod(int(x), table.shape[1])
            rest = chosen if r == len(chosen) else (*chosen[:r], *chosen[r + 1 :])
            yield (rest if i == len(self.members) else (*rest, int(self.members[i]))), float(flat[x])

    def additions(self, chosen: tuple[int, ...]) -> list[tuple[int, float]]:
        """Candidates that may be opened besides a set, by what they seem to gain."""
        column = self._weigh(chosen)[:-1, -1]
        ranked = np.argsort(-column, kind="stable")
        return [(int(self.members[i]), float(column[i])) for i in ranked if column[i] > -np.inf]

    def _weigh(self, chosen: tuple[int, ...]) -> Floats:
        place = np.array([self._number[k] for k in chosen], dtype=np.int64)
        table: Floats = weigh(*self._asked, place, len(chosen) >= self._most)
        return table
