"""Releases, production orders, versioned plans with their lots, what was reported, delivered and returned."""

from __future__ import annotations

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from demand.models import Run
from demand.models.fields import minor_field, public_id_field
from manufacturers.models.makers import Family, Line, Maker
from manufacturers.models.proposals import Proposal


class Release(models.Model):
    """The numbered, exact order by variant that goes to the maker after the lock; only a release is planned."""

    class State(models.TextChoices):
        WAITS_FOR_SAMPLE = "sample", pgettext_lazy("release", "Waits for its sample")
        SENT = "sent", pgettext_lazy("release", "Sent")
        ACKNOWLEDGED = "acknowledged", pgettext_lazy("release", "Acknowledged")
        DONE = "done", pgettext_lazy("release", "Done")

    public_id = public_id_field()
    number = models.CharField(max_length=24, unique=True)
    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="release")
    maker = models.ForeignKey(Maker, on_delete=models.PROTECT, related_name="releases")
    state = models.CharField(max_length=12, choices=State.choices, default=State.SENT)
    units = models.PositiveIntegerField()
    risk_units = models.PositiveIntegerField(default=0)
    risk_payer = models.CharField(max_length=8, blank=True)
    # Made first and looked at before the rest; 0 where all is made at once
    trial_units = models.PositiveIntegerField(default=0)
    unit_price_minor = minor_field()
    due_on = models.DateField()
    by_region = models.JSONField(default=dict)
    acknowledge_by = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        db_table = "release"
        constraints = [
            models.CheckConstraint(condition=Q(units__gte=1), name="release_units_positive"),
            models.CheckConstraint(condition=Q(risk_units=0) | Q(risk_payer__gt=""), name="release_risk_has_payer"),
            models.CheckConstraint(condition=Q(trial_units__lt=F("units")), name="release_trial_is_a_part"),
            models.CheckConstraint(
                condition=~Q(state="acknowledged") | Q(acknowledged_at__isnull=False),
                name="release_acknowledged_has_time",
            ),
        ]


class ReleaseLine(models.Model):
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="lines")
    variant_key = models.CharField(max_length=64)
    variant = models.JSONField(default=dict)
    units = models.PositiveIntegerField()

    class Meta:
        db_table = "release_line"
        ordering = ["release", "pk"]
        constraints = [models.UniqueConstraint(fields=["release", "variant_key"], name="release_variant_once")]


class ProductionOrder(models.Model):
    """What is to be made of one release (or a part of it): a family, units, from when, due when."""

    class State(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("production order", "Planned")
        # ``problem`` says why, also of one that was started and no plan has room for
        SET_ASIDE = "set_aside", pgettext_lazy("production order", "Cannot be planned")
        STARTED = "started", pgettext_lazy("production order", "Started")
        FINISHED = "finished", pgettext_lazy("production order", "Finished")
        SHIPPED = "shipped", pgettext_lazy("production order", "Shipped")
        DELIVERED = "delivered", pgettext_lazy("production order", "Delivered")

    public_id = public_id_field()
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="orders")
    part = models.PositiveIntegerField(default=1)
    # A trial is made before the rest of its release, which waits until it was finished without a quality hold
    trial = models.BooleanField(default=False)
    waits = models.BooleanField(default=False)
    family = models.ForeignKey(Family, on_delete=models.PROTECT, related_name="+")
    units = models.PositiveIntegerField()
    release_at = models.DateTimeField()
    due_at = models.DateTimeField()
    deadline_at = models.DateTimeField(null=True, blank=True)
    tardiness_weight = models.PositiveIntegerField(default=10)
    earliness_weight = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PLANNED)
    problem = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "production_order"
        constraints = [
            models.UniqueConstraint(fields=["release", "part"], name="production_order_part_once"),
            models.CheckConstraint(condition=Q(units__gte=1), name="production_order_units_positive"),
            models.CheckConstraint(condition=Q(release_at__lt=F("due_at")), name="production_order_due_after_release"),
            models.CheckConstraint(
                condition=Q(waits=False) | Q(trial=False, state__in=["planned", "set_aside"]),
                name="production_order_waits_unstarted",
            ),
        ]


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Plan(models.Model):
    """All lots of a manufacturer in one version. One is current; a what-if stands beside it."""

    class State(models.TextChoices):
        CURRENT = "current", pgettext_lazy("plan", "Current")
        WHAT_IF = "what_if", pgettext_lazy("plan", "What if")
        SUPERSEDED = "superseded", pgettext_lazy("plan", "Superseded")

    public_id = public_id_field()
    maker = models.ForeignKey(Maker, on_delete=models.CASCADE, related_name="plans")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices)
    based_on = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    title = models.CharField(max_length=120, blank=True)
    changes = models.JSONField(default=dict)
    # What would mend its lateness; null until that was worked out
    mends = models.JSONField(null=True, blank=True)
    status = models.CharField(max_length=12)
    objective = models.BigIntegerField()
    bound = models.BigIntegerField(default=0)
    tardiness = models.BigIntegerField(default=0)
    changeover_minutes = models.BigIntegerField(default=0)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "plan"
        constraints = [
            models.UniqueConstraint(fields=["maker", "version"], name="plan_version_once"),
            models.UniqueConstraint(fields=["maker"], condition=Q(state="current"), name="plan_one_current"),
        ]


class Lot(models.Model):
    """A batch on a line from start to end. Half-open; the changeover ends at or before the start."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="lots")
    order = models.ForeignKey(ProductionOrder, on_delete=models.PROTECT, related_name="lots")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="+")
    units = models.PositiveIntegerField()
    changeover_start = models.DateTimeField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    late_minutes = models.PositiveIntegerField(default=0)
    late_reason = models.CharField(max_length=16, blank=True)
    frozen = models.BooleanField(default=False)

    class Meta:
        db_table = "lot"
        ordering = ["plan", "starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "order"], name="lot_once_per_order"),
            models.CheckConstraint(
                condition=Q(changeover_start__lte=F("starts_at")) & Q(starts_at__lt=F("ends_at")), name="lot_ordered"
            ),
        ]
        indexes = [models.Index(fields=["plan", "line", "starts_at"], name="lot_on_line")]


class Milestone(models.Model):
    """What the manufacturer reports of a production order."""

    class Kind(models.TextChoices):
        STARTED = "started", pgettext_lazy("progress", "Started")
        FINISHED = "finished", pgettext_lazy("progress", "Finished")
        QUALITY_HOLD = "quality_hold", pgettext_lazy("progress", "Held for quality")
        SHIPPED = "shipped", pgettext_lazy("progress", "Shipped")
        DELIVERED = "delivered", pgettext_lazy("progress", "Delivered")
        DELAYED = "delayed", pgettext_lazy("progress", "Delayed")
        # A trial batch that was held for quality is in order after all
        PASSED = "passed", pgettext_lazy("progress", "Trial in order")

    public_id = public_id_field()
    order = models.ForeignKey(ProductionOrder, on_delete=models.PROTECT, related_name="milestones")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    units = models.PositiveIntegerField()
    expected_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    idempotency_key = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    happened_at = models.DateTimeField()

    class Meta:
        db_table = "milestone"
        ordering = ["order", "happened_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["order", "idempotency_key"], name="milestone_once_per_key"),
            models.CheckConstraint(
                condition=~Q(kind="delayed") | Q(expected_on__isnull=False), name="milestone_delay_has_date"
            ),
        ]
