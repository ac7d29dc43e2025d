"""Chains of annealing cycles that begin again from their best plans.

A first sweep over all temperatures shows where the cost falls, see ``cooling``; the cycles after it begin where the
sweep stood at a few times the best cost. Where orders are many, the first cycle takes most of the time
there is, and itself shows where the few after it begin.
"""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import inf, log
from time import perf_counter

from manufacturers.planning.kernel.budget import Budget
from manufacturers.planning.kernel.chain import Chain
from manufacturers.planning.kernel.cooling import Course, Profile, even
from manufacturers.planning.kernel.tables import EARLY, EXACT_EARLY

SWEEP_BY_SQUARE, MOVES_BY_SQUARE = 110, 400
MOST_SWEEP = 0.12
MOST_ELITE = 4
# how many times the best cost the sweep stood at where a cycle begins: of the first, of later ones by chance
FIRST_FACTOR, FACTORS = 8.0, (4.0, 2.0)
TO_BEST = 0.5
# a cycle that takes more of the budget than this is the only one: how far it cools slowly, in which share of its time,
# and down to what share of a mean changeover's cost; the next begins where it stood at so many times the best cost
ONE_CYCLE, ONLY_COLD, ONLY_SLOW, ONLY_LEAST, AGAIN_FACTOR = 2.0, 0.03, 0.85, 0.1, 1.5
SWEEP_TOP, WARM_TOP = 1.0, 0.1
MERGED_FROM, EARLINESS_FROM, POLISH_FROM = 0.6, 0.92, 0.97
PRESSES = 160
# shares of a mean changeover's cost: the lowest temperature, and the range of the last cycle; the latter's highest as a
# share of the best cost
COLD, LAST, LAST_OF_BEST, LAST_DEPTH = 0.02, (0.05, 0.3), 5e-4, 0.05
# the highest temperature of changeovers, as a share of a mean one's cost; it holds up to how many times the cost of a
# plan's changeovers the whole plan costs, beyond that it rises with the square
CALM, CALM_UP_TO = 0.3, 600.0
COLD_OF_BEST, LEAST_OF_HOT = 1e-6, 1e-7
FIRST_RATE = 2e6

Key = tuple[float, float]
Rows = list[list[int]]


@dataclass(slots=True)
class Island:
    """One chain with its best plans; runs in a thread of its own. ``hot``: the highest temperature of its sweep."""

    chain: Chain
    draw: random.Random
    hot: float
    price: float
    elite: list[tuple[Key, Rows]] = field(default_factory=list)
    profile: Profile | None = None
    used: int = 0
    rate: float = FIRST_RATE
    pressed: float = 0.0
    cycles: int = 0

    def remember(self) -> None:
        """Keep the chain's best sequences among the best plans, once."""
        key = self.chain.best
        if all(key != known for known, _ in self.elite):
            self.elite.append((key, self.chain.best_sequences()))
            self.elite.sort(key=lambda member: member[0])
            del self.elite[MOST_ELITE:]

    def cycle(self, budget: Budget, end: float, course: Course) -> list[tuple[float, float]]:
        """Anneal along ``course`` until share ``end``; returns the temperatures and costs on the way."""
        begin = now = budget.progress(self.used)
        seen, calm = [], self.calm()
        while now < end:
            heat = course.at((now - begin) / (end - begin))
            moves, before = budget.step(self.used, self.rate), perf_counter()
            self.chain.run(moves, heat, calm)
            self.rate = 0.7 * self.rate + 0.3 * moves / max(perf_counter() - before, 1e-6)
            self.used += moves
            seen.append((heat, self.chain.present))
            if now >= self.pressed + 1.0 / PRESSES:
                self.chain.press()
                self.pressed = now
            now = budget.progress(self.used)
        return seen

    def calm(self) -> float:
        """The highest temperature of changeovers: after the sweep higher where lateness costs far more than they."""
        (_, cost), rows = self.elite[0]
        paid = self.chain.changeovers(rows)
        dearer = cost / paid / CALM_UP_TO if paid > 0 and self.profile is not None else 1.0
        return CALM * self.price * max(1.0, dearer) ** 2 or inf

    def sweep(self, budget: Budget, end: float) -> None:
        """From the highest temperature to the lowest, to learn at which the cost falls."""
        cost = self.chain.best[1]
        cold = max(self.hot * LEAST_OF_HOT, min(self.hot / 10, max(COLD * self.price, COLD_OF_BEST * cost)))
        begin = budget.progress(self.used)
        course = even(self.hot, cold)
        square = len(self.chain.tables.lot) ** 2
        share = SWEEP_BY_SQUARE * square / max(budget.expected(self.rate), 1.0)
        seen = self.cycle(budget, min(end, begin + max(share, 0.02)), course)
        self.profile = Profile.of(seen or [(self.hot, cost)])
        self.remember()

    def evolve(self, budget: Budget, end: float) -> None:
        """Cycles until ``end``: each from one of the best plans; only block moves where there is time for one alone."""
        if self.rate == FIRST_RATE:
            self.cycle(budget, budget.progress(self.used) + 0.002, even(self.hot, self.hot))  # measures the rate
        if MOVES_BY_SQUARE * len(self.chain.tables.lot) ** 2 > ONE_CYCLE * budget.expected(self.rate):
            self._only_cycle(budget, end)
            return
        if self.profile is None:
            self.sweep(budget, budget.progress(self.used) + MOST_SWEEP)
        square = len(self.chain.tables.lot) ** 2
        share = max(MOVES_BY_SQUARE * square / max(budget.expected(self.rate), 1.0), 0.002)
        while (now := budget.progress(self.used)) < end and self.profile is not None:
            rest = max(1, round((end - now) / share))
            factor = FIRST_FACTOR if self.cycles == 0 else self.draw.choice(FACTORS)
            best = self.elite[0][0][1]
            self._begin(factor * best)
            seen = self.cycle(budget, now + (end - now) / rest, self.profile.course(best, factor))
            self.profile = self.profile.with_(seen)
            self.remember()
            self.cycles += 1

    def _only_cycle(self, budget: Budget, end: float) -> None:
        """One cycle from where the chain stands; those after it from the best plan, where the first stood near it."""
        self.chain.looks_by_move = 0.0
        if self.profile is None:
            self.chain.begin_again()
            seen = self.cycle(budget, end, self._first_course())
            self.profile = Profile.of(seen or [(self.hot, self.chain.best[1])])
        else:
            self.chain.take(self.elite[0][1])
            self.chain.begin_again()
            seen = self.cycle(budget, end, self.profile.course(self.elite[0][0][1], AGAIN_FACTOR))
            self.profile = self.profile.with_(seen)
        self.remember()
        self.cycles += 1

    def _first_course(self) -> Course:
        """Slowly to where many orders' plans no longer change, then fast: what falls there tells the next cycle."""
        slow = self.hot * ONLY_COLD
        cold = max(self.hot * COLD_OF_BEST, min(slow / 10, ONLY_LEAST * self.price))
        return Course(shares=[0.0, ONLY_SLOW, 1.0], heats=[log(self.hot), log(slow), log(cold)])

    def _begin(self, limit: float) -> None:
        """Stand at the best plan or another of the best up to the cost ``limit``: hardly any temperature mends more."""
        rows = [rows for (over, cost), rows in self.elite if over == self.elite[0][0][0] and cost <= limit]
        self.chain.take(rows[0] if self.draw.random() < TO_BEST else self.draw.choice(rows))
        self.chain.begin_again()

    def last(self) -> Course:
        """Temperatures at which only what costs as little as a short changeover still changes."""
        best = self.chain.best[1]
        hot = LAST_OF_BEST * best
        if self.price > 0:
            hot = min(max(hot, LAST[0] * self.price), LAST[1] * self.price)
        hot = max(hot, self.hot * LEAST_OF_HOT)
        return even(hot, hot * LAST_DEPTH)


def search(chains: list[Chain], budget: Budget, seed: int, warm: bool) -> tuple[Chain, int]:
    """Improve until the budget is used; returns the chain with the best plan and the moves of one chain."""
    hot = chains[0].hot() * (WARM_TOP if warm else SWEEP_TOP)
    tables = chains[0].tables
    paid = tables.setup_cost[tables.setup_cost > 0]
    price = float(paid.mean()) if paid.size else 0.0
    islands = [
        Island(chain=chain, draw=random.Random(seed * 31 + k), hot=hot, price=price) for k, chain in enumerate(chains)
    ]
    for island in islands:
        island.remember()
    later = bool(tables.weight[:, EARLY].any()) and tables.par[EXACT_EARLY] == 0
    with ThreadPoolExecutor(max_workers=len(chains)) as pool:
        list(pool.map(lambda island: island.evolve(budget, MERGED_FROM), islands))
        merge(islands)
        last = EARLINESS_FROM if later else POLISH_FROM
        list(pool.map(lambda island: island.evolve(budget, last), islands))
        merge(islands)
        best = islands[0].elite[0][1]
        for island in islands:
            island.chain.take(best)
            island.chain.begin_again()
            if later:
                island.chain.pay_for_earliness()
        list(pool.map(lambda island: island.cycle(budget, 1.0, island.last()), islands))
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
