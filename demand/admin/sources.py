"""Who sends signals: sources with their keys, how fresh and complete each is, and their raw events."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from demand.collecting import reads
from demand.collecting import service as collecting
from demand.errors import DomainError
from demand.models import Signal, SignalSource
from demand.staff import Decision, PlainForm, StaffAdmin, Taken, register

MOST_FOUND = 100
SEARCHED_DAYS = 400
MOST_A_MINUTE = 10_000_000
METERS = (_("newest event"), _("events of the last day (the day before)"), _("in quarantine"))


class NewSourceForm(forms.Form):
    """A new source: what it is called and how much it may send."""

    name = forms.CharField(
        label=_("Name"),
        help_text=_("Such as the shop or the app that sends; staff see it on every list."),
        max_length=60,
        strip=True,
        widget=UnfoldAdminTextInputWidget,
    )
    events_per_minute = forms.IntegerField(
        label=_("Events a minute at most"),
        min_value=1,
        max_value=MOST_A_MINUTE,
        initial=600_000,
        widget=UnfoldAdminIntegerFieldWidget,
    )


class SignalSearch(forms.Form):
    """Where an event might be: its source, and its id, person key or words."""

    source = forms.ModelChoiceField(queryset=SignalSource.objects.order_by("name"), label=_("Source"))
    find = forms.CharField(label=_("Event id, shopper key or search words"), max_length=120, required=False)


def stop(row: SignalSource, taken: Taken) -> None:
    collecting.set_active(source_id=row.pk, active=False)


def resume(row: SignalSource, taken: Taken) -> None:
    collecting.set_active(source_id=row.pk, active=True)


@register(SignalSource)
class SignalSourceAdmin(StaffAdmin):
    list_display = ("name", "key_prefix", "active", "events_per_minute", "last_used_at")
    list_filter = ("active",)
    search_fields = ("name", "key_prefix")
    ordering = ("name", "pk")
    exclude = ("key_hash",)
    list_before_template = "admin/staff/source_tools.html"
    change_form_before_template = "admin/staff/source_renew.html"
    decisions = (
        Decision(
            name="stop",
            label=_("Stop taking its events"),
            explains=_("Whatever it sends is refused with 401 from now on; what it sent stays. It can be undone."),
            perform=stop,
            offered=lambda row: row.active and bool(row.key_hash),
            grave=True,
        ),
        Decision(
            name="resume",
            label=_("Take its events again"),
            explains=_("Its key works again as before."),
            perform=resume,
            form=PlainForm,
            offered=lambda row: not row.active,
        ),
    )

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """With how fresh and complete each source is."""
        return [*super().get_list_display(request), *_meter_columns()]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("events/", wrap(self.search_view), name="demand_signalsource_events"),
            path("new/", wrap(self.new_view), name="demand_signalsource_new"),
            path("<int:key>/key/", wrap(self.renew_view), name="demand_signalsource_key"),
            *super().get_urls(),
        ]

    def new_view(self, request: HttpRequest) -> HttpResponse:
        """Name a source; the answer shows its key, once."""
        self._must_decide(request)
        form = NewSourceForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                source, key = collecting.create_source(**form.cleaned_data, now=timezone.now())
            except DomainError as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence())
            else:
                self.log_addition(request, source, gettext("New source"))
                return self._key_page(request, source, key)
        return self._page(request, "admin/staff/source_new.html", gettext("New source"), form=form)

    def renew_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """Another key for a source, after a question; the answer shows it, once."""
        self._must_decide(request)
        source = SignalSource.objects.exclude(key_hash="").filter(pk=key).first()
        if source is None:
            raise Http404
        if request.method != "POST":
            title = gettext("A new key for %(name)s") % {"name": source.name}
            return self._page(request, "admin/staff/source_ask_key.html", title, source=source)
        fresh = collecting.renew_key(source_id=source.pk)
        self.log_change(request, source, gettext("New key"))
        return self._key_page(request, source, fresh)

    def search_view(self, request: HttpRequest) -> HttpResponse:
        """Raw events of one source by id, shopper key or words; the newest first, within what is kept."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = SignalSearch(request.GET if "source" in request.GET else None)
        found = _events(form.cleaned_data) if form.is_valid() else None
        title = gettext("Search the raw events")
        return self._page(request, "admin/staff/events.html", title, form=form, found=found, most=MOST_FOUND)

    def _must_decide(self, request: HttpRequest) -> None:
        if not self.may_decide(request):
            raise PermissionDenied

    def _key_page(self, request: HttpRequest, source: SignalSource, key: str) -> HttpResponse:
        title = gettext("The key of %(name)s") % {"name": source.name}
        address = request.build_absolute_uri(reverse("api:record_signals"))
        head = f"POST {address}\nAuthorization: Bearer {key}\nContent-Type: application/json"
        return self._page(request, "admin/staff/source_key.html", title, source=source, key=key, head=head)

    def _page(self, request: HttpRequest, template: str, title: str, **context: Any) -> TemplateResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(request, template, {**frame, **context})


def _meter_columns() -> list[Any]:
    """Columns that read the meters of all sources with the first row that is shown, and never without one."""

    @cache
    def meters() -> dict[int, reads.SourceMeter]:
        return {one.source_id: one for one in reads.source_meters(now=timezone.now())}

    def newest(row: SignalSource) -> Any:
        return meters()[row.pk].newest_at

    def counted(row: SignalSource) -> str:
        return f"{meters()[row.pk].last_day:,} ({meters()[row.pk].day_before:,})"

    def waiting(row: SignalSource) -> int:
        return meters()[row.pk].quarantined

    named: list[Any] = [newest, counted, waiting]
    for one, label in zip(named, METERS, strict=True):
        one.short_description = label
    return named


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
