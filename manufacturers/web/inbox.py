"""The inbox: what waits for this maker, sorted by fit or deadline."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from demand.downloads import csv_file
from manufacturers.models import MakerMember, ProposalVersion
from manufacturers.negotiating import reads_pages as reading
from manufacturers.negotiating.reads import record_of
from manufacturers.offering.reads_pages import vocabulary
from manufacturers.web import presenting
from manufacturers.web.frame import portal, show

PAGE = 25


def inbox(request: HttpRequest) -> HttpResponse:
    """The portal's door: whoever is not signed in is led there first; every other page stays hidden from them."""
    if request.method in ("GET", "HEAD") and not request.user.is_authenticated:
        return redirect_to_login(request.path)
    return _inbox(request)


@portal()
def _inbox(request: HttpRequest, member: MakerMember) -> HttpResponse:
    shown = request.GET.get("show", "waiting")
    shown = shown if shown in reading.SHOWN else "waiting"
    order = "deadline" if request.GET.get("order") == "deadline" else "fit"
    found = reading.counts(member.maker_id)
    page = Paginator(reading.inbox(member.maker_id, shown=shown, order=order), PAGE).get_page(request.GET.get("page"))
    words = vocabulary()
    return show(
        request,
        member,
        "manufacturers/inbox.html",
        {
            "rows": [_row(version, words) for version in page],
            "page_obj": page,
            "counts": found,
            "record": record_lines(record_of(member.maker_id)),
            "shown": shown,
            "order": order,
            "filters": [
                {"name": "waiting", "label": _("To answer"), "count": found.by_filter["waiting"]},
                {"name": "going", "label": _("Going ahead"), "count": found.by_filter["going"]},
                {"name": "over", "label": _("Over"), "count": found.by_filter["over"]},
            ],
        },
    )


def record_lines(record: dict[str, int | None]) -> list[dict[str, Any]]:
    """A maker's own record as staff and shoppers see it; empty while no order is finished."""
    if not record:
        return []
    named = (
        (_("Orders finished"), record["releases"], "units"),
        (_("On time"), record["on_time_permille"], "share"),
        (_("Proposals accepted"), record["accepted_permille"], "share"),
        (_("Deliveries claimed"), record["claimed_permille"], "share"),
    )
    return [
        {"label": label, "value": value if kind == "units" else value / 1000, "kind": kind}
        for label, value, kind in named
        if value is not None
    ]


def _row(version: ProposalVersion, words: presenting.Vocabulary) -> dict[str, Any]:
    proposal = version.proposal
    kind, text = presenting.state_of(proposal, timezone.now())
    return {
        "public_id": proposal.public_id,
        "title": presenting.title(proposal.pool.category, version.specification, words),
        "offer": proposal.offer.title,
        "units": version.units,
        "guess": presenting.estimate_of(version),
        "min_units": version.min_units,
        "unit_price_minor": version.unit_price_minor,
        "worth_minor": version.unit_price_minor * version.units,
        "chance": version.chance_permille / 1000,
        "fit": proposal.fit_permille / 1000,
        "fit_width": f"{proposal.fit_permille // 10}%",
        "window_from": version.window_from,
        "window_to": version.window_to,
        "expires_at": proposal.expires_at,
        "state_kind": kind,
        "state_text": text,
        "state": proposal.state,
    }


@portal()
def proposals_csv(request: HttpRequest, member: MakerMember) -> HttpResponse:
    """Every proposal this maker was sent, one line a variant."""
    words = vocabulary()
    header = ["proposal", "version", "state", "category", "offer", "specification", "variant", "units"]
    header += ["units_min", "units_max", "unit_price", "currency", "window_from", "window_to", "expires_at"]
    rows = [
        [*cells, variant, units, least, most, *after]
        for version in reading.versions_for_export(member.maker_id)
        for cells, after in [_csv_cells(version, words)]
        for variant, units, least, most in csv_lines(version, words)
    ]
    return csv_file("proposals.csv", header, rows)


def csv_lines(version: ProposalVersion, words: presenting.Vocabulary) -> list[tuple[str, int, int, int]]:
    """(variant, units, from, to) of each line; a version without variants is one line."""
    lines = [
        (presenting.variant_text(row.variant, words, row.variant_key), row.units, row.min_units, row.max_units)
        for row in version.lines.all()
    ]
    return lines or [("", version.units, version.min_units, version.max_units)]


def _csv_cells(version: ProposalVersion, words: presenting.Vocabulary) -> tuple[list[object], list[object]]:
    proposal = version.proposal
    spec = "; ".join(f"{row.label}: {row.value}" for row in presenting.spec_rows(version, words))
    before: list[object] = [proposal.public_id, version.number, proposal.state, proposal.pool.category.code]
    before += [proposal.offer.title, spec]
    expires = proposal.expires_at.isoformat() if proposal.expires_at else ""
    after: list[object] = [presenting.major(version.unit_price_minor), settings.CURRENCY]
    after += [version.window_from.isoformat(), version.window_to.isoformat(), expires]
    return before, after
