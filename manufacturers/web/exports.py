"""The plan for other systems: CSV, XLSX, ICS and JSON."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event
from openpyxl import Workbook
from openpyxl.styles import Font

from demand.downloads import csv_file, download
from demand.errors import NotThere
from manufacturers.models import MakerMember, Plan
from manufacturers.planning import reads_pages as reading
from manufacturers.planning.reads import LotRow, lots_table
from manufacturers.web.board import lot_name
from manufacturers.web.frame import portal
from manufacturers.web.plan import trial_text

HEADER = (
    *("lot", "order", "family", "line", "units", "changeover_start", "start", "end", "due", "late_minutes"),
    *("late_reason", "fixed", "state", "trial"),
)


def _current(member: MakerMember) -> tuple[Plan, list[LotRow]]:
    plan = reading.current_plan(member.maker)
    if plan is None:
        raise NotThere
    return plan, lots_table(plan)


def _cells(lot: LotRow, moment: Any) -> list[object]:
    cells: list[object] = [lot_name(lot), lot.order_public_id, lot.family, lot.line, lot.units]
    cells += [moment(lot.changeover_start), moment(lot.starts_at), moment(lot.ends_at), moment(lot.due_at)]
    trial = "trial" if lot.trial else "waits" if lot.waits else ""
    return [*cells, lot.late_minutes, lot.late_reason, "yes" if lot.frozen else "no", lot.state, trial]


def _iso(value: datetime) -> str:
    return timezone.localtime(value).isoformat(timespec="minutes")


def _naive(value: datetime) -> datetime:
    """Spreadsheets know no zones: the maker's local time."""
    return timezone.localtime(value).replace(tzinfo=None)


@portal()
def plan_csv(request: HttpRequest, member: MakerMember) -> HttpResponse:
    plan, lots = _current(member)
    return csv_file(f"plan-{plan.version}.csv", HEADER, [_cells(lot, _iso) for lot in lots])


@portal()
def plan_xlsx(request: HttpRequest, member: MakerMember) -> HttpResponse:
    plan, lots = _current(member)
    book = Workbook()
    sheet = book.active
    sheet.title = _("Plan %(version)s") % {"version": plan.version}
    sheet.append(list(HEADER))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for lot in lots:
        sheet.append(_cells(lot, _naive))
    for column, width in zip("ABCDEFGHIJKLMN", (18, 38, 18, 10, 9, 17, 17, 17, 17, 12, 14, 7, 10, 7), strict=True):
        sheet.column_dimensions[column].width = width
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions
    content = BytesIO()
    book.save(content)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return download(f"plan-{plan.version}.xlsx", kind, content.getvalue())


@portal()
def plan_ics(request: HttpRequest, member: MakerMember) -> HttpResponse:
    """One event a lot (RFC 5545); the same lot keeps its UID from plan to plan, so calendars move it."""
    plan, lots = _current(member)
    calendar = Calendar()
    calendar.add("prodid", "-//Wishmill//Plan//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"{plan.maker.code}: {_('Plan %(version)s') % {'version': plan.version}}")
    for lot in lots:
        event = Event()
        event.add("uid", f"{lot.order_public_id}@wishmill")
        event.add("dtstamp", plan.created_at)
        event.add("dtstart", lot.starts_at)
        event.add("dtend", lot.ends_at)
        event.add("sequence", plan.version)
        event.add("summary", _summary(lot))
        event.add("location", lot.line)
        calendar.add_component(event)
    return download(f"plan-{plan.version}.ics", "text/calendar; charset=utf-8", calendar.to_ical())


def _summary(lot: LotRow) -> str:
    """What a calendar shows of a lot; a trial batch and what waits for one say so."""
    parts = [f"{lot.line}: {lot_name(lot)}", str(lot.units), trial_text(trial=lot.trial, waits=lot.waits)]
    return " · ".join(part for part in parts if part)


@portal()
def plan_json(request: HttpRequest, member: MakerMember) -> HttpResponse:
    plan, lots = _current(member)
    return JsonResponse(as_json(plan, lots))


def as_json(plan: Plan, lots: list[LotRow]) -> dict[str, Any]:
    """A plan for other systems; times in UTC. ``mends``: one more shift that would help, null while not worked out."""
    return {
        "id": str(plan.public_id),
        "version": plan.version,
        "status": plan.status,
        "objective": plan.objective,
        "bound": plan.bound,
        "tardiness": plan.tardiness,
        "changeover_minutes": plan.changeover_minutes,
        "created_at": plan.created_at.isoformat(),
        "mends": _mends_json(plan, lots),
        "lots": [
            {
                "order": lot.order_public_id,
                "release": lot.release,
                "part": lot.part,
                "family": lot.family,
                "line": lot.line,
                "units": lot.units,
                "changeover_start": lot.changeover_start.isoformat(),
                "start": lot.starts_at.isoformat(),
                "end": lot.ends_at.isoformat(),
                "due": lot.due_at.isoformat(),
                "late_minutes": lot.late_minutes,
                "late_reason": lot.late_reason,
                "fixed": lot.frozen,
                "state": lot.state,
                "trial": lot.trial,
                "waits_for_trial": lot.waits,
            }
            for lot in lots
        ],
    }


def _mends_json(plan: Plan, lots: list[LotRow]) -> list[dict[str, Any]] | None:
    found = reading.mends(plan, now=timezone.now())
    if found is None:
        return None
    keys = {lot.order_id: lot.order_public_id for lot in lots}
    lines = reading.line_codes(plan.maker_id)
    return [
        {
            "line": lines[row.line_id],
            "start": row.starts_at.isoformat(),
            "end": row.ends_at.isoformat(),
            "on_time": [keys[order] for order in sorted(row.on_time) if order in keys],
            "late_lots_now": row.late_now,
            "late_lots": row.late,
            "late_minutes_less": row.less_late,
        }
        for row in found
        if row.line_id in lines
    ]
