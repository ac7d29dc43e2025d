"""Local search over the set of open orders: greedy opening, exchanges within a pool, leaps out of local optima."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import numpy as np

from .bound import capacity_of, largest
from .exchange import Pool
from .ladders import Ladders, class_prices
from .model import Items, Model
from .placing import assign
from .problem import Floats, Ints

EXCHANGES = 8  # evaluated before a set counts as one that no exchange improves
KICKS = (2, 3, 4, 5, 6)  # orders closed at once to leave a local optimum, in turn
KICK_AMONG = 20  # additions a kick draws from where the bound has opened nothing
TRIES = 5  # candidates evaluated in full for every place
HOPE = 1.1  # a candidate is tried where this much of what it might add would make the set better
COLUMN_BUDGET = 4_000_000  # prices of classes kept at once


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
        self.best: tuple[int, ...] | None = None
        self.value = -np.inf
        self.sets: list[tuple[int, ...]] = []
        self.pool = Pool(model, np.array(self.fixed, dtype=np.int64))
        self.hints: tuple[tuple[int, ...], ...] = ()
        self._random = np.random.default_rng(seed)
        self._columns = Columns(model)
        self._known: dict[tuple[int, ...], tuple[tuple[int, ...], float]] = {}
        self._volumes: dict[tuple[int, ...], Ints] = {}

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
            lower = self._tier_below(key[broken])
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

    def _tier_below(self, candidate: int) -> int | None:
        """The candidate one tier less deep of the same pair."""
        pair = self.model.candidates.pair
        return candidate - 1 if candidate > 0 and pair[candidate - 1] == pair[candidate] else None

    def grow(self, chosen: tuple[int, ...]) -> tuple[int, ...]:
        """Open orders one by one while that pays."""
        chosen, value = self.evaluate(chosen)
        while len(chosen) < self.model.max_orders and not self.out_of_time():
            step = self._best_addition(chosen, value)
            if step is None:
                break
            chosen, value = step
        return chosen

    def leap(self, number: int) -> None:
        """One excursion within the pool: from a set that the bound opened or the best with some orders closed and one
        opened, in turn, to where no exchange helps."""
        if number % 2 and self.hints:
            hint = self.hints[int(self._random.integers(len(self.hints)))]
            chosen = tuple(k for k in hint if self.pool.holds((k,)))
        else:
            chosen = self._kicked(KICKS[number // 2 % len(KICKS)])
        self._exchange(*self.evaluate(self._filled(chosen)))

    def visit(self, chosen: tuple[int, ...]) -> None:
        """Evaluate a set and exchange its orders while that helps."""
        self._exchange(*self.evaluate(chosen))

    def _kicked(self, size: int) -> tuple[int, ...]:
        """The best set in the pool with ``size`` orders closed at random and one opened that the bound has opened."""
        best = tuple(k for k in self.best or self.fixed if self.pool.holds((k,)))
        leaving = {int(k) for k in self._random.permutation([k for k in best if k not in self.fixed])[:size]}
        rest = tuple(k for k in best if k not in leaving)
        if len(rest) >= self.model.max_orders:
            return rest
        pairs = self.model.candidates.pair
        closed = {int(pairs[k]) for k in rest}
        tried = [self.hints[int(x)] for x in self._random.integers(len(self.hints), size=2)] if self.hints else []
        open_to = [k for hint in tried for k in hint if self.pool.holds((k,)) and k not in leaving]
        open_to = [k for k in open_to if int(pairs[k]) not in closed]
        if not open_to:
            open_to = [k for k, _ in self.pool.additions(rest)[:KICK_AMONG] if k not in leaving]
        return (*rest, int(self._random.choice(open_to))) if open_to else rest

    def _filled(self, chosen: tuple[int, ...]) -> tuple[int, ...]:
        """The set with orders of the pool opened while that seems to pay."""
        while len(chosen) < self.model.max_orders:
            added = self.pool.additions(chosen)
            if not added or added[0][1] <= 0.0:
                break
            chosen = (*chosen, added[0][0])
        return chosen

    def _exchange(self, chosen: tuple[int, ...], value: float) -> None:
        """Take the first exchange found better among the ``TRIES`` most promising, until there is none."""
        going = self.pool.holds(chosen)
        while going:
            going = False
            for other, _ in islice(self.pool.exchanges(chosen), EXCHANGES):
                if self.out_of_time():
                    return
                found, better = self.evaluate(other)
                if better > value + 0.5 and self.pool.holds(found):
                    chosen, value, going = found, better, True
                    break

    def _best_addition(self, chosen: tuple[int, ...], value: float) -> tuple[tuple[int, ...], float] | None:
        """The best of the most promising additions, where it beats ``value``."""
        best, base = None, value
        for k, worth in self._ranked(chosen, TRIES):
            if base + HOPE * worth <= value or self.out_of_time():
                continue
            found = self.evaluate((*chosen, k))
            if found[1] > value + 0.5:
                best, value = found, found[1]
        return best

    def _ranked(self, chosen: tuple[int, ...], count: int) -> list[tuple[int, float]]:
        """Candidates with what they might add to the set within the capacity it leaves, best first, a pair at most
        once."""
        self.ladders.refill(self.prices(chosen))
        taken, left = np.array(chosen, dtype=np.int64), self.capacity.copy()
        if chosen:
            np.subtract.at(left, self.model.candidates.offer[taken], self._volume(chosen))
        c = self.ladders.candidates
        value = self.ladders.worth(toll=np.zeros(len(left)), capacity=np.maximum(left, 0)).value
        value[(left[c.offer] < c.minimum) | np.isin(c.pair, self.model.candidates.pair[taken])] = -np.inf
        ranked = largest(np.flatnonzero(value > 0), value, 3 * count)
        _, first = np.unique(c.pair[ranked], return_index=True)
        best = ranked[np.sort(first)][:count]
        return list(zip(self.ladders.index[best].tolist(), value[best].tolist(), strict=True))

    def _volume(self, chosen: tuple[int, ...]) -> Ints:
        """What every order of a set that was evaluated carries."""
        if chosen not in self._volumes:
            self._place(chosen)
        return self._volumes[chosen]

    def forget(self) -> None:
        """Let go of what only further steps would need."""
        self._columns = Columns(self.model)
        self._volumes.clear()

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
