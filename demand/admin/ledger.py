"""Money: holds, calls to the provider, and the ledger."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from demand.campaigning import service as campaigning
from demand.models import Deployment, GatewayCall, Hold, LedgerEntry, LedgerTransfer
from demand.staff import (
    BAD,
    GOOD,
    PLAIN,
    WATCH,
    Decision,
    PlainForm,
    StaffAdmin,
    StaffInline,
    Taken,
    column,
    register,
    state_column,
)
from demand.staff_words import SpokenPayments, payment_words
from demand.templatetags.wishmill import money

HOLDS = {"requested": PLAIN, "held": GOOD, "failed": BAD, "captured": GOOD, "releasing": WATCH, "refunded": WATCH}


class CallInline(StaffInline):
    model = GatewayCall
    fields = ("action", "amount_minor", "succeeded", "idempotency_key", "called_at")
    in_codes = {"action": payment_words}


def try_again(hold: Hold, taken: Taken) -> None:
    campaigning.mend_hold(commitment_id=hold.commitment_id, now=taken.now)


@register(Hold)
class HoldAdmin(StaffAdmin):
    list_display = ("shopper", "amount", "captured", "refunded", "standing", "failure", "mend_by", "updated_at")
    list_filter = ("state", "provider", "currency")
    search_fields = ("commitment__user__email", "provider_reference", "public_id__startswith")
    list_select_related = ("commitment__user",)
    date_hierarchy = "created_at"
    ordering = ("-updated_at", "-pk")
    inlines = (CallInline,)
    exported = (
        "id", "commitment__id", "amount_minor", "captured_minor", "refunded_minor", "currency", "state", "created_at",
    )  # fmt: skip
    standing = state_column(HOLDS)
    decisions = (
        Decision(
            name="again",
            label=_("Try the payment again"),
            explains=_(
                "What failed of this place is tried again at once; the shopper is told if it is refused. What is owed"
                " of a delivered place is tried three times by itself: after that write to the shopper first."
            ),
            perform=try_again,
            form=PlainForm,
            offered=lambda hold: hold.state == Hold.State.FAILED and hold.mend_by is not None,
        ),
    )

    @column(_("shopper"), ordering="commitment__user")
    def shopper(self, row: Hold) -> str:
        return str(row.commitment.user)

    @column(_("held"), ordering="amount_minor")
    def amount(self, row: Hold) -> str:
        return money(row.amount_minor)

    @column(_("captured"), ordering="captured_minor")
    def captured(self, row: Hold) -> str:
        return money(row.captured_minor)

    @column(_("refunded"), ordering="refunded_minor")
    def refunded(self, row: Hold) -> str:
        return money(row.refunded_minor)


@register(GatewayCall)
class GatewayCallAdmin(StaffAdmin):
    list_display = ("hold_id", "action", "amount", "succeeded", "idempotency_key", "called_at")
    list_filter = (("action", SpokenPayments), "succeeded")
    search_fields = ("idempotency_key",)
    date_hierarchy = "called_at"
    ordering = ("-called_at", "-pk")
    in_codes = {"action": payment_words}
    exported = ("id", "hold__id", "action", "amount_minor", "succeeded", "idempotency_key", "called_at")

    @column(_("amount"), ordering="amount_minor")
    def amount(self, row: GatewayCall) -> str:
        return money(row.amount_minor)


class EntryInline(StaffInline):
    model = LedgerEntry
    fields = ("account", "amount_minor")


@register(LedgerTransfer)
class LedgerTransferAdmin(StaffAdmin):
    list_display = ("kind", "shopper", "currency", "at", "key")
    list_filter = (("kind", SpokenPayments), "currency")
    search_fields = ("key", "commitment__user__email")
    list_select_related = ("commitment__user",)
    date_hierarchy = "at"
    ordering = ("-at", "-pk")
    inlines = (EntryInline,)
    in_codes = {"kind": payment_words}
    exported = ("id", "key", "kind", "commitment__id", "currency", "at")

    @column(_("shopper"), ordering="commitment__user")
    def shopper(self, row: LedgerTransfer) -> str:
        return str(row.commitment.user)


@register(LedgerEntry)
class LedgerEntryAdmin(StaffAdmin):
    list_display = ("account", "amount", "kind", "at")
    list_filter = ("account", ("transfer__kind", SpokenPayments))
    search_fields = ("transfer__key",)
    list_select_related = ("transfer",)
    date_hierarchy = "transfer__at"
    ordering = ("-pk",)
    exported = ("id", "transfer__key", "transfer__kind", "account", "amount_minor", "transfer__at")

    @column(_("amount"), ordering="amount_minor")
    def amount(self, row: LedgerEntry) -> str:
        return money(row.amount_minor)

    @column(_("kind"), ordering="transfer__kind")
    def kind(self, row: LedgerEntry) -> str:
        return payment_words(row.transfer.kind)

    @column(_("at"), ordering="transfer__at")
    def at(self, row: LedgerEntry) -> object:
        return row.transfer.at


@register(Deployment)
class DeploymentAdmin(StaffAdmin):
    list_display = ("currency", "since")
    ordering = ("pk",)
