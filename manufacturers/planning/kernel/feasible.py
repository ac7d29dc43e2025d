"""Orders that cannot be planned as asked whatever the rest does, each with its reason."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

from manufacturers.planning.kernel.clock import Clock
from manufacturers.planning.kernel.problem import Order, Placement, PlanningProblem, Unmet


def impossible(problem: PlanningProblem) -> tuple[Unmet, ...]:
    """Orders proven impossible: no line, no working hours, a deadline earlier than the earliest end, frozen clashes."""
    clocks = {line.id: Clock(line) for line in problem.lines}
    found = {x.order: x for x in _frozen_clashes(problem, clocks)}
    frozen = {x.order for x in problem.frozen}
    least = least_setup(problem)
    for order in problem.orders:
        if order.id not in found and order.id not in frozen:
            reason = _alone(problem, order, clocks, least)
            if reason is not None:
                found[order.id] = reason
    return tuple(found[order.id] for order in problem.orders if order.id in found)


def set_aside(problem: PlanningProblem, unmet: tuple[Unmet, ...] = ()) -> tuple[PlanningProblem, tuple[Unmet, ...]]:
    """The problem without the orders that cannot be planned, and why each was set aside.

    ``unmet`` adds orders a solve could not place (``Outcome.unmet``). Repeating it on the result sets nothing aside.
    """
    reasons = list(unmet)
    while True:
        names = {x.order for x in reasons}
        rest = replace(
            problem,
            orders=tuple(x for x in problem.orders if x.id not in names),
            frozen=tuple(x for x in problem.frozen if x.order not in names),
            previous=tuple(x for x in problem.previous if x.order not in names),
        )
        more = impossible(rest)
        if not more:
            return rest, tuple(reasons)
        reasons += more


def least_setup(problem: PlanningProblem) -> dict[str, int]:
    """The shortest changeover into each family, from any family a line can be in before a lot of it."""
    index = {name: k for k, name in enumerate(problem.families)}
    lots = Counter(index[order.family] for order in problem.orders)
    initial = {index[line.initial_family] for line in problem.lines}
    minutes = problem.changeover.minutes
    return {
        name: min((minutes[k][to] for k in initial | {k for k in lots if k != to or lots[k] > 1}), default=0)
        for name, to in index.items()
    }


def _alone(problem: PlanningProblem, order: Order, clocks: dict[str, Clock], least: dict[str, int]) -> Unmet | None:
    if not order.minutes:
        return Unmet(order=order.id, code="NO_LINE", reason=f"order {order.id}: no line can make it")
    ends = []
    for name, minutes in order.minutes.items():
        clock, setup = clocks[name], least[order.family]
        released = clock.worked(order.release)
        start = released + setup if problem.changeover.waits_for_release else max(released, setup)
        if start + minutes <= clock.capacity:
            ends.append(clock.end_at(start + minutes))
    if not ends:
        reason = f"order {order.id}: its lines ({', '.join(order.minutes)}) have too few working hours"
        return Unmet(order=order.id, code="NO_HOURS", reason=reason)
    if order.deadline is not None and min(ends) > order.deadline:
        reason = f"order {order.id}: ends at {min(ends)} at the earliest, after its deadline {order.deadline}"
        return Unmet(order=order.id, code="DEADLINE", reason=reason)
    return None


def _frozen_clashes(problem: PlanningProblem, clocks: dict[str, Clock]) -> list[Unmet]:
    orders = {order.id: order for order in problem.orders}
    by_line: dict[str, list[Placement]] = defaultdict(list)
    found = []
    for x in sorted(problem.frozen, key=lambda x: (x.start, x.order)):
        reason = _frozen_alone(orders[x.order], x, clocks[x.line])
        if reason is None:
            by_line[x.line].append(x)
        else:
            found.append(Unmet(order=x.order, code="FROZEN", reason=reason))
    for line in problem.lines:
        found += _frozen_overlaps(problem, orders, clocks[line.id], line.initial_family, by_line[line.id])
    return found


def _frozen_alone(order: Order, x: Placement, clock: Clock) -> str | None:
    minutes = order.minutes.get(x.line)
    if minutes is None:
        return f"order {x.order}: frozen on {x.line}, which cannot make it"
    if x.start < order.release:
        return f"order {x.order}: frozen at {x.start}, before its release {order.release}"
    if clock.worked(x.start) + minutes > clock.capacity:
        return f"order {x.order}: frozen at {x.start} on {x.line}, which has too few working hours after it"
    end = clock.end_at(clock.worked(x.start) + minutes)
    if order.deadline is not None and end > order.deadline:
        return f"order {x.order}: frozen at {x.start}, ends at {end}, after its deadline {order.deadline}"
    return None


def _frozen_overlaps(
    problem: PlanningProblem, orders: dict[str, Order], clock: Clock, initial: str, placements: list[Placement]
) -> list[Unmet]:
    """Later frozen lots that start before the earlier one ended and the line could be changed over."""
    index = {name: k for k, name in enumerate(problem.families)}
    found, free, family, before = [], 0, initial, "the line's beginning"
    for x in placements:
        order, start = orders[x.order], clock.worked(x.start)
        direct = problem.changeover.minutes[index[family]][index[order.family]]
        needed = min(direct, least_setup(problem)[order.family])
        released = clock.worked(order.release) if problem.changeover.waits_for_release else 0
        if start < max(free, released) + needed:
            reason = f"order {x.order}: frozen at {x.start} on {x.line}, too soon after {before}"
            found.append(Unmet(order=x.order, code="FROZEN", reason=reason))
            continue
        free, family, before = start + order.minutes[x.line], order.family, f"frozen order {x.order}"
    return found
