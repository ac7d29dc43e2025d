"""Where everything stands on the plan board: pixels from times and lines. Plain values, no queries.

One lane a line, time from left to right. Positions are whole pixels of an SVG, so that the board reads, prints and
works with the keyboard without scripts; ``gantt.js`` only moves lots about.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from manufacturers.offering.kernel import Interval, week_of
from manufacturers.planning.reads import LotRow
from manufacturers.planning.reads.pages import Bar
from manufacturers.web import presenting

HEAD, LANE, BOX = 48, 60, 36
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
FAMILIES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Zoom:
    """How much time the board shows, how wide, and by how much a lot moves."""

    name: str
    days: int
    pixels_a_day: int
    step_minutes: int
    lines_every: timedelta


ZOOMS = {
    "hours": Zoom(name="hours", days=3, pixels_a_day=576, step_minutes=30, lines_every=timedelta(hours=3)),
    "days": Zoom(name="days", days=14, pixels_a_day=96, step_minutes=120, lines_every=DAY),
    "weeks": Zoom(name="weeks", days=56, pixels_a_day=24, step_minutes=480, lines_every=WEEK),
    "months": Zoom(name="months", days=182, pixels_a_day=8, step_minutes=1440, lines_every=WEEK),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A line across all lanes with its words."""

    x: int
    label: str
    strong: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A lot: its changeover, its box, what stands in it, and the sentence that says it all."""

    key: str
    line_id: int
    starts: str
    x: int
    y: int
    width: int
    change_x: int
    change_width: int
    family: int
    label: str
    plate: int
    late: str
    late_width: int
    late_x: int
    is_late: bool
    frozen: bool
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A line: its closed stretches as (x, width)."""

    line_id: int
    name: str
    y: int
    text_y: int
    odd: bool
    closed: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The whole drawing."""

    zoom: Zoom
    start: datetime
    end: datetime
    width: int
    height: int
    ticks: tuple[Tick, ...]
    lanes: tuple[Lane, ...]
    boxes: tuple[Box, ...]
    now_x: int | None
    shown: int
    hidden: int


def window_start(at: date, zoom: Zoom, zone: ZoneInfo) -> datetime:
    """The midnight the board begins at: the day itself, or the Monday of its week."""
    day = at if zoom.name == "hours" else week_of(at)
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def draw(
    bars: Sequence[Bar],
    *,
    zoom: Zoom,
    start: datetime,
    now: datetime,
    families: dict[str, int],
    names: dict[str, str],
) -> Board:
    """The board from ``start`` on. ``families`` maps a family's code to its place, ``names`` to its name."""
    end = start + zoom.days * DAY
    scale = _Scale(start, zoom.pixels_a_day, zoom.days * zoom.pixels_a_day)
    lanes, boxes, total = [], [], 0
    for place, bar in enumerate(bars):
        y = HEAD + place * LANE
        lanes.append(
            Lane(
                line_id=bar.line_id,
                name=bar.line,
                y=y,
                text_y=y + LANE // 2 + 5,
                odd=bool(place % 2),
                closed=_closed(bar.open, scale, start, end),
            )
        )
        total += len(bar.lots)
        boxes += [
            _box(lot, scale, y, families, names)
            for lot in bar.lots
            if lot.changeover_start < end and lot.ends_at > start
        ]
    return Board(
        zoom=zoom,
        start=start,
        end=end,
        width=scale.width,
        height=HEAD + LANE * len(lanes),
        ticks=_ticks(zoom, start, scale),
        lanes=tuple(lanes),
        boxes=tuple(boxes),
        now_x=scale.x(now) if start <= now < end else None,
        shown=len(boxes),
        hidden=total - len(boxes),
    )


class _Scale:
    """Pixels from moments, kept within the drawing."""

    def __init__(self, start: datetime, pixels_a_day: int, width: int) -> None:
        self.start, self.pixels_a_day, self.width = start, pixels_a_day, width

    def x(self, moment: datetime) -> int:
        return max(0, min(self.width, round((moment - self.start) / DAY * self.pixels_a_day)))


def _closed(opened: Sequence[Interval], scale: _Scale, start: datetime, end: datetime) -> tuple[tuple[int, int], ...]:
    """The gaps between working times that are at least two pixels wide."""
    found, at = [], start
    for opens, closes in [*opened, (end, end)]:
        if closes < start or opens > end:
            continue
        if opens > at:
            left, right = scale.x(at), scale.x(opens)
            if right - left >= 2:
                found.append((left, right - left))
        at = max(at, closes)
    return tuple(found)


def _box(lot: LotRow, scale: _Scale, lane_y: int, families: dict[str, int], names: dict[str, str]) -> Box:
    x, right = scale.x(lot.starts_at), scale.x(lot.ends_at)
    change = scale.x(lot.changeover_start)
    width = max(4, right - x)
    late = presenting.late_text(lot.late_minutes)
    label = _fitting(lot, width - 16)
    return Box(
        key=lot.order_public_id,
        line_id=lot.line_id,
        starts=lot.starts_at.isoformat(),
        x=x,
        y=lane_y + (LANE - BOX) // 2,
        width=width,
        change_x=change,
        change_width=max(0, x - change),
        family=families.get(lot.family, 0) % FAMILIES + 1,
        label=label,
        plate=_wide(label) + 10,
        late=late if late and width >= 18 + _wide(late) else "",
        late_width=_wide(late) + 10,
        late_x=x + width - 4,
        is_late=bool(late),
        frozen=lot.frozen,
        sentence=_sentence(lot, names.get(lot.family, lot.family), late),
    )


def lot_name(lot: LotRow) -> str:
    """A lot by its release and part."""
    return f"{lot.release}-{lot.part}"


def _fitting(lot: LotRow, room: int) -> str:
    """As much of a lot's words as the box has room for."""
    for words in (f"{lot_name(lot)} · {lot.units:,}", lot_name(lot), f"{lot.units:,}"):
        if _wide(words) <= room:
            return words
    return ""


def _wide(words: str) -> int:
    """About how many pixels words take at 13 px; a Chinese character takes two letters' room."""
    return round(sum(13 if ord(letter) > 0x2E7F else 7.6 for letter in words))


def _sentence(lot: LotRow, family: str, late: str) -> str:
    said = _("%(lot)s: %(units)s units of %(family)s on %(line)s, %(start)s to %(end)s") % {
        "lot": lot_name(lot),
        "units": f"{lot.units:,}",
        "family": family,
        "line": lot.line,
        "start": presenting.moment(lot.starts_at),
        "end": presenting.moment(lot.ends_at),
    }
    return said + (f", {late}" if late else "") + (", " + _("fixed") if lot.frozen else "")


def _ticks(zoom: Zoom, start: datetime, scale: _Scale) -> tuple[Tick, ...]:
    found, at, end = [], start, start + zoom.days * DAY
    while at < end:
        found.append(Tick(x=scale.x(at), label=_tick_label(zoom, at, first=at == start), strong=_strong(zoom, at)))
        at += zoom.lines_every
    return tuple(found)


def _strong(zoom: Zoom, at: datetime) -> bool:
    return at.hour == 0 if zoom.name == "hours" else at.weekday() == 0 if zoom.name == "days" else at.day <= 7


def _tick_label(zoom: Zoom, at: datetime, *, first: bool) -> str:
    if zoom.name == "hours":
        # Translators: a Django date format at midnight on the plan board; in Chinese "n月j日 D".
        return date_format(at, "H:i") if at.hour else date_format(at, pgettext("day on the board", "D j M"))
    if zoom.name == "days":
        return date_format(at, pgettext("day on the board", "D j M"))
    if zoom.name == "weeks":
        # Translators: the Monday of a week on the plan board; in Chinese "n月j日".
        return date_format(at, pgettext("week on the board", "j M"))
    if first or at.day <= 7:
        # Translators: a month on the plan board; in Chinese "Y年n月".
        return date_format(at, pgettext("month on the board", "M Y"))
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadCell:
    """A line's week: share of its open time that is work, and that is changeover."""

    week: date
    work: float
    changeover: float
    open_minutes: int
    work_width: str
    change_width: str
    change_x: str

    @property
    def share(self) -> float:
        return self.work + self.changeover

    @property
    def full(self) -> bool:
        return self.share > 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRow:
    line: str
    cells: tuple[LoadCell, ...]


def loads(bars: Sequence[Bar], *, start: datetime, weeks: int, zone: ZoneInfo) -> list[LoadRow]:
    """Work and changeover in each line's open time, by week where the maker is."""
    first = week_of(start.astimezone(zone).date())
    since, until = _midnight(first, zone), _midnight(first + weeks * WEEK, zone)
    found = []
    for bar in bars:
        clock = _OpenClock(bar.open)
        near = [lot for lot in bar.lots if lot.ends_at > since and lot.changeover_start < until]
        cells = []
        for number in range(weeks):
            week = first + number * WEEK
            inside = (_midnight(week, zone), _midnight(week + WEEK, zone))
            works = sum(clock.between(lot.starts_at, lot.ends_at, inside) for lot in near)
            changes = sum(clock.between(lot.changeover_start, lot.starts_at, inside) for lot in near)
            cells.append(_cell(week, works, changes, clock.between(*inside, inside)))
        found.append(LoadRow(line=bar.line, cells=tuple(cells)))
    return found


def _cell(week: date, works: float, changes: float, opened: float) -> LoadCell:
    work, change = (works / opened, changes / opened) if opened else (0.0, 0.0)
    return LoadCell(
        week=week,
        work=work,
        changeover=change,
        open_minutes=round(opened),
        work_width=f"{min(100, round(work * 100))}%",
        change_width=f"{min(100, round(change * 100))}%",
        change_x=f"{min(100, round(work * 100))}%",
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


class _OpenClock:
    """Open minutes between two moments, by bisection over disjoint rising intervals."""

    def __init__(self, opened: Sequence[Interval]) -> None:
        self.starts = [opens for opens, _closes in opened]
        self.ends = [closes for _opens, closes in opened]
        self.before = [0.0]
        for opens, closes in opened:
            self.before.append(self.before[-1] + (closes - opens).total_seconds() / 60)

    def until(self, moment: datetime) -> float:
        place = bisect_right(self.starts, moment)
        if not place:
            return 0.0
        over = max(0.0, (self.ends[place - 1] - moment).total_seconds() / 60)
        return self.before[place] - over

    def between(self, start: datetime, end: datetime, inside: tuple[datetime, datetime]) -> float:
        start, end = max(start, inside[0]), min(end, inside[1])
        return self.until(end) - self.until(start) if start < end else 0.0
