"""Signals: who sends them, what could not be used, what was counted, and a search over the raw rows."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from demand.collecting import service as collecting
from demand.errors import InvalidValue
from demand.models import DirtyHour, QuarantinedSignal, QueryReading, ShopperSalt, SignalRollup
from demand.staff import (
    BAD,
    GOOD,
    WATCH,
    Decision,
    PlainForm,
    StaffAdmin,
    Taken,
    column,
    register,
    state_column,
)
from demand.staff_json import name_of
from demand.staff_words import SpokenRegions, SpokenValues, code_words

QUARANTINE = {"open": WATCH, "replayed": GOOD, "dropped": BAD}


class RepairForm(PlainForm):
    """The event as it should have been; empty sends it in again as it came."""

    repaired = forms.JSONField(
        label=_("The event, repaired"),
        help_text=_("JSON, as the source should have sent it."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 12, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(self.rows) == 1:
            self.fields["repaired"].initial = self.rows[0].raw
        else:
            del self.fields["repaired"]


def replay(rows: list[QuarantinedSignal], taken: Taken) -> None:
    repaired = taken.values.get("repaired")
    answer = collecting.replay_quarantined(
        ids=[row.pk for row in rows],
        repaired={rows[0].pk: repaired} if isinstance(repaired, dict) else {},
        now=taken.now,
    )
    if answer.rejected and not answer.stored:
        first = answer.rejected[0]
        raise InvalidValue(
            _("Still wrong: %(where)s %(reason)s"), reason=code_words(first.reason), where=code_words(first.field)
        )


def drop(rows: list[QuarantinedSignal], taken: Taken) -> None:
    collecting.drop_quarantined(ids=[row.pk for row in rows], now=taken.now)


@register(QuarantinedSignal)
class QuarantinedSignalAdmin(StaffAdmin):
    list_display = ("id", "source", "reason", "field", "event", "standing", "received_at")
    list_filter = ("state", ("reason", SpokenValues), "source")
    search_fields = ("reason", "field", "raw_hash__startswith")
    list_select_related = ("source",)
    date_hierarchy = "received_at"
    ordering = ("-received_at", "-pk")
    exported = ("id", "source__name", "reason", "field", "raw", "state", "received_at")
    standing = state_column(QUARANTINE)
    in_codes = {"reason": code_words, "field": code_words}
    decisions = (
        Decision(
            name="replay",
            label=_("Send in again"),
            explains=_("The events are checked and counted as if they came now. What is still wrong stays here."),
            perform=replay,
            form=RepairForm,
            offered=lambda row: row.state == QuarantinedSignal.State.OPEN,
            together=True,
        ),
        Decision(
            name="drop",
            label=_("Drop"),
            explains=_("The events are of no use and are never counted. They stay visible as dropped."),
            perform=drop,
            form=PlainForm,
            offered=lambda row: row.state == QuarantinedSignal.State.OPEN,
            together=True,
            grave=True,
        ),
    )

    def words_for(self, row: Any) -> str:
        fault = f"{code_words(row.field)} {code_words(row.reason)}"
        return f"{row.source} · {fault} · {json.dumps(row.raw, ensure_ascii=False)[:160]}"

    @column(_("event"))
    def event(self, row: QuarantinedSignal) -> str:
        return json.dumps(row.raw, ensure_ascii=False)[:80]


@register(SignalRollup)
class SignalRollupAdmin(StaffAdmin):
    list_display = ("hour", "category", "need", "region", "kind", "events", "units", "persons")
    list_filter = ("kind", "category", ("region", SpokenRegions))
    in_codes = {"need": name_of}
    search_fields = ("need",)
    list_select_related = ("category",)
    date_hierarchy = "hour"
    ordering = ("-hour", "-pk")
    exported = ("hour", "category__code", "need", "region", "kind", "events", "units", "persons")


@register(DirtyHour)
class DirtyHourAdmin(StaffAdmin):
    list_display = ("hour", "since")
    ordering = ("-hour",)


@register(QueryReading)
class QueryReadingAdmin(StaffAdmin):
    list_display = ("day", "query", "category", "need")
    list_filter = ("category",)
    in_codes = {"need": name_of}
    search_fields = ("query", "need")
    list_select_related = ("category",)
    date_hierarchy = "day"
    ordering = ("-day", "-pk")


@register(ShopperSalt)
class ShopperSaltAdmin(StaffAdmin):
    list_display = ("starts_at",)
    ordering = ("-starts_at",)
    exclude = ("secret",)
