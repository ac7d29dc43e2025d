"""The most that a few orders are worth together, where the minima of an offer's orders must fit its capacity.

What the relaxation of the bound leaves to decide: each candidate has a value of its own, a pair takes one tier, so
many orders are opened at most, and within every offer the minima are a knapsack. Without the knapsack the relaxation
opens one and a half deep orders of an offer whose capacity holds one. Solved exactly but for minima rounded down to a
thousandth of the capacity: per offer, by dynamic programming over the choices that no other beats in both weight and
value (Nemhauser and Ullmann, Discrete dynamic programming and capital allocation, 1969), then over the offers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .compiled import compiled, inner
from .problem import Floats, Ints

GRAINS = 1000  # a capacity's parts that minima are counted in, rounded down
ROOM = 256  # choices noted at first
NOTHING = 0  # the place of the empty choice


class _Choices(NamedTuple):
    """Choices of an offer's orders, each one more than the choice ``before`` it (-1: none)."""

    weight: Ints
    value: Floats
    last: Ints
    before: Ints


@inner
def _choices(count: int) -> _Choices:
    return _Choices(np.zeros(count, np.int64), np.zeros(count), np.full(count, -1), np.full(count, -1))


@inner
def _doubled(known: _Choices) -> _Choices:
    count = len(known.value)
    more = _choices(2 * count)
    more.weight[:count] = known.weight
    more.value[:count] = known.value
    more.last[:count] = known.last
    more.before[:count] = known.before
    return more


@inner
def _joined(known: _Choices, used: int, before: int, j: int, weight: int, value: float) -> tuple[_Choices, int]:
    """Note the choice ``before`` with candidate j besides, at the place ``used``."""
    if used == len(known.value):
        known = _doubled(known)
    known.weight[used], known.value[used] = known.weight[before] + weight, known.value[before] + value
    known.last[used], known.before[used] = j, before
    return known, used + 1


@inner
def _worth_a_look(first: int, last: int, minimum: Ints, value: Floats, room: int) -> Ints:
    """Of candidates ``first`` to ``last`` the ``room`` most valuable of every minimum: another of them could always
    stand in for one left out. Candidates worth nothing are left out."""
    minima, seen = np.empty(0, np.int64), np.empty(0, np.int64)
    kept = np.empty((0, room), np.int64)  # by minimum, falling in value
    for j in range(first, last):
        if value[j] <= 0.0:
            continue
        t = 0
        while t < len(minima) and minima[t] != minimum[j]:
            t += 1
        if t == len(minima):
            minima, seen = np.append(minima, minimum[j]), np.append(seen, 0)
            kept = np.concatenate((kept, np.empty((1, room), np.int64)))
        x = seen[t]
        if x == room and value[kept[t, room - 1]] >= value[j]:
            continue
        x = min(x, room - 1)
        while x > 0 and value[kept[t, x - 1]] < value[j]:
            kept[t, x] = kept[t, x - 1]
            x -= 1
        kept[t, x] = j
        seen[t] = min(seen[t] + 1, room)
    look = np.empty(seen.sum(), np.int64)
    count = 0
    for t in range(len(minima)):
        look[count : count + seen[t]] = kept[t, : seen[t]]
        count += seen[t]
    return np.sort(look)


@inner
def _freely(
    known: _Choices, used: int, look: Ints, pair: Ints, grains: Ints, value: Floats, best: Ints
) -> tuple[_Choices, int]:
    """Note in ``best`` the place of the best choice of so many orders of an offer, whatever its capacity."""
    closed = np.empty(len(look), np.int64)
    count = 0
    best[0] = NOTHING
    for x in np.argsort(-value[look], kind="mergesort"):
        if count == len(best) - 1:
            break
        if not np.any(closed[:count] == pair[look[x]]):
            closed[count] = pair[look[x]]
            known, used = _joined(known, used, best[count], look[x], grains[x], value[look[x]])
            count += 1
            best[count] = used - 1
    return known, used


@inner
def _merge(
    known: _Choices, used: int, front: Ints, size: int, base: Ints, bases: int, j: int, weight: int, value: float
) -> tuple[_Choices, int, int]:
    """Let candidate j join every choice of ``base``; what no other choice beats becomes ``front``, rising in both."""
    merged = np.empty(size + bases, np.int64)
    count = h = i = 0
    most = -np.inf
    while i < size or h < bases:
        joined_weight = known.weight[base[h]] + weight if h < bases else GRAINS + 1
        joined_value = known.value[base[h]] + value if h < bases else -np.inf
        if joined_weight > GRAINS:
            h = bases
        own = i < size and (
            h == bases
            or known.weight[front[i]] < joined_weight
            or (known.weight[front[i]] == joined_weight and known.value[front[i]] >= joined_value)
        )
        if own:
            if known.value[front[i]] > most:
                most = known.value[front[i]]
                merged[count] = front[i]
                count += 1
            i += 1
        elif h < bases:
            if joined_value > most:
                most = joined_value
                merged[count] = used
                known, used = _joined(known, used, base[h], j, weight, value)
                count += 1
            h += 1
    front[:count] = merged[:count]
    return known, used, count


@inner
def _of_offer(
    known: _Choices, used: int, look: Ints, pair: Ints, grains: Ints, value: Floats, best: Ints
) -> tuple[_Choices, int]:
    """Note one offer's choices from the empty one on, and in ``best`` the place of the best of so many orders, -1 where
    none fits."""
    room = min(len(best) - 1, len(look))
    fronts = np.empty((room + 1, GRAINS + 1), np.int64)
    size = np.zeros(room + 1, np.int64)
    fronts[0, 0], size[0] = NOTHING, 1
    first = 0
    while first < len(look):
        last = first
        while last < len(look) and pair[look[last]] == pair[look[first]]:
            last += 1
        for k in range(room - 1, -1, -1):
            for x in range(first, last) if size[k] > 0 else range(0):
                j = look[x]
                known, used, size[k + 1] = _merge(
                    known, used, fronts[k + 1], size[k + 1], fronts[k], size[k], j, grains[x], value[j]
                )
        first = last
    for k in range(len(best)):
        best[k] = fronts[k, size[k] - 1] if k <= room and size[k] > 0 else -1
    return known, used


@inner
def _over_offers(known: _Choices, best: Ints, total: Floats, taken: Ints) -> int:
    """Fill in by offers so far and number of orders what is reached (``total``) and how many the last offer has of them
    (``taken``); returns the best number of orders."""
    room = best.shape[1] - 1
    total[:] = -np.inf
    total[0, 0] = 0.0
    for m in range(len(best)):
        total[m + 1] = total[m]
        taken[m] = 0
        for k in range(1, room + 1):
            for fewer in range(room + 1 - k if best[m, k] >= 0 else 0):
                worth = total[m, fewer] + known.value[best[m, k]]
                if worth > total[m + 1, fewer + k]:
                    total[m + 1, fewer + k], taken[m, fewer + k] = worth, k
    return int(np.argmax(total[len(best)]))


@compiled("Tuple((int64[::1], float64, float64))(int64[::1], int64[::1], int64[::1], float64[::1], int64[::1], int64)")
def pack(offer: Ints, pair: Ints, minimum: Ints, value: Floats, left: Ints, room: int) -> tuple[Ints, float, float]:
    """The best at most ``room`` of the candidates (sorted by offer, then pair): their places rising, what they are
    worth together, and no less than what one order fewer than ``room`` could be worth.

    At most one of a pair, the minima of an offer's within ``left[offer]``. Never worth less than the true best. An
    offer's capacity is looked at only where the best choice without it would break it.
    """
    known, used = _choices(ROOM), NOTHING + 1
    offers = np.unique(offer)
    total, taken = np.empty((len(offers) + 1, room + 1)), np.zeros((len(offers), room + 1), np.int64)
    best, start = np.full((len(offers), room + 1), -1), np.zeros(len(offers) + 1, np.int64)
    look, grains = np.empty(len(offer), np.int64), np.empty(len(offer), np.int64)
    for o in range(len(offers)):
        first, last = np.searchsorted(offer, offers[o]), np.searchsorted(offer, offers[o] + 1)
        found = _worth_a_look(first, last, minimum, value, room)
        start[o + 1] = start[o] + len(found)
        for x in range(len(found)):
            fits = minimum[found[x]] <= left[offers[o]]
            look[start[o] + x] = found[x]
            grains[start[o] + x] = minimum[found[x]] * GRAINS // max(1, left[offers[o]]) if fits else GRAINS + 1
        own = slice(start[o], start[o + 1])
        known, used = _freely(known, used, look[own], pair, grains[own], value, best[o])
    chosen = np.empty(room, np.int64)
    while True:
        k = _over_offers(known, best, total, taken)
        most, count, broken = total[len(offers), k], 0, False
        for o in range(len(offers) - 1, -1, -1):
            at = best[o, taken[o, k]]
            k -= taken[o, k]
            if at > NOTHING and known.weight[at] > GRAINS:
                own = slice(start[o], start[o + 1])
                known, used = _of_offer(known, used, look[own], pair, grains[own], value, best[o])
                broken = True
            while at > NOTHING and not broken:
                chosen[count] = known.last[at]
                at = known.before[at]
                count += 1
        if not broken:
            return np.sort(chosen[:count]), most, total[len(offers), : max(1, room)].max()
