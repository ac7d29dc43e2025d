"""What a counter-offer changes in a version, and what that costs in units and surplus. Reads, but never writes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from demand.errors import InvalidValue
from manufacturers.models import Offer, Proposal, ProposalLine, ProposalVersion
from manufacturers.negotiating.kernel import Limit, Sold, sold
from manufacturers.offering.kernel import accepted, cannot_make
from manufacturers.proposing.blueprints import Expected, expected
from manufacturers.proposing.guests import around
from manufacturers.proposing.markets import (
    POOL,
    Market,
    OfferSide,
    made_values,
    problem_of,
    typed_value,
    up_to_lots,
)

FIELDS = ("unit_price_minor", "min_units", "units", "window_to", "specification", "lines")
MOST_UNITS = 10_000_000
MOST_MINOR = 10**12


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The lines of a version that a counter may change.

    ``lines`` maps variant keys to their most units, ``variants`` to their values.
    """

    unit_price_minor: int
    delivered_minor: int
    min_units: int
    max_units: int
    window_to: date
    specification: dict[str, Any]
    lines: dict[str, int]
    variants: dict[str, dict[str, Any]]


def check_changes(changes: Mapping[str, Any], version: ProposalVersion, offer: Offer, *, today: date) -> dict[str, Any]:
    """The changes in canonical form, without those that change nothing.

    Raises :class:`InvalidValue` beside the first field that cannot be, or where nothing is changed.
    """
    unknown = sorted(set(changes) - set(FIELDS))
    if unknown:
        raise InvalidValue(_("This line cannot be changed."), field=unknown[0])
    found: dict[str, Any] = {}
    for name, most in (("unit_price_minor", MOST_MINOR), ("min_units", MOST_UNITS), ("units", MOST_UNITS)):
        if name in changes and changes[name] != getattr(version, name):
            found[name] = _whole(changes[name], name, most)
    if "window_to" in changes:
        found |= _date(changes["window_to"], version, today=today)
    if "specification" in changes and changes["specification"] != version.specification:
        found["specification"] = _specification(changes["specification"], offer)
    if "lines" in changes:
        found |= _lines(changes["lines"], version)
    if not found:
        raise InvalidValue(_("Change at least one line, or accept the proposal as it stands."))
    least = found.get("min_units", version.min_units)
    if found.get("units", max(version.units, least)) < least:
        raise InvalidValue(_("The quantity must not be below the minimum."), field="units")
    if "lines" in found and sum(_most_by_variant(version, found["lines"]).values()) < least:
        raise InvalidValue(
            _("Together the variants must allow at least the minimum of %(units)s units."), field="lines", units=least
        )
    return found


def _most_by_variant(version: ProposalVersion, changed: Mapping[str, int]) -> dict[str, int]:
    return {**{line.variant_key: line.max_units for line in version.lines.all()}, **changed}


def _whole(value: Any, name: str, most: int) -> int:
    if type(value) is not int or not 1 <= value <= most:
        raise InvalidValue(_("Expected a whole number from %(least)s to %(most)s."), field=name, least=1, most=most)
    return value


def _date(value: Any, version: ProposalVersion, *, today: date) -> dict[str, Any]:
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise InvalidValue(_("Expected a date."), field="window_to") from None
    if day <= today:
        raise InvalidValue(_("The date must be in the future."), field="window_to")
    return {} if day == version.window_to else {"window_to": day.isoformat()}


def _specification(value: Any, offer: Offer) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(one, dict) for one in value.values()):
        raise InvalidValue(_("Please check this value."), field="specification")
    missing = cannot_make(value, offer.makes)
    if missing:
        raise InvalidValue(
            _("Your offer does not make this: %(attributes)s."), field="specification", attributes=", ".join(missing)
        )
    return dict(value)


def _lines(value: Any, version: ProposalVersion) -> dict[str, Any]:
    known = {line.variant_key: line.max_units for line in version.lines.all()}
    if not isinstance(value, dict) or set(value) - set(known):
        raise InvalidValue(_("Choose one of the variants of this proposal."), field="lines")
    changed = {}
    for key, units in value.items():
        if type(units) is not int or not 0 <= units <= MOST_UNITS:
            raise InvalidValue(
                _("Expected a whole number from %(least)s to %(most)s."), field="lines", least=0, most=MOST_UNITS
            )
        if units != known[key]:
            changed[key] = units
    if changed and not any(changed.get(key, most) for key, most in known.items()):
        raise InvalidValue(_("At least one variant must remain."), field="lines")
    return {"lines": changed} if changed else {}


def terms_of(version: ProposalVersion) -> Terms:
    """A version as it stands."""
    return Terms(
        unit_price_minor=version.unit_price_minor,
        delivered_minor=version.delivered_minor,
        min_units=version.min_units,
        max_units=version.max_units,
        window_to=version.window_to,
        specification=version.specification,
        lines={line.variant_key: line.max_units for line in version.lines.all()},
        variants={line.variant_key: line.variant for line in version.lines.all()},
    )


def changed_terms(version: ProposalVersion, changes: Mapping[str, Any], side: OfferSide) -> Terms:
    """The version with the changes applied; ``units`` is the most the maker would make."""
    before = terms_of(version)
    price = changes.get("unit_price_minor", before.unit_price_minor)
    least = up_to_lots(changes.get("min_units", before.min_units), side.offer.lot_multiple)
    most = changes.get("units", max(before.max_units, least))
    return Terms(
        unit_price_minor=price,
        delivered_minor=side.delivered(price),
        min_units=least,
        max_units=max(least, most),
        window_to=date.fromisoformat(changes["window_to"]) if "window_to" in changes else before.window_to,
        specification=changes.get("specification", before.specification),
        lines={**before.lines, **changes.get("lines", {})},
        variants=before.variants,
    )


def evaluate(proposal: Proposal, terms: Terms, market: Market) -> tuple[Sold, Expected]:
    """What these terms would sell: the kernel with this order fixed at its price, and the interval around it."""
    side = market.offers[0]
    market = around(market, proposal.pool_id, terms.specification, None)
    fixed_offer = copy(side.offer)
    fixed_offer.makes = _made(side.offer.makes, terms, market.variants)
    fixed_offer.moq, fixed_offer.lot_multiple = 0, 1
    fixed_offer.lead_days = max(0, (terms.window_to - market.today).days - market.days_before_making)
    narrowed = replace(
        market,
        pools=tuple(replace(pool, specification=terms.specification) for pool in market.pools),
        offers=(replace(side, offer=fixed_offer, tiers=((0, terms.unit_price_minor),), free_units=terms.max_units),),
        lines=tuple(line for line in market.lines if takes(line.needs.get("must", {}), terms.specification)),
    )
    answer = sold(
        problem_of(narrowed),
        specification={POOL: str(proposal.pool_id)},
        unit_price=terms.delivered_minor,
        limits=_limits(terms, fixed_offer.makes),
    )
    lines = [narrowed.lines[index] for index in answer.lines]
    share = market.chances.spread.get(proposal.pool_id)
    return answer, expected([(line, market.chances.of(line)) for line in lines], share=share)


def _limits(terms: Terms, makes: Mapping[str, Any]) -> list[Limit]:
    """The most units of each variant; one that was taken off has none."""
    return [
        Limit(
            values={name: value_name(value) for name, value in terms.variants[key].items() if name in makes},
            most=most,
        )
        for key, most in terms.lines.items()
        if terms.variants.get(key)
    ]


def value_name(value: Any) -> str:
    """A variant's typed value as ``value_cost`` names it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _made(makes: Mapping[str, Any], terms: Terms, variants: Sequence[str]) -> dict[str, Any]:
    """What the offer makes, as the terms decide it: one value of each attribute of the specification.

    Where variants differ in one attribute, those that were taken off are left out.
    """
    made = {**makes, **{name: as_made(constraint) for name, constraint in terms.specification.items()}}
    mixed = [name for name in variants if made_values(makes.get(name, {}))]
    if len(mixed) == 1:
        (name,) = mixed
        made[name] = _without(makes[name], {key for key, most in terms.lines.items() if most < 1})
    return made


def _without(made: Mapping[str, Any], gone: Collection[str]) -> dict[str, Any]:
    """An entry of ``Offer.makes`` without some of its values, as ``value_cost`` names them."""
    kept = [value for value in made_values(made) if value not in gone]
    (kind,) = [kind for kind in ("any", "is", "sizes") if kind in made]
    return {**made, kind: [typed_value(made, value) for value in kept]}


def as_made(constraint: Mapping[str, Any]) -> dict[str, Any]:
    """A decided constraint as the only thing that is made."""
    if "any" in constraint:
        return {"any": list(constraint["any"])}
    if "is" in constraint:
        return {"is": [constraint["is"]]}
    return {"sizes": [constraint["min"]], "unit": constraint.get("unit", "")}


def takes(must: Mapping[str, Mapping[str, Any]], specification: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether musts are met by a specification, as far as it decides."""
    return all(
        accepted(constraint, as_made(specification[name])) for name, constraint in must.items() if name in specification
    )


def effect(proposal: Proposal, version: ProposalVersion, changes: Mapping[str, Any], market: Market) -> dict[str, Any]:
    """What the changes cost, before and after evaluated alike: units, surplus, delivered price, chance.

    ``after`` holds everything the agreed version will say, so that what both sides saw is what is stored.
    """
    side = _as_frozen(market.offers[0], version)
    market = replace(market, offers=(side,))
    old, new = terms_of(version), changed_terms(version, changes, side)
    was, was_expected = evaluate(proposal, old, market)
    now_sold, guess = evaluate(proposal, new, market)
    units = min(max(up_to_lots(guess.units, side.offer.lot_multiple), new.min_units), new.max_units)
    chance = guess.chance(new.min_units)
    return {
        "units": [was.units, now_sold.units],
        "surplus_minor": [was.surplus_minor, now_sold.surplus_minor],
        "delivered_minor": [old.delivered_minor, new.delivered_minor],
        "window_to": [old.window_to.isoformat(), new.window_to.isoformat()],
        "chance_permille": [was_expected.chance(old.min_units), chance],
        "reaches_minimum": now_sold.units >= new.min_units,
        "after": {
            "units": units,
            "low_units": min(guess.low, units),
            "high_units": max(guess.high, units),
            "chance_permille": chance,
            "min_units": new.min_units,
            "max_units": new.max_units,
            "unit_price_minor": new.unit_price_minor,
            "delivered_minor": new.delivered_minor,
            "surplus_minor": max(0, now_sold.surplus_minor),
            "ladder": _ladder(version, new),
            "window_to": new.window_to.isoformat(),
            "window_from": (version.window_from + (new.window_to - old.window_to)).isoformat(),
            "specification": new.specification,
            "lines": new.lines,
        },
    }


def _as_frozen(side: OfferSide, version: ProposalVersion) -> OfferSide:
    """The offer with the charges that the version froze: a price is countered on the terms it was made on."""
    offer = copy(side.offer)
    offer.vat_permille = version.terms.get("vat_permille", offer.vat_permille)
    offer.freight_minor = version.terms.get("freight_minor", offer.freight_minor)
    return replace(side, offer=offer, fee_permille=version.terms.get("fee_permille", side.fee_permille))


def _ladder(version: ProposalVersion, new: Terms) -> list[list[int]]:
    """The counter's price from its minimum on, then the deeper tiers that are still cheaper."""
    deeper = [step for step in version.ladder if step[0] > new.min_units and step[1] < new.unit_price_minor]
    return [[new.min_units, new.unit_price_minor, new.delivered_minor], *deeper]


def version_fields(version: ProposalVersion, after: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of the agreed version, from the ``after`` of a counter's effect."""
    skipped = ("window_to", "window_from", "lines")
    window_to = date.fromisoformat(after["window_to"])
    return {name: value for name, value in after.items() if name not in skipped} | {
        "window_to": window_to,
        "window_from": min(date.fromisoformat(after["window_from"]), window_to - timedelta(days=1)),
        "author": ProposalVersion.Author.MAKER,
    }


def line_bounds(line: ProposalLine, after: Mapping[str, Any]) -> tuple[int, int, int] | None:
    """(units, least, most) of a variant in the agreed version; ``None`` where the maker took it off."""
    most = min(int(after["lines"].get(line.variant_key, line.max_units)), int(after["max_units"]))
    if most < 1:
        return None
    return min(line.units, most), min(line.min_units, most), most
