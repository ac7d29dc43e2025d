"""From a bulk order of the kernel to a version of a proposal: units with their interval, variants, ladder, window.

Plain Python: what is frozen with a version is decided here and stored elsewhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import erf, sqrt
from typing import Any

from demand.pooling.reads.lines import DemandLine
from manufacturers.offering.kernel import accepted
from manufacturers.proposing.markets import (
    Market,
    OfferSide,
    PoolSide,
    completed,
    made_values,
    typed_value,
    up_to_lots,
)

Z80 = 1.2815515655446004
# Beyond the binomial: the chances themselves are uncertain by about a seventh (relative, one standard deviation).
CHANCE_SPREAD = 0.15
TRIAL_BELOW_PERMILLE = 750
PROMISE_DAYS = 7
# Room for those who join while the campaign runs, in percent of the interval's upper end.
GROWTH_PERCENT = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantLine:
    """One variant of a version; acceptance binds to ``min_units`` … ``max_units``."""

    key: str
    values: dict[str, Any]
    units: int
    min_units: int
    max_units: int
    adder_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Units a pool is expected to buy, with an 80 % interval."""

    units: int
    low: int
    high: int
    spread: float

    def chance(self, at_least: int) -> int:
        """The chance, in permille, that at least so many are bought."""
        if self.spread <= 0:
            return 1000 if self.units >= at_least else 0
        return round(500 * (1 + erf((self.units - at_least + 0.5) / (self.spread * sqrt(2)))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """What a version of a proposal says. Prices per unit: the maker's before VAT, and delivered before freight."""

    offer_id: int
    pool_id: int
    specification: dict[str, Any]
    units: int
    low_units: int
    high_units: int
    chance_permille: int
    min_units: int
    max_units: int
    unit_price_minor: int
    delivered_minor: int
    surplus_minor: int
    ladder: tuple[tuple[int, int, int], ...]
    window_from: date
    window_to: date
    lines: tuple[VariantLine, ...]
    fit_permille: int
    terms: dict[str, Any]
    evidence: dict[str, Any] = field(default_factory=dict)


def expected(lines: Sequence[tuple[DemandLine, int]], *, share: float | None = None) -> Expected:
    """Units expected of (line, chance permille), with the spread that was estimated as a ``share`` of them.

    Where none was: a binomial a line, and chances that may all be off together.
    """
    mean = sum(line.units * chance for line, chance in lines) / 1000
    own = sum(line.units**2 / max(1, line.persons) * chance * (1000 - chance) for line, chance in lines) / 1e6
    unsure = sum(line.units * chance * (1000 - chance) for line, chance in lines) / 1e6
    spread = sqrt(own + (CHANCE_SPREAD * unsure) ** 2) if share is None else share * mean
    return Expected(
        units=round(mean),
        low=max(0, round(mean - Z80 * spread)),
        high=round(mean + Z80 * spread),
        spread=spread,
    )


def draw(
    market: Market, *, pool: PoolSide, side: OfferSide, tier: int, line_indices: Sequence[int], room: int
) -> Blueprint | None:
    """The blueprint of one bulk order of the kernel's plan.

    ``line_indices`` point into ``market.lines``; ``room`` is what the offer can make for this order at most. ``None``
    where nothing can be promised: the minimum is above the room.
    """
    fit = completed(pool, side, market.shared)
    if fit is None:
        return None
    whole, cost = fit
    offer = side.offer
    lots = offer.lot_multiple
    ladder = ladder_of(side, cost, from_tier=tier)
    least = ladder[0][0]
    lines = [(market.lines[i], market.chances.of(market.lines[i])) for i in line_indices]
    guess = expected(lines, share=market.chances.spread.get(pool.pool_id))
    most = min(room // lots * lots, up_to_lots(max(guess.high, least) * GROWTH_PERCENT // 100, lots))
    if most < least:
        return None
    units = min(max(up_to_lots(guess.units, lots), least), most)
    chance = guess.chance(least)
    lead = market.days_before_making + offer.lead_days
    return Blueprint(
        offer_id=offer.pk,
        pool_id=pool.pool_id,
        specification=whole,
        units=units,
        low_units=min(guess.low, units),
        high_units=max(guess.high, units),
        chance_permille=chance,
        min_units=least,
        max_units=most,
        unit_price_minor=ladder[0][1],
        delivered_minor=ladder[0][2],
        surplus_minor=surplus(lines, ladder[0][2]),
        ladder=ladder,
        window_from=market.today + timedelta(days=max(1, lead - PROMISE_DAYS)),
        window_to=market.today + timedelta(days=lead),
        lines=variant_mix(market, side, lines, units=units, most=most),
        fit_permille=fit_permille(chance=chance, units=units, room=side.free_units, firm=pool.firm_units),
        terms=terms_of(side, least=least, units=units, chance=chance, people=pool.people),
    )


def ladder_of(side: OfferSide, cost_minor: int, *, from_tier: int = 0) -> tuple[tuple[int, int, int], ...]:
    """(units from, maker's price, delivered price) of each tier from one on; the first starts at the minimum."""
    offer = side.offer
    steps: dict[int, tuple[int, int]] = {}
    for units, price in side.tiers[from_tier:]:
        least = up_to_lots(max(units, offer.moq), offer.lot_multiple)
        steps[least] = (price + cost_minor, side.delivered(price + cost_minor))
    return tuple((least, *steps[least]) for least in sorted(steps))


def surplus(lines: Sequence[tuple[DemandLine, int]], delivered_minor: int) -> int:
    """What shoppers with a ceiling are expected to keep below it, before freight."""
    kept = [
        (line.ceiling_minor - delivered_minor) * line.units * chance
        for line, chance in lines
        if line.ceiling_minor is not None
    ]
    return max(0, sum(kept)) // 1000


def variant_mix(
    market: Market, side: OfferSide, lines: Sequence[tuple[DemandLine, int]], *, units: int, most: int
) -> tuple[VariantLine, ...]:
    """How the units divide over variants: each line takes the value it likes among those it accepts, else the cheapest.

    A variant under the offer's own minimum drops out while another is left. Units are shared out by largest remainder.
    """
    names = [name for name in market.variants if made_values(side.offer.makes.get(name, {}))]
    weight: dict[tuple[str, ...], int] = defaultdict(int)
    for line, chance in lines:
        weight[tuple(_taken(side, name, line) for name in names)] += line.units * chance
    whole = sum(weight.values())
    if not whole:
        return ()
    floor = side.offer.variant_min_units
    kept = {combo: part for combo, part in weight.items() if part * units >= floor * whole}
    kept = kept or {max(weight, key=lambda combo: (weight[combo], combo)): whole}
    return tuple(
        _variant(side, names, combo, share, floor=min(floor, share), most=most)
        for combo, share in shared_out(kept, units).items()
        if share
    )


def _taken(side: OfferSide, name: str, line: DemandLine) -> str:
    made, costs = side.offer.makes[name], side.offer.value_cost.get(name, {})
    must, nice = line.needs.get("must", {}).get(name), line.needs.get("nice", {}).get(name)
    values = accepted(must, made) if must is not None else made_values(made)
    liked = [value for value in (accepted(nice, made) if nice is not None else ()) if value in values]
    # A liked value that costs more might pass the ceiling; a wish is placed where it surely fits.
    cheapest = min((costs.get(value, 0) for value in values), default=0)
    liked = [value for value in liked if costs.get(value, 0) <= cheapest] or list(values)
    order = made_values(made)
    return min(liked, key=lambda value: (costs.get(value, 0), order.index(value)))


def _variant(
    side: OfferSide, names: Sequence[str], combo: Sequence[str], share: int, *, floor: int, most: int
) -> VariantLine:
    offer = side.offer
    cost = sum(offer.value_cost.get(name, {}).get(value, 0) for name, value in zip(names, combo, strict=True))
    return VariantLine(
        key="|".join(combo)[:64] or "plain",
        values={name: typed_value(offer.makes[name], value) for name, value in zip(names, combo, strict=True)},
        units=share,
        min_units=floor,
        max_units=most,
        adder_minor=side.delivered_adder(cost),
    )


def shared_out(weights: Mapping[tuple[str, ...], int], units: int) -> dict[tuple[str, ...], int]:
    """Whole units in proportion to weights, by largest remainder; they sum to ``units``; ties by name."""
    whole = sum(weights.values())
    parts = {combo: units * part // whole for combo, part in weights.items()}
    short = units - sum(parts.values())
    for combo in sorted(weights, key=lambda c: (-(units * weights[c] % whole), c))[:short]:
        parts[combo] += 1
    return dict(sorted(parts.items(), key=lambda pair: (-pair[1], pair[0])))


def fit_permille(*, chance: int, units: int, room: int, firm: int) -> int:
    """How well it suits, for the order of an inbox: half the chance, three tenths how firm it is, the rest how well the
    free capacity is used.
    """
    firmness = min(1000, 1000 * firm // max(1, units))
    used = min(1000, 1000 * units // max(1, room))
    return (5 * chance + 3 * firmness + 2 * used) // 10


def terms_of(side: OfferSide, *, least: int, units: int, chance: int, people: int) -> dict[str, Any]:
    """The other terms of a version, from the offer as it stands now.

    ``support`` is what the platform gives: a launch slot, a page, and how many people it tells (rounded to 5).
    """
    offer = side.offer
    terms: dict[str, Any] = {
        "lot_multiple": offer.lot_multiple,
        "deposit_percent": offer.deposit_percent,
        "balance_trigger": offer.balance_trigger,
        "tooling_minor": offer.tooling_minor,
        "tooling_payer": offer.tooling_payer,
        "sample_days": offer.sample_days,
        "quantity_tolerance_percent": offer.quantity_tolerance_percent,
        "partial_shipments": offer.partial_shipments,
        "certificates": list(offer.certificates),
        "freight_minor": dict(offer.freight_minor),
        "return_terms": dict(offer.return_terms),
        "vat_permille": offer.vat_permille,
        "fee_permille": side.fee_permille,
        "support": {"launch_slot": True, "page": True, "reach": 5 * round(people / 5)},
    }
    if chance < TRIAL_BELOW_PERMILLE and units > least:
        terms["trial"] = {"first_units": least, "then_units": units}
    return terms
