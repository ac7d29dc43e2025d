"""The planning kernel: orders on parallel lines with changeovers, calendars, releases, due dates and frozen lots."""

from __future__ import annotations

from manufacturers.planning.kernel.problem import (
    Changeover,
    Line,
    Lot,
    Objective,
    Order,
    Outcome,
    Placement,
    Plan,
    PlanningProblem,
    ProblemError,
    SolveLimits,
    Unmet,
)

__all__ = [
    "Changeover",
    "Line",
    "Lot",
    "Objective",
    "Order",
    "Outcome",
    "Placement",
    "Plan",
    "PlanningProblem",
    "ProblemError",
    "SolveLimits",
    "Unmet",
    "solve",
]


def solve(problem: PlanningProblem, *, limits: SolveLimits, seed: int, warm_start: Plan | None = None) -> Outcome:
    """Sequence every order on one of its lines at the least weighted cost.

    Sets: orders, lines, families. Decisions: each line's sequence and start times. Rules: ``verify.violations``.
    Objective: ``verify.cost``. A greedy insertion (or ``warm_start``, else ``problem.previous``, with what is new
    inserted) is improved by annealing with ruin and recreation, on one always open line by iterated local search; at
    most 7 lots are solved
    exactly. The clock starts after compiled code is
    warm. With a limit of 0 the start is returned as it is. Equal problem, ``limits.iterations``, ``limits.workers``,
    seed and library versions give an equal plan; seconds do not repeat.

    Known limits: the annealing times a sequence so that first no tardiness, then no earliness can be saved, which is
    optimal unless a minute early costs about as much as a minute late. The bound looks at each lot alone.
    Checked against brute force on small problems and by a verifier that shares no code.
    """
    from manufacturers.planning.kernel.solver import solve as search

    return search(problem, limits=limits, seed=seed, warm_start=warm_start)
