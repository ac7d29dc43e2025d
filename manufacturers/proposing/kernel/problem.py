"""The proposing problem: what lines of demand want, what offers can make, and a plan of bulk orders.

Money is in integer minor units. A line's *weight* is units x permille, so volumes and surplus are exact integers:
volumes in permille of a unit, surplus in permille of a minor unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
MAX_VALUES = 62  # accepted values of an attribute are one bit each of a signed 64-bit number
MAX_NUMBER = 10**12


class BadProblem(ValueError):
    """The problem cannot be posed: one sentence naming the field and what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """All-units price: from ``min_units`` on, every unit of the order costs ``unit_price`` before value costs."""

    min_units: int
    unit_price: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one manufacturer can make; ``capacity`` is in units over all its orders, ``opening_cost`` is per order."""

    id: str
    makes: Mapping[str, tuple[str, ...]]
    lead_days: int
    moq: int
    capacity: int
    opening_cost: int
    tiers: tuple[Tier, ...]
    value_cost: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedOrder:
    """An order that must be opened, as a counter-offer does; ``unit_price`` None means the tier's with value costs."""

    offer_id: str
    specification: Mapping[str, str]
    tier: int
    unit_price: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Demand lines, one array entry each; ``accepts[a][i]`` has bit ``v`` set when line i takes value v of a."""

    ids: NDArray[np.str_]
    units: Ints
    permille: Ints
    ceiling: Ints
    within_days: Ints
    accepts: Mapping[str, Ints]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposingProblem:
    """A checked problem; build it with ``build`` or ``from_folder``."""

    attributes: Mapping[str, tuple[str, ...]]
    shared: tuple[str, ...]
    max_orders: int
    offers: tuple[Offer, ...]
    lines: Lines
    fixed: tuple[FixedOrder, ...] = ()

    @property
    def variants(self) -> tuple[str, ...]:
        """Attributes that may be mixed within one bulk order."""
        return tuple(name for name in self.attributes if name not in self.shared)


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOrder:
    """One proposed bulk order; ``unit_price`` is the tier's plus the specification's value costs, before variants."""

    offer_id: str
    specification: Mapping[str, str]
    tier: int
    unit_price: int
    volume_permille: int
    line_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposals:
    """A plan: the bulk orders to open, in a fixed order."""

    orders: tuple[BulkOrder, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveLimits:
    """When to stop: after wall seconds, after a number of rounds (repeatable), or after so many rounds in turn without
    a better plan (``patience``; repeatable too), whichever is given and first."""

    seconds: float | None = None
    iterations: int | None = None
    patience: int | None = None
    workers: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """An answer; ``objective`` and ``bound`` are in permille of a minor unit, ``plan`` None only without any plan.

    ``status`` is ``optimal`` (objective equals bound), ``feasible``, ``infeasible`` (a fixed order cannot be kept)
    or ``unknown`` (stopped before a plan with the fixed orders was found).
    """

    status: str
    plan: Proposals | None
    objective: int
    bound: int
    seconds: float

    @property
    def gap(self) -> float | None:
        """(bound - objective) / bound; None when the bound is not positive and differs from the objective."""
        if self.bound == self.objective:
            return 0.0
        return (self.bound - self.objective) / self.bound if self.bound > 0 else None


def build(
    *,
    attributes: Mapping[str, Sequence[str]],
    shared: Sequence[str],
    max_orders: int,
    offers: Sequence[Offer],
    lines: Lines,
    fixed: Sequence[FixedOrder] = (),
) -> ProposingProblem:
    """Check everything and freeze it.

    Raises
    ------
    BadProblem
        Naming the first field that cannot be used.
    """
    problem = ProposingProblem(
        attributes={name: tuple(values) for name, values in attributes.items()},
        shared=tuple(shared),
        max_orders=max_orders,
        offers=tuple(offers),
        lines=lines,
        fixed=tuple(fixed),
    )
    _check_market(problem)
    for offer in problem.offers:
        _check_offer(problem, offer)
    _check_lines(problem)
    _check_fixed(problem)
    return problem


def with_fixed(problem: ProposingProblem, *fixed: FixedOrder) -> ProposingProblem:
    """The same problem in which these orders must be opened; raises BadProblem when one cannot exist."""
    changed = replace(problem, fixed=tuple(fixed))
    _check_fixed(changed)
    return changed


def lines_from_rows(
    *,
    attributes: Mapping[str, Sequence[str]],
    rows: Sequence[tuple[str, int, int, int, int, Mapping[str, Sequence[str]]]],
) -> Lines:
    """Columns from rows (id, units, permille, ceiling, within_days, {attribute: accepted values, absent = any})."""
    bit = {name: {value: 1 << k for k, value in enumerate(values)} for name, values in attributes.items()}

    def mask(name: str, accepted: Sequence[str]) -> int:
        unknown = [value for value in accepted if value not in bit[name]]
        if unknown:
            raise BadProblem(f"lines: {name} has no value {unknown[0]!r}")
        return sum({bit[name][value] for value in accepted}) if accepted else (1 << len(bit[name])) - 1

    column = [np.array([row[k] for row in rows], dtype=np.int64) for k in range(1, 5)]
    return Lines(
        ids=np.array([row[0] for row in rows], dtype=np.str_),
        units=column[0],
        permille=column[1],
        ceiling=column[2],
        within_days=column[3],
        accepts={
            name: np.array([mask(name, row[5].get(name, ())) for row in rows], dtype=np.int64) for name in attributes
        },
    )


def _whole(where: str, value: object, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MAX_NUMBER:
        raise BadProblem(f"{where}: expected a whole number of at least {least}, found {value!r}")


def _check_market(problem: ProposingProblem) -> None:
    _whole("max_orders", problem.max_orders, 0)
    for name, values in problem.attributes.items():
        if not values or len(set(values)) != len(values):
            raise BadProblem(f"attributes.{name}: expected at least one value and none twice")
        if len(values) > MAX_VALUES:
            raise BadProblem(f"attributes.{name}: expected at most {MAX_VALUES} values, found {len(values)}")
    for name in problem.shared:
        if name not in problem.attributes:
            raise BadProblem(f"shared: {name!r} is not among the attributes")
    if len(set(problem.shared)) != len(problem.shared):
        raise BadProblem("shared: expected no attribute twice")
    if len({offer.id for offer in problem.offers}) != len(problem.offers):
        raise BadProblem("offers: expected no id twice")


def _check_offer(problem: ProposingProblem, offer: Offer) -> None:
    where = f"offers.{offer.id}"
    for name, number in (
        ("lead_days", offer.lead_days),
        ("moq", offer.moq),
        ("capacity", offer.capacity),
        ("opening_cost", offer.opening_cost),
    ):
        _whole(f"{where}.{name}", number, 0)
    for field_name, named in (("makes", offer.makes), ("value_cost", offer.value_cost)):
        for name, values in named.items():
            strange = [value for value in values if value not in problem.attributes.get(name, ())]
            if name not in problem.attributes or strange:
                raise BadProblem(f"{where}.{field_name}.{name}: not an attribute of the market or unknown values")
    for costs in offer.value_cost.values():
        for value, cost in costs.items():
            _whole(f"{where}.value_cost.{value}", cost, -MAX_NUMBER)
    if not offer.tiers:
        raise BadProblem(f"{where}.tiers: expected at least one tier")
    for tier in offer.tiers:
        _whole(f"{where}.tiers.min_units", tier.min_units, 0)
        _whole(f"{where}.tiers.unit_price", tier.unit_price, 0)
    if any(a.min_units >= b.min_units for a, b in zip(offer.tiers, offer.tiers[1:], strict=False)):
        raise BadProblem(f"{where}.tiers: expected min_units rising from tier to tier")


def _check_lines(problem: ProposingProblem) -> None:
    lines = problem.lines
    count = len(lines)
    if len(np.unique(lines.ids)) != count:
        raise BadProblem("lines: expected no line id twice")
    if set(lines.accepts) != set(problem.attributes):
        raise BadProblem("lines: expected one column per attribute")
    for name, column, low, high in (
        ("units", lines.units, 1, 10**6),
        ("permille", lines.permille, 0, 1000),
        ("ceiling", lines.ceiling, 0, 10**9),
        ("within_days", lines.within_days, 0, 10**6),
    ):
        if len(column) != count or (count and (column.min() < low or column.max() > high)):
            raise BadProblem(f"lines.{name}: expected {count} whole numbers from {low} to {high}")
    for name, masks in lines.accepts.items():
        full = (1 << len(problem.attributes[name])) - 1
        if len(masks) != count or (count and (masks.min() < 1 or masks.max() > full)):
            raise BadProblem(f"lines.{name}: expected at least one accepted value of the attribute on every line")


def _check_fixed(problem: ProposingProblem) -> None:
    offers = {offer.id: offer for offer in problem.offers}
    places = set()
    for fixed in problem.fixed:
        offer = offers.get(fixed.offer_id)
        if offer is None:
            raise BadProblem(f"fixed: there is no offer {fixed.offer_id!r}")
        if set(fixed.specification) != set(problem.shared) or any(
            value not in offer.makes.get(name, ()) for name, value in fixed.specification.items()
        ):
            raise BadProblem(f"fixed.{fixed.offer_id}: expected a value it makes for every shared attribute")
        if not 0 <= fixed.tier < len(offer.tiers):
            raise BadProblem(f"fixed.{fixed.offer_id}: it has no tier {fixed.tier}")
        places.add((fixed.offer_id, tuple(fixed.specification[name] for name in problem.shared)))
    if len(places) != len(problem.fixed):
        raise BadProblem("fixed: expected no offer twice with one specification")
