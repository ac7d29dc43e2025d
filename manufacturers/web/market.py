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

CSV_HEADER = ["what", "category", "day", "subject", "people", "times", "times_low", "times_high", "times_last_year"]


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
        "growth": f"{row.growth:.2f}" if row.growth is not None else "",
        "between": f"{row.low:.2f}–{row.high:.2f}" if row.low is not None and row.high is not None else "",
        "change": (latest - before) / before if before and latest is not None else None,
        "title": _("People in %(category)s, 12 weeks") % {"category": row.category.name_in(language())},
    }


def _finding(row: Any) -> dict[str, Any]:
    multiple = row.multiple_permille
    return {
        "row": row,
        "category": row.category.name_in(language()) if row.category else "",
        "times": f"{multiple / 1000:.1f}" if multiple else "",
        "last_year": f"{year:.1f}" if (year := row.evidence.get("multiple_of_last_year")) else "",
    }


@portal()
def market_csv(request: HttpRequest, member: MakerMember) -> HttpResponse:
    found = reading.market(member.maker_id, today=timezone.localdate())
    rows: list[list[object]] = [
        ["trend", row.category.code, day.isoformat(), "", count, "", "", "", ""]
        for row in found.rows
        for day, count in row.days
    ]
    for row in found.rows:
        if row.growth is not None and row.low is not None and row.high is not None:
            times = [round(one, 3) for one in (row.growth, row.low, row.high)]
            rows.append(["growth", row.category.code, "", "", "", *times, ""])
    for finding in (*found.bursts, *found.unmet):
        usual = finding.multiple_permille / 1000 if finding.multiple_permille else ""
        code = finding.category.code if finding.category else ""
        year = finding.evidence.get("multiple_of_last_year") or ""
        rows.append([finding.kind, code, finding.starts_on.isoformat(), finding.subject, "", usual, "", "", year])
    return csv_file("market.csv", CSV_HEADER, rows)
