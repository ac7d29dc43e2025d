"""What can be wished for: categories, attributes, values, their names and aliases, and the policies in force."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, pgettext_lazy


def localised(names: dict[str, str], language: str, fallback: str) -> str:
    """The name in ``language``; a missing one falls back within Chinese, then to English, then to ``fallback``."""
    order = {
        "zh-hans": ("zh-hans", "zh-hant", "en"),
        "zh-hant": ("zh-hant", "zh-hans", "en"),
    }.get(language, ("en", "zh-hans", "zh-hant"))
    return next((names[code] for code in order if names.get(code)), fallback)


class Named(models.Model):
    """A catalogue entry: stable code, localised names, retired instead of deleted."""

    names = models.JSONField(default=dict)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    code: Any

    def name_in(self, language: str) -> str:
        return localised(self.names, language, str(self.code))

    def __str__(self) -> str:
        return self.name_in(get_language() or "en")


class Category(Named):
    code = models.SlugField(max_length=60, unique=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    position = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "demand_category"
        ordering = ["position", "pk"]
        verbose_name_plural = "categories"


class Attribute(Named):
    class Kind(models.TextChoices):
        CHOICE = "choice", pgettext_lazy("attribute", "Choice")
        QUANTITY = "quantity", pgettext_lazy("attribute", "Amount")
        FLAG = "flag", pgettext_lazy("attribute", "Yes or no")

    class Scope(models.TextChoices):
        SHARED = "shared", pgettext_lazy("attribute", "The whole run")
        VARIANT = "variant", pgettext_lazy("attribute", "Each unit")

    code = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    unit = models.CharField(max_length=16, blank=True)
    scope = models.CharField(max_length=8, choices=Scope.choices)

    class Meta:
        db_table = "demand_attribute"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="quantity", unit__gt="") | (~Q(kind="quantity") & Q(unit="")),
                name="attribute_quantity_has_unit",
            ),
        ]


class CategoryAttribute(models.Model):
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="category_attributes")
    attribute = models.ForeignKey(Attribute, on_delete=models.CASCADE, related_name="category_attributes")
    position = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "demand_category_attribute"
        ordering = ["category", "position", "pk"]
        constraints = [models.UniqueConstraint(fields=["category", "attribute"], name="category_attribute_once")]


class AttributeValue(Named):
    attribute = models.ForeignKey(Attribute, on_delete=models.CASCADE, related_name="values")
    code = models.SlugField(max_length=60)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "demand_attribute_value"
        ordering = ["attribute", "position", "pk"]
        constraints = [models.UniqueConstraint(fields=["attribute", "code"], name="value_code_once")]


class Alias(models.Model):
    """Another wording of one category, attribute or value. Rows, because they are searched and curated."""

    class Source(models.TextChoices):
        FILE = "file", pgettext_lazy("wording", "Catalogue file")
        STAFF = "staff", pgettext_lazy("wording", "Staff")

    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, blank=True, related_name="aliases")
    attribute = models.ForeignKey(Attribute, on_delete=models.CASCADE, null=True, blank=True, related_name="aliases")
    value = models.ForeignKey(AttributeValue, on_delete=models.CASCADE, null=True, blank=True, related_name="aliases")
    language = models.CharField(max_length=8)
    text = models.CharField(max_length=120, db_index=True)
    source = models.CharField(max_length=5, choices=Source.choices, default=Source.FILE)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "demand_alias"
        verbose_name_plural = "aliases"
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(category__isnull=False, attribute__isnull=True, value__isnull=True)
                    | Q(category__isnull=True, attribute__isnull=False, value__isnull=True)
                    | Q(category__isnull=True, attribute__isnull=True, value__isnull=False)
                ),
                name="alias_of_exactly_one",
            ),
            models.UniqueConstraint(
                fields=["category", "attribute", "value", "language", "text"],
                name="alias_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return self.text


class CatalogRevision(models.Model):
    """The catalogue as one document (the format of CONTRACTS.md) after each change; the newest is in force."""

    version = models.CharField(max_length=64, unique=True)
    document = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "demand_catalog_revision"
        ordering = ["-pk"]


class UnknownWord(models.Model):
    """A word that wishes use and the vocabulary lacks, for staff to accept or ignore."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("word", "Open")
        ACCEPTED = "accepted", pgettext_lazy("word", "Accepted")
        IGNORED = "ignored", pgettext_lazy("word", "Ignored")

    text = models.CharField(max_length=60)
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    wishes = models.PositiveIntegerField(default=0)
    closest_value = models.ForeignKey(
        AttributeValue, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "demand_unknown_word"
        constraints = [
            models.UniqueConstraint(fields=["text", "category"], name="unknown_word_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return self.text


class Policy(models.Model):
    """The rules of one category (or of all, where ``category`` is empty) in one version; never changed once stored.

    Shares are permille of the order's total. Where less than the whole is held, that deposit is charged at the lock and
    the balance at ``balance_at``.
    """

    class OnMissed(models.TextChoices):
        EXTEND = "extend", pgettext_lazy("policy", "Extend once")
        SHRINK = "shrink", pgettext_lazy("policy", "Drop variants")
        CANCEL = "cancel", pgettext_lazy("policy", "Cancel")

    class BalanceAt(models.TextChoices):
        RELEASE = "release", pgettext_lazy("policy", "At the release")
        SHIPMENT = "shipment", pgettext_lazy("policy", "At shipment")

    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True, related_name="policies")
    version = models.PositiveIntegerField()
    hold_permille = models.PositiveIntegerField(default=1000)
    balance_at = models.CharField(max_length=8, choices=BalanceAt.choices, default=BalanceAt.RELEASE)
    late_leave_fee_permille = models.PositiveIntegerField(default=100)
    released_leave_fee_permille = models.PositiveIntegerField(default=300)
    late_days_free = models.PositiveIntegerField(default=14)
    notice_hours = models.PositiveIntegerField(default=48)
    hold_repair_days = models.PositiveIntegerField(default=7)
    auto_bind_hours = models.PositiveIntegerField(default=24)
    campaign_days = models.PositiveIntegerField(default=14)
    extension_days = models.PositiveIntegerField(default=7)
    consent_days = models.PositiveIntegerField(default=3)
    on_missed = models.CharField(max_length=6, choices=OnMissed.choices, default=OnMissed.EXTEND)
    k = models.PositiveIntegerField(default=5)
    quality_floor_permille = models.PositiveIntegerField(default=800)
    platform_fee_permille = models.PositiveIntegerField(default=30)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "demand_policy"
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(fields=["category", "version"], name="policy_version_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=Q(hold_permille__lte=1000)
                & Q(late_leave_fee_permille__lte=1000)
                & Q(released_leave_fee_permille__lte=1000)
                & Q(platform_fee_permille__lte=1000),
                name="policy_shares_at_most_whole",
            ),
            models.CheckConstraint(condition=Q(k__gte=2), name="policy_k_hides_someone"),
        ]
