"""The market page of staff: its tables in words, and the same as a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from demand.downloads import csv_file
from demand.estimating.market import CategoryRow, staff_market
from demand.models import Finding
from demand.staff_words import needs_words

HEADER = ("what", "category", "subject", "since", "count", "times", "times_low", "times_high", "people", "firm_units")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in a table; nothing is shown as a dash. With an address it is a link."""

    text: str
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table as staff/table.html shows it; the first cell of a row names the row."""

    label: str
    headings: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    empty: str


def tables(*, now: datetime, language: str) -> list[Table]:
    """Categories, bursts and unmet needs in words."""
    found = staff_market(today=now.date())
    return [
        Table(
            label=gettext("Trends"),
            headings=(
                gettext("category"),
                gettext("signals, 4 weeks"),
                gettext("4 weeks before"),
                gettext("growth"),
                gettext("between"),
                gettext("pools"),
                gettext("people"),
                gettext("firm units"),
            ),
            rows=[_trend(row, language) for row in found.rows],
            empty=gettext("Nothing has been asked for yet. The first signals and pools appear here."),
        ),
        Table(
            label=gettext("Bursts"),
            headings=(
                gettext("category"),
                gettext("since"),
                gettext("times as usual"),
                gettext("of last year"),
                gettext("what makers can do"),
            ),
            rows=[_burst(row, language) for row in found.bursts],
            empty=gettext("Nothing rises faster than usual right now."),
        ),
        Table(
            label=gettext("Unmet needs"),
            headings=(
                gettext("need"),
                gettext("category"),
                gettext("searches"),
                gettext("what makers can do"),
                gettext("draft pool"),
            ),
            rows=[_unmet(row, language) for row in found.unmet],
            empty=gettext("Needs that no offer meets appear here."),
        ),
    ]


def _trend(row: CategoryRow, language: str) -> tuple[Cell, ...]:
    trend = row.trend
    known = trend.growth is not None
    texts = (
        row.category.name_in(language),
        str(trend.recent),
        str(trend.before),
        f"× {trend.growth:.2f}" if known else "",
        f"{trend.low:.2f}–{trend.high:.2f}" if known else "",
        str(row.pools),
        str(row.people),
        str(row.firm_units),
    )
    return tuple(Cell(text=text) for text in texts)


def _burst(row: Finding, language: str) -> tuple[Cell, ...]:
    last_year = row.evidence.get("multiple_of_last_year")
    return (
        Cell(text=_category(row, language), address=_address(row)),
        Cell(text=f"{row.starts_on:%Y-%m-%d}"),
        Cell(text=f"× {row.multiple_permille / 1000:.1f}" if row.multiple_permille else ""),
        Cell(text=f"× {last_year:.1f}" if last_year else ""),
        Cell(text=supply_words(row.supply)),
    )


def _unmet(row: Finding, language: str) -> tuple[Cell, ...]:
    pool = row.pool
    return (
        Cell(text=subject_words(row), address=_address(row)),
        Cell(text=_category(row, language)),
        Cell(text=str(row.evidence.get("searches", ""))),
        Cell(text=supply_words(row.supply)),
        Cell(text=pool.get_state_display(), address=reverse("admin:demand_pool_change", args=[pool.pk]))
        if pool
        else Cell(text=""),
    )


def _category(row: Finding, language: str) -> str:
    return row.category.name_in(language) if row.category else ""


def _address(row: Finding) -> str:
    return reverse("admin:demand_finding_change", args=[row.pk])


def subject_words(row: Finding) -> str:
    """What a finding is about as people say it; what no catalogue knows as it was searched for."""
    needs = row.evidence.get("needs")
    if row.category is None:
        return row.subject
    if row.kind == Finding.Kind.WORDS:
        return f"{row.subject} · {needs_words(row.category.code, needs) if needs else row.category}"
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
    """The same as a file."""
    found = staff_market(today=now.date())
    rows = [*map(_trend_line, found.rows), *map(_finding_line, (*found.bursts, *found.unmet))]
    return csv_file(f"market-{now:%Y-%m-%d}.csv", HEADER, rows)


def _trend_line(one: CategoryRow) -> list[object]:
    trend = one.trend
    times = ["" if value is None else round(value, 3) for value in (trend.growth, trend.low, trend.high)]
    return ["trend", one.category.code, "", "", trend.recent, *times, one.people, one.firm_units]


def _finding_line(row: Finding) -> list[object]:
    code = row.category.code if row.category else ""
    count = row.evidence.get("count", row.evidence.get("searches", ""))
    times = row.multiple_permille / 1000 if row.multiple_permille else ""
    return [row.kind, code, row.subject, row.starts_on.isoformat(), count, times, "", "", "", ""]
