"""What a manufacturer can make, on what terms, and how much of it in each week."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from demand.models import Category
from demand.models.fields import minor_field, public_id_field
from manufacturers.models.makers import Family, Maker


class OfferState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("offer", "Draft")
    LIVE = "live", pgettext_lazy("offer", "Live")
    PAUSED = "paused", pgettext_lazy("offer", "Paused")
    RETIRED = "retired", pgettext_lazy("offer", "Retired")


class Offer(models.Model):
    """A manufacturer's capability in one category with its terms.

    ``makes``: {attribute: {"any": [codes]} | {"sizes": [numbers], "unit": u} | {"is": [true, false]}}; an attribute
    that is not named is not made. ``value_cost``: {attribute: {value: minor added to the unit price}}. Prices are the
    maker's before VAT; ``freight_minor`` maps region (or "*") to freight per unit. ``code`` is the maker's own number.
    """

    class Balance(models.TextChoices):
        RELEASE = "release", pgettext_lazy("balance", "At the release")
        SHIPMENT = "shipment", pgettext_lazy("balance", "At shipment")
        DELIVERY = "delivery", pgettext_lazy("balance", "At delivery")

    class Payer(models.TextChoices):
        MAKER = "maker", pgettext_lazy("payer", "Manufacturer")
        PLATFORM = "platform", pgettext_lazy("payer", "Platform")
        SHARED = "shared", pgettext_lazy("payer", "Shared")

    public_id = public_id_field()
    code = models.SlugField(max_length=60, blank=True)
    maker = models.ForeignKey(Maker, on_delete=models.CASCADE, related_name="offers")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")
    family = models.ForeignKey(Family, on_delete=models.PROTECT, related_name="offers")
    title = models.CharField(max_length=120)
    state = models.CharField(max_length=7, choices=OfferState.choices, default=OfferState.LIVE)
    makes = models.JSONField(default=dict)
    value_cost = models.JSONField(default=dict)
    moq = models.PositiveIntegerField()
    lot_multiple = models.PositiveIntegerField(default=1)
    variant_min_units = models.PositiveIntegerField(default=0)
    lead_days = models.PositiveIntegerField()
    opening_cost_minor = minor_field(default=0)
    tooling_minor = minor_field(default=0)
    tooling_payer = models.CharField(max_length=8, choices=Payer.choices, default=Payer.MAKER)
    vat_permille = models.PositiveIntegerField(default=130)
    freight_minor = models.JSONField(default=dict)
    deposit_percent = models.PositiveSmallIntegerField(default=30)
    balance_trigger = models.CharField(max_length=8, choices=Balance.choices, default=Balance.SHIPMENT)
    certificates = models.JSONField(default=list)
    sample_days = models.PositiveIntegerField(default=0)
    quantity_tolerance_percent = models.PositiveSmallIntegerField(default=5)
    partial_shipments = models.BooleanField(default=False)
    return_terms = models.JSONField(default=dict)
    quality_permille = models.PositiveIntegerField(default=900)
    valid_from = models.DateField()
    valid_to = models.DateField()
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "offer"
        ordering = ["maker", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["maker", "code"], condition=Q(code__gt=""), name="offer_code_once"),
            models.CheckConstraint(condition=Q(moq__gte=1) & Q(lot_multiple__gte=1), name="offer_minimum_positive"),
            models.CheckConstraint(condition=Q(deposit_percent__lte=100), name="offer_deposit_at_most_whole"),
            models.CheckConstraint(
                condition=Q(quantity_tolerance_percent__lte=50), name="offer_tolerance_at_most_half"
            ),
            models.CheckConstraint(condition=Q(valid_from__lte=F("valid_to")), name="offer_validity_ordered"),
        ]
        indexes = [models.Index(fields=["category"], condition=Q(state="live"), name="offer_live_by_category")]

    def __str__(self) -> str:
        return self.title


class OfferTier(models.Model):
    """An all-units price tier: from ``min_units`` on, every unit costs this (maker's price, before VAT)."""

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="tiers")
    min_units = models.PositiveIntegerField()
    unit_price_minor = minor_field()

    class Meta:
        db_table = "offer_tier"
        ordering = ["offer", "min_units"]
        constraints = [
            models.UniqueConstraint(fields=["offer", "min_units"], name="offer_tier_once"),
            models.CheckConstraint(condition=Q(unit_price_minor__gt=0), name="offer_tier_price_positive"),
        ]


class CapacityWindow(models.Model):
    """Units an offer can make in one ISO week, and how many of them are taken."""

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="windows")
    week = models.DateField()
    units = models.PositiveIntegerField()
    booked = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "capacity_window"
        ordering = ["offer", "week"]
        constraints = [
            models.UniqueConstraint(fields=["offer", "week"], name="capacity_window_once"),
            models.CheckConstraint(condition=Q(booked__lte=F("units")), name="capacity_never_overbooked"),
        ]


class Material(models.Model):
    """One position of an offer's simple bill of materials: how much of it one unit takes."""

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="materials")
    name = models.CharField(max_length=80)
    unit = models.CharField(max_length=16)
    milli_per_unit = models.PositiveIntegerField()

    class Meta:
        db_table = "offer_material"
        ordering = ["offer", "pk"]
        constraints = [models.UniqueConstraint(fields=["offer", "name"], name="material_once")]
