"""What would mend a plan's lateness: for each line, one more shift in its next closed time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from manufacturers.planning.kernel.problem import Line, Plan, PlanningProblem, SolveLimits
from manufacturers.planning.kernel.solver import solve


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """Work on ``line`` from ``opens`` to ``closes``, now closed, and what it would bring.

    ``on_time``: orders late in the plan that would not be. ``late``: how many would still be late. ``saved``: how much
    less the plan would cost than one searched as long without the shift.
    """

    line: str
    opens: int
    closes: int
    on_time: tuple[str, ...]
    late: int
    saved: int


def mends(
    problem: PlanningProblem, plan: Plan, *, minutes: int, after: int, iterations: int, seed: int
) -> tuple[Mend, ...]:
    """One more shift of ``minutes`` by line, those that bring most orders on time first; none that saves nothing.

    The shift stands in the line's first closed time of at least ``minutes`` from ``after`` on, before the last late
    lot ends; a line that is always open has none. Each is judged by a search of ``iterations`` moves from ``plan``.
    """
    late = _late(problem, plan)
    if not late:
        return ()
    limits = SolveLimits(iterations=iterations)
    without = solve(problem, limits=limits, seed=seed, warm_start=plan).objective
    until = max(lot.end for lot in plan.lots if lot.order in late)
    found = []
    for k, line in enumerate(problem.lines):
        longer = _longer(line, minutes, after, until)
        if longer is None or without is None:
            continue
        lines = (*problem.lines[:k], longer[0], *problem.lines[k + 1 :])
        outcome = solve(replace(problem, lines=lines), limits=limits, seed=seed, warm_start=plan)
        if outcome.plan is None or outcome.objective is None or outcome.objective >= without:
            continue
        rest = _late(problem, outcome.plan)
        found.append(
            Mend(
                line=line.id,
                opens=longer[1],
                closes=longer[1] + minutes,
                on_time=tuple(x for x in late if x not in rest),
                late=len(rest),
                saved=without - outcome.objective,
            )
        )
    return tuple(sorted(found, key=lambda x: (x.late, -len(x.on_time), -x.saved, x.line)))


def _late(problem: PlanningProblem, plan: Plan) -> tuple[str, ...]:
    lots = plan.by_order()
    return tuple(x.id for x in problem.orders if x.id in lots and lots[x.id].end > x.due)


def _longer(line: Line, minutes: int, after: int, until: int) -> tuple[Line, int] | None:
    """The line with the shift, and when it opens."""
    if line.calendar is None:
        return None
    edges = [(after, after), *(x for x in line.calendar if x[1] > after), (until + minutes, until + minutes)]
    for (_, closes), (opens, _) in pairwise(edges):
        begin = max(closes, after)
        if begin >= until:
            return None
        if opens - begin >= minutes:
            return replace(line, calendar=tuple(sorted((*line.calendar, (begin, begin + minutes))))), begin
    return None
