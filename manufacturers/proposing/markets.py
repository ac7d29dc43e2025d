"""Demand lines and offers as the proposing kernel's problem: one bulk order serves one pool, in delivered prices.

Charges are added to prices instead of being taken off ceilings, which is the same comparison: VAT and platform fee
depend on the offer, so a line has no single reduced ceiling. Freight is a variant attribute that a line cannot
choose, ``region``; other variant attributes follow the catalogue. Rounding is always against the order, by a minor
unit at most, so that no shopper is ever charged above their ceiling. Plain Python.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from statistics import median_low
from typing import Any

from demand.pooling.reads.lines import DemandLine
from manufacturers.models import Offer
from manufacturers.offering.kernel import accepted
from manufacturers.offering.pricing import delivered_price, freight
from manufacturers.proposing.kernel import BadProblem, ProposingProblem, build, lines_from_rows
from manufacturers.proposing.kernel import Offer as KernelOffer
from manufacturers.proposing.kernel import Tier as KernelTier

POOL = "pool"
REGION = "region"
PLAIN = "-"
MOST_VALUES = 60
PARTS_OF_MINIMUM = 5
MOST_PARTS = 20_000
NO_DATE_DAYS = 100_000
HIGHEST_CEILING = 10**9

Specification = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSide:
    """A pool that may be proposed."""

    pool_id: int
    specification: Mapping[str, Mapping[str, Any]]
    people: int
    units: int
    firm_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferSide:
    """An offer that may be proposed to, its tiers (units, maker's price) and what it can still make."""

    offer: Offer
    tiers: tuple[tuple[int, int], ...]
    free_units: int
    fee_permille: int

    def delivered(self, unit_price_minor: int) -> int:
        """The delivered price of a maker's price, before the region's freight."""
        return delivered_price(self.offer, unit_price_minor, fee_permille=self.fee_permille)

    def delivered_adder(self, cost_minor: int) -> int:
        """What a variant's cost adds to the delivered price."""
        base = self.tiers[0][1]
        return self.delivered(base + cost_minor) - self.delivered(base)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """How likely a line of each kind buys, in permille: for a pool where it was estimated, else in general.

    ``spread`` is a pool's estimated standard deviation as a share of its expected units; ``shares`` are how these
    divide, by pool, then "region" and "week".
    """

    by_pool: Mapping[int, Mapping[str, int]]
    by_kind: Mapping[str, int]
    spread: Mapping[int, float] = field(default_factory=dict)
    shares: Mapping[int, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)

    def of(self, line: DemandLine) -> int:
        """The chance of one line."""
        return self.by_pool.get(line.pool_id, {}).get(line.kind, self.by_kind.get(line.kind, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """Everything a run of proposing decides from. ``banned`` are (offer, pool) pairs not to be proposed."""

    pools: tuple[PoolSide, ...]
    offers: tuple[OfferSide, ...]
    lines: tuple[DemandLine, ...]
    chances: Chances
    shared: tuple[str, ...]
    variants: tuple[str, ...]
    today: date
    days_before_making: int
    banned: frozenset[tuple[int, int]] = frozenset()


def completed(pool: PoolSide, side: OfferSide, shared: Collection[str]) -> tuple[Specification, int] | None:
    """The pool's specification with the offer's plainest values for shared attributes nobody decided, and what it all
    adds to the maker's price; ``None`` where the offer cannot make it.
    """
    makes, costs = side.offer.makes, side.offer.value_cost
    whole: Specification = {}
    total = 0
    for name, asked in pool.specification.items():
        values = accepted(asked, makes.get(name, {}))
        if not values:
            return None
        best = min(values, key=lambda value: (costs.get(name, {}).get(value, 0), values.index(value)))
        whole[name] = dict(asked)
        total += costs.get(name, {}).get(best, 0)
    for name in sorted(set(makes) & set(shared) - set(pool.specification)):
        values = made_values(makes[name])
        if values:
            best = min(values, key=lambda value: (costs.get(name, {}).get(value, 0), values.index(value)))
            whole[name] = as_constraint(makes[name], best)
            total += costs.get(name, {}).get(best, 0)
    return whole, total


def made_values(made: Mapping[str, Any]) -> tuple[str, ...]:
    """The values of one entry of ``Offer.makes`` as ``value_cost`` names them."""
    if "sizes" in made:
        return tuple(f"{size:g}" for size in made["sizes"])
    return tuple(made["any"]) if "any" in made else tuple(str(value).lower() for value in made.get("is", ()))


def as_constraint(made: Mapping[str, Any], value: str) -> dict[str, Any]:
    """One made value as a decided constraint of a specification."""
    typed = typed_value(made, value)
    if "sizes" in made:
        return {"min": typed, "max": typed, "unit": made.get("unit", "")}
    return {"is": typed} if "is" in made else {"any": [typed]}


def typed_value(made: Mapping[str, Any], value: str) -> Any:
    """A made value as its own type: a code, a number or a flag."""
    if "sizes" in made:
        number = float(value)
        return int(number) if number.is_integer() else number
    return value == "true" if "is" in made else value


def ceilings(lines: Sequence[DemandLine], fallback: int) -> list[int]:
    """Each line's ceiling; a line that named none counts at the middle of those named in its pool, else in all."""
    named: dict[int, list[int]] = defaultdict(list)
    for line in lines:
        if line.ceiling_minor is not None:
            named[line.pool_id].append(line.ceiling_minor)
    everywhere = [value for values in named.values() for value in values]
    general = median_low(everywhere) if everywhere else fallback
    middle = {pool_id: median_low(values) for pool_id, values in named.items()}
    return [
        min(HIGHEST_CEILING, middle.get(line.pool_id, general) if line.ceiling_minor is None else line.ceiling_minor)
        for line in lines
    ]


def divided(lines: Sequence[DemandLine], offers: Sequence[OfferSide]) -> tuple[DemandLine, ...]:
    """The lines in parts small beside any minimum, as far as persons allow: an order takes a line whole, and many who
    want the same may be more than one order has room for. At most about ``MOST_PARTS`` more lines.
    """
    whole = sum(line.units for line in lines)
    least = min((minimum(side) for side in offers), default=0)
    size = max(1, least // PARTS_OF_MINIMUM, -(-whole // MOST_PARTS))
    return tuple(part for line in lines for part in _parts(line, size))


def _parts(line: DemandLine, size: int) -> list[DemandLine]:
    count = min(line.persons, -(-line.units // size))
    if count < 2:
        return [line]
    units, more = divmod(line.units, count)
    persons, others = divmod(line.persons, count)
    cuts = [len(line.wishes) * k // count for k in range(count + 1)]
    return [
        replace(
            line,
            units=units + (k < more),
            persons=persons + (k < others),
            wishes=line.wishes[cuts[k] : cuts[k + 1]],
        )
        for k in range(count)
    ]


def within_days(line: DemandLine, market: Market) -> int:
    """Days that remain for making once the maker answered and the shoppers confirmed; -1 where it is too late."""
    if line.needed_by is None:
        return NO_DATE_DAYS
    return max(-1, (line.needed_by - market.today).days - market.days_before_making)


def problem_of(market: Market) -> ProposingProblem | None:
    """The kernel's problem; ``None`` where no pool could be served by any offer. At most ``MOST_VALUES`` pools.

    Line ids are the index in ``market.lines``, offers and pools are named by their keys.
    """
    pools = {pool.pool_id: pool for pool in market.pools}
    fitting = {
        side.offer.pk: {
            pool.pool_id: fit[1]
            for pool in market.pools
            if (side.offer.pk, pool.pool_id) not in market.banned
            and (fit := completed(pool, side, market.shared)) is not None
        }
        for side in market.offers
    }
    served = sorted({pool_id for pools_of in fitting.values() for pool_id in pools_of})
    if not served:
        return None
    attributes = _attributes(market, served)
    rows = _rows(market, attributes, set(served) & set(pools))
    if not rows:
        return None
    return build(
        attributes=attributes,
        shared=[POOL],
        max_orders=len(served),
        offers=[_kernel_offer(side, fitting[side.offer.pk], attributes) for side in market.offers],
        lines=lines_from_rows(attributes=attributes, rows=rows),
    )


def _attributes(market: Market, served: Sequence[int]) -> dict[str, list[str]]:
    if len(served) > MOST_VALUES:
        raise BadProblem(f"pools: expected at most {MOST_VALUES}, found {len(served)}")
    regions = {line.region for line in market.lines} | {name for x in market.offers for name in x.offer.freight_minor}
    attributes = {POOL: [str(key) for key in served], REGION: sorted(regions | {"*"})[:MOST_VALUES]}
    for name in market.variants:
        made = {value for side in market.offers for value in made_values(side.offer.makes.get(name, {}))}
        attributes[name] = [PLAIN, *sorted(made)[:MOST_VALUES]]
    return attributes


def _rows(
    market: Market, attributes: Mapping[str, Sequence[str]], served: Collection[int]
) -> list[tuple[str, int, int, int, int, dict[str, list[str]]]]:
    dearest = max((side.delivered(price) for side in market.offers for _units, price in side.tiers), default=0)
    rows = []
    for index, (line, ceiling) in enumerate(zip(market.lines, ceilings(market.lines, dearest), strict=True)):
        days = within_days(line, market)
        if line.pool_id not in served or days < 0:
            continue
        accepts = accepted_values(line, market, attributes)
        if accepts is None:
            continue
        accepts[POOL] = [str(line.pool_id)]
        rows.append((str(index), min(line.units, 10**6), market.chances.of(line), ceiling, days, accepts))
    return rows


def accepted_values(
    line: DemandLine, market: Market, attributes: Mapping[str, Sequence[str]]
) -> dict[str, list[str]] | None:
    """The variant values a line takes, by attribute (absent: any); ``None`` where nobody makes one that it takes."""
    found = {REGION: [line.region if line.region in attributes[REGION] else "*"]}
    for name in market.variants:
        must = line.needs.get("must", {}).get(name)
        if must is None:
            continue
        values = {value for side in market.offers for value in accepted(must, side.offer.makes.get(name, {}))}
        found[name] = sorted(values & set(attributes[name]))
        if not found[name]:
            return None
    return found


def _kernel_offer(side: OfferSide, added: Mapping[int, int], attributes: Mapping[str, Sequence[str]]) -> KernelOffer:
    costs = {
        str(key): max(side.delivered(price + cost) - side.delivered(price) for _units, price in side.tiers)
        for key, cost in added.items()
    }
    makes = tuple(str(key) for key in sorted(added))
    variants = [name for name in attributes if name not in (POOL, REGION)]
    return kernel_offer(side, {POOL: makes}, {POOL: costs}, attributes=attributes, variants=variants)


def kernel_offer(
    side: OfferSide,
    makes: Mapping[str, tuple[str, ...]],
    costs: Mapping[str, Mapping[str, int]],
    *,
    attributes: Mapping[str, Sequence[str]],
    variants: Sequence[str],
    plain_minor: int = 0,
) -> KernelOffer:
    """An offer as the kernel takes it, in delivered prices: ``makes`` and ``costs`` of what is shared, to which freight
    by region and the variants' values are added. ``plain_minor`` is on top of every tier of the maker's price.
    """
    offer = side.offer
    all_makes = {**makes, REGION: tuple(attributes[REGION])}
    all_costs = {**costs, REGION: {name: freight(offer.freight_minor, name) for name in attributes[REGION]}}
    for name in variants:
        values = [value for value in made_values(offer.makes.get(name, {})) if value in attributes[name]]
        extra = offer.value_cost.get(name, {})
        all_makes[name] = tuple(values) or (PLAIN,)
        all_costs[name] = {value: side.delivered_adder(extra.get(value, 0)) for value in values}
    return KernelOffer(
        id=str(offer.pk),
        makes=all_makes,
        lead_days=offer.lead_days,
        moq=minimum(side),
        capacity=side.free_units,
        opening_cost=offer.opening_cost_minor + platform_tooling(offer),
        tiers=tuple(
            KernelTier(min_units=units, unit_price=side.delivered(price + plain_minor)) for units, price in side.tiers
        ),
        value_cost=all_costs,
    )


def minimum(side: OfferSide) -> int:
    """The MOQ as whole lots; it applies once, to the pooled total."""
    return up_to_lots(side.offer.moq, side.offer.lot_multiple)


def up_to_lots(units: int, lot_multiple: int) -> int:
    """The least number of whole lots that holds ``units``."""
    return -(-units // lot_multiple) * lot_multiple


def platform_tooling(offer: Offer) -> int:
    """The part of the tooling that the platform pays."""
    parts = {
        Offer.Payer.MAKER: 0,
        Offer.Payer.SHARED: offer.tooling_minor // 2,
        Offer.Payer.PLATFORM: offer.tooling_minor,
    }
    return int(parts[Offer.Payer(offer.tooling_payer)])
