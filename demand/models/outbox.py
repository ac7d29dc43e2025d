"""Consequences, written in the transaction that causes them and picked up by consumers with receipts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy


class OutboxEvent(models.Model):
    """Something that happened, for others to act on. ``revision`` orders the events of one aggregate."""

    topic = models.CharField(max_length=48)
    aggregate = models.CharField(max_length=24)
    aggregate_id = models.BigIntegerField()
    revision = models.PositiveBigIntegerField(default=0)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "demand_outbox_event"
        indexes = [
            models.Index(fields=["topic", "id"], name="outbox_by_topic"),
            models.Index(fields=["aggregate", "aggregate_id", "id"], name="outbox_of_aggregate"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.aggregate}:{self.aggregate_id}"


class OutboxTask(models.Model):
    """One consumer's duty to one event, written with the event; done when its receipt is set.

    A row per consumer makes "events without a receipt" an index scan instead of an anti-join over all events.
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("task", "Waiting")
        DONE = "done", pgettext_lazy("task", "Done")
        PARKED = "parked", pgettext_lazy("task", "Put aside")  # failed too often; staff see it

    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="tasks")
    consumer = models.CharField(max_length=48)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField()
    claimed_by = models.CharField(max_length=64, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=400, blank=True)

    class Meta:
        db_table = "demand_outbox_task"
        constraints = [models.UniqueConstraint(fields=["consumer", "event"], name="receipt_once")]
        indexes = [
            models.Index(
                fields=["consumer", "next_try_at", "event"], condition=Q(state="waiting"), name="outbox_waiting"
            )
        ]
