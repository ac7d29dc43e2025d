"""The arithmetic of a campaign: what a place costs, which tier applies, who is served by what is left.

Money in minor units, units whole. Plain functions without Django.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from demand.reading.kernel.needs import accepts

ANY_REGION = "*"


def freight_of(freight_minor: Mapping[str, int], region: str) -> int:
    """Freight per unit to a region: its own rate, else that of ``*``, else none."""
    return int(freight_minor.get(region, freight_minor.get(ANY_REGION, 0)))


def unit_total(*, price_minor: int, adder_minor: int, freight_minor: Mapping[str, int], region: str) -> int:
    """What one unit costs delivered to ``region``: price, the variant's adder and freight. The total charged."""
    return price_minor + adder_minor + freight_of(freight_minor, region)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What an amount is made of, in minor units: the maker's price, VAT on it, freight, and the platform's fee."""

    maker_minor: int
    vat_minor: int
    freight_minor: int
    fee_minor: int


def parts_of(*, total_minor: int, units: int, freight_minor: int, vat_permille: int, fee_permille: int) -> Parts:
    """The parts of a place's total that was shown; they sum to it to the minor unit.

    One rule: VAT is a share of the maker's price, the fee a share of both, each rounded half up per unit; freight
    carries neither. A price that was put together so is taken apart into exactly what it was put together from,
    because rounding moves it by less than half of what a minor unit more would. ``freight_minor`` is per unit.
    """
    goods = total_minor - units * freight_minor
    each, over = divmod(goods, units)
    with_vat = nearest(each * 1000, 1000 + fee_permille)
    maker = nearest(with_vat * 1000, 1000 + vat_permille)
    return Parts(
        maker_minor=units * maker + over,
        vat_minor=units * (with_vat - maker),
        freight_minor=units * freight_minor,
        fee_minor=units * (each - with_vat),
    )


def nearest(amount: int, by: int) -> int:
    """``amount / by`` to the nearest whole number, half up."""
    return (2 * amount + by) // (2 * by)


def shared_by(amount_minor: int, weights: Mapping[str, int]) -> dict[str, int]:
    """An amount divided in proportion to weights by largest remainder; the shares sum to it, ties go by name.

    No share is above its weight where the amount is at most their sum.
    """
    whole = sum(weights.values())
    if not whole:
        return {}
    shares = {name: amount_minor * weight // whole for name, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda name: (-(amount_minor * weights[name] % whole), name))
    for name in by_remainder[: amount_minor - sum(shares.values())]:
        shares[name] += 1
    return shares


def reached_price(*, tiers: Sequence[tuple[int, int]], firm_units: int, max_price_minor: int) -> int:
    """The price of the deepest tier (``(min_units, price)``) that ``firm_units`` reach, never above the maximum.

    Where no tier is reached the maximum stands; whether the minimum is met is decided elsewhere.
    """
    reached = [price for minimum, price in tiers if firm_units >= minimum]
    return min([max_price_minor, *reached])


def next_tier(*, tiers: Sequence[tuple[int, int]], firm_units: int, price_minor: int) -> tuple[int, int] | None:
    """The nearest tier that would lower the price, as (units still missing, its price); ``None`` at the deepest."""
    ahead = [(minimum - firm_units, price) for minimum, price in tiers if minimum > firm_units and price < price_minor]
    return min(ahead, default=None)


def poured(amount_minor: int, sizes: Sequence[int]) -> list[int]:
    """An amount put into vessels in their order, each filled before the next; what fits into none is left out."""
    parts = []
    for size in sizes:
        part = min(amount_minor, size)
        parts.append(part)
        amount_minor -= part
    return parts


def dealt(units: int, wanted: Sequence[tuple[int, int]], room: Mapping[int, int]) -> list[int]:
    """Units dealt out one each in order, then a second each, until none is left or nobody can take one.

    ``wanted``: (how many one would take at most, of which kind); ``room``: how many of each kind there can be.
    """
    parts, left = [0] * len(wanted), dict(room)
    waiting = [index for index, (most, _kind) in enumerate(wanted) if most > 0]
    while units and waiting:
        again = []
        for index in waiting:
            most, kind = wanted[index]
            if not units or left.get(kind, 0) < 1:
                continue
            parts[index] += 1
            units, left[kind] = units - 1, left[kind] - 1
            if parts[index] < most:
                again.append(index)
        waiting = again
    return parts


def short_of_lot(*, units: int, lot_multiple: int) -> int:
    """How many units are missing to whole lots."""
    return -units % max(1, lot_multiple)


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """A wish as a campaign sees it. ``ceiling_minor`` and steps are delivered prices; ``None``: no ceiling was said."""

    quantity: int
    ceiling_minor: int | None
    budget_minor: int | None
    intent: str
    steps: tuple[tuple[int, int], ...]
    region: str
    needed_by: date | None


def units_at(want: Want, total_minor: int) -> int:
    """How many units a wish takes at a delivered unit price: a ceiling counts at every price at or below it.

    Price steps are cumulative ("one at 7,000, two at 5,500": two at 5,500 and below). A fixed budget takes
    floor(budget / price), at its ceiling or below where one was said too. 0: not at this price.
    """
    if want.ceiling_minor is not None and total_minor > want.ceiling_minor:
        return 0
    if want.intent == "budget" and want.budget_minor is not None:
        return want.budget_minor // total_minor
    if want.steps:
        return max((quantity for quantity, ceiling in want.steps if ceiling >= total_minor), default=0)
    return want.quantity


def most_of(want: Want, spare_units: int) -> int | None:
    """The most a wish may come to in all, in minor units, at the highest price it takes; ``None`` without a limit.

    ``spare_units`` are those that would fill a lot; a budget or price steps decide how many instead.
    """
    if want.intent == "budget" and want.budget_minor is not None:
        return want.budget_minor
    if want.steps:
        return max(quantity * ceiling for quantity, ceiling in want.steps)
    return None if want.ceiling_minor is None else want.ceiling_minor * (want.quantity + spare_units)


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantChoice:
    """A variant that is on offer, by key: its values ({attribute: code | bool | number}) and its adder."""

    key: str
    values: tuple[tuple[str, Any], ...]
    adder_minor: int


def accepted_variant(variants: Sequence[VariantChoice], must: Mapping[str, Mapping[str, Any]]) -> VariantChoice | None:
    """The cheapest variant whose values meet every must that speaks of them; ties by key; ``None``: not servable."""
    served = [
        variant
        for variant in variants
        if all(attribute not in must or accepts(must[attribute], value) for attribute, value in variant.values)
    ]
    return min(served, key=lambda variant: (variant.adder_minor, variant.key), default=None)


def suits(specification: Mapping[str, Mapping[str, Any]], must: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether what will be made meets every must that it decides; a must it leaves open is the variants' to meet."""
    return all(
        all(accepts(wanted, value) for value in decided(specification[name]))
        for name, wanted in must.items()
        if name in specification
    )


def decided(constraint: Mapping[str, Any]) -> list[Any]:
    """The values that a decided constraint may come out as: codes, a flag, or the ends of a range."""
    if "any" in constraint:
        return list(constraint["any"])
    if "is" in constraint:
        return [constraint["is"]]
    return [constraint[end] for end in ("min", "max") if constraint.get(end) is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveTerms:
    """What leaving costs: the fee and whether it is free, with the reason as a code."""

    fee_minor: int
    reason: str


def leave_terms(
    *,
    state: str,
    total_minor: int,
    units: int,
    firm_units: int,
    min_units: int,
    taken_over: bool,
    days_late: int,
    late_days_free: int,
    late_fee_permille: int,
    released_fee_permille: int,
) -> LeaveTerms:
    """The refund bracket that applies now (DESIGN.md §6): free until the lock; between lock and release free if the
    place is taken over or the minimum still holds, else the stated fee; after release the stated fee; free again when
    delivery is ``late_days_free`` days late or more.
    """
    if state in ("open", "consent"):
        return LeaveTerms(fee_minor=0, reason="before_lock")
    if days_late >= late_days_free:
        return LeaveTerms(fee_minor=0, reason="late_delivery")
    if state == "locked":
        if taken_over:
            return LeaveTerms(fee_minor=0, reason="taken_over")
        if firm_units - units >= min_units:
            return LeaveTerms(fee_minor=0, reason="minimum_holds")
        return LeaveTerms(fee_minor=total_minor * late_fee_permille // 1000, reason="after_lock")
    return LeaveTerms(fee_minor=total_minor * released_fee_permille // 1000, reason="after_release")
