"""What a manufacturer and its offers are, as plain values: what the portal's forms and the demo hand to the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from manufacturers.offering.kernel import ShiftRule


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialValues:
    """A position of the bill of materials; thousandths of ``unit`` a piece."""

    name: str
    unit: str
    milli_per_unit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferValues:
    """Everything a maker says in an offer; shapes of ``makes`` and ``value_cost`` as on the ``Offer`` model.

    ``category`` and ``family`` are codes, ``code`` the maker's own number for the offer (unique with the maker),
    ``tiers`` (from units, unit price in minor units before VAT) rising in units. A ``state`` of draft is not shown.
    """

    code: str
    title: str
    category: str
    family: str
    makes: Mapping[str, Mapping[str, Any]]
    value_cost: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    moq: int
    tiers: tuple[tuple[int, int], ...]
    lead_days: int
    valid_from: date
    valid_to: date
    lot_multiple: int = 1
    variant_min_units: int = 0
    opening_cost_minor: int = 0
    tooling_minor: int = 0
    tooling_payer: str = "maker"
    vat_permille: int = 130
    freight_minor: Mapping[str, int] = field(default_factory=dict)
    deposit_percent: int = 30
    balance_trigger: str = "shipment"
    certificates: tuple[str, ...] = ()
    sample_days: int = 0
    quantity_tolerance_percent: int = 5
    partial_shipments: bool = False
    return_terms: Mapping[str, Any] = field(default_factory=dict)
    quality_permille: int = 900
    state: str = "live"
    materials: tuple[MaterialValues, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LineValues:
    """A production line: units an hour by family code, and its weekly shifts in the maker's local time."""

    code: str
    name: str = ""
    initial_family: str
    units_per_hour: Mapping[str, int]
    shifts: tuple[ShiftRule, ...] = ()
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedStretch:
    """A stretch in which all lines of a maker are closed; aware and half-open."""

    starts_at: datetime
    ends_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is known of a maker from before."""

    releases: int
    on_time_permille: int
    accepted_permille: int
    claimed_permille: int
    quality_permille: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedOffer:
    """An offer with its weekly capacity from the first to the last week of its validity."""

    values: OfferValues
    units_per_week: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedMaker:
    """A whole manufacturer.

    ``families``: code to localised names, in order; ``changeovers``: (from, to) family codes to (minutes, cost in
    minor units), absent pairs cost nothing.
    """

    code: str
    names: Mapping[str, str]
    city: str
    region: str
    time_zone: str = "Asia/Shanghai"
    certificates: tuple[str, ...] = ()
    frozen_hours: int = 48
    families: Mapping[str, Mapping[str, str]]
    changeovers: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    lines: tuple[LineValues, ...]
    closed: tuple[ClosedStretch, ...] = ()
    record: Record | None = None
    offers: tuple[DescribedOffer, ...] = ()
