"""What the demo says of a manufacturer and its offers, as plain values; a loader maps them to rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Any, Literal

Names = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoFamily:
    """Products a line makes without changing over; ``units_per_hour`` on each line of the maker that makes it."""

    code: str
    names: Names
    units_per_hour: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoChangeover:
    """Going from one family to another on any line of the maker; cost in minor units of CNY."""

    from_family: str
    to_family: str
    minutes: int
    cost_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoShift:
    """A weekly working interval in local time; 0 is Monday; ``ends`` at or before ``starts`` passes midnight."""

    weekday: int
    starts: time
    ends: time


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoLine:
    """A production line: which families it makes, and when it works."""

    code: str
    name: str
    families: tuple[str, ...]
    initial_family: str
    shifts: tuple[DemoShift, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoHoliday:
    """Whole local days on which every line is closed: from ``first`` up to and without ``until``."""

    first: date
    until: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReliability:
    """A maker's record before the demo begins."""

    releases: int
    on_time_permille: int
    accepted_permille: int
    claimed_permille: int
    quality_permille: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoMaker:
    """A manufacturer, invented. ``region`` is an ISO 3166-2 code."""

    code: str
    names: Names
    city: str
    region: str
    time_zone: str
    certificates: tuple[str, ...]
    families: tuple[DemoFamily, ...]
    changeovers: tuple[DemoChangeover, ...]
    lines: tuple[DemoLine, ...]
    holidays: tuple[DemoHoliday, ...]
    reliability: DemoReliability


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoMaterial:
    """One position of the bill of materials; thousandths of ``unit`` a piece."""

    name: str
    unit: str
    milli_per_unit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOffer:
    """What a maker can make in a category, and on what terms. Money in minor units of CNY, before VAT.

    ``makes`` and ``value_cost`` have the shapes of the ``Offer`` model; ``tiers`` are (from units, unit price), all
    units; ``freight_minor`` is by region, ``*`` elsewhere; the offer is valid ``valid_days`` from the loader's today.
    """

    code: str
    maker: str
    category: str
    family: str
    title: str
    makes: dict[str, dict[str, Any]]
    value_cost: dict[str, dict[str, int]]
    moq: int
    lot_multiple: int
    variant_min_units: int
    tiers: tuple[tuple[int, int], ...]
    lead_days: int
    minutes_per_unit: float
    units_per_week: int
    opening_cost_minor: int
    tooling_minor: int
    tooling_payer: Literal["maker", "platform", "shared"]
    vat_permille: int
    freight_minor: dict[str, int]
    deposit_percent: int
    balance_trigger: Literal["release", "shipment", "delivery"]
    certificates: tuple[str, ...]
    sample_days: int
    quantity_tolerance_percent: int
    partial_shipments: bool
    quality_permille: int
    valid_days: int
    materials: tuple[DemoMaterial, ...]
