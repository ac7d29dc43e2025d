"""The same file three times over by four clients through real web processes, a client and a server killed meanwhile."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from config.places import CLONE
from demand.collecting import service as collecting
from demand.models import DirtyHour, Signal, SignalRollup
from tests.flows.workers import until

BATCHES = 12
BATCH = 40
CLIENTS = 4
VICTIM_ACKNOWLEDGED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """gunicorn as the supervisor starts it, with two processes."""

    port: int
    parent: subprocess.Popen[bytes]

    def processes(self) -> list[int]:
        pid = self.parent.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture
def web(outside_environment: dict[str, str]) -> Iterator[Web]:
    """A server on a socket that is open before it starts, so that early requests wait for it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        handed = listening.fileno()
        options = ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--bind", f"fd://{handed}"]
        parent = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "config.wsgi", "--log-level", "critical", *options],
            cwd=CLONE,
            env={**outside_environment, "WISHMILL_ROLE": "web"},
            pass_fds=[handed],
        )
        yield Web(port=listening.getsockname()[1], parent=parent)
        parent.terminate()
        parent.wait(timeout=30)


def events(client: str, *, now: datetime) -> list[list[dict[str, Any]]]:
    """Batches of searches over half a day; the ids carry the client's name."""
    return [
        [
            {
                "event_id": f"{client}-{batch}-{place}",
                "occurred_at": (now - timedelta(seconds=90 * (BATCH * batch + place))).isoformat(),
                "kind": "search",
                "query": f"want {place % 5}",
                "person": f"p{place % 7}",
                "consent": True,
            }
            for place in range(BATCH)
        ]
        for batch in range(BATCHES)
    ]


def write(file: Path, batches: list[list[dict[str, Any]]]) -> Path:
    file.write_text("".join(json.dumps(batch) + "\n" for batch in batches))
    return file


def start(web: Web, key: str, file: Path, seed: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.concurrency.sending", str(web.port), key, str(file), str(seed)]
    return subprocess.Popen(command, cwd=CLONE, stdout=subprocess.PIPE, text=True)


def said(client: subprocess.Popen[str], lines: int) -> list[int]:
    assert client.stdout is not None
    return [int(client.stdout.readline()) for _ in range(lines)]


def stored(batch: list[dict[str, Any]]) -> int:
    return Signal.objects.filter(event_id__in=[event["event_id"] for event in batch]).count()


def test_what_was_acknowledged_is_there_once_whoever_was_killed(web: Web, tmp_path: Path) -> None:
    """Meanwhile others send bodies that are too long or break off, which harms nobody."""
    now = timezone.now().astimezone(UTC)
    _source, key = collecting.create_source(name="shop", now=now)
    shared = write(tmp_path / "shared", events("all", now=now))
    alone = events("victim", now=now)

    victim = start(web, key, write(tmp_path / "victim", alone), 0)
    others = [start(web, key, shared, seed) for seed in range(1, CLIENTS)]
    acknowledged = said(victim, VICTIM_ACKNOWLEDGED)
    victim.kill()
    os.kill(web.processes()[0], signal.SIGKILL)
    rest, _ = victim.communicate(timeout=30)
    acknowledged += [int(line) for line in rest.split()]
    assert [stored(alone[number]) for number in acknowledged] == [BATCH] * len(acknowledged)

    answers = refused(web.port, key)
    assert [answer.split(b" ")[1] for answer in answers] == [b"413", b"413", b"400"]
    assert b"TRUNCATED" in answers[2]

    again = start(web, key, tmp_path / "victim", 9)
    for client in (*others, again):
        answered, _ = client.communicate(timeout=60)
        assert client.returncode == 0
        assert len(answered.split()) == 3 * BATCHES
    assert Signal.objects.count() == 2 * BATCHES * BATCH
    until(lambda: len(web.processes()) == 2, "the killed web process to come back")

    collecting.roll_up(now=now, read=lambda texts: [(None, text) for text in texts])
    assert not DirtyHour.objects.exists()
    assert rollups() == recounted()
    assert sum(row[3] for row in rollups()) == 2 * BATCHES * BATCH


def rollups() -> list[tuple[Any, ...]]:
    rows = SignalRollup.objects.order_by("hour", "need", "kind")
    return list(rows.values_list("hour", "need", "kind", "events", "units", "persons"))


def recounted() -> list[tuple[Any, ...]]:
    """The same from the raw rows, in Python."""
    found: dict[tuple[datetime, str, str], list[tuple[int, str]]] = {}
    for row in Signal.objects.all():
        hour = row.occurred_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        found.setdefault((hour, row.query, row.kind), []).append((row.units, row.person_key))
    return [
        (*place, len(rows), sum(units for units, _ in rows), len({key for _, key in rows}))
        for place, rows in sorted(found.items())
    ]


def refused(port: int, key: str) -> list[bytes]:
    """The answers to two gigabytes announced, to chunks beyond the bound, and to a body that breaks off."""
    head = (
        "POST /api/v1/signals HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {key}\r\n"
    ).encode()
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    return [
        asked(port, head + f"Content-Length: {2 * 1024**3}\r\n\r\n".encode() + b"[" * 4096),
        asked(port, head + b"Transfer-Encoding: chunked\r\n\r\n" + 17 * chunk),
        asked(port, head + b"Content-Length: 50\r\n\r\n[]", ends=True),
    ]


def asked(port: int, sent: bytes, *, ends: bool = False) -> bytes:
    """The beginning of the answer to these bytes; with ``ends`` the sender says no more comes."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(sent)
        if ends:
            client.shutdown(socket.SHUT_WR)
        answer = client.recv(65536)
        while b"}" not in answer and (more := client.recv(65536)):
            answer += more
        return answer
