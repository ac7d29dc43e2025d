"""Writing a wish: the sheet, chips while typing, placing it, changing it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from demand import access
from demand.collecting.drafts import InvalidDraft
from demand.errors import DomainError
from demand.models import Wish, WishKind
from demand.pooling import service as pooling
from demand.pooling.service import PlacedWish
from demand.web import chips, claiming, edge, presenting, sheet
from demand.web.presenting import Words, major


@require_http_methods(["GET", "POST"])
def wish_new(request: HttpRequest) -> HttpResponseBase:
    """The sheet; a POST reads it again, shows what a pre-order means, or places the wish."""
    said = presenting.words()
    if request.method == "GET":
        return _show(request, _opening(request), said)
    laid = sheet.lay(request.POST, said=said, today=timezone.localdate())
    step = request.POST.get("do", "")
    if "chip_change" in request.POST or "chip_remove" in request.POST or step not in ("wish", "preorder", "confirm"):
        return _show(request, laid, said)
    if step == "preorder":
        return _show(request, laid, said, preorder=True)
    kind = WishKind.PREORDER if step == "confirm" and access.signed_in(request.user) else WishKind.INTEREST
    placed = _place(request, laid, kind=kind)
    if placed is None:
        return _show(request, laid, said, preorder=step == "confirm", status=422)
    return _placed(request, placed)


def _opening(request: HttpRequest) -> sheet.Sheet:
    """An empty sheet, or one begun with the words of the box on the first page."""
    said = presenting.words()
    region = request.user.region if access.signed_in(request.user) else ""
    data = QueryDict(mutable=True)
    text = request.GET.get("text", "").replace("\x00", "")
    fresh = sheet.WishForm(said=said, region=region)
    data.update({"text": text, "key": fresh.initial["key"]})
    category = request.GET.get("category", "")
    if category in said.names["category"]:
        data["category"] = category
    return sheet.lay(data, said=said, today=timezone.localdate())


def _show(
    request: HttpRequest, laid: sheet.Sheet, said: Words, *, preorder: bool = False, status: int = 200, **more: Any
) -> HttpResponse:
    context = sheet.understood(laid, said=said) | {"form": laid.form} | more
    if preorder and laid.shown is not None:
        want, tolerance = sheet.typed_want(laid)
        context["preorder"] = sheet.preorder_panel(laid.shown, want=want, tolerance=tolerance, said=said)
        if laid.shown.ceiling_minor is None and "ceiling" not in laid.form.errors:
            laid.form.add_error("ceiling", sheet.CEILING_NEEDED)
    return render(request, "demand/wish_form.html", context, status=status)


def _place(request: HttpRequest, laid: sheet.Sheet, *, kind: str) -> PlacedWish | None:
    """Place what the sheet says; ``None`` with the sentences beside the fields where it cannot be."""
    if not laid.form.is_valid() or laid.chip_errors:
        return None
    user_id = request.user.pk if access.signed_in(request.user) else None
    secret = claiming.secret_of(request) or claiming.new_secret()
    request.META["wishmill.secret"] = secret
    key = laid.form.cleaned_data["key"]
    try:
        return pooling.place(
            draft=laid.form.draft(laid.corrections, kind=kind),
            user_id=user_id,
            claim_hash="" if user_id is not None else claiming.claim_hash(secret),
            idempotency_key=f"{user_id or 'new'}:{key}" if key else "",
            now=timezone.now(),
        )
    except InvalidDraft as invalid:
        laid.form.put_errors(invalid)
        return None


def _placed(request: HttpRequest, placed: PlacedWish) -> HttpResponse:
    response = redirect("demand:wish", placed.public_id)
    if placed.state == "draft":
        claiming.hold(response, request.META["wishmill.secret"])
        messages.info(request, _("Your wish is kept in this browser. Sign in, and it counts."))
    elif placed.question:
        messages.info(request, _("Your wish is here. One question is open."))
    else:
        messages.success(request, _("Your wish counts from now on. Nothing is charged."))
    return response


@require_POST
def wish_read(request: HttpRequest) -> HttpResponse:
    """Chips and matching pools for what is being typed, as a piece of HTML. Stores nothing."""
    said = presenting.words()
    laid = sheet.lay(request.POST, said=said, today=timezone.localdate())
    return render(request, "demand/reading.html", sheet.understood(laid, said=said))


@require_http_methods(["GET", "POST"])
@edge.found_or_404
def wish_edit(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The sheet filled with a wish of one's own; a POST changes it."""
    wish = access.own_wish(request.user, public_id, claim_hash=claiming.claim_hash(claiming.secret_of(request)))
    said = presenting.words()
    data = request.POST if request.method == "POST" else _held(wish)
    laid = sheet.lay(data, said=said, today=timezone.localdate())
    more: dict[str, Any] = {"wish": wish, "revision": request.POST.get("revision", wish.revision)}
    pressed_chip = "chip_change" in data or "chip_remove" in data
    if request.method == "GET" or pressed_chip or request.POST.get("do") != "wish":
        return _show(request, laid, said, **more)
    if _change(request, wish, laid):
        messages.success(request, _("Changed. We looked again who wants the same."))
        return redirect("demand:wish", wish.public_id)
    return _show(request, laid, said, status=422, **more)


def _change(request: HttpRequest, wish: Wish, laid: sheet.Sheet) -> bool:
    if not laid.form.is_valid() or laid.chip_errors:
        return False
    kind = wish.kind
    draft = laid.form.draft(laid.corrections, kind=kind)
    try:
        pooling.change(
            wish_id=wish.pk,
            seen_revision=edge.seen_revision(request),
            draft=sheet.replace(draft, confirmed=True, auto_bind=wish.auto_bind) if kind == "preorder" else draft,
            now=timezone.now(),
        )
    except InvalidDraft as invalid:
        laid.form.put_errors(invalid)
        return False
    except DomainError as refused:
        edge.put_beside(laid.form, refused)
        return False
    return True


def _held(wish: Wish) -> QueryDict:
    """A stored wish as its form holds it."""
    data = QueryDict(mutable=True)
    data.update(
        {
            "text": wish.text,
            "quantity": str(wish.quantity),
            "tolerance": str(wish.tolerance or ""),
            "ceiling": "" if wish.steps.exists() else major(wish.ceiling_minor),
            "intent": wish.intent,
            "budget": major(wish.budget_minor),
            "region": wish.region,
            "needed_by": wish.needed_by.isoformat() if wish.needed_by else "",
        }
    )
    for place, step in enumerate(wish.steps.all()[: sheet.STEPS]):
        data[f"step_units_{place}"], data[f"step_price_{place}"] = str(step.quantity), major(step.ceiling_minor)
    for key, value in chips.differences(wish).items():
        data[f"set.{key}"] = value
    return data
