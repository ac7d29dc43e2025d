"""Plans of one always open line by iterated local search in cycles of falling temperature, in one or several chains."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from time import perf_counter

import numpy as np

from manufacturers.planning.kernel.budget import Budget
from manufacturers.planning.kernel.chain import Chain
from manufacturers.planning.kernel.descent import BEST, Walk, new_walk, restart, stroll
from manufacturers.planning.kernel.problem import Changeover, Line, Order, PlanningProblem
from manufacturers.planning.kernel.schedule import keep_if_best
from manufacturers.planning.kernel.tables import build

LOOKS_OF_A_MOVE = 16
MOVES_BY_SQUARE = 2600
# shares of the best cost, by turns: where nearly all can be on time the hotter reaches what the cooler misses
HOTS, COLD = (0.02, 0.1), 0.005
TOGETHER_FROM, AGAIN = 0.8, 0.01
MOST_ELITE = 8
FIRST_RATE = 2e6

Known = tuple[float, list[int]]


@dataclass(slots=True)
class _Run:
    """One chain in a thread of its own; ``elite`` holds what its cycles found, the best first."""

    chain: Chain
    walk: Walk
    budget: Budget
    draw: random.Random
    moves: int = 0
    rate: float = FIRST_RATE
    elite: list[Known] = field(default_factory=list)

    def begin(self, sequence: list[int]) -> None:
        """Go on from ``sequence``, descended."""
        self.moves += restart(self.chain.tables, self.walk, np.array(sequence, np.int64)) // LOOKS_OF_A_MOVE

    def cycles(self, end: float) -> None:
        """Cycles until the share ``end`` of the budget, from the second on from crossings of two of the best."""
        self.begin(self.chain.best_sequences()[0])
        self._step(0.0)
        square = len(self.walk.best) ** 2
        count = max(1, round(end * self.budget.expected(self.rate) / (MOVES_BY_SQUARE * square)))
        for k in range(count):
            if len(self.elite) > 1:
                one, other = self.draw.choice(self.elite)[1], self.draw.choice(self.elite)[1]
                self.begin(crossed(one, other, self.draw))
            elif k > 0:
                self.begin(self.draw.sample(self.elite[0][1], len(self.walk.best)))
            self.cycle(end * (k + 1) / count, HOTS[k % len(HOTS)])

    def cycle(self, end: float, hot: float) -> None:
        """Walk at temperatures that fall from ``hot``, a share of the best, until ``end`` of the budget is used."""
        begin = now = self.budget.progress(self.moves)
        while now < end and self.walk.value[BEST] > 0:
            share = hot * (COLD / hot) ** ((now - begin) / (end - begin))
            self._step(share * float(self.walk.value[BEST]))
            now = self.budget.progress(self.moves)
        self.elite.append((float(self.walk.value[BEST]), self.walk.best.tolist()))
        self.elite.sort()
        del self.elite[MOST_ELITE:]

    def _step(self, heat: float) -> None:
        asked, before = self.budget.step(self.moves, self.rate), perf_counter()
        looks = stroll(self.chain.tables, self.walk, asked * LOOKS_OF_A_MOVE, heat)
        moves = max(1, looks // LOOKS_OF_A_MOVE)
        self.rate = 0.7 * self.rate + 0.3 * moves / max(perf_counter() - before, 1e-6)
        self.moves += moves
        if self.walk.value[BEST] < self.chain.best[1] or self.chain.best[0] > 0:
            self._keep()

    def _keep(self) -> None:
        """Let the chain know the best; where it breaks a limit, make that dearer and value all anew."""
        self.chain.take([self.walk.best.tolist()])
        keep_if_best(self.chain.state)
        if self.chain.state.sums[:, 1].sum() > 0:
            self.chain.press()
            self.begin(self.walk.best.tolist())


def crossed(one: list[int], other: list[int], draw: random.Random) -> list[int]:
    """A stretch of ``one`` where it stands there, around it the rest as in ``other``."""
    begin = draw.randrange(len(one) + 1)
    end = draw.randrange(begin, len(one) + 1)
    kept = set(one[begin:end])
    rest = [order for order in other if order not in kept]
    return rest[:begin] + one[begin:end] + rest[begin:]


def search(chains: list[Chain], budget: Budget, seed: int) -> tuple[Chain, int]:
    """Improve until the budget is used; returns the chain with the best plan and the moves of one chain."""
    runs = [
        _Run(
            chain=chain,
            walk=new_walk(chain.tables, chain.best_sequences()[0], seed * 1009 + k),
            budget=budget,
            draw=random.Random(seed * 31 + k),
        )
        for k, chain in enumerate(chains)
    ]
    with ThreadPoolExecutor(max_workers=len(runs)) as pool:
        list(pool.map(lambda run: run.cycles(TOGETHER_FROM), runs))
        best = min(chains, key=lambda chain: chain.best).best_sequences()[0]
        for run in runs:
            run.begin(best)
        list(pool.map(lambda run: run.cycle(1.0, AGAIN), runs))
    return min(chains, key=lambda chain: chain.best), max(run.moves for run in runs)


@lru_cache(maxsize=1)
def warm() -> None:
    """Compile, or load what was compiled before."""
    orders = tuple(Order(id=name, family="x", release=0, due=0, minutes={"a": 1}) for name in "pqr")
    changeover = Changeover(minutes=((0,),), cost=((0,),))
    line = Line(id="a", initial_family="x")
    tables = build(PlanningProblem(lines=(line,), families=("x",), changeover=changeover, orders=orders))
    walk = new_walk(tables, [0, 1, 2], 1)
    restart(tables, walk, np.arange(3))
    stroll(tables, walk, 1, 0.0)
