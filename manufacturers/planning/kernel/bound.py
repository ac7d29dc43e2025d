"""A cost that no plan can be below: each lot alone at its best, and each family's cheapest changeovers."""

from __future__ import annotations

from collections import Counter

from manufacturers.planning.kernel.clock import Clock
from manufacturers.planning.kernel.feasible import least_setup
from manufacturers.planning.kernel.problem import Order, Placement, PlanningProblem


def lower_bound(problem: PlanningProblem) -> int:
    """Every lot's least tardiness, earliness and line change alone, and each family's least changeovers."""
    clocks = {line.id: Clock(line) for line in problem.lines}
    frozen = {x.order: x for x in problem.frozen}
    before = {x.order: x.line for x in problem.previous}
    setup = least_setup(problem)
    alone = sum(_alone(problem, order, clocks, setup, frozen.get(order.id), before) for order in problem.orders)
    return alone + _changeovers(problem)


def _alone(
    problem: PlanningProblem,
    order: Order,
    clocks: dict[str, Clock],
    setup: dict[str, int],
    frozen: Placement | None,
    before: dict[str, str],
) -> int:
    """The least of tardiness, earliness and line change over the lines, each with the most favourable end."""
    weights, costs = problem.objective, []
    for name, minutes in order.minutes.items():
        clock = clocks[name]
        released = clock.worked(order.release)
        first = setup[order.family]
        start = released + first if problem.changeover.waits_for_release else max(released, first)
        if frozen is not None:
            if frozen.line != name:
                continue
            start = clock.worked(frozen.start)
        if start + minutes > clock.capacity:
            continue
        moved = weights.line_change * (before.get(order.id, name) != name)
        end, late = clock.end_at(start + minutes), weights.tardiness * order.tardiness_weight
        latest = end if frozen is not None else clock.end_at(max(start + minutes, clock.worked(order.due)))
        early = weights.earliness * order.earliness_weight * max(0, order.due - latest)
        if end > order.due or frozen is not None:
            costs.append(moved + late * max(0, end - order.due) + early)
        else:
            costs.append(moved + min(early, late))
    return min(costs, default=0)


def _changeovers(problem: PlanningProblem) -> int:
    """Every lot is changed over to, and each family no line begins in is entered from another at least once."""
    index = {name: k for k, name in enumerate(problem.families)}
    counts = Counter(index[order.family] for order in problem.orders)
    initial = {index[line.initial_family] for line in problem.lines}
    present = set(counts) | initial
    weights, minutes, money = problem.objective, problem.changeover.minutes, problem.changeover.cost
    total = 0
    for to, lots in counts.items():
        price = {
            k: weights.changeover_minutes * minutes[k][to] + weights.changeover_cost * money[k][to] for k in present
        }
        enter = min((price[k] for k in present if k != to), default=price.get(to, 0))
        within = min(price.values())
        total += lots * within if to in initial else enter + (lots - 1) * within
    return total
