"""One row of a file of wishes, checked: plain values, or the one field that cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings

from demand.collecting.drafts import ASKED_INSTEAD
from demand.collecting.kernel import WishInput, WishLimits, wish_faults
from demand.models import MAX_TEXT, MAX_UNITS

KINDS = {"": "interest", "wish": "interest", "interest": "interest", "preorder": "preorder"}
EXPECTED = {
    "text": "words of at most 10,000 characters",
    "quantity": f"a whole number from 1 to {MAX_UNITS}",
    "tolerance": f"a whole number from 0 to {MAX_UNITS}",
    "ceiling": "a price above 0 in major units",
    "needed_by": "a day from today on, as 2026-03-01",
    "kind": "interest or preorder",
    "region": "a region's code of at most 8 characters",
    "email": "an e-mail address or nothing",
    "shopper": "a text of at most 200 characters",
    "created_at": "a time with its zone, not in the future",
    "": "a JSON object, or as many cells as the header has",
}


class WrongField(ValueError):
    """The field of a row that cannot be used, why, and what was expected."""

    def __init__(self, reason: str, field: str = "") -> None:
        self.reason = reason
        self.field = field
        self.expected = EXPECTED[field]
        super().__init__(f"{field}: {reason}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowInput:
    """A usable row. ``ceiling_minor`` in minor units; empty texts are what was not said."""

    text: str
    kind: str
    quantity: int
    tolerance: int
    ceiling_minor: int | None
    region: str
    needed_by: date | None
    email: str
    shopper: str
    created_at: datetime


def row_input(fields: Mapping[str, Any] | None, *, today: date, now: datetime) -> RowInput:
    """Check one row by the rules of a wish. Raises :class:`WrongField` naming the first wrong field."""
    if fields is None:
        raise WrongField("UNREADABLE_ROW")
    kind = KINDS.get(_text(fields, "kind", 20).lower())
    if kind is None:
        raise WrongField("UNKNOWN_KIND", "kind")
    values = RowInput(
        text=_text(fields, "text", None),
        kind=kind,
        quantity=_whole(fields, "quantity", 1),
        tolerance=_whole(fields, "tolerance", 0),
        ceiling_minor=_minor(fields),
        region=_text(fields, "region", 8),
        needed_by=_day(fields),
        email=_text(fields, "email", 254).lower(),
        shopper=_text(fields, "shopper", 200),
        created_at=_moment(fields, now=now),
    )
    typed = WishInput(
        text=values.text,
        quantity=values.quantity,
        tolerance=values.tolerance,
        ceiling_minor=values.ceiling_minor,
        region=values.region,
        needed_by=values.needed_by,
    )
    limits = WishLimits(currency=settings.CURRENCY, most_units=MAX_UNITS, most_text=MAX_TEXT)
    for fault in wish_faults(typed, limits=limits, today=today):
        if fault.reason not in ASKED_INSTEAD:
            raise WrongField(fault.reason, fault.field)
    return values


def _text(fields: Mapping[str, Any], name: str, most: int | None) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise WrongField("WRONG_TYPE", name)
    value = value.strip()
    if any("\ud800" <= char <= "\udfff" or char == "\x00" for char in value):
        raise WrongField("BAD_ENCODING", name)
    if most is not None and len(value) > most:
        raise WrongField("TOO_LONG", name)
    return value


def _whole(fields: Mapping[str, Any], name: str, unsaid: int) -> int:
    value = _decimal(fields, name)
    if value is None:
        return unsaid
    if value != value.to_integral_value() or abs(value) > 10**12:
        raise WrongField("NOT_WHOLE", name)
    return int(value)


def _minor(fields: Mapping[str, Any]) -> int | None:
    value = _decimal(fields, "ceiling")
    if value is None:
        return None
    if abs(value) > 10**12:
        raise WrongField("CEILING_TOO_LARGE", "ceiling")
    return round(value.scaleb(settings.CURRENCY_EXPONENT))


def _decimal(fields: Mapping[str, Any], name: str) -> Decimal | None:
    value = fields.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise WrongField("WRONG_TYPE", name)
    try:
        number = Decimal(str(value).strip().replace(",", ""))
    except (InvalidOperation, ValueError):
        raise WrongField("NOT_A_NUMBER", name) from None
    if not number.is_finite():
        raise WrongField("NOT_A_NUMBER", name)
    return number


def _day(fields: Mapping[str, Any]) -> date | None:
    text = _text(fields, "needed_by", 40)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongField("BAD_DATE", "needed_by") from None


def _moment(fields: Mapping[str, Any], *, now: datetime) -> datetime:
    text = _text(fields, "created_at", 40)
    if not text:
        return now
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongField("BAD_TIME", "created_at") from None
    if moment.tzinfo is None or moment > now:
        raise WrongField("BAD_TIME", "created_at")
    return moment
