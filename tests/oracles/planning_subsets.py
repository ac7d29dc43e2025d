"""The optimum of a small planning problem by dynamic programming over what is left to make, minute by minute.

It shares no code with the kernel and serves where trying every sequence takes too long; tests compare it to that.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from manufacturers.planning.kernel import Line, Order, PlanningProblem

HORIZON = 80
NEVER = 10**15

Costs = NDArray[np.int64]


def optimum(problem: PlanningProblem) -> int | None:
    """The least cost over all allowed plans within the horizon; ``None`` where none is allowed."""
    everything = (1 << len(problem.orders)) - 1
    best = [0] + [NEVER] * everything
    for line in problem.lines:
        alone = _Alone(problem, line).by_set()
        best = [min(best[mask ^ part] + alone[part] for part in _subsets(mask)) for mask in range(everything + 1)]
    return best[everything] if best[everything] < NEVER else None


def _subsets(mask: int) -> list[int]:
    """Every set within a set, itself and the empty one with it."""
    found, part = [mask], mask
    while part:
        part = (part - 1) & mask
        found.append(part)
    return found


class _Alone:
    """One line: what each set of orders costs there at the least."""

    def __init__(self, problem: PlanningProblem, line: Line) -> None:
        self.problem, self.line = problem, line
        self.worked = np.array([self._is_open(t) for t in range(HORIZON)])
        self.frozen = {x.order: x for x in problem.frozen}
        self.before = {x.order: x.line for x in problem.previous}
        self.own = [self._own(order) for order in problem.orders]
        self.ready = [[self._ready(order, name) for name in problem.families] for order in problem.orders]
        self.makes = [k for k, order in enumerate(problem.orders) if self._may_be_here(order)]

    def by_set(self) -> list[int]:
        """The least cost by set of orders, each of them a bit."""
        problem, count, initial = self.problem, len(self.problem.orders), self.line.initial_family
        families = {name: k for k, name in enumerate(problem.families)}
        rest: dict[int, Costs] = {0: np.zeros((len(families), HORIZON + 1), np.int64)}
        for mask in range(1, 1 << count):
            rest[mask] = np.full((len(families), HORIZON + 1), NEVER)
            for k in self.makes:
                if mask >> k & 1:
                    left = rest[mask ^ (1 << k)][families[problem.orders[k].family]]
                    for at in range(len(families)):
                        rest[mask][at] = np.minimum(rest[mask][at], self._next(k, at, left))
        return [min(int(rest[mask][families[initial], 0]), NEVER) for mask in range(1 << count)]

    def _may_be_here(self, order: Order) -> bool:
        fixed = self.frozen.get(order.id)
        return self.line.id in order.minutes and (fixed is None or fixed.line == self.line.id)

    def _is_open(self, minute: int) -> bool:
        calendar = self.line.calendar
        return calendar is None or any(opens <= minute < closes for opens, closes in calendar)

    def _end(self, begin: int, minutes: int) -> int:
        """When so many open minutes from ``begin`` on are over; past the horizon where they never are."""
        if minutes == 0:
            return begin
        for t in range(begin, HORIZON):
            minutes -= bool(self.worked[t])
            if minutes == 0:
                return t + 1
        return HORIZON + 1

    def _own(self, order: Order) -> tuple[Costs, Costs]:
        """The end and the cost of the order itself by its start; ``NEVER`` where it may not start."""
        ends, costs = np.full(HORIZON + 1, HORIZON), np.full(HORIZON + 1, NEVER)
        weights, fixed = self.problem.objective, self.frozen.get(order.id)
        moved = weights.line_change * (self.before.get(order.id, self.line.id) != self.line.id)
        for start in range(HORIZON) if self.line.id in order.minutes else ():
            end = self._end(start, order.minutes[self.line.id])
            allowed = start == fixed.start if fixed else bool(self.worked[start])
            if allowed and start >= order.release and end <= min(HORIZON, order.deadline or HORIZON):
                late = weights.tardiness * order.tardiness_weight * max(0, end - order.due)
                early = weights.earliness * order.earliness_weight * max(0, order.due - end)
                ends[start], costs[start] = end, late + early + moved
        return ends, costs

    def _ready(self, order: Order, family: str) -> tuple[Costs, int]:
        """By the moment the line is free after ``family``, when the order may start; and what changing over costs."""
        names, changeover, weights = list(self.problem.families), self.problem.changeover, self.problem.objective
        at, to = names.index(family), names.index(order.family)
        waits = order.release if changeover.waits_for_release else 0
        ready = [self._end(max(free, waits), changeover.minutes[at][to]) for free in range(HORIZON + 1)]
        price = weights.changeover_minutes * changeover.minutes[at][to]
        return np.array(ready), price + weights.changeover_cost * changeover.cost[at][to]

    def _next(self, k: int, family: int, after: Costs) -> Any:
        """By the moment the line is free after a family: order ``k`` next, then ``after`` by the moment it ends."""
        (ends, costs), (ready, price) = self.own[k], self.ready[k][family]
        from_start = np.minimum.accumulate(np.minimum(costs + after[ends], NEVER)[::-1])[::-1]
        return np.where(ready > HORIZON, NEVER, from_start[np.minimum(ready, HORIZON)] + price)
