"""Batches of events: what is plain is checked by compiled code and all at once, every other one by its rules.

``parse_event`` says what is right. Nearly all events are plain: each field has its own type, fits, and begins and ends
with what is no space. Such a batch is decoded straight into events and looked at as a whole; where that does not hold
of the whole, it is asked of the halves, so that one odd event costs little.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC

from msgspec import DecodeError, Raw, ValidationError, convert
from msgspec.json import Decoder
from msgspec.structs import replace

from demand.collecting.kernel.signals import KINDS, Event, Rejected, Window, parse_event, storable

SEARCHES = ("search", "search_zero")
_UNFIT = (ValidationError, DecodeError, UnicodeDecodeError, RecursionError, OverflowError)
_decode = Decoder(list[Event]).decode


def parse_batch(raws: Sequence[object], *, window: Window) -> list[Event | Rejected]:
    """``parse_event`` of each, in order. A ``Raw`` is one whole JSON value that nobody decoded yet."""
    events = _plain(raws, window)
    if events is not None:
        return list(events)
    if len(raws) == 1:
        return [_sparse(raws[0], window) or parse_event(value_of(raws[0]), window=window)]
    half = len(raws) // 2
    return parse_batch(raws[:half], window=window) + parse_batch(raws[half:], window=window)


def value_of(raw: object) -> object:
    """What was sent: a ``Raw`` decoded, its text where it is no JSON, its bytes where it is no UTF-8; else as it is."""
    if not isinstance(raw, Raw):
        return raw
    try:
        text = bytes(raw).decode()
    except UnicodeDecodeError:
        return bytes(raw)
    try:
        # The standard library takes NaN and half of a surrogate pair, so that the field at fault can be named.
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value


def _sparse(raw: object, window: Window) -> Event | None:
    """An event that says ``null`` where others say nothing."""
    said = value_of(raw)
    if not isinstance(said, dict) or None not in said.values():
        return None
    events = _plain([{name: value for name, value in said.items() if value is not None}], window)
    return events[0] if events else None


def _plain(raws: Sequence[object], window: Window) -> list[Event] | None:
    """The events where nothing is wrong with any of them and nothing is to be changed but the zone."""
    try:
        events = _read(raws)
        moments = [event.occurred_at for event in events]
        if {moment.tzinfo for moment in moments} - {UTC}:
            events = [replace(event, occurred_at=event.occurred_at.astimezone(UTC)) for event in events]
    except _UNFIT:
        return None
    if not events:
        return events
    if min(moments) < window.now - window.oldest or max(moments) > window.now + window.skew:
        return None
    if not {event.kind for event in events} <= KINDS:
        return None
    if "" in [event.query if event.kind in SEARCHES else event.pool or event.category for event in events]:
        return None
    texts = _texts(events)
    stripped = texts == [text.strip() for text in texts]
    return events if stripped and storable("".join(texts)) else None


def _read(raws: Sequence[object]) -> list[Event]:
    undecoded = [raw for raw in raws if isinstance(raw, Raw)]
    if len(undecoded) == len(raws):
        return _decode(b"[" + b",".join(undecoded) + b"]")
    if undecoded:
        raise ValidationError
    return convert(raws, list[Event])


def _texts(events: Sequence[Event]) -> list[str]:
    """All their texts, each of those that many share once."""
    return [
        *[event.event_id for event in events],
        *[event.person for event in events if event.person],
        *{event.category for event in events},
        *{event.need for event in events},
        *{event.query for event in events},
        *{event.pool for event in events},
        *{event.region for event in events},
    ]
