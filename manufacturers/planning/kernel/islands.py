"""Chains of annealing cycles that keep their best plans and begin again from crossings of two of them.

Short cycles from many starts find what one long cycle misses where orders are few (Xu et al. 2014: recombination and
local search for weighted tardiness with changeovers); where orders are many, one cycle takes all the time there is.
"""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import perf_counter

from manufacturers.planning.kernel.budget import Budget
from manufacturers.planning.kernel.chain import Chain
from manufacturers.planning.kernel.tables import EARLY, EXACT_EARLY

MOVES_BY_SQUARE = 280
MOST_ELITE = 8
FRESH = 5
WARM_TOP, CROSSED_TOP, LAST_TOP, LAST_FLOOR = 0.1, 0.3, 0.02, 0.003
CROSSED_BELOW = 0.2
MERGED_FROM, EARLINESS_FROM = 0.75, 0.92
POLISH_FROM = 0.97
PRESSES = 160
# (highest, lowest) temperature as shares of those measured: where few orders are late, typical differences say little
HEATS = ((1.0, 1.0), (0.3, 1.0), (0.1, 0.3), (0.03, 0.3))
KEPT_HEAT = 0.6
FIRST_RATE = 2e5

Key = tuple[float, float]
Rows = list[list[int]]
WORST: Key = (1e300, 1e300)


@dataclass(slots=True)
class Island:
    """One chain with its best plans; runs in a thread of its own."""

    chain: Chain
    draw: random.Random
    hot: float
    cold: float
    elite: list[tuple[Key, Rows]] = field(default_factory=list)
    used: int = 0
    rate: float = FIRST_RATE
    pressed: float = 0.0
    heat: int = 0
    reached: list[Key] = field(default_factory=lambda: [WORST] * len(HEATS))

    def remember(self) -> None:
        """Keep the chain's best sequences among the best plans, once, and what its temperatures reached."""
        key = self.chain.best
        self.reached[self.heat] = min(self.reached[self.heat], key)
        if all(key != known for known, _ in self.elite):
            self.elite.append((key, self.chain.best_sequences()))
            self.elite.sort(key=lambda member: member[0])
            del self.elite[MOST_ELITE:]

    def cycle(self, budget: Budget, end: float, top: float, floor: float = 1.0) -> None:
        """Anneal from ``top``, a share of the highest temperature, to ``floor`` of the lowest until share ``end``."""
        begin = now = budget.progress(self.used)
        highest, lowest = self.hot * HEATS[self.heat][0] * top, self.cold * HEATS[self.heat][1]
        highest, lowest = max(highest, lowest), lowest * floor
        while now < end:
            heat = highest * (lowest / highest) ** ((now - begin) / (end - begin))
            moves, before = budget.step(self.used, self.rate), perf_counter()
            self.chain.run(moves, heat, heat)
            self.rate = 0.7 * self.rate + 0.3 * moves / max(perf_counter() - before, 1e-6)
            self.used += moves
            if now >= self.pressed + 1.0 / PRESSES:
                self.chain.press()
                self.pressed = now
            now = budget.progress(self.used)

    def evolve(self, budget: Budget, end: float, warm: bool) -> None:
        """Cycles until ``end``: first from wherever the chain stands, then from crossings of two of the best."""
        begin = budget.progress(self.used)
        self.cycle(budget, min(end, begin + 0.002), WARM_TOP if warm else 1.0)  # measures the rate
        square = len(self.chain.tables.lot) ** 2
        share = max(MOVES_BY_SQUARE * square / max(budget.expected(self.rate), 1.0), 0.002)
        while (now := budget.progress(self.used)) < end:
            rest = max(1, round((end - now) / share))
            again = warm or len(self.elite) >= FRESH
            if share < CROSSED_BELOW:
                self._choose_heat()
            if again:
                self._begin_from_best(cross=share < CROSSED_BELOW)
            self.chain.begin_again()
            self.cycle(budget, now + (end - now) / rest, WARM_TOP if warm else CROSSED_TOP if again else 1.0)
            self.remember()

    def _choose_heat(self) -> None:
        """Temperatures not tried yet, then mostly those that reached the best plan."""
        if WORST in self.reached:
            self.heat = self.reached.index(WORST)
        elif self.draw.random() < KEPT_HEAT:
            self.heat = self.reached.index(min(self.reached))
        else:
            self.heat = self.draw.randrange(len(HEATS))

    def _begin_from_best(self, cross: bool) -> None:
        if cross:
            one, other = self.draw.choice(self.elite)[1], self.draw.choice(self.elite)[1]
            self.chain.take(crossed(one, other, self.draw))
        else:
            self.chain.take(self.elite[0][1])


def crossed(one: Rows, other: Rows, draw: random.Random) -> Rows:
    """On each line a stretch of ``one`` where it stands there, around it the rest as in ``other``."""
    cuts = []
    for row in one:
        begin = draw.randrange(len(row) + 1)
        cuts.append((begin, draw.randrange(begin, len(row) + 1)))
    kept = {order for row, (begin, end) in zip(one, cuts, strict=True) for order in row[begin:end]}
    child = []
    for row, mixed, (begin, end) in zip(one, other, cuts, strict=True):
        rest = [order for order in mixed if order not in kept]
        child.append(rest[:begin] + row[begin:end] + rest[begin:])
    return child


def search(chains: list[Chain], budget: Budget, seed: int, warm: bool) -> tuple[Chain, int]:
    """Improve until the budget is used; returns the chain with the best plan and the moves of one chain."""
    hot, cold = chains[0].range_of_heat()
    islands = [
        Island(chain=chain, draw=random.Random(seed * 31 + k), hot=hot, cold=cold) for k, chain in enumerate(chains)
    ]
    for island in islands:
        island.remember()
    tables = chains[0].tables
    later = bool(tables.weight[:, EARLY].any()) and tables.par[EXACT_EARLY] == 0
    with ThreadPoolExecutor(max_workers=len(chains)) as pool:
        list(pool.map(lambda island: island.evolve(budget, MERGED_FROM, warm), islands))
        merge(islands)
        last = EARLINESS_FROM if later else POLISH_FROM
        list(pool.map(lambda island: island.evolve(budget, last, True), islands))
        merge(islands)
        best = islands[0].elite[0][1]
        for island in islands:
            island.chain.take(best)
            island.chain.begin_again()
            if later:
                island.chain.pay_for_earliness()
        list(pool.map(lambda island: island.cycle(budget, 1.0, LAST_TOP, LAST_FLOOR), islands))
    return min(chains, key=lambda chain: chain.best), max(island.used for island in islands)


def merge(islands: list[Island]) -> None:
    """Let every island know the best plans of all."""
    for island in islands[1:]:
        for key, rows in island.elite:
            if all(key != known for known, _ in islands[0].elite):
                islands[0].elite.append((key, rows))
    islands[0].elite.sort(key=lambda member: member[0])
    del islands[0].elite[MOST_ELITE:]
    for island in islands[1:]:
        island.elite = list(islands[0].elite)
