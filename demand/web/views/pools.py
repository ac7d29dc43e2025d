"""A pool's page, and joining it with one's own quantity and options."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from demand import access
from demand.collecting.drafts import InvalidDraft, WishDraft
from demand.estimating import reads as estimating
from demand.models import Pool
from demand.pooling import service as pooling
from demand.pooling.reads import pages
from demand.pooling.reads.cards import PoolCard
from demand.reading import reads as reading
from demand.web import claiming, edge, presenting, sheet, signalling
from demand.web.forms import JoinForm
from demand.web.presenting import Words

JOINABLE = ("open", "campaign")


@require_GET
@edge.found_or_404
def pool(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """What people want together: specification, distance, prices, mix, growth. A merged pool leads on."""
    found = access.pool(request.user, public_id)
    if found.leads_to is not None:
        messages.info(request, _("This group was joined with another one that wants the same."))
        return redirect("demand:pool", found.leads_to.public_id)
    signalling.viewed(request, found, now=timezone.now())
    return render(request, "demand/pool.html", _page(request, found))


def _page(request: HttpRequest, found: Pool, form: JoinForm | None = None) -> dict[str, Any]:
    viewer_id = request.user.pk if access.signed_in(request.user) else None
    page = pages.pool_page(found, viewer_id=viewer_id)
    card = page.card
    said = presenting.words()
    variants = _variants(card.category)
    return {
        "pool": found,
        "card": card,
        "title": said.title(card.specification, card.category),
        "facts": said.facts(card.specification),
        "category": said.category(card.category),
        "progress": presenting.progress(card) | {"expected_units": _expected(found, card)},
        "sentence": presenting.distance_sentence(card),
        "ladder": presenting.ladder(card.tiers) if card.min_units is not None else [],
        "mixes": presenting.mixes(card, said),
        "regions": presenting.region_mix(card),
        "growth": presenting.growth(card),
        "own_units": page.own_units,
        "own_wish": page.own_wish,
        "variants": [said.attribute(code) for code in variants],
        "form": form or JoinForm(said=said, variants=variants),
        "joinable": found.state in JOINABLE,
        "ended": found.state in ("done", "empty"),
    }


def _expected(found: Pool, card: PoolCard) -> int:
    """Units expected beyond the firm ones at the first price, rounded to 5; 0 where nothing may be told."""
    if card.min_units is None or not card.tiers or card.people is None:
        return 0
    view = estimating.newest([found.pk]).get(found.pk)
    point = None if view is None else view.at(card.tiers[0].price_minor)
    return 0 if point is None else max(0, 5 * round((point.expected_units - card.firm_units) / 5))


def _variants(category: str) -> list[str]:
    """Choices of a category that may be mixed within one run."""
    catalogue = reading.current_catalogue()
    rows = [catalogue.attribute(code) for code in sheet.attributes(category)]
    return [row.code for row in rows if not row.shared and row.kind == "choice"]


@require_POST
@edge.found_or_404
def pool_join(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Wish for what a pool specifies, with one's own quantity and options."""
    found = access.pool(request.user, public_id)
    said = presenting.words()
    form = JoinForm(request.POST, said=said, variants=_variants(found.category.code))
    placed = _join(request, found, form, said) if form.is_valid() else None
    if placed is None:
        return _refused(request, found, form)
    response = redirect("demand:wish", placed.public_id)
    if placed.state == "draft":
        claiming.hold(response, request.META["wishmill.secret"])
        messages.info(request, _("Your wish is kept in this browser. Sign in, and it counts."))
    else:
        messages.success(request, _("You are in. Nothing is charged."))
    return response


def _refused(request: HttpRequest, found: Pool, form: JoinForm) -> HttpResponse:
    return render(request, "demand/pool.html", _page(request, found, form), status=422)


def _join(request: HttpRequest, found: Pool, form: JoinForm, said: Words) -> pooling.PlacedWish | None:
    corrections: dict[str, Any] = {
        f"needs.{code}": {"level": "must", "constraint": constraint} for code, constraint in found.specification.items()
    }
    corrections |= {
        f"needs.{code}": {"level": "must", "constraint": {"any": [value]}} for code, value in form.options().items()
    }
    user_id = request.user.pk if access.signed_in(request.user) else None
    secret = claiming.secret_of(request) or claiming.new_secret()
    request.META["wishmill.secret"] = secret
    key = form.cleaned_data["key"]
    draft = WishDraft(
        text=said.title(found.specification, found.category.code),
        quantity=form.cleaned_data["quantity"],
        ceiling_minor=form.cleaned_data["ceiling"],
        corrections=corrections | {"category": found.category.code},
    )
    try:
        return pooling.place(
            draft=draft,
            user_id=user_id,
            claim_hash="" if user_id is not None else claiming.claim_hash(secret),
            idempotency_key=f"{user_id or 'new'}:{key}" if key else "",
            now=timezone.now(),
        )
    except InvalidDraft as invalid:
        for name, sentence in invalid.errors.items():
            form.add_error(name if name in form.fields else None, sentence)
        return None
