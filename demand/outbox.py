"""Consequences: written with their cause, picked up by consumers, each done once.

``write`` stores an event and one task per consumer in the transaction of the cause; the commit nudges a worker by
task name. A consumer's handler makes one service call; the receipt is set in that call's transaction
(:data:`demand.locking.closing`), so that effect and receipt stand or fall together. A handler without a transaction
of its own, or with several, is at least once and must be safe to repeat.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.core.cache import cache
from django.db import connection
from django.db import transaction as database
from django.db.models import F, Q
from kombu.exceptions import OperationalError

from demand import locking
from demand.errors import DomainError
from demand.models import OutboxEvent, OutboxTask

logger = logging.getLogger(__name__)

CONSUME_TASK = "demand.consume_outbox"
NUDGE_KEY = "outbox:nudged"
LEASE = timedelta(seconds=60)
PARK_AFTER = 8


def lane(name: str) -> dict[str, Any]:
    """The option of a task that names its queue; routes are made from it (``config.celery``)."""
    return {"lane": name}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event as a handler sees it."""

    id: int
    topic: str
    aggregate: str
    aggregate_id: int
    revision: int
    payload: dict[str, Any]
    created_at: datetime


Handler = Callable[[Event, datetime], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """Who acts on a topic. ``own_receipt``: the handler makes several calls, so its receipt is set after them."""

    name: str
    topic: str
    handler: Handler
    own_receipt: bool = False


_consumers: dict[str, Consumer] = {}


class ReceiptTaken(Exception):
    """Another worker finished this task first; the transaction of this one is undone."""


def register(*, name: str, topic: str, handler: Handler, own_receipt: bool = False) -> None:
    """Make ``handler`` act once on every event of ``topic``; called when an app is ready."""
    _consumers[name] = Consumer(name=name, topic=topic, handler=handler, own_receipt=own_receipt)


def write(
    topic: str, *, aggregate: str, aggregate_id: int, payload: dict[str, Any], now: datetime, revision: int = 0
) -> int:
    """Store an event with a task for each of its consumers and nudge a worker at commit; the event's key."""
    if not connection.in_atomic_block:
        raise RuntimeError("an event is written in the transaction of its cause")
    event = OutboxEvent.objects.create(
        topic=topic, aggregate=aggregate, aggregate_id=aggregate_id, revision=revision, payload=payload, created_at=now
    )
    names = [consumer.name for consumer in _consumers.values() if consumer.topic == topic]
    OutboxTask.objects.bulk_create([OutboxTask(event=event, consumer=name, next_try_at=now) for name in names])
    if names:
        database.on_commit(nudge)
    return event.pk


def nudge() -> None:
    """Ask a worker to look at the outbox, at most once until one does; without a broker beat's poll finds it."""
    if not cache.add(NUDGE_KEY, 1, timeout=2):
        return
    dispatch(CONSUME_TASK)


def dispatch(task: str, **arguments: Any) -> bool:
    """Send a task by name; False where the broker is away (what is due is found again by the next poll)."""
    try:
        current_app.send_task(task, kwargs=arguments)
    except OperationalError:
        logger.warning("broker is away; %s waits for the next poll", task)
        return False
    return True


def drain(*, now: Callable[[], datetime], claimed_by: str = "", most: int = 500) -> int:
    """Do what is due, oldest first, up to ``most`` tasks; how many were done. Safe to run several times at once."""
    cache.delete(NUDGE_KEY)
    done = 0
    for _ in range(most):
        task = _claim(now=now(), claimed_by=claimed_by)
        if task is None:
            break
        done += _perform(task, now=now)
    return done


def backfill(*, now: datetime, since: timedelta = timedelta(days=2)) -> int:
    """Give recent events the tasks of consumers that the code which wrote them did not know yet; how many."""
    added = 0
    for consumer in _consumers.values():
        missing = (
            OutboxEvent.objects.filter(topic=consumer.topic, created_at__gte=now - since)
            .exclude(tasks__consumer=consumer.name)
            .order_by("pk")
            .values_list("pk", flat=True)[:1000]
        )
        tasks = [OutboxTask(event_id=key, consumer=consumer.name, next_try_at=now) for key in missing]
        added += len(OutboxTask.objects.bulk_create(tasks, ignore_conflicts=True))
    return added


def oldest_unread_age(now: datetime) -> timedelta | None:
    """How long the oldest waiting task has been due; ``None`` when nothing waits."""
    oldest = (
        OutboxTask.objects.filter(state="waiting")
        .order_by("event__created_at")
        .values_list("event__created_at")
        .first()
    )
    return None if oldest is None else max(now - oldest[0], timedelta(0))


def parked() -> int:
    """How many tasks failed so often that a person must look."""
    return OutboxTask.objects.filter(state="parked").count()


def retry_parked(*, task_ids: list[int], now: datetime) -> int:
    """Let parked tasks be tried again; how many."""
    with locking.transaction():
        changed = OutboxTask.objects.filter(pk__in=task_ids, state="parked").update(
            state="waiting", attempts=0, next_try_at=now, error=""
        )
        database.on_commit(nudge)
    return changed


def _claim(*, now: datetime, claimed_by: str) -> OutboxTask | None:
    """Take the oldest due task for ``LEASE``; a task claimed by the same worker task before a kill is taken at once."""
    due = Q(next_try_at__lte=now)
    if claimed_by:
        due |= Q(claimed_by=claimed_by)
    with database.atomic():
        task = (
            OutboxTask.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("event")
            .filter(due, state="waiting", consumer__in=list(_consumers))
            .order_by("event_id", "pk")
            .first()
        )
        if task is None:
            return None
        OutboxTask.objects.filter(pk=task.pk).update(
            attempts=F("attempts") + 1, next_try_at=now + LEASE, claimed_by=claimed_by
        )
    task.attempts += 1
    return task


def _perform(task: OutboxTask, *, now: Callable[[], datetime]) -> int:
    """Run one handler. Its error is kept with the task and raised, so that the worker's log shows it whole."""
    consumer = _consumers[task.consumer]
    moment = now()
    try:
        if consumer.own_receipt:
            consumer.handler(_event(task.event), moment)
        else:
            with _receipt_at_commit(task.pk, moment):
                consumer.handler(_event(task.event), moment)
        _set_receipt(task.pk, moment, required=False)
    except ReceiptTaken:
        return 0
    finally:
        error = sys.exception()
        if error is not None and not isinstance(error, ReceiptTaken):
            _postpone(task, error, now())
            nudge()
    return 1


@contextmanager
def _receipt_at_commit(task_id: int, moment: datetime) -> Iterator[None]:
    token = locking.closing.set(lambda: _set_receipt(task_id, moment, required=True))
    try:
        yield
    finally:
        locking.closing.reset(token)


def _set_receipt(task_id: int, moment: datetime, *, required: bool) -> None:
    changed = OutboxTask.objects.filter(pk=task_id, state="waiting").update(state="done", done_at=moment, error="")
    if required and not changed:
        raise ReceiptTaken


def _postpone(task: OutboxTask, error: BaseException, now: datetime) -> None:
    """Keep the error; wait longer each time; park after ``PARK_AFTER`` tries, a refusal (``DomainError``) at once."""
    parked_now = task.attempts >= PARK_AFTER or isinstance(error, DomainError)
    logger.warning("consumer %s failed on event %s: %r", task.consumer, task.event_id, error)
    OutboxTask.objects.filter(pk=task.pk, state="waiting").update(
        state="parked" if parked_now else "waiting",
        next_try_at=now + timedelta(seconds=min(2**task.attempts, 600)),
        claimed_by="",
        error=repr(error)[:400],
    )


def _event(row: OutboxEvent) -> Event:
    return Event(
        id=row.pk,
        topic=row.topic,
        aggregate=row.aggregate,
        aggregate_id=row.aggregate_id,
        revision=row.revision,
        payload=row.payload,
        created_at=row.created_at,
    )
