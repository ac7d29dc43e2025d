"""The optimum of a tiny planning problem by trying every sequence on every line at every start, minute by minute."""

from __future__ import annotations

from functools import cache
from itertools import permutations, product

from manufacturers.planning.kernel import PlanningProblem

HORIZON = 60


def open_minutes(problem: PlanningProblem, line: int) -> list[bool]:
    """Whether each minute of the horizon is worked."""
    calendar = problem.lines[line].calendar
    if calendar is None:
        return [True] * HORIZON
    return [any(opens <= t < closes for opens, closes in calendar) for t in range(HORIZON)]


def _ends(is_open: list[bool], start: int, minutes: int) -> int | None:
    for t in range(start, HORIZON):
        minutes -= is_open[t]
        if minutes == 0:
            return t + 1
    return None


def _changed_over(is_open: list[bool], begin: int, minutes: int) -> int | None:
    return begin if minutes == 0 else _ends(is_open, begin, minutes)


def optimum(problem: PlanningProblem) -> int | None:
    """The least cost over all allowed plans within the horizon; ``None`` where none is allowed."""
    choices = [[k for k, line in enumerate(problem.lines) if line.id in order.minutes] for order in problem.orders]
    best: int | None = None
    for lines in product(*choices):
        total: int | None = 0
        for k in range(len(problem.lines)):
            here = tuple(row for row, line in enumerate(lines) if line == k)
            part = min(
                (x for x in (_sequence(problem, k, s) for s in permutations(here)) if x is not None), default=None
            )
            total = None if total is None or part is None else total + part
        if total is not None and (best is None or total < best):
            best = total
    return best


def _sequence(problem: PlanningProblem, line: int, sequence: tuple[int, ...]) -> int | None:
    is_open = open_minutes(problem, line)
    name, weights, index = problem.lines[line].id, problem.objective, list(problem.families)
    frozen = {x.order: x for x in problem.frozen}
    before = {x.order: x.line for x in problem.previous}
    families = [index.index(problem.orders[row].family) for row in sequence]
    previous = [index.index(problem.lines[line].initial_family), *families]

    @cache
    def rest(k: int, free: int) -> int | None:
        if k == len(sequence):
            return 0
        order, best = problem.orders[sequence[k]], None
        setup = problem.changeover.minutes[previous[k]][families[k]]
        begin = max(free, order.release) if problem.changeover.waits_for_release else free
        ready = _changed_over(is_open, max(begin, 0), setup)
        fixed = frozen.get(order.id)
        if ready is None or (fixed is not None and fixed.line != name):
            return None
        earliest = max(ready, order.release, 0)
        starts = range(earliest, HORIZON) if fixed is None else [fixed.start] if fixed.start >= earliest else []
        for start in starts:
            end = _ends(is_open, start, order.minutes[name]) if is_open[start] or fixed else None
            if end is None or (order.deadline is not None and end > order.deadline):
                continue
            after = rest(k + 1, end)
            if after is None:
                continue
            value = after + weights.tardiness * order.tardiness_weight * max(0, end - order.due)
            value += weights.earliness * order.earliness_weight * max(0, order.due - end)
            best = value if best is None or value < best else best
        if best is None:
            return None
        best += weights.changeover_minutes * setup
        best += weights.changeover_cost * problem.changeover.cost[previous[k]][families[k]]
        return best + weights.line_change * (before.get(order.id, name) != name)

    return rest(0, 0)
