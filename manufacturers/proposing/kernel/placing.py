"""Whole lines on open orders, compiled: cheapest place first, then capacities and minima repaired at least loss.

First by prices, as bidders would: an offer over its capacity raises a toll, an order under its minimum offers so much,
until nobody gains by going elsewhere (Bertsekas, The auction algorithm, 1988); a few rounds, since what they leave is
mended without breaking what holds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .compiled import compiled, inner
from .problem import Floats, Ints

FEW = 512  # items that are sorted as a whole
BINS = 256
SPARE = 2.0  # so many times what is needed is sorted first
TURNS = 2  # rounds in which prices decide, before what holds must still hold


class _Demand(NamedTuple):
    """What is placed: the price its class pays on every order, its ceiling and its weight."""

    pay: Floats
    cls: Ints
    ceiling: Floats
    weight: Floats


class _Orders(NamedTuple):
    """``owner[k]`` is the index in ``capacity`` of order k's offer."""

    owner: Ints
    capacity: Floats
    minimum: Floats


class _State(NamedTuple):
    """Order of each item (-1: none), volume of each order, volume used of each offer; changed in place.

    ``shift`` is what each order seems to cost above its price: the toll of its offer's capacity, less what it takes
    to draw its minimum.
    """

    place: Ints
    volume: Floats
    used: Floats
    shift: Floats


@inner
def _move(orders: _Orders, state: _State, item: int, weight: float, to: int) -> None:
    """Put an item on another order, or on none (-1)."""
    was = state.place[item]
    if was >= 0:
        state.volume[was] -= weight
        state.used[orders.owner[was]] -= weight
    if to >= 0:
        state.volume[to] += weight
        state.used[orders.owner[to]] += weight
    state.place[item] = to


@inner
def _cheapest_of(pay: Floats) -> Ints:
    """The cheapest order of every class, the first of equals."""
    best = np.zeros(len(pay), np.int64)
    for g in range(len(pay)):
        for k in range(1, pay.shape[1]):
            if pay[g, k] < pay[g, best[g]]:
                best[g] = k
    return best


@inner
def _place_cheapest(demand: _Demand, orders: _Orders, state: _State, best: Ints) -> None:
    """Everyone on the cheapest order below their ceiling, whatever the rules."""
    for i in range(len(demand.cls)):
        k = best[demand.cls[i]]
        if demand.pay[demand.cls[i], k] < demand.ceiling[i]:
            _move(orders, state, i, demand.weight[i], k)


@inner
def _likely_last(loss: Floats, weight: Floats, need: float) -> float:
    """A loss such that the items up to it weigh more than ``need`` with room to spare; infinite where all do not."""
    least, most = loss.min(), loss.max()
    width = (most - least) / BINS
    if len(loss) < FEW or width <= 0.0:
        return float(np.inf)
    held = np.zeros(BINS + 1)
    for x in range(len(loss)):
        held[int((loss[x] - least) / width)] += weight[x]
    total = 0.0
    for b in range(BINS):
        total += held[b]
        if total > SPARE * need:
            return float(least + (b + 1) * width)
    return float(np.inf)


@inner
def _in_turn(loss: Floats, last: float, part: int) -> Ints:
    """Items by loss, the earlier first among equals: those up to ``last`` (part 0) or the others (part 1)."""
    among = np.flatnonzero(loss <= last) if part == 0 else np.flatnonzero(loss > last)
    chosen: Ints = among[np.argsort(loss[among], kind="mergesort")]
    return chosen


@inner
def _way_out(
    demand: _Demand, orders: _Orders, state: _State, item: int, offer: int, guarded: bool
) -> tuple[int, float]:
    """The place off the offer that seems cheapest (-1: none at all), and what a unit loses by it; one that has room
    where ``guarded``."""
    pay, ceiling, weight = demand.pay[demand.cls[item]], demand.ceiling[item], demand.weight[item]
    here = pay[state.place[item]] + state.shift[state.place[item]]
    best, cost = -1, ceiling - here
    for q in range(len(orders.owner)):
        m = orders.owner[q]
        if m == offer or pay[q] > ceiling or pay[q] + state.shift[q] - here >= cost:
            continue
        if not guarded or state.used[m] + weight <= orders.capacity[m]:
            best, cost = q, pay[q] + state.shift[q] - here
    return best, cost


@inner
def _relieve(demand: _Demand, orders: _Orders, state: _State, offer: int, guarded: bool) -> bool:
    """Move items off an offer until it is within its capacity, and raise its toll to what the last one lost.

    Where ``guarded``, minima and capacities that hold still hold; False where they stand in the way.
    """
    pick, other = np.empty(len(demand.cls), np.int64), np.empty(len(demand.cls), np.int64)
    loss = np.empty(len(demand.cls))
    found = 0
    for i in range(len(demand.cls)):
        k = state.place[i]
        if k >= 0 and orders.owner[k] == offer:
            other[found], loss[found] = _way_out(demand, orders, state, i, offer, guarded)
            pick[found] = i
            found += 1
    last = _likely_last(loss[:found], demand.weight[pick[:found]], state.used[offer] - orders.capacity[offer])
    toll = 0.0
    for part in range(2):
        if state.used[offer] <= orders.capacity[offer]:
            break
        for x in _in_turn(loss[:found], last, part):
            if state.used[offer] <= orders.capacity[offer]:
                break
            i, q = pick[x], other[x]
            k, w = state.place[i], demand.weight[i]
            if guarded and state.volume[k] >= orders.minimum[k] and state.volume[k] - w < orders.minimum[k]:
                continue
            if guarded and q >= 0 and state.used[orders.owner[q]] + w > orders.capacity[orders.owner[q]]:
                q = -1
            _move(orders, state, i, w, q)
            toll = max(toll, loss[x])
    for k in range(len(orders.owner)):
        if orders.owner[k] == offer:
            state.shift[k] += toll
    return bool(state.used[offer] <= orders.capacity[offer])


@inner
def _deepest(orders: _Orders, offer: int) -> int:
    """The offer's order with the largest minimum."""
    deepest = -1
    for k in range(len(orders.owner)):
        if orders.owner[k] == offer and (deepest < 0 or orders.minimum[k] > orders.minimum[deepest]):
            deepest = k
    return deepest


@inner
def _top_up(demand: _Demand, orders: _Orders, state: _State, order: int, guarded: bool) -> bool:
    """Move items onto an order until its minimum is reached, and let it seem so much cheaper as the last one lost.

    Where ``guarded``, minima and capacities that hold still hold. False where too few can come.
    """
    pick, loss = np.empty(len(demand.cls), np.int64), np.empty(len(demand.cls))
    owner, found = orders.owner[order], 0
    for i in range(len(demand.cls)):
        price, k = demand.pay[demand.cls[i], order], state.place[i]
        if k != order and price <= demand.ceiling[i]:
            here = demand.ceiling[i] if k < 0 else demand.pay[demand.cls[i], k] + state.shift[k]
            pick[found] = i
            loss[found] = price + state.shift[order] - here
            found += 1
    if found == 0:
        return False
    last = _likely_last(loss[:found], demand.weight[pick[:found]], orders.minimum[order] - state.volume[order])
    drawn = 0.0
    for part in range(2):
        if state.volume[order] >= orders.minimum[order]:
            break
        for x in _in_turn(loss[:found], last, part):
            if state.volume[order] >= orders.minimum[order]:
                break
            i = pick[x]
            k, w = state.place[i], demand.weight[i]
            if guarded and k >= 0 and state.volume[k] - w < orders.minimum[k]:
                continue
            from_elsewhere = k < 0 or orders.owner[k] != owner
            if guarded and from_elsewhere and state.used[owner] + w > orders.capacity[owner]:
                continue
            _move(orders, state, i, w, order)
            drawn = max(drawn, loss[x])
    state.shift[order] -= drawn
    return bool(state.volume[order] >= orders.minimum[order])


@inner
def _settle(demand: _Demand, orders: _Orders, state: _State) -> int:
    """Let prices of capacity and minimum find who goes where: what is over or short is mended in turn, each time at the
    least that those moved seem to lose, though that may leave another short. Returns an order whose minimum nothing
    can reach, else -1."""
    for _turn in range(TURNS):
        broken = False
        for m in range(len(orders.capacity)):
            if state.used[m] > orders.capacity[m]:
                _relieve(demand, orders, state, m, False)
                broken = True
        for j in range(len(orders.owner)):
            if state.volume[j] < orders.minimum[j]:
                if not _top_up(demand, orders, state, j, False):
                    return j
                broken = True
        if not broken:
            break
    return -1


@inner
def _improve(demand: _Demand, orders: _Orders, state: _State, best_of: Ints) -> None:
    """Items to a cheaper order with room, those that gain most first, where the one they leave keeps its minimum."""
    pick, gain = np.empty(len(demand.cls), np.int64), np.empty(len(demand.cls))
    found = 0
    for i in range(len(demand.cls)):
        pay, k = demand.pay[demand.cls[i]], state.place[i]
        here = demand.ceiling[i] if k < 0 else pay[k]
        if pay[best_of[demand.cls[i]]] < here:
            pick[found], gain[found] = i, here - pay[best_of[demand.cls[i]]]
            found += 1
    for x in np.argsort(-gain[:found], kind="mergesort"):
        i = pick[x]
        pay, k, w = demand.pay[demand.cls[i]], state.place[i], demand.weight[i]
        if k < 0 or state.volume[k] - w >= orders.minimum[k]:
            best, low = k, demand.ceiling[i] if k < 0 else pay[k]
            for q in range(len(orders.owner)):
                m = orders.owner[q]
                room = (k >= 0 and m == orders.owner[k]) or state.used[m] + w <= orders.capacity[m]
                if pay[q] < low and room:
                    best, low = q, pay[q]
            if best != k:
                _move(orders, state, i, w, best)


@inner
def _surplus(demand: _Demand, state: _State) -> float:
    """What those placed keep below their ceilings."""
    total = 0.0
    for i in range(len(demand.cls)):
        if state.place[i] >= 0:
            total += demand.weight[i] * (demand.ceiling[i] - demand.pay[demand.cls[i], state.place[i]])
    return total


@compiled(
    "Tuple((int64[::1], float64, int64))(float64[:,::1], int64[::1], float64[::1], float64[::1], int64[::1],"
    " float64[::1], float64[::1])"
)
def assign(
    pay: Floats, cls: Ints, ceiling: Floats, weight: Floats, owner: Ints, capacity: Floats, minimum: Floats
) -> tuple[Ints, float, int]:
    """Put whole items on the open orders: cheapest first, then repair capacities and minima at the least loss.

    Returns the order of each item (-1: none), the surplus, and the order whose minimum could not be reached or stood
    in the way (-1: all rules hold).
    """
    demand, orders = _Demand(pay, cls, ceiling, weight), _Orders(owner, capacity, minimum)
    state = _State(np.full(len(cls), -1, np.int64), np.zeros(len(owner)), np.zeros(len(capacity)), np.zeros(len(owner)))
    best = _cheapest_of(pay)
    _place_cheapest(demand, orders, state, best)
    short = _settle(demand, orders, state)
    if short >= 0:
        return state.place, -np.inf, short
    for m in range(len(capacity)):
        if state.used[m] > capacity[m] and not _relieve(demand, orders, state, m, True):
            return state.place, -np.inf, _deepest(orders, m)
    for j in range(len(owner)):
        if state.volume[j] < minimum[j] and not _top_up(demand, orders, state, j, True):
            return state.place, -np.inf, j
    _improve(demand, orders, state, best)
    return state.place, _surplus(demand, state), -1
