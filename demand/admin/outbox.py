"""The outbox: what happened, and who still has to act on it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from demand import outbox
from demand.models import OutboxEvent, OutboxTask
from demand.staff import (
    BAD,
    GOOD,
    PLAIN,
    Decision,
    PlainForm,
    StaffAdmin,
    StaffInline,
    Taken,
    column,
    register,
    state_column,
)
from demand.staff_words import SpokenValues, code_words

TASKS = {"waiting": PLAIN, "done": GOOD, "parked": BAD}


def retry(tasks: list[OutboxTask], taken: Taken) -> None:
    outbox.retry_parked(task_ids=[task.pk for task in tasks], now=taken.now)


class TaskInline(StaffInline):
    model = OutboxTask
    fields = ("consumer", "state", "attempts", "next_try_at", "done_at", "error")
    in_codes = {"consumer": code_words}


@register(OutboxEvent)
class OutboxEventAdmin(StaffAdmin):
    list_display = ("id", "topic", "aggregate", "aggregate_id", "revision", "created_at")
    list_filter = (("topic", SpokenValues), ("aggregate", SpokenValues))
    search_fields = ("topic",)
    date_hierarchy = "created_at"
    ordering = ("-pk",)
    inlines = (TaskInline,)
    in_codes = {"topic": code_words, "aggregate": code_words}

    def words_for(self, row: Any) -> str:
        return f"{code_words(row.topic)} · {code_words(row.aggregate)} #{row.aggregate_id}"

    exported = ("id", "topic", "aggregate", "aggregate_id", "revision", "payload", "created_at")


@register(OutboxTask)
class OutboxTaskAdmin(StaffAdmin):
    list_display = ("id", "consumer", "topic", "standing", "attempts", "next_try_at", "done_at", "error")
    list_filter = ("state", ("consumer", SpokenValues))
    search_fields = ("consumer", "error")
    list_select_related = ("event",)
    ordering = ("-event_id", "-pk")
    in_codes = {"consumer": code_words}
    exported = ("id", "event__id", "event__topic", "consumer", "state", "attempts", "error")
    standing = state_column(TASKS)
    decisions = (
        Decision(
            name="retry",
            label=_("Try again"),
            explains=_("A worker tries again at once. What was done before is not done twice."),
            perform=retry,
            form=PlainForm,
            offered=lambda task: task.state == OutboxTask.State.PARKED,
            together=True,
        ),
    )

    def words_for(self, row: Any) -> str:
        return f"{code_words(row.consumer)} · {code_words(row.event.topic)} · {row.error[:120]}"

    @column(_("topic"), ordering="event__topic")
    def topic(self, row: OutboxTask) -> str:
        return code_words(row.event.topic)
