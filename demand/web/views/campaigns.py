"""A campaign's public face, and one's own place in it: confirm, refuse, leave, answer, mend, claim."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from demand import access
from demand.campaigning import service
from demand.campaigning.errors import NoRoom, TotalChanged
from demand.collecting.drafts import WishDraft
from demand.errors import DomainError, InvalidValue
from demand.models import Campaign, Commitment
from demand.pooling import service as pooling
from demand.web import edge, ordering, presenting
from demand.web.forms import ClaimForm, ConfirmForm, MoreForm

PHOTO_BYTES = 4_000_001
# Refusals that another number, or a second look at the total, answers.
FOR_THE_FORM = (InvalidValue, NoRoom, TotalChanged)


@require_GET
@edge.found_or_404
def campaign(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The firm offer: price, how far it is, versions, dates, terms; and the visitor's own place."""
    found = access.campaign(request.user, public_id)
    place = None
    if access.signed_in(request.user):
        rows = Commitment.objects.filter(campaign=found, user=request.user).exclude(state="lapsed")
        place = rows.order_by("-pk").first()
    region = request.user.region if access.signed_in(request.user) else ""
    context = ordering.campaign_page(found, region=region, said=presenting.words(), now=timezone.now())
    return render(request, "demand/campaign.html", context | {"place": place})


@login_required
@require_POST
@edge.found_or_404
def campaign_join(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """A place for someone who comes later: a wish for what is offered, then the place, to look at and confirm."""
    found = access.campaign(request.user, public_id)
    said = presenting.words()
    text = request.POST.get("variant", "")
    variant = found.variants.filter(pk=int(text) if text.isdecimal() and len(text) < 18 else 0).first()
    if variant is None:
        messages.error(request, _("Choose a version first."))
        return redirect("demand:campaign", found.public_id)
    try:
        wish = pooling.place(
            draft=_wish_for(found, dict(variant.values), said),
            user_id=request.user.pk,
            idempotency_key=f"{request.user.pk}:campaign:{found.pk}",
            now=timezone.now(),
        )
        service.place_for(campaign_id=found.pk, wish_id=wish.wish_id, variant_id=variant.pk, now=timezone.now())
    except DomainError as refused:
        edge.say_refused(request, refused)
        return redirect("demand:campaign", found.public_id)
    place = Commitment.objects.get(campaign=found, wish_id=wish.wish_id)
    return redirect("demand:commitment", place.public_id)


def _wish_for(found: Campaign, values: dict[str, Any], said: presenting.Words) -> WishDraft:
    needs: dict[str, Any] = {
        f"needs.{code}": {"level": "must", "constraint": constraint} for code, constraint in found.specification.items()
    }
    for code, value in values.items():
        if isinstance(value, str):
            needs[f"needs.{code}"] = {"level": "must", "constraint": {"any": [value]}}
    category = found.pool.category.code
    return WishDraft(
        text=said.title(found.specification, category), quantity=1, corrections=needs | {"category": category}
    )


@login_required
@require_GET
@edge.found_or_404
def commitment(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """One's own place: what it is, what it costs, what can be done. Query values choose what the total is for."""
    place = access.own_commitment(request.user, public_id)
    return render(request, "demand/commitment.html", ordering.place_page(place, chosen=request.GET, now=timezone.now()))


@login_required
@require_POST
@edge.found_or_404
def confirm(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Confirm at the total that the button showed."""
    place = access.own_commitment(request.user, public_id)
    form = ordering.confirm_form(place, request.POST, said=presenting.words())
    if not form.is_valid():
        return _again(request, place, form)
    data = form.cleaned_data
    try:
        answered = service.confirm(
            commitment_id=place.pk,
            seen_revision=data["revision"],
            variant_id=data["variant"],
            units=data["units"],
            address_id=data["address"],
            spare_units=data["spare"] or 0,
            shown_total_minor=data["shown_total"],
            idempotency_key=data["key"],
            now=timezone.now(),
        )
    except DomainError as refused:
        edge.put_beside(form, refused)
        return _again(request, place, form)
    if answered.state == "queued":
        messages.info(request, _("All places are taken. You are in the queue; nothing is held."))
    else:
        messages.success(request, _("Confirmed. You are told what happens next."))
    return redirect("demand:commitment", place.public_id)


def _again(request: HttpRequest, place: Commitment, form: ConfirmForm | MoreForm) -> HttpResponse:
    context = ordering.place_page(place, chosen=request.POST, now=timezone.now(), form=form)
    return render(request, "demand/commitment.html", context, status=422)


@login_required
@require_POST
@edge.found_or_404
def more(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Take more of a confirmed place, at the total that the button showed."""
    place = access.own_commitment(request.user, public_id)
    form = MoreForm(request.POST)
    if not form.is_valid():
        return _again(request, place, form)
    data = form.cleaned_data
    try:
        service.raise_units(
            commitment_id=place.pk,
            seen_revision=data["revision"],
            units=data["units"],
            shown_total_minor=data["shown_total"],
            idempotency_key=data["key"],
            now=timezone.now(),
        )
    except DomainError as refused:
        if not isinstance(refused, FOR_THE_FORM):
            edge.say_refused(request, refused)
            return redirect("demand:commitment", place.public_id)
        edge.put_beside(form, refused)
        return _again(request, place, form)
    messages.success(request, _("Done: you take more. You are told what happens next."))
    return redirect("demand:commitment", place.public_id)


@login_required
@require_POST
@edge.found_or_404
def refuse(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Say no; the wish stays on the list."""
    place = access.own_commitment(request.user, public_id)
    edge.act(
        request,
        lambda: service.refuse(commitment_id=place.pk, now=timezone.now()),
        done=_("You said no. Your wish stays on the list."),
    )
    return redirect("demand:commitment", place.public_id)


@login_required
@require_http_methods(["GET", "POST"])
@edge.found_or_404
def leave(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Give a place back, after its terms were said."""
    place = access.own_commitment(request.user, public_id)
    if request.method == "GET":
        return render(request, "demand/commitment_leave.html", ordering.leave_page(place, now=timezone.now()))
    revision = edge.seen_revision(request)
    try:
        left = service.leave(commitment_id=place.pk, seen_revision=revision, now=timezone.now())
    except DomainError as refused:
        edge.say_refused(request, refused)
    else:
        messages.success(request, ordering.left_sentence(left.fee_minor))
    return redirect("demand:commitment", place.public_id)


@login_required
@require_POST
@edge.found_or_404
def consent(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Yes or no to a change; the last answer counts."""
    place = access.own_commitment(request.user, public_id)
    agreed = request.POST.get("answer") == "yes"
    edge.act(
        request,
        lambda: service.answer_consent(commitment_id=place.pk, agreed=agreed, now=timezone.now()),
        done=_("You agreed to the change.") if agreed else _("You did not agree. You leave free of charge."),
    )
    return redirect("demand:commitment", place.public_id)


@login_required
@require_POST
@edge.found_or_404
def mend(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Try a refused payment again."""
    place = access.own_commitment(request.user, public_id)
    edge.act(
        request,
        lambda: service.mend_hold(commitment_id=place.pk, now=timezone.now()),
        done=_("We try the payment again. You are told how it went."),
    )
    return redirect("demand:commitment", place.public_id)


@login_required
@require_http_methods(["GET", "POST"])
@edge.found_or_404
def claim(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Say what is wrong with a delivery, with photos."""
    place = access.own_commitment(request.user, public_id)
    form = ClaimForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        photos = [service.Photo(content=one.read(PHOTO_BYTES)) for one in request.FILES.getlist("photos")]
        data = form.cleaned_data
        try:
            service.file_claim(
                commitment_id=place.pk, kind=data["kind"], text=data["text"], photos=photos, now=timezone.now()
            )
        except DomainError as refused:
            edge.put_beside(form, refused)
        else:
            messages.success(request, _("We received it. The maker answers within 3 working days."))
            return redirect("demand:commitment", place.public_id)
    status = 422 if form.errors else 200
    title = ordering.title_of(place.campaign, presenting.words())
    return render(request, "demand/claim.html", {"place": place, "form": form, "title": title}, status=status)


@login_required
@require_GET
@edge.found_or_404
def claim_photo(request: HttpRequest, photo_id: int) -> HttpResponseBase:
    """A photo of one's own claim."""
    photo = access.claim_photo(request.user, photo_id)
    return HttpResponse(
        bytes(photo.content), content_type=photo.content_type, headers={"Cache-Control": "private, max-age=3600"}
    )
