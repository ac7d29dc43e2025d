"""A trial batch before scale: how large it is, and what its rest waits for.

An order that waits names the trial lots of its release. It may be planned, so that its date is known, but not before
they are made and looked at; when they were finished without a quality hold, tracking lets it go.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from manufacturers.planning import kernel
from manufacturers.planning.kernel.clock import Clock

# What a day of looking at a trial takes before the rest may begin.
REVIEW_MINUTES = 24 * 60

Waits = Mapping[str, Sequence[str]]


def trial_units(units: int, *, first: int, multiple: int) -> int:
    """How many of ``units`` are made first, in whole lots; 0 where not at least as many again would follow."""
    whole = -(-first // multiple) * multiple if first > 0 else 0
    return whole if 0 < whole <= units - whole else 0


def behind_known(problem: kernel.PlanningProblem, waits: Waits) -> kernel.PlanningProblem:
    """The problem with no order released before its trial, as far as that is fixed or stood in the plan before."""
    if not waits:
        return problem
    orders, clocks = {x.id: x for x in problem.orders}, {x.id: Clock(x) for x in problem.lines}
    ends = {}
    for x in (*problem.previous, *problem.frozen):
        minutes = orders[x.order].minutes.get(x.line) if x.order in orders else None
        if minutes is not None and x.line in clocks:
            clock = clocks[x.line]
            done = clock.worked(x.start) + minutes
            ends[x.order] = clock.end_at(done) if done <= clock.capacity else x.start
    return _released_behind(problem, waits, ends)


def behind_planned(problem: kernel.PlanningProblem, waits: Waits, plan: kernel.Plan) -> kernel.PlanningProblem:
    """The same problem where ``plan`` keeps every order behind its trial.

    Else the problem with the trials held where the plan has them and what waits for them released behind; a waiting lot
    that was fixed before that is let loose.
    """
    later = _released_behind(problem, waits, {lot.order: lot.end for lot in plan.lots})
    starts = {lot.order: lot.changeover_start for lot in plan.lots}
    release = {order.id: order.release for order in later.orders}
    early = {key for key in waits if key in starts and starts[key] < release[key]}
    if not early:
        return problem
    named = {trial for key in early for trial in waits[key]}
    held = tuple(
        kernel.Placement(order=lot.order, line=lot.line, start=lot.start) for lot in plan.lots if lot.order in named
    )
    loose = tuple(x for x in problem.frozen if x.order in early)
    return replace(
        later,
        frozen=(*(x for x in problem.frozen if x.order not in early | named), *held),
        previous=(*(x for x in problem.previous if x.order not in named), *loose),
    )


def without_trial(waits: Waits, aside: Collection[str]) -> tuple[str, ...]:
    """The orders that wait for a trial which has no place itself."""
    return tuple(key for key, trials in waits.items() if key not in aside and not set(trials).isdisjoint(aside))


def _released_behind(problem: kernel.PlanningProblem, waits: Waits, ends: Mapping[str, int]) -> kernel.PlanningProblem:
    return replace(problem, orders=tuple(_behind(order, waits, ends) for order in problem.orders))


def _behind(order: kernel.Order, waits: Waits, ends: Mapping[str, int]) -> kernel.Order:
    known = [ends[trial] for trial in waits.get(order.id, ()) if trial in ends]
    return replace(order, release=max(order.release, max(known) + REVIEW_MINUTES)) if known else order
