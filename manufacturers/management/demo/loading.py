"""The demo's manufacturers as rows, each with an owner who can act for it. Loading them again changes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from demand.models import User
from manufacturers.management.demo.makers import MAKERS
from manufacturers.management.demo.offers import demo_offers
from manufacturers.management.demo.shapes import DemoHoliday, DemoLine, DemoMaker, DemoOffer
from manufacturers.models import Maker, MakerMember
from manufacturers.offering import service as offering
from manufacturers.offering.descriptions import (
    ClosedStretch,
    DescribedMaker,
    DescribedOffer,
    LineValues,
    MaterialValues,
    OfferValues,
    Record,
)
from manufacturers.offering.kernel import ShiftRule


def load_makers(*, now: datetime) -> int:
    """Store the dozen makers with their offers from today on; how many makers there are."""
    offers: dict[str, list[DemoOffer]] = {}
    for offer in demo_offers():
        offers.setdefault(offer.maker, []).append(offer)
    for maker in MAKERS:
        if not Maker.objects.filter(code=maker.code).exists():
            offering.store_maker(described=_maker(maker, offers.get(maker.code, []), now), now=now)
    return Maker.objects.count()


def load_members(*, owners: dict[str, User], now: datetime) -> None:
    """Make each user the owner of the maker whose code it is given under; others are left alone."""
    makers = {row.code: row for row in Maker.objects.filter(code__in=owners)}
    for code, user in owners.items():
        MakerMember.objects.get_or_create(
            user=user, defaults={"maker": makers[code], "role": MakerMember.Role.OWNER, "created_at": now}
        )


def _maker(maker: DemoMaker, offers: list[DemoOffer], now: datetime) -> DescribedMaker:
    rates = {family.code: family.units_per_hour for family in maker.families}
    record = maker.reliability
    return DescribedMaker(
        code=maker.code,
        names=maker.names,
        city=maker.city,
        region=maker.region,
        time_zone=maker.time_zone,
        certificates=maker.certificates,
        families={family.code: family.names for family in maker.families},
        changeovers={(one.from_family, one.to_family): (one.minutes, one.cost_minor) for one in maker.changeovers},
        lines=tuple(_line(line, rates) for line in maker.lines),
        closed=tuple(_closed(holiday, maker.time_zone) for holiday in maker.holidays),
        record=Record(
            releases=record.releases,
            on_time_permille=record.on_time_permille,
            accepted_permille=record.accepted_permille,
            claimed_permille=record.claimed_permille,
            quality_permille=record.quality_permille,
        ),
        offers=tuple(_offer(offer, now) for offer in offers),
    )


def _line(line: DemoLine, rates: dict[str, int]) -> LineValues:
    return LineValues(
        code=line.code,
        name=line.name,
        initial_family=line.initial_family,
        units_per_hour={family: rates[family] for family in line.families},
        shifts=tuple(ShiftRule(weekday=one.weekday, starts=one.starts, ends=one.ends) for one in line.shifts),
    )


def _closed(holiday: DemoHoliday, zone: str) -> ClosedStretch:
    local = ZoneInfo(zone)
    return ClosedStretch(
        starts_at=datetime(holiday.first.year, holiday.first.month, holiday.first.day, tzinfo=local),
        ends_at=datetime(holiday.until.year, holiday.until.month, holiday.until.day, tzinfo=local),
        reason=holiday.reason,
    )


def _offer(offer: DemoOffer, now: datetime) -> DescribedOffer:
    today = timezone.localdate(now)
    return DescribedOffer(
        units_per_week=offer.units_per_week,
        values=OfferValues(
            code=offer.code,
            title=offer.title,
            category=offer.category,
            family=offer.family,
            makes=offer.makes,
            value_cost=offer.value_cost,
            moq=offer.moq,
            tiers=offer.tiers,
            lead_days=offer.lead_days,
            valid_from=today,
            valid_to=today + timedelta(days=offer.valid_days),
            lot_multiple=offer.lot_multiple,
            variant_min_units=offer.variant_min_units,
            opening_cost_minor=offer.opening_cost_minor,
            tooling_minor=offer.tooling_minor,
            tooling_payer=offer.tooling_payer,
            vat_permille=offer.vat_permille,
            freight_minor=offer.freight_minor,
            deposit_percent=offer.deposit_percent,
            balance_trigger=offer.balance_trigger,
            certificates=offer.certificates,
            sample_days=offer.sample_days,
            quantity_tolerance_percent=offer.quantity_tolerance_percent,
            partial_shipments=offer.partial_shipments,
            quality_permille=offer.quality_permille,
            materials=tuple(
                MaterialValues(name=one.name, unit=one.unit, milli_per_unit=one.milli_per_unit)
                for one in offer.materials
            ),
        ),
    )
