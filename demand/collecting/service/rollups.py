"""Hourly counts of signals, counted again from the raw rows whenever an hour changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import connection

from demand import locking
from demand.collecting.service.signals import HOUR_LOCKS
from demand.models import DirtyHour

MOST_HOURS = 20_000

ReadQueries = Callable[[Sequence[str]], Sequence[tuple[int | None, str]]]
"""For each search text its category (key, or ``None`` where none was understood) and the need it asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledUp:
    """How many hours were counted, and into how many rows."""

    hours: int
    rows: int


def roll_up(*, now: datetime, read: ReadQueries, most_hours: int = MOST_HOURS) -> RolledUp:
    """Count every changed hour again, oldest first, a day in one transaction.

    Searches that name no need are read first, and what was understood is kept with the event, so that the counts
    are always those of the raw rows. A batch that arrives meanwhile waits, and marks its hours anew.
    """
    dirty = list(DirtyHour.objects.order_by("hour").values_list("hour", flat=True)[:most_hours])
    rows = 0
    for _day, hours in groupby(dirty, key=lambda hour: hour.astimezone(UTC).date()):
        rows += _count_day(list(hours), read=read, now=now)
    return RolledUp(hours=len(dirty), rows=rows)


def _count_day(hours: list[datetime], *, read: ReadQueries, now: datetime) -> int:
    texts = _unread(hours)
    understood = read(texts) if texts else []
    with locking.transaction(), connection.cursor() as cursor:
        keys = sorted({int(hour.timestamp()) // 3600 % HOUR_LOCKS for hour in hours})
        cursor.execute("SELECT pg_advisory_xact_lock(7302, k) FROM unnest(%s::int[]) AS k", [keys])
        cursor.execute("DELETE FROM demand_dirty_hour WHERE hour = ANY(%s)", [hours])
        span: dict[str, Any] = {"hours": hours, "start": hours[0], "end": hours[-1] + timedelta(hours=1), "now": now}
        if texts:
            columns: dict[str, Any] = {
                "texts": list(texts),
                "categories": [category for category, _ in understood],
                "needs": [need[:120] for _, need in understood],
            }
            cursor.execute(_KEEP_READING, {**span, **columns})
        cursor.execute("DELETE FROM demand_signal_rollup WHERE hour = ANY(%(hours)s)", span)
        cursor.execute(_COUNT, span)
        counted: int = cursor.rowcount
        # A search that came between reading and locking: the hour stays marked and is read the next time.
        cursor.execute(_MARK_UNREAD, span)
    return counted


def _unread(hours: list[datetime]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT s.query FROM demand_signal s WHERE {_UNREAD} ORDER BY 1",
            {"hours": hours, "start": hours[0], "end": hours[-1] + timedelta(hours=1)},
        )
        return [row[0] for row in cursor.fetchall()]


_HOUR = "date_trunc('hour', s.occurred_at, 'UTC')"
_WITHIN = f"s.occurred_at >= %(start)s AND s.occurred_at < %(end)s AND {_HOUR} = ANY(%(hours)s)"
_UNREAD = f"{_WITHIN} AND s.kind IN ('search', 'search_zero') AND s.query <> '' AND s.need = ''"

_KEEP_READING = f"""
UPDATE demand_signal s SET need = r.need, category_id = coalesce(s.category_id, r.category_id)
FROM unnest(%(texts)s::text[], %(categories)s::bigint[], %(needs)s::text[]) AS r (query, category_id, need)
WHERE {_UNREAD} AND s.query = r.query
"""

_COUNT = f"""
INSERT INTO demand_signal_rollup (hour, category_id, need, region, kind, events, units, persons)
SELECT {_HOUR}, s.category_id, s.need, s.region, s.kind, count(*), sum(s.units),
    count(DISTINCT nullif(s.person_key, ''))
FROM demand_signal s WHERE {_WITHIN} GROUP BY 1, 2, 3, 4, 5
"""

_MARK_UNREAD = f"""
INSERT INTO demand_dirty_hour (hour, since) SELECT DISTINCT {_HOUR}, %(now)s FROM demand_signal s WHERE {_UNREAD}
ON CONFLICT (hour) DO NOTHING
"""
