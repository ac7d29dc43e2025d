"""Production orders and what is reported of them; releases to acknowledge; claims to answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from demand.campaigning import service as campaigning
from demand.downloads import csv_file
from demand.errors import DomainError, NotThere
from manufacturers import access
from manufacturers.models import MakerMember, ProductionOrder, Release
from manufacturers.negotiating import reads_pages as reading
from manufacturers.negotiating import service as negotiating
from manufacturers.offering.reads_pages import vocabulary
from manufacturers.planning.errors import SET_ASIDE
from manufacturers.planning.reads_pages import family_names
from manufacturers.tracking import service as tracking
from manufacturers.tracking.reads_pages import STEPS, OrderPage, order_page
from manufacturers.web import presenting
from manufacturers.web.forms import AnswerForm, ReportForm
from manufacturers.web.frame import act, language, portal, put_beside, show

PAGE = 25


def kind_name(kind: str) -> str:
    """A milestone in words."""
    return {
        "started": _("Started"),
        "finished": _("Finished"),
        "quality_hold": _("Quality hold"),
        "shipped": _("Shipped"),
        "delivered": _("Delivered"),
        "delayed": _("Delayed"),
        "passed": _("Trial in order"),
    }.get(kind, kind)


@portal("GET", "HEAD", "POST")
def order(request: HttpRequest, member: MakerMember, public_id: UUID) -> HttpResponse:
    """One order; a POST reports what happened. The button says what, so that it takes one tap here."""
    found = access.production_order(member, public_id)
    form = None
    if request.method == "POST":
        access.may_plan(member)
        form = ReportForm(request.POST)
        if form.is_valid() and _reported(request, form, member, found):
            return redirect(reverse("manufacturers:order", args=[public_id]))
    return _order_page(request, member, found, form)


def _reported(request: HttpRequest, form: ReportForm, member: MakerMember, found: ProductionOrder) -> bool:
    typed, kind = form.cleaned_data, request.POST.get("kind", "")
    try:
        answer = tracking.report(
            order_id=found.pk,
            member_id=member.pk,
            kind=kind,
            units=typed["units"],
            expected_on=typed["expected_on"],
            note=typed["note"],
            idempotency_key=typed["idempotency_key"],
            now=timezone.now(),
        )
    except DomainError as refused:
        put_beside(form, refused)
        return False
    left = _("%(units)s units left.") % {"units": answer.open_units} if answer.open_units else ""
    seen = _("Shoppers see it.")
    messages.success(request, f"{kind_name(kind)}. {seen} {left}".strip())
    return True


def _order_page(
    request: HttpRequest, member: MakerMember, found: ProductionOrder, form: ReportForm | None
) -> HttpResponse:
    page = order_page(found)
    names = family_names((found.family,), language())
    key = uuid4().hex
    form = form or ReportForm(initial={"units": _units_next(page), "idempotency_key": key})
    context = {
        "order": found,
        "page": page,
        "name": f"{found.release.number}-{found.part}",
        "family": names[str(found.family.code)],
        "due": presenting.due_text(found.due_at),
        "lot_time": presenting.stretch_text(page.lot.starts_at, page.lot.ends_at) if page.lot else "",
        "lot_late": presenting.late_text(page.lot.late_minutes) if page.lot else "",
        "form": form,
        "steps": _steps(page),
        "buttons": _buttons(page),
        "history": [{"row": row, "kind": kind_name(row.kind)} for row in page.milestones],
        "trial": _trial(page, found),
        "set_aside": SET_ASIDE.get(found.problem, "") if found.state in ("set_aside", "started") else "",
        "delay_open": form.is_bound and request.POST.get("kind") == "delayed",
    }
    return show(request, member, "manufacturers/order.html", context, status=422 if form.is_bound else 200)


def _trial(page: OrderPage, found: ProductionOrder) -> str:
    """What the trial batch of the release means for this order; empty where there is none."""
    if page.trials:
        units = sum(one.units for one in page.trials)
        said = ngettext(
            "Waits for the trial batch of %(n)s unit: it can be started once that is reported finished without a"
            " quality hold.",
            "Waits for the trial batch of %(n)s units: it can be started once that is reported finished without a"
            " quality hold.",
            units,
        )
        return said % {"n": f"{units:,}"}
    if not page.rest_units:
        return _("This is the trial batch of its release.") if found.trial else ""
    rest = {"n": f"{page.rest_units:,}"}
    if page.held:
        said = ngettext(
            "The trial batch is held for quality, and %(n)s more unit waits for it. Say when it is in order.",
            "The trial batch is held for quality, and %(n)s more units wait for it. Say when it is in order.",
            page.rest_units,
        )
        return said % rest
    said = ngettext(
        "This is a trial batch: %(n)s more unit is made once all of it is reported finished without a quality hold.",
        "This is a trial batch: %(n)s more units are made once all of it is reported finished without a quality hold.",
        page.rest_units,
    )
    return said % rest


def _next_kind(page: OrderPage) -> str | None:
    if page.order.state in ("planned", "set_aside"):
        return "started"
    return next((kind for kind in STEPS[1:] if page.left[kind]), None)


def _units_next(page: OrderPage) -> int:
    kind = _next_kind(page)
    return page.left.get(kind or "", 0) or page.order.units


def _steps(page: OrderPage) -> list[dict[str, Any]]:
    following, found = _next_kind(page), []
    for kind in STEPS:
        done = page.order.state not in ("planned", "set_aside") if kind == "started" else not page.left[kind]
        last = next((row for row in page.milestones if row.kind == kind), None)
        partly = page.reported.get(kind, 0)
        found.append(
            {
                "label": kind_name(kind),
                "state": "done" if done else "now" if kind == following else "next",
                "date": last.happened_at if last and done else None,
                "note": _("%(done)s of %(all)s units") % {"done": f"{partly:,}", "all": f"{page.order.units:,}"}
                if partly and not done
                else "",
            }
        )
    return found


def _may_report(page: OrderPage, kind: str, following: str | None) -> bool:
    """One after the other: started is said once, the parts of a step never get ahead of the step before."""
    if kind in ("started", "finished"):
        return (following == "started") == (kind == "started")
    before = {"shipped": "finished", "delivered": "shipped"}[kind]
    return page.reported.get(before, 0) > page.reported.get(kind, 0)


def _buttons(page: OrderPage) -> list[dict[str, Any]]:
    """The next step first; what cannot be reported any more is not offered."""
    if page.trials:
        return [{"kind": "quality_hold", "label": kind_name("quality_hold"), "act": False}]
    following = _next_kind(page)
    open_kinds = [kind for kind in STEPS if page.left[kind] and _may_report(page, kind, following)]
    ordered = sorted(open_kinds, key=lambda kind: kind != following)
    if page.order.state not in ("shipped", "delivered"):
        ordered.append("quality_hold")
    if page.held:
        ordered, following = ["passed", *ordered], following or "passed"
    return [{"kind": kind, "label": kind_name(kind), "act": kind == following} for kind in ordered]


@portal()
def releases(request: HttpRequest, member: MakerMember) -> HttpResponse:
    page = Paginator(reading.releases(member.maker_id), PAGE).get_page(request.GET.get("page"))
    words = vocabulary()
    return show(
        request,
        member,
        "manufacturers/releases.html",
        {"rows": [_release(row, words) for row in page], "page_obj": page},
    )


def _release(row: Release, words: presenting.Vocabulary) -> dict[str, Any]:
    kind, text = {
        "sample": ("plain", _("waits for the sample")),
        "sent": ("warn", _("to acknowledge")),
        "acknowledged": ("good", _("acknowledged")),
        "done": ("good", _("done")),
    }[str(row.state)]
    return {
        "row": row,
        "title": row.proposal.offer.title,
        "category": row.proposal.pool.category.name_in(language()),
        "lines": [
            {"label": presenting.variant_text(line.variant, words, line.variant_key), "units": line.units}
            for line in row.lines.all()
        ],
        "orders": [{"order": part, "name": f"{row.number}-{part.part}"} for part in row.orders.all()],
        "regions": _by_region(row, words),
        "risk": _risk_text(row),
        "trial": _trial_first(row),
        "state_kind": kind,
        "state_text": text,
        "worth_minor": row.units * row.unit_price_minor,
    }


def _trial_first(row: Release) -> str:
    if not row.trial_units:
        return ""
    return _("%(first)s units first as a trial batch, then %(rest)s once they are in order.") % {
        "first": f"{row.trial_units:,}",
        "rest": f"{row.units - row.trial_units:,}",
    }


def _risk_text(row: Release) -> str:
    """Units beyond what shoppers confirmed, and who pays for them; empty where there are none."""
    if not row.risk_units:
        return ""
    said = ngettext(
        "%(n)s unit is beyond what shoppers confirmed, to fill the lot.",
        "%(n)s units are beyond what shoppers confirmed, to fill the lot.",
        row.risk_units,
    ) % {"n": f"{row.risk_units:,}"}
    payer = {"maker": _("You pay for it."), "platform": _("Wishmill pays for it."), "shared": _("The cost is shared.")}
    return f"{said} {payer.get(str(row.risk_payer), '')}".strip()


def _by_region(row: Release, words: presenting.Vocabulary) -> list[dict[str, Any]]:
    """Cartons by region, each with its variants in words."""
    names = {
        line.variant_key: presenting.variant_text(line.variant, words, line.variant_key) for line in row.lines.all()
    }
    found = []
    for region, parts in sorted(row.by_region.items()):
        units = sum(parts.values()) if isinstance(parts, dict) else int(parts)
        variants = {names.get(key, key): count for key, count in parts.items()} if isinstance(parts, dict) else {}
        found.append({"region": region, "units": units, "variants": variants})
    rest = row.units - sum(one["units"] for one in found)
    return [*found, {"region": "", "units": rest, "variants": {}}] if found and rest > 0 else found


@portal()
def release(request: HttpRequest, member: MakerMember, public_id: UUID) -> HttpResponse:
    found = reading.release_page(access.release(member, public_id))
    context = {"shown": _release(found, vocabulary()), "release": found}
    return show(request, member, "manufacturers/release.html", context)


@portal()
def release_csv(request: HttpRequest, member: MakerMember, public_id: UUID) -> HttpResponse:
    found = reading.release_page(access.release(member, public_id))
    shown = _release(found, vocabulary())
    rows = [
        [found.number, line["label"], line["units"], presenting.major(found.unit_price_minor)]
        for line in shown["lines"]
    ]
    return csv_file(f"{found.number}.csv", ["release", "variant", "units", "unit_price"], rows)


@portal("POST", role=access.may_plan)
def release_ack(request: HttpRequest, member: MakerMember, public_id: UUID) -> HttpResponse:
    found = access.release(member, public_id)
    return act(
        request,
        lambda: negotiating.acknowledge_release(release_id=found.pk, member_id=member.pk, now=timezone.now()),
        done=_("Acknowledged. It is being planned."),
        back=reverse("manufacturers:release", args=[public_id]),
    )


@portal("GET", "HEAD", "POST")
def claims(request: HttpRequest, member: MakerMember) -> HttpResponse:
    """Claims about what was delivered; a POST answers one."""
    answered = None
    if request.method == "POST":
        access.may_decide(member)
        answered = _answered(request, member)
        if answered is None:
            return redirect("manufacturers:claims")
    now = timezone.now()
    page = Paginator(reading.claims(member.maker_id, now=now), PAGE).get_page(request.GET.get("page"))
    rows = [_claim(row, answered) for row in page]
    context = {"rows": rows, "page_obj": page}
    return show(request, member, "manufacturers/claims.html", context, status=422 if answered else 200)


def _answered(request: HttpRequest, member: MakerMember) -> tuple[UUID, AnswerForm] | None:
    """Answer the claim named; what stopped it otherwise."""
    try:
        key = UUID(request.POST.get("claim", ""))
    except ValueError as wrong:
        raise NotThere from wrong
    found, form = access.claim(member, key), AnswerForm(request.POST, auto_id=f"id_{key.hex}_%s")
    if not form.is_valid():
        return key, form
    try:
        campaigning.answer_claim(claim_id=found.pk, answer=form.cleaned_data["answer"], now=timezone.now())
    except DomainError as refused:
        put_beside(form, refused)
        return key, form
    messages.success(request, _("Your answer is stored. Wishmill decides and tells the shopper."))
    return None


def _claim(row: Any, answered: tuple[UUID, AnswerForm] | None) -> dict[str, Any]:
    kinds = {
        "missing": _("something is missing"),
        "damaged": _("damaged"),
        "not_as_specified": _("not as specified"),
    }
    states = {
        "open": ("warn", _("to answer")),
        "answered": ("plain", _("answered")),
        "decided": ("good", _("decided")),
    }
    fresh = AnswerForm(auto_id=f"id_{row.public_id.hex}_%s", initial={"answer": row.answer})
    kind, text = states[str(row.state)]
    return {
        "row": row,
        "kind": kinds.get(str(row.kind), row.kind),
        "category": row.commitment.campaign.pool.category.name_in(language()),
        "units": row.commitment.units,
        "photos": range(row.photo_count),
        "state_kind": kind,
        "state_text": text,
        "form": answered[1] if answered and answered[0] == row.public_id else fresh,
    }


@portal()
def claim_photo(request: HttpRequest, member: MakerMember, public_id: UUID, place: int) -> HttpResponse:
    """The photo of a claim at a place, counted from 0."""
    found = access.claim_photo_at(member, public_id, place)
    response = HttpResponse(bytes(found.content), content_type=found.content_type)
    response["Content-Disposition"] = "inline"
    return response
