"""The market page of staff: its tables in words, and the same as a file."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import datetime
from io import StringIO
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext

from demand.estimating.market import CategoryRow, staff_market
from demand.models import Finding
from demand.staff_words import needs_words

HEADER = ("what", "category", "subject", "since", "count", "times", "times_low", "times_high", "people", "firm_units")


def tables(*, now: datetime, language: str) -> dict[str, Any]:
    """Rows for the template: categories, bursts, unmet needs."""
    found = staff_market(today=now.date())
    return {
        "rows": [_category(row, language) for row in found.rows],
        "bursts": [_finding(row, language) for row in found.bursts],
        "unmet": [_finding(row, language) for row in found.unmet],
    }


def _category(row: CategoryRow, language: str) -> dict[str, Any]:
    known = row.trend.growth is not None
    return {
        "name": row.category.name_in(language),
        "pools": row.pools,
        "people": row.people,
        "firm_units": row.firm_units,
        "recent": row.trend.recent,
        "before": row.trend.before,
        "growth": f"× {row.trend.growth:.2f}" if known else "",
        "between": f"{row.trend.low:.2f}–{row.trend.high:.2f}" if known else "",
    }


def _finding(row: Finding, language: str) -> dict[str, Any]:
    last_year = row.evidence.get("multiple_of_last_year")
    return {
        "row": row,
        "subject": subject_words(row),
        "category": row.category.name_in(language) if row.category else "",
        "times": f"× {row.multiple_permille / 1000:.1f}" if row.multiple_permille else "",
        "last_year": f"× {last_year:.1f}" if last_year else "",
        "searches": row.evidence.get("searches", ""),
        "supply": supply_words(row.supply),
    }


def subject_words(row: Finding) -> str:
    """What a finding is about as people say it; what no catalogue knows as it was searched for."""
    needs = row.evidence.get("needs")
    if row.category is None:
        return row.subject
    return needs_words(row.category.code, needs) if needs else str(row.category)


def supply_words(supply: Mapping[str, Any]) -> str:
    """What makers could do about a finding, in a sentence."""
    days = {"window": supply.get("window_days"), "soonest": supply.get("soonest_days"), "count": supply.get("in_time")}
    sentences = {
        "nobody_makes": gettext("Nobody makes this."),
        "nobody_in_time": gettext("Nobody can deliver within %(window)s days; the soonest needs %(soonest)s."),
        "one_maker": gettext("One maker could deliver within %(window)s days."),
        "several": gettext("%(count)s makers could deliver within %(window)s days."),
    }
    return sentences[supply["verdict"]] % days if supply else "–"


def download(*, now: datetime) -> HttpResponse:
    """A file that spreadsheets open as UTF-8. Texts that would start a formula are quoted."""
    found = staff_market(today=now.date())
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for one in found.rows:
        trend = one.trend
        times = [("" if value is None else round(value, 3)) for value in (trend.growth, trend.low, trend.high)]
        writer.writerow(["trend", one.category.code, "", "", trend.recent, *times, one.people, one.firm_units])
    for row in (*found.bursts, *found.unmet):
        code = row.category.code if row.category else ""
        count = row.evidence.get("count", row.evidence.get("searches", ""))
        times_usual = row.multiple_permille / 1000 if row.multiple_permille else ""
        since = row.starts_on.isoformat()
        writer.writerow([row.kind, code, _plain(row.subject), since, count, times_usual, "", "", "", ""])
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="market-{now:%Y-%m-%d}.csv"'
    return response


def _plain(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t") else cell
