"""What proposing decides from, in a number of queries that does not grow with rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from demand.campaigning.reads import policy_for
from demand.models import Attribute, Category, Policy, Pool, PoolSnapshot, PoolState
from demand.pooling.reads.lines import asked_units, demand_lines
from manufacturers.models import (
    OUT_STATES,
    CapacityWindow,
    MakerMember,
    Offer,
    OfferState,
    Proposal,
    ProposalState,
    ProposalVersion,
    Reliability,
)
from manufacturers.offering.kernel import week_of
from manufacturers.offering.reads import offers_for
from manufacturers.proposing.markets import Chances, Market, OfferSide, PoolSide

ANSWER_DAYS = 7
# A pair that a maker declined or let expire is not put to them again for so long.
REST_DAYS = 14
# Where a pool has no estimate yet: a pre-order is nearly an order, a wish without one is kept by about three in ten
# (the range in which published crowdfunding and group-buying follow-through lies).
FIRM_PERMILLE = 950
WISH_PERMILLE = 300


def to_propose(subject: str) -> list[int]:
    """Categories named by a code or a key; ``*``: every one with an offer that is live."""
    if subject == "*":
        rows = Offer.objects.filter(state=OfferState.LIVE).order_by("category_id")
        return list(rows.values_list("category_id", flat=True).distinct())
    found = Category.objects.filter(pk=int(subject)) if subject.isdigit() else Category.objects.filter(code=subject)
    return list(found.values_list("pk", flat=True))


def members_to_tell(maker_id: int) -> list[int]:
    """The users who act for a maker."""
    return list(MakerMember.objects.filter(maker_id=maker_id).order_by("pk").values_list("user_id", flat=True))


def newest_version(proposal_id: int, number: int) -> ProposalVersion:
    """A version of a proposal with its lines loaded."""
    return ProposalVersion.objects.prefetch_related("lines").get(proposal_id=proposal_id, number=number)


def market_of(category_id: int, *, today: date) -> Market:
    """Everything a run of proposing decides from, for the pools that no maker is deciding on."""
    policy = policy_for(category_id)
    pools = _pools(category_id, policy)
    lines = tuple(demand_lines(category_id, [pool.pool_id for pool in pools]))
    scopes = dict(Attribute.objects.filter(category_attributes__category_id=category_id).values_list("code", "scope"))
    return Market(
        pools=pools,
        offers=offer_sides(offers_for(category_id, today=today), policy=policy, today=today),
        lines=lines,
        chances=chances([pool.pool_id for pool in pools]),
        shared=tuple(sorted(code for code, scope in scopes.items() if scope == Attribute.Scope.SHARED)),
        variants=tuple(sorted(code for code, scope in scopes.items() if scope == Attribute.Scope.VARIANT)),
        today=today,
        days_before_making=days_before_making(policy),
        banned=_resting(category_id, today=today),
    )


def days_before_making(policy: Policy) -> int:
    """Days a maker has to answer, and shoppers to confirm, before anything is made."""
    return ANSWER_DAYS + policy.campaign_days


def _pools(category_id: int, policy: Policy) -> tuple[PoolSide, ...]:
    """Open pools of at least k people; a smaller one would show a maker single persons."""
    rows = Pool.objects.filter(category_id=category_id, state=PoolState.OPEN, people__gte=policy.k).order_by("pk")
    return tuple(pool_side(row) for row in rows)


def pools_for_terms(category_id: int) -> list[PoolSide]:
    """Every open pool, however small: its terms show what it could become."""
    return [pool_side(row) for row in Pool.objects.filter(category_id=category_id, state=PoolState.OPEN).order_by("pk")]


def pool_side(pool: Pool) -> PoolSide:
    """A pool as the market sees it."""
    return PoolSide(
        pool_id=pool.pk,
        specification=pool.specification,
        people=pool.people,
        units=pool.units,
        firm_units=pool.firm_units,
    )


def offer_sides(offers: Sequence[Offer], *, policy: Policy, today: date) -> tuple[OfferSide, ...]:
    """Offers above the quality floor with their free units; cheapness alone cannot win."""
    keys = [offer.pk for offer in offers]
    known = dict(
        Reliability.objects.filter(maker_id__in={offer.maker_id for offer in offers}).values_list(
            "maker_id", "quality_permille"
        )
    )
    windows = CapacityWindow.objects.filter(offer_id__in=keys, week__gte=week_of(today)).order_by("offer", "week")
    free: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for offer_id, week, units, booked in windows.values_list("offer_id", "week", "units", "booked"):
        free[offer_id].append((week, units - booked))
    sides = []
    for offer in offers:
        measured = known.get(offer.maker_id)
        if min(offer.quality_permille, 1000 if measured is None else measured) < policy.quality_floor_permille:
            continue
        until = today + timedelta(days=days_before_making(policy) + offer.lead_days)
        sides.append(
            OfferSide(
                offer=offer,
                tiers=tuple((tier.min_units, tier.unit_price_minor) for tier in offer.tiers.all()),
                free_units=sum(room for week, room in free[offer.pk] if week <= until),
                fee_permille=policy.platform_fee_permille,
            )
        )
    return tuple(side for side in sides if side.tiers)


def chances(pool_ids: Collection[int]) -> Chances:
    """How likely each kind of demand buys."""
    return Chances(by_pool={}, by_kind={"preorder": FIRM_PERMILLE, "interest": WISH_PERMILLE})


def _resting(category_id: int, *, today: date) -> frozenset[tuple[int, int]]:
    """(offer, pool) pairs that were declined or left to expire lately."""
    since = today - timedelta(days=REST_DAYS)
    rows = Proposal.objects.filter(
        pool__category_id=category_id, state__in=[ProposalState.DECLINED, ProposalState.EXPIRED]
    )
    return frozenset(rows.filter(updated_at__date__gte=since).values_list("offer_id", "pool_id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Alive:
    """A proposal that is a draft, out, or accepted, with the pool it is for."""

    proposal_id: int
    offer_id: int
    pool_id: int
    state: str
    min_units: int
    delivered_minor: int
    pool_open: bool
    same_specification: bool


def alive(category_id: int) -> list[Alive]:
    """The proposals of a category that are drafts, out or accepted; two queries."""
    states = (ProposalState.DRAFT, *OUT_STATES, ProposalState.ACCEPTED)
    rows = list(
        Proposal.objects.filter(pool__category_id=category_id, state__in=states).select_related("pool").order_by("pk")
    )
    wanted = Q()
    for row in rows:
        wanted |= Q(proposal_id=row.pk, number=row.version)
    versions = {one.proposal_id: one for one in ProposalVersion.objects.filter(wanted)} if rows else {}
    return [_alive(row, versions[row.pk]) for row in rows]


def _alive(row: Proposal, version: ProposalVersion) -> Alive:
    return Alive(
        proposal_id=row.pk,
        offer_id=row.offer_id,
        pool_id=row.pool_id,
        state=row.state,
        min_units=version.min_units,
        delivered_minor=version.delivered_minor,
        pool_open=row.pool.state == PoolState.OPEN,
        same_specification=all(version.specification.get(k) == v for k, v in row.pool.specification.items()),
    )


def backgrounds(pools: Sequence[PoolSide], *, k: int) -> dict[int, dict[str, Any]]:
    """What may be shown of each pool: its newest hourly snapshot and how many asked for each attribute."""
    keys = [pool.pool_id for pool in pools]
    newest = PoolSnapshot.objects.filter(pool_id__in=keys).order_by("pool_id", "-hour").distinct("pool_id")
    shown = {row.pool_id: row for row in newest}
    asked = asked_units(keys, k=k)
    found: dict[int, dict[str, Any]] = {}
    for pool in pools:
        row = shown.get(pool.pool_id)
        breakdown = row.breakdown if row is not None else {}
        found[pool.pool_id] = {
            "people": row.people if row is not None else None,
            "regions": breakdown.get("regions", {}),
            "growth": breakdown.get("growth", []),
            "variants": breakdown.get("variants", {}),
            "asked": asked.get(pool.pool_id, {}),
        }
    return found


def due_to_expire(*, now: datetime) -> list[int]:
    """Proposals out whose time to answer is over."""
    rows = Proposal.objects.filter(state__in=OUT_STATES, expires_at__lte=now)
    return list(rows.order_by("expires_at", "pk").values_list("pk", flat=True))


def rivals_of(proposal: Proposal) -> list[int]:
    """Other proposals for the same pool that are drafts or out."""
    rows = Proposal.objects.filter(pool_id=proposal.pool_id, state__in=(ProposalState.DRAFT, *OUT_STATES))
    return list(rows.exclude(pk=proposal.pk).order_by("pk").values_list("pk", flat=True))
