"""One proposal: its blueprint and evidence, the decision, the thread; to print and to take along."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from demand.downloads import csv_file
from demand.errors import DomainError
from demand.templatetags.wishmill import money
from manufacturers import access
from manufacturers.models import Counter, MakerMember, Proposal, ProposalVersion
from manufacturers.negotiating import reads_pages as reading
from manufacturers.negotiating import service as negotiating
from manufacturers.negotiating.reads import binding_until
from manufacturers.offering.reads_pages import vocabulary
from manufacturers.web import presenting
from manufacturers.web.forms import CounterForm, DeclineForm, MessageForm
from manufacturers.web.frame import act, language, portal, put_beside, show
from manufacturers.web.inbox import csv_lines
from manufacturers.web.promising import plan_ready


@portal()
def proposal(request: HttpRequest, member: MakerMember, public_id: UUID) -> HttpResponse:
    return _page(request, member, access.proposal(member, public_id))


def _page(
    request: HttpRequest, member: MakerMember, found: Proposal, *, status: int = 200, **forms: Any
) -> HttpResponse:
    page, words, now = reading.proposal_page(found), vocabulary(), timezone.now()
    version = page.version
    lines = list(version.lines.all())
    kind, text = presenting.state_of(found, now)
    open_now = found.state == "sent" and found.expires_at is not None and found.expires_at > now
    context = {
        "proposal": found,
        "version": version,
        "title": presenting.title(found.pool.category, version.specification, words),
        "state_kind": kind,
        "state_text": text,
        "can_answer": open_now and member.role == MakerMember.Role.OWNER,
        "open_now": open_now,
        "spec": presenting.spec_rows(version, words),
        "lines": [{"label": presenting.variant_text(row.variant, words, row.variant_key), "row": row} for row in lines],
        "mix": presenting.mix_parts(lines, words),
        "curve": presenting.curve_of(version),
        "evidence": presenting.evidence_of(version),
        "people": version.evidence.get("people"),
        "guests": version.evidence.get("guests"),
        "regions": presenting.region_units(version) or presenting.region_parts(version),
        "regions_expected": bool(presenting.region_units(version)),
        "weeks": presenting.week_units(version),
        "growth": presenting.growth_points(version),
        "ladder": presenting.ladder_steps(version),
        "guess": presenting.estimate_of(version),
        "chance": version.chance_permille / 1000,
        "worth_minor": version.unit_price_minor * version.units,
        "binding_until": binding_until(found.decided_at or now, found.pool),
        "terms": _terms(version),
        "plan_ready": plan_ready(found, version, now) if open_now else None,
        "history": [_past(row, page, words) for row in page.versions],
        "counters": [_counter(row, words) for row in page.counters],
        "open_counter": next((_counter(row, words) for row in page.counters if row.state == "open"), None),
        "thread": page.messages,
        "release": page.release,
        "counter_form": forms.get("counter") or CounterForm(version=version, words=words),
        "decline_form": forms.get("decline") or DeclineForm(),
        "message_form": forms.get("message") or MessageForm(),
        "opened": next(iter(forms), ""),
    }
    return show(request, member, "manufacturers/proposal.html", context, status=status)


def _terms(version: ProposalVersion) -> list[dict[str, str]]:
    terms = version.terms
    balance = {"release": _("at the release"), "shipment": _("before shipment"), "delivery": _("after delivery")}
    payer = {"maker": _("you pay"), "platform": _("Wishmill pays"), "shared": _("shared")}
    rows = [
        (_("Deposit"), _("%(percent)s %%") % {"percent": terms.get("deposit_percent", 0)}),
        (_("Balance"), balance.get(str(terms.get("balance_trigger")), "")),
        (_("Lot multiple"), units_text(terms.get("lot_multiple", 1))),
        (_("Quantity tolerance"), "± " + _("%(percent)s %%") % {"percent": terms.get("quantity_tolerance_percent", 0)}),
        (_("Partial shipments"), _("yes") if terms.get("partial_shipments") else _("no")),
    ]
    if terms.get("sample_days"):
        days = ngettext("%(n)d day", "%(n)d days", terms["sample_days"]) % {"n": terms["sample_days"]}
        rows.append((_("Sample first"), days))
    if terms.get("tooling_minor"):
        paid = payer.get(str(terms.get("tooling_payer")), "")
        rows.append((_("Tooling"), f"{money(terms['tooling_minor'])} · {paid}"))
    if terms.get("certificates"):
        rows.append((_("Certificates"), ", ".join(terms["certificates"])))
    if terms.get("trial"):
        trial = _("%(first)s units first, then %(then)s") % {
            "first": terms["trial"].get("first_units"),
            "then": terms["trial"].get("then_units"),
        }
        rows.append((_("Trial batch"), trial))
        rows.append((_("When it tips"), _("delivered, the time to claim over, at most one claim in ten upheld")))
    if terms.get("second_of"):
        rows.append((_("Second order"), _("The trial batch went well; price, minimum and terms as agreed for it")))
    rows += _promises(terms)
    return [{"label": label, "value": value} for label, value in rows]


def units_text(count: int) -> str:
    """A count with its unit."""
    return ngettext("%(n)s unit", "%(n)s units", count) % {"n": f"{count:,}"}


def _promises(terms: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What shoppers may return, and what the platform gives."""
    rows = []
    returns, support = terms.get("return_terms") or {}, terms.get("support") or {}
    if returns.get("returnable") is False or returns.get("days") == 0:
        rows.append((_("Returns"), _("Made to order, no returns")))
    elif returns.get("days"):
        within = ngettext("%(n)d day", "%(n)d days", returns["days"]) % {"n": returns["days"]}
        rows.append((_("Returns"), within))
    if support.get("reach"):
        given = _("Launch slot, a page, told to %(people)s people") % {"people": support["reach"]}
        rows.append((_("Support"), given))
    return rows


def _past(row: ProposalVersion, page: reading.ProposalPage, words: presenting.Vocabulary) -> dict[str, Any]:
    before = next((old for old in page.versions if old.number == row.number - 1), None)
    return {"version": row, "lines": version_changes(before, row) if before else []}


def version_changes(before: ProposalVersion, after: ProposalVersion) -> list[dict[str, Any]]:
    """What one version changed of the one before, for the difference view."""
    watched = [
        (_("Price per unit"), "unit_price_minor", "money"),
        (_("Units"), "units", "units"),
        (_("At least"), "min_units", "units"),
        (_("At most"), "max_units", "units"),
        (_("Ready by"), "window_to", "day"),
    ]
    return [
        {"label": label, "old": getattr(before, name), "new": getattr(after, name), "kind": kind}
        for label, name, kind in watched
        if getattr(before, name) != getattr(after, name)
    ]


def _counter(row: Counter, words: presenting.Vocabulary) -> dict[str, Any]:
    states = {
        "open": ("warn", _("being answered")),
        "agreed": ("good", _("agreed")),
        "refused": ("plain", _("not agreed")),
    }
    return {
        "row": row,
        "lines": counter_changes(row, words),
        "effect": effect_sentence(row.effect),
        "state_kind": states[str(row.state)][0],
        "state_text": states[str(row.state)][1],
    }


def effect_sentence(effect: dict[str, Any]) -> str:
    """What a counter does to demand, in words; empty while it is not known."""
    units, kept = _difference(effect.get("units")), _difference(effect.get("surplus_minor"))
    if units is None or kept is None:
        return ""
    count = f"{abs(units):,}"
    if units < 0:
        lost = ngettext("It costs %(n)s unit", "It costs %(n)s units", -units) % {"n": count}
    elif units > 0:
        lost = ngettext("It brings %(n)s unit more", "It brings %(n)s units more", units) % {"n": count}
    else:
        lost = _("It costs nobody")
    amount = {"lost": lost, "money": money(abs(kept))}
    if not kept:
        return _("%(lost)s, and shoppers pay what they would have paid.") % amount
    if kept > 0:
        return _("%(lost)s, and shoppers keep %(money)s more in total.") % amount
    if units < 0:
        return _("%(lost)s, and shoppers keep %(money)s less in total.") % amount
    return _("%(lost)s, but shoppers keep %(money)s less in total.") % amount


def _difference(pair: Any) -> int | None:
    """After less before of an effect's [before, after]."""
    return int(pair[1]) - int(pair[0]) if isinstance(pair, list | tuple) and len(pair) == 2 else None


def counter_changes(row: Counter, words: presenting.Vocabulary) -> list[dict[str, Any]]:
    """A counter's changed lines beside the version it answers."""
    before, changes = row.from_version, row.changes
    watched = [
        (_("Price per unit"), "unit_price_minor", "money"),
        (_("Units"), "units", "units"),
        (_("At least"), "min_units", "units"),
    ]
    found = [
        {"label": label, "old": getattr(before, name), "new": changes[name], "kind": kind}
        for label, name, kind in watched
        if name in changes
    ]
    if "window_to" in changes:
        found.append(
            {
                "label": _("Ready by"),
                "old": before.window_to,
                "new": date.fromisoformat(changes["window_to"]),
                "kind": "day",
            }
        )
    rows = list(before.lines.all())
    named = {line.variant_key: presenting.variant_text(line.variant, words, line.variant_key) for line in rows}
    most_of = {line.variant_key: line.max_units for line in rows}
    found += [
        {"label": _at_most(named.get(key, key)), "old": most_of.get(key), "new": units, "kind": "units"}
        for key, units in changes.get("lines", {}).items()
    ]
    for name, asked in changes.get("specification", {}).items():
        found.append(
            {
                "label": words[name].name(language()) if name in words else name,
                "old": None,
                "new": presenting.constraint_text(name, asked, words),
                "kind": "text",
            }
        )
    return found


def _at_most(variant: str) -> str:
    return _("%(variant)s, at most") % {"variant": variant}


@portal("POST", role=access.may_decide)
def accept(request: HttpRequest, member: MakerMember, public_id: UUID) -> HttpResponse:
    found = access.proposal(member, public_id)
    return act(
        request,
        lambda: negotiating.accept(
            proposal_id=found.pk, member_id=member.pk, seen_revision=_seen(request), now=timezone.now()
        ),
        done=gettext_lazy("Accepted. Shoppers are asked now; you get the exact order when the campaign closes."),
        back=_address(found),
    )


@portal("POST", role=access.may_decide)
def decline(request: HttpRequest, member: MakerMember, public_id: UUID) -> HttpResponse:
    found, form = access.proposal(member, public_id), DeclineForm(request.POST)
    if not form.is_valid():
        return _page(request, member, found, status=422, decline=form)
    try:
        negotiating.decline(
            proposal_id=found.pk,
            member_id=member.pk,
            seen_revision=_seen(request),
            reason=form.cleaned_data["reason"],
            note=form.cleaned_data["note"],
            now=timezone.now(),
        )
    except DomainError as refused:
        put_beside(form, refused)
        return _page(request, member, access.proposal(member, public_id), status=422, decline=form)
    return redirect(reverse("manufacturers:inbox"))


@portal("POST", role=access.may_decide)
def counter(request: HttpRequest, member: MakerMember, public_id: UUID) -> HttpResponse:
    found = access.proposal(member, public_id)
    version = reading.proposal_page(found).version
    form = CounterForm(request.POST, version=version, words=vocabulary())
    if not form.is_valid():
        return _page(request, member, found, status=422, counter=form)
    try:
        negotiating.counter(
            proposal_id=found.pk,
            member_id=member.pk,
            seen_revision=_seen(request),
            changes=form.changes(),
            note=form.cleaned_data["note"],
            now=timezone.now(),
        )
    except DomainError as refused:
        put_beside(form, refused)
        return _page(request, member, access.proposal(member, public_id), status=422, counter=form)
    return redirect(_address(found) + "#counter")


@portal("POST", role=access.may_decide)
def message(request: HttpRequest, member: MakerMember, public_id: UUID) -> HttpResponse:
    found, form = access.proposal(member, public_id), MessageForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, member, found, status=422, message=form)
    sent = form.cleaned_data["attachment"]
    try:
        negotiating.post_message(
            proposal_id=found.pk,
            author_id=member.user_id,
            text=form.cleaned_data["text"],
            attachment=negotiating.Attachment(name=sent.name, content=sent.read()) if sent else None,
            now=timezone.now(),
        )
    except DomainError as refused:
        put_beside(form, refused)
        return _page(request, member, found, status=422, message=form)
    return redirect(_address(found) + "#thread")


@portal()
def attachment(request: HttpRequest, member: MakerMember, public_id: UUID, message_id: int) -> HttpResponse:
    """Always a download: what a person uploaded is never shown as a page."""
    found = access.attachment(member, public_id, message_id)
    response = HttpResponse(bytes(found.attachment or b""), content_type="application/octet-stream")
    name = content_disposition_header(as_attachment=True, filename=found.attachment_name or "attachment")
    response["Content-Disposition"] = name or "attachment"
    return response


def _seen(request: HttpRequest) -> int:
    """The revision on the page the person decided from; none decides nothing."""
    text = request.POST.get("seen_revision", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _address(found: Proposal) -> str:
    return reverse("manufacturers:proposal", args=[found.public_id])


@portal()
def proposal_csv(request: HttpRequest, member: MakerMember, public_id: UUID) -> HttpResponse:
    found = access.proposal(member, public_id)
    version = reading.proposal_page(found).version
    rows = [
        [variant, units, least, most, presenting.major(version.unit_price_minor)]
        for variant, units, least, most in csv_lines(version, vocabulary())
    ]
    return csv_file(
        f"proposal-{found.public_id}.csv", ["variant", "units", "units_min", "units_max", "unit_price"], rows
    )


@portal()
def proposal_json(request: HttpRequest, member: MakerMember, public_id: UUID) -> HttpResponse:
    found = access.proposal(member, public_id)
    return JsonResponse(as_json(found, reading.proposal_page(found).version))


def as_json(found: Proposal, version: ProposalVersion) -> dict[str, Any]:
    """A proposal for other systems; money in minor units."""
    return {
        "id": str(found.public_id),
        "state": found.state,
        "revision": found.revision,
        "version": version.number,
        "offer": {"id": str(found.offer.public_id), "code": found.offer.code, "title": found.offer.title},
        "category": found.pool.category.code,
        "specification": version.specification,
        "units": version.units,
        "units_low": version.low_units,
        "units_high": version.high_units,
        "min_units": version.min_units,
        "max_units": version.max_units,
        "chance_permille": version.chance_permille,
        "unit_price_minor": version.unit_price_minor,
        "delivered_minor": version.delivered_minor,
        "ladder": version.ladder,
        "window": [version.window_from.isoformat(), version.window_to.isoformat()],
        "expires_at": found.expires_at.isoformat() if found.expires_at else None,
        "terms": version.terms,
        "evidence": version.evidence,
        "lines": [
            {
                "variant": row.variant,
                "key": row.variant_key,
                "units": row.units,
                "min_units": row.min_units,
                "max_units": row.max_units,
                "adder_minor": row.adder_minor,
            }
            for row in version.lines.all()
        ],
    }
