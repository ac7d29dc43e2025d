"""The last lot is made whole in any case: what is missing in it goes to those who said they would take more."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from demand.campaigning import reads, steps
from demand.campaigning.kernel import dealt, short_of_lot
from demand.models import Campaign, CampaignVariant, Commitment


def fill_last_lot(campaign: Campaign, *, now: datetime) -> int:
    """Deal the units missing to whole lots to those with spare units; how many were dealt.

    Part of the lock, after firm units alone reached the minimum: spare units never create an order, only fill its last
    lot. One each in the order of confirming, then a second each, never above what a shopper allowed nor what campaign
    and variant can take. The price stays at or below what each confirmed. The campaign is locked.
    """
    short = short_of_lot(units=campaign.firm_units, lot_multiple=campaign.lot_multiple)
    short = min(short, campaign.max_units - campaign.firm_units)
    if not short:
        return 0
    willing = reads.willing(campaign.pk)
    variants = CampaignVariant.objects.filter(campaign=campaign)
    room = {row.pk: row.max_units - row.firm_units for row in variants}
    parts = dealt(short, [(one.spare_units, one.variant_id or 0) for one in willing], room)
    filled = [one for one, part in zip(willing, parts, strict=True) if part]
    for commitment, part in zip(willing, parts, strict=True):
        if part:
            _add(commitment, part, now=now)
    units = sum(parts)
    Campaign.objects.filter(pk=campaign.pk).update(firm_units=F("firm_units") + units, updated_at=now)
    campaign.firm_units += units
    for commitment in filled:
        steps.tell_all(
            [commitment], "campaign.filled", campaign=campaign, key="lot", now=now, more=commitment.filled_units
        )
    return units


def _add(commitment: Commitment, units: int, *, now: datetime) -> None:
    commitment.units += units
    commitment.filled_units = units
    commitment.total_minor = (commitment.total_minor or 0) + units * (commitment.unit_price_minor or 0)
    Commitment.objects.filter(pk=commitment.pk).update(
        units=commitment.units,
        filled_units=units,
        total_minor=commitment.total_minor,
        revision=F("revision") + 1,
        updated_at=now,
    )
    CampaignVariant.objects.filter(pk=commitment.variant_id or 0).update(firm_units=F("firm_units") + units)
