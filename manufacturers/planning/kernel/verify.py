"""What a plan breaks and what it costs, from the format's rules alone; imports nothing of the search."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from manufacturers.planning.kernel.problem import Line, Lot, Order, Plan, PlanningProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The parts of the objective, unweighted by ``objective`` (orders' own weights are in), and their weighted sum."""

    tardiness: int
    changeover_minutes: int
    changeover_cost: int
    earliness: int
    line_changes: int
    total: int


def _open_minutes(line: Line, begin: int, end: int) -> int:
    if line.calendar is None:
        return max(0, end - max(0, begin))
    return sum(max(0, min(end, closes) - max(begin, opens)) for opens, closes in line.calendar)


def _is_open(line: Line, moment: int) -> bool:
    if line.calendar is None:
        return moment >= 0
    return any(opens <= moment < closes for opens, closes in line.calendar)


def _by_line(problem: PlanningProblem, plan: Plan) -> dict[str, list[Lot]]:
    lots: dict[str, list[Lot]] = {line.id: [] for line in problem.lines}
    for lot in sorted(plan.lots, key=lambda x: (x.start, x.end, x.order)):
        if lot.line in lots:
            lots[lot.line].append(lot)
    return lots


def cost(problem: PlanningProblem, plan: Plan) -> Cost:
    """The plan's cost, recomputed from its lots in whole numbers; says nothing of whether the plan is allowed."""
    orders = {order.id: order for order in problem.orders}
    index = {name: k for k, name in enumerate(problem.families)}
    before = {placement.order: placement.line for placement in problem.previous}
    tardiness = sum(orders[x.order].tardiness_weight * max(0, x.end - orders[x.order].due) for x in plan.lots)
    earliness = sum(orders[x.order].earliness_weight * max(0, orders[x.order].due - x.end) for x in plan.lots)
    minutes = money = 0
    sequences = _by_line(problem, plan)
    for line in problem.lines:
        family = index[line.initial_family]
        for lot in sequences[line.id]:
            following = index[orders[lot.order].family]
            minutes += problem.changeover.minutes[family][following]
            money += problem.changeover.cost[family][following]
            family = following
    moved = sum(before.get(x.order, x.line) != x.line for x in plan.lots)
    weights = problem.objective
    total = weights.tardiness * tardiness + weights.changeover_minutes * minutes + weights.changeover_cost * money
    total += weights.earliness * earliness + weights.line_change * moved
    return Cost(
        tardiness=tardiness,
        changeover_minutes=minutes,
        changeover_cost=money,
        earliness=earliness,
        line_changes=moved,
        total=total,
    )


def violations(problem: PlanningProblem, plan: Plan) -> list[str]:
    """Name each rule that the plan breaks, as ``RULE: sentence``. Empty: it may be stored."""
    orders = {order.id: order for order in problem.orders}
    lines = {line.id: line for line in problem.lines}
    found = _unknown_or_missing(problem, plan)
    known = Plan(lots=tuple(lot for lot in plan.lots if lot.order in orders and lot.line in lines))
    for lot in known.lots:
        found += _lot_alone(orders[lot.order], lines[lot.line], lot, lot.order in {x.order for x in problem.frozen})
    for line_id, sequence in _by_line(problem, known).items():
        found += _sequence(problem, orders, lines[line_id], sequence)
    return found + _frozen(problem, known) + _line_changes(problem, known)


def _unknown_or_missing(problem: PlanningProblem, plan: Plan) -> list[str]:
    orders, lines = {order.id for order in problem.orders}, {line.id for line in problem.lines}
    planned = [lot.order for lot in plan.lots]
    found = [f"MISSING: order {name} has no lot" for name in sorted(orders - set(planned))]
    found += [
        f"TWICE: order {name} has more than one lot" for name in sorted(x for x, k in Counter(planned).items() if k > 1)
    ]
    found += [f"UNKNOWN: {lot.order} is not an order" for lot in plan.lots if lot.order not in orders]
    return found + [f"UNKNOWN: {lot.line} is not a line" for lot in plan.lots if lot.line not in lines]


def _lot_alone(order: Order, line: Line, lot: Lot, frozen: bool) -> list[str]:
    if line.id not in order.minutes:
        return [f"LINE: order {order.id} cannot be made on line {line.id}"]
    found = []
    if lot.start < order.release:
        found.append(f"RELEASE: order {order.id} starts at {lot.start}, before its release {order.release}")
    if not frozen and not _is_open(line, lot.start):
        found.append(f"CALENDAR: order {order.id} starts at {lot.start} while line {line.id} is closed")
    worked = _open_minutes(line, lot.start, lot.end)
    if worked != order.minutes[line.id] or _open_minutes(line, lot.end - 1, lot.end) != 1:
        found.append(
            f"DURATION: order {order.id} has {worked} working minutes on {line.id}, needs {order.minutes[line.id]}"
        )
    if order.deadline is not None and lot.end > order.deadline:
        found.append(f"DEADLINE: order {order.id} ends at {lot.end}, after its deadline {order.deadline}")
    return found


def _sequence(problem: PlanningProblem, orders: dict[str, Order], line: Line, sequence: list[Lot]) -> list[str]:
    index = {name: k for k, name in enumerate(problem.families)}
    family, free_from, found = index[line.initial_family], None, []
    for lot in sequence:
        order = orders[lot.order]
        following = index[order.family]
        needed = problem.changeover.minutes[family][following]
        if free_from is not None and lot.start < free_from:
            found.append(f"OVERLAP: order {lot.order} starts at {lot.start} on {line.id}, busy until {free_from}")
        elif free_from is not None and lot.changeover_start < free_from:
            found.append(f"OVERLAP: changeover to {lot.order} begins before {line.id} is free at {free_from}")
        if lot.changeover_start > lot.start or _open_minutes(line, lot.changeover_start, lot.start) < needed:
            found.append(f"CHANGEOVER: order {lot.order} on {line.id} needs {needed} minutes of changeover before it")
        if problem.changeover.waits_for_release and needed and lot.changeover_start < order.release:
            found.append(f"CHANGEOVER_RELEASE: changeover to {lot.order} begins before its release {order.release}")
        family, free_from = following, lot.end
    return found


def _frozen(problem: PlanningProblem, plan: Plan) -> list[str]:
    lots = plan.by_order()
    return [
        f"FROZEN: order {x.order} was to stay on {x.line} at {x.start}"
        for x in problem.frozen
        if x.order in lots and (lots[x.order].line, lots[x.order].start) != (x.line, x.start)
    ]


def _line_changes(problem: PlanningProblem, plan: Plan) -> list[str]:
    """Lots that could have stayed on their line of the plan before, where there are more than may change."""
    frozen, lots = {x.order for x in problem.frozen}, plan.by_order()
    closed = {line.id for line in problem.lines if line.calendar == ()}
    could = {order.id: set(order.minutes) - closed for order in problem.orders}
    changed = [
        x.order
        for x in problem.previous
        if x.order in lots and x.order not in frozen and x.line in could[x.order] and lots[x.order].line != x.line
    ]
    if problem.most_line_changes is None or len(changed) <= problem.most_line_changes:
        return []
    return [f"LINE_CHANGES: {len(changed)} lots change line, at most {problem.most_line_changes} may"]
