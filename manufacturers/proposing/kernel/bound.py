"""Upper bound by Lagrangian relaxation of "a line is on at most one order", and what it proves about candidates.

The relaxation keeps a rent u = (ceiling - rho)+ for every line, one rho per class: within a class all lines rank the
orders alike, so an optimal dual has this shape. What is left splits by candidate; the best ``max_orders`` are taken.
Steps follow Polyak's rule. Source: Held, Wolfe, Crowder, Validation of subgradient optimization, 1974.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import loops
from .ladders import Ladders, Worth, class_prices
from .model import Model
from .packing import pack
from .problem import Floats, Ints

SAFETY = 1e-10  # relative room for rounding in sums of floats
FADE = 0.7
STALL = 10
AGAIN = 0.3  # pace of the steps that go on from the best rents
MOST_EXACT = 60  # minima weighed exactly in one step
MEMORY = 0.2  # share of the former direction kept in a step


class Dual:
    """Best rents found so far, the bound they prove, and the candidates they cannot exclude."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.ladders = Ladders(model, np.arange(len(model.candidates)))
        self.rho = model.class_top.copy()
        self.bound = np.inf
        self.capacity = capacity_of(model)
        self.toll = np.zeros(len(self.capacity))
        self._least = model.low + model.rung_width  # the ladders draw no lower rent
        self._pace = 1.0
        self._stalled = 0
        self._drift = np.zeros(len(self.rho))
        self._pull = np.zeros(len(self.toll))
        self._best = self.rho, self.toll

    def again(self) -> None:
        """Go on from the best rents with livelier steps, where a better plan is known than when they were found."""
        self.rho, self.toll = self._best
        self._pace, self._stalled = max(self._pace, AGAIN), 0
        self._drift[:] = 0.0
        self._pull[:] = 0.0

    def start_from(self, rho: Floats) -> None:
        """Begin at given rents, as of a good plan."""
        self.rho = np.clip(rho, self._least, self.model.class_top)
        self._drift[:] = 0.0

    def improve(self, lower: float, rounds: int, out_of_time: Callable[[], bool]) -> list[Ints]:
        """Take steps; returns the sets of candidates the relaxation opened, as hints for the search."""
        hints = []
        for _ in range(rounds):
            if out_of_time() or self.bound - lower <= 0.5:
                break
            rent = self.ladders.fill(self.rho) + float((self.toll * self.capacity).sum())
            worth = self.ladders.worth(toll=self.toll, capacity=self.capacity)
            chosen, least = self._choose_within_reach(worth)
            total = rent + float(worth.value[chosen].sum())
            if total == -np.inf:  # a fixed order whose minimum no demand reaches
                self.bound = total
                break
            total += SAFETY * (abs(total) + rent)
            self._note(total)
            hints.append(self.ladders.index[chosen])
            self._exclude(worth, total, least, lower)
            self._step(total, lower, hints[-1], worth.shift[chosen], worth.volume[chosen])
        return hints

    def promising(self, count: int) -> Ints:
        """The candidates worth most alone at the present rents, as many as ``count``, by position."""
        self.ladders.fill(self.rho)
        value = self.ladders.worth(toll=self.toll, capacity=self.capacity).value
        return np.sort(self.ladders.index[largest(np.flatnonzero(value > -np.inf), value, count)])

    def _choose_within_reach(self, worth: Worth) -> tuple[Ints, float]:
        """Choose, weighing minima exactly for what is chosen, until the choice stands."""
        c = self.ladders.candidates
        exact: set[int] = set()
        while True:
            chosen, least = self._choose(worth)
            loose = [int(j) for j in chosen if worth.shift[j] < 0 and int(j) not in exact]
            if not loose or len(exact) > MOST_EXACT:
                return chosen, least
            exact.update(loose)
            pay = class_prices(self.model, self.ladders.index[np.array(loose)])
            for k, j in enumerate(loose):
                value, worth.shift[j], worth.volume[j] = loops.value_of_minimum(
                    self.model.cell_start,
                    self.model.cell_low,
                    self.model.cells.weight,
                    self.model.cell_high,
                    self.rho,
                    np.ascontiguousarray(pay[:, k]),
                    self.toll[c.offer[j]],
                    float(c.minimum[j]),
                    worth.value[j] + c.opening[j],
                )
                worth.value[j] = value - c.opening[j]

    def _choose(self, worth: Worth) -> tuple[Ints, float]:
        """Fixed orders and the best of the others beside them; and what the best is worth above one order fewer."""
        c = self.ladders.candidates
        fixed = np.flatnonzero(c.fixed)
        left = self.capacity.copy()
        np.subtract.at(left, c.offer[fixed], c.minimum[fixed])
        free = np.flatnonzero(~c.fixed & (worth.value > 0))
        room = min(len(free), max(0, self.model.max_orders - len(fixed)))
        chosen, most, fewer = pack(c.offer[free], c.pair[free], c.minimum[free], worth.value[free], left, room)
        return np.concatenate([fixed, free[chosen]]), most - fewer

    def _note(self, total: float) -> None:
        if total < self.bound - 1e-5 * abs(total):
            self._stalled = 0
        else:
            self._stalled += 1
        if total < self.bound:
            self.bound = total
            self._best = self.rho, self.toll
        if self._stalled >= STALL:
            self._pace, self._stalled = max(self._pace * FADE, 1e-3), 0

    def _exclude(self, worth: Worth, total: float, least: float, lower: float) -> None:
        """Drop candidates that no plan better than ``lower`` opens."""
        c = self.ladders.candidates
        keep = c.fixed | (worth.value >= lower - (total - least))
        if keep.sum() < 0.75 * len(c):
            self.ladders = Ladders(self.model, self.ladders.index[keep])

    def _step(self, total: float, lower: float, chosen: Ints, shift: Floats, volume: Floats) -> None:
        model, rho = self.model, self.rho
        offer = model.candidates.offer[chosen]
        surplus, weight = np.empty(len(rho)), np.empty(len(rho))
        loops.class_balance(
            model.cell_start,
            model.cells.ceiling,
            model.cells.weight,
            class_prices(model, chosen),
            shift + self.toll[offer],
            rho,
            surplus,
            weight,
        )
        surplus[(rho >= model.class_top) & (surplus > 0)] = 0.0
        used = np.bincount(offer, weights=volume, minlength=len(self.toll))
        spare = 1.0 - used / np.maximum(self.capacity, 1)
        spare[(self.toll <= 0) & (spare > 0)] = 0.0
        self._drift = MEMORY * self._drift + (1 - MEMORY) * surplus
        self._pull = MEMORY * self._pull + (1 - MEMORY) * spare
        norm = float((weight * self._drift**2).sum() + (self.capacity * self._pull**2).sum())
        distance = total - lower if np.isfinite(lower) else 0.1 * abs(total)
        pace = self._pace * max(distance, 1e-4 * abs(total)) / norm if norm > 0 else np.inf
        if np.isfinite(pace):  # what is left of a faded direction may be too small to divide by
            self.rho = np.clip(rho + pace * self._drift, self._least, model.class_top)
            self.toll = np.maximum(self.toll - pace * self._pull, 0.0)


def largest(places: Ints, value: Floats, count: int) -> Ints:
    """The ``count`` places of largest value, falling; the earlier first among equals."""
    if 0 < count < len(places):
        least = np.partition(value[places], len(places) - count)[len(places) - count]
        places = places[value[places] >= least]
    chosen: Ints = places[np.argsort(-value[places], kind="stable")][:count]
    return chosen


def capacity_of(model: Model) -> Ints:
    """Capacity of every offer in permille units, 0 for offers without candidates."""
    capacity = np.zeros(len(model.extra), dtype=np.int64)
    capacity[model.candidates.offer] = model.candidates.capacity
    return capacity
