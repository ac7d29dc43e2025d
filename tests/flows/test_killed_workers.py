"""kill -9 of a worker in the middle of each stage: the work is picked up, nothing is lost, nothing happens twice.

A gate (a table lock held by the test) stops the stage in the middle of its work; the worker is killed there, the gate
opens, and a new worker finishes what was begun.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone

from demand import locking, outbox
from demand.collecting import service as collecting
from demand.collecting.drafts import WishDraft
from demand.demo.loading import load_cast
from demand.models import (
    Estimate,
    Pool,
    PoolMembership,
    Run,
    SignalRollup,
    Wish,
)
from demand.pooling import service as pooling
from tests.demand.conftest import person
from tests.flows.workers import empty_queues, gate, until, worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("market")]

TEXTS = ("17 inch gaming laptop, max 7000", "想要17寸游戏本,预算7000以内", "14寸轻薄本 5000左右")


@pytest.fixture
def market(transactional_db: None, catalogue: str) -> None:
    empty_queues()
    load_cast(now=timezone.now())


def killed_in_the_middle(
    *, table: str, start: Callable[[], object], done: Callable[[], bool], environment: dict[str, str], log: Path
) -> None:
    """Start the work, kill the worker while it stands at the gate of ``table``, and let a new worker finish it."""
    with gate(table) as somebody_waits, worker(environment, log) as first:
        start()
        until(somebody_waits, f"work to reach {table}")
        first.kill()
    with worker(environment, log):
        until(done, "the work to be done by the second worker")


def pending(*texts: str) -> None:
    """Wishes that came by import and wait to be read."""
    now = timezone.now()
    users = [person(f"shopper{index}") for index, _text in enumerate(texts)]
    Wish.objects.bulk_create(
        [
            Wish(
                user=user,
                person=user.person,
                text=text,
                source="import",
                source_key=str(index),
                created_at=now,
                updated_at=now,
            )
            for index, (user, text) in enumerate(zip(users, texts, strict=True))
        ]
    )


def placed(*texts: str) -> None:
    for index, text in enumerate(texts):
        pooling.place(draft=WishDraft(text=text), user_id=person(f"placer{index}").pk, now=timezone.now())


def request(stage: str, subject: str) -> None:
    with locking.transaction():
        outbox.write(
            "run.requested",
            aggregate="test",
            aggregate_id=0,
            payload={"stage": stage, "subject": subject, "requested_by_id": None},
            now=timezone.now(),
        )
    outbox.dispatch(outbox.CONSUME_TASK)


def finished(stage: str) -> bool:
    return Run.objects.filter(stage=stage, state="done").exists()


def test_collecting_counts_an_hour_again(outside_environment: dict[str, str], tmp_path: Path) -> None:
    source, _key = collecting.create_source(name="shop", scopes=["signals"], now=timezone.now())
    events = [
        {
            "event_id": f"e{index}",
            "kind": "search",
            "query": "laptop",
            "category": "laptop",
            "occurred_at": timezone.now().isoformat(),
        }
        for index in range(20)
    ]
    collecting.record_signals(source_id=source.pk, events=events, now=timezone.now())

    killed_in_the_middle(
        table="demand_signal_rollup",
        start=lambda: request("rollup", "*"),
        done=lambda: SignalRollup.objects.exists(),
        environment=outside_environment,
        log=tmp_path / "log",
    )

    assert sum(SignalRollup.objects.values_list("events", flat=True)) == 20


def test_reading_goes_on_where_it_stopped(outside_environment: dict[str, str], tmp_path: Path) -> None:
    pending(*TEXTS)

    killed_in_the_middle(
        table="demand_wish",
        start=lambda: request("reading", "*"),
        done=lambda: not Wish.objects.filter(reading_state="pending").exists(),
        environment=outside_environment,
        log=tmp_path / "log",
    )

    assert sorted(Wish.objects.values_list("category__code", flat=True)) == ["laptop", "laptop", "laptop"]


def test_pooling_ends_in_the_same_pools(outside_environment: dict[str, str], tmp_path: Path) -> None:
    placed(*TEXTS)
    PoolMembership.objects.all().delete()
    Pool.objects.update(people=0, units=0, firm_units=0, state="empty")

    killed_in_the_middle(
        table="demand_pool_membership",
        start=lambda: request("pooling", "laptop"),
        done=lambda: finished("pooling"),
        environment=outside_environment,
        log=tmp_path / "log",
    )

    assert PoolMembership.objects.count() == 3
    assert sum(Pool.objects.values_list("units", flat=True)) == 3
    assert sorted(Run.objects.filter(stage="pooling").values_list("state", flat=True)) == ["abandoned", "done"]


def test_estimating_stores_each_estimate_once(outside_environment: dict[str, str], tmp_path: Path) -> None:
    placed(*TEXTS)

    killed_in_the_middle(
        table="demand_estimate",
        start=lambda: request("estimating", "laptop"),
        done=lambda: finished("estimating"),
        environment=outside_environment,
        log=tmp_path / "log",
    )

    assert Estimate.objects.count() == Pool.objects.filter(state="open").count()
    assert set(Estimate.objects.values_list("version", flat=True)) == {1}
