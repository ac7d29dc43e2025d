"""Ways to bring the same batches into PostgreSQL, each a client process: through HTTP, bare COPY, and the ORM."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import psycopg

BATCH = 1000
WORDS = ("17 inch gaming laptop", "salon chair", "washable cat bed", "静音 键盘", "mini wall washer", "红色 双肩包")
COLUMNS = (
    "event_id, occurred_at, kind, person_key, consent, category_id, need, query, pool_id, units, price_minor, region"
)
TYPES = [
    "varchar",
    "timestamptz",
    "varchar",
    "varchar",
    "bool",
    "int8",
    "varchar",
    "varchar",
    "int8",
    "int4",
    "int8",
    "varchar",
]

INCOMING = """
CREATE TEMP TABLE IF NOT EXISTS bench_incoming (
    event_id varchar(64), occurred_at timestamptz, kind varchar(12), person_key varchar(64), consent boolean,
    category_id bigint, need varchar(120), query varchar(400), pool_id bigint, units integer, price_minor bigint,
    region varchar(8)
) ON COMMIT DELETE ROWS
"""

INSERT = f"""
INSERT INTO demand_signal (source_id, received_at, {COLUMNS})
SELECT %s, %s, {COLUMNS} FROM bench_incoming
ON CONFLICT DO NOTHING
"""

Batches = list[list[dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a client sends: the server's address and key, and the database with the source that bare rows go under."""

    url: str
    key: str
    database: str
    source_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Events a second of all clients together, and the 99th percentile of a batch in milliseconds."""

    events_per_second: float
    p99_ms: float


def batches(number: int, *, seed: int, now: datetime) -> Batches:
    """Searches of the last ten minutes, half of them of shoppers who consented."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(number):
        ids = rng.bytes(16 * BATCH)
        ages = rng.integers(1, 600_000, BATCH)
        persons = rng.integers(0, 20_000, BATCH)
        made.append(
            [
                {
                    "event_id": uuid.UUID(bytes=ids[16 * at : 16 * at + 16]).hex,
                    "occurred_at": (now - timedelta(milliseconds=int(ages[at]))).isoformat(),
                    "kind": "search",
                    "query": f"{WORDS[at % len(WORDS)]} {persons[at] % 40}",
                    "person": f"shopper-{persons[at]}",
                    "consent": bool(persons[at] % 2),
                    "region": "CN-SH",
                }
                for at in range(BATCH)
            ]
        )
    return made


Times = list[tuple[float, float]]
"""When each batch began and when it was acknowledged, on the clock that all processes share."""

Client = Callable[[Target, Batches, Barrier], Times]


def through_http(target: Target, own: Batches, start: Barrier) -> Times:
    """Whatever is not 200 ends the run."""
    bodies = [json.dumps(batch).encode() for batch in own]
    address = urlsplit(target.url)
    connection = http.client.HTTPConnection(address.hostname or "localhost", address.port, timeout=120)
    headers = {"Authorization": f"Bearer {target.key}", "Content-Type": "application/json"}
    connection.request("POST", "/api/v1/signals", b"[]", headers)
    connection.getresponse().read()
    connection.close()  # the server drops idle ones while clients wait for each other
    start.wait()
    times = []
    for body in bodies:
        begun = time.perf_counter()
        connection.request("POST", "/api/v1/signals", body, headers)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200 or json.loads(said)["stored"] != BATCH:
            raise RuntimeError(f"answered {answer.status}: {said[:300]!r}")
        times.append((begun, time.perf_counter()))
    return times


def by_copy(target: Target, own: Batches, start: Barrier) -> Times:
    """COPY into a temporary table and INSERT … ON CONFLICT, one transaction a batch."""
    rows = [[_row(event) for event in batch] for batch in own]
    with psycopg.connect(target.database) as connection:
        connection.execute(INCOMING)
        connection.commit()
        start.wait()
        times = []
        for batch in rows:
            begun = time.perf_counter()
            with connection.cursor() as cursor:
                with cursor.copy(f"COPY bench_incoming ({COLUMNS}) FROM STDIN (FORMAT binary)") as copy:
                    copy.set_types(TYPES)
                    for row in batch:
                        copy.write_row(row)
                cursor.execute(INSERT, [target.source_id, datetime.now(UTC)])
            connection.commit()
            times.append((begun, time.perf_counter()))
    return times


def by_orm(target: Target, own: Batches, start: Barrier) -> Times:
    """``bulk_create`` that ignores conflicts, as Django is usually used."""
    from django.db import connection

    from demand.models import Signal

    names = COLUMNS.split(", ")
    rows = [[dict(zip(names, _row(event), strict=True)) for event in batch] for batch in own]
    connection.ensure_connection()
    start.wait()
    times = []
    for batch in rows:
        begun = time.perf_counter()
        now = datetime.now(UTC)
        made = [Signal(source_id=target.source_id, received_at=now, **row) for row in batch]
        Signal.objects.bulk_create(made, ignore_conflicts=True)
        times.append((begun, time.perf_counter()))
    connection.close()
    return times


def _row(event: dict[str, Any]) -> tuple[Any, ...]:
    key = (event["person"] * 8)[:64] if event["consent"] else ""
    place = (None, "", event["query"], None, 1, None, event["region"])
    return event["event_id"], datetime.fromisoformat(event["occurred_at"]), event["kind"], key, event["consent"], *place


def at_once(client: Client, target: Target, own: Sequence[Batches]) -> Measured:
    """Run as many client processes as there are shares of batches; the clock starts when all are ready."""
    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(len(own) + 1), context.SimpleQueue()
    workers = [context.Process(target=_work, args=(client, target, share, start, answers)) for share in own]
    for worker in workers:
        worker.start()
    start.wait(timeout=300)
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise RuntimeError(f"a client of {client.__name__} failed; its message stands above")
    begun, ended = np.array([one for _ in workers for one in answers.get()]).T
    return Measured(
        events_per_second=BATCH * len(begun) / float(ended.max() - begun.min()),
        p99_ms=1000 * float(np.quantile(ended - begun, 0.99, method="higher")),
    )


def _work(client: Client, target: Target, own: Batches, start: Barrier, answers: Any) -> None:
    if client is by_orm:
        import django

        django.setup()
    answers.put(client(target, own, start))
