"""Plans of a problem in slots: proven where all states fit into memory, else searched in one or several chains."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter

import numpy as np

from manufacturers.planning.kernel.budget import Budget
from manufacturers.planning.kernel.filling import Filling, fill, new_filling, return_to
from manufacturers.planning.kernel.problem import Changeover, Line, Objective, Order, PlanningProblem
from manufacturers.planning.kernel.schedule import TOO_DEAR
from manufacturers.planning.kernel.slots import (
    IDLE,
    MOST_STATES,
    WHO,
    Slots,
    new_work,
    refill,
    slots_of,
    value_of,
)
from manufacturers.planning.kernel.tables import Ints, build

STATES_OF_A_MOVE = 50
STATES_OF_A_CYCLE = 1.6e8
MOST_CYCLES = 8
HOT, COLD = 0.5, 0.013
TOGETHER_FROM, AGAIN = 0.8, 0.3
FIRST_RATE = 1e7


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """Orders and their ends in worked minutes, on the one line; ``moves`` of one chain."""

    sequence: list[int]
    ends: list[int]
    moves: int
    proven: bool


def search(slots: Slots, start: tuple[list[int], list[int]] | None, budget: Budget, seed: int, workers: int) -> Filled:
    """Improve ``start`` (orders and ends), else the plan by deadline; ``ValueError`` where that fails too."""
    plan = _by_deadline(slots) if start is None else _plan_of(slots, *start)
    if _states(slots) <= MOST_STATES:
        _refill_all(slots, plan)
        return _filled(slots, plan, 0, proven=True)
    fillings = [new_filling(slots, plan, seed * 1009 + k) for k in range(workers)]
    runs = [_Run(slots=slots, filling=filling, budget=budget) for filling in fillings]
    with ThreadPoolExecutor(max_workers=workers) as pool:
        list(pool.map(lambda run: run.restarts(TOGETHER_FROM), runs))
        best = min(fillings, key=lambda filling: float(filling.value[1]))
        plan, value = best.best.copy(), float(best.value[1])
        for filling in fillings:
            return_to(filling, plan, value)
        list(pool.map(lambda run: run.cycle(1.0, AGAIN), runs))
    best = min(fillings, key=lambda filling: float(filling.value[1]))
    return _filled(slots, best.best, max(run.moves for run in runs), proven=False)


@dataclass(slots=True)
class _Run:
    """One chain in a thread of its own."""

    slots: Slots
    filling: Filling
    budget: Budget
    moves: int = 0
    rate: float = FIRST_RATE / STATES_OF_A_MOVE

    def restarts(self, end: float) -> None:
        """Cycles of falling noise, each from the present filling, until the share ``end`` of the budget is used."""
        self._step(1.0, 1.0)
        cycles = round(self.budget.expected(self.rate) * STATES_OF_A_MOVE / STATES_OF_A_CYCLE)
        cycles = max(2, min(MOST_CYCLES, cycles))
        for k in range(cycles):
            self.cycle(end * (k + 1) / cycles, 1.0)

    def cycle(self, end: float, top: float) -> None:
        """Refill with noise that falls from ``top`` of the highest until the share ``end`` of the budget is used."""
        begin = now = self.budget.progress(self.moves)
        while now < end:
            self._step(top, (now - begin) / (end - begin))
            now = self.budget.progress(self.moves)

    def _step(self, top: float, done: float) -> None:
        slots = self.slots
        dear = slots.change[slots.change > 0]
        noise = float(dear.mean()) if dear.size else 1.0
        noise *= top * HOT * (COLD / (top * HOT)) ** done
        asked, before = self.budget.step(self.moves, self.rate), perf_counter()
        states = fill(slots.cost, slots.change, slots.initial, self.filling, asked * STATES_OF_A_MOVE, noise, noise)
        moves = max(1, states // STATES_OF_A_MOVE)
        self.rate = 0.7 * self.rate + 0.3 * moves / max(perf_counter() - before, 1e-6)
        self.moves += moves


def _states(slots: Slots) -> float:
    symbols, codes = 2, 1.0
    for units in (*slots.units.tolist(), slots.cost.shape[2] - int(slots.units.sum())):
        codes *= units + 1
        symbols += units > 0
    return codes * symbols


def _refill_all(slots: Slots, plan: Ints) -> None:
    work, symbols = new_work(slots, int(_states(slots))), 0
    for who in (IDLE, *range(len(slots.units))):
        if (plan == who).any():
            work.part[symbols, WHO] = who
            symbols += 1
    refill(slots.cost, slots.change, slots.initial, plan, work, symbols, 0, len(plan))


def _plan_of(slots: Slots, sequence: list[int], ends: list[int]) -> Ints:
    family = {order: k for k, members in enumerate(slots.lots) for order in members}
    plan: Ints = np.full(slots.cost.shape[2], IDLE, np.int64)
    for order, end in zip(sequence, ends, strict=True):
        plan[end // slots.minutes - 1] = family[order]
    return plan


def _by_deadline(slots: Slots) -> Ints:
    """In each slot the released lot with the earliest deadline, which keeps all deadlines if any plan does."""
    allowed = slots.cost < TOO_DEAR
    first = allowed.argmax(axis=2)
    last = allowed.shape[2] - 1 - allowed[:, :, ::-1].argmax(axis=2)
    plan: Ints = np.full(allowed.shape[2], IDLE, np.int64)
    used = np.zeros(len(slots.units), np.int64)
    for slot in range(len(plan)):
        ready = [k for k in range(len(used)) if used[k] < slots.units[k] and first[k, used[k]] <= slot]
        if ready:
            family = min(ready, key=lambda k: int(last[k, used[k]]))
            if not allowed[family, used[family], slot]:
                raise ValueError("no plan keeps all deadlines")
            plan[slot] = family
            used[family] += 1
    if (used < slots.units).any():
        raise ValueError("no plan keeps all deadlines")
    return plan


def _filled(slots: Slots, plan: Ints, moves: int, *, proven: bool) -> Filled:
    rest = [iter(members) for members in slots.lots]
    taken = [int(slot) for slot in np.flatnonzero(plan != IDLE)]
    return Filled(
        sequence=[next(rest[plan[slot]]) for slot in taken],
        ends=[(slot + 1) * slots.minutes for slot in taken],
        moves=moves,
        proven=proven,
    )


@lru_cache(maxsize=1)
def warm() -> None:
    """Compile, or load what was compiled before."""
    orders = tuple(Order(id=name, family=name, release=0, due=2, minutes={"a": 1}) for name in "xy")
    problem = PlanningProblem(
        lines=(Line(id="a", initial_family="x"),),
        families=("x", "y"),
        changeover=Changeover(minutes=((0, 0), (0, 0)), cost=((0, 1), (1, 0))),
        orders=orders,
        objective=Objective(changeover_cost=1),
    )
    slots = slots_of(build(problem))
    if slots is not None:
        filling = new_filling(slots, _by_deadline(slots), 1)
        fill(slots.cost, slots.change, slots.initial, filling, 100, 1.0, 1.0)
        return_to(filling, filling.best, value_of(slots.cost, slots.change, 0, filling.best, filling.used))
