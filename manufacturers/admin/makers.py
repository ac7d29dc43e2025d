"""Manufacturers, who acts for them, and what their lines can do."""

from __future__ import annotations

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from demand.staff import StaffAdmin, StaffInline, column, register
from demand.staff_words import SpokenRegions, SpokenValues
from demand.templatetags.wishmill import money
from manufacturers.models import (
    CalendarException,
    Changeover,
    Family,
    Line,
    LineRate,
    Maker,
    MakerMember,
    Reliability,
    Shift,
)


class MemberInline(StaffInline):
    model = MakerMember
    fields = ("user", "role", "created_at")


class LineInline(StaffInline):
    model = Line
    fields = ("code", "name", "initial_family", "active")


@register(Maker)
class MakerAdmin(StaffAdmin):
    list_display = ("called", "code", "city", "region", "time_zone", "active", "plan_dirty_at", "created_at")
    list_filter = ("active", ("region", SpokenRegions))
    search_fields = ("code", "names", "city", "public_id__startswith")
    ordering = ("code", "pk")
    inlines = (MemberInline, LineInline)
    exported = ("id", "code", "names", "city", "region", "time_zone", "active", "created_at")

    @column(_("manufacturer"), ordering="names__en")
    def called(self, row: Maker) -> str:
        return str(row)


@register(MakerMember)
class MakerMemberAdmin(StaffAdmin):
    list_display = ("user", "maker", "role", "created_at")
    list_filter = ("role", "maker")
    search_fields = ("user__email", "user__name", "maker__code")
    list_select_related = ("user", "maker")
    ordering = ("maker", "pk")


def permille(value: int | None) -> str:
    """A share as per cent; a dash while nothing is known."""
    return "–" if value is None else f"{value / 10:.0f} %"


@register(Reliability)
class ReliabilityAdmin(StaffAdmin):
    list_display = ("maker", "releases", "on_time", "accepted", "claimed", "quality", "computed_at")
    search_fields = ("maker__code",)
    list_select_related = ("maker",)
    ordering = ("maker", "pk")
    exported = (
        "maker__code", "releases", "on_time_permille", "accepted_permille", "claimed_permille", "quality_permille",
    )  # fmt: skip

    @column(_("on time"), ordering="on_time_permille")
    def on_time(self, row: Reliability) -> str:
        return permille(row.on_time_permille)

    @column(_("accepted"), ordering="accepted_permille")
    def accepted(self, row: Reliability) -> str:
        return permille(row.accepted_permille)

    @column(_("claimed"), ordering="claimed_permille")
    def claimed(self, row: Reliability) -> str:
        return permille(row.claimed_permille)

    @column(_("quality"), ordering="quality_permille")
    def quality(self, row: Reliability) -> str:
        return permille(row.quality_permille)


@register(Family)
class FamilyAdmin(StaffAdmin):
    list_display = ("code", "maker", "position", "retired_at")
    list_filter = ("maker",)
    search_fields = ("code", "maker__code")
    list_select_related = ("maker",)
    ordering = ("maker", "position", "pk")


@register(Changeover)
class ChangeoverAdmin(StaffAdmin):
    list_display = ("maker", "from_family", "to_family", "minutes", "cost")
    list_filter = ("from_family__maker",)
    search_fields = ("from_family__code", "to_family__code")
    list_select_related = ("from_family__maker", "to_family")
    ordering = ("from_family__maker", "pk")
    exported = ("from_family__maker__code", "from_family__code", "to_family__code", "minutes", "cost_minor")

    @column(_("manufacturer"), ordering="from_family__maker")
    def maker(self, row: Changeover) -> str:
        return str(row.from_family.maker)

    @column(_("cost"), ordering="cost_minor")
    def cost(self, row: Changeover) -> str:
        return money(row.cost_minor)


class RateInline(StaffInline):
    model = LineRate
    fields = ("family", "units_per_hour")


class ShiftInline(StaffInline):
    model = Shift
    fields = ("weekday", "starts", "ends")


@register(Line)
class LineAdmin(StaffAdmin):
    list_display = ("code", "maker", "name", "initial_family", "active")
    list_filter = ("active", "maker")
    search_fields = ("code", "name", "maker__code")
    list_select_related = ("maker", "initial_family")
    ordering = ("maker", "pk")
    inlines = (RateInline, ShiftInline)


@register(LineRate)
class LineRateAdmin(StaffAdmin):
    list_display = ("line", "maker", "family", "units_per_hour")
    list_filter = ("line__maker",)
    search_fields = ("line__code", "family__code")
    list_select_related = ("line__maker", "family")
    ordering = ("line", "pk")

    @column(_("manufacturer"), ordering="line__maker")
    def maker(self, row: LineRate) -> str:
        return str(row.line.maker)


def weekday_words(number: str) -> str:
    """The name of a day of the week; Monday is 0."""
    return str(WEEKDAYS[int(number)]) if number.isdigit() else number


class SpokenDays(SpokenValues):
    say = staticmethod(weekday_words)


@register(Shift)
class ShiftAdmin(StaffAdmin):
    list_display = ("line", "maker", "weekday", "starts", "ends")
    list_filter = ("line__maker", ("weekday", SpokenDays))
    in_codes = {"weekday": weekday_words}
    search_fields = ("line__code", "line__maker__code")
    list_select_related = ("line__maker",)
    ordering = ("line", "weekday", "starts", "pk")

    @column(_("manufacturer"), ordering="line__maker")
    def maker(self, row: Shift) -> str:
        return str(row.line.maker)


@register(CalendarException)
class CalendarExceptionAdmin(StaffAdmin):
    list_display = ("maker", "line", "starts_at", "ends_at", "working", "reason")
    list_filter = ("working", "maker")
    search_fields = ("reason", "maker__code")
    list_select_related = ("maker", "line")
    date_hierarchy = "starts_at"
    ordering = ("-starts_at", "-pk")
