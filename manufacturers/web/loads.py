"""How full each line is, week by week. Plain values, no queries."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from manufacturers.offering.kernel import Interval
from manufacturers.planning.reads.pages import Bar

WEEK = timedelta(weeks=1)
FULL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadCell:
    """A line's week: share of its open time that is work, and that is changeover."""

    week: date
    work: float
    changeover: float
    open_minutes: int

    @property
    def share(self) -> float:
        return self.work + self.changeover

    @property
    def full(self) -> bool:
        return self.share > FULL

    @property
    def work_width(self) -> str:
        return f"{min(100, round(self.work * 100))}%"

    @property
    def change_width(self) -> str:
        return f"{min(100, round(self.changeover * 100))}%"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRow:
    """A line and its weeks."""

    line: str
    cells: tuple[LoadCell, ...]


def loads(bars: Sequence[Bar], *, first: date, weeks: int, zone: ZoneInfo) -> list[LoadRow]:
    """Work and changeover in each line's open time, by week where the maker is, from the Monday ``first`` on."""
    mondays = [first + number * WEEK for number in range(weeks + 1)]
    edges = [datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() for day in mondays]
    return [LoadRow(line=bar.line, cells=_cells(bar, mondays, edges)) for bar in bars]


def _cells(bar: Bar, mondays: Sequence[date], edges: Sequence[float]) -> tuple[LoadCell, ...]:
    """Each lot is looked at in the weeks it touches only, so that a long plan costs no more than its lots."""
    clock = _OpenClock(bar.open)
    works, changes = [0.0] * (len(edges) - 1), [0.0] * (len(edges) - 1)
    for lot in bar.lots:
        start = lot.starts_at.timestamp()
        _spread(works, clock, edges, start, lot.ends_at.timestamp())
        if lot.changeover_start < lot.starts_at:
            _spread(changes, clock, edges, lot.changeover_start.timestamp(), start)
    found = []
    for number, week in enumerate(mondays[:-1]):
        opened = clock.until(edges[number + 1]) - clock.until(edges[number])
        work, change = (works[number] / opened, changes[number] / opened) if opened else (0.0, 0.0)
        found.append(LoadCell(week=week, work=work, changeover=change, open_minutes=round(opened / 60)))
    return tuple(found)


def _spread(into: list[float], clock: _OpenClock, edges: Sequence[float], start: float, end: float) -> None:
    """Add the open seconds from start to end to the weeks they fall in."""
    number = max(0, bisect_right(edges, start) - 1)
    while number < len(into) and edges[number] < end:
        inside = clock.until(min(end, edges[number + 1])) - clock.until(max(start, edges[number]))
        into[number] += inside
        number += 1


class _OpenClock:
    """Open seconds before a moment, by bisection over disjoint rising intervals."""

    def __init__(self, opened: Sequence[Interval]) -> None:
        self.starts = [opens.timestamp() for opens, _closes in opened]
        self.ends = [closes.timestamp() for _opens, closes in opened]
        self.before = [0.0]
        for opens, closes in zip(self.starts, self.ends, strict=True):
            self.before.append(self.before[-1] + closes - opens)

    def until(self, moment: float) -> float:
        place = bisect_right(self.starts, moment)
        return self.before[place] - max(0.0, self.ends[place - 1] - moment) if place else 0.0
