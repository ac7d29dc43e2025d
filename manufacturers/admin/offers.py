"""What manufacturers can make, on what terms, and how much of it each week."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from demand.staff import BAD, GOOD, PLAIN, WATCH, StaffAdmin, StaffInline, column, register, state_column
from demand.templatetags.wishmill import money
from manufacturers.models import CapacityWindow, Material, Offer, OfferTier

STATES = {"draft": PLAIN, "live": GOOD, "paused": WATCH, "retired": BAD}


class TierInline(StaffInline):
    model = OfferTier
    fields = ("min_units", "unit_price_minor")


class WindowInline(StaffInline):
    model = CapacityWindow
    fields = ("week", "units", "booked")


class MaterialInline(StaffInline):
    model = Material
    fields = ("name", "unit", "milli_per_unit")


@register(Offer)
class OfferAdmin(StaffAdmin):
    list_display = (
        "title",
        "maker",
        "category",
        "standing",
        "moq",
        "lot_multiple",
        "lead_days",
        "valid_to",
        "updated_at",
    )
    list_filter = ("state", "category", "maker")
    search_fields = ("title", "code", "maker__code", "public_id__startswith")
    list_select_related = ("maker", "category")
    date_hierarchy = "valid_to"
    ordering = ("maker", "pk")
    inlines = (TierInline, WindowInline, MaterialInline)
    exported = (
        "id", "code", "title", "maker__code", "category__code", "state", "moq", "lot_multiple", "lead_days",
        "valid_from", "valid_to",
    )  # fmt: skip
    standing = state_column(STATES)


@register(OfferTier)
class OfferTierAdmin(StaffAdmin):
    list_display = ("offer", "min_units", "price")
    list_filter = ("offer__maker",)
    search_fields = ("offer__title",)
    list_select_related = ("offer",)
    ordering = ("offer", "min_units", "pk")
    exported = ("offer__code", "min_units", "unit_price_minor")

    @column(_("price before VAT"), ordering="unit_price_minor")
    def price(self, row: OfferTier) -> str:
        return money(row.unit_price_minor)


@register(CapacityWindow)
class CapacityWindowAdmin(StaffAdmin):
    list_display = ("offer", "week", "units", "booked", "free")
    list_filter = ("offer__maker",)
    search_fields = ("offer__title",)
    list_select_related = ("offer",)
    date_hierarchy = "week"
    ordering = ("week", "offer", "pk")
    exported = ("offer__code", "week", "units", "booked")

    @column(_("free"))
    def free(self, row: CapacityWindow) -> int:
        return row.units - row.booked


@register(Material)
class MaterialAdmin(StaffAdmin):
    list_display = ("offer", "name", "unit", "per_unit")
    search_fields = ("name", "offer__title")
    list_select_related = ("offer",)
    ordering = ("offer", "pk")

    @column(_("for one unit"), ordering="milli_per_unit")
    def per_unit(self, row: Material) -> str:
        return f"{row.milli_per_unit / 1000:g} {row.unit}"
