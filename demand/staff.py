"""The frame of every staff list: rows are read here, and changed only by decisions that call a service.

A decision is taken for chosen rows on a page that says what will happen and asks why. Both apps' admin build on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from import_export.admin import ExportMixin
from import_export.resources import ModelResource
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.import_export.forms import ExportForm
from unfold.widgets import UnfoldAdminTextInputWidget

from demand.errors import DomainError
from demand.models import User
from demand.staff_columns import always, amounts, code_of, in_words, spoken, whole

Words = str | Promise
MOST_ROWS: Final = 200
GOOD, WATCH, BAD, PLAIN = "success", "warning", "danger", "info"


class DecisionForm(forms.Form):
    """What a decision asks for: why. Further fields may be made of ``rows``, the chosen ones."""

    reason = forms.CharField(label=gettext_lazy("Why?"), max_length=200, strip=True, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, rows: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows


class PlainForm(DecisionForm):
    """For a decision whose service keeps no reason."""

    reason = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A decision as its service needs it: who, when, and what the form said."""

    values: Mapping[str, Any]
    by_id: int
    now: Any

    @property
    def reason(self) -> str:
        return str(self.values.get("reason", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Something staff can do with rows. ``perform`` makes one service call for a row (``together``: for all of them).

    ``explains`` says what will happen. ``offered`` names the rows it can be done with; ``exactly`` how many it needs.
    """

    name: str
    label: Words
    explains: Words
    perform: Callable[[Any, Taken], object]
    form: type[DecisionForm] = DecisionForm
    offered: Callable[[Any], bool] = lambda _row: True
    together: bool = False
    exactly: int | None = None
    grave: bool = False


def column(
    label: Words, *, ordering: str | None = None, tones: Mapping[str, str] | bool | None = None
) -> Callable[[Callable[[Any, Any], Any]], Callable[[Any, Any], Any]]:
    """A column of a list; ``tones`` colour its value, which is then (code, words) or plain text."""

    def mark(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        function.short_description = label  # type: ignore[attr-defined]
        if ordering is not None:
            function.admin_order_field = ordering  # type: ignore[attr-defined]
        if tones is not None:
            function.label = tones  # type: ignore[attr-defined]
        return function

    return mark


def state_column(tones: Mapping[str, str], *, field: str = "state") -> Callable[[Any, Any], Any]:
    """The row's state in words, coloured by its code."""

    @column(gettext_lazy("state"), ordering=field, tones=tones)
    def state(_admin: Any, row: Any) -> tuple[str, str]:
        return getattr(row, field), getattr(row, f"get_{field}_display")()

    return state


class Exporting(ExportMixin, admin.ModelAdmin):  # type: ignore[misc, type-arg]
    """Export between the theme's classes and Django's, so that both see its addresses and templates."""


class StaffAdmin(ModelAdmin, Exporting):  # type: ignore[misc]
    """A read-only list with decisions. ``exported`` names the columns of its export; without them there is none.

    ``in_codes`` says how a column that holds a code is put in words, on the list and on a row's page.
    """

    decisions: tuple[Decision, ...] = ()
    exported: tuple[str, ...] = ()
    in_codes: Mapping[str, Callable[[str], str]] = {}
    export_form_class = ExportForm
    show_full_result_count = False
    list_per_page = 50
    list_filter_submit = True
    change_form_outer_before_template = "admin/staff/decisions.html"
    actions_on_bottom = False

    # Who may do what: looking needs the view permission, deciding the change permission.
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.exported) and self.has_view_permission(request)

    def may_decide(self, request: HttpRequest) -> bool:
        """Whether this person may take the decisions of this list."""
        return bool(request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}"))

    # What is shown, in words: amounts as money, rows of other lists by the name of their field
    def get_list_display(self, request: HttpRequest) -> list[Any]:
        said = {one.__name__: one for one in self._codes()}
        return [said.get(str(one)) or spoken(self.model, one) for one in super().get_list_display(request)]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return in_words(self._said(request), super().get_fields(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*super().get_readonly_fields(request, obj), *self._said(request)]

    def _said(self, request: HttpRequest) -> tuple[Callable[[Any], Any], ...]:
        """What a row's page says in words; a page that is edited shows its fields as they are."""
        if self.has_change_permission(request):
            return amounts(self.model)
        return (*whole(self.model), *amounts(self.model), *self._codes())

    def _codes(self) -> tuple[Callable[[Any], str], ...]:
        model: Any = self.model
        return tuple(code_of(model, name, say) for name, say in {**always(model), **self.in_codes}.items())

    def get_ordering(self, request: HttpRequest) -> list[str]:
        given = [str(one) for one in super().get_ordering(request)]
        return given if given else ["-pk"]

    # Export
    def get_export_resource_classes(self, request: HttpRequest) -> list[type[ModelResource]]:
        meta = type("Meta", (), {"model": self.model, "fields": self.exported, "export_order": self.exported})
        return [type(f"{self.model.__name__}Export", (ModelResource,), {"Meta": meta})]

    # Decisions: chosen rows of the list, or the row on its page, lead to one page
    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        if "_popup" not in request.GET and self.may_decide(request):
            for decision in self.decisions:
                actions[decision.name] = (_leading_to(decision.name), decision.name, decision.label)
        return actions

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.decide_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_decide"
        return [path("decide/<slug:decision_name>/", view, name=name), *super().get_urls()]

    def decide_address(self, name: str, keys: Iterable[Any]) -> str:
        """Where a decision is taken for the rows with these keys."""
        base = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_decide", args=[name])
        return f"{base}?ids={','.join(str(key) for key in keys)}"

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any | None = None,
    ) -> HttpResponse:
        if obj is not None:
            context["original"] = _Spoken(obj, self.words_for(obj))
        if obj is not None and self.may_decide(request):
            context["decisions"] = [
                {"label": one.label, "address": self.decide_address(one.name, [obj.pk]), "grave": one.grave}
                for one in self.decisions
                if one.exactly in (None, 1) and one.offered(obj)
            ]
        response: HttpResponse = super().render_change_form(request, context, add, change, form_url, obj)
        return response

    def decide_view(self, request: HttpRequest, decision_name: str) -> HttpResponse:
        """What will happen to which rows, why, and then its doing: one service call for each row."""
        decision = next((one for one in self.decisions if one.name == decision_name), None)
        if decision is None:
            raise Http404
        if not self.may_decide(request):
            raise PermissionDenied
        rows = self.chosen(request)
        able = [row for row in rows if decision.offered(row)]
        unable = [row for row in rows if not decision.offered(row)]
        sentence = _what_stops(decision, able)
        form = decision.form(request.POST if request.method == "POST" else None, rows=able)
        if request.method == "POST" and not sentence and form.is_valid():
            taken = Taken(values=form.cleaned_data, by_id=_key_of(request), now=timezone.now())
            if self._perform(request, decision, able, taken, form):
                return HttpResponseRedirect(self.after_decision(rows))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": decision.label,
            "decision": decision,
            "able": [(self.words_for(row), self._page_of(row)) for row in able],
            "unable": [self.words_for(row) for row in unable],
            "stops": sentence,
            "form": form,
            "media": self.media + form.media,
            "back": self.after_decision(rows),
        }
        return TemplateResponse(request, "admin/staff/decide.html", context)

    def chosen(self, request: HttpRequest) -> list[Any]:
        """The rows that the address names, with what the list joins; bad keys are none of them."""
        keys = [part for part in request.GET.get("ids", "").split(",") if part.isdigit()][:MOST_ROWS]
        queryset = self.get_queryset(request).filter(pk__in=keys).order_by("pk")
        joined = self.list_select_related
        if isinstance(joined, (list, tuple)) and joined:
            queryset = queryset.select_related(*joined)
        return list(queryset)

    def words_for(self, row: Any) -> str:
        """A row in a few words, where it is named on a decision's page."""
        return str(row)

    def after_decision(self, rows: Sequence[Any]) -> str:
        if len(rows) == 1:
            return self._page_of(rows[0])
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def _page_of(self, row: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])

    def _perform(
        self, request: HttpRequest, decision: Decision, rows: Sequence[Any], taken: Taken, form: DecisionForm
    ) -> bool:
        """Do it for each row; whether anything was done (else the page shows the refusals)."""
        done = 0
        for subject in [rows] if decision.together else rows:
            try:
                decision.perform(subject, taken)
            except DomainError as refusal:
                field = refusal.field if refusal.field in form.fields else None
                if len(rows) == 1 or decision.together:
                    form.add_error(field, refusal.sentence())
                else:
                    messages.error(request, f"{self.words_for(subject)}: {refusal.sentence()}")
                continue
            for row in subject if decision.together else [subject]:
                done += 1
                self.log_change(request, row, f"{decision.label} {taken.reason}".strip()[:300])
        if done:
            told = ngettext("Done for %(count)d row.", "Done for %(count)d rows.", done) % {"count": done}
            messages.success(request, f"{decision.label}: {told}")
        return bool(done)


class _Spoken:
    """A row that calls itself by the words of its list, in the head of its page."""

    def __init__(self, row: Any, words: str) -> None:
        self._row, self._words = row, words

    def __str__(self) -> str:
        return self._words

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


class StaffInline(TabularInline):  # type: ignore[misc]
    """Rows that belong to a row, shown with it and never edited there."""

    extra = 0
    can_delete = False
    ordering = ("pk",)
    per_page = 20
    tab = True
    in_codes: Mapping[str, Callable[[str], str]] = {}

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return in_words(self._said(), super().get_fields(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*super().get_readonly_fields(request, obj), *self._said()]

    def _said(self) -> tuple[Callable[[Any], Any], ...]:
        model: Any = self.model
        codes = (code_of(model, name, say) for name, say in {**always(model), **self.in_codes}.items())
        return (*whole(model), *amounts(model), *codes)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who sees the row sees what belongs to it."""
        return bool(request.user.has_perm(f"{self.parent_model._meta.app_label}.view_{_name(self.parent_model)}"))


def register(model: type[models.Model]) -> Callable[[type[StaffAdmin]], type[StaffAdmin]]:
    """Put a model's list on the staff site."""

    def place(listed: type[StaffAdmin]) -> type[StaffAdmin]:
        admin.site.register(model, listed)
        return listed

    return place


def _name(model: type[models.Model]) -> str:
    return str(model._meta.model_name)


def _key_of(request: HttpRequest) -> int:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user.pk


def _what_stops(decision: Decision, able: Sequence[Any]) -> str:
    if not able:
        return _("None of the chosen rows can be changed this way as they stand.")
    if decision.exactly is not None and len(able) != decision.exactly:
        return ngettext(
            "Choose exactly %(count)d row for this.", "Choose exactly %(count)d rows for this.", decision.exactly
        ) % {"count": decision.exactly}
    return ""


def _leading_to(name: str) -> Callable[[StaffAdmin, HttpRequest, models.QuerySet[Any]], HttpResponse]:
    def action(listed: StaffAdmin, request: HttpRequest, queryset: models.QuerySet[Any]) -> HttpResponse:
        keys = list(queryset.order_by("pk").values_list("pk", flat=True)[: MOST_ROWS + 1])
        if len(keys) > MOST_ROWS:
            messages.error(request, _("Choose at most %(most)d rows at a time.") % {"most": MOST_ROWS})
            return HttpResponseRedirect(request.get_full_path())
        return HttpResponseRedirect(listed.decide_address(name, keys))

    return action
