"""Events on their way into the raw table, inside the transaction of their batch; opens none and takes no lock."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

import psycopg
from django.db import connection

from demand.collecting.kernel import Event
from demand.collecting.service.shoppers import key_of, keyed_hash, period_start

_HOUR = timedelta(hours=1)
_DAY_ONE = datetime(1, 1, 1, tzinfo=UTC)
_by_id = attrgetter("event_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Keys of the categories by code and of the pools by public id as the events name them."""

    categories: Mapping[str, int]
    pools: Mapping[str, int]


def hours_of(moments: Collection[datetime]) -> list[datetime]:
    """The hours that these UTC times lie in, rising."""
    first, last = (moment.replace(minute=0, second=0, microsecond=0) for moment in (min(moments), max(moments)))
    if last - first <= _HOUR:  # nearly every batch: what is sent has just happened
        return sorted({first, last})
    found = {(moment.toordinal(), moment.hour) for moment in moments}
    return [_DAY_ONE + timedelta(days=day - 1, hours=hour) for day, hour in sorted(found)]


def known(
    source_id: int, events: Sequence[Event], *, now: datetime, spare: tuple[datetime, datetime] | None = None
) -> set[tuple[str, datetime]]:
    """Id and time of each event of the source that has one of these ids; marks the hours of these events to be counted.

    Events of the month ``spare`` (see ``only_month``) are not looked for. One round trip. A mark is a row of its own:
    batches do not wait for one another, nor for the counting.
    """
    hours = hours_of([event.occurred_at for event in events])
    ids = _array([event.event_id for event in events])
    with connection.wrap_database_errors, _cursor() as cursor:
        if spare is None:
            cursor.execute(_MARK_AND_LOOK, [now, hours, source_id, ids], prepare=True)
        else:
            cursor.execute(
                _MARK_AND_LOOK_ELSEWHERE,
                [now, hours, source_id, ids, spare[0], source_id, ids, spare[1]],
                prepare=True,
            )
        return set(cursor.fetchall())


def only_month(events: Collection[Event]) -> tuple[datetime, datetime] | None:
    """When the month begins and ends in which all these happened, if it is one.

    A month is a table, whose index admits an id of a source once: there a copy itself finds out what is known, which
    costs nothing where, as nearly always, nothing is.
    """
    moments = [event.occurred_at for event in events]
    first, last = min(moments), max(moments)
    if (first.year, first.month) != (last.year, last.month):
        return None
    year, month = divmod(first.year * 12 + first.month, 12)
    return datetime(first.year, first.month, 1, tzinfo=UTC), datetime(year, month + 1, 1, tzinfo=UTC)


def _array(ids: Sequence[str]) -> str:
    """The ids as PostgreSQL writes an array of texts; binding them one by one takes longer than finding them."""
    said = '","'.join(ids)
    if "\\" in said or said.count('"') != 2 * (len(ids) - 1):
        said = '","'.join([one.replace("\\", "\\\\").replace('"', '\\"') for one in ids])
    return f'{{"{said}"}}'


def mark(hours: Sequence[datetime], *, now: datetime) -> None:
    """Have these hours counted again."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [now, list(hours)])


def copy(
    source_id: int,
    events: Sequence[Event],
    *,
    places: Places,
    secrets: Mapping[datetime, bytes],
    now: datetime,
    months: bool,
) -> None:
    """Straight into the table: half the work of a temporary one and INSERT … ON CONFLICT.

    By month and id, so that two batches with the same events wait for each other in one order and cannot deadlock.
    ``months`` says that they are of several. Without consent no key of the shopper is kept.
    """
    ordered = sorted(events, key=_by_id)
    if months:
        ordered.sort(key=lambda event: (event.occurred_at.year, event.occurred_at.month))
    with connection.wrap_database_errors, _cursor() as cursor, cursor.copy(_COPY) as sent:
        sent.set_types(_TYPES)
        write = sent.write_row
        for row in _rows(source_id, ordered, places, secrets, now):
            write(row)


def _rows(
    source_id: int, events: Sequence[Event], places: Places, secrets: Mapping[datetime, bytes], now: datetime
) -> Iterator[tuple[Any, ...]]:
    """The columns in the order of ``_COPY``; one by one, so that a thousand rows are never kept at once."""
    keyed = {start: keyed_hash(secret) for start, secret in secrets.items()}
    one = next(iter(keyed.values())) if len(keyed) == 1 else None
    categories, pools = places.categories, places.pools
    return (
        (
            source_id,
            event.event_id,
            event.occurred_at,
            now,
            event.kind,
            key_of(one or keyed[period_start(event.occurred_at)], event.person)
            if event.consent and event.person
            else "",
            event.consent,
            categories.get(event.category),
            event.need,
            event.query,
            pools.get(event.pool),
            event.units,
            event.price_minor,
            event.region,
        )
        for event in events
    )


def insert_one(row: Sequence[Any]) -> None:
    """One row with the columns in the order of ``_COPY``."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_ONE, row)


def _cursor() -> psycopg.Cursor[Any]:
    """A cursor that sends values apart from the statement, so that the server may keep its plan."""
    assert connection.connection is not None
    return psycopg.Cursor(connection.connection)


_MARK = "INSERT INTO demand_dirty_hour (since, hour) SELECT %s, h FROM unnest(%s::timestamptz[]) AS h"

_LOOK = "SELECT event_id, occurred_at FROM demand_signal WHERE source_id = %s AND event_id = ANY(%s::text[])"
_MARK_AND_LOOK = f"""
WITH marked AS ({_MARK})
{_LOOK}
"""
_MARK_AND_LOOK_ELSEWHERE = f"""
WITH marked AS ({_MARK})
{_LOOK} AND occurred_at < %s UNION ALL {_LOOK} AND occurred_at >= %s
"""

_COLUMNS = (
    "source_id, event_id, occurred_at, received_at, kind, person_key, consent, category_id, need, query, pool_id,"
    " units, price_minor, region"
)
_TYPES = (
    *("int8", "varchar", "timestamptz", "timestamptz", "varchar", "varchar", "bool"),
    *("int8", "varchar", "varchar", "int8", "int4", "int8", "varchar"),
)
_COPY = f"COPY demand_signal ({_COLUMNS}) FROM STDIN (FORMAT binary)"
_INSERT_ONE = f"INSERT INTO demand_signal ({_COLUMNS}) VALUES ({', '.join(['%s'] * len(_TYPES))})"
