"""Offers, their terms, free capacity and working time; each in a number of queries that does not grow with rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Prefetch, Q, QuerySet, Sum

from demand.campaigning.reads import policy_for
from manufacturers.models import CalendarException, CapacityWindow, Line, Offer, OfferState, OfferTier
from manufacturers.offering.kernel import Interval, ShiftRule, Stretch, expand, week_of
from manufacturers.offering.pricing import delivered_price

__all__ = ["calendar", "calendars", "delivered_price", "free_capacity", "offers_for"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """One week of an offer: units it can make and units taken."""

    week: date
    units: int
    booked: int


def offers_for(category_id: int, *, today: date) -> list[Offer]:
    """Live, valid offers of active makers in a category, with maker, family and tiers loaded."""
    return list(
        _loaded(Offer.objects.filter(category_id=category_id, state=OfferState.LIVE, maker__active=True))
        .filter(valid_from__lte=today, valid_to__gte=today)
        .order_by("pk")
    )


def _loaded(rows: QuerySet[Offer]) -> QuerySet[Offer]:
    tiers = OfferTier.objects.order_by("min_units")
    return rows.select_related("maker", "family", "category").prefetch_related(Prefetch("tiers", tiers))


def fee_permille(category_id: int) -> int:
    """The platform's fee that is in force for a category."""
    return policy_for(category_id).platform_fee_permille


def free_capacity(offer_id: int, *, until: date, today: date) -> int:
    """Units that are still free from this week up to the week of ``until``."""
    free = _windows([offer_id], today=today, until=until).aggregate(free=Sum(F("units") - F("booked")))["free"]
    return int(free or 0)


def window_ids(offer_id: int, *, until: date, today: date) -> list[int]:
    """The capacity windows to lock before booking up to the week of ``until``."""
    return list(_windows([offer_id], today=today, until=until).order_by("pk").values_list("pk", flat=True))


def booked_window_ids(proposal_ids: Collection[int]) -> list[int]:
    """The capacity windows in which proposals hold units, to lock before freeing them."""
    rows = CapacityWindow.objects.filter(bookings__proposal_id__in=proposal_ids).exclude(bookings__state="freed")
    return list(rows.order_by("pk").values_list("pk", flat=True).distinct())


def _windows(offer_ids: Collection[int], *, today: date, until: date) -> QuerySet[CapacityWindow]:
    return CapacityWindow.objects.filter(offer_id__in=offer_ids, week__gte=week_of(today), week__lte=until)


def weeks(offer_id: int, *, since: date, until: date) -> list[Week]:
    """An offer's capacity by week, rising."""
    rows = _windows([offer_id], today=since, until=until).order_by("week")
    return [Week(week=row.week, units=row.units, booked=row.booked) for row in rows]


def calendar(line: Line, start: datetime, end: datetime) -> tuple[Interval, ...]:
    """The working time of one line in [start, end), in UTC."""
    return calendars(line.maker_id, start, end).get(line.pk, ())


def calendars(maker_id: int, start: datetime, end: datetime) -> dict[int, tuple[Interval, ...]]:
    """The working time of every line of a maker in [start, end), in UTC; three queries."""
    lines = Line.objects.filter(maker_id=maker_id).select_related("maker").prefetch_related("shifts")
    stretches: dict[int | None, list[Stretch]] = defaultdict(list)
    rows = CalendarException.objects.filter(maker_id=maker_id, starts_at__lt=end, ends_at__gt=start)
    for row in rows.filter(Q(line__isnull=True) | Q(line__active=True)).order_by("pk"):
        stretches[row.line_id].append(Stretch(starts_at=row.starts_at, ends_at=row.ends_at, working=row.working))
    known: dict[tuple[object, ...], tuple[Interval, ...]] = {}
    found = {}
    for line in lines.order_by("pk"):
        rules = tuple(ShiftRule(weekday=x.weekday, starts=x.starts, ends=x.ends) for x in line.shifts.all())
        extra = (*stretches[None], *stretches[line.pk])
        same = (rules, extra, line.maker.time_zone)
        if same not in known:
            known[same] = expand(rules, extra, zone=line.maker.time_zone, start=start, end=end)
        found[line.pk] = known[same]
    return found
