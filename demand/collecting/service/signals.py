"""Signals come in: each stored once, wrong ones kept with their reason, the hours they touch marked to be counted."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection
from django.utils.translation import gettext_lazy as _

from demand import locking
from demand.collecting.kernel import Event, Window, parse_batch
from demand.collecting.service import quarantine
from demand.collecting.service.partitions import ensure_months
from demand.collecting.service.shoppers import period_start, salts, shopper_key
from demand.collecting.service.sources import named_source, note_use
from demand.errors import DomainError, NotThere
from demand.models import Category, Pool, QuarantinedSignal

HOUR_LOCKS = 32
MOST_TRIES = 50
UNIQUE_VIOLATION = "23505"
SITE = "site"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An event that was not stored: where it stood in the batch, why, and in which field."""

    index: int
    reason: str
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What became of a batch: ``stored`` are new, ``repeated`` were there already."""

    stored: int
    repeated: int
    rejected: tuple[Rejected, ...]


class TooBusy(DomainError):
    """Others kept storing the same events at the same time; nothing of the batch was stored by this call."""

    code = "TOO_BUSY"
    message = _("Others are sending the same events. Send the batch again.")


_Row = tuple[Any, ...]
"""Place in the batch, event id, time, and the further columns in the order of ``_COPY``."""


@dataclass(slots=True)
class _Batch:
    """A batch while it is sorted into what can be stored and what cannot."""

    events: list[tuple[int, Event]]
    wrong: list[Rejected]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """Keys of the categories by code and of the pools by public id as the events name them."""

    categories: dict[str, int]
    pools: dict[str, int]


def record_signals(*, source_id: int, events: Sequence[object], now: datetime, undated: bool = False) -> Recorded:
    """Store a batch of events; acknowledged once this returns, because it has committed.

    An event is the same when source, id and time are; the same id with another time is rejected as ``OTHER_TIME``.
    With ``undated`` the events carry no time: they happened now, and an id seen before is a repeat at any time.
    Rejected events are quarantined in the same transaction. Any order and any number of repeats end in the same rows.
    """
    batch = _sorted(events, now=now, undated=undated)
    rows = _rows_of(batch, _resolve_places(batch))
    months_made = False
    for _attempt in range(MOST_TRIES):
        try:
            return _record(source_id, events, batch, rows, now=now, undated=undated)
        except IntegrityError as error:
            # Another batch committed one of these events between our look and our copy, or a month has no table yet.
            if not _is_repeated(error):
                if months_made:
                    raise
                ensure_months({row[2].date() for row in rows})
                months_made = True
    raise TooBusy


def _is_repeated(error: IntegrityError) -> bool:
    return getattr(error.__cause__, "sqlstate", "") == UNIQUE_VIOLATION


def _record(
    source_id: int, events: Sequence[object], batch: _Batch, rows: Sequence[_Row], *, now: datetime, undated: bool
) -> Recorded:
    """One try, in a transaction of its own."""
    with locking.transaction():
        stored, elsewhere = _store(source_id, rows, now=now)
        wrong = list(batch.wrong)
        if not undated:
            wrong += [Rejected(index=index, reason="OTHER_TIME", field="occurred_at") for index in elsewhere]
        wrong.sort(key=lambda one: one.index)
        quarantine.keep(source_id, [(events[one.index], one.reason, one.field) for one in wrong], now=now)
    return Recorded(stored=stored, repeated=len(events) - stored - len(wrong), rejected=tuple(wrong))


def record_site_event(
    *,
    kind: str,
    visitor_key: str,
    now: datetime,
    person_id: int | None = None,
    consent: bool = False,
    query: str = "",
    category_id: int | None = None,
    pool_id: int | None = None,
    units: int = 1,
    price_minor: int | None = None,
    region: str = "",
) -> None:
    """Note one thing a visitor of our own pages did. ``visitor_key`` is a random cookie, not made of the account.

    Only with ``consent`` is the person of a signed-in visitor behind the key, so that their wishes and their looking
    count once. Texts are cut to what is kept; text that cannot be stored is dropped.
    """
    person = f"person:{person_id}" if consent and person_id is not None else visitor_key
    source_id = named_source(name=SITE, now=now)
    ensure_months([now.date()])
    with locking.transaction():
        _share_hours([now])
        secret = salts([now])[period_start(now)]
        row = (
            *(source_id, uuid.uuid4().hex, now, now, kind, shopper_key(secret, person), consent, category_id),
            *("", _plain(query)[:400], pool_id, units, price_minor, _plain(region)[:8]),
        )
        with connection.cursor() as cursor:
            cursor.execute(_INSERT_ONE, row)
        _mark_dirty([now.replace(minute=0, second=0, microsecond=0)], now=now)
    note_use(source_id=source_id, now=now)


def replay_quarantined(*, ids: Collection[int], repaired: Mapping[int, dict[str, Any]], now: datetime) -> Recorded:
    """Send quarantined events in again, each as repaired or as it was; those that pass are marked as replayed.

    What is still wrong stays open (under its new reason, where that changed). ``index`` of a rejection counts along
    rising ids.
    """
    rows = list(QuarantinedSignal.objects.filter(pk__in=list(ids), state="open").order_by("pk"))
    if not rows:
        raise NotThere
    stored, repeated, rejected = 0, 0, []
    for source_id in sorted({row.source_id for row in rows}):
        own = [(place, row) for place, row in enumerate(rows) if row.source_id == source_id]
        answer = record_signals(source_id=source_id, events=[repaired.get(row.pk, row.raw) for _, row in own], now=now)
        bad = {one.index: one for one in answer.rejected}
        passed = [row.pk for at, (_place, row) in enumerate(own) if at not in bad]
        with locking.transaction():
            locking.lock((QuarantinedSignal, passed))
            QuarantinedSignal.objects.filter(pk__in=passed, state="open").update(state="replayed", replayed_at=now)
        stored, repeated = stored + answer.stored, repeated + answer.repeated
        rejected += [Rejected(index=own[at][0], reason=one.reason, field=one.field) for at, one in bad.items()]
    return Recorded(stored=stored, repeated=repeated, rejected=tuple(sorted(rejected, key=lambda one: one.index)))


def drop_quarantined(*, ids: Collection[int], now: datetime) -> int:
    """Staff decide that these events are of no use; they stay visible as dropped. How many."""
    with locking.transaction():
        locking.lock((QuarantinedSignal, list(ids)))
        dropped = QuarantinedSignal.objects.filter(pk__in=list(ids), state="open")
        return dropped.update(state="dropped", replayed_at=now)


def _sorted(events: Sequence[object], *, now: datetime, undated: bool) -> _Batch:
    batch = _Batch(events=[], wrong=[])
    times: dict[str, datetime] = {}
    if undated:
        events = [{**raw, "occurred_at": now.isoformat()} if isinstance(raw, dict) else raw for raw in events]
    for index, answer in enumerate(parse_batch(events, window=Window(now=now))):
        if not isinstance(answer, Event):
            batch.wrong.append(Rejected(index=index, reason=answer.reason, field=answer.field))
        elif times.setdefault(answer.event_id, answer.occurred_at) != answer.occurred_at:
            batch.wrong.append(Rejected(index=index, reason="OTHER_TIME", field="occurred_at"))
        else:
            batch.events.append((index, answer))
    return batch


def _resolve_places(batch: _Batch) -> _Places:
    """The keys of what the events name. An event that names a category or a pool that is absent is rejected."""
    codes = {event.category for _, event in batch.events if event.category}
    pools = {event.pool for _, event in batch.events if event.pool}
    known = _Places(
        categories=dict(Category.objects.filter(code__in=codes).values_list("code", "pk")) if codes else {},
        pools=_pool_ids(pools),
    )
    if len(known.categories) == len(codes) and len(known.pools) == len(pools):
        return known
    usable = []
    for index, event in batch.events:
        if event.category and event.category not in known.categories:
            batch.wrong.append(Rejected(index=index, reason="UNKNOWN_CATEGORY", field="category"))
        elif event.pool and event.pool not in known.pools:
            batch.wrong.append(Rejected(index=index, reason="UNKNOWN_POOL", field="pool"))
        else:
            usable.append((index, event))
    batch.events = usable
    return known


def _pool_ids(public: Iterable[str]) -> dict[str, int]:
    """Pools by their public id as it was written, of which two spellings may be one pool."""
    read = {}
    for text in public:
        try:
            read[text] = uuid.UUID(text)
        except ValueError:
            continue
    keys = dict(Pool.objects.filter(public_id__in=set(read.values())).values_list("public_id", "pk")) if read else {}
    return {text: keys[public_id] for text, public_id in read.items() if public_id in keys}


def _rows_of(batch: _Batch, known: _Places) -> list[_Row]:
    """The rows to copy. Without consent no key of the shopper is kept."""
    moments = [event.occurred_at for _, event in batch.events if event.person and event.consent]
    starts = {period_start(moment) for moment in (min(moments), max(moments))} if moments else set()
    secrets = salts(moments if len(starts) > 1 else starts) if starts else {}
    one = secrets[starts.pop()] if len(starts) == 1 else None

    def key_of(event: Event) -> str:
        if not event.person or not event.consent:
            return ""
        return shopper_key(one or secrets[period_start(event.occurred_at)], event.person)

    return [
        (
            index,
            event.event_id,
            event.occurred_at,
            event.kind,
            key_of(event),
            event.consent,
            known.categories.get(event.category),
            event.need,
            event.query,
            known.pools.get(event.pool),
            event.units,
            event.price_minor,
            event.region,
        )
        for index, event in batch.events
    ]


def _store(source_id: int, rows: Sequence[_Row], *, now: datetime) -> tuple[int, list[int]]:
    """Copy in what is new; how many, and the places of those whose id is known with another time."""
    if not rows:
        return 0, []
    known = _known(source_id, rows)
    ids = {event_id for event_id, _ in known}
    fresh = {row[1]: row for row in rows if row[1] not in ids}
    elsewhere = [row[0] for row in rows if row[1] in ids and (row[1], row[2]) not in known]
    if fresh:
        _copy(source_id, fresh.values(), now=now)
        _mark_dirty([row[2].replace(minute=0, second=0, microsecond=0) for row in fresh.values()], now=now)
    return len(fresh), elsewhere


def _known(source_id: int, rows: Iterable[_Row]) -> set[tuple[str, datetime]]:
    """Id and time of each event of the source that has one of these ids, once the hours are shared; one round trip."""
    names = ",".join('"{}"'.format(row[1].replace("\\", "\\\\").replace('"', '\\"')) for row in rows)
    with connection.cursor() as cursor:
        cursor.execute(f"{_SHARE}; {_KNOWN}", [_hour_keys(row[2] for row in rows), source_id, f"{{{names}}}"])
        cursor.nextset()
        return set(cursor.fetchall())


def _copy(source_id: int, rows: Iterable[_Row], *, now: datetime) -> None:
    """Straight into the table: half the work of a temporary one and INSERT … ON CONFLICT.

    By month and id, so that two batches with the same events wait for each other in one order and cannot deadlock.
    """
    ordered = sorted(rows, key=lambda row: (row[2].year, row[2].month, row[1]))
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for row in ordered:
            copy.write_row((source_id, now, *row[1:]))


def _share_hours(moments: Iterable[datetime]) -> None:
    """Keep these hours from being counted until this transaction ends; batches do not wait for one another."""
    with connection.cursor() as cursor:
        cursor.execute(_SHARE, [_hour_keys(moments)])


def _hour_keys(moments: Iterable[datetime]) -> list[int]:
    return sorted({int(moment.timestamp()) // 3600 % HOUR_LOCKS for moment in moments})


def _mark_dirty(hours: Iterable[datetime], *, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO demand_dirty_hour (hour, since) SELECT h, %s FROM unnest(%s::timestamptz[]) AS h ORDER BY h"
            " ON CONFLICT (hour) DO NOTHING",
            [now, sorted(set(hours))],
        )


def _plain(text: str) -> str:
    """Without what PostgreSQL cannot keep."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode().strip()


_SHARE = "SELECT pg_advisory_xact_lock_shared(7302, k) FROM unnest(%s::int[]) AS k"
_KNOWN = "SELECT event_id, occurred_at FROM demand_signal WHERE source_id = %s AND event_id = ANY(%s::text[])"

_COPY = """
COPY demand_signal (source_id, received_at, event_id, occurred_at, kind, person_key, consent, category_id, need, query,
    pool_id, units, price_minor, region) FROM STDIN (FORMAT binary)
"""
_TYPES = (
    *("int8", "timestamptz", "varchar", "timestamptz", "varchar", "varchar", "bool"),
    *("int8", "varchar", "varchar", "int8", "int4", "int8", "varchar"),
)

_INSERT_ONE = """
INSERT INTO demand_signal (source_id, event_id, occurred_at, received_at, kind, person_key, consent, category_id, need,
    query, pool_id, units, price_minor, region)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
