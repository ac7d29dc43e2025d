"""One event from outside, checked: an ``Event`` that can be stored, or a ``Rejected`` that says what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from msgspec import Meta, Struct, ValidationError, convert

KINDS = frozenset({"search", "search_zero", "view", "cart", "vote"})

TEXT_LIMITS = {
    "event_id": 64,
    "person": 128,
    "category": 60,
    "need": 120,
    "query": 400,
    "pool": 64,
    "region": 8,
}
"""Characters each text field may have."""

REQUIRED = {
    "search": ("query",),
    "search_zero": ("query",),
    "view": ("pool", "category"),
    "cart": ("pool", "category"),
    "vote": ("pool", "category"),
}
"""At least one of these must be said, by kind; the first is named when none is."""

MOST_UNITS = 1_000_000
MOST_PRICE_MINOR = 10**12


class Event(Struct, frozen=True, kw_only=True, gc=False):
    """A usable signal. ``occurred_at`` is aware UTC; texts that were not said are empty; ``person`` is as sent and must
    be replaced by a keyed hash before it is stored, and by nothing without consent.

    A ``Struct`` that compiled code fills and bounds while it decodes: a frozen dataclass takes ten times as long, and
    these are made by the thousand. The bounds are those of ``TEXT_LIMITS``."""

    event_id: Annotated[str, Meta(min_length=1, max_length=64)]
    occurred_at: Annotated[datetime, Meta(tz=True)]
    kind: str
    person: Annotated[str, Meta(max_length=128)] = ""
    consent: bool = False
    category: Annotated[str, Meta(max_length=60)] = ""
    need: Annotated[str, Meta(max_length=120)] = ""
    query: Annotated[str, Meta(max_length=400)] = ""
    pool: Annotated[str, Meta(max_length=64)] = ""
    units: Annotated[int, Meta(ge=1, le=MOST_UNITS)] = 1
    price_minor: Annotated[int, Meta(ge=1, le=MOST_PRICE_MINOR)] | None = None
    region: Annotated[str, Meta(max_length=8)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Why an event cannot be used: a stable ``reason`` and the field it stands in (empty: the event as a whole).

    Reasons: NOT_AN_OBJECT NOT_UTF8 MISSING WRONG_TYPE EMPTY TOO_LONG BAD_TEXT UNKNOWN_KIND BAD_TIME NO_ZONE IN_FUTURE
    TOO_OLD OUT_OF_RANGE.
    """

    reason: str
    field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When an event may have happened: from ``now - oldest`` until ``now + skew``, both included; ``now`` aware."""

    now: datetime
    skew: timedelta = timedelta(minutes=10)
    oldest: timedelta = timedelta(days=400)


class _Wrong(Exception):
    def __init__(self, reason: str, field: str = "") -> None:
        self.rejected = Rejected(reason=reason, field=field)


def parse_event(raw: object, *, window: Window) -> Event | Rejected:
    """Check one decoded JSON object; never raises, whatever is handed in.

    Fields: ``event_id`` (or ``id``), ``occurred_at`` (or ``at``; ISO 8601 with a zone), ``kind``, and as the kind needs
    ``query``, ``pool``, ``category``; optional ``person``, ``consent``, ``need``, ``units``, ``price_minor``,
    ``region``. ``null`` counts as not said. Unknown fields are passed over, so that sources may be newer than we are.
    The time is kept as sent, even when it lies in the allowed skew, so that a replay meets the same row.
    """
    if not isinstance(raw, dict):
        return Rejected(reason="NOT_UTF8" if isinstance(raw, bytes) else "NOT_AN_OBJECT")
    try:
        return _event(raw, window)
    except _Wrong as wrong:
        return wrong.rejected


def _event(raw: dict[Any, Any], window: Window) -> Event:
    event_id = _text(raw, "event_id", "id")
    if not event_id:
        raise _Wrong("MISSING" if raw.get("event_id", raw.get("id")) is None else "EMPTY", "event_id")
    kind = raw.get("kind")
    if kind is None:
        raise _Wrong("MISSING", "kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise _Wrong("UNKNOWN_KIND", "kind")
    consent = raw.get("consent")
    if consent is not None and not isinstance(consent, bool):
        raise _Wrong("WRONG_TYPE", "consent")
    event = Event(
        event_id=event_id,
        occurred_at=_time(raw, window),
        kind=kind,
        person=_text(raw, "person"),
        consent=bool(consent),
        category=_text(raw, "category"),
        need=_text(raw, "need"),
        query=_text(raw, "query"),
        pool=_text(raw, "pool"),
        units=_number(raw, "units", 1, MOST_UNITS) or 1,
        price_minor=_number(raw, "price_minor", 1, MOST_PRICE_MINOR),
        region=_text(raw, "region"),
    )
    needed = REQUIRED[kind]
    if not any(getattr(event, field) for field in needed):
        raise _Wrong("MISSING", needed[0])
    return event


def _text(raw: dict[Any, Any], field: str, alias: str = "") -> str:
    value = raw.get(field)
    if value is None and alias:
        value = raw.get(alias)
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        value = _digits(value, field)
    if not isinstance(value, str):
        raise _Wrong("WRONG_TYPE", field)
    value = value.strip()
    if len(value) > TEXT_LIMITS[field]:
        raise _Wrong("TOO_LONG", field)
    if not storable(value):
        raise _Wrong("BAD_TEXT", field)
    return value


def _digits(value: int, field: str) -> str:
    # Python refuses to print integers of thousands of digits, with a ValueError that names nothing.
    if abs(value) >= 10 ** TEXT_LIMITS[field]:
        raise _Wrong("TOO_LONG", field)
    return str(value)


def storable(text: str) -> bool:
    """Whether PostgreSQL can keep it: neither NUL nor half of a surrogate pair, which would fail a whole batch."""
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _number(raw: dict[Any, Any], field: str, least: int, most: int) -> int | None:
    value = raw.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Wrong("WRONG_TYPE", field)
    if not least <= value <= most:
        raise _Wrong("OUT_OF_RANGE", field)
    if value != int(value):
        raise _Wrong("WRONG_TYPE", field)
    return int(value)


def _time(raw: dict[Any, Any], window: Window) -> datetime:
    value = raw.get("occurred_at")
    if value is None:
        value = raw.get("at")
    if value is None:
        raise _Wrong("MISSING", "occurred_at")
    if not isinstance(value, str):
        raise _Wrong("WRONG_TYPE", "occurred_at")
    try:
        when = _moment(value.strip())
        if when.tzinfo is None:
            raise _Wrong("NO_ZONE", "occurred_at")
        when = when.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Wrong("BAD_TIME", "occurred_at") from None
    if when > window.now + window.skew:
        raise _Wrong("IN_FUTURE", "occurred_at")
    if when < window.now - window.oldest:
        raise _Wrong("TOO_OLD", "occurred_at")
    return when


def _moment(text: str) -> datetime:
    """As compiled code reads it where it can, so that one text is one moment on either way; else any ISO 8601."""
    try:
        return convert(text, datetime)
    except ValidationError:
        return datetime.fromisoformat(text)
