"""Proposals, their versions, counters and messages, and the capacity they hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

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
from demand.staff_words import needs_words
from demand.templatetags.wishmill import money
from manufacturers.models import (
    OUT_STATES,
    CapacityBooking,
    Counter,
    Offer,
    Proposal,
    ProposalLine,
    ProposalState,
    ProposalVersion,
    ThreadMessage,
)
from manufacturers.negotiating import service as negotiating
from manufacturers.proposing import service as proposing

STATES = {"draft": PLAIN, "sent": WATCH, "countered": WATCH, "accepted": GOOD, "released": GOOD} | dict.fromkeys(
    ("declined", "expired", "lapsed"), BAD
)
BOOKINGS = {"reserved": WATCH, "bound": GOOD, "freed": PLAIN}


class SendForm(PlainForm):
    """How long the maker has to answer."""

    days = forms.IntegerField(
        label=_("Days to answer"), min_value=1, max_value=60, initial=7, widget=UnfoldAdminIntegerFieldWidget
    )


class RiskForm(PlainForm):
    """Who pays for units beyond the maker's own tolerance."""

    payer = forms.ChoiceField(label=_("Who pays?"), choices=Offer.Payer.choices, widget=UnfoldAdminSelectWidget)


def send(proposal: Proposal, taken: Taken) -> None:
    until = taken.now + timedelta(days=taken.values["days"])
    proposing.send(proposal_id=proposal.pk, expires_at=until, by_id=taken.by_id, now=taken.now)


def resend(proposal: Proposal, taken: Taken) -> None:
    proposing.resend(proposal_id=proposal.pk, by_id=taken.by_id, now=taken.now)


def withdraw(proposal: Proposal, taken: Taken) -> None:
    proposing.withdraw_proposal(proposal_id=proposal.pk, by_id=taken.by_id, now=taken.now)


def approve_sample(proposal: Proposal, taken: Taken) -> None:
    negotiating.approve_sample(proposal_id=proposal.pk, by_id=taken.by_id, now=taken.now)


def approve_risk(proposal: Proposal, taken: Taken) -> None:
    negotiating.approve_risk(proposal_id=proposal.pk, payer=taken.values["payer"], by_id=taken.by_id, now=taken.now)


class VersionInline(StaffInline):
    model = ProposalVersion
    fields = ("number", "author", "units", "min_units", "max_units", "unit_price_minor", "window_from", "window_to")


class CounterInline(StaffInline):
    model = Counter
    fields = ("round", "state", "changes", "note", "effect", "created_at")


class MessageInline(StaffInline):
    model = ThreadMessage
    fields = ("author", "from_staff", "text", "attachment_name", "created_at")


def decline_words(reason: str) -> str:
    """Why a maker declined."""
    return str(negotiating.DECLINE_REASONS.get(reason, reason))


@register(Proposal)
class ProposalAdmin(StaffAdmin):
    list_display = (
        "id", "for_what", "maker", "standing", "version", "planned_units", "planned_price", "expires_at", "updated_at",
    )  # fmt: skip
    list_filter = ("state", "offer__maker", "offer__category")
    search_fields = ("offer__title", "offer__maker__code", "pool__search_text", "public_id__startswith")
    list_select_related = ("offer__maker", "pool__category")
    date_hierarchy = "created_at"
    ordering = ("-updated_at", "-pk")
    inlines = (VersionInline, CounterInline, MessageInline)
    exported = (
        "id", "public_id", "offer__code", "offer__maker__code", "pool__id", "state", "version", "fit_permille",
        "expires_at", "sent_at", "decided_at", "decline_reason",
    )  # fmt: skip
    standing = state_column(STATES)
    in_codes = {"decline_reason": decline_words}
    decisions = (
        Decision(
            name="send",
            label=_("Send"),
            explains=_("The maker is told, and its capacity stays reserved until the answer is due."),
            perform=send,
            form=SendForm,
            offered=lambda one: one.state == ProposalState.DRAFT,
        ),
        Decision(
            name="resend",
            label=_("Send again"),
            explains=_("The maker gets it as a new version on the same terms, with its dates moved to now."),
            perform=resend,
            form=PlainForm,
            offered=lambda one: one.state == ProposalState.EXPIRED,
        ),
        Decision(
            name="withdraw",
            label=_("Take back"),
            explains=_("The maker is told, and its capacity becomes free again."),
            perform=withdraw,
            offered=lambda one: one.state in (ProposalState.DRAFT, *OUT_STATES),
            grave=True,
        ),
        Decision(
            name="sample",
            label=_("Approve the sample"),
            explains=_("Photos and measurements were seen and are right. A release that waited for it goes out."),
            perform=approve_sample,
            form=PlainForm,
            offered=lambda one: (
                one.state in (ProposalState.ACCEPTED, ProposalState.RELEASED) and one.sample_approved_at is None
            ),
        ),
        Decision(
            name="risk",
            label=_("Approve units at risk"),
            explains=_("Units missing to a whole lot are made without a buyer. You say who pays for them."),
            perform=approve_risk,
            form=RiskForm,
            offered=lambda one: one.state == ProposalState.ACCEPTED and one.campaign_id is not None,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        newest = ProposalVersion.objects.filter(proposal=OuterRef("pk"), number=OuterRef("version"))
        rows: QuerySet[Any] = super().get_queryset(request)
        with_newest: QuerySet[Any] = rows.annotate(
            newest_units=Subquery(newest.values("units")[:1]),
            newest_price=Subquery(newest.values("unit_price_minor")[:1]),
        )
        return with_newest

    def words_for(self, row: Any) -> str:
        if not hasattr(row, "newest_units"):  # named on another list's page, which joins no version
            return f"{self.for_what(row)} · {row.offer.maker}"
        return gettext("%(pool)s – %(units)s units by %(maker)s at %(price)s") % {
            "pool": self.for_what(row),
            "units": row.newest_units or "–",
            "maker": row.offer.maker,
            "price": money(row.newest_price) or "–",
        }

    @column(_("for"), ordering="pool")
    def for_what(self, row: Proposal) -> str:
        return f"#{row.pool_id} {needs_words(row.pool.category.code, row.pool.specification)}"

    @column(_("maker"), ordering="offer__maker")
    def maker(self, row: Proposal) -> str:
        return str(row.offer.maker)

    @column(_("units"), ordering="newest_units")
    def planned_units(self, row: Any) -> str:
        return "–" if row.newest_units is None else f"{row.newest_units:,}"

    @column(_("price before VAT"), ordering="newest_price")
    def planned_price(self, row: Any) -> str:
        return money(row.newest_price) or "–"


class VariantInline(StaffInline):
    model = ProposalLine
    fields = ("variant_key", "units", "min_units", "max_units", "adder_minor")


@register(ProposalVersion)
class ProposalVersionAdmin(StaffAdmin):
    list_display = (
        "proposal_id",
        "number",
        "author",
        "units",
        "low_units",
        "high_units",
        "chance",
        "price",
        "created_at",
    )
    list_filter = ("author",)
    search_fields = ("proposal__offer__title",)
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    inlines = (VariantInline,)
    exported = (
        "proposal__id", "number", "author", "units", "low_units", "high_units", "chance_permille", "min_units",
        "max_units", "unit_price_minor", "delivered_minor", "window_from", "window_to",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows if "/change/" in request.path else rows.defer("evidence", "terms", "ladder")

    @column(_("chance of the minimum"), ordering="chance_permille")
    def chance(self, row: ProposalVersion) -> str:
        return f"{row.chance_permille / 10:.0f} %"

    @column(_("price before VAT"), ordering="unit_price_minor")
    def price(self, row: ProposalVersion) -> str:
        return money(row.unit_price_minor)


@register(ProposalLine)
class ProposalLineAdmin(StaffAdmin):
    list_display = ("proposal", "variant_key", "units", "min_units", "max_units", "adder")
    search_fields = ("variant_key",)
    list_select_related = ("version",)
    ordering = ("-version_id", "pk")
    in_codes = {"variant_key": name_of}

    @column(_("proposal"), ordering="version__proposal")
    def proposal(self, row: ProposalLine) -> str:
        return f"{row.version.proposal_id} · {row.version.number}"

    @column(_("adds"), ordering="adder_minor")
    def adder(self, row: ProposalLine) -> str:
        return money(row.adder_minor)


@register(ThreadMessage)
class ThreadMessageAdmin(StaffAdmin):
    list_display = ("proposal_id", "author", "from_staff", "said", "attachment_name", "created_at")
    list_filter = ("from_staff",)
    search_fields = ("text", "author__email")
    list_select_related = ("author",)
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    exclude = ("attachment",)

    @column(_("message"), ordering="text")
    def said(self, row: ThreadMessage) -> str:
        return row.text[:90]


@register(CapacityBooking)
class CapacityBookingAdmin(StaffAdmin):
    list_display = ("offer", "week", "proposal_id", "units", "standing", "updated_at")
    list_filter = ("state", "window__offer__maker")
    search_fields = ("window__offer__title",)
    list_select_related = ("window__offer",)
    ordering = ("-updated_at", "-pk")
    standing = state_column(BOOKINGS)

    @column(_("offer"), ordering="window__offer")
    def offer(self, row: CapacityBooking) -> str:
        return str(row.window.offer)

    @column(_("week"), ordering="window__week")
    def week(self, row: CapacityBooking) -> object:
        return row.window.week
