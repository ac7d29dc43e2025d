"""What a planner does on the board: a lot put elsewhere, held there or let go; a change tried, adopted, put away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from demand.errors import DomainError, NotThere
from manufacturers import access
from manufacturers.models import Line, MakerMember
from manufacturers.planning import reads_pages as reading
from manufacturers.planning import service as planning
from manufacturers.planning.service.by_hand import MovedLot, try_move
from manufacturers.web import presenting
from manufacturers.web.forms import MoveForm, WhatIfForm
from manufacturers.web.frame import act, language, portal, put_beside
from manufacturers.web.plan import plan_address, plan_page, what_if_form

WHAT_IF_SECONDS = 2.0
NAMED = 3


@portal("POST", role=access.may_plan)
def move(request: HttpRequest, member: MakerMember, public_id: UUID, order: UUID) -> HttpResponse:
    """Try a lot elsewhere (``try``), or keep it there. Answers JSON to the board, a page to a plain form."""
    current = access.plan(member, public_id)
    found = access.lot(member, current.pk, order)
    lines = list(reading.setting(member.maker).lines)
    form = MoveForm(request.POST, lines=lines)
    if not form.is_valid():
        return _move_refused(request, order, _("Choose a line and a time."))
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
        return _move_refused(request, order, refused.sentence())
    following = plan_address(lot=order, **({} if tried else {"moved": effect.version}))
    if request.accepts("text/html"):
        messages.success(request, effect_sentence(effect))
        return redirect(following)
    said = {"sentence": effect_sentence(effect), "difference": effect.difference, "next": following}
    return JsonResponse(said | {"stored": effect.plan_id is not None, "lots": _lots(effect, lines)})


def _lots(effect: planning.Moved, lines: list[Line]) -> list[list[Any]]:
    """Where every lot that stands elsewhere would stand, as ``gantt.js`` shows it; times in milliseconds."""
    keys = {line.pk: str(line.public_id) for line in lines}
    return [
        [
            lot.order_public_id,
            keys[lot.line_id],
            *(int(at.timestamp() * 1000) for at in (lot.changeover_start, lot.starts_at, lot.ends_at)),
            presenting.late_text(lot.late_minutes),
        ]
        for lot in effect.lots
    ]


def effect_sentence(effect: planning.Moved) -> str:
    """What a move breaks and costs, in words: late lots, hours, changeovers, and how many others make room."""
    before, after = effect.before, effect.after
    said = [_("Late lots: %(before)s before, %(after)s after.") % {"before": before.late, "after": after.late}]
    if effect.newly_late:
        said.append(_("Late because of it: %(lots)s.") % {"lots": _named(effect.newly_late)})
    hours = round((after.late_minutes - before.late_minutes) / 60)
    if hours:
        more = ngettext("%(n)s hour more lateness in all.", "%(n)s hours more lateness in all.", abs(hours))
        less = ngettext("%(n)s hour less lateness in all.", "%(n)s hours less lateness in all.", abs(hours))
        said.append((more if hours > 0 else less) % {"n": abs(hours)})
    minutes = after.changeover_minutes - before.changeover_minutes
    if minutes:
        more = ngettext("%(n)s minute more changeover.", "%(n)s minutes more changeover.", abs(minutes))
        less = ngettext("%(n)s minute less changeover.", "%(n)s minutes less changeover.", abs(minutes))
        said.append((more if minutes > 0 else less) % {"n": abs(minutes)})
    others = len(effect.lots) - 1
    if others > 0:
        said.append(ngettext("%(n)s other lot moves.", "%(n)s other lots move.", others) % {"n": others})
    return " ".join(said)


def _named(lots: tuple[MovedLot, ...]) -> str:
    named = ", ".join(f"{lot.name} ({presenting.late_text(lot.late_minutes)})" for lot in lots[:NAMED])
    more = len(lots) - NAMED
    return named if more <= 0 else _("%(lots)s and %(n)s more") % {"lots": named, "n": more}


def _move_refused(request: HttpRequest, order: UUID, sentence: str) -> HttpResponse:
    if not request.accepts("text/html"):
        return JsonResponse({"refused": sentence}, status=409)
    messages.error(request, sentence)
    return redirect(plan_address(lot=order))


@portal("POST", role=access.may_plan)
def undo(request: HttpRequest, member: MakerMember, public_id: UUID, order: UUID) -> HttpResponse:
    """Take the move back that made this plan."""
    current = access.plan(member, public_id)
    return act(
        request,
        lambda: planning.undo_move(member_id=member.pk, plan_id=current.pk, now=timezone.now()),
        done=_("Undone: every lot stands where it stood before the move."),
        back=plan_address(lot=order),
    )


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
        back=plan_address(lot=order),
    )


@portal("POST", role=access.may_plan)
def what_if(request: HttpRequest, member: MakerMember) -> HttpResponse:
    setting = reading.setting(member.maker)
    names = reading.family_names(setting.families, language())
    form = what_if_form(setting, names, request.POST)
    if form.is_valid():
        try:
            made = planning.what_if(
                member_id=member.pk,
                changes=_changes(form),
                seed=0,
                seconds=WHAT_IF_SECONDS,
                now=timezone.now(),
            )
        except DomainError as refused:
            put_beside(form, refused)
        else:
            tried = next(row for row in reading.what_ifs(member.maker) if row.pk == made.plan_id)
            return redirect(plan_address(compare=tried.public_id) + "#compared")
    return plan_page(request, member, form=form, status=422)


def _changes(form: WhatIfForm) -> planning.Changes:
    """What was typed; without a name it is named by what it adds and where."""
    typed = form.cleaned_data
    kind = typed["kind"]
    title = typed["title"] or _title(form)
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


def _title(form: WhatIfForm) -> str:
    typed = form.cleaned_data
    if typed["kind"] == "order":
        return _("one more order of %(units)s units") % {"units": f"{typed['units']:,}"}
    code = form.lines[typed["line"]].code
    if typed["kind"] == "line":
        return _("one more line like %(line)s") % {"line": code}
    return _("one more shift on %(line)s, %(start)s") % {"line": code, "start": presenting.moment(typed["starts_at"])}


@portal("POST", role=access.may_plan)
def adopt(request: HttpRequest, member: MakerMember, public_id: UUID) -> HttpResponse:
    tried = access.plan(member, public_id)
    made = bool(tried.changes.get("lines_like") or tried.changes.get("orders"))
    return act(
        request,
        lambda: planning.adopt(member_id=member.pk, plan_id=tried.pk, now=timezone.now()),
        done=_("Done. A new plan is being made with it.") if made else _("This is the plan now."),
        back=plan_address(),
    )


@portal("POST", role=access.may_plan)
def drop(request: HttpRequest, member: MakerMember, public_id: UUID) -> HttpResponse:
    tried = access.plan(member, public_id)
    return act(
        request,
        lambda: planning.drop(member_id=member.pk, plan_id=tried.pk),
        done=_("Put away. The plan stays as it was."),
        back=plan_address(),
    )
