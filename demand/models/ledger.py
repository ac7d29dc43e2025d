"""Money: what was held at the payment provider, and the double-entry ledger of every movement."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from demand.models.campaigns import Commitment
from demand.models.fields import minor_field, public_id_field


class Hold(models.Model):
    """An amount held for one commitment. Each step at the provider carries its own idempotency key.

    A place may be paid in parts: part 0 is the place as it was confirmed, later ones are units that were added
    (``units`` of them) and the balance after a deposit. ``due_minor`` is what was asked to be captured of it; 0 until
    then. A refused part that is tried again has a second row of the same part.
    """

    class Purpose(models.TextChoices):
        PLACE = "place", pgettext_lazy("hold", "The place")
        MORE = "more", pgettext_lazy("hold", "More units")
        BALANCE = "balance", pgettext_lazy("hold", "The balance")

    class State(models.TextChoices):
        REQUESTED = "requested", pgettext_lazy("hold", "Asked for")
        HELD = "held", pgettext_lazy("hold", "Held")
        FAILED = "failed", pgettext_lazy("hold", "Failed")
        CAPTURED = "captured", pgettext_lazy("hold", "Captured")
        RELEASING = "releasing", pgettext_lazy("hold", "Being given back")
        RELEASED = "released", pgettext_lazy("hold", "Given back")
        REFUNDED = "refunded", pgettext_lazy("hold", "Refunded")

    public_id = public_id_field()
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="holds")
    purpose = models.CharField(max_length=7, choices=Purpose.choices, default=Purpose.PLACE)
    part = models.PositiveSmallIntegerField(default=0)
    units = models.PositiveIntegerField(default=0)
    amount_minor = minor_field()
    due_minor = minor_field(default=0)
    captured_minor = minor_field(default=0)
    refunded_minor = minor_field(default=0)
    currency = models.CharField(max_length=3)
    provider = models.CharField(max_length=24)
    provider_reference = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.REQUESTED)
    failure = models.CharField(max_length=200, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    mend_by = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "demand_hold"
        constraints = [
            models.UniqueConstraint(
                fields=["commitment", "part"],
                condition=Q(state__in=["requested", "held", "captured"]),
                name="hold_one_alive_per_part",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0)
                & Q(captured_minor__lte=F("amount_minor"))
                & Q(refunded_minor__lte=F("captured_minor")),
                name="hold_amounts_ordered",
            ),
            models.CheckConstraint(condition=Q(due_minor__lte=F("amount_minor")), name="hold_due_at_most_held"),
        ]


class GatewayCall(models.Model):
    """One call to the payment provider, unique on its idempotency key, with what came back."""

    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="calls")
    action = models.CharField(max_length=9)
    idempotency_key = models.CharField(max_length=120, unique=True)
    amount_minor = minor_field()
    succeeded = models.BooleanField()
    response = models.JSONField(default=dict)
    called_at = models.DateTimeField()

    class Meta:
        db_table = "demand_gateway_call"


class LedgerTransfer(models.Model):
    """One movement of money; its entries sum to zero (kept by a deferred constraint trigger)."""

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=24)
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="transfers")
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()

    class Meta:
        db_table = "demand_ledger_transfer"
        indexes = [models.Index(fields=["commitment", "id"], name="transfer_of_commitment")]


class LedgerEntry(models.Model):
    """One side of a transfer: positive went to the account, negative came from it, in minor units.

    What is captured leaves ``held`` for the maker, VAT, freight and the platform's fee; a refund takes from each its
    share.
    """

    class Account(models.TextChoices):
        SHOPPER = "shopper", pgettext_lazy("account", "Shopper")
        HELD = "held", pgettext_lazy("account", "Held")
        MAKER_PAYABLE = "maker_payable", pgettext_lazy("account", "Owed to the manufacturer")
        VAT = "vat", pgettext_lazy("account", "VAT")
        FREIGHT = "freight", pgettext_lazy("account", "Freight")
        PLATFORM_FEES = "platform_fees", pgettext_lazy("account", "Platform fees")

    transfer = models.ForeignKey(LedgerTransfer, on_delete=models.PROTECT, related_name="entries")
    account = models.CharField(max_length=16, choices=Account.choices)
    amount_minor = minor_field()

    class Meta:
        db_table = "demand_ledger_entry"
        verbose_name_plural = "ledger entries"
        constraints = [models.CheckConstraint(condition=~Q(amount_minor=0), name="ledger_entry_moves_something")]


class Deployment(models.Model):
    """What was decided once for all amounts stored here. One row; a start with another currency is refused."""

    currency = models.CharField(max_length=3)
    since = models.DateTimeField()

    class Meta:
        db_table = "demand_deployment"
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="deployment_is_one")]
