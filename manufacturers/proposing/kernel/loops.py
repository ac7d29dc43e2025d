"""The inner loops of the bound, compiled: demand ladders, values of candidates, balance of rents."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .compiled import compiled, inner
from .model import NEVER
from .problem import Floats, Ints


@inner
def _add_from_above(count: Floats, worth: Floats, low: float, width: float, value: Floats) -> None:
    """From the lines on each rung to the surplus of all lines on it and above at the price of its lower edge."""
    for r in range(count.shape[0]):
        w = 0.0
        v = 0.0
        for b in range(count.shape[1] - 1, -1, -1):
            w += count[r, b]
            v += worth[r, b]
            value[r, b] = v - (low + b * width) * w


class Demand(NamedTuple):
    """Cells by class (``start``), their rung, least ceiling, weight and mean ceiling; the rows of the tables that each
    class counts in (``row_start`` into ``row_of``)."""

    start: Ints
    rung: Ints
    low_of: Floats
    weight: Floats
    mean: Floats
    row_start: Ints
    row_of: NDArray[np.int32]


@inner
def _put(
    demand: Demand,
    g: int,
    rho: float,
    sign: float,
    low: float,
    width: float,
    at: Ints,
    w_at: Floats,
    v_at: Floats,
    count: Floats,
    worth: Floats,
) -> float:
    """Lay the lines of class g, each worth min(ceiling, ``rho``), on the ladders of what it accepts; the rent kept."""
    rungs = count.shape[1] - 1
    r = max(rho, low + width)  # the first rung stays empty, so that surplus is linear below it
    top = min(int((r - low) // width), rungs)
    n = 0
    held = 0.0
    rent = 0.0
    for i in range(demand.start[g], demand.start[g + 1]):
        w = demand.weight[i]
        v = demand.mean[i] * w
        if demand.low_of[i] >= r:
            held += w
            rent += v - r * w
        elif demand.rung[i] < top or demand.mean[i] <= r:
            at[n], w_at[n], v_at[n] = demand.rung[i], sign * w, sign * v
            n += 1
        else:
            edge = low + demand.rung[i] * width
            at[n], w_at[n], v_at[n] = demand.rung[i], sign * w, sign * edge * w
            rent += v - edge * w
            n += 1
    if held > 0.0:
        at[n], w_at[n], v_at[n] = min(top, rungs - 1), sign * held, sign * r * held
        n += 1
    for e in range(demand.row_start[g], demand.row_start[g + 1]):
        row = demand.row_of[e]
        for x in range(n):
            count[row, at[x]] += w_at[x]
            worth[row, at[x]] += v_at[x]
    return rent


_DEMAND = "int64[::1], int64[::1], float64[::1], float64[::1], float64[::1], int64[::1], int32[::1]"
_TABLES = "float64, float64, float64[:,::1], float64[:,::1], float64[:,::1]"


@compiled(f"float64({_DEMAND}, float64[::1], {_TABLES})")
def fill_ladder(
    start: Ints,
    rung: Ints,
    low_of: Floats,
    weight: Floats,
    mean: Floats,
    row_start: Ints,
    row_of: NDArray[np.int32],
    rho: Floats,
    low: float,
    width: float,
    count: Floats,
    worth: Floats,
    value: Floats,
) -> float:
    """Ladders of demand whose lines pay at most ``rho`` of their class; returns the rent they keep.

    A row of the tables stands for a specification and a kind of line that accepts it. ``value[row, b]`` becomes its
    surplus at the price of rung b's lower edge, where a line is worth min(ceiling, rho); ``count`` and ``worth`` hold
    what lies on each rung alone. The rent is the sum of weight x (ceiling - rho)+.
    """
    demand = Demand(start, rung, low_of, weight, mean, row_start, row_of)
    count[:] = 0.0
    worth[:] = 0.0
    rent = 0.0
    most = count.shape[1] + 1
    at, w_at, v_at = np.empty(most, np.int64), np.empty(most), np.empty(most)
    for g in range(len(rho)):
        rent += _put(demand, g, rho[g], 1.0, low, width, at, w_at, v_at, count, worth)
    _add_from_above(count, worth, low, width, value)
    return rent


@compiled(f"void({_DEMAND}, float64[::1], float64[::1], {_TABLES})")
def refill_ladder(
    start: Ints,
    rung: Ints,
    low_of: Floats,
    weight: Floats,
    mean: Floats,
    row_start: Ints,
    row_of: NDArray[np.int32],
    was: Floats,
    rho: Floats,
    low: float,
    width: float,
    count: Floats,
    worth: Floats,
    value: Floats,
) -> None:
    """``fill_ladder`` where the tables hold the rents ``was``: only classes whose rent differs are laid anew.

    Sums drift by rounding: good for ranking, not for a bound.
    """
    demand = Demand(start, rung, low_of, weight, mean, row_start, row_of)
    most = count.shape[1] + 1
    at, w_at, v_at = np.empty(most, np.int64), np.empty(most), np.empty(most)
    for g in range(len(rho)):
        if rho[g] != was[g]:
            _put(demand, g, was[g], -1.0, low, width, at, w_at, v_at, count, worth)
            _put(demand, g, rho[g], 1.0, low, width, at, w_at, v_at, count, worth)
    _add_from_above(count, worth, low, width, value)


class Surplus(NamedTuple):
    """The rows of each specification (``start``), the kind each row stands for, and the surplus on each rung."""

    start: Ints
    kind: Ints
    value: Floats
    low: float
    width: float


@inner
def _at_price(ladder: Surplus, s: int, extra: Ints, price: float) -> tuple[float, float]:
    """Surplus (an upper bound, exact on rungs) and volume of specification s at a price."""
    rungs = ladder.value.shape[1] - 1
    total = 0.0
    volume = 0.0
    for row in range(ladder.start[s], ladder.start[s + 1]):
        add = extra[ladder.kind[row]]
        if add >= NEVER:
            continue
        x = (price + add - ladder.low) / ladder.width
        if x >= rungs:
            continue
        b = max(int(x), 0)
        here, after = ladder.value[row, b], ladder.value[row, b + 1]
        slope = (here - after) / ladder.width
        total += here - (x - b) * ladder.width * slope
        volume += slope
    return total, volume


@compiled(
    "void(int64[::1], int64[::1], float64[::1], int64[::1], int64[:,::1], int64[::1], int64[::1], float64[:,::1],"
    " float64, float64, float64[::1], float64[::1])"
)
def value_freely(
    offer: Ints,
    spec: Ints,
    price: Floats,
    opening: Ints,
    extra: Ints,
    row_start: Ints,
    row_kind: Ints,
    surplus: Floats,
    low: float,
    width: float,
    value: Floats,
    volume: Floats,
) -> None:
    """Surplus less opening cost of each candidate alone, and its volume, minimum and capacity left aside."""
    ladder = Surplus(row_start, row_kind, surplus, low, width)
    for j in range(len(offer)):
        best, volume[j] = _at_price(ladder, spec[j], extra[offer[j]], price[j])
        value[j] = best - opening[j]


@compiled(
    "void(int64[::1], int64[::1], int64[::1], float64[::1], int64[::1], int64[::1], int64[::1], int64[:,::1],"
    " int64[::1], int64[::1], float64[:,::1], float64, float64, float64[::1], float64[::1], float64[::1])"
)
def value_within(
    index: Ints,
    offer: Ints,
    spec: Ints,
    price: Floats,
    minimum: Ints,
    capacity: Ints,
    opening: Ints,
    extra: Ints,
    row_start: Ints,
    row_kind: Ints,
    surplus: Floats,
    low: float,
    width: float,
    value: Floats,
    shift: Floats,
    volume: Floats,
) -> None:
    """Lower the values of the candidates in ``index`` by a multiplier ``shift`` for minimum or capacity.

    For every shift x, surplus(price + x) + x * (capacity if x > 0 else minimum) bounds the value from above; the least
    found is kept. A minimum that no price reaches gives -inf. Values and volumes come from ``value_freely``.
    """
    ladder = Surplus(row_start, row_kind, surplus, low, width)
    for j in index:
        m, s = offer[j], spec[j]
        over = volume[j] > capacity[j]
        if not over and volume[j] >= minimum[j]:
            continue
        best = value[j] + opening[j]
        target = float(capacity[j]) if over else float(minimum[j])
        near, far = 0.0, low + width * surplus.shape[1] - price[j]
        if not over:
            far = 0.0
            for row in range(row_start[s], row_start[s + 1]):
                if extra[m, row_kind[row]] < NEVER:  # below every ceiling
                    far = min(far, low + 0.5 * width - price[j] - extra[m, row_kind[row]])
            if _at_price(ladder, s, extra[m], price[j] + far)[1] < target:
                best = -np.inf
        for _ in range(12):
            x = 0.5 * (near + far)
            total, vol = _at_price(ladder, s, extra[m], price[j] + x)
            if total + x * target < best:
                best = total + x * target
                shift[j] = x
                volume[j] = vol
            if (vol > target) == over:
                near = x
            else:
                far = x
        value[j] = best - opening[j]


@compiled("void(int64[:,::1], int64[::1], int64[:,::1], int64[:,::1], float64[::1], float64[:,::1])")
def class_prices(mask: Ints, kind: Ints, spec: Ints, extra: Ints, price: Floats, out: Floats) -> None:
    """``out[g, k]``: what class g pays on order k (row k of spec, extra, price), NEVER when it does not accept it."""
    for g in range(mask.shape[0]):
        for k in range(spec.shape[0]):
            add = extra[k, kind[g]]
            fits = add < NEVER
            for a in range(mask.shape[1]):
                fits = fits and (mask[g, a] >> spec[k, a]) & 1 == 1
            out[g, k] = price[k] + add if fits else float(NEVER)


@compiled(
    "UniTuple(float64, 3)(int64[::1], float64[::1], float64[::1], float64[::1], float64[::1], float64[::1], float64,"
    " float64, float64)"
)
def value_of_minimum(
    start: Ints,
    low_of: Floats,
    weight: Floats,
    high_of: Floats,
    rho: Floats,
    pay: Floats,
    toll: float,
    minimum: float,
    surplus: float,
) -> tuple[float, float, float]:
    """Like ``value_within`` for one candidate, with only those lines helping its minimum that may buy at its price.

    ``pay[g]`` is the price for class g; ceilings of cell i lie from ``low_of[i]`` to ``high_of[i]``. Returns value
    (opening cost left aside, ``surplus`` being what is known), shift and volume.
    """
    worth = np.empty(len(weight))
    heavy = np.empty(len(weight))
    n = 0
    able = 0.0
    deepest = 0.0
    for g in range(len(rho)):
        if pay[g] >= NEVER:
            continue
        for i in range(start[g], start[g + 1]):
            if high_of[i] >= pay[g]:
                worth[n] = (rho[g] if low_of[i] >= rho[g] else high_of[i]) - pay[g] - toll
                heavy[n] = weight[i]
                able += weight[i]
                deepest = max(deepest, -worth[n])
                n += 1
    if able < minimum:
        return -np.inf, 0.0, able
    best, shift, volume, near, far = np.inf, 0.0, 0.0, 0.0, deepest + 1.0
    for _ in range(14):
        x = 0.5 * (near + far)
        total = -x * minimum
        vol = 0.0
        for k in range(n):
            if worth[k] + x > 0.0:
                total += heavy[k] * (worth[k] + x)
                vol += heavy[k]
        if total < best:
            best, shift, volume = total, -x, vol
        if vol > minimum:
            far = x
        else:
            near = x
    return min(best, surplus), shift, volume


@compiled(
    "void(int64[::1], float64[::1], float64[::1], float64[:,::1], float64[::1], float64[::1], float64[::1],"
    " float64[::1])"
)
def class_balance(
    start: Ints, mean: Floats, weight: Floats, pay: Floats, shift: Floats, rho: Floats, balance: Floats, above: Floats
) -> None:
    """Per class the weight of lines that keep a rent, and 1 less the mean number of orders that would serve them."""
    for g in range(len(rho)):
        total = 0.0
        for i in range(start[g], start[g + 1]):
            if mean[i] > rho[g]:
                total += weight[i]
        above[g] = total
        served = 0.0
        for k in range(pay.shape[1]):
            if total <= 0.0 or pay[g, k] + shift[k] >= rho[g]:
                continue
            able = total
            if pay[g, k] > rho[g]:
                able = 0.0
                for i in range(start[g], start[g + 1]):
                    if mean[i] >= pay[g, k]:
                        able += weight[i]
            served += able / total
        balance[g] = 1.0 - served
