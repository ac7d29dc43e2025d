"""How full each line is, week by week. Plain values, no queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from manufacturers.offering.kernel import Interval
from manufacturers.planning.reads.pages import Bar

WEEK = timedelta(weeks=1)
FULL = 0.95
Moments = npt.NDArray[np.float64]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hours:
    """A line's open time: ``opened`` seconds before each of the moments where it opens or closes."""

    knots: Moments
    opened: Moments

    @classmethod
    def of(cls, open_time: Sequence[Interval]) -> _Hours:
        """The stretches rise and are disjoint."""
        knots = _seconds(moment for stretch in open_time for moment in stretch)
        steps = np.diff(knots, prepend=knots[:1]) * (np.arange(len(knots)) % 2)
        return cls(knots=knots, opened=np.cumsum(steps))

    def before(self, moments: Moments) -> Moments:
        """How many seconds were open before each moment."""
        if not len(self.knots):
            return np.zeros_like(moments)
        found: Moments = np.interp(moments, self.knots, self.opened)
        return found


def loads(bars: Sequence[Bar], *, first: date, weeks: int, zone: ZoneInfo) -> list[LoadRow]:
    """Work and changeover in each line's open time, by week where the maker is, from the Monday ``first`` on."""
    mondays = [first + number * WEEK for number in range(weeks + 1)]
    edges = _seconds(datetime(day.year, day.month, day.day, tzinfo=zone) for day in mondays)
    hours = {open_time: _Hours.of(open_time) for open_time in {bar.open for bar in bars}}  # most lines share theirs
    return [LoadRow(line=bar.line, cells=_cells(bar, hours[bar.open], mondays, edges)) for bar in bars]


def _cells(bar: Bar, hours: _Hours, mondays: Sequence[date], edges: Moments) -> tuple[LoadCell, ...]:
    """What of each week is open on the line, and of that the shares of work and changeover."""
    starts = _seconds(lot.starts_at for lot in bar.lots)
    opened = np.diff(hours.before(edges))
    works = _by_week(hours, edges, starts, _seconds(lot.ends_at for lot in bar.lots))
    changes = _by_week(hours, edges, _seconds(lot.changeover_start for lot in bar.lots), starts)
    shares = np.where(opened > 0, 1.0 / np.maximum(opened, 1.0), 0.0)
    return tuple(
        LoadCell(week=week, work=work, changeover=change, open_minutes=round(seconds / 60))
        for week, work, change, seconds in zip(
            mondays, (works * shares).tolist(), (changes * shares).tolist(), opened.tolist(), strict=False
        )
    )


def _by_week(hours: _Hours, edges: Moments, starts: Moments, ends: Moments) -> Moments:
    """Open seconds from each start to its end, all together, in each week."""
    before = hours.before(np.minimum.outer(ends, edges)) - hours.before(np.minimum.outer(starts, edges))
    found: Moments = np.diff(before.sum(axis=0))
    return found


def _seconds(moments: Iterable[datetime]) -> Moments:
    return np.fromiter((moment.timestamp() for moment in moments), dtype=float)
