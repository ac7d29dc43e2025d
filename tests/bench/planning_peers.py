"""Plans by EDD with earliest finish, and by PyJobShop and CP-SAT under a limit, for the planning bench."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from manufacturers.planning.kernel import Lot, Plan, PlanningProblem
from manufacturers.planning.kernel.clock import Clock
from manufacturers.planning.kernel.verify import cost, violations

HAS_PYJOBSHOP = find_spec("pyjobshop") is not None


class Stand:
    """Lots put one after another on each line, as early as the rules allow."""

    def __init__(self, problem: PlanningProblem) -> None:
        self.problem = problem
        self.index = {name: k for k, name in enumerate(problem.families)}
        self.clocks = {line.id: Clock(line) for line in problem.lines}
        self.stands = {line.id: (0, self.index[line.initial_family]) for line in problem.lines}
        self.orders = {order.id: order for order in problem.orders}

    def next(self, order_id: str, name: str) -> tuple[int, int, int]:
        """End (wall), begin and changeover (worked minutes) of an order put next on a line."""
        order, (free, family), clock = self.orders[order_id], self.stands[name], self.clocks[name]
        setup = self.problem.changeover.minutes[family][self.index[order.family]]
        released = clock.worked(order.release)
        waits = self.problem.changeover.waits_for_release
        begin = max(free, released) + setup if waits else max(free + setup, released)
        return clock.end_at(begin + order.minutes[name]), begin, setup

    def put(self, order_id: str, name: str) -> Lot:
        """Put an order next on a line."""
        end, begin, setup = self.next(order_id, name)
        order, clock = self.orders[order_id], self.clocks[name]
        self.stands[name] = begin + order.minutes[name], self.index[order.family]
        start = clock.start_at(begin)
        changeover = clock.start_at(begin - setup) if setup else start
        return Lot(order=order_id, line=name, start=start, end=end, changeover_start=changeover)


def of_sequences(problem: PlanningProblem, sequences: dict[str, list[str]]) -> Plan:
    """Orders by line as a plan, each as early as it can be."""
    stand = Stand(problem)
    return Plan(lots=tuple(stand.put(order, line) for line, row in sequences.items() for order in row))


def earliest_due_date(problem: PlanningProblem) -> Plan:
    """Orders by due date, each on the line where it would end first, after what stands there."""
    stand, lots = Stand(problem), []
    for order in sorted(problem.orders, key=lambda x: (x.due, x.id)):
        _, name = min((stand.next(order.id, name)[0], name) for name in order.minutes)
        lots.append(stand.put(order.id, name))
    return Plan(lots=tuple(lots))


def pyjobshop(problem: PlanningProblem, seconds: float, workers: int) -> int | None:
    """The cost of PyJobShop's sequences put as early as they can be; ``None`` without one or without the library."""
    if not HAS_PYJOBSHOP:
        return None
    from pyjobshop import Model

    model: Any = Model()
    weights, switch = problem.objective, problem.changeover
    index = {name: k for k, name in enumerate(problem.families)}
    machines, tasks = {}, {}
    for line in problem.lines:
        closed = list(zip(line.calendar[:-1], line.calendar[1:], strict=True)) if line.calendar else []
        machines[line.id] = model.add_machine(breaks=[(a[1], b[0]) for a, b in closed if a[1] < b[0]], name=line.id)
    for order in problem.orders:
        extra = {} if order.deadline is None else {"deadline": order.deadline}
        job = model.add_job(
            weight=order.tardiness_weight, release_date=order.release, due_date=order.due, name=order.id, **extra
        )
        tasks[order.id] = model.add_task(job, allow_breaks=True, name=order.id)
        for name, minutes in order.minutes.items():
            model.add_mode(tasks[order.id], machines[name], minutes)
    for one in problem.orders:
        for other in problem.orders:
            setup = switch.minutes[index[one.family]][index[other.family]]
            for name in set(one.minutes) & set(other.minutes) if one is not other and setup else ():
                model.add_setup_time(machines[name], tasks[one.id], tasks[other.id], setup)
    model.set_objective(
        weight_total_tardiness=weights.tardiness,
        weight_total_setup_time=weights.changeover_minutes,
        weight_total_earliness=0,
    )
    best = model.solve(time_limit=seconds, display=False, num_workers=workers).best
    if best is None or not best.tasks:
        return None
    rows = sorted(
        (lot.start, order.id, model.resources[lot.resources[0]].name)
        for order, lot in zip(problem.orders, best.tasks, strict=True)
    )
    sequences: dict[str, list[str]] = {line.id: [] for line in problem.lines}
    for _, order_id, name in rows:
        sequences[name].append(order_id)
    plan = of_sequences(problem, sequences)
    return None if violations(problem, plan) else cost(problem, plan).total


def cp_sat(problem: PlanningProblem, seconds: float, workers: int) -> int | None:
    """CP-SAT's objective on one circuit a line, for lines without closed time; ``None``: no plan found."""
    from ortools.sat.python import cp_model

    if any(line.calendar and len(line.calendar) > 1 for line in problem.lines):
        return None
    model: Any = cp_model.CpModel()
    span = max((x.due for x in problem.orders), default=0) + sum(max(x.minutes.values()) for x in problem.orders)
    horizon = 2 * span + max(x.release for x in problem.orders)
    ends = [model.new_int_var(0, x.deadline or horizon, "") for x in problem.orders]
    used: list[list[Any]] = [[] for _ in problem.orders]
    terms: list[Any] = []
    for line_number in range(len(problem.lines)):
        _circuit(problem, line_number, model, (ends, used, terms), horizon)
    weights = problem.objective
    for k, order in enumerate(problem.orders):
        model.add_exactly_one(used[k])
        late, early = model.new_int_var(0, horizon, ""), model.new_int_var(0, horizon, "")
        model.add(late >= ends[k] - order.due)
        model.add(early >= order.due - ends[k])
        terms += [weights.tardiness * order.tardiness_weight * late, weights.earliness * order.earliness_weight * early]
    model.minimize(sum(terms))
    solver: Any = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers = seconds, workers
    status = solver.solve(model)
    return round(solver.objective_value) if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None


def _circuit(
    problem: PlanningProblem,
    number: int,
    model: Any,
    shared: tuple[list[Any], list[list[Any]], list[Any]],
    horizon: int,
) -> None:
    """One line's sequence as a circuit over the orders it can make; what it adds to the cost goes to the terms."""
    ends, used, terms = shared
    line, switch, weights = problem.lines[number], problem.changeover, problem.objective
    index = {name: k for k, name in enumerate(problem.families)}
    opens, closes = line.calendar[0] if line.calendar else (0, horizon)
    rows = [k for k, x in enumerate(problem.orders) if line.id in x.minutes]
    arcs = [(0, 0, model.new_bool_var(""))]
    for k in rows:
        here = model.new_bool_var("")
        used[k].append(here)
        arcs += [(k + 1, k + 1, here.negated()), (k + 1, 0, model.new_bool_var(""))]
        model.add(ends[k] <= closes).only_enforce_if(here)
    for before in [None, *rows]:
        family = index[line.initial_family if before is None else problem.orders[before].family]
        for k in rows:
            if k == before:
                continue
            order, literal = problem.orders[k], model.new_bool_var("")
            to = index[order.family]
            setup = switch.minutes[family][to]
            arcs.append((0 if before is None else before + 1, k + 1, literal))
            first = order.release + setup if switch.waits_for_release else order.release
            free = opens if before is None else ends[before]
            model.add(ends[k] >= free + setup + order.minutes[line.id]).only_enforce_if(literal)
            model.add(ends[k] >= max(first, opens) + order.minutes[line.id]).only_enforce_if(literal)
            terms.append(
                (weights.changeover_minutes * setup + weights.changeover_cost * switch.cost[family][to]) * literal
            )
    model.add_circuit(arcs)
