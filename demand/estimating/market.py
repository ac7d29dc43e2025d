"""The market as staff see it: what each category is asked for, what rises, and what nobody serves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, Q, Sum

from demand.estimating.kernel.trends import Trend, trend
from demand.estimating.series import daily_counts
from demand.models import Category, Finding

FINDING_DAYS = 120
MOST_FINDINGS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRow:
    """A category with its signals' trend and its pools that are open or in a campaign."""

    category: Category
    trend: Trend
    pools: int
    people: int
    firm_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMarket:
    """Exact figures, for staff only: makers see sums over groups of at least k people."""

    rows: tuple[CategoryRow, ...]
    bursts: tuple[Finding, ...]
    unmet: tuple[Finding, ...]


def staff_market(*, today: date) -> StaffMarket:
    """Categories that are asked for, the busiest first, with the findings of the last months; four queries."""
    grown = trends(today=today)
    live = Q(pools__state__in=["open", "campaign"])
    rows = Category.objects.annotate(
        live_pools=Count("pools", filter=live),
        people=Sum("pools__people", filter=live, default=0),
        firm=Sum("pools__firm_units", filter=live, default=0),
    ).filter(Q(live_pools__gt=0) | Q(pk__in=list(grown)))
    found = [
        CategoryRow(
            category=row,
            trend=grown.get(row.pk) or trend(()),
            pools=row.live_pools,
            people=row.people,
            firm_units=row.firm,
        )
        for row in rows.order_by("pk")
    ]
    findings = Finding.objects.exclude(state="dismissed").select_related("category", "pool")
    recent = findings.filter(starts_on__gte=today - timedelta(days=FINDING_DAYS))
    return StaffMarket(
        rows=tuple(sorted(found, key=lambda row: (-row.trend.recent, -row.people, row.category.pk))),
        bursts=tuple(recent.filter(kind="burst").order_by("-starts_on", "pk")[:MOST_FINDINGS]),
        unmet=tuple(
            recent.filter(kind="unmet").order_by(F("evidence__missed").desc(nulls_last=True), "pk")[:MOST_FINDINGS]
        ),
    )


def trends(*, today: date) -> dict[int, Trend]:
    """By category how signals grew over four weeks; one query."""
    return {series.category_id: trend(series.counts) for series in daily_counts(today=today)}
