"""Waiting until the workers have nothing left to do, with what they are at said meanwhile."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.db.models import Count
from redis import Redis

from config.celery import QUEUES
from config.redelivery import NODES_KEY
from config.waiting import tries
from demand.models import OutboxTask, Run

POLL_SECONDS = 0.25


class StillBusy(TimeoutError):
    """The workers did not come to rest in time; the message says what they were at."""


def until_quiet(*, seconds: float, say: Callable[[str], None]) -> float:
    """Wait until outbox, queues and runs are empty twice in a row; the seconds it took.

    Raises :class:`StillBusy` after ``seconds``.
    """
    began = time.monotonic()
    broker = Redis.from_url(settings.REDIS_URL)
    quiet, busy, told = 0, "", ""
    for _ in tries(seconds=seconds, every=POLL_SECONDS):
        busy = _busy(broker)
        quiet = 0 if busy else quiet + 1
        if quiet == 2:
            return time.monotonic() - began
        if busy and busy != told:
            say(busy)
            told = busy
    raise StillBusy(busy or "something keeps starting anew")


def _busy(broker: Redis) -> str:
    """What is going on, in a few words; empty when nothing is."""
    running = Run.objects.filter(state=Run.State.RUNNING).values_list("stage").annotate(n=Count("pk")).order_by("stage")
    parts = [f"{stage} × {n}" for stage, n in running]
    waiting = OutboxTask.objects.filter(state=OutboxTask.State.WAITING).count()
    queued = sum(int(str(broker.llen(f"{settings.REDIS_PREFIX}{name}"))) for name in QUEUES) + _handed_out(broker)
    if waiting:
        parts.append(f"{waiting} events")
    if queued and not parts:
        parts.append("jobs are handed out")
    return ", ".join(parts)


def _handed_out(broker: Redis) -> int:
    """Jobs that a worker has and did not acknowledge yet; each worker keeps its own list."""
    nodes = cast("set[bytes]", broker.smembers(f"{settings.REDIS_PREFIX}{NODES_KEY}"))
    names = [node.decode() for node in sorted(nodes)]
    return sum(int(str(broker.hlen(f"{settings.REDIS_PREFIX}unacked:{name}"))) for name in names)


def progress(line: str) -> None:
    """A line of progress on standard error."""
    sys.stderr.write(f"demo | {line}\n")
    sys.stderr.flush()
