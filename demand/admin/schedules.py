"""When what runs by itself: the schedules of beat, which staff edit."""

from __future__ import annotations

from typing import Any

import django_celery_beat.admin  # noqa: F401  registers its own lists, which these replace
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule

from demand.staff import GOOD, WATCH, StaffAdmin, column, register

for replaced in (ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule):
    admin.site.unregister(replaced)
# The library names this one field in English only; our catalogue has the words.
PeriodicTask._meta.get_field("task").verbose_name = _("Task Name")


# What runs by itself; beat keeps the names as they stand in the settings.
SCHEDULES = {
    "Months of signals": _("Months of signals"),
    "Everything again": _("Everything again"),
    "Bursts and unmet demand": _("Bursts and unmet demand"),
    "Learning from corrections": _("Learning from corrections"),
    "Reliability of makers": _("Reliability of makers"),
    "celery.backend_cleanup": _("Results of old tasks removed"),
    "Snapshots of pools": _("Snapshots of pools"),
    "Notices by mail and text message": _("Notices by mail and text message"),
    "Signals by the hour": _("Signals by the hour"),
    "Proposals that lapse": _("Proposals that lapse"),
    "Campaigns that bind or close": _("Campaigns that bind or close"),
    "Outbox": _("Outbox"),
    "Housekeeping": _("Housekeeping"),
}


def schedule_words(name: str) -> str:
    """What a schedule is for."""
    return str(SCHEDULES.get(name, name))


def crontab_words(crontab: CrontabSchedule) -> str:
    """When it runs: every hour or every day in words, anything rarer as the five fields."""
    minute, hour = str(crontab.minute), str(crontab.hour)
    rare = {str(crontab.day_of_week), str(crontab.day_of_month), str(crontab.month_of_year)} != {"*"}
    if rare or not minute.isdigit() or not (hour == "*" or hour.isdigit()):
        return str(crontab)
    if hour == "*":
        return gettext("every hour, at minute %(minute)s") % {"minute": minute}
    return gettext("every day at %(time)s") % {"time": f"{int(hour):02d}:{int(minute):02d}"}


class ScheduleAdmin(StaffAdmin):
    """A list that people with the permission edit: beat reads it again within seconds."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_decide(request)


@register(PeriodicTask)
class PeriodicTaskAdmin(ScheduleAdmin):
    list_display = ("name", "on", "when", "last_run_at", "total_run_count")
    list_filter = ("enabled",)
    search_fields = ("name", "task")
    list_select_related = ("interval", "crontab", "solar", "clocked")
    ordering = ("name", "pk")
    fields = ("name", "task", "enabled", "interval", "crontab", "description", "last_run_at", "total_run_count")
    readonly_fields = ("name", "task", "last_run_at", "total_run_count")
    autocomplete_fields = ("interval", "crontab")
    in_codes = {"name": schedule_words}

    def words_for(self, row: Any) -> str:
        return schedule_words(row.name)

    @column(_("on"), ordering="enabled", tones={"yes": GOOD, "no": WATCH})
    def on(self, row: PeriodicTask) -> tuple[str, Any]:
        return ("yes", _("on")) if row.enabled else ("no", _("off"))

    @column(_("when"))
    def when(self, row: PeriodicTask) -> str:
        if row.crontab is not None:
            return crontab_words(row.crontab)
        return str(row.interval or row.solar or row.clocked or "–")


class MakeableAdmin(ScheduleAdmin):
    """A way to say when; new ones can be made, old ones stay because tasks point to them."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(f"django_celery_beat.add_{self.opts.model_name}"))


@register(IntervalSchedule)
class IntervalScheduleAdmin(MakeableAdmin):
    list_display = ("every", "period")
    list_filter = ("period",)
    search_fields = ("every", "period")
    ordering = ("period", "every", "pk")


@register(CrontabSchedule)
class CrontabScheduleAdmin(MakeableAdmin):
    list_display = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year", "timezone")
    search_fields = ("minute", "hour")
    ordering = ("hour", "minute", "pk")
