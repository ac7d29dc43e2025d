"""Hourly counts of signals, counted again from the raw rows whenever an hour changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import connection

from demand import locking
from demand.models import DirtyHour, QueryReading

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

    Searches that name no need are read first, each text once a day, and what was understood is kept for that day, so
    that the counts are always those of the raw rows. Batches that arrive meanwhile do not wait: their marks come with
    their rows, and only the marks that were there before the counting are taken away after it.
    """
    marked = DirtyHour.objects.order_by("hour").values_list("hour", flat=True).distinct()[:most_hours]
    dirty = [hour.astimezone(UTC) for hour in marked]
    rows = 0
    for day, hours in groupby(dirty, key=lambda hour: hour.date()):
        rows += _count_day(day, list(hours), read=read)
    return RolledUp(hours=len(dirty), rows=rows)


def _count_day(day: date, hours: list[datetime], *, read: ReadQueries) -> int:
    span: dict[str, Any] = {"day": day, "hours": hours, "start": hours[0], "end": hours[-1] + timedelta(hours=1)}
    _read_queries(day, span, read=read)
    with locking.transaction(), connection.cursor() as cursor:
        locking.advisory("signals:rollup")  # an older count must not overwrite a newer one
        span["marks"] = list(DirtyHour.objects.filter(hour__in=hours).values_list("pk", flat=True))
        cursor.execute("DELETE FROM demand_signal_rollup WHERE hour = ANY(%(hours)s)", span)
        cursor.execute(_COUNT, span)
        counted: int = cursor.rowcount
        # A search that came between reading and counting: the hour stays marked and is read the next time.
        cursor.execute(_UNMARK, span)
    return counted


def _read_queries(day: date, span: dict[str, Any], *, read: ReadQueries) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT s.query {_UNREAD} ORDER BY 1", span)
        texts = [row[0] for row in cursor.fetchall()]
    understood = read(texts) if texts else []
    QueryReading.objects.bulk_create(
        [
            QueryReading(day=day, query=text, category_id=category, need=need[:120])
            for text, (category, need) in zip(texts, understood, strict=True)
        ],
        ignore_conflicts=True,
    )


_HOUR = "date_trunc('hour', s.occurred_at, 'UTC')"
_WITHIN = f"s.occurred_at >= %(start)s AND s.occurred_at < %(end)s AND {_HOUR} = ANY(%(hours)s)"
_READING = """
LEFT JOIN demand_query_reading r ON r.day = %(day)s AND r.query = s.query AND s.need = '' AND s.query <> ''
    AND s.kind IN ('search', 'search_zero')
"""
_UNREAD = f"""
FROM demand_signal s {_READING}
WHERE {_WITHIN} AND s.kind IN ('search', 'search_zero') AND s.query <> '' AND s.need = '' AND r.query IS NULL
"""

_COUNT = f"""
INSERT INTO demand_signal_rollup (hour, category_id, need, region, kind, events, units, persons)
SELECT {_HOUR}, coalesce(s.category_id, r.category_id), coalesce(r.need, s.need), s.region, s.kind,
    count(*), sum(s.units), count(DISTINCT nullif(s.person_key, ''))
FROM demand_signal s {_READING} WHERE {_WITHIN} GROUP BY 1, 2, 3, 4, 5
"""

_UNMARK = f"""
DELETE FROM demand_dirty_hour WHERE id = ANY(%(marks)s) AND hour NOT IN (SELECT {_HOUR} {_UNREAD})
"""
