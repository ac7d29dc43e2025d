"""The market: what is asked for where this maker offers, what rises fast, and what nobody makes yet."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from demand.downloads import csv_file
from manufacturers.models import MakerMember
from manufacturers.offering import reads_pages as reading
from manufacturers.web import presenting
from manufacturers.web.frame import language, portal, show


@portal()
def market(request: HttpRequest, member: MakerMember) -> HttpResponse:
    found = reading.market(member.maker_id, today=timezone.localdate())
    context = {
        "rows": [_row(row) for row in found.rows],
        "bursts": [_finding(row) for row in found.bursts],
        "unmet": [_finding(row) for row in found.unmet],
    }
    return show(request, member, "manufacturers/market.html", context)


def _row(row: reading.MarketRow) -> dict[str, Any]:
    before = next((count for _day, count in row.days[-29:-28]), None)
    latest = row.days[-1][1] if row.days else None
    return {
        "name": row.category.name_in(language()),
        "code": row.category.code,
        "pools": row.pools,
        "people": row.people,
        "units": row.units,
        "points": [{"label": presenting.short_day(day), "units": count} for day, count in row.days],
        "change": (latest - before) / before if before and latest is not None else None,
        "title": _("People in %(category)s, 12 weeks") % {"category": row.category.name_in(language())},
    }


def _finding(row: Any) -> dict[str, Any]:
    multiple = row.multiple_permille
    return {
        "row": row,
        "category": row.category.name_in(language()) if row.category else "",
        "times": f"{multiple / 1000:.1f}" if multiple else "",
    }


@portal()
def market_csv(request: HttpRequest, member: MakerMember) -> HttpResponse:
    found = reading.market(member.maker_id, today=timezone.localdate())
    rows: list[list[object]] = [
        ["trend", row.category.code, day.isoformat(), "", count, ""] for row in found.rows for day, count in row.days
    ]
    for row in (*found.bursts, *found.unmet):
        times = row.multiple_permille / 1000 if row.multiple_permille else ""
        code = row.category.code if row.category else ""
        rows.append([row.kind, code, row.starts_on.isoformat(), row.subject, "", times])
    return csv_file("market.csv", ["what", "category", "day", "subject", "people", "times_usual"], rows)
