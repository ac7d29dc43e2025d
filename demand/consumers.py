"""Which stage of demand acts on which event of the outbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from demand import outbox, runs
from demand.campaigning import service as campaigning
from demand.estimating import service as estimating
from demand.outbox import Event
from demand.reading import reads as reading

# Stage → the task that runs it for one subject (a category's code, or "*").
STAGE_TASKS = {
    "pooling": "demand.pool_category",
    "estimating": "demand.estimate_category",
    "rollup": "demand.roll_up",
    "closing": "demand.close_campaigns",
}
# What people may ask for and watch: each leaves a run row.
WATCHED = {"reading": _("Reading"), "pooling": _("Pooling"), "estimating": _("Estimating")}


READ_SHARDS = 2


def register() -> None:
    """Called once when the app is ready."""
    runs.offer(WATCHED, over=reading.category_id_by_code)
    for action in ("authorise", "capture", "release", "refund"):
        topic = "hold.requested" if action == "authorise" else f"hold.{action}_requested"
        outbox.register(name=f"payments.{action}", topic=topic, handler=_settle(action))
    outbox.register(name="stages.demand", topic="run.requested", handler=_run_stage)
    outbox.register(name="pooling.parts", topic="pooling.split", handler=_pool_in_parts)
    outbox.register(name="reading.imported", topic="wishes.imported", handler=_read_imported)
    outbox.register(name="reading.catalog", topic="catalog.changed", handler=_read_imported)
    outbox.register(name="estimating.history", topic="history.grew", handler=_learn_rates)
    outbox.register(name="estimating.pools", topic="pools.rebuilt", handler=_estimate)
    for state in ("locked", "missed"):
        outbox.register(name=f"estimating.{state}", topic=f"campaign.{state}", handler=_learn)


def _settle(action: str) -> Callable[[Event, datetime], None]:
    def handler(event: Event, now: datetime) -> None:
        """The event's id is the provider's idempotency key."""
        campaigning.settle(
            hold_id=event.payload["hold_id"],
            action=action,
            amount_minor=event.payload["amount_minor"],
            key=f"{action}:{event.id}",
            now=now,
        )

    return handler


def _run_stage(event: Event, now: datetime) -> None:
    if event.payload["stage"] == "reading":
        _read_in_shards(event.payload.get("requested_by_id"))
        return
    task = STAGE_TASKS.get(event.payload["stage"])
    if task is None:
        return
    subjects = [event.payload["subject"]]
    if subjects == [runs.ALL] and event.payload["stage"] in ("pooling", "estimating"):
        subjects = sorted(reading.category_id_by_code())
    for subject in subjects:
        outbox.dispatch(task, subject=subject, requested_by_id=event.payload.get("requested_by_id"))


def _pool_in_parts(event: Event, now: datetime) -> None:
    """One task a part, so that every worker of the lane takes some."""
    asked = event.payload
    for part in range(asked["parts"]):
        outbox.dispatch(
            "demand.pool_part",
            subject=asked["category"],
            step=asked["step"],
            part=part,
            parts=asked["parts"],
            most=asked["most"],
        )


def _read_imported(event: Event, now: datetime) -> None:
    _read_in_shards(None)


def _read_in_shards(requested_by_id: int | None) -> None:
    """One task a shard, so that every worker of the lane reads."""
    for shard in range(READ_SHARDS):
        outbox.dispatch("demand.read_pending", shard=shard, shards=READ_SHARDS, requested_by_id=requested_by_id)


def _estimate(event: Event, now: datetime) -> None:
    outbox.dispatch("demand.estimate_category", subject=event.payload["category"])


def _learn_rates(event: Event, now: datetime) -> None:
    outbox.dispatch("demand.learn_rates")


def _learn(event: Event, now: datetime) -> None:
    estimating.learn_from(campaign_id=event.payload["campaign_id"], now=now)
