"""Upper bound by Lagrangian relaxation of "a line is on at most one order", and what it proves about candidates.

The relaxation keeps a rent u = (ceiling - rho)+ for every line, one rho per class: within a class all lines rank the
orders alike, so an optimal dual has this shape. What is left splits by candidate; the best ``max_orders`` are taken.
Steps follow Polyak's rule. Source: Held, Wolfe, Crowder, Validation of subgradient optimization, 1974.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .ladders import Ladders, Worth, class_prices
from .model import Floats, Ints, Model

SAFETY = 1e-10  # relative room for rounding in sums of floats
STALL = 8


class Dual:
    """Best rents found so far, the bound they prove, and the candidates they cannot exclude."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.ladders = Ladders(model, np.arange(len(model.candidates)))
        self.rho = model.class_top.copy()
        self.best_rho = self.rho
        self.bound = np.inf
        self.floor = -np.inf
        self._pace = 1.0
        self._stalled = 0
        self._drift = np.zeros(len(self.rho))

    def start_from(self, rho: Floats) -> None:
        """Begin at given rents, as of a good plan."""
        self.rho = np.minimum(rho, self.model.class_top)
        self._drift[:] = 0.0

    def improve(self, lower: float, rounds: int, out_of_time: Callable[[], bool]) -> list[Ints]:
        """Take steps; returns the sets of candidates the relaxation opened, as hints for the search."""
        hints = []
        for _ in range(rounds):
            if out_of_time() or self.bound - lower <= 0.5:
                break
            worth = self.ladders.worth(self.rho, floor=self.floor)
            chosen, least = self._choose(worth)
            total = worth.rent + float(worth.value[chosen].sum())
            if total == -np.inf:  # a fixed order whose minimum no demand reaches
                self.bound = total
                break
            total += SAFETY * (abs(total) + worth.rent)
            self._note(total)
            hints.append(self.ladders.index[chosen])
            self._exclude(worth, total, least, lower)
            self._step(total, lower, hints[-1], worth.shift[chosen])
        return hints

    def _choose(self, worth: Worth) -> tuple[Ints, float]:
        """The best tier of the best pairs, fixed orders first; and the least value among those free to leave."""
        c = self.ladders.candidates
        order = np.lexsort((-worth.value, c.pair))
        first = order[np.flatnonzero(np.diff(c.pair[order], prepend=-1))]
        fixed = first[c.fixed[first]]
        free = first[~c.fixed[first] & (worth.value[first] > 0)]
        room = max(0, self.model.max_orders - len(fixed))
        ranked = free[np.argsort(-worth.value[free], kind="stable")][:room]
        least = float(worth.value[ranked[-1]]) if 0 < room == len(ranked) else 0.0
        self.floor = 0.8 * least if len(ranked) else 0.0
        return np.concatenate([fixed, ranked]), least

    def _note(self, total: float) -> None:
        if total < self.bound - 1e-5 * abs(total):
            self._stalled = 0
        else:
            self._stalled += 1
        if total < self.bound:
            self.bound, self.best_rho = total, self.rho.copy()
        if self._stalled >= STALL:
            self._pace, self._stalled = max(self._pace * 0.7, 1e-3), 0

    def _exclude(self, worth: Worth, total: float, least: float, lower: float) -> None:
        """Drop candidates that no plan better than ``lower`` opens."""
        c = self.ladders.candidates
        keep = c.fixed | (worth.value >= lower - (total - least))
        if keep.sum() < 0.75 * len(c):
            self.ladders = Ladders(self.model, self.ladders.index[keep])

    def _step(self, total: float, lower: float, chosen: Ints, shift: Floats) -> None:
        model, rho = self.model, self.rho
        pay = class_prices(model, chosen, shift)
        surplus = 1.0 - (pay < rho[:, None]).sum(axis=1)
        above = model.cells.weight * (model.cells.ceiling > rho[model.cells.cls])
        weight = np.bincount(model.cells.cls, weights=above, minlength=len(rho))
        surplus[(rho >= model.class_top) & (surplus > 0)] = 0.0
        self._drift = 0.6 * self._drift + 0.4 * surplus
        norm = float((weight * self._drift**2).sum())
        if norm > 0:
            distance = total - lower if np.isfinite(lower) else 0.1 * abs(total)
            pace = self._pace * max(distance, 1e-4 * abs(total)) / norm
            self.rho = np.clip(rho + pace * self._drift, model.low, model.class_top)
