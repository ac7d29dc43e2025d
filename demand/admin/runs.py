"""The run log; a stage can be asked for here and watched until it ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.admin import AllValuesFieldListFilter
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from demand import runs
from demand.errors import DomainError
from demand.models import OutboxEvent, OutboxTask, Run, RunProblem, User
from demand.staff import BAD, GOOD, PLAIN, WATCH, StaffAdmin, column, register, state_column
from demand.staff_words import SpokenValues, category_words, code_words

STATES = {"running": PLAIN, "done": GOOD, "failed": BAD, "abandoned": WATCH}
WATCHED_FOR = timedelta(minutes=15)
NOTHING_AFTER = timedelta(seconds=30)
MOST_WATCHED = 50


def stage_words(code: str) -> str:
    """A stage's name, where people may ask for it."""
    return str(runs.offered().get(code) or code_words(code))


class AskForm(forms.Form):
    """Which stage to run, over what."""

    stage = forms.ChoiceField(label=_("Stage"), widget=UnfoldAdminSelectWidget)
    subject = forms.CharField(
        label=_("Over what"),
        help_text=_("A category's or a manufacturer's code, or * for everything."),
        max_length=80,
        initial="*",
        widget=UnfoldAdminTextInputWidget(attrs={"list": "subjects"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stage"].choices = list(runs.offered().items())  # type: ignore[attr-defined]


class SpokenStages(AllValuesFieldListFilter):
    """The stages that ran, by their names."""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {**choice, "display": runs.offered().get(str(choice["display"]), choice["display"])}


@register(Run)
class RunAdmin(StaffAdmin):
    list_display = (
        "id",
        "which",
        "over",
        "standing",
        "ended",
        "seconds",
        "gap",
        "counted",
        "started_at",
        "asked_by",
    )
    list_filter = ("state", ("stage", SpokenStages), ("status", SpokenValues))
    search_fields = ("subject", "stage", "error", "input_hash__startswith")
    list_select_related = ("requested_by",)
    date_hierarchy = "started_at"
    ordering = ("-started_at", "-pk")
    list_before_template = "admin/staff/run_tools.html"
    exported = (
        "id", "stage", "subject", "state", "status", "objective", "bound", "wall_seconds", "counts", "seed", "error",
        "started_at", "finished_at",
    )  # fmt: skip
    standing = state_column(STATES)
    in_codes = {"stage": stage_words, "subject": category_words, "status": code_words}

    def words_for(self, row: Any) -> str:
        return f"{stage_words(row.stage)} · {category_words(row.subject)}"

    @column(pgettext_lazy("column", "stage"), ordering="stage")
    def which(self, row: Run) -> str:
        return stage_words(row.stage)

    @column(pgettext_lazy("column", "subject"), ordering="subject")
    def over(self, row: Run) -> str:
        return category_words(row.subject)

    @column(pgettext_lazy("column", "result"), ordering="status")
    def ended(self, row: Run) -> str:
        return code_words(row.status) or "–"

    @column(_("seconds"), ordering="wall_seconds")
    def seconds(self, row: Run) -> str:
        return "–" if row.wall_seconds is None else f"{row.wall_seconds:.1f}"

    @column(_("objective, gap to bound"), ordering="objective")
    def gap(self, row: Run) -> str:
        return gap_words(row)

    @column(_("counts"))
    def counted(self, row: Run) -> str:
        return counts_words(row.counts)

    @column(_("asked by"), ordering="requested_by")
    def asked_by(self, row: Run) -> str:
        return str(row.requested_by or gettext("by itself"))

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("ask/", wrap(self.ask_view), name="demand_run_ask"),
            path("watch/<int:event_id>/", wrap(self.watch_view), name="demand_run_watch"),
            *super().get_urls(),
        ]

    def ask_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for a stage; the page that follows shows it run."""
        if not self.may_decide(request) or not isinstance(request.user, User):
            raise PermissionDenied
        form = AskForm(request.POST or None, initial={"stage": request.GET.get("stage", "")})
        if request.method == "POST" and form.is_valid():
            try:
                event_id = runs.request(**form.cleaned_data, by_id=request.user.pk, now=timezone.now())
            except DomainError as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence())
            else:
                return HttpResponseRedirect(reverse("admin:demand_run_watch", args=[event_id]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Run a stage now"),
            "form": form,
            "subjects": runs.subjects(),
        }
        return TemplateResponse(request, "admin/staff/run_ask.html", context)

    def watch_view(self, request: HttpRequest, event_id: int) -> HttpResponse:
        """What became of the request so far; the page asks again until everything ended."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        event = OutboxEvent.objects.filter(pk=event_id, topic="run.requested").first()
        if event is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Watching %(stage)s") % {"stage": runs.offered().get(event.payload["stage"], "")},
            "event": event,
            **_progress(event),
        }
        part = request.headers.get("HX-Request") == "true"
        name = "admin/staff/run_progress.html" if part else "admin/staff/run_watch.html"
        return TemplateResponse(request, name, context)


def _progress(event: OutboxEvent) -> dict[str, Any]:
    """The runs that began since the request, whether any is going on, and whether looking again makes sense."""
    waited = timezone.now() - event.created_at
    found = Run.objects.filter(stage=event.payload["stage"], started_at__gte=event.created_at)
    if event.payload["subject"] != runs.ALL and event.payload["stage"] != "reading":
        found = found.filter(subject=event.payload["subject"])
    rows = list(found.order_by("-started_at", "-pk")[:MOST_WATCHED])
    queued = OutboxTask.objects.filter(event=event, state=OutboxTask.State.WAITING).exists()
    running = any(row.state == Run.State.RUNNING for row in rows)
    settled = bool(rows) or waited > NOTHING_AFTER
    return {
        "rows": [
            {
                "run": row,
                "over": category_words(row.subject),
                "gap": gap_words(row),
                "counts": counts_words(row.counts),
                "tone": STATES[row.state],
            }
            for row in rows
        ],
        "queued": queued,
        "over": waited > WATCHED_FOR or (settled and not running and not queued),
    }


def gap_words(run: Run) -> str:
    """The objective, and how far the proven bound is from it."""
    if run.objective is None:
        return "–"
    if run.bound is None or run.objective == run.bound:
        return f"{run.objective:,}"
    return f"{run.objective:,} ({abs(run.objective - run.bound) / max(abs(run.objective), 1):.1%})"


def counts_words(counts: dict[str, Any]) -> str:
    """Counts as people read them: "wishes 1,204, pools 31"."""
    said = []
    for name, value in counts.items():
        if isinstance(value, (int, float, str)):
            said.append(f"{code_words(name)} {value if isinstance(value, str) else f'{value:,}'}")
    return ", ".join(said)


@register(RunProblem)
class RunProblemAdmin(StaffAdmin):
    list_display = ("of_run", "expires_at")
    search_fields = ("run__stage", "run__subject")
    list_select_related = ("run",)
    ordering = ("-pk",)
    exclude = ("data",)

    @column(pgettext_lazy("column", "run"), ordering="run")
    def of_run(self, row: RunProblem) -> str:
        return f"{stage_words(row.run.stage)} · {category_words(row.run.subject)}"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("data")
