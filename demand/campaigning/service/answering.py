"""What a shopper answers: confirm, refuse, leave; and what binds or moves up by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from demand import locking
from demand.campaigning import holding, reads, steps
from demand.campaigning.errors import (
    AlreadyDecided,
    CampaignClosed,
    NotVerified,
    PlaceElsewhere,
    TotalChanged,
    VariantGone,
)
from demand.campaigning.kernel import LeaveTerms, leave_terms
from demand.campaigning.service import places
from demand.campaigning.service.places import Answered
from demand.collecting.reads import addresses_of
from demand.errors import Changed, InvalidValue, NotThere
from demand.models import (
    MAX_UNITS,
    Campaign,
    CampaignVariant,
    Commitment,
    CommitmentState,
    User,
    Wish,
)

OPEN_ANSWERS = (CommitmentState.ASKED, CommitmentState.ANNOUNCED, CommitmentState.QUEUED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What leaving cost and why."""

    commitment_id: int
    fee_minor: int
    refund_minor: int
    reason: str


def confirm(
    *,
    commitment_id: int,
    seen_revision: int,
    variant_id: int,
    units: int,
    address_id: int | None,
    shown_total_minor: int,
    idempotency_key: str,
    now: datetime,
    spare_units: int = 0,
) -> Answered:
    """Take a place at the firm maximum price and request its hold.

    One transaction; locks campaign, variant, commitment. The total charged is at most the total shown on the button;
    it includes ``spare_units``, which the shopper would take on top if they fill the last lot. Where every place is
    taken the shopper queues and nothing is held. The same ``idempotency_key`` again returns the first
    answer.

    Raises
    ------
    CampaignClosed, NotVerified, VariantGone, AddressMissing, TotalChanged, AlreadyDecided, PlaceElsewhere, Changed,
    InvalidValue
    """
    with locking.transaction():
        campaign, variant, commitment = places.locked_place(commitment_id, variant_id)
        repeated = places.repeated(commitment.user_id, idempotency_key, "campaign.confirm")
        if repeated is not None:
            return repeated
        _check_open(campaign, commitment, seen_revision, now)
        address = places.checked_address(commitment.user_id, address_id)
        if not 1 <= units <= MAX_UNITS:
            raise InvalidValue(reads.UNITS_SENTENCE, field="units")
        if not 0 <= spare_units <= MAX_UNITS:
            raise InvalidValue(reads.UNITS_SENTENCE, field="spare")
        if variant.state != CampaignVariant.State.ON or variant.campaign_id != campaign.pk:
            raise VariantGone(field="variant")
        unit_price = steps.price_of(campaign, variant, address.region)
        if unit_price * (units + spare_units) != shown_total_minor:
            raise TotalChanged(total=unit_price * (units + spare_units))
        commitment.variant, commitment.address = variant, address
        commitment.units, commitment.unit_price_minor = units, unit_price
        commitment.total_minor, commitment.spare_units = unit_price * units, spare_units
        answered = _bind(commitment, campaign=campaign, variant=variant, now=now)
        places.remember(commitment, idempotency_key, "campaign.confirm", now=now)
    return answered


def refuse(*, commitment_id: int, now: datetime) -> Answered:
    """Say no before anything is bound; the wish stays on the list. Repeating it changes nothing.

    Raises :class:`AlreadyDecided` for a place that is confirmed: that is left, not refused.
    """
    with locking.transaction():
        commitment = places.locked_commitment(commitment_id)
        if commitment.state == CommitmentState.REFUSED:
            return places.answered(commitment)
        if commitment.state not in OPEN_ANSWERS:
            raise AlreadyDecided
        commitment.state = CommitmentState.REFUSED
        places.store(commitment, now=now)
        steps.tell_all([commitment], "campaign.refused", campaign=commitment.campaign, key="refused", now=now)
    return places.answered(commitment)


def leave(*, commitment_id: int, seen_revision: int, now: datetime) -> Left:
    """Give a confirmed place back at the terms of the refund bracket that applies now.

    One transaction; locks campaign, variant, commitment, holds. Before the lock the hold is released; afterwards what
    was captured is refunded less the fee. A queued shopper takes the place over. Repeating it returns the first result.
    """
    with locking.transaction():
        campaign, _variant, commitment = places.locked_place(commitment_id, None)
        if commitment.state == CommitmentState.LEFT:
            return Left(
                commitment_id=commitment.pk,
                fee_minor=commitment.fee_minor,
                refund_minor=commitment.charged_minor - commitment.fee_minor,
                reason="left",
            )
        if commitment.state != CommitmentState.CONFIRMED:
            raise AlreadyDecided
        if commitment.revision != seen_revision:
            raise Changed
        terms = leaving_terms(campaign, commitment, now=now)
        commitment.state, commitment.left_at, commitment.fee_minor = CommitmentState.LEFT, now, terms.fee_minor
        places.store(commitment, now=now)
        steps.free_place(commitment, campaign=campaign, now=now)
        refund = holding.give_back(commitment, fee_minor=terms.fee_minor, now=now)
        _move_queue(campaign, now=now)
        steps.tell_all([commitment], "campaign.left", campaign=campaign, key="left", now=now, fee_minor=terms.fee_minor)
    return Left(commitment_id=commitment.pk, fee_minor=terms.fee_minor, refund_minor=refund, reason=terms.reason)


def leaving_terms(campaign: Campaign, commitment: Commitment, *, now: datetime) -> LeaveTerms:
    """The bracket that applies to a confirmed place at this moment; what the page shows before the button.

    A fee is a share of the order's total, and at most what was paid of it.
    """
    policy = campaign.policy
    late = max(0, (max(now.date(), campaign.expected_on or now.date()) - campaign.promised_to).days)
    terms = leave_terms(
        state=campaign.state,
        total_minor=commitment.total_minor or 0,
        units=commitment.units,
        firm_units=campaign.firm_units,
        min_units=campaign.min_units,
        taken_over=reads.queued_units(campaign.pk) >= commitment.units,
        days_late=late,
        late_days_free=policy.late_days_free,
        late_fee_permille=policy.late_leave_fee_permille,
        released_fee_permille=policy.released_leave_fee_permille,
    )
    return replace(terms, fee_minor=min(terms.fee_minor, holding.paid(commitment)))


def bind_due(*, now: datetime, most: int = 500) -> int:
    """Bind announced pre-orders whose time to refuse is over; how many. One short transaction each."""
    due = reads.due_to_bind(now=now, most=most)
    for commitment_id, variant_id in due:
        with locking.transaction():
            campaign, variant, commitment = places.locked_place(commitment_id, variant_id)
            if commitment.state != CommitmentState.ANNOUNCED or campaign.state != "open":
                continue
            address = addresses_of(commitment.user_id).first()
            commitment.address = address
            _bind(commitment, campaign=campaign, variant=variant, now=now)
    return len(due)


def _check_open(campaign: Campaign, commitment: Commitment, seen_revision: int, now: datetime) -> None:
    if campaign.state != "open" or campaign.closes_at <= now:
        raise CampaignClosed
    if commitment.state not in (*OPEN_ANSWERS, CommitmentState.REFUSED, CommitmentState.LEFT):
        raise AlreadyDecided
    if commitment.revision != seen_revision:
        raise Changed
    if reads.place_elsewhere(commitment) is not None:
        raise PlaceElsewhere
    if not User.objects.get(pk=commitment.user_id).is_verified:
        raise NotVerified


def _bind(commitment: Commitment, *, campaign: Campaign, variant: CampaignVariant, now: datetime) -> Answered:
    """Confirm the place, or queue it where campaign or variant have too little left. Rows are locked."""
    commitment.binds_at = None
    if commitment.units > reads.room(campaign, variant):
        commitment.state, commitment.queued_at = CommitmentState.QUEUED, commitment.queued_at or now
        places.store(commitment, now=now)
        steps.tell_all([commitment], "campaign.queued", campaign=campaign, key=f"q{now:%s}", now=now)
        return places.answered(commitment)
    commitment.state, commitment.confirmed_at = CommitmentState.CONFIRMED, now
    commitment.left_at = None
    places.store(commitment, now=now)
    steps.take_place(commitment, campaign=campaign, variant=variant, now=now)
    steps.tell_all([commitment], "campaign.bound", campaign=campaign, key=f"r{commitment.revision}", now=now)
    steps.say(campaign, "campaign.changed", now=now)
    return places.answered(commitment)


def move_queue(*, campaign_id: int, now: datetime) -> int:
    """Give free places to those who queue, in the order they queued; how many moved up."""
    with locking.transaction():
        campaign = locking.lock((Campaign, [campaign_id])).get(Campaign, campaign_id)
        if campaign is None:
            raise NotThere
        return _move_queue(campaign, now=now)


def _move_queue(campaign: Campaign, *, now: datetime) -> int:
    """Free places go to who holds none before anyone gets a second, then in the order they queued.

    A place that does not fit is passed over, not lost. The campaign is locked.
    """
    if campaign.state not in ("open", "locked"):
        return 0
    moved = 0
    while (fitting := _first_that_fits(campaign)) is not None:
        commitment, variant = fitting
        commitment.campaign = campaign
        commitment.state, commitment.confirmed_at = CommitmentState.CONFIRMED, now
        places.store(commitment, now=now)
        steps.take_place(commitment, campaign=campaign, variant=variant, now=now)
        if campaign.final_price_minor is not None:
            steps.charge(campaign, commitment, price_minor=campaign.final_price_minor, now=now)
        steps.tell_all([commitment], "campaign.moved_up", campaign=campaign, key="moved", now=now)
        moved += 1
    return moved


def _first_that_fits(campaign: Campaign) -> tuple[Commitment, CampaignVariant] | None:
    """Who moves up next, with the variant they wait for."""
    waiting = reads.queue(campaign.pk)
    keys = {one.variant_id for one in waiting if one.variant_id is not None}
    variants = {row.pk: row for row in CampaignVariant.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    for commitment in waiting:
        variant = variants.get(commitment.variant_id or 0)
        if variant is None or variant.state != CampaignVariant.State.ON:
            continue
        if commitment.units <= reads.room(campaign, variant):
            return commitment, variant
    return None


def place_for(*, campaign_id: int, wish_id: int, variant_id: int, now: datetime) -> Answered:
    """A place for a wish that came after the campaign opened; asked, like everyone else. Repeating it returns the same.

    One transaction; locks the campaign. Raises :class:`CampaignClosed`, :class:`NotThere`.
    """
    with locking.transaction():
        campaign = locking.lock((Campaign, [campaign_id])).get(Campaign, campaign_id)
        wish = Wish.objects.select_related("user").filter(pk=wish_id, user__isnull=False).first()
        variant = CampaignVariant.objects.filter(pk=variant_id, campaign_id=campaign_id).first()
        if campaign is None or wish is None or wish.user is None or variant is None:
            raise NotThere
        known = Commitment.objects.filter(campaign=campaign, wish=wish).first()
        if known is not None:
            return places.answered(known)
        if campaign.state != "open" or campaign.closes_at <= now:
            raise CampaignClosed
        total = steps.price_of(campaign, variant, wish.region)
        commitment = Commitment.objects.create(
            campaign=campaign,
            wish=wish,
            user=wish.user,
            person_id=wish.user.person_id,
            variant=variant,
            units=min(wish.quantity, campaign.max_units),
            unit_price_minor=total,
            total_minor=total * min(wish.quantity, campaign.max_units),
            spare_units=steps.spare_of(campaign, wish),
            answer_by=campaign.closes_at,
            created_at=now,
            updated_at=now,
        )
    return places.answered(commitment)
