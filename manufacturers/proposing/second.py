"""After a trial batch that went well its maker is asked for the larger order, on the terms that were agreed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from demand.campaigning.reads import policy_for
from demand.models import Campaign, Claim, Commitment, Pool, PoolState
from manufacturers.models import Proposal, ProposalVersion
from manufacturers.offering.errors import CapacityTaken
from manufacturers.offering.steps import today_of
from manufacturers.proposing import evidence, reads
from manufacturers.proposing.blueprints import Blueprint
from manufacturers.proposing.choosing import curve
from manufacturers.proposing.comparing import best_of
from manufacturers.proposing.drafting import draft
from manufacturers.proposing.errors import PoolTaken
from manufacturers.proposing.guests import around
from manufacturers.proposing.markets import Market, completed
from manufacturers.proposing.service import ANSWER_TIME, send

# A trial went well when everything was delivered, the time to claim is over, and of a thousand places at most so many
# had a claim that was upheld.
UPHELD_AT_MOST_PERMILLE = 100


def propose_second(*, proposal_id: int, version: int, now: datetime) -> int | None:
    """Put the second order of a trial batch to the same maker; its key, or ``None`` where it did not tip.

    Price ladder, specification, minimum and terms are those of the trial's ``version`` in force; units, dates and
    evidence are of now. The maker decides anew and every shopper is asked anew: nobody is bound by the trial. Draws
    outside the transactions that store and send it; called again it returns the same proposal.
    """
    trial = Proposal.objects.select_related("campaign", "pool").get(pk=proposal_id)
    agreed = reads.newest_version(trial.pk, version)
    made = ProposalVersion.objects.filter(terms__second_of=str(trial.public_id)).order_by("proposal_id").first()
    if made is not None:
        return made.proposal_id
    if not agreed.terms.get("trial") or trial.campaign is None or not went_well(trial.campaign):
        return None
    blueprint = _drawn(trial, agreed, now=now)
    if blueprint is None:
        return None
    second, _new = draft(blueprint, run_id=None, now=now)
    if second is None:
        return None
    try:
        send(proposal_id=second, expires_at=now + ANSWER_TIME, now=now)
    except (CapacityTaken, PoolTaken):
        # It stays a draft that staff see.
        return second
    return second


def went_well(campaign: Campaign) -> bool:
    """Whether a finished trial tips: few enough of its delivered places had a claim that was upheld."""
    if campaign.finished_at is None:
        return False
    delivered = Commitment.objects.filter(campaign=campaign, state="delivered").count()
    decided = Claim.objects.filter(commitment__campaign=campaign, state=Claim.State.DECIDED)
    upheld = decided.exclude(decision=Claim.Decision.REFUSED).count()
    return bool(delivered) and upheld * 1000 <= UPHELD_AT_MOST_PERMILLE * delivered


def _drawn(trial: Proposal, agreed: ProposalVersion, *, now: datetime) -> Blueprint | None:
    """What the pool would order now on the terms agreed; ``None`` where it could not reach the agreed minimum."""
    pool = Pool.objects.get(pk=trial.pool_id)
    if pool.state != PoolState.OPEN:
        return None
    market = reads.market_of(pool.category_id, today=today_of(now), only=reads.pool_side(pool))
    market = _at_agreed_prices(market, trial.offer_id, agreed)
    if not market.offers:
        return None
    market = around(market, pool.pk, agreed.specification, market.offers[0])
    ((_price, guess),) = curve(market.lines, market, [agreed.delivered_minor], pool_id=pool.pk)
    best = best_of(market, market.pools[0], market.offers[0])
    if best is None or guess.high < agreed.min_units:
        return None
    policy = policy_for(pool.category_id)
    behind = reads.backgrounds(market.pools, k=policy.k)[pool.pk]
    drawn = replace(best.blueprint, **_kept(trial, agreed))
    return replace(drawn, evidence=evidence.frozen(drawn, market, background=behind, k=policy.k))


def _at_agreed_prices(market: Market, offer_id: int, agreed: ProposalVersion) -> Market:
    """The market with that offer alone at the agreed ladder, so that who would buy is counted at those prices."""
    sides = [side for side in market.offers if side.offer.pk == offer_id]
    tiers = tuple((int(units), int(price)) for units, price, _delivered in agreed.ladder)
    extra = _extra(market, offer_id)
    kept = tuple(replace(side, tiers=tuple((units, price - extra) for units, price in tiers)) for side in sides)
    return replace(market, offers=kept)


def _extra(market: Market, offer_id: int) -> int:
    """What the specification adds to the maker's price; an agreed ladder holds it already."""
    for side in market.offers:
        if side.offer.pk == offer_id and (fit := completed(market.pools[0], side, market.shared)) is not None:
            return fit[1]
    return 0


def _kept(trial: Proposal, agreed: ProposalVersion) -> dict[str, Any]:
    terms = {name: value for name, value in agreed.terms.items() if name != "trial"}
    return {
        "specification": dict(agreed.specification),
        "min_units": agreed.min_units,
        "unit_price_minor": agreed.unit_price_minor,
        "delivered_minor": agreed.delivered_minor,
        "ladder": tuple((int(units), int(price), int(delivered)) for units, price, delivered in agreed.ladder),
        "terms": terms | {"second_of": str(trial.public_id), "trial_units": agreed.terms["trial"]["first_units"]},
    }
