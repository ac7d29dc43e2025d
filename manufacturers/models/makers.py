"""Manufacturers, their members, lines, families, changeovers and calendars."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy

from demand.models import localised
from demand.models.fields import minor_field, public_id_field


class Maker(models.Model):
    """A manufacturer. Calendars are local rules in ``time_zone``."""

    public_id = public_id_field()
    code = models.SlugField(max_length=40, unique=True)
    names = models.JSONField(default=dict)
    city = models.CharField(max_length=60)
    region = models.CharField(max_length=8)
    time_zone = models.CharField(max_length=40, default="Asia/Shanghai")
    certificates = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    plan_dirty_at = models.DateTimeField(null=True, blank=True)
    frozen_hours = models.PositiveIntegerField(default=48)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "maker"
        ordering = ["pk"]

    def __str__(self) -> str:
        return localised(self.names, get_language() or "en", self.code)


class MakerMember(models.Model):
    """A person who acts for a manufacturer. One maker a person."""

    class Role(models.TextChoices):
        OWNER = "owner", pgettext_lazy("role", "Owner")  # accepts, counters, declines; edits everything
        PLANNER = "planner", pgettext_lazy("role", "Planner")  # plans, reports
        VIEWER = "viewer", pgettext_lazy("role", "Viewer")

    maker = models.ForeignKey(Maker, on_delete=models.CASCADE, related_name="members")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=7, choices=Role.choices, default=Role.OWNER)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "maker_member"


class Reliability(models.Model):
    """What a maker's record says, in permille over finished releases; ``None`` while nothing is known."""

    maker = models.OneToOneField(Maker, on_delete=models.CASCADE, related_name="reliability")
    releases = models.PositiveIntegerField(default=0)
    on_time_permille = models.PositiveIntegerField(null=True, blank=True)
    accepted_permille = models.PositiveIntegerField(null=True, blank=True)
    claimed_permille = models.PositiveIntegerField(null=True, blank=True)
    quality_permille = models.PositiveIntegerField(null=True, blank=True)
    computed_at = models.DateTimeField()

    class Meta:
        db_table = "maker_reliability"
        verbose_name_plural = "reliabilities"


class Family(models.Model):
    """Products that a line makes without changing over between them."""

    maker = models.ForeignKey(Maker, on_delete=models.CASCADE, related_name="families")
    code = models.SlugField(max_length=40)
    names = models.JSONField(default=dict)
    position = models.PositiveIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "maker_family"
        ordering = ["maker", "position", "pk"]
        verbose_name_plural = "families"
        constraints = [models.UniqueConstraint(fields=["maker", "code"], name="family_code_once")]

    def __str__(self) -> str:
        return localised(self.names, get_language() or "en", self.code)


class Changeover(models.Model):
    """Minutes and cost of going from one family to another on any line of the maker; absent means none."""

    from_family = models.ForeignKey(Family, on_delete=models.CASCADE, related_name="+")
    to_family = models.ForeignKey(Family, on_delete=models.CASCADE, related_name="+")
    minutes = models.PositiveIntegerField()
    cost_minor = minor_field(default=0)

    class Meta:
        db_table = "maker_changeover"
        constraints = [
            models.UniqueConstraint(fields=["from_family", "to_family"], name="changeover_once"),
            models.CheckConstraint(
                condition=~Q(from_family=F("to_family")) | Q(minutes=0), name="changeover_same_family_is_free"
            ),
        ]


class Line(models.Model):
    """A production line: one lot at a time."""

    public_id = public_id_field()
    maker = models.ForeignKey(Maker, on_delete=models.CASCADE, related_name="lines")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60, blank=True)
    initial_family = models.ForeignKey(Family, on_delete=models.PROTECT, related_name="+")
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "maker_line"
        ordering = ["maker", "pk"]
        constraints = [models.UniqueConstraint(fields=["maker", "code"], name="line_code_once")]

    def __str__(self) -> str:
        return self.code


class LineRate(models.Model):
    """How fast a line makes a family: units an hour of working time."""

    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="rates")
    family = models.ForeignKey(Family, on_delete=models.CASCADE, related_name="rates")
    units_per_hour = models.PositiveIntegerField()

    class Meta:
        db_table = "maker_line_rate"
        constraints = [
            models.UniqueConstraint(fields=["line", "family"], name="rate_once"),
            models.CheckConstraint(condition=Q(units_per_hour__gte=1), name="rate_positive"),
        ]


class Shift(models.Model):
    """A weekly working interval of a line in the maker's local time; ``ends`` ≤ ``starts`` runs past midnight."""

    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="shifts")
    weekday = models.PositiveSmallIntegerField()  # 0 Monday … 6 Sunday
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        db_table = "maker_shift"
        ordering = ["line", "weekday", "starts"]
        constraints = [
            models.UniqueConstraint(fields=["line", "weekday", "starts"], name="shift_once"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="shift_weekday_exists"),
        ]


class CalendarException(models.Model):
    """A stretch in which a line (or all lines of a maker) is closed, or works beyond its shifts. Half-open, UTC."""

    maker = models.ForeignKey(Maker, on_delete=models.CASCADE, related_name="calendar_exceptions")
    line = models.ForeignKey(Line, on_delete=models.CASCADE, null=True, blank=True, related_name="exceptions")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    working = models.BooleanField(default=False)
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        db_table = "maker_calendar_exception"
        ordering = ["maker", "starts_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="exception_ends_after_start")
        ]
