"""What an offer, a line and a week of shifts must be like; each refusal names its field and what was expected."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext_lazy as _

from demand.errors import InvalidValue
from manufacturers.models import Offer, OfferState
from manufacturers.offering.descriptions import LineValues, OfferValues
from manufacturers.offering.kernel import ShiftRule

MOST_UNITS = 10_000_000
MOST_MINOR = 10**12
MOST_DAYS = 730


def check_offer(values: OfferValues) -> None:
    """Raise :class:`InvalidValue` for the first value an offer cannot have."""
    _text(values.code, "code", 60)
    _text(values.title, "title", 120)
    _within("moq", values.moq, 1, MOST_UNITS)
    _within("lot_multiple", values.lot_multiple, 1, MOST_UNITS)
    _within("variant_min_units", values.variant_min_units, 0, MOST_UNITS)
    _within("lead_days", values.lead_days, 1, MOST_DAYS)
    _within("sample_days", values.sample_days, 0, MOST_DAYS)
    _within("opening_cost_minor", values.opening_cost_minor, 0, MOST_MINOR)
    _within("tooling_minor", values.tooling_minor, 0, MOST_MINOR)
    _within("vat_permille", values.vat_permille, 0, 1000)
    _within("deposit_percent", values.deposit_percent, 0, 100)
    _within("quantity_tolerance_percent", values.quantity_tolerance_percent, 0, 50)
    _within("quality_permille", values.quality_permille, 0, 1000)
    if values.valid_from > values.valid_to:
        raise InvalidValue(_("The last day must not be before the first."), field="valid_to")
    _one_of("state", values.state, (OfferState.DRAFT, OfferState.LIVE, OfferState.PAUSED))
    _one_of("tooling_payer", values.tooling_payer, Offer.Payer.values)
    _one_of("balance_trigger", values.balance_trigger, Offer.Balance.values)
    _check_tiers(values)
    _check_makes(values.makes)
    for region, minor in values.freight_minor.items():
        _within("freight_minor", minor, 0, MOST_MINOR, place=region)
    for material in values.materials:
        _text(material.name, "materials", 80)
        _within("materials", material.milli_per_unit, 1, MOST_UNITS, place=material.name)


def _check_tiers(values: OfferValues) -> None:
    if not values.tiers:
        raise InvalidValue(_("Give at least one price."), field="tiers")
    for units, price in values.tiers:
        _within("tiers", units, 1, MOST_UNITS)
        _within("tiers", price, 1, MOST_MINOR)
    if any(one[0] >= other[0] for one, other in pairwise(values.tiers)):
        raise InvalidValue(_("Each tier must begin at more units than the one before."), field="tiers")
    if any(one[1] < other[1] for one, other in pairwise(values.tiers)):
        raise InvalidValue(_("A deeper tier must not cost more than the one before."), field="tiers")
    if values.tiers[0][0] > values.moq:
        raise InvalidValue(_("The first tier must begin at the minimum of %(moq)s."), field="tiers", moq=values.moq)


def _check_makes(makes: Mapping[str, Mapping[str, Any]]) -> None:
    for attribute, made in makes.items():
        known = [key for key in ("any", "sizes", "is") if key in made]
        if len(known) != 1 or not made[known[0]]:
            raise InvalidValue(_("Say which values of “%(attribute)s” you make."), field="makes", attribute=attribute)
        if known == ["sizes"] and any(size <= 0 for size in made["sizes"]):
            raise InvalidValue(_("Sizes of “%(attribute)s” must be above 0."), field="makes", attribute=attribute)


def check_line(values: LineValues) -> None:
    """Raise :class:`InvalidValue` for the first value a line cannot have."""
    _text(values.code, "code", 20)
    for family, rate in values.units_per_hour.items():
        _within("units_per_hour", rate, 1, MOST_UNITS, place=family)
    check_shifts(values.shifts)


def check_shifts(shifts: tuple[ShiftRule, ...]) -> None:
    """Raise :class:`InvalidValue` where two shifts begin at once or a weekday does not exist."""
    for shift in shifts:
        _within("weekday", shift.weekday, 0, 6)
    if len({(shift.weekday, shift.starts) for shift in shifts}) < len(shifts):
        raise InvalidValue(_("Two shifts of a day begin at the same time."), field="shifts")


def _text(value: str, field: str, most: int) -> None:
    if not value.strip() or len(value) > most:
        raise InvalidValue(_("Write 1 to %(most)s characters."), field=field, most=most)


def _within(field: str, value: int, least: int, most: int, *, place: str = "") -> None:
    if type(value) is not int or not least <= value <= most:
        raise InvalidValue(
            _("Expected a whole number from %(least)s to %(most)s."), field=field, least=least, most=most, place=place
        )


def _one_of(field: str, value: str, allowed: Any) -> None:
    if value not in allowed:
        raise InvalidValue(_("Choose one of the values offered."), field=field)
