"""What is to be planned and what a plan is: plain values, checked when they are built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal["optimal", "feasible", "infeasible", "unknown"]
LARGEST = 10**11


class ProblemError(ValueError):
    """A planning problem that contradicts its own format; the message names the place and what was expected."""


def _whole(value: object, path: str, least: int = -LARGEST) -> None:
    if type(value) is not int or not least <= value <= LARGEST:
        raise ProblemError(f"{path}: expected a whole number from {least} to {LARGEST}, got {value!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One machine. ``calendar`` holds rising half-open working intervals; ``None`` is always open from time 0."""

    id: str
    initial_family: str
    calendar: tuple[tuple[int, int], ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One lot to be made: ``minutes`` of working time on each line that can make it."""

    id: str
    family: str
    release: int
    due: int
    minutes: Mapping[str, int]
    deadline: int | None = None
    tardiness_weight: int = 1
    earliness_weight: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Changeover:
    """``minutes[i][j]`` and ``cost[i][j]`` from family i to family j, in the order of the problem's families."""

    minutes: tuple[tuple[int, ...], ...]
    cost: tuple[tuple[int, ...], ...]
    waits_for_release: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What each part of the cost weighs; all are at least 0."""

    tardiness: int = 1
    changeover_minutes: int = 0
    changeover_cost: int = 0
    earliness: int = 0
    line_change: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where an order stands: frozen there, or standing there in the plan before."""

    order: str
    line: str
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """An order on its line; ``changeover_start`` equals ``start`` where nothing is changed over."""

    order: str
    line: str
    start: int
    end: int
    changeover_start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All lots of a problem, by line and start."""

    lots: tuple[Lot, ...] = ()

    def by_order(self) -> dict[str, Lot]:
        """Each order's lot."""
        return {lot.order: lot for lot in self.lots}


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveLimits:
    """When to stop: after ``iterations`` moves (repeatable) or ``seconds`` of wall time; 0 of either searches nothing.

    With neither, 2 seconds. ``workers`` chains run beside each other and exchange their best plans.
    """

    iterations: int | None = None
    seconds: float | None = None
    workers: int = 1

    def __post_init__(self) -> None:
        if (self.iterations or 0) < 0 or (self.seconds or 0) < 0:
            raise ProblemError("limits: iterations and seconds may not be negative")
        if not 1 <= self.workers <= 64:
            raise ProblemError(f"limits.workers: expected 1 to 64, got {self.workers}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """An order that cannot be planned as asked. ``code`` is stable; ``reason`` is the sentence in English."""

    order: str
    code: Literal["NO_LINE", "NO_HOURS", "DEADLINE", "FROZEN", "JOINT_DEADLINE"]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A solve's answer. ``objective`` is recomputed from the plan, ``bound`` is never above the optimum.

    ``infeasible`` is said only when proven and ``unmet`` then names the orders; with ``unknown`` no plan was found and
    ``unmet`` names what the best attempt broke.
    """

    status: Status
    plan: Plan | None
    objective: int | None
    bound: int
    seconds: float
    iterations: int = 0
    unmet: tuple[Unmet, ...] = ()

    @property
    def gap(self) -> float | None:
        """(objective - bound) / objective; 0 where both are 0, ``None`` without a plan."""
        if self.objective is None:
            return None
        return 0.0 if self.objective == 0 else (self.objective - self.bound) / self.objective


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningProblem:
    """Lines, families, orders, weights, frozen lots and the plan before; the format stands in the project's contracts.

    ``most_line_changes``: how many lots may stand on another line than in ``previous``, not counting frozen lots and
    those that the line before cannot make any more; ``None`` for any number.

    Raises ``ProblemError`` when built from values that contradict each other.
    """

    lines: tuple[Line, ...]
    families: tuple[str, ...]
    changeover: Changeover
    orders: tuple[Order, ...]
    objective: Objective = field(default_factory=Objective)
    frozen: tuple[Placement, ...] = ()
    previous: tuple[Placement, ...] = ()
    most_line_changes: int | None = None
    name: str = ""
    time_unit: str = "minute"

    def __post_init__(self) -> None:
        _check_lines(self)
        _check_changeover(self)
        _check_orders(self)
        _check_placements(self)
        for part in ("tardiness", "changeover_minutes", "changeover_cost", "earliness", "line_change"):
            _whole(getattr(self.objective, part), f"objective.{part}", 0)
        if self.most_line_changes is not None:
            _whole(self.most_line_changes, "most_line_changes", 0)

    def homes(self) -> dict[str, str]:
        """The lines that the lots counted by ``most_line_changes`` stood on before, by order."""
        orders = {order.id: order for order in self.orders}
        frozen = {x.order for x in self.frozen}
        working = {line.id for line in self.lines if line.calendar is None or line.calendar}
        return {
            x.order: x.line
            for x in self.previous
            if x.order in orders and x.order not in frozen and x.line in working and x.line in orders[x.order].minutes
        }

    @classmethod
    def from_json(cls, data: Any) -> PlanningProblem:
        """Read the instance format; a ``ProblemError`` names the path of what is wrong."""
        from manufacturers.planning.kernel.instance import read

        return read(data)


def _unique(ids: list[str], path: str) -> None:
    seen: set[str] = set()
    for index, one in enumerate(ids):
        if one in seen:
            raise ProblemError(f"{path}[{index}].id: {one!r} occurs twice")
        seen.add(one)


def _check_lines(problem: PlanningProblem) -> None:
    _unique([line.id for line in problem.lines], "lines")
    if len(set(problem.families)) != len(problem.families):
        raise ProblemError("families: a name occurs twice")
    for index, line in enumerate(problem.lines):
        if line.initial_family not in problem.families:
            raise ProblemError(f"lines[{index}].initial_family: {line.initial_family!r} is not among the families")
        last: int | None = None
        for k, (start, end) in enumerate(line.calendar or ()):
            path = f"lines[{index}].calendar[{k}]"
            _whole(start, path)
            _whole(end, path)
            if start >= end or (last is not None and start < last):
                raise ProblemError(f"{path}: expected rising intervals that do not overlap, got [{start}, {end}]")
            last = end


def _check_changeover(problem: PlanningProblem) -> None:
    count = len(problem.families)
    for name in ("minutes", "cost"):
        matrix = getattr(problem.changeover, name)
        if len(matrix) != count or any(len(row) != count for row in matrix):
            raise ProblemError(f"changeover.{name}: expected {count} rows of {count} numbers, one for each family")
        for i, row in enumerate(matrix):
            for j, value in enumerate(row):
                _whole(value, f"changeover.{name}[{i}][{j}]", 0)


def _check_orders(problem: PlanningProblem) -> None:
    _unique([order.id for order in problem.orders], "orders")
    lines, families = {line.id for line in problem.lines}, set(problem.families)
    for index, order in enumerate(problem.orders):
        path = f"orders[{index}]"
        if order.family not in families:
            raise ProblemError(f"{path}.family: {order.family!r} is not among the families")
        _whole(order.release, f"{path}.release")
        _whole(order.due, f"{path}.due")
        if order.deadline is not None:
            _whole(order.deadline, f"{path}.deadline")
        _whole(order.tardiness_weight, f"{path}.tardiness_weight", 0)
        _whole(order.earliness_weight, f"{path}.earliness_weight", 0)
        for line, minutes in order.minutes.items():
            if line not in lines:
                raise ProblemError(f"{path}.minutes: {line!r} is not among the lines")
            _whole(minutes, f"{path}.minutes.{line}", 1)


def _check_placements(problem: PlanningProblem) -> None:
    lines, orders = {line.id for line in problem.lines}, {order.id for order in problem.orders}
    for name in ("frozen", "previous"):
        seen: set[str] = set()
        for index, placement in enumerate(getattr(problem, name)):
            path = f"{name}[{index}]"
            _whole(placement.start, f"{path}.start")
            if name == "frozen" and placement.order not in orders:
                raise ProblemError(f"{path}.order: {placement.order!r} is not among the orders")
            if name == "frozen" and placement.line not in lines:
                raise ProblemError(f"{path}.line: {placement.line!r} is not among the lines")
            if placement.order in seen:
                raise ProblemError(f"{path}.order: {placement.order!r} occurs twice")
            seen.add(placement.order)
