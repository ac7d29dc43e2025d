"""The production plan: board, load, table, what-ifs, and lots moved by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from demand.errors import DomainError, NotThere
from manufacturers import access
from manufacturers.models import Lot, MakerMember, Plan
from manufacturers.planning import reads_pages as reading
from manufacturers.planning import service as planning
from manufacturers.planning.errors import LATE, SET_ASIDE
from manufacturers.planning.reads import Trace, difference, material_needs, trace
from manufacturers.planning.reads.pages import Bar
from manufacturers.planning.service.by_hand import try_move
from manufacturers.web import board as drawing
from manufacturers.web import presenting
from manufacturers.web.forms import MoveForm, WhatIfForm, parsed_date
from manufacturers.web.frame import act, language, portal, show

PAGE = 50
WHAT_IF_SECONDS = 2.0
LOAD_WEEKS = 8


@portal()
def plan(request: HttpRequest, member: MakerMember) -> HttpResponse:
    return _page(request, member)


def _page(
    request: HttpRequest, member: MakerMember, *, form: WhatIfForm | None = None, status: int = 200
) -> HttpResponse:
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
        "what_if_form": form or _what_if_form(setting, names),
        "plan": current,
    }
    if current is not None:
        context |= _drawn(request, current, setting, names)
        context |= _selected(request, member, current, setting)
        context |= _compared(request, member, current)
    return show(request, member, "manufacturers/plan.html", context, status=status)


def _what_if_form(setting: reading.PlanSetting, names: dict[str, str], data: Any = None) -> WhatIfForm:
    return WhatIfForm(data, lines=list(setting.lines), families=list(setting.families), names=names)


def _drawn(request: HttpRequest, current: Plan, setting: reading.PlanSetting, names: dict[str, str]) -> dict[str, Any]:
    zone, now = ZoneInfo(current.maker.time_zone), timezone.now()
    zoom = drawing.ZOOMS.get(request.GET.get("zoom", ""), drawing.ZOOMS["days"])
    at = parsed_date(request.GET.get("from", "")) or timezone.localdate(now, zone)
    start = drawing.window_start(at, zoom, zone)
    load_start = drawing.window_start(timezone.localdate(now, zone), drawing.ZOOMS["weeks"], zone)
    load_end = load_start + timedelta(weeks=LOAD_WEEKS + 1)
    window = (min(start, load_start), max(start + timedelta(days=zoom.days), load_end))
    bars = reading.bars(current, setting.lines, start=window[0], end=window[1])
    places = {str(row.code): place for place, row in enumerate(setting.families)}
    late = [lot for bar in bars for lot in bar.lots if lot.late_minutes]
    return {
        "board": drawing.draw(bars, zoom=zoom, start=start, now=now, families=places, names=names),
        "zooms": _zooms(zoom, at),
        "earlier": (start - timedelta(days=zoom.days)).date().isoformat(),
        "later": (start + timedelta(days=zoom.days)).date().isoformat(),
        "today": timezone.localdate(now, zone).isoformat(),
        "line_public": {row.pk: str(row.public_id) for row in setting.lines},
        "legend": [{"place": place % 8 + 1, "name": names[code]} for code, place in places.items()],
        "loads": drawing.loads(bars, start=load_start, weeks=LOAD_WEEKS, zone=zone),
        "needs": [
            {"week": row.week, "name": row.name, "unit": row.unit, "amount": presenting.number(row.milli / 1000)}
            for row in (material_needs(current)[:60] if request.GET.get("needs") else [])
        ],
        "needs_asked": "needs" in request.GET,
        "late_count": len(late),
        "lot_count": sum(len(bar.lots) for bar in bars),
        "gap": _gap(current),
        **_table(request, bars, names),
    }


def _gap(current: Plan) -> float | None:
    """How far the plan can at most be from the best possible one, as a share."""
    return (current.objective - current.bound) / current.objective if current.objective > 0 else None


def _zooms(zoom: drawing.Zoom, at: Any) -> list[dict[str, Any]]:
    named = {"hours": _("Hours"), "days": _("Days"), "weeks": _("Weeks"), "months": _("Months")}
    return [
        {"label": label, "current": name == zoom.name, "query": urlencode({"zoom": name, "from": at.isoformat()})}
        for name, label in named.items()
    ]


def _table(request: HttpRequest, bars: list[Bar], names: dict[str, str]) -> dict[str, Any]:
    only_late = request.GET.get("late") == "1"
    lots = sorted((lot for bar in bars for lot in bar.lots), key=lambda lot: (lot.starts_at, lot.lot_id))
    if only_late:
        lots = sorted((lot for lot in lots if lot.late_minutes), key=lambda lot: -lot.late_minutes)
    page = Paginator(lots, PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "lot": lot,
            "name": drawing.lot_name(lot),
            "family": names.get(lot.family, lot.family),
            "starts": presenting.moment(lot.starts_at),
            "ends": presenting.moment(lot.ends_at),
            "due": presenting.moment(lot.due_at),
            "late": presenting.late_text(lot.late_minutes),
            "why": LATE.get(lot.late_reason, ""),
        }
        for lot in page
    ]
    return {"lot_rows": rows, "page_obj": page, "only_late": only_late}


def _selected(request: HttpRequest, member: MakerMember, current: Plan, setting: reading.PlanSetting) -> dict[str, Any]:
    try:
        key = UUID(request.GET.get("lot", ""))
    except ValueError:
        return {"selected": None}
    details = _details(access.lot(member, current.pk, key), current, setting)
    back = {name: request.GET.get(name, "") for name in ("back_line", "back_start")}
    return {"selected": details | (back if all(back.values()) else {})}


def _details(lot: Lot, current: Plan, setting: reading.PlanSetting) -> dict[str, Any]:
    names = reading.family_names(setting.families, language())
    behind: Trace = trace(lot)
    return {
        "lot": lot,
        "order": lot.order,
        "plan": current,
        "name": f"{lot.order.release.number}-{lot.order.part}",
        "family": names.get(lot.order.family.code, lot.order.family.code),
        "starts": presenting.moment(lot.starts_at),
        "ends": presenting.moment(lot.ends_at),
        "due": presenting.moment(lot.order.due_at),
        "late": presenting.late_text(lot.late_minutes),
        "why": LATE.get(lot.late_reason, ""),
        "trace": behind,
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


def _compared(request: HttpRequest, member: MakerMember, current: Plan) -> dict[str, Any]:
    """A what-if, or the version before, beside the current plan."""
    try:
        other = access.plan(member, UUID(request.GET.get("compare", "")))
    except ValueError:
        return {"compared": None}
    before, after = (current, other) if other.state == Plan.State.WHAT_IF else (other, current)
    changed = difference(after, before)
    orders = reading.orders_by_key([row.order_id for row in changed])
    return {
        "compared": {
            "plan": other,
            "is_what_if": other.state == Plan.State.WHAT_IF,
            "late_before": reading.late_lots(before),
            "late_after": reading.late_lots(after),
            "before": before,
            "after": after,
            "cost": after.objective - before.objective,
            "moved": len(changed),
            "rows": [_changed_row(row, orders) for row in changed[:50]],
        }
    }


def _changed_row(row: Any, orders: dict[int, Any]) -> dict[str, Any]:
    order = orders.get(row.order_id)
    later = row.later_minutes
    return {
        "name": f"{order.release.number}-{order.part}" if order else str(row.order_id),
        "line_before": row.line_before,
        "line_after": row.line_after,
        "starts_before": presenting.moment(row.starts_before) if row.starts_before else "",
        "starts_after": presenting.moment(row.starts_after) if row.starts_after else "",
        "later_hours": round(later / 60) if later is not None else None,
    }


@portal("POST", role=access.may_plan)
def move(request: HttpRequest, member: MakerMember, public_id: UUID, order: UUID) -> HttpResponse:
    """Try a lot elsewhere (``try``), or keep it there. Answers JSON to the board, a page to a plain form."""
    current = access.plan(member, public_id)
    found = access.lot(member, current.pk, order)
    form = MoveForm(request.POST, lines=list(reading.setting(member.maker).lines))
    if not form.is_valid():
        return _move_refused(request, current, order, _("Choose a line and a time."))
    values: dict[str, Any] = {
        "plan_id": current.pk,
        "lot_id": found.pk,
        "line_id": form.line_id(),
        "starts_at": form.cleaned_data["starts_at"],
        "now": timezone.now(),
    }
    try:
        tried = "try" in request.POST
        effect = try_move(**values) if tried else planning.move_lot(member_id=member.pk, **values)
    except NotThere:
        raise
    except DomainError as refused:
        return _move_refused(request, current, order, refused.sentence())
    if request.accepts("text/html"):
        messages.success(request, effect_sentence(effect))
        return redirect(_plan_address(lot=order, **_way_back(request, found)))
    return JsonResponse(
        {
            "sentence": effect_sentence(effect),
            "difference": effect.difference,
            "late_before": effect.late_before,
            "late_after": effect.late_after,
            "stored": effect.plan_id is not None,
            "next": _plan_address(lot=order, **_way_back(request, found)),
        }
    )


def _way_back(request: HttpRequest, found: Lot) -> dict[str, str]:
    """Where the lot stood before it was kept elsewhere: what undoing needs."""
    if "try" in request.POST:
        return {}
    return {"back_line": str(found.line.public_id), "back_start": timezone.localtime(found.starts_at).isoformat()[:16]}


def effect_sentence(effect: planning.Moved) -> str:
    """What a move does, in one sentence."""
    cost = effect.difference
    said = (
        _("This makes the plan better by %(points)s points.")
        if cost < 0
        else _("This costs %(points)s points.")
        if cost > 0
        else _("This costs nothing.")
    )
    late = _("Late lots: %(before)s before, %(after)s after.")
    return f"{said % {'points': f'{abs(cost):,}'}} {late % {'before': effect.late_before, 'after': effect.late_after}}"


def _move_refused(request: HttpRequest, current: Plan, order: UUID, sentence: str) -> HttpResponse:
    if not request.accepts("text/html"):
        return JsonResponse({"refused": sentence}, status=409)
    messages.error(request, sentence)
    return redirect(_plan_address(lot=order))


@portal("POST", role=access.may_plan)
def freeze(request: HttpRequest, member: MakerMember, public_id: UUID, order: UUID) -> HttpResponse:
    """Hold a lot where it stands, or let it go."""
    current = access.plan(member, public_id)
    found, hold = access.lot(member, current.pk, order), request.POST.get("frozen") == "1"
    return act(
        request,
        lambda: planning.freeze(
            member_id=member.pk, plan_id=current.pk, lot_id=found.pk, frozen=hold, now=timezone.now()
        ),
        done=_("This lot stays where it is.") if hold else _("This lot may move again; a new plan is being made."),
        back=_plan_address(lot=order),
    )


@portal("POST", role=access.may_plan)
def what_if(request: HttpRequest, member: MakerMember) -> HttpResponse:
    setting = reading.setting(member.maker)
    names = reading.family_names(setting.families, language())
    form = _what_if_form(setting, names, request.POST)
    if form.is_valid():
        try:
            made = planning.what_if(
                member_id=member.pk,
                changes=_changes(form),
                seed=0,
                seconds=WHAT_IF_SECONDS,
                now=timezone.now(),
            )
        except NotThere:
            raise
        except DomainError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.sentence())
        else:
            tried = next(row for row in reading.what_ifs(member.maker) if row.pk == made.plan_id)
            return redirect(_plan_address(compare=tried.public_id) + "#compared")
    return _page(request, member, form=form, status=422)


def _changes(form: WhatIfForm) -> planning.Changes:
    typed = form.cleaned_data
    kind = typed["kind"]
    title = typed["title"] or str(dict(form.fields["kind"].choices)[kind])  # type: ignore[attr-defined]
    if kind == "order":
        order = planning.AddedOrder(
            family_id=form.families[typed["family"]].pk, units=typed["units"], due_at=typed["due_at"]
        )
        return planning.Changes(title=title, orders=(order,))
    line_id = form.lines[typed["line"]].pk
    if kind == "line":
        return planning.Changes(title=title, lines_like=(line_id,))
    shift = planning.AddedShift(line_id=line_id, starts_at=typed["starts_at"], ends_at=typed["ends_at"])
    return planning.Changes(title=title, shifts=(shift,))


@portal("POST", role=access.may_plan)
def adopt(request: HttpRequest, member: MakerMember, public_id: UUID) -> HttpResponse:
    tried = access.plan(member, public_id)
    return act(
        request,
        lambda: planning.adopt(member_id=member.pk, plan_id=tried.pk, now=timezone.now()),
        done=_("This is the plan now."),
        back=_plan_address(),
    )


@portal("POST", role=access.may_plan)
def drop(request: HttpRequest, member: MakerMember, public_id: UUID) -> HttpResponse:
    tried = access.plan(member, public_id)
    return act(
        request,
        lambda: planning.drop(member_id=member.pk, plan_id=tried.pk),
        done=_("Put away. The plan stays as it was."),
        back=_plan_address(),
    )


def _plan_address(**query: object) -> str:
    """The plan's page with what should be open on it."""
    address = reverse("manufacturers:plan")
    return f"{address}?{urlencode({key: str(value) for key, value in query.items()})}" if query else address
