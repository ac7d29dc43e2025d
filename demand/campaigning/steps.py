"""Steps that several campaign services compose. They open no transaction and take no lock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import F

from demand import outbox
from demand.campaigning import holding
from demand.campaigning.kernel import Want, suits, unit_total
from demand.models import (
    Campaign,
    CampaignVariant,
    Commitment,
    Hold,
    Intent,
    Pool,
    PoolMembership,
    Wish,
)
from demand.notices import Message, tell


def link(campaign: Campaign) -> str:
    """Where a shopper decides about a campaign."""
    return f"/campaign/{campaign.public_id}/"


def names(campaign: Campaign) -> dict[str, Any]:
    """What a notice needs to name the campaign's pool in any language."""
    return {"pool_id": campaign.pool_id, "campaign": str(campaign.public_id)}


def want(wish: Wish, region: str | None = None) -> Want:
    """A wish as the campaign arithmetic sees it; reads its prefetched steps."""
    return Want(
        quantity=wish.quantity,
        ceiling_minor=wish.ceiling_minor,
        budget_minor=wish.budget_minor,
        intent=wish.intent,
        steps=tuple((step.quantity, step.ceiling_minor) for step in wish.steps.all()),
        region=region if region is not None else wish.region,
        needed_by=wish.needed_by,
    )


def price_of(campaign: Campaign, variant: CampaignVariant, region: str, price_minor: int | None = None) -> int:
    """The delivered unit price of a variant in a region at the campaign's maximum, or at ``price_minor``."""
    return unit_total(
        price_minor=campaign.max_price_minor if price_minor is None else price_minor,
        adder_minor=variant.adder_minor,
        freight_minor=campaign.freight_minor,
        region=region,
    )


def region_of(commitment: Commitment) -> str:
    """Where a place is delivered to: its address's region, else the wish's."""
    return commitment.address.region if commitment.address else commitment.wish.region


def most_total(commitment: Commitment) -> int:
    """The most a place may come to cost: its units, and those that would fill the last lot, at the confirmed price."""
    spare = commitment.spare_units - commitment.filled_units
    return (commitment.total_minor or 0) + spare * (commitment.unit_price_minor or 0)


def spare_of(campaign: Campaign, wish: Wish) -> int:
    """How many more units a wish would take to fill a lot: none where nothing is made in lots, nor where a budget or
    price steps decide how many. Reads its prefetched steps.
    """
    if campaign.lot_multiple < 2 or wish.intent != Intent.QUANTITY or list(wish.steps.all()):
        return 0
    return int(wish.tolerance)


def serves(campaign: Campaign, wish: Wish) -> bool:
    """Whether a campaign delivers what a wish must have, by its date; price and variant apart."""
    in_time = wish.needed_by is None or campaign.promised_to <= wish.needed_by
    return in_time and suits(campaign.specification, wish.needs.get("must", {}))


def tell_all(
    commitments: Iterable[Commitment], kind: str, *, campaign: Campaign, key: str, now: datetime, **params: Any
) -> None:
    """One notice to the shopper of each commitment; ``key`` names the cause, so that nobody is told twice.

    The price told is the shopper's own, version and freight to their region included; the total is the most it may cost
    until the final price is known.
    """
    final = campaign.final_price_minor is not None
    tell(
        [
            Message(
                user_id=commitment.user_id,
                kind=kind,
                params=names(campaign)
                | {
                    "units": commitment.units,
                    "total_minor": (commitment.total_minor or 0) if final else most_total(commitment),
                }
                | {"price_minor": _each(commitment) or campaign.max_price_minor}
                | params,
                event_key=f"{kind}:{commitment.pk}:{key}",
                link=link(campaign),
            )
            for commitment in commitments
        ],
        now=now,
    )


def _each(commitment: Commitment) -> int | None:
    """What one costs this shopper."""
    each: int | None = commitment.unit_price_minor
    return commitment.total_minor // commitment.units if commitment.total_minor else each


def take_place(commitment: Commitment, *, campaign: Campaign, variant: CampaignVariant, now: datetime) -> Hold:
    """Count a commitment as firm and request its hold. The rows are locked and capacity was checked."""
    Campaign.objects.filter(pk=campaign.pk).update(firm_units=F("firm_units") + commitment.units, updated_at=now)
    CampaignVariant.objects.filter(pk=variant.pk).update(firm_units=F("firm_units") + commitment.units)
    Wish.objects.filter(pk=commitment.wish_id).update(state="committed", updated_at=now)
    campaign.firm_units += commitment.units
    variant.firm_units += commitment.units
    return holding.request(commitment, now=now)


def charge(campaign: Campaign, commitment: Commitment, *, price_minor: int, now: datetime) -> None:
    """Set what a firm place costs at the final price and ask for its capture; it never exceeds what was confirmed."""
    if commitment.variant is None:
        return
    unit = price_of(campaign, commitment.variant, region_of(commitment), price_minor)
    total = min(unit * commitment.units, commitment.total_minor or unit * commitment.units)
    commitment.total_minor = total
    Commitment.objects.filter(pk=commitment.pk).update(total_minor=total, updated_at=now)
    holding.capture(commitment, now=now)


def ask_balances(campaign: Campaign, firm: Iterable[Commitment], *, now: datetime) -> None:
    """Charge what firm places cost beyond their deposit, and tell each what is charged now."""
    for commitment in firm:
        rest = holding.request_balance(commitment, now=now)
        if rest:
            tell_all([commitment], "campaign.balance", campaign=campaign, key="balance", now=now, rest_minor=rest)


def free_place(commitment: Commitment, *, campaign: Campaign, now: datetime) -> None:
    """Stop counting a confirmed commitment; its wish is open again. The rows are locked."""
    Campaign.objects.filter(pk=campaign.pk).update(firm_units=F("firm_units") - commitment.units, updated_at=now)
    if commitment.variant_id is not None:
        CampaignVariant.objects.filter(pk=commitment.variant_id).update(firm_units=F("firm_units") - commitment.units)
    Wish.objects.filter(pk=commitment.wish_id, state="committed").update(state="open", updated_at=now)
    campaign.firm_units -= commitment.units


def say(campaign: Campaign, topic: str, *, now: datetime, **payload: Any) -> None:
    """Tell the rest of the product what became of a campaign."""
    outbox.write(
        topic,
        aggregate="campaign",
        aggregate_id=campaign.pk,
        revision=campaign.revision,
        payload={"campaign_id": campaign.pk, "source_key": campaign.source_key} | payload,
        now=now,
    )


def reopen_pool(pool: Pool, *, now: datetime) -> None:
    """After a campaign that came to nothing the pool collects again (unless a campaign never took it out)."""
    Pool.objects.filter(pk=pool.pk, state="campaign").update(
        state="open" if PoolMembership.objects.filter(pool=pool).exists() else "empty", updated_at=now
    )
