"""What proposing decides from, in a number of queries that does not grow with rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from demand.campaigning.reads import policy_for
from demand.estimating.reads import EstimateView, newest
from demand.models import Attribute, Category, Policy, Pool, PoolSnapshot, PoolState
from demand.pooling.reads.lines import DemandLine, asked_units, demand_lines, said_units
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
from manufacturers.proposing.blueprints import Z80
from manufacturers.proposing.guests import fits_pool
from manufacturers.proposing.markets import Chances, Market, OfferSide, PoolSide, divided

ANSWER_DAYS = 7
# A pair that a maker declined or let expire is not put to them again for so long.
REST_DAYS = 14
# Where a pool has no estimate yet: a pre-order is nearly an order, a wish without one is kept by about three in ten
# (the range in which published crowdfunding and group-buying follow-through lies).
FIRM_PERMILLE = 950
WISH_PERMILLE = 300
# Answers tell more than kinds: who confirmed an order that came to nothing mostly does so again; who was asked at a
# price they had named and did not answer hardly ever does, and after a second time next to never: an order that only
# many such people could fill is not put to a maker night after night.
WILLING_PERMILLE = 900
SILENT_PERMILLE = 50
SILENT_AGAIN_PERMILLE = 5
BY_KIND = {
    "preorder": FIRM_PERMILLE,
    "interest": WISH_PERMILLE,
    "willing": WILLING_PERMILLE,
    "silent": SILENT_PERMILLE,
    "silent_again": SILENT_AGAIN_PERMILLE,
}
# What an estimate calls its kinds, and a line its own.
LINE_KIND = {"firm": "preorder", "wish": "interest"}
SIGNAL_KINDS = ("cart", "search", "view")


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


def market_of(category_id: int, *, today: date, only: PoolSide | None = None) -> Market:
    """Everything a run of proposing decides from, to propose one pool alone where ``only`` names it.

    Pools of fewer than k people, which would show a maker single persons, are not proposed; what they would take of
    what is made for others counts there.
    """
    policy = policy_for(category_id)
    open_pools = pools_for_terms(category_id)
    pools = tuple(pool for pool in open_pools if pool.people >= policy.k) if only is None else (only,)
    keys = sorted({pool.pool_id for pool in (*open_pools, *pools)})
    estimates = newest(keys)
    scopes = dict(Attribute.objects.filter(category_attributes__category_id=category_id).values_list("code", "scope"))
    offers = offer_sides(offers_for(category_id, today=today), policy=policy, today=today)
    return Market(
        pools=pools,
        offers=offers,
        lines=divided((*demand_lines(category_id, keys), *signal_lines(estimates, pools)), offers),
        chances=chances(estimates),
        shared=tuple(sorted(code for code, scope in scopes.items() if scope == Attribute.Scope.SHARED)),
        variants=tuple(sorted(code for code, scope in scopes.items() if scope == Attribute.Scope.VARIANT)),
        today=today,
        days_before_making=days_before_making(policy),
        banned=_resting(category_id, today=today),
    )


def days_before_making(policy: Policy) -> int:
    """Days a maker has to answer, and shoppers to confirm, before anything is made."""
    return ANSWER_DAYS + policy.campaign_days


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


def offer_sides(offers: Sequence[Offer], *, policy: Policy, today: date, floor: bool = True) -> tuple[OfferSide, ...]:
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
        if (
            floor
            and min(offer.quality_permille, 1000 if measured is None else measured) < policy.quality_floor_permille
        ):
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


def chances(estimates: Mapping[int, EstimateView]) -> Chances:
    """How likely each kind of demand buys: as estimated for its pool at the price in the middle, staff's correction
    applied; where a pool has no estimate, in general.
    """
    by_pool: dict[int, dict[str, int]] = {}
    spread: dict[int, float] = {}
    for pool_id, view in estimates.items():
        if not view.points:
            continue
        point = view.points[len(view.points) // 2]
        factor = view.override.factor_permille if view.override is not None else 1000
        by_pool[pool_id] = {
            LINE_KIND.get(part["kind"], part["kind"]): min(1000, part["rate_permille"] * factor // 1000)
            for part in point.evidence
        }
        if point.expected_units:
            spread[pool_id] = (point.high80 - point.low80) / (2 * Z80 * point.expected_units)
    return Chances(
        by_pool=by_pool,
        by_kind=BY_KIND,
        spread=spread,
        shares={pool_id: view.shares for pool_id, view in estimates.items()},
    )


def signal_lines(estimates: Mapping[int, EstimateView], pools: Sequence[PoolSide]) -> list[DemandLine]:
    """People who only searched, looked or put it in a cart, counted by the estimate: they took any variant and price
    of their pool, at the low chance of their kind.
    """
    found = []
    for pool in pools:
        view = estimates.get(pool.pool_id)
        for part in view.points[len(view.points) // 2].evidence if view is not None and view.points else ():
            if part["kind"] in SIGNAL_KINDS and part["count"] > 0:
                found.append(
                    DemandLine(
                        pool_id=pool.pool_id,
                        needs={"must": dict(pool.specification), "nice": {}},
                        kind=part["kind"],
                        ceiling_minor=None,
                        region="*",
                        needed_by=None,
                        units=part["count"],
                        persons=part["count"],
                    )
                )
    return found


def _resting(category_id: int, *, today: date) -> frozenset[tuple[int, int]]:
    """(offer, pool) pairs that were declined or left to expire lately."""
    since = today - timedelta(days=REST_DAYS)
    rows = Proposal.objects.filter(
        pool__category_id=category_id, state__in=[ProposalState.DECLINED, ProposalState.EXPIRED]
    )
    return frozenset(rows.filter(updated_at__date__gte=since).values_list("offer_id", "pool_id"))


def market_of_pair(proposal: Proposal, *, today: date) -> Market:
    """The market of one proposal alone: its pool and its offer, with the capacity that it holds itself."""
    policy = policy_for(proposal.pool.category_id)
    side = pool_side(proposal.pool)
    whole = market_of(proposal.pool.category_id, today=today, only=side)
    held = sum(proposal.bookings.exclude(state="freed").values_list("units", flat=True))
    offers = offer_sides([_tiered(proposal.offer)], policy=policy, today=today, floor=False)
    return replace(whole, offers=tuple(replace(one, free_units=one.free_units + held) for one in offers))


def _tiered(offer: Offer) -> Offer:
    return Offer.objects.select_related("maker", "family").prefetch_related("tiers").get(pk=offer.pk)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alive:
    """A proposal that is a draft, out, or accepted, with the pool it is for."""

    proposal_id: int
    offer_id: int
    pool_id: int
    state: str
    min_units: int
    units: int
    delivered_minor: int
    specification: Mapping[str, Mapping[str, Any]]
    pool_open: bool
    same_specification: bool
    by_staff: bool


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
        units=version.units,
        delivered_minor=version.delivered_minor,
        specification=version.specification,
        pool_open=row.pool.state == PoolState.OPEN,
        by_staff=row.asked_by_id is not None,
        same_specification=fits_pool(version.specification, row.pool.specification),
    )


def backgrounds(pools: Sequence[PoolSide], *, k: int) -> dict[int, dict[str, Any]]:
    """What may be shown of each pool: its newest hourly snapshot, how many asked for each attribute, and
    what they said of it."""
    keys = [pool.pool_id for pool in pools]
    newest = PoolSnapshot.objects.filter(pool_id__in=keys).order_by("pool_id", "-hour").distinct("pool_id")
    shown = {row.pool_id: row for row in newest}
    asked, said = asked_units(keys, k=k), said_units(keys, k=k)
    found: dict[int, dict[str, Any]] = {}
    for pool in pools:
        row = shown.get(pool.pool_id)
        breakdown = row.breakdown if row is not None else {}
        found[pool.pool_id] = {
            "people": row.people if row is not None else None,
            "units": row.units if row is not None else None,
            "regions": breakdown.get("regions", {}),
            "weeks": breakdown.get("weeks", {}),
            "growth": breakdown.get("growth", []),
            "variants": breakdown.get("variants", {}),
            "asked": asked.get(pool.pool_id, {}),
            "said": said.get(pool.pool_id, {}),
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
