"""PostgreSQL and Redis of this clone, found or started: for every process when no URL names others.

A process that calls :func:`ensure` holds a lease until it ends; the guardian (:mod:`config.guardian`) stops the servers
some seconds after the last lease is gone. ``python -m config.embedded status|stop|serve``.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

from config import guardian
from config.places import CLONE, Places, PlaceUnusable, places, prepare
from config.waiting import tries, until

WAIT_SECONDS = 90.0
STOP_SECONDS = 60.0
# Commands that open no connection. Everything else finds or starts its servers.
WITHOUT_SERVERS = frozenset(
    {"evaluate", "solve", "help", "version", "serve", "collectstatic", "compilemessages", "makemessages"}
)

_held: list[int] = []


class ServersMissing(Exception):
    """The servers could not be started; the message says what to look at."""


def needed() -> bool:
    """Whether this deployment counts on the servers of this clone."""
    return not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))


def ensure_for(command: str | None) -> None:
    """:func:`ensure` for a management command, unless it opens no connection; a failure ends it in one line."""
    if command is None or command.startswith("-") or command in WITHOUT_SERVERS:
        return
    try:
        ensure()
    except (ServersMissing, PlaceUnusable) as error:
        sys.stderr.write(f"wishmill: {error}\n")
        raise SystemExit(2) from error


def ensure() -> None:
    """Return when this clone's servers answer, started if need be, and kept for as long as this process lives.

    Does nothing when both URLs are set, or when this process already holds a lease.

    Raises
    ------
    ServersMissing
        If they do not answer in time.
    PlaceUnusable
        If their folders cannot be used.
    """
    if not needed() or _held:
        return
    where = places()
    prepare(where)
    _held.append(_lease(where))
    for _ in tries(seconds=WAIT_SECONDS):
        if _answer(where):
            return
        if not running(where) and not _start(where):
            raise ServersMissing(f"PostgreSQL and Redis did not start: {_last_line(where.log)} (see {where.log})")
    raise ServersMissing(f"PostgreSQL and Redis did not answer in {WAIT_SECONDS:.0f} s; see {where.log}")


def release() -> bool:
    """Give the lease back; stop the servers at once and return ``True`` if nobody else holds one."""
    if not _held:
        return False
    where = places()
    for descriptor in _held:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)
    _held.clear()
    alone = guardian.lock_exclusively(where.lease)
    if alone is None:
        return False
    stop()
    os.close(alone)
    return True


def stop() -> bool:
    """Ask the guardian to stop both servers in order and wait for it; ``False`` if none was running."""
    where = places()
    if not running(where):
        return False
    os.kill(int(where.lock.read_text()), signal.SIGTERM)
    if not until(lambda: not running(where), seconds=STOP_SECONDS):
        raise ServersMissing(f"the servers did not stop in {STOP_SECONDS:.0f} s; see {where.log}")
    return True


def running(where: Places) -> bool:
    """Whether a guardian runs this clone's servers, or is starting them."""
    if not where.lock.exists():
        return False
    free = guardian.lock_exclusively(where.lock)
    if free is None:
        return True
    os.close(free)
    return False


def _lease(where: Places) -> int:
    descriptor = os.open(where.lease, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    # A guardian that is going away holds it until it has ended.
    if until(lambda: _shared(descriptor), seconds=WAIT_SECONDS):
        return descriptor
    os.close(descriptor)
    raise ServersMissing(f"{where.lease} is held by servers that do not end; see {where.log}")


def _shared(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _answer(where: Places) -> bool:
    import psycopg
    import redis

    try:
        psycopg.connect(host=str(where.runtime), user="postgres", dbname="wishmill", connect_timeout=5).close()
        with redis.Redis(unix_socket_path=str(where.redis_socket), socket_timeout=5) as client:
            return bool(client.ping())
    except (psycopg.OperationalError, redis.RedisError):
        return False


def _start(where: Places) -> bool:
    environment = {**os.environ, "PYTHONPATH": str(CLONE)}
    with where.log.open("ab") as output:
        done = subprocess.run(
            [sys.executable, "-m", "config.embedded", "serve"],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=CLONE,
            env=environment,
            start_new_session=True,
        )
    return done.returncode == 0


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else "no reason was written"


def main(arguments: list[str]) -> int:
    match arguments:
        case ["serve"]:
            return guardian.main()
        case ["status"]:
            where = places()
            state = "running" if running(where) else "stopped"
            sys.stdout.write(f"{state}; data in {where.data}, sockets in {where.runtime}\n")
            return 0
        case ["stop"]:
            sys.stdout.write("stopped\n" if stop() else "was not running\n")
            return 0
        case _:
            sys.stderr.write("wishmill: expected python -m config.embedded status|stop|serve\n")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
