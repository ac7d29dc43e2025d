"""Local search over the set of open orders: greedy opening, swaps, and kicks out of local optima."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import loops
from .ladders import Ladders, class_prices
from .model import Floats, Ints, Items, Model

TRIES = 5  # candidates evaluated in full for every place


class Search:
    """The best set found so far; ``sets`` keeps every improvement, the last being the best."""

    def __init__(self, model: Model, seed: int, out_of_time: Callable[[], bool]) -> None:
        self.model = model
        self.out_of_time = out_of_time
        self.fixed = tuple(int(k) for k in np.flatnonzero(model.candidates.fixed))
        self.ladders = Ladders(model, np.arange(len(model.candidates)))
        self.best: tuple[int, ...] | None = None
        self.value = -np.inf
        self.sets: list[tuple[int, ...]] = []
        self._random = np.random.default_rng(seed)
        self._known: dict[tuple[int, ...], float] = {}

    def evaluate(self, chosen: tuple[int, ...]) -> float:
        """Surplus of the set with cells placed whole, -inf where a rule cannot be kept; notes a new best."""
        key = tuple(sorted(chosen))
        if key not in self._known:
            self._known[key] = place(self.model, self.model.cells, key)[1]
            if self._known[key] > self.value:
                self.best, self.value = key, self._known[key]
                self.sets.append(key)
        return self._known[key]

    def grow(self, chosen: tuple[int, ...]) -> tuple[int, ...]:
        """Open orders one by one while that pays."""
        value = self.evaluate(chosen)
        while len(chosen) < self.model.max_orders and not self.out_of_time():
            step = self._best_addition(chosen, value)
            if step is None:
                break
            chosen, value = step
        return chosen

    def climb(self, chosen: tuple[int, ...]) -> tuple[int, ...]:
        """Swap one order for another, or drop one, until nothing improves."""
        value = self.evaluate(chosen)
        waiting = list(self._random.permutation([k for k in chosen if k not in self.fixed]))
        while waiting and not self.out_of_time():
            leaving = int(waiting.pop())
            if leaving not in chosen:
                continue
            rest = tuple(k for k in chosen if k != leaving)
            better = self.evaluate(rest)
            step = (rest, better) if better > value else self._best_addition(rest, value, skip=leaving)
            if step is not None:
                chosen, value = self.grow(step[0]), 0.0
                value = self.evaluate(chosen)
                waiting = list(self._random.permutation([k for k in chosen if k not in self.fixed]))
        return chosen

    def kick(self, chosen: tuple[int, ...], size: int) -> tuple[int, ...]:
        """Close some orders at random and open others from among the better ones."""
        free = [k for k in chosen if k not in self.fixed]
        leaving = set(self._random.choice(free, size=min(size, len(free)), replace=False).tolist()) if free else set()
        rest = tuple(k for k in chosen if k not in leaving)
        added = self._ranked(rest, 20 + len(leaving))
        added = added[~np.isin(added, list(leaving))]
        if len(added):
            rest = (*rest, int(self._random.choice(added)))
            if self.evaluate(rest) == -np.inf:
                rest = rest[:-1]
        return self.grow(rest)

    def _best_addition(
        self, chosen: tuple[int, ...], value: float, skip: int = -1
    ) -> tuple[tuple[int, ...], float] | None:
        """The first of the most promising additions that beats ``value``."""
        for k in self._ranked(chosen, TRIES + 1):
            if k == skip or self.out_of_time():
                continue
            more = (*chosen, int(k))
            if (better := self.evaluate(more)) > value + 0.5:
                return more, better
        return None

    def _ranked(self, chosen: tuple[int, ...], count: int) -> Ints:
        """Candidates by what they would add to the set, best first, a pair at most once."""
        c = self.ladders.candidates
        worth = self.ladders.worth(self.prices(chosen), floor=0.0)
        taken = np.isin(c.pair, self.model.candidates.pair[list(chosen)]) if chosen else np.zeros(len(c), dtype=bool)
        free = np.flatnonzero((worth.value > 0) & ~taken)
        ranked = free[np.argsort(-worth.value[free], kind="stable")][: 3 * count]
        _, first = np.unique(c.pair[ranked], return_index=True)
        return self.ladders.index[ranked[np.sort(first)]][:count]

    def prices(self, chosen: tuple[int, ...]) -> Floats:
        """The lowest price each class finds among the open orders, its top ceiling where it finds none."""
        if not chosen:
            return self.model.class_top.copy()
        pay = class_prices(self.model, np.array(chosen, dtype=np.int64))
        return np.minimum(pay.min(axis=1), self.model.class_top)


def place(model: Model, items: Items, chosen: tuple[int, ...]) -> tuple[Ints, float]:
    """Order number of every item (-1: none) and the surplus less opening costs, -inf where a rule cannot be kept."""
    if not chosen:
        return np.full(len(items.cls), -1, dtype=np.int64), 0.0
    c = model.candidates
    index = np.array(chosen, dtype=np.int64)
    offers, owner = np.unique(c.offer[index], return_inverse=True)
    capacity = np.zeros(len(offers))
    capacity[owner] = c.capacity[index]
    where, surplus, broken = loops.assign(
        class_prices(model, index), items.cls, items.ceiling, items.weight, owner.astype(np.int64), capacity,
        c.minimum[index].astype(np.float64),
    )
    return where, -np.inf if broken >= 0 else surplus - float(c.opening[index].sum())
