"""Markets of some thousand places as a mixed-integer program for HiGHS, each place tied to its order by itself.

Far stronger than a sum over an order's places, and small once the orders are left out that no demand could fill.
Source: Krarup and Pruzan, The simple plant location problem, 1983 (the strong formulation); scipy.optimize.milp.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix, vstack

from .ladders import class_prices
from .model import NEVER, Model
from .problem import Floats, Ints

SAFETY = 1e-7  # relative room for what HiGHS calls equal
SCALE = 1e-3  # money in units rather than permille of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Every place a line could have on an order that demand could fill: line, position in ``kept``, and its gain."""

    kept: Ints
    line: Ints
    order: Ints
    gain: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedAnswer:
    """A valid bound and, where one was found, the orders opened and where each line went."""

    bound: int | None
    chosen: tuple[int, ...] = ()
    where: Ints | None = None


def fillable(model: Model, most: int) -> Places | None:
    """The places on orders that could reach their minimum and be worth their opening; ``None``: more than ``most``."""
    c, lines = model.candidates, model.lines
    if len(c) * max(1, len(lines.cls)) > 1000 * most:
        return None
    pay = class_prices(model, np.arange(len(c)))[lines.cls]
    takes = (pay < NEVER) & (pay <= lines.ceiling[:, None])
    gain = np.where(takes, lines.ceiling[:, None] - pay, 0.0) * lines.weight[:, None]
    reaches = (takes * lines.weight[:, None]).sum(axis=0) >= c.minimum
    kept = np.flatnonzero(c.fixed | (reaches & (gain.sum(axis=0) > c.opening)))
    line, order = np.nonzero(takes[:, kept])
    if len(line) > most:
        return None
    return Places(kept=kept, line=line, order=order, gain=gain[line, kept[order]])


def solve_mixed(model: Model, places: Places, deadline: float) -> MixedAnswer:
    """The best plan over these places, and the bound reached, by ``deadline`` of the monotonic clock."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        return MixedAnswer(bound=None)
    orders, opening = len(places.kept), model.candidates.opening[places.kept].astype(np.float64)
    fixed = np.concatenate([np.zeros(len(places.line)), model.candidates.fixed[places.kept].astype(np.float64)])
    found = milp(
        SCALE * np.concatenate([-places.gain, opening]),
        constraints=_rules(model, places),
        integrality=np.ones(len(fixed)),
        bounds=Bounds(fixed, 1.0),
        options={"time_limit": seconds, "mip_rel_gap": SAFETY / 10},
    )
    best = found.mip_dual_bound
    bound = None if best is None or not math.isfinite(best) else math.ceil(-best / SCALE * (1 + SAFETY)) + 1
    if found.x is None:
        return MixedAnswer(bound=bound)
    opened = np.flatnonzero(found.x[-orders:] > 0.5)
    where = _placed(model, places, found.x[:-orders] > 0.5, opened)
    if where is None:
        return MixedAnswer(bound=bound)
    return MixedAnswer(bound=bound, chosen=tuple(int(j) for j in places.kept[opened]), where=where)


def _rules(model: Model, places: Places) -> LinearConstraint:
    """One order a line; places on open orders only; minima and capacities; one tier a pair; the most orders."""
    c, kept = model.candidates, places.kept
    x, y = np.arange(len(places.line)), len(places.line) + np.arange(len(kept))
    weight, ones = model.lines.weight[places.line], np.ones(len(places.line))
    minimum, offer = c.minimum[kept].astype(np.float64), c.offer[kept]
    capacity = np.zeros(int(c.offer.max(initial=-1)) + 1)
    capacity[offer] = c.capacity[kept]
    _, pair = np.unique(c.pair[kept], return_inverse=True)
    here = y[places.order]
    blocks: list[tuple[Ints, Ints, Floats, int, float | Floats, float | Floats]] = [
        (places.line, x, ones, len(model.line), -np.inf, 1.0),
        (np.concatenate([x, x]), np.concatenate([x, here]), np.concatenate([ones, -ones]), len(x), -np.inf, 0.0),
        (
            np.concatenate([places.order, np.arange(len(kept))]),
            np.concatenate([x, y]),
            np.concatenate([weight, -minimum]),
            len(kept),
            0.0,
            np.inf,
        ),
        (offer[places.order], x, weight, len(capacity), -np.inf, capacity),
        (pair, y, np.ones(len(kept)), int(pair.max(initial=-1)) + 1, -np.inf, 1.0),
        (np.zeros(len(kept), np.int64), y, np.ones(len(kept)), 1, -np.inf, float(model.max_orders)),
    ]
    columns = len(x) + len(y)
    rows = vstack([coo_matrix((value, (row, at)), shape=(count, columns)) for row, at, value, count, _, _ in blocks])
    low = np.concatenate([np.broadcast_to(least, (count,)) for _, _, _, count, least, _ in blocks])
    high = np.concatenate([np.broadcast_to(most, (count,)) for _, _, _, count, _, most in blocks])
    return LinearConstraint(rows.tocsr(), low, high)


def _placed(model: Model, places: Places, taken: Floats, opened: Ints) -> Ints | None:
    """Where each line is among the orders opened; ``None`` where rounding broke a minimum or a capacity."""
    c = model.candidates
    rank = np.full(len(places.kept), -1)
    rank[opened] = np.arange(len(opened))
    where = np.full(len(model.line), -1, dtype=np.int64)
    where[places.line[taken]] = rank[places.order[taken]]
    chosen = places.kept[opened]
    weight = np.where(where >= 0, model.lines.weight, 0.0)
    volume = np.bincount(np.maximum(where, 0), weights=weight, minlength=max(1, len(opened)))[: len(opened)]
    used = np.bincount(c.offer[chosen], weights=volume, minlength=1)
    over = any(used[offer] > room for offer, room in zip(c.offer[chosen], c.capacity[chosen], strict=True))
    return None if over or (volume < c.minimum[chosen]).any() else where
