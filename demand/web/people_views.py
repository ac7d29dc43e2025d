"""One's own account: notices, settings, addresses, data, leaving."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings as deployment
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from demand import access
from demand.campaigning import departing
from demand.collecting.reads import addresses_of
from demand.collecting.service import accounts, people
from demand.errors import DomainError, InvalidValue, NotThere
from demand.models import Address, Notice, User
from demand.notices import mark_read
from demand.regions import region_name
from demand.web import notices as sentences
from demand.web.accounts import remember_language
from demand.web.people_forms import AddressForm, SettingsForm

PER_PAGE = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownNotice:
    id: int
    text: str
    created_at: datetime
    read: bool
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Notices of one day; ``first_read`` marks where what was read before begins."""

    on: date
    first_read: bool
    notices: Sequence[ShownNotice]


def me(request: HttpRequest) -> User:
    """Who is signed in; views that call it require that someone is."""
    if not access.signed_in(request.user):
        raise Http404
    return request.user


# ── notices ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@login_required
@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """What happened, unread first, by day."""
    mine = Notice.objects.filter(user=me(request)).annotate(unread=Q(read_at__isnull=True))
    rows = mine.order_by("-unread", "-created_at", "-pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    days = by_day(shown, sentences.render_all(shown))
    unread = any(not one.read for day in days for one in day.notices)
    return render(request, "demand/people/notices.html", {"days": days, "page_obj": page, "unread": unread})


def by_day(rows: Sequence[Notice], texts: Sequence[str]) -> list[Day]:
    """Notices as they come, cut where the day or being read changes."""
    groups: list[tuple[tuple[date, bool], list[ShownNotice]]] = []
    for row, text in zip(rows, texts, strict=True):
        key = (timezone.localdate(row.created_at), row.read_at is not None)
        if not groups or groups[-1][0] != key:
            groups.append((key, []))
        groups[-1][1].append(
            ShownNotice(id=row.pk, text=text, created_at=row.created_at, read=key[1], link=inside(row.link))
        )
    first = next((index for index, (key, _rows) in enumerate(groups) if key[1]), None)
    return [Day(on=key[0], first_read=index == first, notices=group) for index, (key, group) in enumerate(groups)]


def inside(link: str) -> str:
    """The link where it stays on this site, else nothing."""
    return link if link.startswith("/") and url_has_allowed_host_and_scheme(link, allowed_hosts=None) else ""


@login_required
@require_POST
def notice_open(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Mark one read and go where it leads."""
    try:
        notice = access.own_notice(request.user, notice_id)
    except NotThere as absent:
        raise Http404 from absent
    mark_read(user_id=me(request).pk, notice_id=notice.pk, now=timezone.now())
    return redirect(inside(notice.link) or "demand:notices")


@login_required
@require_POST
def notices_read(request: HttpRequest) -> HttpResponse:
    """Mark one read (``notice``), or all."""
    one = request.POST.get("notice", "")
    mark_read(user_id=me(request).pk, notice_id=int(one) if one.isdecimal() else None, now=timezone.now())
    return redirect("demand:notices")


# ── settings ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """Name, language, region, channels and consent; and the ways to everything else about the account."""
    user = me(request)
    form = SettingsForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            saved = accounts.save_settings(user_id=user.pk, settings=form.values())
        except InvalidValue as wrong:
            form.add_error(wrong.field if wrong.field in form.fields else None, wrong.sentence())
        else:
            messages.success(request, _("Saved."))
            response = redirect("demand:settings")
            remember_language(response, saved.language)
            return response
    return render(request, "demand/people/settings.html", {"form": form})


@login_required
@never_cache
@require_POST
def my_data(request: HttpRequest) -> HttpResponse:
    """Everything kept under the account, as a file."""
    content = json.dumps(departing.my_data(user_id=me(request).pk), cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
    return HttpResponse(
        content,
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="wishmill-my-data.json"'},
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Close the account for good, after saying what that does."""
    user = me(request)
    if request.method == "POST" and request.POST.get("sure") == "yes":
        try:
            departing.close_account(user_id=user.pk, now=timezone.now())
        except DomainError as refusal:
            messages.error(request, refusal.sentence())
            return redirect("demand:settings_leave")
        logout(request)
        messages.success(request, _("Your account is closed and your wishes are withdrawn. Farewell."))
        return redirect(deployment.LOGIN_REDIRECT_URL)
    return render(request, "demand/people/leave.html", {"unsure": request.method == "POST"})


# ── addresses ────────────────────────────────────────────────────────────────────────────────────────────────────────
@login_required
@require_GET
def address_list(request: HttpRequest) -> HttpResponse:
    """Where things can be sent; ``next`` leads back to the order an address is for."""
    shown = [(row, region_name(row.region)) for row in addresses_of(me(request).pk)]
    way_back = inside(request.GET.get("next", ""))
    return render(request, "demand/people/addresses.html", {"addresses": shown, "next": way_back})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def address_new(request: HttpRequest) -> HttpResponse:
    """Add an address; ``next`` leads back to the order it is for."""
    return _edit(request, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def address_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Put a changed address in the place of an old one."""
    try:
        return _edit(request, access.own_address(request.user, public_id))
    except NotThere as absent:
        raise Http404 from absent


def _edit(request: HttpRequest, address: Address | None) -> HttpResponse:
    user = me(request)
    way_back = inside(request.POST.get("next", request.GET.get("next", "")))
    form = AddressForm(request.POST or None, address=address, user=user)
    if request.method == "POST" and form.is_valid() and _saved(form, user, address):
        messages.success(request, _("Address saved."))
        return redirect(way_back or "demand:addresses")
    return render(request, "demand/people/address.html", {"form": form, "address": address, "next": way_back})


def _saved(form: AddressForm, user: User, address: Address | None) -> bool:
    replaced = None if address is None else address.pk
    try:
        people.save_address(user_id=user.pk, values=form.values(), replaces=replaced, now=timezone.now())
    except people.InvalidAddress as wrong:
        for field, sentence in wrong.errors.items():
            form.add_error(field, sentence)
    except people.TooManyAddresses as refusal:
        form.add_error(None, refusal.sentence())
    return not form.errors


@login_required
@require_POST
def address_retire(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take an address off the list."""
    try:
        address = access.own_address(request.user, public_id)
        people.retire_address(user_id=me(request).pk, address_id=address.pk, now=timezone.now())
    except NotThere as absent:
        raise Http404 from absent
    messages.success(request, _("Address removed. Orders that go there keep it."))
    return redirect("demand:addresses")
