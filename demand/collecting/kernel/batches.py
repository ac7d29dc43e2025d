"""Batches of events: the plain ones checked by compiled code, every other one by its rules.

``parse_event`` says what is right. Nearly all events of a batch are plain: each field has its own type, fits, and holds
only printable text. Those are taken here in a fifth of the time; whatever is not plain goes to ``parse_event``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct, ValidationError, convert

from demand.collecting.kernel.signals import (
    MOST_PRICE_MINOR,
    MOST_UNITS,
    Event,
    Rejected,
    Window,
    parse_event,
)

SEARCHES = ("search", "search_zero")


class _Plain(Struct):
    """The fields as nearly every source sends them; bounds as in ``TEXT_LIMITS``."""

    event_id: Annotated[str, Meta(min_length=1, max_length=64)]
    occurred_at: str
    kind: Literal["search", "search_zero", "view", "cart", "vote"]
    person: Annotated[str, Meta(max_length=128)] | None = None
    consent: bool | None = None
    category: Annotated[str, Meta(max_length=60)] | None = None
    need: Annotated[str, Meta(max_length=120)] | None = None
    query: Annotated[str, Meta(max_length=400)] | None = None
    pool: Annotated[str, Meta(max_length=64)] | None = None
    units: Annotated[int, Meta(ge=1, le=MOST_UNITS)] | None = None
    price_minor: Annotated[int, Meta(ge=1, le=MOST_PRICE_MINOR)] | None = None
    region: Annotated[str, Meta(max_length=8)] | None = None


def parse_batch(raws: Iterable[object], *, window: Window) -> list[Event | Rejected]:
    """``parse_event`` of each, in order."""
    return [_plain(raw, window) or parse_event(raw, window=window) for raw in raws]


def _plain(raw: object, window: Window) -> Event | None:
    """The event, or ``None`` where its rules must be asked."""
    try:
        said = convert(raw, _Plain)
        when = datetime.fromisoformat(said.occurred_at)
        if when.tzinfo is None:
            return None
        when = when.astimezone(UTC)
    except (ValidationError, ValueError, OverflowError):
        return None
    event = Event(
        event_id=said.event_id.strip(),
        occurred_at=when,
        kind=said.kind,
        person=(said.person or "").strip(),
        consent=bool(said.consent),
        category=(said.category or "").strip(),
        need=(said.need or "").strip(),
        query=(said.query or "").strip(),
        pool=(said.pool or "").strip(),
        units=said.units or 1,
        price_minor=said.price_minor,
        region=(said.region or "").strip(),
    )
    return event if _usable(event, window) else None


def _usable(event: Event, window: Window) -> bool:
    """Whether nothing can be wrong with it. Text that is not printable may be harmless, and its rules say so."""
    texts = f"{event.event_id}{event.person}{event.category}{event.need}{event.query}{event.pool}{event.region}"
    said = event.query if event.kind in SEARCHES else event.pool or event.category
    in_time = window.now - window.oldest <= event.occurred_at <= window.now + window.skew
    return bool(event.event_id and said) and in_time and texts.isprintable()
