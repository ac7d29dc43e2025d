"""The page of the production plan: board, load, table, material needs, and what stands beside it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from manufacturers import access
from manufacturers.models import Line, Lot, MakerMember, Plan
from manufacturers.offering.kernel import week_of
from manufacturers.planning import reads_pages as reading
from manufacturers.planning.errors import LATE, SET_ASIDE
from manufacturers.planning.reads import LotRow, lots_table, material_needs, trace
from manufacturers.web import board as drawing
from manufacturers.web import comparing, mending, presenting
from manufacturers.web.forms import MoveForm, WhatIfForm
from manufacturers.web.frame import language, portal, show
from manufacturers.web.loads import loads

PAGE = 20
LOAD_WEEKS = 8


@portal()
def plan(request: HttpRequest, member: MakerMember) -> HttpResponse:
    return plan_page(request, member)


def plan_page(
    request: HttpRequest, member: MakerMember, *, form: WhatIfForm | None = None, status: int = 200
) -> HttpResponse:
    """The whole page; ``form`` is a what-if that was refused."""
    current = reading.current_plan(member.maker)
    setting = reading.setting(member.maker)
    names = reading.family_names(setting.families, language())
    context: dict[str, Any] = {
        "setting": setting,
        "what_ifs": reading.what_ifs(member.maker),
        "set_aside": [
            {"order": row, "why": SET_ASIDE.get(row.problem, row.problem), "family": names.get(row.family.code)}
            for row in setting.set_aside
        ],
        "what_if_form": form or what_if_form(setting, names),
        "plan": current,
    }
    if current is not None:
        context |= _drawn(request, member, current, setting, names)
        context |= _selected(request, member, current, setting)
    return show(request, member, "manufacturers/plan.html", context, status=status)


def what_if_form(setting: reading.PlanSetting, names: dict[str, str], data: Any = None) -> WhatIfForm:
    """What may be tried with these lines and families."""
    return WhatIfForm(data, lines=list(setting.lines), families=list(setting.families), names=names)


def _drawn(
    request: HttpRequest, member: MakerMember, current: Plan, setting: reading.PlanSetting, names: dict[str, str]
) -> dict[str, Any]:
    zone, now = ZoneInfo(current.maker.time_zone), timezone.now()
    lots = lots_table(current)
    shown = drawing.span(lots, now=now, zone=zone)
    monday = week_of(timezone.localdate(now, zone))
    until = max(shown.end, shown.start + timedelta(weeks=LOAD_WEEKS + 3))
    bars = reading.bars(current, lots, setting.lines, start=shown.start, end=until)
    parts: dict[str, Any] = {
        "lines": setting.lines,
        "families": setting.families,
        "names": names,
        "now": now,
    }
    late = [lot for lot in lots if lot.late_minutes]
    needs = material_needs(current)[:60] if request.GET.get("needs") else []
    mends = reading.mends(current, now=now)
    return {
        "board": drawing.drawing(bars, shown, plan=current, **parts),
        "compared": comparing.compared(request, member, current, shown, parts),
        "zooms": _zooms(request.GET.get("zoom", "")),
        "legend": [
            {"letter": drawing.letter(place), "colour": place % drawing.FAMILIES + 1, "name": names[str(row.code)]}
            for place, row in enumerate(setting.families)
        ],
        "loads": loads(bars, first=monday, weeks=LOAD_WEEKS, zone=zone),
        "needs": [
            {"week": row.week, "name": row.name, "unit": row.unit, "amount": presenting.number(row.milli / 1000)}
            for row in needs
        ],
        "needs_asked": "needs" in request.GET,
        "late_count": len(late),
        "trials": any(lot.trial or lot.waits for lot in lots),
        "lot_count": len(lots),
        "earlier_count": len(lots) - len([lot for lot in lots if lot.ends_at > shown.start]),
        "gap": _gap(current),
        "mends": mending.mending(mends or (), setting.lines),
        "mends_known": mends is not None,
        **_table(request, late if request.GET.get("late") == "1" else lots, names, mends, setting.lines),
    }


def _gap(current: Plan) -> float | None:
    """How far the plan can at most be from the best possible one, as a share; ``None`` where nothing is known of it."""
    return (current.objective - current.bound) / current.objective if current.bound > 0 else None


def _zooms(asked: str) -> list[dict[str, Any]]:
    named = {"hours": _("Hours"), "days": _("Days"), "weeks": _("Weeks"), "months": _("Months")}
    chosen = asked if asked in named else "days"
    return [{"name": name, "label": label, "current": name == chosen} for name, label in named.items()]


def _table(
    request: HttpRequest,
    lots: list[LotRow],
    names: dict[str, str],
    mends: list[reading.MendRow] | None,
    lines: tuple[Line, ...],
) -> dict[str, Any]:
    only_late = request.GET.get("late") == "1"
    if only_late:
        lots = sorted(lots, key=lambda lot: -lot.late_minutes)
    blank = str(drawing.ANY)
    report = reverse("manufacturers:order", args=[blank])
    every = request.GET.get("all") == "1"
    page = Paginator(lots, max(len(lots), 1) if every else PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "key": lot.order_public_id,
            "report": report.replace(blank, lot.order_public_id),
            "name": drawing.lot_name(lot),
            "line": lot.line,
            "units": lot.units,
            "trial": trial_text(trial=lot.trial, waits=lot.waits),
            "family": names.get(lot.family, lot.family),
            "starts": presenting.moment(lot.starts_at),
            "ends": presenting.moment(lot.ends_at),
            "due": presenting.due_text(lot.due_at),
            "late": presenting.late_text(lot.late_minutes),
            "why": LATE.get(lot.late_reason, ""),
            "mended": mending.mended_by(mends, lines, lot.order_id) if lot.late_minutes else "",
        }
        for lot in page
    ]
    return {"lot_rows": rows, "page_obj": page, "only_late": only_late}


def trial_text(*, trial: bool, waits: bool) -> str:
    """What a lot has to do with a trial batch; empty for most."""
    return _("trial batch") if trial else _("waits for its trial batch") if waits else ""


def _selected(request: HttpRequest, member: MakerMember, current: Plan, setting: reading.PlanSetting) -> dict[str, Any]:
    try:
        key = UUID(request.GET.get("lot", ""))
    except ValueError:
        return {"selected": None}
    details = _details(access.lot(member, current.pk, key), current, setting)
    undoable = request.GET.get("moved", "") == str(current.version)
    return {"selected": details | {"undoable": undoable}}


def _details(lot: Lot, current: Plan, setting: reading.PlanSetting) -> dict[str, Any]:
    names = reading.family_names(setting.families, language())
    return {
        "lot": lot,
        "order": lot.order,
        "plan": current,
        "name": f"{lot.order.release.number}-{lot.order.part}",
        "family": names.get(lot.order.family.code, lot.order.family.code),
        "trial": trial_text(trial=lot.order.trial, waits=lot.order.waits),
        "starts": presenting.moment(lot.starts_at),
        "ends": presenting.moment(lot.ends_at),
        "due": presenting.due_text(lot.order.due_at),
        "late": presenting.late_text(lot.late_minutes),
        "why": LATE.get(lot.late_reason, ""),
        "mended": mending.mended_by(reading.mends(current, now=timezone.now()), setting.lines, lot.order_id)
        if lot.late_minutes
        else "",
        "trace": trace(lot),
        "changeover_minutes": round((lot.starts_at - lot.changeover_start).total_seconds() / 60),
        "move_form": MoveForm(
            lines=list(setting.lines),
            initial={"line": str(lot.line.public_id), "starts_at": timezone.localtime(lot.starts_at)},
            auto_id="id_move_%s",
        ),
    }


@portal()
def lot(request: HttpRequest, member: MakerMember, public_id: UUID, order: UUID) -> HttpResponse:
    """The panel of one lot, for the board to put beside itself."""
    current = access.plan(member, public_id)
    current.maker = member.maker
    details = _details(access.lot(member, current.pk, order), current, reading.setting(member.maker))
    return show(request, member, "manufacturers/lot_panel.html", {"selected": details, "plan": current})


def plan_address(**query: object) -> str:
    """The plan's page with what should be open on it."""
    address = reverse("manufacturers:plan")
    return f"{address}?{urlencode({key: str(value) for key, value in query.items()})}" if query else address
