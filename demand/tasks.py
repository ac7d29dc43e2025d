"""The jobs of demand: read the clock, call one service. Each may run twice, late, or be killed at any line."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from demand import delivering, outbox, runs
from demand.campaigning import service as campaigning
from demand.collecting import service as collecting
from demand.estimating import service as estimating
from demand.outbox import lane
from demand.pooling import service as pooling
from demand.reading import service as reading

# A stage that another worker is at comes back when that one is done: what changed meanwhile is seen then.
WAITS: dict[str, Any] = {"autoretry_for": (runs.AlreadyRunning,), "default_retry_delay": 2, "max_retries": 60}


@shared_task(bind=True, name=outbox.CONSUME_TASK, **lane("outbox"), acks_late=True, soft_time_limit=50, time_limit=60)
def consume_outbox(self: Any, /, **_from_newer_code: object) -> None:
    """Do what the outbox holds due. Sent at each commit that wrote to it, and by beat every two seconds."""
    outbox.drain(now=timezone.now, claimed_by=str(self.request.id))


@shared_task(name="demand.keep_house", **lane("default"), acks_late=True, soft_time_limit=100, time_limit=120)
def keep_house(**_from_newer_code: object) -> None:
    """Hourly: give late consumers their events, forget old problems, ask who came while a campaign runs."""
    now = timezone.now()
    outbox.backfill(now=now)
    runs.forget_problems(now=now)
    campaigning.ask_more(now=now)


@shared_task(name="demand.close_campaigns", **lane("default"), acks_late=True, soft_time_limit=240, time_limit=300)
def close_campaigns(**_from_newer_code: Any) -> None:
    """Every minute: bind announced pre-orders, give notice, close what is due, free places that are not paid, try again
    what is owed, finish.
    """
    now = timezone.now()
    campaigning.bind_due(now=now)
    campaigning.close_due(now=now)
    campaigning.lapse_unmended(now=now)
    campaigning.retry_unpaid(now=now)
    campaigning.finish_due(now=now)


@shared_task(
    bind=True, name="demand.read_pending", **lane("read"), acks_late=True, soft_time_limit=540, time_limit=600, **WAITS
)
def read_pending(
    self: Any,
    /,
    *,
    shard: int = 0,
    shards: int = 1,
    requested_by_id: int | None = None,
    **_from_newer_code: Any,
) -> None:
    """Read one shard of the wishes that wait, chunk by chunk."""
    now = timezone.now()
    reading.read_pending(
        today=timezone.localdate(now),
        claimed_by=str(self.request.id),
        now=now,
        shard=shard,
        shards=shards,
        requested_by_id=requested_by_id,
    )


@shared_task(
    bind=True,
    name="demand.pool_category",
    **lane("solve"),
    acks_late=True,
    soft_time_limit=540,
    time_limit=600,
    **WAITS,
)
def pool_category(self: Any, /, *, subject: str, requested_by_id: int | None = None, **_from_newer_code: Any) -> None:
    """Recompute the pools of one category (by code) and store them."""
    pooling.rebuild_category(
        category=subject,
        seed=0,
        claimed_by=str(self.request.id),
        now=timezone.now(),
        requested_by_id=requested_by_id,
        most=settings.POOLING_PART,
    )


@shared_task(
    bind=True, name="demand.pool_part", **lane("solve"), acks_late=True, soft_time_limit=540, time_limit=600, **WAITS
)
def pool_part(
    self: Any, /, *, subject: str, step: str, part: int, parts: int, most: int, **_from_newer_code: Any
) -> None:
    """Count or place one part of the wishes of a category (by code) that is too big for one task."""
    pooling.pool_part(
        category=subject,
        step=step,
        part=part,
        parts=parts,
        most=most,
        claimed_by=str(self.request.id),
        now=timezone.now(),
    )


@shared_task(name="demand.take_snapshots", **lane("default"), acks_late=True, soft_time_limit=240, time_limit=300)
def take_snapshots(**_from_newer_code: Any) -> None:
    """Hourly: what everyone outside staff may see of each pool."""
    pooling.take_snapshots(now=timezone.now())


@shared_task(
    bind=True, name="demand.estimate_category", **lane("solve"), acks_late=True, soft_time_limit=280, time_limit=300
)
def estimate_category(
    self: Any, /, *, subject: str, requested_by_id: int | None = None, **_from_newer_code: Any
) -> None:
    """Estimate again the pools of one category (by code) whose demand, prices or model changed."""
    estimating.estimate_category(
        category=subject,
        seed=0,
        claimed_by=str(self.request.id),
        now=timezone.now(),
        requested_by_id=requested_by_id,
    )


@shared_task(name="demand.roll_up", **lane("ingest"), acks_late=True, soft_time_limit=280, time_limit=300)
def roll_up(**_from_newer_code: Any) -> None:
    """Every minute: count the hours that signals changed."""
    estimating.roll_up(now=timezone.now())


@shared_task(name="demand.make_partitions", **lane("ingest"), acks_late=True, soft_time_limit=100, time_limit=120)
def make_partitions(**_from_newer_code: Any) -> None:
    """Daily: make the months of raw signals ahead, drop those past their time."""
    now = timezone.now()
    collecting.make_partitions(now=now)
    collecting.drop_partitions(now=now)


@shared_task(name="demand.send_notices", **lane("default"), acks_late=True, soft_time_limit=240, time_limit=280)
def send_notices(**_from_newer_code: Any) -> None:
    """Every few seconds: send by mail and text message what waits for it."""
    delivering.deliver_due(now=timezone.now())


@shared_task(name="demand.nightly", **lane("default"), acks_late=True, soft_time_limit=100, time_limit=120)
def nightly(**_from_newer_code: Any) -> None:
    """At night: ask for everything to be read and pooled again."""
    estimating.request_nightly(now=timezone.now())


@shared_task(bind=True, name="demand.learn", **lane("solve"), acks_late=True, soft_time_limit=280, time_limit=300)
def learn(self: Any, /, **_from_newer_code: Any) -> None:
    """At night: count the words that wishes use and the vocabulary lacks, suggest what many of them share to staff, and
    fit the category model anew."""
    now = timezone.now()
    reading.count_unknown_words(now=now)
    pooling.suggest_specifications(claimed_by=str(self.request.id), now=now)
    reading.learn_categories(today=timezone.localdate(now), claimed_by=str(self.request.id), now=now)


@shared_task(name="demand.learn_rates", **lane("solve"), acks_late=True, soft_time_limit=280, time_limit=300)
def learn_rates(**_from_newer_code: Any) -> None:
    """When a campaign closed: learn how people bought in it."""
    estimating.learn_rates(now=timezone.now())


@shared_task(name="demand.find_early", **lane("solve"), acks_late=True, soft_time_limit=280, time_limit=300)
def find_early(**_from_newer_code: Any) -> None:
    """Daily: bursts and unmet demand in what was counted up to yesterday."""
    now = timezone.now()
    estimating.roll_up(now=now)
    estimating.find_bursts(today=now.date(), now=now)
    estimating.find_unmet(today=now.date(), now=now)
