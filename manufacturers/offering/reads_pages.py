"""What the pages about offers, lines and the market show; each in a number of queries that does not grow with rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Prefetch, Q, Sum

from demand.campaigning.reads import policy_for
from demand.estimating.market import trends
from demand.models import Attribute, AttributeValue, Category, Finding, Pool, PoolDay, PoolSnapshot
from demand.models.catalog import localised
from manufacturers.models import CalendarException, CapacityWindow, Family, Line, Offer, OfferState, OfferTier
from manufacturers.offering.kernel import week_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """An attribute of the catalogue with the values it may have, in their order."""

    code: str
    names: Mapping[str, str]
    kind: str
    unit: str
    scope: str
    values: Mapping[str, Mapping[str, str]]

    def name(self, language: str) -> str:
        return localised(dict(self.names), language, self.code)

    def value(self, code: str, language: str) -> str:
        return localised(dict(self.values.get(code, {})), language, code)


def vocabulary(category_id: int | None = None) -> dict[str, Term]:
    """Attributes by code, of one category in its order or of the whole catalogue; two queries."""
    rows = Attribute.objects.order_by("pk")
    if category_id is not None:
        rows = rows.filter(category_attributes__category_id=category_id).order_by("category_attributes__position", "pk")
    attributes = list(rows)
    values: dict[int, dict[str, Mapping[str, str]]] = defaultdict(dict)
    named = AttributeValue.objects.filter(attribute__in=attributes, retired_at__isnull=True)
    for row in named.order_by("position", "pk"):
        values[row.attribute_id][str(row.code)] = row.names
    return {
        str(row.code): Term(
            code=str(row.code),
            names=row.names,
            kind=str(row.kind),
            unit=row.unit,
            scope=str(row.scope),
            values=values[row.pk],
        )
        for row in attributes
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRow:
    """An offer with its tiers, units free in the coming eight weeks, and proposals that are out."""

    offer: Offer
    tiers: tuple[tuple[int, int], ...]
    free_units: int
    out: int


def offer_rows(maker_id: int, *, today: date) -> list[OfferRow]:
    """All offers of a maker, live ones first; three queries."""
    tiers = Prefetch("tiers", OfferTier.objects.order_by("min_units"))
    rows = Offer.objects.filter(maker_id=maker_id).select_related("category", "family").prefetch_related(tiers)
    out = Count("proposals", filter=Q(proposals__state__in=["sent", "countered"]))
    windows = CapacityWindow.objects.filter(
        offer__maker_id=maker_id, week__gte=week_of(today), week__lt=week_of(today) + timedelta(weeks=8)
    )
    free = {
        row["offer"]: row["units"] - row["booked"]
        for row in windows.order_by("offer").values("offer").annotate(units=Sum("units"), booked=Sum("booked"))
    }
    order = [OfferState.LIVE, OfferState.DRAFT, OfferState.PAUSED, OfferState.RETIRED]
    found = [
        OfferRow(
            offer=row,
            tiers=tuple((tier.min_units, tier.unit_price_minor) for tier in row.tiers.all()),
            free_units=free.get(row.pk, 0),
            out=row.out,
        )
        for row in rows.annotate(out=out).order_by("pk")
    ]
    return sorted(found, key=lambda row: order.index(OfferState(row.offer.state)))


def families_of(maker_id: int) -> list[Family]:
    """Families in their order; their place gives their colour on the plan."""
    return list(Family.objects.filter(maker_id=maker_id).order_by("position", "pk"))


def categories() -> list[Category]:
    """Categories that have attributes: what an offer can be made in."""
    rows = Category.objects.filter(retired_at__isnull=True, category_attributes__isnull=False)
    return list(rows.order_by("position", "pk").distinct())


def lines_of(maker_id: int) -> list[Line]:
    """All lines of a maker with rates and shifts; three queries."""
    rows = Line.objects.filter(maker_id=maker_id).select_related("initial_family")
    return list(rows.prefetch_related("rates__family", "shifts").order_by("-active", "pk"))


def exceptions_of(maker_id: int, *, now: datetime) -> list[CalendarException]:
    """Coming closings and extra work."""
    rows = CalendarException.objects.filter(maker_id=maker_id, ends_at__gt=now).select_related("line")
    return list(rows.order_by("starts_at", "pk")[:100])


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRow:
    """A category as makers see it: sums over pools of at least k people, rounded to 5.

    ``growth`` is how many times as many signals came in the last four weeks as in the four before, between ``low`` and
    ``high`` 19 times of 20; ``None`` where either stretch has fewer than k.
    """

    category: Category
    pools: int
    people: int
    units: int
    days: tuple[tuple[date, int], ...]
    growth: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What is asked for in a maker's categories, what rises fast, and what nobody makes yet."""

    rows: tuple[MarketRow, ...]
    bursts: tuple[Finding, ...]
    unmet: tuple[Finding, ...]


def market(maker_id: int, *, today: date) -> Market:
    """Demand in the categories a maker offers in; eight queries. Nothing counts a group of fewer than k people."""
    own = Offer.objects.filter(maker_id=maker_id).exclude(state=OfferState.RETIRED).values("category_id")
    shown = list(Category.objects.filter(pk__in=own).order_by("position", "pk"))
    keys = [row.pk for row in shown]
    k = policy_for(None).k
    pools = dict(
        Pool.objects.filter(category_id__in=keys, state__in=["open", "campaign"], people__gte=k).values_list(
            "pk", "category_id"
        )
    )
    newest = PoolSnapshot.objects.filter(pool_id__in=pools).order_by("pool_id", "-hour").distinct("pool_id")
    counts: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in newest:
        if row.people >= k:
            for place, amount in enumerate((1, row.people, row.units)):
                counts[pools[row.pool_id]][place] += amount
    by_day = _by_day(keys, today=today, k=k)
    grown = {key: one for key, one in trends(today=today).items() if min(one.recent, one.before) >= k}
    found = Finding.objects.filter(state__in=["open", "taken"], category_id__in=keys).select_related("category")
    recent = found.filter(starts_on__gte=today - timedelta(days=120)).order_by("-starts_on", "pk")
    return Market(
        rows=tuple(
            MarketRow(
                category=row,
                pools=counts[row.pk][0],
                people=_rounded(counts[row.pk][1]),
                units=_rounded(counts[row.pk][2]),
                days=tuple(by_day.get(row.pk, ())),
                growth=grown[row.pk].growth if row.pk in grown else None,
                low=grown[row.pk].low if row.pk in grown else None,
                high=grown[row.pk].high if row.pk in grown else None,
            )
            for row in shown
        ),
        bursts=tuple(recent.filter(kind="burst")[:20]),
        unmet=tuple(recent.filter(kind="unmet")[:20]),
    )


def _by_day(keys: list[int], *, today: date, k: int) -> dict[int, list[tuple[date, int]]]:
    rows = PoolDay.objects.filter(pool__category_id__in=keys, day__gte=today - timedelta(days=84), people__gte=k)
    found: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for row in rows.order_by("day").values("pool__category_id", "day").annotate(total=Sum("people")):
        found[row["pool__category_id"]].append((row["day"], _rounded(row["total"])))
    return found


def _rounded(count: int) -> int:
    return 5 * round(count / 5)
