"""Capable-to-promise: when one more order could be ready beside a plan in which nothing moves."""

from __future__ import annotations

from dataclasses import dataclass

from manufacturers.planning.kernel.clock import Clock
from manufacturers.planning.kernel.problem import Line, Lot, Order, Plan, PlanningProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """The lot as it would stand; ``on_time`` is whether it ends by its due date."""

    lot: Lot
    on_time: bool


def earliest_finish(problem: PlanningProblem, plan: Plan, order: Order) -> Promise | None:
    """The earliest end for ``order``, in the gaps and after the last lots of ``plan``, every lot staying where it is.

    ``order`` need not be among the problem's orders; a lot it already has in ``plan`` is ignored. The lot behind a gap
    is changed over to from the new family, where that still fits. ``None``: no line can make it, not by its deadline,
    or its family is unknown to the problem. Each gap is looked at once.
    """
    if order.family not in problem.families:
        return None
    best: Lot | None = None
    for line in problem.lines:
        if line.id in order.minutes:
            others = (x for x in plan.lots if x.line == line.id and x.order != order.id)
            sequence = sorted(others, key=lambda x: x.start)
            lot = _first_gap(problem, line, sequence, order)
            if lot is not None and (best is None or (lot.end, lot.start) < (best.end, best.start)):
                best = lot
    if best is None or (order.deadline is not None and best.end > order.deadline):
        return None
    return Promise(lot=best, on_time=best.end <= order.due)


def _first_gap(problem: PlanningProblem, line: Line, sequence: list[Lot], order: Order) -> Lot | None:
    clock = Clock(line)
    if not clock.capacity:
        return None
    index = {name: k for k, name in enumerate(problem.families)}
    orders = {x.id: x for x in problem.orders}
    minutes, waits = problem.changeover.minutes, problem.changeover.waits_for_release
    released, new = clock.worked(order.release), index[order.family]
    family, free = index[line.initial_family], 0
    for following in [*sequence, None]:
        setup = minutes[family][new]
        begin = max(free + setup, released + setup if waits else released)
        end = begin + order.minutes[line.id]
        if following is None:
            fits = end <= clock.capacity
        else:
            behind = orders[following.order]
            ready = max(end, clock.worked(behind.release)) if waits else end
            fits = ready + minutes[new][index[behind.family]] <= clock.worked(following.start)
            family, free = index[behind.family], clock.worked(following.end)
        if fits:
            start = clock.start_at(begin)
            changeover = clock.start_at(begin - setup) if setup else start
            return Lot(order=order.id, line=line.id, start=start, end=clock.end_at(end), changeover_start=changeover)
    return None
