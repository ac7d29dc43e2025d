"""One proposal: its blueprint and evidence, the decision, the thread; to print and to take along."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy

from demand.errors import DomainError
from manufacturers import access
from manufacturers.models import MakerMember, Proposal, ProposalVersion
from manufacturers.negotiating import reads_pages as reading
from manufacturers.negotiating import service as negotiating
from manufacturers.negotiating.reads import binding_until, may_ask_again
from manufacturers.offering.reads_pages import vocabulary
from manufacturers.web import blueprint, differences, presenting
from manufacturers.web.forms import CounterForm, DeclineForm, MessageForm
from manufacturers.web.frame import act, portal, put_beside, show
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
        "can_ask_again": member.role == MakerMember.Role.OWNER and may_ask_again(found, now=now),
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
        "terms": blueprint.terms_of(version),
        "plan_ready": plan_ready(found, version, now) if open_now else None,
        "history": [_past(row, page, words) for row in page.versions],
        "counters": [differences.of_counter(row, words) for row in page.counters],
        "open_counter": None if page.open_counter is None else differences.of_counter(page.open_counter, words),
        "thread": page.messages,
        "release": page.release,
        "counter_form": forms.get("counter") or CounterForm(version=version, words=words),
        "decline_form": forms.get("decline") or DeclineForm(),
        "message_form": forms.get("message") or MessageForm(),
        "opened": next(iter(forms), ""),
    }
    return show(request, member, "manufacturers/proposal.html", context, status=status)


def _past(row: ProposalVersion, page: reading.ProposalPage, words: presenting.Vocabulary) -> dict[str, Any]:
    before = next((old for old in page.versions if old.number == row.number - 1), None)
    return {"version": row, "lines": differences.version_changes(before, row, words) if before else []}


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
