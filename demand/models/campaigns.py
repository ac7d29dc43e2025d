"""A firm price put to shoppers: campaigns, commitments, the one consent round, claims after delivery."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from demand.models.catalog import Policy
from demand.models.fields import minor_field, public_id_field
from demand.models.people import Address, Person
from demand.models.pools import Pool
from demand.models.wishes import Wish


class CampaignState(models.TextChoices):
    OPEN = "open", pgettext_lazy("campaign", "Open")
    # a change needs fresh consent; nothing else moves meanwhile
    CONSENT = "consent", pgettext_lazy("campaign", "Asking for consent")
    LOCKED = "locked", pgettext_lazy("campaign", "Locked")
    RELEASED = "released", pgettext_lazy("campaign", "Released")
    PRODUCTION = "production", pgettext_lazy("campaign", "In production")
    SHIPPED = "shipped", pgettext_lazy("campaign", "Shipped")
    DELIVERED = "delivered", pgettext_lazy("campaign", "Delivered")
    MISSED = "missed", pgettext_lazy("campaign", "Minimum missed")
    CANCELLED = "cancelled", pgettext_lazy("campaign", "Cancelled")


LIVE_STATES = ("open", "consent")


class Campaign(models.Model):
    """An accepted proposal shown to shoppers at a firm price until it closes.

    Prices are delivered prices per unit before the region's freight; ``freight_minor`` maps region (or "*") to freight
    per unit. Inside the prices are VAT (on the maker's price) and the platform's fee (on both). ``max_price_minor`` is
    the firm maximum; tiers only lower it. ``source_key`` is the acceptance's event. ``maker_record`` is what finished
    orders said of the maker at the opening: {"releases", "on_time_permille", "claimed_permille"}; empty: none finished.
    ``batch`` says what part of a larger order it is: {"trial": {"first_units", "then_units"}} or {"trial_units"} of the
    trial before it; empty: neither.
    """

    public_id = public_id_field()
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="campaigns")
    source_key = models.CharField(max_length=120, unique=True)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=CampaignState.choices, default=CampaignState.OPEN)
    maker_name = models.CharField(max_length=120)
    maker_record = models.JSONField(default=dict, blank=True)
    batch = models.JSONField(default=dict, blank=True)
    specification = models.JSONField()
    max_price_minor = minor_field()
    final_price_minor = minor_field(null=True, blank=True)
    freight_minor = models.JSONField(default=dict)
    vat_permille = models.PositiveIntegerField(default=0)
    fee_permille = models.PositiveIntegerField(default=0)
    min_units = models.PositiveIntegerField()
    max_units = models.PositiveIntegerField()
    lot_multiple = models.PositiveIntegerField(default=1)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    extended_at = models.DateTimeField(null=True, blank=True)
    notice_sent_at = models.DateTimeField(null=True, blank=True)
    locked_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    promised_from = models.DateField()
    promised_to = models.DateField()
    expected_on = models.DateField(null=True, blank=True)
    return_terms = models.JSONField(default=dict)
    firm_units = models.PositiveIntegerField(default=0)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "demand_campaign"
        constraints = [
            models.UniqueConstraint(
                fields=["pool"], condition=Q(state__in=["open", "consent"]), name="campaign_one_open_per_pool"
            ),
            models.CheckConstraint(
                condition=Q(min_units__gte=1) & Q(min_units__lte=F("max_units")), name="campaign_units_ordered"
            ),
            models.CheckConstraint(condition=Q(firm_units__lte=F("max_units")), name="campaign_never_oversold"),
            models.CheckConstraint(condition=Q(max_price_minor__gt=0), name="campaign_price_positive"),
            models.CheckConstraint(
                condition=Q(final_price_minor__isnull=True) | Q(final_price_minor__lte=F("max_price_minor")),
                name="campaign_price_is_a_maximum",
            ),
            models.CheckConstraint(condition=Q(opens_at__lt=F("closes_at")), name="campaign_closes_after_opening"),
            models.CheckConstraint(condition=Q(promised_from__lte=F("promised_to")), name="campaign_promise_ordered"),
        ]
        indexes = [
            models.Index(fields=["closes_at"], condition=Q(state__in=["open", "consent"]), name="campaign_closing")
        ]


class CampaignTier(models.Model):
    """A step of the campaign's price ladder: from so many units on, everyone pays this."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="tiers")
    min_units = models.PositiveIntegerField()
    price_minor = minor_field()

    class Meta:
        db_table = "demand_campaign_tier"
        ordering = ["campaign", "min_units"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "min_units"], name="campaign_tier_once"),
            models.CheckConstraint(condition=Q(price_minor__gt=0), name="campaign_tier_price_positive"),
        ]


class CampaignVariant(models.Model):
    """One combination of variant values on offer; a variant that misses its minimum drops out."""

    class State(models.TextChoices):
        ON = "on", pgettext_lazy("variant", "On offer")
        DROPPED = "dropped", pgettext_lazy("variant", "Dropped")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="variants")
    key = models.CharField(max_length=64)
    values = models.JSONField(default=dict)
    adder_minor = minor_field(default=0)
    min_units = models.PositiveIntegerField(default=0)
    max_units = models.PositiveIntegerField()
    firm_units = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=7, choices=State.choices, default=State.ON)

    class Meta:
        db_table = "demand_campaign_variant"
        ordering = ["campaign", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "key"], name="campaign_variant_once"),
            models.CheckConstraint(condition=Q(firm_units__lte=F("max_units")), name="campaign_variant_never_oversold"),
        ]


class CommitmentState(models.TextChoices):
    ASKED = "asked", pgettext_lazy("place", "Asked")  # silence is no
    # an opted-in pre-order; binds at ``binds_at`` unless refused
    ANNOUNCED = "announced", pgettext_lazy("place", "Binds unless refused")
    QUEUED = "queued", pgettext_lazy("place", "In the queue")  # confirmed while nothing was free; moves up in order
    CONFIRMED = "confirmed", pgettext_lazy("place", "Confirmed")
    REFUSED = "refused", pgettext_lazy("place", "Refused")
    LEFT = "left", pgettext_lazy("place", "Left")
    LAPSED = "lapsed", pgettext_lazy("place", "Lapsed")
    # holds given back because the campaign missed or was cancelled
    RETURNED = "returned", pgettext_lazy("place", "Given back")
    DELIVERED = "delivered", pgettext_lazy("place", "Delivered")


class Commitment(models.Model):
    """A shopper's place in a campaign. ``unit_price_minor`` is the confirmed delivered price, a maximum.

    ``spare_units`` are those the shopper would take on top if they fill the last lot; ``filled_units`` of ``units``
    came about that way.
    """

    public_id = public_id_field()
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="commitments")
    wish = models.ForeignKey(Wish, on_delete=models.PROTECT, related_name="commitments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="commitments")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    variant = models.ForeignKey(CampaignVariant, on_delete=models.PROTECT, null=True, related_name="commitments")
    units = models.PositiveIntegerField()
    spare_units = models.PositiveIntegerField(default=0)
    filled_units = models.PositiveIntegerField(default=0)
    unit_price_minor = minor_field(null=True, blank=True)
    total_minor = minor_field(null=True, blank=True)
    charged_minor = minor_field(default=0)
    fee_minor = minor_field(default=0)
    address = models.ForeignKey(Address, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=9, choices=CommitmentState.choices, default=CommitmentState.ASKED)
    binds_at = models.DateTimeField(null=True, blank=True)
    queued_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    answer_by = models.DateTimeField()
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "demand_commitment"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "wish"], name="commitment_once_per_wish"),
            models.UniqueConstraint(
                fields=["wish"],
                condition=Q(state__in=["announced", "queued", "confirmed"]),
                name="commitment_wish_sold_once",
            ),
            models.CheckConstraint(condition=Q(units__gte=1), name="commitment_units_positive"),
            models.CheckConstraint(
                condition=Q(filled_units__lte=F("spare_units")), name="commitment_filled_at_most_spare"
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed")
                | Q(unit_price_minor__gt=0, total_minor__gt=0, variant__isnull=False, confirmed_at__isnull=False),
                name="commitment_confirmed_is_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state="announced") | Q(binds_at__isnull=False), name="commitment_announced_has_date"
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "state", "id"], name="commitment_by_state"),
            models.Index(fields=["binds_at"], condition=Q(state="announced"), name="commitment_binding"),
            models.Index(fields=["user", "-created_at"], name="commitment_of_user"),
        ]


class Earmark(models.Model):
    """A wish that a pool's order counts on, whosever member it is, from its draft until the order is over.

    Meanwhile campaigns of other pools than that one and the wish's own do not ask it. Void once the wish changes.
    """

    wish = models.OneToOneField(Wish, on_delete=models.CASCADE, primary_key=True, related_name="earmark")
    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="earmarks")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "demand_earmark"


class ConsentRound(models.Model):
    """The one round in which everyone bound is asked again: price up, date later, specification changed, extension."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("round", "Open")
        CLOSED = "closed", pgettext_lazy("round", "Closed")

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="consent_round")
    reason = models.CharField(max_length=24)
    changes = models.JSONField()
    source_key = models.CharField(max_length=120, unique=True)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)

    class Meta:
        db_table = "demand_consent_round"


class Consent(models.Model):
    """One shopper's answer in a consent round; a missing row at closing is a no."""

    round = models.ForeignKey(ConsentRound, on_delete=models.CASCADE, related_name="answers")
    commitment = models.ForeignKey(Commitment, on_delete=models.CASCADE, related_name="consents")
    agreed = models.BooleanField()
    answered_at = models.DateTimeField()

    class Meta:
        db_table = "demand_consent"
        constraints = [models.UniqueConstraint(fields=["round", "commitment"], name="consent_once")]


class Claim(models.Model):
    """What a shopper says was wrong with the delivery, the maker's answer and staff's decision."""

    class Kind(models.TextChoices):
        MISSING = "missing", pgettext_lazy("claim", "Missing")
        DAMAGED = "damaged", pgettext_lazy("claim", "Damaged")
        NOT_AS_SPECIFIED = "not_as_specified", pgettext_lazy("claim", "Not as specified")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("claim", "Open")
        ANSWERED = "answered", pgettext_lazy("claim", "Answered")
        DECIDED = "decided", pgettext_lazy("claim", "Decided")

    class Decision(models.TextChoices):
        REPLACE = "replace", pgettext_lazy("claim", "Replace")
        PART_REFUND = "part_refund", pgettext_lazy("claim", "Part refund")
        REFUND = "refund", pgettext_lazy("claim", "Refund")
        REFUSED = "refused", pgettext_lazy("claim", "Refused")

    public_id = public_id_field()
    commitment = models.OneToOneField(Commitment, on_delete=models.PROTECT, related_name="claim")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    text = models.TextField(max_length=2000)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    answer = models.TextField(max_length=2000, blank=True)
    answer_by = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=11, choices=Decision.choices, blank=True)
    refund_minor = minor_field(default=0)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "demand_claim"


class ClaimPhoto(models.Model):
    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="photos")
    content_type = models.CharField(max_length=40)
    content = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "demand_claim_photo"
