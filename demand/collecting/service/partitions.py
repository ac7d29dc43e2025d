"""The months of raw signals: made ahead, dropped by age."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.db import connection

from demand import locking

MONTHS_AHEAD = 2
KEEP_MONTHS = 14


def make_partitions(*, now: datetime, months_ahead: int = MONTHS_AHEAD) -> int:
    """Make the table of this month and of some ahead; how many were new. Safe to repeat."""
    return ensure_months([_month(now.date(), offset) for offset in range(months_ahead + 1)])


def drop_partitions(*, now: datetime, keep_months: int = KEEP_MONTHS) -> int:
    """Drop the tables of months before the kept ones, with every event in them and what was read of them; how many."""
    oldest = f"demand_signal_{_month(now.date(), -keep_months):%Y_%m}"
    with locking.transaction(), connection.cursor() as cursor:
        locking.advisory("signals:partitions")
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = 'demand_signal'::regclass AND c.relname < %s",
            [oldest],
        )
        names = [row[0] for row in cursor.fetchall()]
        for name in names:
            cursor.execute(f'DROP TABLE "{name}"')
        cursor.execute("DELETE FROM demand_query_reading WHERE day < %s", [_month(now.date(), -keep_months)])
    return len(names)


def ensure_months(months: Collection[date]) -> int:
    """Make the tables of these months (any day of each) that are absent; how many. One query where none is."""
    wanted = sorted({day.replace(day=1) for day in months})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m FROM unnest(%s::date[]) AS m"
            " WHERE to_regclass('demand_signal_' || to_char(m, 'YYYY_MM')) IS NULL",
            [wanted],
        )
        absent = [row[0] for row in cursor.fetchall()]
    if absent:
        with locking.transaction(), connection.cursor() as cursor:
            locking.advisory("signals:partitions")
            for month in absent:
                cursor.execute("SELECT demand_signal_partition(%s)", [month])
    return len(absent)


def _month(day: date, offset: int) -> date:
    index = day.year * 12 + day.month - 1 + offset
    return date(index // 12, index % 12 + 1, 1)
