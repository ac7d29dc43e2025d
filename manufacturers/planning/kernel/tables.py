"""A problem as arrays, in worked minutes of each line, for the compiled search."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from manufacturers.planning.kernel.clock import FOREVER, Clock
from manufacturers.planning.kernel.problem import PlanningProblem

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
BUCKET_BITS = 11
NEAR = 10

# columns of ``Tables.lot``
FAMILY, DUE, FIXED_LINE, FIXED_START, BEFORE, HOME = range(6)
# columns of ``Tables.weight``
LATE, EARLY = range(2)
# columns of ``Tables.per``: 0 minutes where the line cannot make the order; ends are worked minutes
MINUTES, EARLIEST, LATEST, TARGET = range(4)
# columns of ``Tables.head``
INITIAL, INTERVALS, SHIFT = range(3)
# columns of ``Tables.par``; with EXACT_EARLY the search pays for earliness at every move, else only at the end
WAITS, MOVE_COST, PENALTY, EXACT_EARLY, MOST_MOVED = range(5)


class Tables(NamedTuple):
    """Few, packed arrays: compiled functions take each as an argument. Weights include the objective's factors."""

    lot: Ints  # [order, 6]
    weight: Floats  # [order, 2]
    per: Ints  # [line, order, 4]
    head: Ints  # [line, 3]
    calendar: Ints  # [line, interval, (opens, worked before)]
    bucket: Ints  # [line, bucket] first interval that reaches into it
    setup: Ints  # [from, to] minutes
    setup_cost: Floats  # [from, to]
    near: Ints  # [family, (before, after), rank] families in the problem, those with the cheapest changeover first
    members: Ints  # orders by family
    member_from: Ints  # [family + 1]
    par: Floats


def _calendars(clocks: list[Clock], initial: list[int]) -> tuple[Ints, Ints, Ints]:
    lines, width = len(clocks), max([len(clock.opens) for clock in clocks], default=0) + 1
    head, calendar = np.zeros((lines, 3), np.int64), np.zeros((lines, width, 2), np.int64)
    calendar[:, :, 1] = FOREVER
    bucket = np.zeros((lines, (1 << BUCKET_BITS) + 1), np.int64)
    for k, clock in enumerate(clocks):
        count = len(clock.opens)
        shift = max(0, clock.capacity.bit_length() - BUCKET_BITS)
        head[k] = initial[k], count, shift
        calendar[k, :count, 0] = clock.opens
        calendar[k, : count + 1, 1] = clock.worked_before
        marks = np.arange((1 << BUCKET_BITS) + 1, dtype=np.int64) << shift
        bucket[k] = np.clip(np.searchsorted(clock.worked_before, marks, side="left") - 1, 0, max(count - 1, 0))
    return head, calendar, bucket


def _per_line(problem: PlanningProblem, clocks: list[Clock]) -> Ints:
    per = np.zeros((len(problem.lines), len(problem.orders), 4), np.int64)
    column = {line.id: k for k, line in enumerate(problem.lines)}
    for row, order in enumerate(problem.orders):
        for name, minutes in order.minutes.items():
            clock = clocks[column[name]]
            if not clock.capacity:
                continue
            last = clock.capacity if order.deadline is None else clock.worked(order.deadline)
            per[column[name], row] = minutes, clock.worked(order.release), last, clock.worked(order.due)
    return per


def _lots(problem: PlanningProblem, clocks: list[Clock]) -> Ints:
    column = {line.id: k for k, line in enumerate(problem.lines)}
    code = {name: k for k, name in enumerate(problem.families)}
    row = {order.id: k for k, order in enumerate(problem.orders)}
    lot = np.full((len(problem.orders), 6), -1, np.int64)
    for k, order in enumerate(problem.orders):
        lot[k, FAMILY], lot[k, DUE] = code[order.family], order.due
    for x in problem.frozen:
        clock = clocks[column[x.line]]
        lot[row[x.order], FIXED_LINE] = column[x.line]
        lot[row[x.order], FIXED_START] = clock.worked(x.start) if clock.capacity else 0
    for x in problem.previous:
        if x.order in row:
            lot[row[x.order], BEFORE] = column.get(x.line, -2)
    for name, home in problem.homes().items():
        lot[row[name], HOME] = column[home]
    return lot


def _near(setup: Ints, setup_cost: Floats, of_lots: Ints) -> Ints:
    """For each family, those whose lots fit best before and after it; a lot alone in its family is not near itself."""
    families = setup.shape[0]
    lots = np.bincount(of_lots, minlength=families) if len(of_lots) else np.zeros(families, np.int64)
    ranks = max(1, min(NEAR, int((lots > 0).sum())))
    near = np.zeros((families, 2, ranks), np.int64)
    for family in range(families):
        others = np.array([k for k in range(families) if lots[k] > (k == family)] or [family], np.int64)
        for side, price in enumerate((setup_cost[:, family], setup_cost[family])):
            minutes = setup[:, family] if side == 0 else setup[family]
            best = others[np.lexsort((minutes[others], price[others]))]
            near[family, side] = np.resize(best[:ranks], ranks)
    return near


def build(problem: PlanningProblem) -> Tables:
    """The arrays of a problem; an empty problem gives empty arrays."""
    clocks = [Clock(line) for line in problem.lines]
    code = {name: k for k, name in enumerate(problem.families)}
    weights, families = problem.objective, max(len(problem.families), 1)
    lot = _lots(problem, clocks)
    weight = np.zeros((len(problem.orders), 2), np.float64)
    for k, order in enumerate(problem.orders):
        weight[k, LATE] = float(weights.tardiness * order.tardiness_weight)
        weight[k, EARLY] = float(weights.earliness * order.earliness_weight)
    setup, money = np.zeros((families, families), np.int64), np.zeros((families, families), np.int64)
    if problem.families:
        setup[:], money[:] = problem.changeover.minutes, problem.changeover.cost
    setup_cost = float(weights.changeover_minutes) * setup + float(weights.changeover_cost) * money
    most = float("inf") if problem.most_line_changes is None else float(problem.most_line_changes)
    head, calendar, bucket = _calendars(clocks, [code[line.initial_family] for line in problem.lines])
    return Tables(
        lot=lot,
        weight=weight,
        per=_per_line(problem, clocks),
        head=head,
        calendar=calendar,
        bucket=bucket,
        setup=setup,
        setup_cost=setup_cost,
        near=_near(setup, setup_cost, lot[:, FAMILY]),
        members=np.argsort(lot[:, FAMILY], kind="stable").astype(np.int64),
        member_from=np.searchsorted(np.sort(lot[:, FAMILY]), np.arange(families + 1)).astype(np.int64),
        par=np.array([problem.changeover.waits_for_release, weights.line_change, 1.0, 0.0, most], np.float64),
    )
