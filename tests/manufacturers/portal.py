"""Rows for the portal's pages around the present moment: proposals with evidence, releases, a plan, a claim."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from demand.models import Attribute, AttributeValue, CategoryAttribute, Pool
from manufacturers.models import (
    Family,
    Line,
    Lot,
    Maker,
    Offer,
    Plan,
    ProductionOrder,
    Proposal,
    ProposalLine,
    ProposalVersion,
    Release,
    ReleaseLine,
)
from tests.manufacturers.makers import laptop, member_of
from tests.signing_in import sign_in_fully

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SPECIFICATION = {"screen_size": {"min": 14, "max": 14, "unit": "inch"}, "use": {"any": ["office"]}}


def catalogue() -> None:
    """Laptops by size and use, in several colours."""
    for place, (code, kind, unit, scope, names, values) in enumerate(
        (
            ("screen_size", "quantity", "inch", "shared", {"en": "screen size", "zh-hans": "屏幕尺寸"}, ()),
            ("use", "choice", "", "shared", {"en": "use", "zh-hans": "用途"}, ("office", "study", "gaming")),
            ("colour", "choice", "", "variant", {"en": "colour", "zh-hans": "颜色"}, ("black", "silver")),
            ("rgb", "flag", "", "shared", {"en": "RGB light"}, ()),
        )
    ):
        row, _new = Attribute.objects.get_or_create(
            code=code, defaults={"kind": kind, "unit": unit, "scope": scope, "names": names}
        )
        CategoryAttribute.objects.get_or_create(category=laptop(), attribute=row, defaults={"position": place})
        for position, value in enumerate(values):
            AttributeValue.objects.get_or_create(
                attribute=row, code=value, defaults={"names": {"en": value}, "position": position}
            )


def evidence() -> dict[str, Any]:
    return {
        "estimate": {"units": 1240, "low80": 1090, "high80": 1400, "chance_permille": 910},
        "curve": [
            [price, units - 160, units, units + 180]
            for price, units in ((9_000, 1510), (10_000, 1240), (11_000, 930), (12_000, 610), (13_000, 380))
        ],
        "regions": {"CN-SH": 420, "CN-GD": 380, "CN-BJ": 210, "CN-ZJ": 160},
        "spread": {
            "region": [["CN-SH", 430], ["CN-GD", 390], ["CN-BJ", 220], ["others", 200]],
            "week": [["2026-12-21", 840], ["2026-12-07", 310], ["others", 90]],
        },
        "growth": [[(timezone.localdate() - n * 7 * DAY).isoformat(), 100] for n in range(8, -1, -1)],
        "attributes": {"screen_size": {"14inch": 700}, "use": {"office": 560}},
        "line": [
            {"kind": "preorder", "count": 430, "rate_permille": 950, "units": 410},
            {"kind": "interest", "count": 2310, "rate_permille": 310, "units": 715},
        ],
        "people": 905,
        "guests": {"people": 45, "units": 60},
    }


def proposal(offer: Offer, key: str, *, now: datetime, state: str = "sent", **columns: Any) -> Proposal:
    """A proposal with one version of two variants."""
    pool = Pool.objects.create(
        category=offer.category,
        specification=SPECIFICATION,
        spec_hash=f"{offer.pk}-{key}",
        people=905,
        units=2740,
        firm_units=412,
        created_at=now,
        updated_at=now,
    )
    values: dict[str, Any] = {"expires_at": now + 5 * DAY, "sent_at": now, "fit_permille": 720}
    made = Proposal.objects.create(
        offer=offer, pool=pool, state=state, created_at=now, updated_at=now, **(values | columns)
    )
    version = ProposalVersion.objects.create(
        proposal=made,
        number=1,
        author="platform",
        specification=SPECIFICATION,
        units=1200,
        low_units=1090,
        high_units=1400,
        chance_permille=910,
        min_units=500,
        max_units=1400,
        unit_price_minor=9_000,
        delivered_minor=10_000,
        ladder=[[500, 9_000, 10_000], [2000, 8_500, 9_450]],
        window_from=timezone.localdate(now) + 40 * DAY,
        window_to=timezone.localdate(now) + 54 * DAY,
        evidence=evidence(),
        terms={"lot_multiple": 5, "deposit_percent": 30, "balance_trigger": "shipment", "certificates": ["CCC"]},
        created_at=now,
    )
    for colour, units in (("black", 800), ("silver", 400)):
        ProposalLine.objects.create(
            version=version,
            variant_key=colour,
            variant={"colour": colour},
            units=units,
            min_units=100,
            max_units=1400,
        )
    return made


def release(offer: Offer, key: str, *, now: datetime, state: str = "sent") -> Release:
    made = Release.objects.create(
        number=f"R-{key}",
        proposal=proposal(offer, f"release-{key}", now=now, state="released"),
        maker=offer.maker,
        state=state,
        units=600,
        unit_price_minor=9_000,
        due_on=timezone.localdate(now) + 30 * DAY,
        by_region={"CN-SH": {"black": 250, "silver": 100}, "CN-GD": {"black": 150, "silver": 100}},
        acknowledge_by=now + 2 * DAY,
        acknowledged_at=now if state != "sent" else None,
        created_at=now,
    )
    for colour, units in (("black", 400), ("silver", 200)):
        ReleaseLine.objects.create(release=made, variant_key=colour, variant={"colour": colour}, units=units)
    return made


def orders(maker: Maker, count: int, *, now: datetime, key: str) -> list[ProductionOrder]:
    """Production orders of one release, by turns of each family."""
    families = list(Family.objects.filter(maker=maker).order_by("position"))
    behind = release(Offer.objects.filter(maker=maker).order_by("pk")[0], key, now=now, state="acknowledged")
    rows = [
        ProductionOrder(
            release=behind,
            part=part + 1,
            family=families[part % len(families)],
            units=20 + 10 * (part % 7),
            release_at=now - DAY,
            due_at=now + (2 + part) * 8 * HOUR,
            created_at=now,
        )
        for part in range(count)
    ]
    return ProductionOrder.objects.bulk_create(rows)


def plan(maker: Maker, count: int, *, now: datetime, key: str = "2026-0042") -> Plan:
    """A current plan of ``count`` lots, every fifth of them late, by turns on each line."""
    made = orders(maker, count, now=now, key=key)
    lines = list(Line.objects.filter(maker=maker, active=True).order_by("pk"))
    start = now.replace(minute=0, second=0, microsecond=0)
    stored = Plan.objects.create(
        maker=maker,
        version=1,
        state="current",
        status="feasible",
        objective=120_000,
        bound=100_000,
        starts_at=start - DAY,
        ends_at=start + (count // len(lines) + 2) * 10 * HOUR,
        created_at=now,
    )
    lots = []
    for place, order in enumerate(made):
        begins = start + (place // len(lines)) * 10 * HOUR + HOUR
        late = place % 5 == 4
        lots.append(
            Lot(
                plan=stored,
                order=order,
                line=lines[place % len(lines)],
                units=order.units,
                changeover_start=begins - HOUR,
                starts_at=begins,
                ends_at=begins + 8 * HOUR,
                late_minutes=2880 if late else 0,
                late_reason="changeover" if late else "",
                frozen=place == 0,
            )
        )
    Lot.objects.bulk_create(lots)
    return stored


def signed_in(maker: Maker, name: str, role: str = "owner") -> Client:
    """A client in which a new member of the maker is signed in."""
    client = Client()
    sign_in_fully(client, member_of(maker, name, role).user)
    return client


def offer_of(maker: Maker) -> Offer:
    """The only offer of a maker of the cast."""
    return Offer.objects.get(maker=maker)
