"""Pools as anyone outside staff may see them: totals from k people on, breakdowns from the hour's snapshot."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from demand.models import (
    LIVE_STATES,
    Campaign,
    CampaignTier,
    Policy,
    Pool,
    PoolSnapshot,
    PoolState,
    PoolTerms,
    PoolTier,
)

ROUND_TO = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class TierView:
    """A step of a price ladder; ``more_units``: firm units still missing at that price, ``None`` once reached."""

    min_units: int
    price_minor: int
    reached: bool
    more_units: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolCard:
    """A pool in a list. ``people`` is ``None`` under k people; ``firm_units`` is 0 then, or while under k units.

    ``min_units`` is ``None`` while a maker is looked for. Money is delivered, before the region's freight. While an
    order is ``being_made`` nothing counts towards it any more: no minimum, no tiers; who joins waits for the next.
    """

    pool_id: int
    public_id: uuid.UUID
    category: str
    specification: Mapping[str, Any]
    state: str
    people: int | None
    k: int
    firm_units: int
    few_firm: bool
    min_units: int | None
    lead_days: int | None
    supply: str
    tiers: tuple[TierView, ...]
    breakdown: Mapping[str, Any]
    being_made: bool
    campaign_id: uuid.UUID | None
    closes_at: datetime | None
    created_at: datetime

    @property
    def ahead(self) -> TierView | None:
        """The nearest tier not reached yet, beyond the first."""
        return next((tier for tier in self.tiers[1:] if not tier.reached), None)


def k_by_category() -> dict[int | None, int]:
    """The smallest group shown, by category; ``None`` holds the general one."""
    rows = Policy.objects.order_by("version", "pk").values_list("category_id", "k")
    return {None: 5} | dict(rows)


def cards(pools: Sequence[Pool]) -> list[PoolCard]:
    """These pools in their order (category loaded); six queries whatever their number."""
    keys = [pool.pk for pool in pools]
    k = k_by_category()
    terms = {row.pool_id: row for row in PoolTerms.objects.filter(pool_id__in=keys).prefetch_related("tiers")}
    campaigns = {
        row.pool_id: row
        for row in Campaign.objects.filter(pool_id__in=keys, state__in=LIVE_STATES).prefetch_related(
            Prefetch("tiers", queryset=CampaignTier.objects.order_by("min_units"))
        )
    }
    shown = snapshots(keys)
    return [
        _card(
            pool,
            k=k.get(pool.category_id, k[None]),
            terms=terms.get(pool.pk),
            campaign=campaigns.get(pool.pk),
            breakdown=shown.get(pool.pk, {}),
        )
        for pool in pools
    ]


def snapshots(keys: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The newest breakdown of each pool, by pool, with the hour's ``units`` in all."""
    newest = PoolSnapshot.objects.filter(pool_id__in=keys).order_by("pool_id", "-hour").distinct("pool_id")
    rows = newest.values_list("pool_id", "breakdown", "units")
    return {pool_id: breakdown | {"units": units} for pool_id, breakdown, units in rows}


def _card(
    pool: Pool,
    *,
    k: int,
    terms: PoolTerms | None,
    campaign: Campaign | None,
    breakdown: Mapping[str, Any],
) -> PoolCard:
    being_made = pool.state == PoolState.CAMPAIGN and campaign is None
    terms = None if being_made else terms
    counted = campaign.firm_units if campaign is not None else 0 if terms is None else terms.firm_units
    shown = counted if counted >= k and pool.people >= k else 0
    minimum = campaign.min_units if campaign is not None else None if terms is None else terms.min_units
    return PoolCard(
        pool_id=pool.pk,
        public_id=pool.public_id,
        category=pool.category.code,
        specification=pool.specification,
        state=pool.state,
        people=pool.people if pool.people >= k else None,
        k=k,
        firm_units=shown,
        few_firm=counted > 0 and shown == 0,
        min_units=minimum,
        lead_days=None if terms is None else terms.lead_days,
        supply="" if terms is None else terms.state,
        tiers=_campaign_tiers(campaign, shown) if campaign is not None else _pool_tiers(terms, shown, k),
        breakdown=breakdown,
        being_made=being_made,
        campaign_id=None if campaign is None else campaign.public_id,
        closes_at=None if campaign is None else campaign.closes_at,
        created_at=pool.created_at,
    )


def _campaign_tiers(campaign: Campaign, firm: int) -> tuple[TierView, ...]:
    return tuple(_tier(row.min_units, row.price_minor, firm) for row in campaign.tiers.all())


def _pool_tiers(terms: PoolTerms | None, firm: int, k: int) -> tuple[TierView, ...]:
    """The first tier is measured live like the minimum; deeper ones split demand by price: counted with the terms."""
    if terms is None:
        return ()
    rows: list[PoolTier] = sorted(terms.tiers.all(), key=lambda row: row.min_units)
    return tuple(
        _tier(row.min_units, row.price_minor, firm if place == 0 else min(firm, _hidden(row.firm_units, k)))
        for place, row in enumerate(rows)
    )


def _hidden(units: int, k: int) -> int:
    return ROUND_TO * round(units / ROUND_TO) if units >= k else 0


def _tier(min_units: int, price_minor: int, firm: int) -> TierView:
    reached = firm >= min_units
    return TierView(
        min_units=min_units,
        price_minor=price_minor,
        reached=reached,
        more_units=None if reached else min_units - firm,
    )
