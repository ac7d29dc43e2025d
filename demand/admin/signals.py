"""Signals: who sends them, what could not be used, what was counted, and a search over the raw rows."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from demand.collecting import service as collecting
from demand.errors import InvalidValue
from demand.models import DirtyHour, QuarantinedSignal, ShopperSalt, Signal, SignalRollup, SignalSource
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
from demand.staff_words import SpokenValues, code_words

QUARANTINE = {"open": WATCH, "replayed": GOOD, "dropped": BAD}
MOST_FOUND = 100
SEARCHED_DAYS = 400


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


class SignalSearch(forms.Form):
    """Where an event might be: its source, and its id, person key or words."""

    source = forms.ModelChoiceField(queryset=SignalSource.objects.order_by("name"), label=_("Source"))
    find = forms.CharField(label=_("Event id, shopper key or search words"), max_length=120, required=False)


@register(SignalSource)
class SignalSourceAdmin(StaffAdmin):
    list_display = ("name", "key_prefix", "active", "events_per_minute", "last_used_at", "created_at")
    list_filter = ("active",)
    search_fields = ("name", "key_prefix")
    ordering = ("name", "pk")
    exclude = ("key_hash",)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.search_view)
        return [path("events/", view, name="demand_signalsource_events"), *super().get_urls()]

    def search_view(self, request: HttpRequest) -> HttpResponse:
        """Raw events of one source by id, shopper key or words; the newest first, within what is kept."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = SignalSearch(request.GET if "source" in request.GET else None)
        found = _events(form.cleaned_data) if form.is_valid() else None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Search the raw events"),
            "form": form,
            "found": found,
            "most": MOST_FOUND,
        }
        return TemplateResponse(request, "admin/staff/events.html", context)


def _events(wanted: dict[str, Any]) -> list[Signal]:
    rows = Signal.objects.filter(
        source_id=wanted["source"].pk, occurred_at__gte=timezone.now() - timedelta(days=SEARCHED_DAYS)
    )
    words = wanted["find"].strip()
    if words:
        found = list(rows.filter(event_id=words)[:MOST_FOUND]) or list(rows.filter(person_key=words)[:MOST_FOUND])
        if found:
            return found
        rows = rows.filter(query__icontains=words)
    return list(rows.order_by("-occurred_at", "event_id")[:MOST_FOUND])


@register(SignalRollup)
class SignalRollupAdmin(StaffAdmin):
    list_display = ("hour", "category", "need", "region", "kind", "events", "units", "persons")
    list_filter = ("kind", "category", "region")
    search_fields = ("need",)
    list_select_related = ("category",)
    date_hierarchy = "hour"
    ordering = ("-hour", "-pk")
    exported = ("hour", "category__code", "need", "region", "kind", "events", "units", "persons")


@register(DirtyHour)
class DirtyHourAdmin(StaffAdmin):
    list_display = ("hour", "since")
    ordering = ("-hour",)


@register(ShopperSalt)
class ShopperSaltAdmin(StaffAdmin):
    list_display = ("starts_at",)
    ordering = ("-starts_at",)
    exclude = ("secret",)
