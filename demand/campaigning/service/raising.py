"""A confirmed shopper takes more before closing: the change that helps everyone and costs nobody anything."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from demand import locking
from demand.campaigning import holding, reads, steps
from demand.campaigning.errors import AlreadyDecided, CampaignClosed, NoRoom, OthersWait, TotalChanged
from demand.campaigning.service import places
from demand.campaigning.service.places import Answered
from demand.errors import Changed, InvalidValue
from demand.models import Campaign, CampaignState, CampaignVariant, Commitment, CommitmentState

COMMAND = "campaign.raise"


def raise_units(
    *,
    commitment_id: int,
    seen_revision: int,
    units: int,
    shown_total_minor: int,
    idempotency_key: str,
    now: datetime,
) -> Answered:
    """Raise a confirmed place to ``units`` at the price that was confirmed, until the campaign closes.

    One transaction; locks campaign, variant, commitment. Never fewer units: that is leaving, and confirming again. The
    added units are held as a part of their own, so that a refused payment loses only them. While somebody queues
    nobody takes more. The same ``idempotency_key`` again returns how the place stands.

    Raises
    ------
    CampaignClosed, AlreadyDecided, Changed, InvalidValue, OthersWait, NoRoom, TotalChanged
    """
    with locking.transaction():
        campaign, variant, commitment = places.locked_place(commitment_id, None)
        repeated = places.repeated(commitment.user_id, idempotency_key, COMMAND)
        if repeated is not None:
            return repeated
        if campaign.state != CampaignState.OPEN or campaign.closes_at <= now:
            raise CampaignClosed
        if commitment.state != CommitmentState.CONFIRMED or commitment.unit_price_minor is None:
            raise AlreadyDecided
        if commitment.revision != seen_revision:
            raise Changed
        more = units - commitment.units
        if more < 1:
            raise InvalidValue(reads.MORE_SENTENCE, field="units", units=commitment.units)
        _check_room(campaign, variant, more)
        price = commitment.unit_price_minor
        if price * (units + commitment.spare_units) != shown_total_minor:
            raise TotalChanged(total=price * (units + commitment.spare_units))
        _take(commitment, campaign, variant, more=more, now=now)
        places.remember(commitment, idempotency_key, COMMAND, now=now)
    return places.answered(commitment)


def _check_room(campaign: Campaign, variant: CampaignVariant, more: int) -> None:
    if reads.queued_units(campaign.pk):
        raise OthersWait
    left = max(0, reads.room(campaign, variant))
    if more > left:
        raise NoRoom(field="units", left=left)


def _take(commitment: Commitment, campaign: Campaign, variant: CampaignVariant, *, more: int, now: datetime) -> None:
    price = commitment.unit_price_minor or 0
    commitment.units += more
    commitment.total_minor = price * commitment.units
    places.store(commitment, now=now)
    Campaign.objects.filter(pk=campaign.pk).update(firm_units=F("firm_units") + more, updated_at=now)
    CampaignVariant.objects.filter(pk=variant.pk).update(firm_units=F("firm_units") + more)
    holding.request_more(commitment, units=more, price_minor=price * more, now=now)
    steps.tell_all([commitment], "campaign.raised", campaign=campaign, key=f"r{commitment.revision}", now=now)
    steps.say(campaign, "campaign.changed", now=now)
