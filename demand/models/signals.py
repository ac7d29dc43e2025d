"""Counted events: searches, views, cart adds, votes. Raw rows live in a month-partitioned table nothing points to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from demand.models.catalog import Category
from demand.models.fields import public_id_field


class SignalKind(models.TextChoices):
    SEARCH = "search", pgettext_lazy("signal", "Search")
    SEARCH_ZERO = "search_zero", pgettext_lazy("signal", "Search without a result")
    VIEW = "view", pgettext_lazy("signal", "Page view")
    CART = "cart", pgettext_lazy("signal", "Put in a cart")
    VOTE = "vote", pgettext_lazy("signal", "Vote")


class SignalSource(models.Model):
    """A website or feed that sends events, with the hash of its API key and what it may do."""

    public_id = public_id_field()
    name = models.CharField(max_length=60, unique=True)
    key_prefix = models.CharField(max_length=12, unique=True)
    key_hash = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    events_per_minute = models.PositiveIntegerField(default=600_000)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "demand_signal_source"

    def __str__(self) -> str:
        return self.name


class Signal(models.Model):
    """One event. Unmanaged: a migration makes the table, partitioned by month of ``occurred_at``."""

    pk = models.CompositePrimaryKey("source_id", "event_id", "occurred_at")
    source_id = models.BigIntegerField()
    event_id = models.CharField(max_length=64)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=SignalKind.choices)
    person_key = models.CharField(max_length=64, blank=True)
    consent = models.BooleanField(default=False)
    category_id = models.BigIntegerField(null=True)
    need = models.CharField(max_length=120, blank=True)
    query = models.CharField(max_length=400, blank=True)
    pool_id = models.BigIntegerField(null=True)
    units = models.PositiveIntegerField(default=1)
    price_minor = models.BigIntegerField(null=True)
    region = models.CharField(max_length=8, blank=True)

    class Meta:
        managed = False
        db_table = "demand_signal"


class QuarantinedSignal(models.Model):
    """An event that could not be used, with its reason; staff repair and replay it."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("quarantine", "Waiting")
        REPLAYED = "replayed", pgettext_lazy("quarantine", "Replayed")
        DROPPED = "dropped", pgettext_lazy("quarantine", "Dropped")

    source = models.ForeignKey(SignalSource, on_delete=models.PROTECT, related_name="+")
    raw = models.JSONField()
    raw_hash = models.CharField(max_length=64)
    reason = models.CharField(max_length=48)
    field = models.CharField(max_length=48, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    received_at = models.DateTimeField()
    replayed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "demand_quarantined_signal"
        constraints = [models.UniqueConstraint(fields=["source", "raw_hash", "reason"], name="quarantined_once")]
        indexes = [models.Index(fields=["-received_at"], condition=Q(state="open"), name="quarantine_open")]


class SignalRollup(models.Model):
    """Counts of an hour by category, need, region and kind; always equal to a recount of the raw rows."""

    hour = models.DateTimeField()
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, related_name="+")
    need = models.CharField(max_length=120, blank=True)
    region = models.CharField(max_length=8, blank=True)
    kind = models.CharField(max_length=12, choices=SignalKind.choices)
    events = models.PositiveBigIntegerField()
    units = models.PositiveBigIntegerField()
    persons = models.PositiveBigIntegerField()

    class Meta:
        db_table = "demand_signal_rollup"
        constraints = [
            models.UniqueConstraint(
                fields=["hour", "category", "need", "region", "kind"], name="rollup_once", nulls_distinct=False
            )
        ]
        indexes = [models.Index(fields=["category", "kind", "hour"], name="rollup_series")]


class DirtyHour(models.Model):
    """A mark that an hour must be counted again, written with the rows that changed it; one for each such write.

    Whoever counts takes away the marks that it saw before it counted, and no others, so nobody has to wait for anybody.
    """

    hour = models.DateTimeField()
    since = models.DateTimeField()

    class Meta:
        db_table = "demand_dirty_hour"


class QueryReading(models.Model):
    """What was understood from the searches of a (UTC) day that name no need, so that each text is read once a day."""

    day = models.DateField()
    query = models.CharField(max_length=400)
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, related_name="+")
    need = models.CharField(max_length=120, blank=True)

    class Meta:
        db_table = "demand_query_reading"
        constraints = [models.UniqueConstraint(fields=["day", "query"], name="query_read_once_a_day")]


class ShopperSalt(models.Model):
    """The secret of one 90-day period that pseudonymous shopper keys are made with; dropped after retention."""

    starts_at = models.DateTimeField(unique=True)
    secret = models.BinaryField()

    class Meta:
        db_table = "demand_shopper_salt"
