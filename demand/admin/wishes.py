"""Wishes, how they were read, and what is waiting for a person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from demand.admin.reading_queue import queue_view
from demand.models import (
    CategoryModel,
    Pool,
    PoolMembership,
    PoolState,
    ReadingLabel,
    ReadText,
    RejectedWish,
    Wish,
    WishState,
    WishStep,
)
from demand.pooling import service as pooling
from demand.staff import (
    BAD,
    GOOD,
    PLAIN,
    WATCH,
    Decision,
    DecisionForm,
    PlainForm,
    StaffAdmin,
    StaffInline,
    Taken,
    column,
    register,
    state_column,
)
from demand.staff_words import SpokenValues, needs_words
from demand.templatetags.wishmill import money

STATES = {"open": PLAIN, "asking": WATCH, "committed": GOOD, "fulfilled": GOOD, "hidden": BAD, "expired": WATCH}
READINGS = {"pending": PLAIN, "doubtful": WATCH, "read": GOOD, "confirmed": GOOD, "corrected": GOOD}
CHANGEABLE = (WishState.ASKING, WishState.OPEN)


class PoolForm(DecisionForm):
    """Which pool a decision about wishes speaks of."""

    pool = forms.ModelChoiceField(
        label=_("Pool"),
        queryset=Pool.objects.filter(state=PoolState.OPEN),
        widget=AutocompleteSelect(PoolMembership._meta.get_field("pool"), admin.site),
    )
    field_order = ("pool", "reason")


def hide(wish: Wish, taken: Taken) -> None:
    pooling.hide(wish_id=wish.pk, reason=taken.reason, now=taken.now)


def unhide(wish: Wish, taken: Taken) -> None:
    pooling.unhide(wish_id=wish.pk, now=taken.now)


def pin(wish: Wish, taken: Taken) -> None:
    pool_id = taken.values["pool"].pk
    pooling.pin_wish(wish_id=wish.pk, pool_id=pool_id, reason=taken.reason, by_id=taken.by_id, now=taken.now)


def _has_a_cell(wish: Wish) -> bool:
    return wish.category_id is not None and not wish.seeded and wish.state in (WishState.OPEN, WishState.COMMITTED)


def forbid(wish: Wish, taken: Taken) -> None:
    pool_id = taken.values["pool"].pk
    pooling.forbid_wish(wish_id=wish.pk, pool_id=pool_id, reason=taken.reason, by_id=taken.by_id, now=taken.now)


class StepInline(StaffInline):
    model = WishStep
    fields = ("quantity", "ceiling_minor")


class LabelInline(StaffInline):
    model = ReadingLabel
    fields = ("field", "was", "became", "by", "created_at")


@register(Wish)
class WishAdmin(StaffAdmin):
    list_display = (
        "text_short",
        "understood",
        "kind",
        "standing",
        "how_read",
        "quantity",
        "ceiling",
        "user",
        "created_at",
    )
    list_filter = (
        "state",
        "reading_state",
        "kind",
        ("question", SpokenValues),
        "seeded",
        "source",
        ("language", SpokenValues),
        "category",
    )
    search_fields = ("text", "user__email", "user__name", "public_id__startswith")
    list_select_related = ("category", "user")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    inlines = (StepInline, LabelInline)
    exported = (
        "id", "text", "kind", "state", "category__code", "quantity", "ceiling_minor", "region", "needed_by",
        "reading_state", "source", "created_at",
    )  # fmt: skip
    standing = state_column(STATES)
    decisions = (
        Decision(
            name="hide",
            label=_("Hide"),
            explains=_("The wish leaves its pool and every list. Its shopper is told why, in your words."),
            perform=hide,
            offered=lambda wish: wish.state in CHANGEABLE,
            grave=True,
        ),
        Decision(
            name="unhide",
            label=_("Show again"),
            explains=_("The wish counts again and joins the pool that fits it now."),
            perform=unhide,
            form=PlainForm,
            offered=lambda wish: wish.state == WishState.HIDDEN,
        ),
        Decision(
            name="pin",
            label=_("Pin to a pool"),
            explains=_("Every later pooling keeps wishes like these in the pool you choose, until it is undone."),
            perform=pin,
            form=PoolForm,
            offered=_has_a_cell,
        ),
        Decision(
            name="forbid",
            label=_("Keep out of a pool"),
            explains=_("Every later pooling keeps wishes like these out of the pool you choose, until it is undone."),
            perform=forbid,
            form=PoolForm,
            offered=_has_a_cell,
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(queue_view(self))
        return [path("queue/", view, name="demand_wish_queue"), *super().get_urls()]

    def words_for(self, row: Any) -> str:
        return f"{row.text[:80]} × {row.quantity}"

    @column(_("wish"), ordering="text")
    def text_short(self, row: Wish) -> str:
        return row.text[:70]

    @column(_("understood as"))
    def understood(self, row: Wish) -> str:
        return needs_words(row.category.code, row.needs["must"]) if row.category else "–"

    @column(_("reading"), ordering="reading_state", tones=READINGS)
    def how_read(self, row: Wish) -> tuple[str, str]:
        return row.reading_state, row.get_reading_state_display()

    @column(_("at most"), ordering="ceiling_minor")
    def ceiling(self, row: Wish) -> str:
        return money(row.ceiling_minor) or "–"


@register(RejectedWish)
class RejectedWishAdmin(StaffAdmin):
    list_display = ("source", "source_key", "reason", "field", "received_at", "replayed_at")
    list_filter = ("source", "reason")
    search_fields = ("raw", "source_key")
    date_hierarchy = "received_at"
    ordering = ("-received_at", "-pk")
    exported = ("id", "source", "source_key", "reason", "field", "raw", "received_at")


@register(ReadText)
class ReadTextAdmin(StaffAdmin):
    list_display = ("text_hash", "reader_version", "catalog_version", "created_at")
    list_filter = ("reader_version",)
    search_fields = ("text_hash__startswith",)
    ordering = ("-pk",)


@register(ReadingLabel)
class ReadingLabelAdmin(StaffAdmin):
    list_display = ("wish", "field", "was", "became", "by", "created_at")
    list_filter = ("field",)
    search_fields = ("wish__text", "field")
    list_select_related = ("wish", "by")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    exported = ("id", "wish__text", "field", "was", "became", "created_at")


@register(CategoryModel)
class CategoryModelAdmin(StaffAdmin):
    list_display = ("version", "lessons", "right", "right_before", "in_force", "created_at")
    list_filter = ("in_force",)
    search_fields = ("version",)
    ordering = ("-pk",)
    exclude = ("classes", "weights")
    exported = ("id", "version", "lessons", "right", "right_before", "in_force", "created_at")


@register(WishStep)
class WishStepAdmin(StaffAdmin):
    list_display = ("wish", "quantity", "ceiling")
    search_fields = ("wish__text",)
    list_select_related = ("wish",)
    ordering = ("-pk",)

    @column(_("at most"), ordering="ceiling_minor")
    def ceiling(self, row: WishStep) -> str:
        return money(row.ceiling_minor)
