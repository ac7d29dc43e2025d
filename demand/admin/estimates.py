"""Estimates with what they are made of, staff's corrections, and what was noticed early."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin import EmptyFieldListFilter
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from demand.admin import market
from demand.admin.pools import pool_words
from demand.estimating import reads
from demand.estimating import service as estimating
from demand.models import (
    Category,
    ConversionModel,
    Estimate,
    EstimateOverride,
    EstimatePoint,
    Finding,
    PastCampaign,
    PoolState,
)
from demand.pooling import service as pooling
from demand.staff import (
    GOOD,
    PLAIN,
    WATCH,
    Decision,
    PlainForm,
    StaffAdmin,
    StaffInline,
    Taken,
    column,
    register,
    state_column,
)
from demand.staff_words import SpokenCategories, category_words
from demand.templatetags.wishmill import money

FINDINGS = {"open": WATCH, "taken": GOOD, "dismissed": PLAIN}


def undo(correction: EstimateOverride, taken: Taken) -> None:
    estimating.undo_override(pool_id=correction.pool_id, now=taken.now)


def _has_draft(row: Finding) -> bool:
    return row.state == Finding.State.OPEN and row.pool is not None and row.pool.state == PoolState.DRAFT


class CategoryForm(PlainForm):
    """Which category a need belongs to."""

    category = forms.TypedChoiceField(label=_("Category"), coerce=int, widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Category.objects.filter(retired_at__isnull=True).order_by("position", "pk")
        self.fields["category"].choices = [(row.pk, str(row)) for row in rows]  # type: ignore[attr-defined]


def draft(row: Finding, taken: Taken) -> None:
    estimating.draft_finding(finding_id=row.pk, category_id=taken.values["category"], now=taken.now)


def open_draft(row: Finding, taken: Taken) -> None:
    pooling.open_draft(pool_id=row.pool_id or 0, reason=taken.reason, by_id=taken.by_id, now=taken.now)


def dismiss(row: Finding, taken: Taken) -> None:
    if _has_draft(row):
        pooling.drop_draft(pool_id=row.pool_id or 0, reason=taken.reason, by_id=taken.by_id, now=taken.now)
    else:
        estimating.settle_finding(finding_id=row.pk, state=Finding.State.DISMISSED)


def take_up(row: Finding, _taken: Taken) -> None:
    estimating.settle_finding(finding_id=row.pk, state=Finding.State.TAKEN)


def reopen(row: Finding, _taken: Taken) -> None:
    estimating.settle_finding(finding_id=row.pk, state=Finding.State.OPEN)


class PointInline(StaffInline):
    model = EstimatePoint
    fields = ("price_minor", "firm_units", "expected_units", "low80", "high80", "low95", "high95")


@register(Estimate)
class EstimateAdmin(StaffAdmin):
    list_display = ("in_pool", "version", "model_version", "pool_revision", "computed_at")
    list_filter = ("pool__category", "model_version")
    search_fields = ("pool__search_text", "public_id__startswith")
    list_select_related = ("pool__category",)
    date_hierarchy = "computed_at"
    ordering = ("-computed_at", "-pk")
    inlines = (PointInline,)
    readonly_fields = ("made_of",)
    exported = ("id", "pool__id", "version", "model_version", "computed_at")

    @column(pgettext_lazy("column", "pool"), ordering="pool")
    def in_pool(self, row: Estimate) -> str:
        return pool_words(row.pool)

    @column(_("what it is made of"))
    def made_of(self, row: Estimate) -> str:
        view = reads.view_of(row)
        lines = [reads.line(view, point.price_minor) for point in view.points]
        return render_to_string("admin/staff/estimate_lines.html", {"lines": lines, "override": view.override})


@register(EstimatePoint)
class EstimatePointAdmin(StaffAdmin):
    list_display = ("in_pool", "price", "firm_units", "expected_units", "low80", "high80")
    list_select_related = ("estimate__pool__category",)
    search_fields = ("estimate__pool__search_text",)
    ordering = ("-pk",)
    exported = ("estimate__id", "estimate__pool__id", "price_minor", "firm_units", "expected_units", "low80", "high80")

    @column(pgettext_lazy("column", "pool"), ordering="estimate__pool")
    def in_pool(self, row: EstimatePoint) -> str:
        return pool_words(row.estimate.pool)

    @column(_("price"), ordering="price_minor")
    def price(self, row: EstimatePoint) -> str:
        return money(row.price_minor)


@register(EstimateOverride)
class EstimateOverrideAdmin(StaffAdmin):
    list_display = ("in_pool", "factor", "reason", "by", "created_at", "in_force")
    list_filter = (("undone_at", EmptyFieldListFilter), "pool__category")
    search_fields = ("reason", "pool__search_text")
    list_select_related = ("pool__category", "by")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    exported = ("id", "pool__id", "factor_permille", "reason", "by__email", "created_at", "undone_at")
    decisions = (
        Decision(
            name="undo",
            label=_("Undo"),
            explains=_("The computed estimate stands again. What was sent to makers before stays as it is."),
            perform=undo,
            form=PlainForm,
            offered=lambda correction: correction.undone_at is None,
        ),
    )

    def words_for(self, row: Any) -> str:
        return f"{pool_words(row.pool)} × {row.factor_permille / 1000:g} · {row.reason}"

    @column(pgettext_lazy("column", "pool"), ordering="pool")
    def in_pool(self, row: EstimateOverride) -> str:
        return pool_words(row.pool)

    @column(_("factor"), ordering="factor_permille")
    def factor(self, row: EstimateOverride) -> str:
        return f"× {row.factor_permille / 1000:g}"

    @column(_("in force"), ordering="undone_at", tones={"yes": GOOD, "no": WATCH})
    def in_force(self, row: EstimateOverride) -> tuple[str, str]:
        return ("yes", gettext("in force")) if row.undone_at is None else ("no", gettext("undone"))


@register(ConversionModel)
class ConversionModelAdmin(StaffAdmin):
    list_display = ("version", "campaigns", "fitted_at")
    search_fields = ("version",)
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = super().get_queryset(request).defer("parameters")
        return rows


@register(PastCampaign)
class PastCampaignAdmin(StaffAdmin):
    list_display = ("source_key", "category", "closed_on")
    list_filter = (("category", SpokenCategories),)
    in_codes = {"category": category_words}
    search_fields = ("source_key",)
    date_hierarchy = "closed_on"
    ordering = ("-closed_on", "-pk")


@register(Finding)
class FindingAdmin(StaffAdmin):
    list_display = ("kind", "category", "about", "starts_on", "ends_on", "multiple", "makers", "standing", "found_at")
    list_filter = ("state", "kind", "category")
    search_fields = ("subject",)
    list_select_related = ("category", "pool")
    date_hierarchy = "found_at"
    ordering = ("-found_at", "-pk")
    exported = ("id", "kind", "category__code", "subject", "starts_on", "ends_on", "multiple_permille", "state")
    standing = state_column(FINDINGS)
    decisions = (
        Decision(
            name="open",
            label=_("Open its draft to everyone"),
            explains=_("Shoppers see the draft pool and can join it, although nobody is in it yet."),
            perform=open_draft,
            offered=_has_draft,
        ),
        Decision(
            name="draft",
            label=_("Draft a pool for it"),
            explains=_("A draft pool is made in the category you choose, with the searches as its note."),
            perform=draft,
            form=CategoryForm,
            offered=lambda row: row.kind == Finding.Kind.UNMET and row.state == "open" and row.pool_id is None,
            exactly=1,
        ),
        Decision(
            name="take",
            label=_("Taken up"),
            explains=_("Somebody sees to it. It no longer stands among what waits for a look."),
            perform=take_up,
            offered=lambda row: row.state == Finding.State.OPEN and not _has_draft(row),
        ),
        Decision(
            name="dismiss",
            label=_("Dismiss"),
            explains=_("Nothing is to be done about it. Its draft pool, if it has one, is dismissed with it."),
            perform=dismiss,
            offered=lambda row: row.state == Finding.State.OPEN,
            grave=True,
        ),
        Decision(
            name="reopen",
            label=_("Open the question again"),
            explains=_("It stands again among what waits for a look."),
            perform=reopen,
            form=PlainForm,
            offered=lambda row: row.state != Finding.State.OPEN and row.pool_id is None,
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        return [
            path("market/", self.admin_site.admin_view(self.market_view), name="demand_finding_market"),
            path("market.csv", self.admin_site.admin_view(self.market_csv), name="demand_finding_market_csv"),
            *super().get_urls(),
        ]

    def market_view(self, request: HttpRequest) -> HttpResponse:
        """What each category is asked for, what rises and what nobody serves."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("The market"),
            "tables": market.tables(now=timezone.now(), language=get_language() or ""),
        }
        return TemplateResponse(request, "admin/staff/market.html", context)

    def market_csv(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return market.download(now=timezone.now())

    def words_for(self, row: Any) -> str:
        return f"{row.get_kind_display()} · {market.subject_words(row)}"

    @column(_("about"), ordering="subject")
    def about(self, row: Finding) -> str:
        return market.subject_words(row)

    @column(_("times as usual"), ordering="multiple_permille")
    def multiple(self, row: Finding) -> str:
        return f"× {row.multiple_permille / 1000:.1f}" if row.multiple_permille else "–"

    @column(_("what makers can do"))
    def makers(self, row: Finding) -> str:
        return market.supply_words(row.supply)
