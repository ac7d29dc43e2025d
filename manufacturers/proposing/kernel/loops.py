"""The inner loops, compiled: demand ladders, values of candidates, and the assignment of lines to open orders."""

from __future__ import annotations

import numpy as np
from numba import njit

NEVER = 1 << 40  # a price no ceiling reaches


@njit("float64(int64[::1], int64[::1], float64[::1], float64[::1], float64[::1], int64[::1], int64[::1], int32[::1],"
      " float64[::1], float64, float64, float64[:,:,::1], float64[:,:,::1])", cache=True, nogil=True)
def fill_ladder(start, rung, low_of, weight, mean, kind, spec_start, spec_of, rho, low, width, count, value):
    """Ladders of demand whose lines pay at most ``rho`` of their class; returns the rent they keep.

    ``value[s, k, b]`` becomes the surplus of specification s and kind k at the price of rung b's lower edge, where a
    line is worth min(ceiling, rho). ``count`` is scratch. The rent is the sum of weight x (ceiling - rho)+.
    """
    rungs = count.shape[2] - 1
    count[:] = 0.0
    value[:] = 0.0
    rent = 0.0
    at = np.empty(rungs + 2, np.int64)
    w_at = np.empty(rungs + 2)
    v_at = np.empty(rungs + 2)
    for g in range(len(rho)):
        r = max(rho[g], low + width)  # the first rung stays empty, so that surplus is linear below it
        top = min(int((r - low) // width), rungs)
        n = 0
        held = 0.0
        for i in range(start[g], start[g + 1]):
            w = weight[i]
            v = mean[i] * w
            if low_of[i] >= r:
                held += w
                rent += v - r * w
            elif rung[i] < top or mean[i] <= r:
                at[n], w_at[n], v_at[n] = rung[i], w, v
                n += 1
            else:
                edge = low + rung[i] * width
                at[n], w_at[n], v_at[n] = rung[i], w, edge * w
                rent += v - edge * w
                n += 1
        if held > 0.0:
            at[n], w_at[n], v_at[n] = min(top, rungs - 1), held, r * held
            n += 1
        k = kind[g]
        for e in range(spec_start[g], spec_start[g + 1]):
            s = spec_of[e]
            for x in range(n):
                count[s, k, at[x]] += w_at[x]
                value[s, k, at[x]] += v_at[x]
    for s in range(count.shape[0]):
        for k in range(count.shape[1]):
            w = 0.0
            v = 0.0
            for b in range(rungs, -1, -1):
                w += count[s, k, b]
                v += value[s, k, b]
                value[s, k, b] = v - (low + b * width) * w
    return rent


@njit("UniTuple(float64, 2)(float64[:,::1], int64[::1], float64, float64, float64)", cache=True, nogil=True)
def at_price(ladder, extra, price, low, width):
    """Surplus (an upper bound, exact on rungs) and volume of one specification at a price."""
    rungs = ladder.shape[1] - 1
    total = 0.0
    volume = 0.0
    for k in range(len(extra)):
        if extra[k] >= NEVER:
            continue
        x = (price + extra[k] - low) / width
        if x >= rungs:
            continue
        b = max(int(x), 0)
        here, after = ladder[k, b], ladder[k, b + 1]
        slope = (here - after) / width
        total += here - (x - b) * width * slope
        volume += slope
    return total, volume


@njit("void(int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[:,::1], float64[:,:,::1],"
      " float64, float64, float64, float64[::1], float64[::1], float64[::1])", cache=True, nogil=True)
def value_candidates(offer, spec, price, minimum, capacity, opening, extra, ladder, low, width, floor, value, shift,
                     volume):
    """Best surplus of each candidate alone: capacity and minimum by their own multiplier ``shift`` on the price.

    For every shift x, surplus(price + x) + x * (capacity if x > 0 else minimum) bounds the value from above; the shift
    is sought only where the unshifted value exceeds ``floor``. A minimum that no price reaches gives -inf.
    """
    for j in range(len(offer)):
        m, table = offer[j], ladder[spec[j]]
        best, vol = at_price(table, extra[m], price[j], low, width)
        shift[j] = 0.0
        volume[j] = vol
        if best - opening[j] > floor and (vol > capacity[j] or vol < minimum[j]):
            over = vol > capacity[j]
            target = float(capacity[j]) if over else float(minimum[j])
            near, far = 0.0, (low + width * ladder.shape[2] - price[j] if over else 0.0)
            if not over:
                for k in range(extra.shape[1]):
                    if extra[m, k] < NEVER:
                        far = min(far, low + width - price[j] - extra[m, k])
                if at_price(table, extra[m], price[j] + far, low, width)[1] < target:
                    best = -np.inf
            for _ in range(14):
                x = 0.5 * (near + far)
                total, vol = at_price(table, extra[m], price[j] + x, low, width)
                if total + x * target < best:
                    best = total + x * target
                    shift[j] = x
                    volume[j] = vol
                if (vol > target) == over:
                    near = x
                else:
                    far = x
        value[j] = best - opening[j]


@njit("void(int64[:,::1], int64[::1], int64[:,::1], int64[:,::1], float64[::1], float64[:,::1])",
      cache=True, nogil=True)
def class_prices(mask, kind, spec, extra, price, out):
    """``out[g, k]``: what class g pays on order k (row k of spec, extra, price), NEVER when it does not accept it."""
    for g in range(mask.shape[0]):
        for k in range(spec.shape[0]):
            add = extra[k, kind[g]]
            fits = add < NEVER
            for a in range(mask.shape[1]):
                fits = fits and (mask[g, a] >> spec[k, a]) & 1 == 1
            out[g, k] = price[k] + add if fits else float(NEVER)


@njit("Tuple((int64[::1], float64, int64))(float64[:,::1], int64[::1], float64[::1], float64[::1], int64[::1],"
      " float64[::1], float64[::1])", cache=True, nogil=True)
def assign(pay, cls, ceiling, weight, owner, capacity, minimum):
    """Put whole lines on the open orders: cheapest first, then repair capacities and minima at the least loss.

    ``owner[k]`` is the index in ``capacity`` of order k's offer. Returns the order of each line (-1: none), the
    surplus, and the order whose minimum could not be reached (-1: all rules hold).
    """
    n, orders = len(cls), len(owner)
    place = np.full(n, -1, np.int64)
    volume = np.zeros(orders)
    used = np.zeros(len(capacity))
    for i in range(n):
        best, low = -1, ceiling[i]
        for k in range(orders):
            if pay[cls[i], k] < low:
                best, low = k, pay[cls[i], k]
        place[i] = best
        if best >= 0:
            volume[best] += weight[i]
            used[owner[best]] += weight[i]
    loss = np.empty(n)
    pick = np.empty(n, np.int64)
    other = np.empty(n, np.int64)
    for m in range(len(capacity)):
        if used[m] <= capacity[m]:
            continue
        found = 0
        for i in range(n):
            k = place[i]
            if k < 0 or owner[k] != m:
                continue
            best, cost = -1, ceiling[i] - pay[cls[i], k]
            for q in range(orders):
                step = pay[cls[i], q] - pay[cls[i], k]
                if owner[q] != m and pay[cls[i], q] <= ceiling[i] and step < cost \
                        and used[owner[q]] + weight[i] <= capacity[owner[q]]:
                    best, cost = q, step
            pick[found], loss[found], other[found] = i, cost, best
            found += 1
        for x in np.argsort(loss[:found], kind="mergesort"):
            if used[m] <= capacity[m]:
                break
            i, q = pick[x], other[x]
            k, w = place[i], weight[i]
            if volume[k] >= minimum[k] and volume[k] - w < minimum[k]:
                continue
            if q >= 0 and used[owner[q]] + w > capacity[owner[q]]:
                q = -1
            volume[k] -= w
            used[m] -= w
            place[i] = q
            if q >= 0:
                volume[q] += w
                used[owner[q]] += w
        if used[m] > capacity[m]:
            return place, -np.inf, m
    for j in range(orders):
        if volume[j] >= minimum[j]:
            continue
        found = 0
        for i in range(n):
            if place[i] == j or pay[cls[i], j] > ceiling[i]:
                continue
            k = place[i]
            pick[found] = i
            loss[found] = pay[cls[i], j] - (ceiling[i] if k < 0 else pay[cls[i], k])
            found += 1
        for x in np.argsort(loss[:found], kind="mergesort"):
            if volume[j] >= minimum[j]:
                break
            i = pick[x]
            k, w = place[i], weight[i]
            if k >= 0 and volume[k] - w < minimum[k]:
                continue
            if (k < 0 or owner[k] != owner[j]) and used[owner[j]] + w > capacity[owner[j]]:
                continue
            if k >= 0:
                volume[k] -= w
                used[owner[k]] -= w
            place[i] = j
            volume[j] += w
            used[owner[j]] += w
        if volume[j] < minimum[j]:
            return place, -np.inf, j
    total = 0.0
    for i in range(n):
        k, w = place[i], weight[i]
        here = ceiling[i] if k < 0 else pay[cls[i], k]
        if k < 0 or volume[k] - w >= minimum[k]:
            best, low = k, here
            for q in range(orders):
                same = k >= 0 and owner[q] == owner[k]
                if pay[cls[i], q] < low and (same or used[owner[q]] + w <= capacity[owner[q]]):
                    best, low = q, pay[cls[i], q]
            if best != k:
                if k >= 0:
                    volume[k] -= w
                    used[owner[k]] -= w
                volume[best] += w
                used[owner[best]] += w
                place[i] = best
                here = low
        total += w * (ceiling[i] - here)
    return place, total, -1
