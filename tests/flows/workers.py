"""A real worker in a process of its own, a gate that stops its work in the middle, and waiting for a condition."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import psycopg
from django.conf import settings
from django.db import connection
from redis import Redis

from config.celery import QUEUES
from config.places import CLONE

PATIENCE = 60.0


def until(condition: Callable[[], bool], what: str, *, seconds: float = PATIENCE) -> None:
    """Return once ``condition`` holds; fail naming ``what`` was waited for."""
    pause = Event()
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"waited {seconds:.0f} s for {what}"
        pause.wait(0.05)


def empty_queues() -> None:
    """Forget the jobs that earlier tests queued under this run's prefix (the queues' bindings stay)."""
    broker = Redis.from_url(settings.REDIS_URL)
    names = [*QUEUES, *(key.decode().removeprefix(settings.REDIS_PREFIX) for key in _unacknowledged(broker))]
    broker.delete(*(f"{settings.REDIS_PREFIX}{name}" for name in names))


def _unacknowledged(broker: Redis) -> list[bytes]:
    return list(broker.scan_iter(f"{settings.REDIS_PREFIX}unacked*"))


class Worker:
    """One Celery worker with one child, in its own process group, reading every queue."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "celery", "-A", "config.celery", "worker", "-n", "flow@%h", "-c", "1"),
                    *("-Q", "outbox,default,ingest,read,solve", "--without-gossip", "--without-mingle", "-l", "INFO"),
                ],
                cwd=CLONE,
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def kill(self) -> None:
        """kill -9 of the worker and its child, in the middle of whatever they do."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()


@contextmanager
def worker(environment: dict[str, str], log: Path) -> Iterator[Worker]:
    """A worker for as long as the block lasts; its log is shown where the block fails."""
    one = Worker(environment, log)
    try:
        yield one
    except BaseException:
        sys.stderr.write(log.read_text()[-4000:])
        raise
    finally:
        one.stop()


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
