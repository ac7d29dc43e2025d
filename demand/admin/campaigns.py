"""Campaigns, the places in them, the one consent round, and claims after delivery."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminSelectWidget

from demand.admin.pools import pool_words
from demand.campaigning import service as campaigning
from demand.models import (
    Campaign,
    CampaignProgress,
    CampaignState,
    CampaignTier,
    CampaignVariant,
    Claim,
    ClaimPhoto,
    Commitment,
    Consent,
    ConsentRound,
)
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
from demand.staff_json import name_of
from demand.templatetags.wishmill import money

STATES = {"open": PLAIN, "consent": WATCH, "missed": BAD, "cancelled": BAD} | dict.fromkeys(
    ("locked", "released", "production", "shipped", "delivered"), GOOD
)
PLACES = {"asked": PLAIN, "announced": PLAIN, "queued": WATCH, "confirmed": GOOD, "delivered": GOOD, "lapsed": BAD}
CLAIMS = {"open": WATCH, "answered": WATCH, "decided": GOOD}
CANCELLABLE = (CampaignState.OPEN, CampaignState.CONSENT, CampaignState.LOCKED, CampaignState.RELEASED)


class ClaimForm(PlainForm):
    """What a claim comes to; the amount counts for a part refund only."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[("", _("Choose a decision")), *Claim.Decision.choices],
        widget=UnfoldAdminSelectWidget,
    )
    refund_minor = forms.DecimalField(
        label=_("Part refund"),
        help_text=_("How much goes back, such as 12.50. Leave it empty for every other decision."),
        required=False,
        min_value=0,
        max_digits=12,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "any"}),
    )

    def clean_refund_minor(self) -> int:
        """The amount in minor units, as the service takes it."""
        amount = (self.cleaned_data["refund_minor"] or Decimal(0)).scaleb(int(settings.CURRENCY_EXPONENT))
        if amount != amount.to_integral_value():
            raise forms.ValidationError(_("There is no smaller coin than that."))
        return int(amount)


def close_early(campaign: Campaign, taken: Taken) -> None:
    campaigning.close_early(campaign_id=campaign.pk, by_id=taken.by_id, reason=taken.reason, now=taken.now)


def cancel(campaign: Campaign, taken: Taken) -> None:
    campaigning.cancel(campaign_id=campaign.pk, by_id=taken.by_id, reason=taken.reason, now=taken.now)


def decide(claim: Claim, taken: Taken) -> None:
    campaigning.decide_claim(
        claim_id=claim.pk,
        decision=taken.values["decision"],
        refund_minor=taken.values["refund_minor"],
        by_id=taken.by_id,
        now=taken.now,
    )


class TierInline(StaffInline):
    model = CampaignTier
    fields = ("min_units", "price_minor")


class VariantInline(StaffInline):
    model = CampaignVariant
    in_codes = {"key": name_of}
    fields = ("key", "values", "adder_minor", "min_units", "firm_units", "max_units", "state")


class ProgressInline(StaffInline):
    model = CampaignProgress
    fields = ("kind", "units", "happened_at", "expected_from", "expected_to", "note")


@register(Campaign)
class CampaignAdmin(StaffAdmin):
    list_display = ("id", "in_pool", "maker_name", "standing", "reached", "price", "closes_at", "expected_on")
    list_filter = ("state", "pool__category", "maker_name")
    search_fields = ("maker_name", "pool__search_text", "public_id__startswith", "source_key")
    list_select_related = ("pool__category",)
    date_hierarchy = "closes_at"
    ordering = ("-closes_at", "-pk")
    inlines = (TierInline, VariantInline, ProgressInline)
    exported = (
        "id", "public_id", "pool__id", "maker_name", "state", "firm_units", "min_units", "max_units",
        "max_price_minor", "final_price_minor", "opens_at", "closes_at",
    )  # fmt: skip
    standing = state_column(STATES)
    decisions = (
        Decision(
            name="close",
            label=_("Close early"),
            explains=_("Its minimum is reached: it closes as soon as its notice has run, and prices are final."),
            perform=close_early,
            offered=lambda one: one.state == CampaignState.OPEN and one.firm_units >= one.min_units,
        ),
        Decision(
            name="cancel",
            label=_("Cancel"),
            explains=_("Everyone is told and every hold is given back. The maker's capacity becomes free again."),
            perform=cancel,
            offered=lambda one: one.state in CANCELLABLE,
            grave=True,
        ),
    )

    def words_for(self, row: Any) -> str:
        told = gettext("%(maker)s: %(pool)s – %(firm)d of %(minimum)d units firm")
        return told % {
            "maker": row.maker_name,
            "pool": pool_words(row.pool),
            "firm": row.firm_units,
            "minimum": row.min_units,
        }

    @column(pgettext_lazy("column", "pool"), ordering="pool")
    def in_pool(self, row: Campaign) -> str:
        return pool_words(row.pool)

    @column(_("firm of minimum"), ordering="firm_units", tones={"yes": GOOD, "no": WATCH})
    def reached(self, row: Campaign) -> tuple[str, str]:
        return ("yes" if row.firm_units >= row.min_units else "no"), f"{row.firm_units:,} / {row.min_units:,}"

    @column(_("price"), ordering="max_price_minor")
    def price(self, row: Campaign) -> str:
        return money(row.final_price_minor or row.max_price_minor)


@register(CampaignTier)
class CampaignTierAdmin(StaffAdmin):
    list_display = ("campaign_id", "min_units", "price")
    search_fields = ("campaign__maker_name",)
    ordering = ("-campaign_id", "min_units", "pk")

    @column(_("price"), ordering="price_minor")
    def price(self, row: CampaignTier) -> str:
        return money(row.price_minor)


@register(CampaignVariant)
class CampaignVariantAdmin(StaffAdmin):
    list_display = ("campaign_id", "key", "firm_units", "min_units", "max_units", "standing")
    list_filter = ("state",)
    search_fields = ("key", "campaign__maker_name")
    ordering = ("-campaign_id", "pk")
    standing = state_column({"on": GOOD, "dropped": BAD})
    in_codes = {"key": name_of}

    def words_for(self, row: Any) -> str:
        return name_of(row.key)


@register(CampaignProgress)
class CampaignProgressAdmin(StaffAdmin):
    list_display = ("campaign_id", "kind", "units", "happened_at", "expected_from", "expected_to", "note")
    list_filter = ("kind",)
    search_fields = ("note", "source_key", "campaign__maker_name")
    date_hierarchy = "happened_at"
    ordering = ("-happened_at", "-pk")


@register(Commitment)
class CommitmentAdmin(StaffAdmin):
    list_display = ("id", "user", "maker", "standing", "units", "total", "charged", "answer_by", "updated_at")
    list_filter = ("state", "campaign__maker_name")
    search_fields = ("user__email", "user__name", "public_id__startswith", "campaign__maker_name")
    list_select_related = ("user", "campaign")
    date_hierarchy = "created_at"
    ordering = ("-updated_at", "-pk")
    exported = (
        "id", "campaign__id", "wish__id", "state", "units", "unit_price_minor", "total_minor", "charged_minor",
        "fee_minor", "created_at",
    )  # fmt: skip
    standing = state_column(PLACES)

    @column(_("maker"), ordering="campaign__maker_name")
    def maker(self, row: Commitment) -> str:
        return row.campaign.maker_name

    @column(_("total"), ordering="total_minor")
    def total(self, row: Commitment) -> str:
        return money(row.total_minor) or "–"

    @column(_("charged"), ordering="charged_minor")
    def charged(self, row: Commitment) -> str:
        return money(row.charged_minor)


class ConsentInline(StaffInline):
    model = Consent
    fields = ("commitment_id", "agreed", "answered_at")
    readonly_fields = ("commitment_id",)


@register(ConsentRound)
class ConsentRoundAdmin(StaffAdmin):
    list_display = ("campaign_id", "reason", "standing", "opens_at", "closes_at")
    list_filter = ("state", "reason")
    search_fields = ("source_key", "campaign__maker_name")
    date_hierarchy = "closes_at"
    ordering = ("-closes_at", "-pk")
    inlines = (ConsentInline,)
    standing = state_column({"open": WATCH, "closed": GOOD})


@register(Consent)
class ConsentAdmin(StaffAdmin):
    list_display = ("round_id", "commitment_id", "agreed", "answered_at")
    list_filter = ("agreed",)
    date_hierarchy = "answered_at"
    ordering = ("-answered_at", "-pk")


class PhotoInline(StaffInline):
    model = ClaimPhoto
    fields = ("content_type", "created_at")


@register(Claim)
class ClaimAdmin(StaffAdmin):
    list_display = ("id", "shopper", "maker", "kind", "standing", "answer_by", "decision", "refund", "created_at")
    list_filter = ("state", "kind", "decision")
    search_fields = ("text", "commitment__user__email", "public_id__startswith")
    list_select_related = ("commitment__user", "commitment__campaign")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    inlines = (PhotoInline,)
    exported = ("id", "commitment__id", "kind", "text", "state", "answer", "decision", "refund_minor", "created_at")
    standing = state_column(CLAIMS)
    decisions = (
        Decision(
            name="decide",
            label=_("Decide"),
            explains=_("The shopper is told and a refund is asked of the payment provider. It cannot be taken back."),
            perform=decide,
            form=ClaimForm,
            offered=lambda claim: claim.state != Claim.State.DECIDED,
            grave=True,
        ),
    )

    def words_for(self, row: Any) -> str:
        charged = money(row.commitment.charged_minor)
        return f"{row.commitment.user} · {row.get_kind_display()} · {charged} · {row.text[:200]}"

    @column(_("shopper"), ordering="commitment__user")
    def shopper(self, row: Claim) -> str:
        return str(row.commitment.user)

    @column(_("maker"), ordering="commitment__campaign__maker_name")
    def maker(self, row: Claim) -> str:
        return row.commitment.campaign.maker_name

    @column(_("refund"), ordering="refund_minor")
    def refund(self, row: Claim) -> str:
        return money(row.refund_minor) if row.refund_minor else "–"


@register(ClaimPhoto)
class ClaimPhotoAdmin(StaffAdmin):
    list_display = ("claim_id", "content_type", "created_at")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    exclude = ("content",)
