"""Calendars from local rules, which sizes and values an offer makes, and how units spread over weeks. Plain Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Interval = tuple[datetime, datetime]
DAY = timedelta(days=1)
# Nominal sizes within 2.5 % of the larger are one size: 15.6 inches is sold as 15.6, 15.4 or 15.5.
SIZES_APART = 40
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftRule:
    """A weekly working interval in local time; 0 is Monday; ``ends`` at or before ``starts`` runs past midnight."""

    weekday: int
    starts: time
    ends: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """An aware half-open stretch that is closed, or worked beyond the shifts."""

    starts_at: datetime
    ends_at: datetime
    working: bool = False


def expand(
    rules: Iterable[ShiftRule], stretches: Iterable[Stretch], *, zone: str, start: datetime, end: datetime
) -> tuple[Interval, ...]:
    """The working time in [start, end) as rising, disjoint half-open intervals in UTC.

    Shifts and extra work are joined, closed stretches taken out of both. A local time that a clock change skips or
    repeats is read with the offset before the change (RFC 5545, 3.3.5), so a night shift is an hour shorter or longer
    then, as it is on the floor.
    """
    known = list(stretches)
    worked = [x for x in _shifts(list(rules), ZoneInfo(zone), start, end) if x[0] < x[1]]
    worked += [(x.starts_at, x.ends_at) for x in known if x.working]
    closed = _joined((x.starts_at, x.ends_at) for x in known if not x.working)
    inside = (
        (max(a, start).astimezone(UTC), min(b, end).astimezone(UTC)) for a, b in _without(_joined(worked), closed)
    )
    return tuple(x for x in inside if x[0] < x[1])


def _shifts(rules: list[ShiftRule], zone: ZoneInfo, start: datetime, end: datetime) -> Iterable[Interval]:
    day, last = start.astimezone(zone).date() - DAY, end.astimezone(zone).date()
    while day <= last:
        for rule in rules:
            if rule.weekday == day.weekday():
                until = day if rule.ends > rule.starts else day + DAY
                opens = datetime.combine(day, rule.starts, zone).astimezone(UTC)
                yield opens, datetime.combine(until, rule.ends, zone).astimezone(UTC)
        day += DAY


def _joined(intervals: Iterable[Interval]) -> list[Interval]:
    found: list[Interval] = []
    for opens, closes in sorted(intervals):
        if found and opens <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], closes))
        else:
            found.append((opens, closes))
    return found


def _without(intervals: list[Interval], closed: list[Interval]) -> Iterable[Interval]:
    """Both lists rise and are disjoint."""
    first = 0
    for opens, closes in intervals:
        while first < len(closed) and closed[first][1] <= opens:
            first += 1
        for shut, reopens in closed[first:]:
            if shut >= closes:
                break
            if opens < shut:
                yield opens, shut
            opens = max(opens, reopens)
        if opens < closes:
            yield opens, closes


def same_size(one: float, other: float) -> bool:
    """Whether two sizes differ by at most 2.5 % of the larger."""
    return abs(one - other) * SIZES_APART <= max(abs(one), abs(other)) + _ROUNDING


def accepted(constraint: Mapping[str, Any], made: Mapping[str, Any]) -> tuple[str, ...]:
    """The values of one attribute that an offer makes and a constraint accepts, as ``value_cost`` names them.

    ``constraint`` is ``{"any"|"not": codes}``, ``{"min", "max", "unit"}`` or ``{"is": bool}``; ``made`` is one entry
    of ``Offer.makes``. Kinds or units that do not belong together accept nothing.
    """
    if "any" in made:
        return tuple(value for value in made["any"] if _code_accepted(constraint, value))
    if "sizes" in made:
        if constraint.get("unit") != made.get("unit"):
            return ()
        return tuple(f"{size:g}" for size in made["sizes"] if _size_accepted(constraint, size))
    return tuple(str(value).lower() for value in made.get("is", ()) if constraint.get("is") is value)


def _code_accepted(constraint: Mapping[str, Any], value: str) -> bool:
    if "any" in constraint:
        return value in constraint["any"]
    return "not" in constraint and value not in constraint["not"]


def _size_accepted(constraint: Mapping[str, Any], size: float) -> bool:
    low, high = constraint.get("min"), constraint.get("max")
    above = low is None or size >= low or same_size(size, low)
    return above and (high is None or size <= high or same_size(size, high))


def cannot_make(specification: Mapping[str, Mapping[str, Any]], makes: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The attributes of a specification that an offer does not make as asked; empty where it fits."""
    return [name for name, asked in specification.items() if not accepted(asked, makes.get(name, {}))]


def fits(specification: Mapping[str, Mapping[str, Any]], makes: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether an offer can make a specification."""
    return not cannot_make(specification, makes)


def week_of(day: date) -> date:
    """The Monday of the ISO week of ``day``."""
    return day - timedelta(days=day.weekday())


def spread(free: Sequence[tuple[int, int]], units: int) -> list[tuple[int, int]] | None:
    """Put ``units`` on (key, free units) pairs in their order, each filled; ``None`` where they are too few."""
    taken = []
    for key, room in free:
        part = min(max(room, 0), units)
        if part:
            taken.append((key, part))
            units -= part
    return None if units else taken
