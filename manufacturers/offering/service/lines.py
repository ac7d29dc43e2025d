"""Lines, their shifts, and the days that are different."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from demand import locking
from demand.errors import InvalidValue, NotThere
from manufacturers.models import CalendarException, Family, Line, LineRate, Lot, Maker, Shift
from manufacturers.offering import steps
from manufacturers.offering.checks import check_line, check_shifts
from manufacturers.offering.descriptions import LineValues
from manufacturers.offering.errors import StillNeeded
from manufacturers.offering.kernel import ShiftRule
from manufacturers.offering.service.members import planner


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedLine:
    """A line as it stands after the call."""

    line_id: int
    public_id: UUID


def save_line(*, member_id: int, line_id: int | None, values: LineValues, now: datetime) -> SavedLine:
    """Store a line (``line_id`` None: the maker's line of this code, made where absent) with its rates and shifts.

    One transaction; locks the maker; a new plan is asked for. Raises ``InvalidValue`` for an unknown family or a code
    of another line, :class:`StillNeeded` where an active line with planned lots would stop.
    """
    check_line(values)
    with locking.transaction():
        maker = locked_maker(planner(member_id).maker_id)
        same_code = Line.objects.filter(maker=maker, code=values.code).first()
        found = same_code if line_id is None else _line(maker, line_id)
        if same_code and same_code != found:
            raise InvalidValue(_("Another of your lines has this code."), field="code")
        if found and not values.active and _has_open_lots(found):
            raise StillNeeded(field="active")
        line = write_line(maker, found, values)
        steps.ask_replan(maker, now)
        return SavedLine(line_id=line.pk, public_id=line.public_id)


def _has_open_lots(line: Line) -> bool:
    return Lot.objects.filter(line=line, plan__state="current", order__state__in=["planned", "started"]).exists()


def write_line(maker: Maker, found: Line | None, values: LineValues) -> Line:
    """Store checked values; belongs in the caller's transaction, which holds the maker."""
    families = {one.code: one for one in Family.objects.filter(maker=maker, retired_at__isnull=True)}
    unknown = sorted({values.initial_family, *values.units_per_hour} - set(families))
    if unknown:
        raise InvalidValue(_("Choose one of your product families."), field="units_per_hour", family=unknown[0])
    columns = {
        "code": values.code,
        "name": values.name,
        "initial_family": families[values.initial_family],
        "active": values.active,
    }
    if found is None:
        line = Line.objects.create(maker=maker, **columns)
    else:
        Line.objects.filter(pk=found.pk).update(**columns)
        line = found
    LineRate.objects.filter(line=line).delete()
    LineRate.objects.bulk_create(
        [
            LineRate(line=line, family=families[code], units_per_hour=rate)
            for code, rate in sorted(values.units_per_hour.items())
        ]
    )
    write_shifts(line, values.shifts)
    return line


def write_shifts(line: Line, shifts: Sequence[ShiftRule]) -> None:
    """Replace a line's week; belongs in the caller's transaction."""
    Shift.objects.filter(line=line).delete()
    Shift.objects.bulk_create([Shift(line=line, weekday=x.weekday, starts=x.starts, ends=x.ends) for x in shifts])


def save_shifts(*, member_id: int, line_id: int, shifts: Sequence[ShiftRule], now: datetime) -> int:
    """Replace the weekly shifts of a line; how many it has now. A new plan is asked for."""
    check_shifts(tuple(shifts))
    with locking.transaction():
        maker = locked_maker(planner(member_id).maker_id)
        write_shifts(_line(maker, line_id), shifts)
        steps.ask_replan(maker, now)
    return len(shifts)


def save_exception(
    *,
    member_id: int,
    line_id: int | None,
    starts_at: datetime,
    ends_at: datetime,
    working: bool,
    reason: str,
    now: datetime,
) -> int:
    """Close a line (or all, ``line_id`` None) for a stretch, or let it work beyond its shifts; the exception's key.

    The same stretch again changes its reason only. A new plan is asked for.
    """
    if starts_at >= ends_at:
        raise InvalidValue(_("The end must come after the beginning."), field="ends_at")
    with locking.transaction():
        maker = locked_maker(planner(member_id).maker_id)
        line = None if line_id is None else _line(maker, line_id)
        row, _new = CalendarException.objects.update_or_create(
            maker=maker,
            line=line,
            starts_at=starts_at,
            ends_at=ends_at,
            working=working,
            defaults={"reason": reason[:120]},
        )
        steps.ask_replan(maker, now)
        return row.pk


def drop_exception(*, member_id: int, exception_id: int, now: datetime) -> bool:
    """Take an exception out of the calendar; whether it was there. A new plan is asked for."""
    with locking.transaction():
        maker = locked_maker(planner(member_id).maker_id)
        gone, _rows = CalendarException.objects.filter(pk=exception_id, maker=maker).delete()
        if gone:
            steps.ask_replan(maker, now)
        return bool(gone)


def locked_maker(maker_id: int) -> Maker:
    """The maker, held: its lines and calendars change one at a time."""
    maker = locking.lock((Maker, [maker_id])).get(Maker, maker_id)
    if maker is None:
        raise NotThere
    return maker


def _line(maker: Maker, line_id: int) -> Line:
    found = Line.objects.filter(maker=maker, pk=line_id).first()
    if found is None:
        raise NotThere
    return found
