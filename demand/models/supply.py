"""What demand's pages show of supply; written by manufacturers through demand's services."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from demand.models.campaigns import Campaign
from demand.models.fields import minor_field
from demand.models.pools import Pool


class PoolTerms(models.Model):
    """The best terms a pool could be made on: the minimum, and when. Absent: a maker is being looked for.

    ``firm_units`` are those of the pool's pre-orders that accept the first price: live, kept with the memberships.
    """

    pool = models.OneToOneField(Pool, on_delete=models.CASCADE, related_name="terms")
    source_key = models.CharField(max_length=120)
    min_units = models.PositiveIntegerField()
    lead_days = models.PositiveIntegerField()
    makers = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=12, default="offer")  # offer | proposed | negotiating | accepted
    firm_units = models.PositiveIntegerField(default=0)
    revision = models.PositiveBigIntegerField(default=0)
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "demand_pool_terms"
        constraints = [models.CheckConstraint(condition=Q(min_units__gte=1), name="terms_minimum_positive")]


class PoolTier(models.Model):
    """A step of a pool's price ladder in delivered prices, freight to a region without a rate of its own included.

    ``firm_units`` are the firm units whose ceiling allows ``price_minor``; the tier is reached when they are
    ``min_units`` or more.
    """

    terms = models.ForeignKey(PoolTerms, on_delete=models.CASCADE, related_name="tiers")
    min_units = models.PositiveIntegerField()
    price_minor = minor_field()
    firm_units = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "demand_pool_tier"
        ordering = ["terms", "min_units"]
        constraints = [models.UniqueConstraint(fields=["terms", "min_units"], name="pool_tier_once")]


class CampaignProgress(models.Model):
    """A step of production as shoppers see it, unique on the report it came from."""

    class Kind(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("progress", "Planned")
        STARTED = "started", pgettext_lazy("progress", "Started")
        FINISHED = "finished", pgettext_lazy("progress", "Finished")
        QUALITY_HOLD = "quality_hold", pgettext_lazy("progress", "Held for quality")
        SHIPPED = "shipped", pgettext_lazy("progress", "Shipped")
        DELIVERED = "delivered", pgettext_lazy("progress", "Delivered")
        DELAYED = "delayed", pgettext_lazy("progress", "Delayed")
        TRIAL = "trial", pgettext_lazy("progress", "Trial batch in order")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="progress")
    source_key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    units = models.PositiveIntegerField(default=0)
    happened_at = models.DateTimeField()
    expected_from = models.DateField(null=True, blank=True)
    expected_to = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "demand_campaign_progress"
        ordering = ["campaign", "happened_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expected_from__isnull=True) | Q(expected_from__lte=F("expected_to")),
                name="progress_expected_ordered",
            )
        ]
