"""Signals come in: each stored once, wrong ones kept with their reason, the hours they touch marked to be counted."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from demand import locking
from demand.collecting.kernel import Event, Window, parse_batch, value_of
from demand.collecting.service import quarantine, storing
from demand.collecting.service.partitions import ensure_months
from demand.collecting.service.shoppers import period_start, salts, shopper_key
from demand.collecting.service.sources import named_source, note_use
from demand.collecting.service.storing import Places
from demand.errors import DomainError, NotThere
from demand.models import Category, Pool, QuarantinedSignal

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


@dataclass(slots=True)
class _Batch:
    """A batch while it is sorted into what can be stored, with the places it stood in, and what cannot."""

    places: list[int]
    events: list[Event]
    wrong: list[Rejected]


def record_signals(
    *,
    source_id: int,
    events: Sequence[object],
    now: datetime,
    undated: bool = False,
    salt: Mapping[datetime, bytes] | None = None,
) -> Recorded:
    """Store a batch of events; acknowledged once this returns, because it has committed.

    An event is the same when source, id and time are; the same id with another time is rejected as ``OTHER_TIME``.
    With ``undated`` the events carry no time: they happened now, and an id seen before is a repeat at any time.
    ``salt`` is what the caller knows of the secrets.
    Rejected events are quarantined in the same transaction. Any order and any number of repeats end in the same rows.
    An event may be a ``msgspec.Raw``: JSON that nobody decoded yet.
    """
    batch = _sorted(events, now=now, undated=undated)
    places = _resolve_places(batch)
    secrets = salts([event.occurred_at for event in batch.events if event.consent and event.person], known=salt)
    months_made, hopeful = False, True
    for _attempt in range(MOST_TRIES):
        try:
            with locking.transaction():
                stored, elsewhere = _store(source_id, batch, places, secrets, now=now, hopeful=hopeful)
                wrong = batch.wrong if undated else sorted(batch.wrong + elsewhere, key=lambda one: one.index)
                kept = [(value_of(events[one.index]), one.reason, one.field) for one in wrong]
                quarantine.keep(source_id, kept, now=now)
        except IntegrityError as error:
            # One of these events is there (we hoped not, or another batch was faster), or a month has no table yet.
            if _is_repeated(error):
                hopeful = False
            elif months_made:
                raise
            else:
                ensure_months({event.occurred_at.date() for event in batch.events})
                months_made = True
        else:
            return Recorded(stored=stored, repeated=len(events) - stored - len(wrong), rejected=tuple(wrong))
    raise TooBusy


def _is_repeated(error: IntegrityError) -> bool:
    return getattr(error.__cause__, "sqlstate", "") == UNIQUE_VIOLATION


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
        secret = salts([now])[period_start(now)]
        storing.insert_one(
            (
                *(source_id, uuid.uuid4().hex, now, now, kind, shopper_key(secret, person), consent, category_id),
                *("", _plain(query)[:400], pool_id, units, price_minor, _plain(region)[:8]),
            )
        )
        storing.mark(storing.hours_of([now.astimezone(UTC)]), now=now)
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
    if undated:
        events = [{**raw, "occurred_at": now.isoformat()} if isinstance(raw, dict) else raw for raw in events]
    batch = _Batch(places=[], events=[], wrong=[])
    times: dict[str, datetime] = {}
    answers = parse_batch(events, window=Window(now=now))
    usable = [answer for answer in answers if isinstance(answer, Event)]
    if len(usable) == len({event.event_id for event in usable}) == len(answers):
        return _Batch(places=list(range(len(usable))), events=usable, wrong=[])
    for place, answer in enumerate(answers):
        if not isinstance(answer, Event):
            batch.wrong.append(Rejected(index=place, reason=answer.reason, field=answer.field))
        elif times.setdefault(answer.event_id, answer.occurred_at) != answer.occurred_at:
            batch.wrong.append(Rejected(index=place, reason="OTHER_TIME", field="occurred_at"))
        else:
            batch.places.append(place)
            batch.events.append(answer)
    return batch


def _resolve_places(batch: _Batch) -> Places:
    """The keys of what the events name. An event that names a category or a pool that is absent is rejected."""
    codes = {event.category for event in batch.events if event.category}
    pools = {event.pool for event in batch.events if event.pool}
    found = Places(
        categories=dict(Category.objects.filter(code__in=codes).values_list("code", "pk")) if codes else {},
        pools=_pool_ids(pools) if pools else {},
    )
    if len(found.categories) == len(codes) and len(found.pools) == len(pools):
        return found
    usable = _Batch(places=[], events=[], wrong=batch.wrong)
    for place, event in zip(batch.places, batch.events, strict=True):
        if event.category and event.category not in found.categories:
            usable.wrong.append(Rejected(index=place, reason="UNKNOWN_CATEGORY", field="category"))
        elif event.pool and event.pool not in found.pools:
            usable.wrong.append(Rejected(index=place, reason="UNKNOWN_POOL", field="pool"))
        else:
            usable.places.append(place)
            usable.events.append(event)
    batch.places, batch.events = usable.places, usable.events
    return found


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


def _store(
    source_id: int,
    batch: _Batch,
    places: Places,
    secrets: Mapping[datetime, bytes],
    *,
    now: datetime,
    hopeful: bool,
) -> tuple[int, list[Rejected]]:
    """Copy in what is new; how many, and those whose id is known with another time.

    With ``hopeful`` what is known in a batch's own month is not looked up first: the copy fails if there is any.
    """
    if not batch.events:
        return 0, []
    month = storing.only_month(batch.events)
    seen = storing.known(source_id, batch.events, now=now, spare=month if hopeful else None)
    ids = {event_id for event_id, _ in seen}
    fresh = {event.event_id: event for event in batch.events if event.event_id not in ids}
    if fresh:
        own = list(fresh.values())
        storing.copy(source_id, own, places=places, secrets=secrets, now=now, months=month is None)
    elsewhere = [
        Rejected(index=place, reason="OTHER_TIME", field="occurred_at")
        for place, event in zip(batch.places, batch.events, strict=True)
        if event.event_id in ids and (event.event_id, event.occurred_at) not in seen
    ]
    return len(fresh), elsewhere


def _plain(text: str) -> str:
    """Without what PostgreSQL cannot keep."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode().strip()
