"""Releases, production orders, plans with their lots, and what was reported."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from demand.staff import BAD, GOOD, PLAIN, WATCH, StaffAdmin, StaffInline, column, register, state_column
from demand.staff_json import name_of
from demand.staff_words import SpokenValues, code_words
from demand.templatetags.wishmill import money
from manufacturers.models import Lot, Milestone, Offer, Plan, ProductionOrder, Release, ReleaseLine
from manufacturers.planning.errors import LATE

RELEASES = {"sample": WATCH, "sent": WATCH, "acknowledged": GOOD, "done": GOOD}
ORDERS = {"planned": PLAIN, "set_aside": BAD, "started": WATCH, "finished": GOOD, "shipped": GOOD, "delivered": GOOD}
PLANS = {"current": GOOD, "what_if": WATCH, "superseded": PLAIN}


def late_words(code: str) -> str:
    """Why a lot is late, in a sentence."""
    return str(LATE.get(code, code_words(code)))


class ReleaseLineInline(StaffInline):
    model = ReleaseLine
    fields = ("variant_key", "variant", "units")


def payer_words(code: str) -> str:
    """Who pays, as an offer says it."""
    return str(dict(Offer.Payer.choices).get(code, code))


class OrderInline(StaffInline):
    model = ProductionOrder
    fields = ("part", "units", "trial", "waits", "release_at", "due_at", "state", "problem")


@register(Release)
class ReleaseAdmin(StaffAdmin):
    list_display = ("number", "maker", "standing", "units", "risk_units", "price", "due_on", "acknowledge_by")
    list_filter = ("state", "maker")
    search_fields = ("number", "maker__code", "public_id__startswith")
    list_select_related = ("maker",)
    date_hierarchy = "due_on"
    ordering = ("-created_at", "-pk")
    inlines = (ReleaseLineInline, OrderInline)
    exported = (
        "id", "number", "maker__code", "state", "units", "trial_units", "risk_units", "risk_payer", "unit_price_minor",
        "due_on", "acknowledged_at",
    )  # fmt: skip
    standing = state_column(RELEASES)
    in_codes = {"risk_payer": payer_words}

    def words_for(self, row: Any) -> str:
        return f"{row.number} · {row.maker}"

    @column(_("price before VAT"), ordering="unit_price_minor")
    def price(self, row: Release) -> str:
        return money(row.unit_price_minor)


@register(ReleaseLine)
class ReleaseLineAdmin(StaffAdmin):
    list_display = ("of", "variant_key", "units")
    search_fields = ("release__number", "variant_key")
    list_select_related = ("release",)
    ordering = ("-release_id", "pk")
    in_codes = {"variant_key": name_of}

    @column(_("release"), ordering="release__number")
    def of(self, row: ReleaseLine) -> str:
        return row.release.number


class MilestoneInline(StaffInline):
    model = Milestone
    fields = ("kind", "units", "expected_on", "note", "by", "happened_at")


@register(ProductionOrder)
class ProductionOrderAdmin(StaffAdmin):
    list_display = ("id", "of", "maker", "family", "units", "standing", "release_at", "due_at", "problem")
    list_filter = ("state", "trial", "waits", "release__maker")
    search_fields = ("release__number", "problem", "public_id__startswith")
    list_select_related = ("release__maker", "family")
    date_hierarchy = "due_at"
    ordering = ("-due_at", "-pk")
    inlines = (MilestoneInline,)
    exported = (
        "id", "release__number", "part", "family__code", "units", "trial", "waits", "state", "release_at",
        "due_at", "problem",
    )  # fmt: skip
    standing = state_column(ORDERS)

    @column(_("release"), ordering="release__number")
    def of(self, row: ProductionOrder) -> str:
        return f"{row.release.number}/{row.part}"

    @column(_("manufacturer"), ordering="release__maker")
    def maker(self, row: ProductionOrder) -> str:
        return str(row.release.maker)


@register(Plan)
class PlanAdmin(StaffAdmin):
    list_display = (
        "id", "maker", "version", "standing", "status", "objective", "bound", "tardiness", "changeover_minutes",
        "created_at",
    )  # fmt: skip
    list_filter = ("state", ("status", SpokenValues), "maker")
    search_fields = ("title", "maker__code", "public_id__startswith")
    list_select_related = ("maker",)
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    exported = (
        "id", "maker__code", "version", "state", "status", "objective", "bound", "tardiness", "changeover_minutes",
        "starts_at", "ends_at",
    )  # fmt: skip
    standing = state_column(PLANS)
    in_codes = {"status": code_words}

    def words_for(self, row: Any) -> str:
        return gettext("%(maker)s, version %(version)d") % {"maker": row.maker, "version": row.version}


@register(Lot)
class LotAdmin(StaffAdmin):
    list_display = ("id", "maker", "line", "order_id", "units", "starts_at", "ends_at", "late", "late_reason", "frozen")
    list_filter = ("frozen", "plan__state", "plan__maker", "late_reason")
    search_fields = ("line__code", "plan__maker__code")
    list_select_related = ("plan__maker", "line")
    date_hierarchy = "starts_at"
    ordering = ("-plan_id", "starts_at", "pk")
    exported = (
        "id", "plan__id", "line__code", "order__id", "units", "starts_at", "ends_at", "late_minutes", "late_reason",
    )  # fmt: skip

    in_codes = {"late_reason": late_words}

    @column(_("manufacturer"), ordering="plan__maker")
    def maker(self, row: Lot) -> str:
        return str(row.plan.maker)

    @column(_("late"), ordering="late_minutes", tones={"yes": BAD, "no": GOOD})
    def late(self, row: Lot) -> tuple[str, str]:
        if not row.late_minutes:
            return "no", gettext("in time")
        return "yes", gettext("%(hours).1f h") % {"hours": row.late_minutes / 60}


@register(Milestone)
class MilestoneAdmin(StaffAdmin):
    list_display = ("of", "kind", "units", "expected_on", "note", "by", "happened_at")
    list_filter = ("kind", "order__release__maker")
    search_fields = ("note", "order__release__number")
    list_select_related = ("order__release", "by")
    date_hierarchy = "happened_at"
    ordering = ("-happened_at", "-pk")
    exported = ("id", "order__release__number", "kind", "units", "expected_on", "note", "happened_at")

    @column(_("release"), ordering="order__release__number")
    def of(self, row: Milestone) -> str:
        return f"{row.order.release.number}/{row.order.part}"
