"""How many people would really buy: estimates per pool and price, staff's corrections, and what was noticed early."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from demand.models.catalog import Category
from demand.models.fields import minor_field, public_id_field
from demand.models.pools import Pool


class ConversionModel(models.Model):
    """The fitted conversion rates that estimates are made with; the newest is in force.

    ``newest`` is the last past campaign it was taught; ``state`` (see ``estimating.kernel.packing``) lets learning go
    on from there and stays with the newest model only, ``kept`` lists [category, specification, pre-ordered, kept].
    """

    version = models.CharField(max_length=64, unique=True)
    parameters = models.JSONField()
    campaigns = models.PositiveIntegerField()
    newest = models.PositiveBigIntegerField(default=0)
    state = models.BinaryField(null=True)
    kept = models.JSONField(default=list)
    fitted_at = models.DateTimeField()

    class Meta:
        db_table = "demand_conversion_model"
        ordering = ["-pk"]


class PastCampaign(models.Model):
    """A closed campaign as the estimator learns from it (ours, or imported history), aggregated by line.

    ``specification`` is the hash of its pool's, empty where none is known.
    """

    source_key = models.CharField(max_length=64, unique=True)
    closed_on = models.DateField()
    category = models.CharField(max_length=60)
    specification = models.CharField(max_length=64, blank=True)
    lines = models.JSONField()

    class Meta:
        db_table = "demand_past_campaign"
        ordering = ["closed_on", "pk"]


class Estimate(models.Model):
    """Expected units of a pool at each price, frozen with what it is made of. Versioned; the newest is in force."""

    public_id = public_id_field()
    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="estimates")
    version = models.PositiveIntegerField()
    model_version = models.CharField(max_length=64)
    pool_revision = models.PositiveIntegerField()
    input_hash = models.CharField(max_length=64)
    shares = models.JSONField(default=dict)
    computed_at = models.DateTimeField()

    class Meta:
        db_table = "demand_estimate"
        constraints = [models.UniqueConstraint(fields=["pool", "version"], name="estimate_version_once")]


class EstimatePoint(models.Model):
    """One price of an estimate, in units. ``evidence`` lists {kind, count, rate_permille, units} per source."""

    estimate = models.ForeignKey(Estimate, on_delete=models.CASCADE, related_name="points")
    price_minor = minor_field()
    firm_units = models.PositiveIntegerField()
    expected_units = models.PositiveIntegerField()
    low80 = models.PositiveIntegerField()
    high80 = models.PositiveIntegerField()
    low95 = models.PositiveIntegerField()
    high95 = models.PositiveIntegerField()
    evidence = models.JSONField(default=list)
    distribution = models.JSONField(default=dict)

    class Meta:
        db_table = "demand_estimate_point"
        ordering = ["estimate", "-price_minor"]
        constraints = [
            models.UniqueConstraint(fields=["estimate", "price_minor"], name="point_price_once"),
            models.CheckConstraint(
                condition=Q(low95__lte=models.F("low80"))
                & Q(low80__lte=models.F("high80"))
                & Q(high80__lte=models.F("high95")),
                name="point_intervals_nested",
            ),
        ]


class EstimateOverride(models.Model):
    """Staff's correction of a pool's estimate by a factor, with a reason; the computed value stays visible."""

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="overrides")
    factor_permille = models.PositiveIntegerField()
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "demand_estimate_override"
        constraints = [
            models.UniqueConstraint(fields=["pool"], condition=Q(undone_at__isnull=True), name="override_one_in_force"),
            models.CheckConstraint(condition=Q(reason__gt=""), name="override_has_reason"),
        ]


class Finding(models.Model):
    """A burst, an unmet need, or words many wishes share and the vocabulary lacks, with evidence, for staff to act on.

    ``supply`` is what makers could do about it, written by manufacturers: {"verdict", "makers", "in_time",
    "soonest_days", "window_days"}; empty while nobody looked.
    """

    class Kind(models.TextChoices):
        BURST = "burst", pgettext_lazy("finding", "Burst")
        UNMET = "unmet", pgettext_lazy("finding", "Unmet need")
        WORDS = "words", pgettext_lazy("finding", "New words")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("finding", "Open")
        TAKEN = "taken", pgettext_lazy("finding", "Taken up")
        DISMISSED = "dismissed", pgettext_lazy("finding", "Dismissed")

    public_id = public_id_field()
    kind = models.CharField(max_length=5, choices=Kind.choices)
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, related_name="+")
    subject = models.CharField(max_length=200)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    multiple_permille = models.PositiveIntegerField(null=True)
    evidence = models.JSONField(default=dict)
    supply = models.JSONField(default=dict)
    pool = models.ForeignKey(Pool, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    found_at = models.DateTimeField()

    class Meta:
        db_table = "demand_finding"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "category", "subject", "starts_on"], name="finding_once", nulls_distinct=False
            )
        ]
