"""An accepted proposal becomes a campaign: pre-orders are announced, everyone else it could serve is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from demand import locking
from demand.campaigning import reads, steps
from demand.campaigning.errors import PoolBusy
from demand.campaigning.service.asking import ask_all
from demand.errors import NotThere
from demand.models import (
    LIVE_STATES,
    Campaign,
    CampaignTier,
    CampaignVariant,
    Pool,
    PoolState,
    PoolTerms,
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
    announced and bind after the policy's hours unless refused; wishes of other pools are asked as ``asking`` says.
    The same ``source_key`` again returns the first result. Prices are delivered prices before the region's freight,
    per unit, in minor units, VAT and fee inside. Raises :class:`PoolBusy`, :class:`NotThere`.
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
        asked = ask_all(campaign, rows, now=now)
        Pool.objects.filter(pk=pool.pk).update(state=PoolState.CAMPAIGN, updated_at=now)
        PoolTerms.objects.filter(pool=pool).update(state="accepted", updated_at=now)
        steps.say(campaign, "campaign.opened", now=now)
    return OpenedCampaign(campaign_id=campaign.pk, asked=asked.asked, announced=asked.announced)


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
