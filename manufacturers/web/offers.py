"""Offers: the list, the editor, pausing and retiring, capacity per week."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from demand.errors import DomainError, NotThere
from manufacturers import access
from manufacturers.models import MakerMember, Offer
from manufacturers.offering import reads, service
from manufacturers.offering import reads_pages as reading
from manufacturers.offering.kernel import week_of
from manufacturers.planning.reads_pages import family_names
from manufacturers.web import presenting
from manufacturers.web.frame import act, language, portal, show
from manufacturers.web.offer_form import OfferForm

WEEKS = 26


@portal()
def offers(request: HttpRequest, member: MakerMember) -> HttpResponse:
    rows = reading.offer_rows(member.maker_id, today=timezone.localdate())
    return show(
        request,
        member,
        "manufacturers/offers.html",
        {"rows": [_row(row) for row in rows], "categories": _categories()},
    )


def _categories() -> list[dict[str, str]]:
    return [{"code": str(row.code), "name": row.name_in(language())} for row in reading.categories()]


def _row(row: reading.OfferRow) -> dict[str, Any]:
    kind, text = presenting.offer_state(row.offer.state)
    return {
        "offer": row.offer,
        "category": row.offer.category.name_in(language()),
        "state_kind": kind,
        "state_text": text,
        "first_price_minor": row.tiers[0][1] if row.tiers else None,
        "last_price_minor": row.tiers[-1][1] if len(row.tiers) > 1 else None,
        "last_units": row.tiers[-1][0] if len(row.tiers) > 1 else None,
        "free_units": row.free_units,
        "out": row.out,
    }


@portal("GET", "HEAD", "POST")
def offer_new(request: HttpRequest, member: MakerMember) -> HttpResponse:
    """A new offer in the category chosen on the list."""
    access.may_decide(member)
    code = request.GET.get("category", "")
    category = next((row for row in reading.categories() if row.code == code), None)
    if category is None:
        messages.error(request, _("Choose a category first."))
        return redirect("manufacturers:offers")
    form = _form(request, member, category.pk, str(category.code), None)
    if request.method == "POST" and form.is_valid():
        state = "draft" if "draft" in request.POST else "live"
        saved = _saved(form, lambda: _save(form, member, None, None, state))
        if saved is not None:
            messages.success(request, _("The offer is stored. Say how much of it you can make each week."))
            return redirect(reverse("manufacturers:capacity", args=[saved.public_id]))
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "offer": None, "category": category.name_in(language())}
    return show(request, member, "manufacturers/offer.html", context, status=status)


@portal("GET", "HEAD", "POST")
def offer(request: HttpRequest, member: MakerMember, public_id: UUID) -> HttpResponse:
    found = access.offer(member, public_id)
    form = _form(request, member, found.category_id, str(found.category.code), found)
    if request.method == "POST":
        access.may_decide(member)
        seen = request.POST.get("seen_revision", "")
        if form.is_valid():
            revision = int(seen) if seen.isdecimal() else 0
            saved = _saved(form, lambda: _save(form, member, found.pk, revision, found.state))
            if saved is not None:
                messages.success(request, _("The offer is stored. Proposals that are out keep their terms."))
                return redirect(reverse("manufacturers:offer", args=[public_id]))
    kind, text = presenting.offer_state(found.state)
    context = {
        "form": form,
        "offer": found,
        "category": found.category.name_in(language()),
        "state_kind": kind,
        "state_text": text,
    }
    return show(request, member, "manufacturers/offer.html", context, status=422 if request.method == "POST" else 200)


def _form(request: HttpRequest, member: MakerMember, category_id: int, category: str, found: Offer | None) -> OfferForm:
    families = reading.families_of(member.maker_id)
    return OfferForm(
        request.POST if request.method == "POST" else None,
        category=category,
        terms=reading.vocabulary(category_id),
        families=families,
        family_names=family_names(tuple(families), language()),
        offer=found,
    )


def _save(
    form: OfferForm, member: MakerMember, offer_id: int | None, seen: int | None, state: str
) -> service.SavedOffer:
    return service.save_offer(
        member_id=member.pk,
        offer_id=offer_id,
        seen_revision=seen,
        values=form.values(state=state if state != "retired" else "paused"),
        now=timezone.now(),
    )


# The form's fields for the fields that refusals name.
_FIELDS = {"tiers": "tier_units_0", "freight_minor": "freight_0", "vat_permille": "vat_percent"}
_FIELDS |= {"opening_cost_minor": "opening_cost", "tooling_minor": "tooling"}


def _saved(form: OfferForm, call: Callable[[], service.SavedOffer]) -> service.SavedOffer | None:
    try:
        return call()
    except (NotThere, access.NotYourRole):
        raise
    except DomainError as refused:
        field = _FIELDS.get(refused.field or "", refused.field)
        form.add_error(field if field in form.fields else None, refused.sentence())
        return None


@portal("POST", role=access.may_decide)
def offer_state(request: HttpRequest, member: MakerMember, public_id: UUID) -> HttpResponse:
    """Pause, show again or retire."""
    found = access.offer(member, public_id)
    actions: dict[str, tuple[Callable[..., service.SavedOffer], str]] = {
        "pause": (service.pause_offer, _("Paused: no new proposals come. Those that are out stay.")),
        "resume": (service.resume_offer, _("Live: proposals can come again.")),
        "retire": (service.retire_offer, _("Retired. Proposals that are out stay.")),
    }
    wanted = actions.get(request.POST.get("action", ""))
    if wanted is None:
        raise NotThere
    return act(
        request,
        lambda: wanted[0](member_id=member.pk, offer_id=found.pk, now=timezone.now()),
        done=wanted[1],
        back=reverse("manufacturers:offer", args=[public_id]),
    )


@portal("GET", "HEAD", "POST")
def capacity(request: HttpRequest, member: MakerMember, public_id: UUID) -> HttpResponse:
    """Units per week, half a year ahead; all of it is stored or none."""
    found = access.offer(member, public_id)
    typed: dict[str, Any] = {}
    errors: dict[str, str] = {}
    if request.method == "POST":
        access.may_decide(member)
        typed = {name: text for name, text in request.POST.items() if name.startswith("week-")}
        weeks, errors = _weeks(typed)
        if not errors:
            try:
                service.set_capacity(member_id=member.pk, offer_id=found.pk, weeks=weeks, now=timezone.now())
            except NotThere:
                raise
            except DomainError as refused:
                errors = {f"week-{refused.field}": refused.sentence()}
            else:
                messages.success(request, _("Capacity is stored."))
                return redirect(reverse("manufacturers:capacity", args=[public_id]))
    rows = _capacity_rows(found, typed, errors)
    context = {"offer": found, "rows": rows, "error_rows": [row for row in rows if row["error"]]}
    return show(request, member, "manufacturers/capacity.html", context, status=422 if errors else 200)


def _weeks(typed: dict[str, Any]) -> tuple[dict[date, int], dict[str, str]]:
    weeks: dict[date, int] = {}
    errors: dict[str, str] = {}
    for name, text in typed.items():
        try:
            week = date.fromisoformat(name.removeprefix("week-"))
            weeks[week] = int(text or 0)
        except ValueError:
            errors[name] = _("Write a whole number of units.")
            continue
        if not 0 <= weeks[week] <= 10_000_000:
            errors[name] = _("Write a whole number of units.")
    return weeks, errors


def _capacity_rows(found: Offer, typed: dict[str, Any], errors: dict[str, str]) -> list[dict[str, Any]]:
    first = week_of(timezone.localdate())
    until = first + timedelta(weeks=WEEKS - 1)
    known = {row.week: row for row in reads.weeks(found.pk, since=first, until=until)}
    rows = []
    for place in range(WEEKS):
        week = first + timedelta(weeks=place)
        row, name = known.get(week), f"week-{week.isoformat()}"
        units, booked = (row.units, row.booked) if row else (0, 0)
        share = f"{min(100, 100 * booked // units)}%" if units else "0%"
        rows.append(
            {
                "week": week,
                "number": week.isocalendar().week,
                "name": name,
                "value": typed.get(name, units),
                "units": units,
                "booked": booked,
                "share": share,
                "error": errors.get(name, ""),
            }
        )
    return rows
