"""What would mend a plan's lateness: for each line, one more shift in its next closed time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from time import perf_counter

from manufacturers.planning.kernel.problem import Line, Plan, PlanningProblem, SolveLimits
from manufacturers.planning.kernel.solver import solve


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """Work on ``line`` from ``opens`` to ``closes``, now closed, and what it would bring.

    ``on_time``: of the ``late_now`` orders that are late in the plan, those that would not be. ``late``: how many would
    be, in all. ``less_late``: by how many minutes less, all together. ``saved``: how much less the plan would cost than
    one searched as long without the shift.
    """

    line: str
    opens: int
    closes: int
    on_time: tuple[str, ...]
    late_now: int
    late: int
    less_late: int
    saved: int


def mends(
    problem: PlanningProblem,
    plan: Plan,
    *,
    minutes: int,
    after: int,
    iterations: int,
    seconds: float | None = None,
    seed: int,
) -> tuple[Mend, ...]:
    """One more shift of ``minutes`` by line, those that leave fewest orders late first; none that saves nothing.

    The shift stands in the line's first closed time of at least ``minutes`` from ``after`` on, before the last late
    lot ends; a line that is always open has none. Each is judged by a search of ``iterations`` moves from ``plan``;
    with ``seconds`` for all of them together, what is left of it is shared by those to come (then nothing repeats
    for sure).
    """
    late = _late(problem, plan)
    if not late:
        return ()
    until = max(plan.by_order()[key].end for key in late)
    tried = [(k, _longer(line, minutes, after, until)) for k, line in enumerate(problem.lines)]
    shifts = [(k, longer) for k, longer in tried if longer is not None]
    shares = _shares(iterations, seconds, 1 + len(shifts))
    without = solve(problem, limits=next(shares), seed=seed, warm_start=plan).objective
    found = []
    for k, longer in shifts:
        if without is None:
            break
        lines = (*problem.lines[:k], longer[0], *problem.lines[k + 1 :])
        outcome = solve(replace(problem, lines=lines), limits=next(shares), seed=seed, warm_start=plan)
        if outcome.plan is None or outcome.objective is None or outcome.objective >= without:
            continue
        rest = _late(problem, outcome.plan)
        found.append(
            Mend(
                line=problem.lines[k].id,
                opens=longer[1],
                closes=longer[1] + minutes,
                on_time=tuple(x for x in late if x not in rest),
                late_now=len(late),
                late=len(rest),
                less_late=_late_minutes(problem, plan) - _late_minutes(problem, outcome.plan),
                saved=without - outcome.objective,
            )
        )
    return tuple(sorted(found, key=lambda x: (x.late, -len(x.on_time), -x.saved, x.line)))


def _shares(iterations: int, seconds: float | None, searches: int) -> Iterator[SolveLimits]:
    """The limits of each search: an equal part of the seconds that are left."""
    end = perf_counter() + (seconds or 0.0)
    for left in range(searches, 0, -1):
        share = None if seconds is None else max(0.0, end - perf_counter()) / left
        yield SolveLimits(iterations=iterations, seconds=share)


def _late_minutes(problem: PlanningProblem, plan: Plan) -> int:
    lots = plan.by_order()
    return sum(max(0, lots[x.id].end - x.due) for x in problem.orders if x.id in lots)


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
