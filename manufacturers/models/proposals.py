"""Bulk orders put to manufacturers: versions with frozen evidence, counters, the thread, booked capacity."""

from __future__ import annotations

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from demand.models import Campaign, Pool, Run
from demand.models.fields import minor_field, public_id_field
from manufacturers.models.offers import CapacityWindow, Offer


class ProposalState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("proposal", "Draft")  # staff compare; reserves nothing
    SENT = "sent", pgettext_lazy("proposal", "Sent")  # with the maker; capacity reserved until it expires
    COUNTERED = "countered", pgettext_lazy("proposal", "Countered")  # with the platform
    ACCEPTED = "accepted", pgettext_lazy("proposal", "Accepted")
    DECLINED = "declined", pgettext_lazy("proposal", "Declined")
    EXPIRED = "expired", pgettext_lazy("proposal", "Expired")
    LAPSED = "lapsed", pgettext_lazy("proposal", "Lapsed")  # a rival was accepted or the pool changed
    RELEASED = "released", pgettext_lazy("proposal", "Released")
    # the campaign missed, was cancelled, or everything is delivered
    CLOSED = "closed", pgettext_lazy("proposal", "Closed")


OUT_STATES = ("sent", "countered")


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Proposal(models.Model):
    """A bulk order put to one manufacturer for one pool. ``asked_by``: staff chose this maker; a new run keeps it."""

    public_id = public_id_field()
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="proposals")
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    campaign = models.OneToOneField(Campaign, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=9, choices=ProposalState.choices, default=ProposalState.DRAFT)
    version = models.PositiveIntegerField(default=1)
    revision = models.PositiveIntegerField(default=1)
    fit_permille = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decline_reason = models.CharField(max_length=24, blank=True)
    decline_note = models.CharField(max_length=500, blank=True)
    sample_approved_at = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "proposal"
        constraints = [
            models.UniqueConstraint(
                fields=["offer", "pool"],
                condition=Q(state__in=["draft", "sent", "countered", "accepted"]),
                name="proposal_one_alive_per_offer_and_pool",
            ),
            models.UniqueConstraint(
                fields=["pool"], condition=Q(state="accepted"), name="proposal_one_accepted_per_pool"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["sent", "countered"]) | Q(expires_at__isnull=False),
                name="proposal_out_expires",
            ),
            models.CheckConstraint(
                condition=~Q(state="declined") | Q(decline_reason__gt=""), name="proposal_declined_has_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["offer", "state", "expires_at"], name="proposal_inbox"),
            models.Index(fields=["expires_at"], condition=Q(state__in=["sent", "countered"]), name="proposal_expiring"),
        ]


class ProposalCandidate(models.Model):
    """What one offer would come to for a pool, for staff to compare makers side by side; written anew by each run.

    Staff only: makers never see each other's. ``rank`` 1 is the best; ``chosen`` is the one the plan puts the pool to.
    """

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="+")
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="+")
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    rank = models.PositiveIntegerField()
    chosen = models.BooleanField(default=False)
    reached = models.BooleanField()
    unit_price_minor = minor_field()
    delivered_minor = minor_field()
    units = models.PositiveIntegerField()
    low_units = models.PositiveIntegerField()
    high_units = models.PositiveIntegerField()
    min_units = models.PositiveIntegerField()
    chance_permille = models.PositiveIntegerField()
    surplus_minor = minor_field(default=0)
    window_to = models.DateField()
    quality_permille = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "proposal_candidate"
        ordering = ["pool", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["pool", "offer"], name="candidate_once"),
            models.UniqueConstraint(fields=["pool"], condition=Q(chosen=True), name="candidate_one_chosen"),
        ]


class ProposalVersion(models.Model):
    """One version of a proposal, never changed once stored. Prices per unit: the maker's (before VAT) and delivered.

    ``evidence`` is frozen: {"estimate": …, "curve": [[price_minor, low80, expected, high80]…], "regions": …,
    "growth": [[week, people who came in it or in weeks of few before it]…], "attributes": {attr: {value: units}},
    "said": {attr: [{"level", "constraint", "units"}…]}, "line": readable sentence parts}. ``ladder`` [[min_units,
    unit_price_minor, delivered_minor]…]. ``chance_permille``: chance to reach the minimum.
    """

    class Author(models.TextChoices):
        PLATFORM = "platform", pgettext_lazy("author", "Platform")
        MAKER = "maker", pgettext_lazy("author", "Manufacturer")

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    author = models.CharField(max_length=8, choices=Author.choices)
    specification = models.JSONField()
    units = models.PositiveIntegerField()
    low_units = models.PositiveIntegerField()
    high_units = models.PositiveIntegerField()
    chance_permille = models.PositiveIntegerField()
    min_units = models.PositiveIntegerField()
    max_units = models.PositiveIntegerField()
    unit_price_minor = minor_field()
    delivered_minor = minor_field()
    surplus_minor = minor_field(default=0)
    ladder = models.JSONField(default=list)
    window_from = models.DateField()
    window_to = models.DateField()
    evidence = models.JSONField(default=dict)
    terms = models.JSONField(default=dict)
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "proposal_version"
        ordering = ["proposal", "number"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "number"], name="proposal_version_once"),
            models.CheckConstraint(
                condition=Q(units__gte=1) & Q(min_units__lte=F("max_units")), name="proposal_version_units_ordered"
            ),
            models.CheckConstraint(condition=Q(unit_price_minor__gt=0), name="proposal_version_price_positive"),
            models.CheckConstraint(
                condition=Q(window_from__lte=F("window_to")), name="proposal_version_window_ordered"
            ),
        ]


class ProposalLine(models.Model):
    """One variant of a version: how many units, and the range acceptance binds to."""

    version = models.ForeignKey(ProposalVersion, on_delete=models.CASCADE, related_name="lines")
    variant_key = models.CharField(max_length=64)
    variant = models.JSONField(default=dict)
    units = models.PositiveIntegerField()
    min_units = models.PositiveIntegerField(default=0)
    max_units = models.PositiveIntegerField()
    adder_minor = minor_field(default=0)

    class Meta:
        db_table = "proposal_line"
        ordering = ["version", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "variant_key"], name="proposal_variant_once"),
            models.CheckConstraint(
                condition=Q(min_units__lte=F("units")) & Q(units__lte=F("max_units")), name="proposal_line_in_range"
            ),
        ]


class Counter(models.Model):
    """A maker's changed lines in a round: what they changed, what it costs in units and surplus, how it was answered.

    ``changes``: {"unit_price_minor"?, "min_units"?, "units"?, "window_to"?, "specification"?, "lines"?: {key: units}}.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("counter", "Open")
        AGREED = "agreed", pgettext_lazy("counter", "Agreed")
        REFUSED = "refused", pgettext_lazy("counter", "Refused")

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="counters")
    round = models.PositiveIntegerField()
    from_version = models.ForeignKey(ProposalVersion, on_delete=models.PROTECT, related_name="+")
    to_version = models.ForeignKey(ProposalVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    changes = models.JSONField()
    note = models.CharField(max_length=500, blank=True)
    effect = models.JSONField(default=dict)
    state = models.CharField(max_length=7, choices=State.choices, default=State.OPEN)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "proposal_counter"
        ordering = ["proposal", "round"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "round"], name="counter_once_per_round"),
            models.UniqueConstraint(
                fields=["proposal"], condition=Q(state="open"), name="counter_one_open_per_proposal"
            ),
        ]


class ThreadMessage(models.Model):
    """A message between a maker and staff about a proposal, with an optional checked attachment."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    from_staff = models.BooleanField()
    text = models.TextField(max_length=4000)
    attachment_name = models.CharField(max_length=120, blank=True)
    attachment_type = models.CharField(max_length=60, blank=True)
    attachment = models.BinaryField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "proposal_message"
        ordering = ["proposal", "created_at", "pk"]


class CapacityBooking(models.Model):
    """Units of a capacity window that a proposal holds: reserved while it is out, bound once accepted."""

    class State(models.TextChoices):
        RESERVED = "reserved", pgettext_lazy("booking", "Reserved")
        BOUND = "bound", pgettext_lazy("booking", "Bound")
        FREED = "freed", pgettext_lazy("booking", "Freed")

    window = models.ForeignKey(CapacityWindow, on_delete=models.PROTECT, related_name="bookings")
    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="bookings")
    units = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.RESERVED)
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "capacity_booking"
        constraints = [
            models.UniqueConstraint(fields=["window", "proposal"], name="booking_once"),
            models.CheckConstraint(condition=Q(units__gte=1), name="booking_units_positive"),
        ]
