"""The same events three times, shuffled, by four clients at once: exact counts, rollups equal to a recount."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from subprocess import PIPE, Popen
from threading import Barrier
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from demand.collecting import service as collecting
from demand.models import DirtyHour, Signal, SignalRollup

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
EVENTS = 600
CLIENTS = 4
AGE = timedelta(seconds=7)


@pytest.fixture(autouse=True)
def emptied_raw_table(transactional_db: None) -> Iterator[None]:
    """The raw table is not one of Django's, so its rows outlive a test unless they are taken away."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE demand_signal")


def events() -> list[dict[str, Any]]:
    return [
        {
            "event_id": f"e{number}",
            "occurred_at": (NOW - timedelta(minutes=number)).isoformat(),
            "kind": "search",
            "query": f"want {number % 5}",
            "person": f"p{number % 7}",
            "consent": True,
        }
        for number in range(EVENTS)
    ]


def at_once(work: Callable[[int], int]) -> list[int]:
    """Run the work on as many connections as there are clients."""

    def on_own_connection(client: int) -> int:
        try:
            return work(client)
        finally:
            connection.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(on_own_connection, range(CLIENTS)))


def roll_up() -> None:
    collecting.roll_up(now=NOW, read=lambda texts: [(None, text) for text in texts])


def test_control_batches_in_another_order_deadlock_when_not_sorted() -> None:
    """The race exists: the same keys inserted in opposite orders by two transactions cannot both go on."""
    collecting.make_partitions(now=NOW)
    both = Barrier(2)
    insert = (
        "INSERT INTO demand_signal (source_id, event_id, occurred_at, received_at, kind) VALUES (1, %s, %s, %s, 'vote')"
        " ON CONFLICT DO NOTHING"
    )

    def one_by_one(names: list[str]) -> bool:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(insert, [names[0], NOW, NOW])
                both.wait(timeout=10)
                cursor.execute(insert, [names[1], NOW, NOW])
        except OperationalError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        passed = list(pool.map(one_by_one, [["a", "b"], ["b", "a"]]))

    assert sorted(passed) == [False, True]


def test_shuffled_repeats_by_four_clients_are_counted_once() -> None:
    source, _key = collecting.create_source(name="shop", now=NOW)

    def send(client: int) -> int:
        rng = random.Random(client)
        stored = 0
        for _round in range(3):
            batch = events()
            rng.shuffle(batch)
            for start in range(0, EVENTS, 100):
                done = collecting.record_signals(source_id=source.pk, events=batch[start : start + 100], now=NOW)
                assert done.rejected == ()
                stored += done.stored
            if client == 0:
                roll_up()
        return stored

    assert sum(at_once(send)) == EVENTS
    assert Signal.objects.count() == EVENTS

    roll_up()
    kept = rollups()
    assert sum(row[3] for row in kept) == EVENTS
    assert not DirtyHour.objects.exists()

    recount()
    assert rollups() == kept


def recount() -> None:
    """Forget the rollups and make them again from the raw events."""
    SignalRollup.objects.all().delete()
    hours = Signal.objects.datetimes("occurred_at", "hour", tzinfo=UTC)
    DirtyHour.objects.bulk_create(DirtyHour(hour=hour, since=NOW) for hour in hours)
    roll_up()


def test_a_killed_client_of_four_loses_and_doubles_nothing(live_server: LiveServer) -> None:
    _source, key = collecting.create_source(name="shop", scopes=["signals:write"], now=timezone.now())
    now = timezone.now()
    lines = "\n".join(
        json.dumps(one | {"occurred_at": (now - AGE * at).isoformat()}) for at, one in enumerate(events())
    )

    def client(seed: int, *halt: str) -> Popen[str]:
        command = [sys.executable, "-m", "tests.concurrency.signal_client", live_server.url, key, str(seed), *halt]
        started = Popen(command, stdin=PIPE, stdout=PIPE, text=True)
        assert started.stdin is not None
        started.stdin.write(lines)
        started.stdin.close()
        return started

    with ExitStack() as started:
        victim, *others = [started.enter_context(one) for one in (client(0, "4"), client(1), client(2), client(3))]
        before = list(takewhile("half\n".__ne__, victim.stdout or ()))
        victim.kill()
        senders = [*others, started.enter_context(client(0))]
        acknowledged = [line for sender in senders for line in sender.stdout or ()]

    assert [sender.returncode for sender in senders] == [0, 0, 0, 0]
    assert len(before) == 4
    assert sum(int(line) for line in before + acknowledged) == Signal.objects.count() == EVENTS
    roll_up()
    kept = rollups()
    assert sum(row[3] for row in kept) == EVENTS
    recount()
    assert rollups() == kept


def rollups() -> list[tuple[Any, ...]]:
    rows = SignalRollup.objects.order_by("hour", "need", "kind")
    return list(rows.values_list("hour", "need", "kind", "events", "units", "persons"))
