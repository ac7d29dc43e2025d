"""The makers of the cast: mira's maker A with two lines, noor's maker B with one; and what tests need of the rest."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from demand.models import Campaign, Category, Policy, Pool, User
from manufacturers.models import (
    Family,
    Maker,
    MakerMember,
    Offer,
    Proposal,
    Release,
    ReleaseLine,
)
from manufacturers.offering import service
from manufacturers.offering.descriptions import (
    ClosedStretch,
    DescribedMaker,
    DescribedOffer,
    LineValues,
    MaterialValues,
    OfferValues,
)
from manufacturers.offering.kernel import ShiftRule

# A Monday, 08:00 in Shanghai.
NOW = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)
DAY_SHIFT = tuple(ShiftRule(weekday=day, starts=time(8), ends=time(18)) for day in range(5))


def offer_values(**changed: Any) -> OfferValues:
    values: dict[str, Any] = {
        "code": "a-slim",
        "title": "Slim 14",
        "category": "laptop",
        "family": "slim",
        "makes": {"screen_size": {"sizes": [13, 14], "unit": "inch"}, "use": {"any": ["office", "study"]}},
        "value_cost": {"use": {"office": 200}},
        "moq": 20,
        "lot_multiple": 5,
        "tiers": ((20, 10_000), (50, 9_000)),
        "lead_days": 10,
        "freight_minor": {"*": 25},
        "valid_from": date(2026, 11, 2),
        "valid_to": date(2026, 12, 31),
        "materials": (MaterialValues(name="Display panel", unit="pcs", milli_per_unit=1000),),
    }
    return OfferValues(**(values | changed))


def maker_a(**changed: Any) -> DescribedMaker:
    """Two lines, ten hours on working days; slim 10 units an hour, gaming 5; an hour from slim to gaming, half back."""
    values: dict[str, Any] = {
        "code": "maker-a",
        "names": {"en": "Lakeside Computing"},
        "city": "Suzhou",
        "region": "CN-JS",
        "frozen_hours": 24,
        "families": {"slim": {"en": "Slim laptops"}, "gaming": {"en": "Gaming laptops"}},
        "changeovers": {("slim", "gaming"): (60, 600), ("gaming", "slim"): (30, 300)},
        "lines": (
            LineValues(code="L1", initial_family="slim", units_per_hour={"slim": 10, "gaming": 5}, shifts=DAY_SHIFT),
            LineValues(code="L2", initial_family="gaming", units_per_hour={"gaming": 5}, shifts=DAY_SHIFT),
        ),
        "closed": (
            ClosedStretch(
                starts_at=datetime(2026, 12, 31, 16, tzinfo=UTC),
                ends_at=datetime(2027, 1, 1, 16, tzinfo=UTC),
                reason="New Year's Day",
            ),
        ),
        "offers": (DescribedOffer(values=offer_values(), units_per_week=100),),
    }
    return DescribedMaker(**(values | changed))


def maker_b() -> DescribedMaker:
    return maker_a(
        code="maker-b",
        names={"en": "Nanshan Portable"},
        offers=(DescribedOffer(values=offer_values(code="b-slim"), units_per_week=50),),
    )


def laptop() -> Category:
    return Category.objects.get_or_create(code="laptop", defaults={"names": {"en": "Laptop"}})[0]


def person(name: str) -> User:
    return User.objects.create_user(email=f"{name}@example.com", name=name)


def store_a(**changed: Any) -> Maker:
    """Maker A in the database."""
    laptop()
    stored = service.store_maker(described=maker_a(**changed), now=NOW)
    return Maker.objects.get(pk=stored.maker_id)


def member_of(maker: Maker, name: str, role: str = "owner") -> MakerMember:
    return MakerMember.objects.create(maker=maker, user=person(name), role=role, created_at=NOW)


def pool(key: str = "one") -> Pool:
    return Pool.objects.create(
        category=laptop(), specification={}, spec_hash=key, people=30, units=40, created_at=NOW, updated_at=NOW
    )


def proposal(offer: Offer, *, key: str = "one", **columns: Any) -> Proposal:
    return Proposal.objects.create(offer=offer, pool=pool(key), created_at=NOW, updated_at=NOW, **columns)


def release(offer: Offer, units: int, *, due_on: date, key: str = "one", **columns: Any) -> Release:
    """An acknowledged release of one variant."""
    made = Release.objects.create(
        number=f"R-{key}",
        proposal=proposal(offer, key=key, state="released", **columns),
        maker=offer.maker,
        state="acknowledged",
        units=units,
        unit_price_minor=9_000,
        due_on=due_on,
        acknowledge_by=NOW,
        acknowledged_at=NOW,
        created_at=NOW,
    )
    ReleaseLine.objects.create(release=made, variant_key="plain", units=units)
    return made


def family(maker: Maker, code: str) -> Family:
    return Family.objects.get(maker=maker, code=code)


def campaign(pool: Pool, *, promised_to: date) -> Campaign:
    """A locked campaign of a pool."""
    policy = Policy.objects.get_or_create(category=None, version=1, defaults={"created_at": NOW})[0]
    return Campaign.objects.create(
        pool=pool,
        source_key=f"pool:{pool.pk}",
        policy=policy,
        state="locked",
        maker_name="Lakeside Computing",
        specification={},
        max_price_minor=12_000,
        min_units=20,
        max_units=2_000,
        opens_at=NOW - timedelta(days=9),
        closes_at=NOW,
        locked_at=NOW,
        promised_from=promised_to - timedelta(days=3),
        promised_to=promised_to,
        created_at=NOW,
        updated_at=NOW,
    )
