"""A real worker in a process of its own, a gate that stops its work in the middle, and waiting for a condition."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import psycopg
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from redis import Redis

from config import waiting
from config.celery import QUEUES
from config.places import CLONE
from demand.outbox import NUDGE_KEY

PATIENCE = 40.0


def until(condition: Callable[[], bool], what: str, *, seconds: float = PATIENCE) -> None:
    """Return once ``condition`` holds; fail naming ``what`` was waited for."""
    assert waiting.until(condition, seconds=seconds), f"waited {seconds:.0f} s for {what}"


def empty_queues() -> None:
    """Forget the jobs that earlier tests queued under this run's prefix (the queues' bindings stay)."""
    cache.delete(NUDGE_KEY)
    with Redis.from_url(settings.REDIS_URL) as broker:
        left = [key.decode() for key in broker.scan_iter(f"{settings.REDIS_PREFIX}unacked*")]
        broker.delete(*(f"{settings.REDIS_PREFIX}{name}" for name in QUEUES), *left)


class Workers:
    """Where workers of one environment come from: one process that has imported everything and forks."""

    def __init__(self, environment: dict[str, str], *, clock: datetime) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.flows.forking", clock.isoformat()],
            cwd=CLONE,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, log: Path) -> int:
        """The process id (and group) of a new worker that writes to ``log``."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{log}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate(timeout=20)

    @contextmanager
    def one(self, log: Path) -> Iterator[Callable[[], None]]:
        """A worker for as long as the block lasts; the value kills it (-9, child and all), as does the end.

        Its log is shown where the block fails.
        """
        pid = self.start(log)
        try:
            yield lambda: kill(pid)
        except BaseException:
            sys.stderr.write(log.read_text()[-4000:] if log.exists() else "the worker said nothing")
            raise
        finally:
            kill(pid)


def kill(pid: int) -> None:
    """kill -9 of a worker and its child in the middle of whatever they do; returns when it has ended."""
    with suppress(ProcessLookupError):
        descriptor = os.pidfd_open(pid)
        try:
            os.killpg(pid, signal.SIGKILL)
            assert select.select([descriptor], [], [], 20)[0], f"process {pid} did not end"
        finally:
            os.close(descriptor)


@contextmanager
def gate(table: str) -> Iterator[Callable[[], bool]]:
    """Hold writes to a table back; the value says whether somebody stands at the gate. Opens at the end."""
    known = connection.settings_dict
    with psycopg.connect(
        host=known["HOST"], port=known["PORT"] or None, user=known["USER"], dbname=known["NAME"], autocommit=False
    ) as holding:
        holding.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")

        def somebody_waits() -> bool:
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE relation = %s::regclass AND NOT granted", [table])
                return bool(cursor.fetchone()[0])

        yield somebody_waits
        holding.rollback()
