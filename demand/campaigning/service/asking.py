"""Who is asked by a campaign: its pool's members, then wishes of other pools that it suits.

A wish has at most ``reads.MOST_QUESTIONS`` open questions at once where other pools' campaigns ask it; its own pool's
campaign always asks. When one is answered or over, the running campaign that would cost the least asks next.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from demand import locking
from demand.campaigning import reads, steps
from demand.campaigning.kernel import VariantChoice, accepted_variant, unit_total, units_at
from demand.models import Campaign, CampaignState, CampaignVariant, Commitment, CommitmentState, Pool, Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How many were only asked, and how many were announced and bind unless they refuse."""

    asked: int
    announced: int


def ask_more(*, now: datetime) -> int:
    """Let running campaigns ask who came since they opened, and whom they did not ask because others did; how many.

    The cheapest campaign first, none in its last hours. One transaction each; locks the pool, the campaign. Safe to
    repeat: nobody is asked twice by one campaign.
    """
    return sum(_ask_more(campaign_id, pool_id, now=now) for campaign_id, pool_id in reads.that_may_ask(now=now))


def _ask_more(campaign_id: int, pool_id: int, *, now: datetime) -> int:
    with locking.transaction():
        campaign = locking.lock((Pool, [pool_id]), (Campaign, [campaign_id])).get(Campaign, campaign_id)
        if campaign is None or campaign.state != CampaignState.OPEN or reads.filling(campaign, now=now):
            return 0
        variants = list(campaign.variants.filter(state=CampaignVariant.State.ON))
        done = ask_all(campaign, variants, now=now)
    return done.asked + done.announced


def ask_all(campaign: Campaign, variants: list[CampaignVariant], *, now: datetime) -> Asked:
    """Ask everyone a campaign has not asked yet and could serve. Belongs in a transaction that holds the pool.

    ``variants`` are those on offer. Campaigns of a category ask one after the other, so that together they keep to the
    most questions.
    """
    locking.advisory(f"asking:{campaign.pool.category_id}")
    deepest = min([campaign.max_price_minor, *campaign.tiers.values_list("price_minor", flat=True)])
    choices = {variant.key: variant for variant in variants}
    offered = [choice(variant) for variant in variants]
    commitments, members = [], set()
    guests = reads.guests_to_ask(campaign, {name for variant in variants for name in variant.values})
    for wish, member in [
        *((one, True) for one in reads.wishes_to_ask(campaign)),
        *((one, False) for one in guests),
    ]:
        suited = accepted_variant(offered, wish.needs["must"])
        if suited is None or not steps.serves(campaign, wish):
            continue
        commitment = _asked(campaign, wish, choices[suited.key], member=member, deepest_minor=deepest, now=now)
        if commitment is not None:
            commitments.append(commitment)
            members |= {wish.pk} if member else set()
    Commitment.objects.bulk_create(commitments, batch_size=1000)
    return _tell(campaign, commitments, members, now=now)


def _tell(campaign: Campaign, commitments: list[Commitment], members: set[int], *, now: datetime) -> Asked:
    announced = [one for one in commitments if one.state == CommitmentState.ANNOUNCED]
    asked = [one for one in commitments if one.state == CommitmentState.ASKED]
    until = {"answer_on": campaign.closes_at.isoformat()}
    for kind, told in (
        ("campaign.opened", [one for one in asked if one.wish_id in members]),
        ("campaign.invited", [one for one in asked if one.wish_id not in members]),
    ):
        steps.tell_all(told, kind, campaign=campaign, key="open", now=now, **until)
    hours = campaign.policy.auto_bind_hours
    steps.tell_all(announced, "campaign.announced", campaign=campaign, key="open", now=now, hours=hours, **until)
    return Asked(asked=len(asked), announced=len(announced))


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
