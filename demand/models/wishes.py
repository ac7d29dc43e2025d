"""Wishes and pre-orders, the readings of their words and what shoppers corrected."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from demand.models.catalog import Category
from demand.models.fields import minor_field, needs_default, public_id_field
from demand.models.people import Person


class WishKind(models.TextChoices):
    INTEREST = "interest", pgettext_lazy("kind of wish", "Interest")
    PREORDER = "preorder", pgettext_lazy("kind of wish", "Pre-order")


class WishState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("wish", "Draft")  # typed by someone not signed in yet; never counts
    ASKING = "asking", pgettext_lazy("wish", "Asking back")  # nothing could be read; one question is open
    OPEN = "open", pgettext_lazy("wish", "Open")
    COMMITTED = "committed", pgettext_lazy("wish", "In a campaign")
    FULFILLED = "fulfilled", pgettext_lazy("wish", "Fulfilled")
    WITHDRAWN = "withdrawn", pgettext_lazy("wish", "Withdrawn")
    EXPIRED = "expired", pgettext_lazy("wish", "Expired")
    HIDDEN = "hidden", pgettext_lazy("wish", "Hidden")  # by staff, with a reason


class ReadingState(models.TextChoices):
    PENDING = "pending", pgettext_lazy("reading", "Not read yet")
    READ = "read", pgettext_lazy("reading", "Read")
    DOUBTFUL = "doubtful", pgettext_lazy("reading", "In doubt")
    CONFIRMED = "confirmed", pgettext_lazy("reading", "Confirmed")
    CORRECTED = "corrected", pgettext_lazy("reading", "Corrected")


class Intent(models.TextChoices):
    QUANTITY = "quantity", pgettext_lazy("intent", "A number of units")
    BUDGET = "budget", pgettext_lazy("intent", "A budget")
    BEST_PRICE = "best_price", pgettext_lazy("intent", "Only at the best price")


MAX_TEXT = 10_000
MAX_UNITS = 100_000

TO_COUNT = "INSERT INTO demand_wish_to_count (category_id, wish_id)"
COUNTED = (
    *("category_id", "needs_hash", "ceiling_minor", "needed_by", "person_id", "quantity", "kind", "region", "state"),
    *("seeded", "revision"),
)
"""Columns of a wish that its demand cell counts, and its revision: a shopper's change places it anew. A change of one
is noted in ``WishToCount``."""


def _differs(*columns: str) -> str:
    return " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
)
class Wish(models.Model):
    """What one shopper wants: text, needs, quantity, ceiling, region, date. A pre-order is a confirmed, firm wish.

    An imported pre-order waits for its reading; it becomes interest again where category or ceiling stays unknown.

    ``ceiling_minor`` is the delivered price per unit; ``budget_minor`` is used with ``intent`` budget only.
    ``seeded`` wishes were written by staff; they are labelled and never count.
    """

    public_id = public_id_field()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="wishes",
        db_index=False,  # wish_of_user
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    claim_hash = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=8, choices=WishKind.choices, default=WishKind.INTEREST)
    state = models.CharField(max_length=9, choices=WishState.choices, default=WishState.OPEN)
    text = models.TextField(max_length=MAX_TEXT)
    language = models.CharField(max_length=8, blank=True)
    source = models.CharField(max_length=24, default="site")
    source_key = models.CharField(max_length=120, null=True, blank=True)  # NULL keeps it unique
    seeded = models.BooleanField(default=False)

    category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="wishes",
        db_index=False,  # wish_open_by_category
    )
    needs = models.JSONField(default=needs_default)
    needs_hash = models.CharField(max_length=64, blank=True)
    reading = models.JSONField(default=dict)
    reading_state = models.CharField(max_length=9, choices=ReadingState.choices, default=ReadingState.PENDING)
    reader_version = models.CharField(max_length=24, blank=True)
    catalog_version = models.CharField(max_length=64, blank=True)
    question = models.CharField(max_length=24, blank=True)

    intent = models.CharField(max_length=10, choices=Intent.choices, default=Intent.QUANTITY)
    quantity = models.PositiveIntegerField(default=1)
    tolerance = models.PositiveIntegerField(default=0)
    ceiling_minor = minor_field(null=True, blank=True)
    budget_minor = minor_field(null=True, blank=True)
    region = models.CharField(max_length=8, blank=True)
    needed_by = models.DateField(null=True, blank=True)
    auto_bind = models.BooleanField(default=False)

    hidden_reason = models.CharField(max_length=200, blank=True)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "demand_wish"
        verbose_name_plural = "wishes"
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=1) & Q(quantity__lte=MAX_UNITS), name="wish_quantity_in_range"
            ),
            models.CheckConstraint(condition=Q(tolerance__lte=MAX_UNITS), name="wish_tolerance_in_range"),
            models.CheckConstraint(
                condition=Q(ceiling_minor__isnull=True) | Q(ceiling_minor__gt=0), name="wish_ceiling_positive"
            ),
            models.CheckConstraint(
                condition=~Q(intent="budget") | Q(budget_minor__gt=0), name="wish_budget_intent_has_budget"
            ),
            models.CheckConstraint(
                condition=~Q(kind="preorder")
                | Q(state__in=["draft", "withdrawn", "hidden", "expired"])
                | Q(reading_state="pending")
                | Q(user__isnull=False, category__isnull=False, ceiling_minor__isnull=False),
                name="wish_preorder_is_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False)
                | Q(state__in=["draft", "withdrawn", "hidden"])
                | Q(seeded=True)
                | ~Q(source="site"),
                name="wish_without_user_is_draft",
            ),
            models.CheckConstraint(
                condition=~Q(auto_bind=True) | Q(kind="preorder"), name="wish_auto_bind_is_preorder"
            ),
            models.UniqueConstraint(fields=["source", "source_key"], name="wish_source_key_once"),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="wish_of_user"),
            models.Index(fields=["category", "id"], condition=Q(state="open"), name="wish_open_by_category"),
            models.Index(fields=["category"], condition=Q(state="committed"), name="wish_committed"),
            models.Index(fields=["claim_hash"], name="wish_claim"),
            models.Index(fields=["id"], condition=Q(reading_state="doubtful"), name="wish_doubtful"),
            models.Index(fields=["id"], condition=Q(reading_state="pending"), name="wish_to_read"),
            models.Index(
                fields=["catalog_version", "reader_version"],
                condition=Q(state__in=["open", "asking"], reading_state__in=["read", "doubtful"]),
                name="wish_read_by",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="count_new",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                condition=pgtrigger.Condition("NEW.category_id IS NOT NULL"),
                func=f"{TO_COUNT} VALUES (NEW.category_id, NEW.id); RETURN NULL;",
            ),
            pgtrigger.Trigger(
                name="count_changed",
                operation=pgtrigger.Update,
                when=pgtrigger.After,
                condition=pgtrigger.Condition(_differs(*COUNTED)),
                func=f"""
                    {TO_COUNT} SELECT DISTINCT c, NEW.id FROM unnest(ARRAY[OLD.category_id, NEW.category_id]) c
                        WHERE c IS NOT NULL;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="count_gone",
                operation=pgtrigger.Delete,
                when=pgtrigger.After,
                condition=pgtrigger.Condition("OLD.category_id IS NOT NULL"),
                func=f"{TO_COUNT} VALUES (OLD.category_id, OLD.id); RETURN NULL;",
            ),
            pgtrigger.Trigger(
                name="leave_pool",
                operation=pgtrigger.Delete,
                when=pgtrigger.After,
                func="""
                    WITH gone AS (DELETE FROM demand_pool_membership WHERE wish_id = OLD.id RETURNING pool_id)
                    UPDATE demand_pool SET stale = true WHERE id IN (SELECT pool_id FROM gone);
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class WishStep(models.Model):
    """One step of a shopper's own price ladder: so many units in all at this delivered price or below."""

    wish = models.ForeignKey(Wish, on_delete=models.CASCADE, related_name="steps")
    quantity = models.PositiveIntegerField()
    ceiling_minor = minor_field()

    class Meta:
        db_table = "demand_wish_step"
        ordering = ["wish", "-ceiling_minor"]
        constraints = [
            models.UniqueConstraint(fields=["wish", "ceiling_minor"], name="step_price_once"),
            models.CheckConstraint(condition=Q(ceiling_minor__gt=0), name="step_ceiling_positive"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1) & Q(quantity__lte=MAX_UNITS), name="step_quantity_in_range"
            ),
        ]


class ReadText(models.Model):
    """A reading kept by (text, catalogue version, reader version), so that the same words are read once."""

    text_hash = models.CharField(max_length=64)
    catalog_version = models.CharField(max_length=64)
    reader_version = models.CharField(max_length=24)
    reading = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "demand_read_text"
        constraints = [
            models.UniqueConstraint(fields=["text_hash", "catalog_version", "reader_version"], name="read_text_once")
        ]


class ReadingLabel(models.Model):
    """What a shopper or staff corrected: the material the category model is fitted on."""

    wish = models.ForeignKey(Wish, on_delete=models.CASCADE, related_name="labels")
    field = models.CharField(max_length=60)
    was = models.JSONField(null=True)
    became = models.JSONField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "demand_reading_label"
        indexes = [models.Index(fields=["wish", "field"], name="label_of_wish")]


class CategoryModel(models.Model):
    """What corrections taught about categories, when it was better than reading without it; at most one in force.

    ``classes`` are category codes, ``null`` for no category; ``weights`` little-endian float32, one row a class.
    """

    version = models.CharField(max_length=12, unique=True)
    classes = models.JSONField()
    weights = models.BinaryField()
    lessons = models.PositiveIntegerField()
    right = models.PositiveIntegerField()
    right_before = models.PositiveIntegerField()
    in_force = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "demand_category_model"
        constraints = [
            models.UniqueConstraint(
                fields=["in_force"], condition=models.Q(in_force=True), name="category_model_in_force"
            ),
            models.CheckConstraint(
                condition=models.Q(right__gt=models.F("right_before")), name="category_model_is_better"
            ),
        ]

    def __str__(self) -> str:
        return self.version


class RejectedWish(models.Model):
    """An imported row that could not be used, kept with its reason so that it can be repaired and replayed."""

    source = models.CharField(max_length=24)
    source_key = models.CharField(max_length=120)
    raw = models.TextField()
    reason = models.CharField(max_length=48)
    field = models.CharField(max_length=48, blank=True)
    received_at = models.DateTimeField()
    replayed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "demand_rejected_wish"
        verbose_name_plural = "rejected wishes"
        constraints = [models.UniqueConstraint(fields=["source", "source_key"], name="rejected_wish_once")]
