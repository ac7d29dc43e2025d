"""The instance format, from and to JSON values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from manufacturers.planning.kernel.problem import (
    Changeover,
    Line,
    Objective,
    Order,
    Placement,
    Plan,
    PlanningProblem,
    ProblemError,
)

T = TypeVar("T")
_KINDS: dict[type, str] = {str: "text", int: "a whole number", list: "a list", dict: "an object", bool: "true or false"}


def _get(data: Any, key: str, kind: type[T], path: str, default: T | None = None) -> T:
    if not isinstance(data, dict):
        raise ProblemError(f"{path or 'the instance'}: expected an object, got {type(data).__name__}")
    place = f"{path}.{key}" if path else key
    value = data.get(key, default)
    if value is None:
        raise ProblemError(f"{place}: missing, expected {_KINDS[kind]}")
    if type(value) is not kind:
        raise ProblemError(f"{place}: expected {_KINDS[kind]}, got {value!r:.60}")
    return value


def _each(data: Any, key: str, one: Callable[[Any, str], T]) -> tuple[T, ...]:
    return tuple(one(item, f"{key}[{index}]") for index, item in enumerate(_get(data, key, list, "", [])))


def _interval(item: Any, path: str) -> tuple[int, int]:
    if not isinstance(item, list) or len(item) != 2 or any(type(x) is not int for x in item):
        raise ProblemError(f"{path}: expected two whole numbers, got {item!r:.60}")
    return item[0], item[1]


def _line(item: Any, path: str) -> Line:
    calendar = None
    if isinstance(item, dict) and item.get("calendar") is not None:
        raw = _get(item, "calendar", list, path)
        calendar = tuple(_interval(x, f"{path}.calendar[{k}]") for k, x in enumerate(raw))
    return Line(
        id=_get(item, "id", str, path), initial_family=_get(item, "initial_family", str, path), calendar=calendar
    )


def _order(item: Any, path: str) -> Order:
    minutes = _get(item, "minutes", dict, path)
    return Order(
        id=_get(item, "id", str, path),
        family=_get(item, "family", str, path),
        release=_get(item, "release", int, path, 0),
        due=_get(item, "due", int, path),
        deadline=None if item.get("deadline") is None else _get(item, "deadline", int, path),
        tardiness_weight=_get(item, "tardiness_weight", int, path, 1),
        earliness_weight=_get(item, "earliness_weight", int, path, 0),
        minutes=dict(minutes),
    )


def _placement(item: Any, path: str) -> Placement:
    return Placement(
        order=_get(item, "order", str, path), line=_get(item, "line", str, path), start=_get(item, "start", int, path)
    )


def _matrix(data: Any, key: str) -> tuple[tuple[int, ...], ...]:
    rows = _get(data, key, list, "changeover")
    for i, row in enumerate(rows):
        if not isinstance(row, list):
            raise ProblemError(f"changeover.{key}[{i}]: expected a list, got {row!r:.60}")
    return tuple(tuple(row) for row in rows)


def read(data: Any) -> PlanningProblem:
    """An instance's JSON value as a problem; ``ProblemError`` names the path of the first thing that is wrong."""
    changeover = _get(data, "changeover", dict, "")
    weights = _get(data, "objective", dict, "")
    families = _get(data, "families", list, "")
    if any(type(name) is not str for name in families):
        raise ProblemError("families: expected a list of names")
    return PlanningProblem(
        name=_get(data, "name", str, "", "unnamed"),
        time_unit=_get(data, "time_unit", str, "", "minute"),
        lines=_each(data, "lines", _line),
        families=tuple(families),
        changeover=Changeover(
            minutes=_matrix(changeover, "minutes"),
            cost=_matrix(changeover, "cost"),
            waits_for_release=_get(changeover, "waits_for_release", bool, "changeover", False),
        ),
        orders=_each(data, "orders", _order),
        objective=Objective(
            tardiness=_get(weights, "tardiness", int, "objective", 0),
            changeover_minutes=_get(weights, "changeover_minutes", int, "objective", 0),
            changeover_cost=_get(weights, "changeover_cost", int, "objective", 0),
            earliness=_get(weights, "earliness", int, "objective", 0),
            line_change=_get(weights, "line_change", int, "objective", 0),
        ),
        frozen=_each(data, "frozen", _placement),
        previous=_each(data, "previous", _placement),
        most_line_changes=data.get("most_line_changes"),
    )


def placements(data: Any, key: str) -> tuple[Placement, ...]:
    """The list ``key`` of {order, line, start} objects in a JSON value."""
    return _each(data, key, _placement)


def lots_as_json(plan: Plan) -> list[dict[str, Any]]:
    """A plan's lots as the answer format has them."""
    return [
        {"order": x.order, "line": x.line, "start": x.start, "end": x.end, "changeover_start": x.changeover_start}
        for x in plan.lots
    ]
