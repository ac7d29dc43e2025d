"""An accepted proposal becomes a campaign: pre-orders are announced, everyone else it could serve is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from demand import locking
from demand.campaigning import reads, steps
from demand.campaigning.errors import PoolBusy
from demand.campaigning.kernel import VariantChoice, accepted_variant, unit_total, units_at
from demand.errors import NotThere
from demand.models import (
    LIVE_STATES,
    Campaign,
    CampaignTier,
    CampaignVariant,
    Commitment,
    CommitmentState,
    Pool,
    PoolState,
    PoolTerms,
    Wish,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantOffer:
    """One combination of variant values that the maker is bound to make between its bounds."""

    key: str
    values: Mapping[str, Any]
    adder_minor: int
    min_units: int
    max_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedCampaign:
    """The campaign of an acceptance, and whom it reached when it opened."""

    campaign_id: int
    asked: int
    announced: int


def open_campaign(
    *,
    source_key: str,
    pool_id: int,
    maker_name: str,
    specification: Mapping[str, Any],
    max_price_minor: int,
    tiers: Sequence[tuple[int, int]],
    freight_minor: Mapping[str, int],
    vat_permille: int,
    fee_permille: int,
    variants: Sequence[VariantOffer],
    min_units: int,
    max_units: int,
    lot_multiple: int,
    promised_from: date,
    promised_to: date,
    return_terms: Mapping[str, Any],
    now: datetime,
    closes_at: datetime | None = None,
    maker_record: Mapping[str, Any] | None = None,
    batch: Mapping[str, Any] | None = None,
) -> OpenedCampaign:
    """Put a firm price to the shoppers of a pool.

    One transaction; locks the pool. Members whom price, date and variants suit are asked; pre-orders that opted in are
    announced and bind after the policy's hours unless refused; wishes of other pools whose every must is met are only
    asked. The same ``source_key`` again returns the first result. Prices are delivered prices before the region's
    freight, per unit, in minor units, VAT and fee inside. Raises :class:`PoolBusy`, :class:`NotThere`.
    """
    with locking.transaction():
        pool = locking.lock((Pool, [pool_id])).get(Pool, pool_id)
        if pool is None:
            raise NotThere
        earlier = Campaign.objects.filter(source_key=source_key).first()
        if earlier is not None:
            return _opened(earlier)
        if Campaign.objects.filter(pool=pool, state__in=LIVE_STATES).exists():
            raise PoolBusy
        campaign = Campaign.objects.create(
            pool=pool,
            source_key=source_key,
            maker_name=maker_name,
            specification=dict(specification),
            max_price_minor=max_price_minor,
            **_charges(freight_minor, vat_permille, fee_permille),
            min_units=min_units,
            max_units=max_units,
            lot_multiple=lot_multiple,
            promised_from=promised_from,
            promised_to=promised_to,
            **_said(return_terms, maker_record, batch),
            **_period(pool, closes_at, now),
        )
        rows = _store_ladder(campaign, tiers, variants)
        asked = _ask_members(campaign, rows, tiers=tiers, now=now)
        Pool.objects.filter(pk=pool.pk).update(state=PoolState.CAMPAIGN, updated_at=now)
        PoolTerms.objects.filter(pool=pool).update(state="accepted", updated_at=now)
        steps.say(campaign, "campaign.opened", now=now)
    return asked


def _charges(freight_minor: Mapping[str, int], vat_permille: int, fee_permille: int) -> dict[str, Any]:
    return {"freight_minor": dict(freight_minor), "vat_permille": vat_permille, "fee_permille": fee_permille}


def _said(
    return_terms: Mapping[str, Any], maker_record: Mapping[str, Any] | None, batch: Mapping[str, Any] | None
) -> dict[str, Any]:
    return {"return_terms": dict(return_terms), "maker_record": dict(maker_record or {}), "batch": dict(batch or {})}


def _period(pool: Pool, closes_at: datetime | None, now: datetime) -> dict[str, Any]:
    """The policy in force, which the campaign keeps, and from when to when it runs."""
    policy = reads.policy_for(pool.category_id)
    return {
        "policy": policy,
        "opens_at": now,
        "closes_at": closes_at or now + timedelta(days=policy.campaign_days),
        "created_at": now,
        "updated_at": now,
    }


def _store_ladder(
    campaign: Campaign, tiers: Sequence[tuple[int, int]], variants: Sequence[VariantOffer]
) -> list[CampaignVariant]:
    CampaignTier.objects.bulk_create(
        [CampaignTier(campaign=campaign, min_units=units, price_minor=price) for units, price in tiers]
    )
    return CampaignVariant.objects.bulk_create(
        [
            CampaignVariant(
                campaign=campaign,
                key=variant.key,
                values=dict(variant.values),
                adder_minor=variant.adder_minor,
                min_units=variant.min_units,
                max_units=variant.max_units,
            )
            for variant in variants
        ]
    )


def _opened(campaign: Campaign) -> OpenedCampaign:
    announced = campaign.commitments.filter(binds_at__isnull=False).count()
    return OpenedCampaign(campaign_id=campaign.pk, asked=campaign.commitments.count() - announced, announced=announced)


def _ask_members(
    campaign: Campaign, variants: list[CampaignVariant], *, tiers: Sequence[tuple[int, int]], now: datetime
) -> OpenedCampaign:
    choices = {variant.key: variant for variant in variants}
    offered = [choice(variant) for variant in variants]
    deepest = min([price for _units, price in tiers], default=campaign.max_price_minor)
    commitments, members = [], set()
    guests = reads.guests_to_ask(campaign, {name for variant in variants for name in variant.values})
    for wish, member in [
        *((one, True) for one in reads.wishes_to_ask(campaign.pool_id)),
        *((g, False) for g in guests),
    ]:
        suited = accepted_variant(offered, wish.needs["must"])
        if suited is None or not steps.serves(campaign, wish):
            continue
        commitment = _asked(campaign, wish, choices[suited.key], member=member, deepest_minor=deepest, now=now)
        if commitment is not None:
            commitments.append(commitment)
            members |= {wish.pk} if member else set()
    Commitment.objects.bulk_create(commitments, batch_size=1000)
    announced = [one for one in commitments if one.state == CommitmentState.ANNOUNCED]
    asked = [one for one in commitments if one.state == CommitmentState.ASKED]
    own, others = (
        [one for one in asked if one.wish_id in members],
        [one for one in asked if one.wish_id not in members],
    )
    policy = campaign.policy
    until = {"answer_on": campaign.closes_at.isoformat()}
    steps.tell_all(own, "campaign.opened", campaign=campaign, key="open", now=now, **until)
    steps.tell_all(others, "campaign.invited", campaign=campaign, key="open", now=now, **until)
    steps.tell_all(
        announced, "campaign.announced", campaign=campaign, key="open", now=now, hours=policy.auto_bind_hours, **until
    )
    return OpenedCampaign(campaign_id=campaign.pk, asked=len(asked), announced=len(announced))


def choice(variant: CampaignVariant) -> VariantChoice:
    """A stored variant as the arithmetic sees it."""
    return VariantChoice(key=variant.key, values=tuple(sorted(variant.values.items())), adder_minor=variant.adder_minor)


def _asked(
    campaign: Campaign, wish: Wish, variant: CampaignVariant, *, member: bool, deepest_minor: int, now: datetime
) -> Commitment | None:
    """A place for one wish, announced or asked; ``None`` where the price is above what the shopper would pay.

    Only a pool's own pre-orders bind by themselves.
    """
    if wish.user is None:
        return None
    want = steps.want(wish)
    total = steps.price_of(campaign, variant, wish.region)
    units = units_at(want, total)
    if wish.intent == "best_price":
        best = unit_total(
            price_minor=deepest_minor,
            adder_minor=variant.adder_minor,
            freight_minor=campaign.freight_minor,
            region=wish.region,
        )
        units = units_at(want, best)
    if units < 1:
        return None
    binds = (
        member
        and wish.kind == "preorder"
        and wish.auto_bind
        and wish.user.is_verified
        and (wish.intent != "best_price" or deepest_minor == campaign.max_price_minor)
    )
    policy = campaign.policy
    return Commitment(
        campaign=campaign,
        wish=wish,
        user=wish.user,
        person_id=wish.user.person_id,
        variant=variant,
        units=min(units, campaign.max_units),
        unit_price_minor=total,
        total_minor=total * min(units, campaign.max_units),
        spare_units=steps.spare_of(campaign, wish),
        state=CommitmentState.ANNOUNCED if binds else CommitmentState.ASKED,
        binds_at=now + timedelta(hours=policy.auto_bind_hours) if binds else None,
        answer_by=campaign.closes_at,
        created_at=now,
        updated_at=now,
    )
