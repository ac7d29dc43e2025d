"""Why each late lot is late, in terms a planner can act on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from manufacturers.planning.kernel.clock import Clock
from manufacturers.planning.kernel.feasible import least_setup
from manufacturers.planning.kernel.problem import Line, Lot, Order, Plan, PlanningProblem

Cause = Literal["late_release", "frozen", "changeover", "capacity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LateReason:
    """One late lot; ``behind`` names those worked before it without a pause, ``changeover_minutes`` is all theirs."""

    order: str
    line: str
    late_by: int
    cause: Cause
    behind: tuple[str, ...]
    changeover_minutes: int


def late_reasons(problem: PlanningProblem, plan: Plan) -> tuple[LateReason, ...]:
    """A reason for every lot that ends after its due date, latest first.

    late_release: even alone on its best line it would be late. frozen: it is frozen itself, or the frozen lots among
    those it waited for take at least the minutes it is late by. changeover: it would be on time were nothing changed
    over since the line last paused. Else capacity: the line was full.
    """
    orders = {x.id: x for x in problem.orders}
    frozen = {x.order for x in problem.frozen}
    found = []
    for line in problem.lines:
        sequence = sorted((x for x in plan.lots if x.line == line.id), key=lambda x: x.start)
        for k, lot in enumerate(sequence):
            if lot.end > orders[lot.order].due:
                found.append(_reason(problem, orders, frozen, line, sequence, k))
    return tuple(sorted(found, key=lambda x: (-x.late_by, x.order)))


def _reason(
    problem: PlanningProblem, orders: dict[str, Order], frozen: set[str], line: Line, sequence: list[Lot], k: int
) -> LateReason:
    lot, clock = sequence[k], Clock(line)
    order = orders[lot.order]
    first, setups = _block(problem, orders, line, sequence, k, clock)
    behind = tuple(x.order for x in sequence[first:k])
    missing = max(1, clock.worked(lot.end) - clock.worked(order.due))
    held = sum(orders[x].minutes[line.id] for x in behind if x in frozen)
    cause: Cause = "capacity"
    if _late_anyway(problem, order):
        cause = "late_release"
    elif lot.order in frozen or held >= missing:
        cause = "frozen"
    elif setups >= missing:
        cause = "changeover"
    return LateReason(
        order=lot.order,
        line=line.id,
        late_by=lot.end - order.due,
        cause=cause,
        behind=behind,
        changeover_minutes=setups,
    )


def _block(
    problem: PlanningProblem, orders: dict[str, Order], line: Line, sequence: list[Lot], k: int, clock: Clock
) -> tuple[int, int]:
    """The first lot of the unbroken work that ends with lot ``k``, and the changeover minutes in that work."""
    index = {name: i for i, name in enumerate(problem.families)}
    setups = 0
    while True:
        family = line.initial_family if k == 0 else orders[sequence[k - 1].order].family
        setup = problem.changeover.minutes[index[family]][index[orders[sequence[k].order].family]]
        setups += setup
        if k == 0 or clock.worked(sequence[k].start) - setup > clock.worked(sequence[k - 1].end):
            return k, setups
        k -= 1


def _late_anyway(problem: PlanningProblem, order: Order) -> bool:
    setup, ends = least_setup(problem)[order.family], []
    for line in problem.lines:
        clock = Clock(line)
        if line.id in order.minutes and clock.capacity:
            released = clock.worked(order.release)
            start = released + setup if problem.changeover.waits_for_release else max(released, setup)
            ends.append(clock.end_at(start + order.minutes[line.id]))
    return min(ends, default=order.due + 1) > order.due
