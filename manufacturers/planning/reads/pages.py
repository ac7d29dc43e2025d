"""What the plan's pages, exports and API show; each in a number of queries that does not grow with the lots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, DateField, Func, Sum, TextField
from django.db.models.functions import Cast, TruncWeek

from manufacturers.models import Lot, Material, Plan
from manufacturers.offering.kernel import Interval, week_of
from manufacturers.offering.reads import calendars

WEEK = timedelta(days=7)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class LotRow:
    """A lot with the names a page shows. ``late_reason`` is a key of ``planning.errors.LATE``."""

    lot_id: int
    order_id: int
    order_public_id: str
    release: str
    part: int
    family: str
    line_id: int
    line: str
    units: int
    changeover_start: datetime
    starts_at: datetime
    ends_at: datetime
    due_at: datetime
    late_minutes: int
    late_reason: str
    frozen: bool
    state: str
    trial: bool
    waits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A line of the Gantt: its lots and the working time they stand in."""

    line_id: int
    line: str
    open: tuple[Interval, ...]
    lots: tuple[LotRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A line's week: minutes of work and changeover in it, and minutes it is open."""

    line_id: int
    line: str
    week: date
    work_minutes: int
    changeover_minutes: int
    open_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """How much of a material a week's starting lots take, in thousandths of its unit."""

    week: date
    name: str
    unit: str
    milli: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Where a lot comes from: release, pool, and how many wish; never who."""

    release: str
    variants: dict[str, int]
    pool_public_id: str
    specification: dict[str, Any]
    people: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One order in two plans; ``None`` where it has no lot. Minutes are of the end, positive is later."""

    order_id: int
    line_before: str | None
    line_after: str | None
    starts_before: datetime | None
    starts_after: datetime | None
    later_minutes: int | None


class Micros(Func):
    """A moment in microseconds since 1970: a whole number is read ten times as fast as a moment."""

    template = "(EXTRACT(EPOCH FROM %(expressions)s) * 1000000)::bigint"
    output_field = BigIntegerField()


_MOMENTS = ("changeover_start", "starts_at", "ends_at", "due_at")
_COLUMNS: dict[str, Any] = {
    "lot_id": "pk",
    "order_id": "order_id",
    "order_public_id": Cast("order__public_id", TextField()),
    "release": "order__release__number",
    "part": "order__part",
    "family": "order__family__code",
    "line_id": "line_id",
    "line": "line__code",
    "units": "units",
    "changeover_start": Micros("changeover_start"),
    "starts_at": Micros("starts_at"),
    "ends_at": Micros("ends_at"),
    "due_at": Micros("order__due_at"),
    "late_minutes": "late_minutes",
    "late_reason": "late_reason",
    "frozen": "frozen",
    "state": "order__state",
    "trial": "order__trial",
    "waits": "order__waits",
}


def lots_table(plan: Plan) -> list[LotRow]:
    """All lots of a plan by start. One query of plain values: a model a lot costs five times as much."""
    rows = Lot.objects.filter(plan=plan).order_by("starts_at", "pk").values_list(*_COLUMNS.values())
    return [_lot_row(row) for row in rows]


def _lot_row(row: Sequence[Any]) -> LotRow:
    values = dict(zip(_COLUMNS, row, strict=True))
    for name in _MOMENTS:
        values[name] = EPOCH + timedelta(microseconds=values[name])
    return LotRow(**values)


def gantt(plan: Plan) -> list[Bar]:
    """A plan's lots by line, with the line's open time from the plan's start to its end."""
    by_line: dict[int, list[LotRow]] = defaultdict(list)
    for row in lots_table(plan):
        by_line[row.line_id].append(row)
    working = calendars(plan.maker_id, plan.starts_at, plan.ends_at + WEEK)
    lines = plan.maker.lines.filter(active=True).order_by("pk")
    return [
        Bar(line_id=line.pk, line=line.code, open=working.get(line.pk, ()), lots=tuple(by_line[line.pk]))
        for line in lines
    ]


def weekly_load(plan: Plan) -> list[Load]:
    """Each line's work and changeover beside its open time, by ISO week where the maker is."""
    zone, found = ZoneInfo(plan.maker.time_zone), []
    for bar in gantt(plan):
        week = week_of(plan.starts_at.astimezone(zone).date())
        while week <= plan.ends_at.astimezone(zone).date():
            inside = (_midnight(week, zone), _midnight(week + WEEK, zone))
            works = [(lot.starts_at, lot.ends_at) for lot in bar.lots]
            changes = [(lot.changeover_start, lot.starts_at) for lot in bar.lots]
            found.append(
                Load(
                    line_id=bar.line_id,
                    line=bar.line,
                    week=week,
                    work_minutes=_shared(bar.open, works, inside),
                    changeover_minutes=_shared(bar.open, changes, inside),
                    open_minutes=_shared(bar.open, [inside], inside),
                )
            )
            week += WEEK
    return found


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _shared(open_time: Sequence[Interval], stretches: Sequence[Interval], inside: Interval) -> int:
    """Open minutes within the stretches and the week."""
    total = timedelta(0)
    for opens, closes in open_time:
        if opens < inside[1] and closes > inside[0]:
            for begin, end in stretches:
                total += max(timedelta(0), min(closes, end, inside[1]) - max(opens, begin, inside[0]))
    return int(total.total_seconds() // 60)


def trace(lot: Lot) -> Trace:
    """The release, pool and wish counts behind a lot."""
    release = lot.order.release
    found = release.proposal.pool
    return Trace(
        release=release.number,
        variants=dict(release.lines.order_by("pk").values_list("variant_key", "units")),
        pool_public_id=str(found.public_id),
        specification=found.specification,
        people=found.people,
        units=found.units,
    )


def difference(plan: Plan, before: Plan) -> list[Difference]:
    """The orders whose lot stands elsewhere or at another time than before, or in one of the plans only."""
    old = {row.order_id: row for row in lots_table(before)}
    new = {row.order_id: row for row in lots_table(plan)}
    found = []
    for key in sorted(old.keys() | new.keys()):
        one, other = old.get(key), new.get(key)
        if (
            one
            and other
            and (one.line_id, one.starts_at, one.ends_at) == (other.line_id, other.starts_at, other.ends_at)
        ):
            continue
        found.append(
            Difference(
                order_id=key,
                line_before=one.line if one else None,
                line_after=other.line if other else None,
                starts_before=one.starts_at if one else None,
                starts_after=other.starts_at if other else None,
                later_minutes=int((other.ends_at - one.ends_at).total_seconds() // 60) if one and other else None,
            )
        )
    return found


def material_needs(plan: Plan) -> list[Need]:
    """What the lots that start in each week take, by the bills of materials of their offers."""
    rows = Lot.objects.filter(plan=plan).exclude(order__state__in=["finished", "shipped", "delivered"])
    week = TruncWeek("starts_at", output_field=DateField(), tzinfo=ZoneInfo(plan.maker.time_zone))
    started = rows.values_list(week, "order__release__proposal__offer_id").annotate(units=Sum("units")).order_by()
    lots = list(started)
    bill: dict[int, list[Material]] = defaultdict(list)
    for material in Material.objects.filter(offer_id__in={offer for _week, offer, _units in lots}).order_by("pk"):
        bill[material.offer_id].append(material)
    needed: dict[tuple[date, str, str], int] = defaultdict(int)
    for monday, offer, units in lots:
        for material in bill[offer]:
            needed[monday, material.name, material.unit] += material.milli_per_unit * units
    return [Need(week=w, name=n, unit=u, milli=milli) for (w, n, u), milli in sorted(needed.items())]
