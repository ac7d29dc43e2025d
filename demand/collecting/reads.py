"""Queries of collecting: who a key belongs to, and how fresh each source is."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import QuerySet

from demand.collecting.keys import PREFIX_LENGTH, key_hash
from demand.models import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A source whose key was shown: what it may do, how fast, and when it last did.

    ``salt`` is the newest secret of shopper keys by the start of its period: asked for in the same look.
    """

    source_id: int
    scopes: tuple[str, ...]
    events_per_minute: int
    last_used_at: datetime | None
    salt: Mapping[datetime, bytes] = field(default_factory=dict, repr=False)


def authenticate_source(key: str) -> Sender | None:
    """The active source whose key this is; ``None`` for any other text."""
    if "\x00" in key:
        return None
    with connection.cursor() as cursor:  # asked with every batch, where building a query costs more than the query
        cursor.execute(_SENDER, [key[:PREFIX_LENGTH]])
        row = cursor.fetchone()
    if row is None or not hmac.compare_digest(row[0], key_hash(key)):
        return None
    scopes = tuple(json.loads(row[2]) if isinstance(row[2], str) else row[2])
    salt = {row[5]: bytes(row[6])} if row[5] is not None else {}
    return Sender(source_id=row[1], scopes=scopes, events_per_minute=row[3], last_used_at=row[4], salt=salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMeter:
    """How fresh and how complete a source is. ``quarantined`` are its events that staff have not dealt with."""

    source_id: int
    name: str
    newest_at: datetime | None
    last_day: int
    day_before: int
    quarantined: int


def source_meters(*, now: datetime) -> list[SourceMeter]:
    """One meter per source by name; one query over two days of raw events."""
    with connection.cursor() as cursor:
        cursor.execute(_METERS, {"now": now, "day": now - timedelta(days=1), "before": now - timedelta(days=2)})
        rows = cursor.fetchall()
    return [
        SourceMeter(
            source_id=key, name=name, newest_at=newest, last_day=last, day_before=before, quarantined=quarantined
        )
        for key, name, newest, last, before, quarantined in rows
    ]


_SENDER = """
SELECT s.key_hash, s.id, s.scopes, s.events_per_minute, s.last_used_at, t.starts_at, t.secret
FROM demand_signal_source s LEFT JOIN (
    SELECT starts_at, secret FROM demand_shopper_salt ORDER BY starts_at DESC LIMIT 1
) t ON true WHERE s.key_prefix = %s AND s.active
"""

_METERS = """
SELECT s.id, s.name, max(e.occurred_at), count(e.*) FILTER (WHERE e.occurred_at >= %(day)s),
    count(e.*) FILTER (WHERE e.occurred_at < %(day)s),
    (SELECT count(*) FROM demand_quarantined_signal q WHERE q.source_id = s.id AND q.state = 'open')
FROM demand_signal_source s
LEFT JOIN demand_signal e ON e.source_id = s.id AND e.occurred_at >= %(before)s AND e.occurred_at <= %(now)s
GROUP BY s.id ORDER BY s.name
"""


def addresses_of(user_id: int) -> QuerySet[Address]:
    """Where things can be sent to a shopper, the newest first."""
    return Address.objects.filter(user_id=user_id, retired_at__isnull=True).order_by("-created_at", "-pk")
