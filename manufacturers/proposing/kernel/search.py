"""Local search over the set of open orders: greedy opening, swaps, and kicks out of local optima."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import numpy as np

from .bound import capacity_of, largest
from .ladders import Ladders, class_prices
from .model import Items, Model
from .placing import assign
from .problem import Floats, Ints

TRIES = 5  # candidates evaluated in full for every place
HOPE = 1.1  # a candidate is tried where this much of what it might add would make the set better
COLUMN_BUDGET = 6_000_000  # prices of classes kept at once


class Columns:
    """What every class pays on a candidate, kept for the candidates asked for lately."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._most = max(64, COLUMN_BUDGET // max(1, len(model.class_kind)))
        self._known: dict[int, Floats] = {}

    def of(self, chosen: tuple[int, ...]) -> Floats:
        """One column per chosen candidate, one row per class."""
        missing = [k for k in chosen if k not in self._known]
        if len(self._known) + len(missing) > self._most:
            self._known.clear()
            missing = list(chosen)
        if missing:
            pay = class_prices(self._model, np.array(missing, dtype=np.int64))
            self._known.update((k, np.ascontiguousarray(column)) for k, column in zip(missing, pay.T, strict=True))
        return np.stack([self._known[k] for k in chosen], axis=1)


class Search:
    """The best set found so far; ``sets`` keeps every improvement, the last being the best."""

    def __init__(self, model: Model, seed: int, out_of_time: Callable[[], bool]) -> None:
        self.model = model
        self.out_of_time = out_of_time
        self.fixed = tuple(int(k) for k in np.flatnonzero(model.candidates.fixed))
        self.ladders = Ladders(model, np.arange(len(model.candidates)))
        self.capacity = capacity_of(model)
        self.toll = np.zeros(len(self.capacity))
        self.best: tuple[int, ...] | None = None
        self.value = -np.inf
        self.sets: list[tuple[int, ...]] = []
        self._random = np.random.default_rng(seed)
        self._columns = Columns(model)
        self._known: dict[tuple[int, ...], tuple[tuple[int, ...], float]] = {}
        self._volumes: dict[tuple[int, ...], Ints] = {}
        # What was found for a set that one order may be added to, and the value it had to beat.
        self._added: dict[tuple[int, ...], tuple[float, tuple[tuple[int, ...], float] | None]] = {}

    def evaluate(self, chosen: tuple[int, ...]) -> tuple[tuple[int, ...], float]:
        """The set with minima settled, and its surplus with cells placed whole; notes a new best.

        An order whose minimum cannot be reached falls to its next lower tier, from the lowest it is closed. The value
        is -inf where a fixed order cannot be kept.
        """
        key = asked = tuple(sorted(chosen))
        while asked not in self._known:
            value, broken = self._place(key)
            if broken < 0 or self.model.candidates.fixed[key[broken]]:
                self._known[asked] = (key, value)
                if value > self.value:
                    self.best, self.value = key, value
                    self.sets.append(key)
                break
            lower = self._tier_beside(key[broken], -1)
            key = tuple(sorted((*key[:broken], *key[broken + 1 :], *(() if lower is None else (lower,)))))
        return self._known[asked]

    def _place(self, key: tuple[int, ...]) -> tuple[float, int]:
        """Surplus of the cells placed whole, and the order that breaks a rule or -1; notes the orders' volumes."""
        if not key:
            return 0.0, -1
        cells = self.model.cells
        where, value, broken = place(self.model, cells, key, self._columns.of(key))
        put = where >= 0
        self._volumes[key] = np.bincount(where[put], weights=cells.weight[put], minlength=len(key)).astype(np.int64)
        return value, broken

    def _tier_beside(self, candidate: int, step: int) -> int | None:
        """The candidate one tier deeper (1) or less deep (-1) of the same pair."""
        pair, other = self.model.candidates.pair, candidate + step
        return other if 0 <= other < len(pair) and pair[other] == pair[candidate] else None

    def grow(self, chosen: tuple[int, ...]) -> tuple[int, ...]:
        """Open orders one by one while that pays."""
        chosen, value = self.evaluate(chosen)
        while len(chosen) < self.model.max_orders and not self.out_of_time():
            step = self._best_addition(chosen, value)
            if step is None:
                break
            chosen, value = step
        return chosen

    def climb(self, chosen: tuple[int, ...]) -> tuple[int, ...]:
        """Change a tier, swap one order for another, or drop one, until nothing improves."""
        chosen, value = self.evaluate(chosen)
        waiting = self._shuffled(chosen)
        while waiting and not self.out_of_time():
            leaving = waiting.pop()
            if leaving not in chosen:
                continue
            step = self._retier(chosen, leaving, value) or self._swap(chosen, leaving, value)
            if step is not None:
                chosen, value = self.evaluate(self.grow(step[0]))
                waiting = self._shuffled(chosen)
        return chosen

    def _shuffled(self, chosen: tuple[int, ...]) -> list[int]:
        free = [k for k in chosen if k not in self.fixed]
        return [int(k) for k in self._random.permutation(free)]

    def _retier(self, chosen: tuple[int, ...], changing: int, value: float) -> tuple[tuple[int, ...], float] | None:
        """The set with one order a tier deeper or less deep, where that is better."""
        rest = tuple(k for k in chosen if k != changing)
        for step in (1, -1):
            other = self._tier_beside(changing, step)
            if other is not None and (found := self.evaluate((*rest, other)))[1] > value + 0.5:
                return found
        return None

    def _swap(self, chosen: tuple[int, ...], leaving: int, value: float) -> tuple[tuple[int, ...], float] | None:
        rest, better = self.evaluate(tuple(k for k in chosen if k != leaving))
        return (rest, better) if better > value + 0.5 else self._best_addition(rest, value, skip=leaving)

    def kick(self, chosen: tuple[int, ...], size: int) -> tuple[int, ...]:
        """Close some orders at random and open one from among the better ones."""
        leaving = set(self._shuffled(chosen)[:size])
        rest, _ = self.evaluate(tuple(k for k in chosen if k not in leaving))
        added = [k for k in self._ranked(rest, 20) if k not in leaving]
        if added and len(rest) < self.model.max_orders:
            rest = (*rest, int(self._random.choice(added)))
        return self.grow(rest)

    def _best_addition(
        self, chosen: tuple[int, ...], value: float, skip: int = -1
    ) -> tuple[tuple[int, ...], float] | None:
        """The best of the most promising additions, where it beats ``value``."""
        least, best = self._added.get(chosen, (np.inf, None))
        if best is not None and best[1] > value + 0.5:
            return best
        if least <= value:
            return None
        asked, best, base = value, None, self.evaluate(chosen)[1]
        for k, worth in self._ranked(chosen, TRIES + 1).items():
            if k == skip or base + HOPE * worth <= value or self.out_of_time():
                continue
            found = self.evaluate((*chosen, k))
            if found[1] > value + 0.5:
                best, value = found, found[1]
        self._added[chosen] = (asked, best)
        return best

    def _ranked(self, chosen: tuple[int, ...], count: int) -> dict[int, float]:
        """Candidates with what they might add to the set, best first, a pair at most once.

        Two rankings take turns: with the capacity that the set leaves, and with all of it at the offers' tolls.
        """
        self.ladders.refill(self.prices(chosen))
        taken, left = np.array(chosen, dtype=np.int64), self.capacity.copy()
        if chosen:
            np.subtract.at(left, self.model.candidates.offer[taken], self._volume(chosen))
        rankings = [self._best_pairs(taken, np.zeros(len(left)), left, count)]
        if self.toll.any():
            rankings.append(self._best_pairs(taken, self.toll, self.capacity, count))
        mixed: dict[int, float] = {}
        for k, worth in (one for together in zip(*rankings, strict=False) for one in together):
            mixed[k] = max(worth, mixed.get(k, 0.0))
        return dict(islice(mixed.items(), count)) if len(rankings) > 1 else dict(rankings[0])

    def _volume(self, chosen: tuple[int, ...]) -> Ints:
        """What every order of a set that was evaluated carries."""
        if chosen not in self._volumes:
            self._place(chosen)
        return self._volumes[chosen]

    def _best_pairs(self, taken: Ints, toll: Floats, capacity: Ints, count: int) -> list[tuple[int, float]]:
        c = self.ladders.candidates
        value = self.ladders.worth(toll=toll, capacity=np.maximum(capacity, 0)).value
        value[(capacity[c.offer] < c.minimum) | np.isin(c.pair, self.model.candidates.pair[taken])] = -np.inf
        ranked = largest(np.flatnonzero(value > 0), value, 3 * count)
        _, first = np.unique(c.pair[ranked], return_index=True)
        best = ranked[np.sort(first)][:count]
        return list(zip(self.ladders.index[best].tolist(), value[best].tolist(), strict=True))

    def prices(self, chosen: tuple[int, ...]) -> Floats:
        """The lowest price each class finds among the open orders, its top ceiling where it finds none."""
        if not chosen:
            return self.model.class_top.copy()
        lowest: Floats = np.minimum(self._columns.of(chosen).min(axis=1), self.model.class_top)
        return lowest


def place(model: Model, items: Items, chosen: tuple[int, ...], pay: Floats | None = None) -> tuple[Ints, float, int]:
    """Order number of every item (-1: none), the surplus less opening costs, and the order that breaks a rule or -1.

    ``pay`` are the prices of the classes on the chosen orders where they are at hand.
    """
    if not chosen:
        return np.full(len(items.cls), -1, dtype=np.int64), 0.0, -1
    c = model.candidates
    index = np.array(chosen, dtype=np.int64)
    offers, owner = np.unique(c.offer[index], return_inverse=True)
    capacity = np.zeros(len(offers))
    capacity[owner] = c.capacity[index]
    where, surplus, broken = assign(
        class_prices(model, index) if pay is None else pay,
        items.cls,
        items.ceiling,
        items.weight,
        owner.astype(np.int64),
        capacity,
        c.minimum[index].astype(np.float64),
    )
    return where, surplus - float(c.opening[index].sum()), broken
