"""Queries of campaigning: what services need to decide, and what pages show. Their number does not grow with rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Case, Count, Exists, F, Max, OuterRef, Q, QuerySet, Sum, When
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from demand.campaigning.kernel import next_tier, reached_price, suits, unit_total
from demand.models import (
    LIVE_STATES,
    Campaign,
    CampaignProgress,
    CampaignState,
    CampaignVariant,
    Claim,
    Commitment,
    CommitmentState,
    Consent,
    ConsentRound,
    CountedWish,
    DemandCell,
    Hold,
    Policy,
    PoolMembership,
    Wish,
    WishState,
)

# A wish has one place in such a state at most, whatever campaigns ask it (``commitment_wish_sold_once``).
BINDING = ("announced", "queued", "confirmed")
# Wishes of other pools that one campaign asks at most.
MOST_GUESTS = 10_000
# Open questions that a wish has at most before campaigns of other pools wait with theirs.
MOST_QUESTIONS = 3
# A place that was answered, or was not in time, since its wish was last changed; and one that was wanted and came to
# nothing (what demand lines call willing).
_ANSWERED = Q(
    commitments__state__in=("refused", "left", "lapsed", "returned"), commitments__updated_at__gte=F("updated_at")
) & ~Q(
    commitments__state="returned",
    commitments__confirmed_at__isnull=True,
    commitments__queued_at__isnull=True,
    commitments__campaign__state="cancelled",
)
_WAS_YES = Q(commitments__state="returned", commitments__confirmed_at__isnull=False) | Q(
    commitments__state__in=("returned", "lapsed"),
    commitments__confirmed_at__isnull=True,
    commitments__queued_at__isnull=False,
)
# Wishes that campaigns of other pools may ask: no order counts on them, few questions are open, and they were not
# asked twice without a yes since.
_FREE = (
    (Q(earmark__isnull=True) | Q(earmark__created_at__lt=F("updated_at")))
    & Q(questions__lt=MOST_QUESTIONS)
    & (Q(times_no__lt=2) | Q(last_no__lt=F("last_yes")))
)
UNITS_SENTENCE = _("Say how many you want: 1 or more.")
MORE_SENTENCE = _("You have %(units)s. Here you can take more; to take fewer, leave and confirm again.")


def policy_for(category_id: int | None) -> Policy:
    """The newest policy of a category, else the newest general one."""
    rows = Policy.objects.filter(Q(category_id=category_id) | Q(category__isnull=True))
    found = rows.order_by("category_id", "-version").first()
    if found is None:
        raise Policy.DoesNotExist
    return found


def wishes_to_ask(campaign: Campaign) -> QuerySet[Wish]:
    """Open wishes of the campaign's pool with an account behind them that it did not ask, oldest pre-orders first (that
    is the order of binding).
    """
    return (
        Wish.objects.filter(
            membership__pool_id=campaign.pool_id, state=WishState.OPEN, user__isnull=False, seeded=False
        )
        .exclude(commitments__state__in=BINDING)
        .exclude(commitments__campaign=campaign)
        .select_related("user")
        .prefetch_related("steps")
        .order_by("-kind", "created_at", "pk")
    )


def guests_to_ask(campaign: Campaign, variant_names: Collection[str]) -> list[Wish]:
    """Open wishes of the category outside the campaign's pool all of whose musts are met by what will be made, as its
    specification and variants say it, and that it did not ask; at most ``MOST_GUESTS``, in the order of members.

    Those that its order counts on; of the others those that no other order counts on, that have fewer than
    ``MOST_QUESTIONS`` open questions and were not asked in vain before. Two queries.
    """
    named = {*campaign.specification, *variant_names}
    cells = DemandCell.objects.filter(category_id=campaign.pool.category_id, units__gt=0).order_by("pk")
    suited = [
        key
        for key, needs in cells.values_list("pk", "needs")
        if set(needs["must"]) <= named and suits(campaign.specification, needs["must"])
    ]
    counted = CountedWish.objects.filter(category_id=campaign.pool.category_id, cell_id__in=suited)
    rows = (
        Wish.objects.filter(pk__in=counted.values("wish_id"), state=WishState.OPEN, user__isnull=False, seeded=False)
        .filter(membership__isnull=False)
        .exclude(membership__pool_id=campaign.pool_id)
        .exclude(commitments__state__in=BINDING)
        .exclude(commitments__campaign=campaign)
        .annotate(
            questions=Count(
                "commitments", filter=Q(commitments__state="asked", commitments__campaign__state__in=LIVE_STATES)
            ),
            times_no=Count("commitments", filter=_ANSWERED & ~_WAS_YES),
            last_yes=Max("commitments__pk", filter=_ANSWERED & _WAS_YES, default=0),
            last_no=Max("commitments__pk", filter=_ANSWERED & ~_WAS_YES, default=0),
        )
        .filter(Q(earmark__pool_id=campaign.pool_id) | _FREE)
    )
    return list(
        rows.select_related("user").prefetch_related("steps").order_by("-kind", "created_at", "pk")[:MOST_GUESTS]
    )


def that_may_ask(*, now: datetime) -> list[tuple[int, int]]:
    """Open campaigns outside their last hours, with their pools, the cheapest first."""
    rows = Campaign.objects.filter(state=CampaignState.OPEN, closes_at__gt=now).select_related("policy")
    ordered = rows.order_by("max_price_minor", "closes_at", "pk")
    return [(one.pk, one.pool_id) for one in ordered if not filling(one, now=now)]


def open_questions(wishes: Iterable[int], *, now: datetime) -> dict[int, list[Commitment]]:
    """What each wish may still say yes or no to, the cheapest first; one query."""
    rows = Commitment.objects.filter(
        wish_id__in=list(wishes),
        state=CommitmentState.ASKED,
        campaign__state=CampaignState.OPEN,
        campaign__closes_at__gt=now,
    )
    found: dict[int, list[Commitment]] = {}
    for row in rows.select_related("campaign__pool__category").order_by("unit_price_minor", "answer_by", "pk"):
        found.setdefault(row.wish_id, []).append(row)
    return found


def place_elsewhere(place: Commitment) -> Commitment | None:
    """Another place of the same wish that binds or waits; there is one at most."""
    others = Commitment.objects.filter(wish_id=place.wish_id, state__in=BINDING).exclude(pk=place.pk)
    return others.select_related("campaign__pool__category").first()


def queued_units(campaign_id: int) -> int:
    """Units of those who wait for a place."""
    rows = Commitment.objects.filter(campaign_id=campaign_id, state=CommitmentState.QUEUED)
    return int(rows.aggregate(n=Sum("units"))["n"] or 0)


def room(campaign: Campaign, variant: CampaignVariant) -> int:
    """How many more units of a variant can be sold."""
    return min(campaign.max_units - campaign.firm_units, variant.max_units - variant.firm_units)


def willing(campaign_id: int) -> list[Commitment]:
    """Firm places that would take more to fill the last lot, in the order of confirming, locked."""
    rows = Commitment.objects.filter(campaign_id=campaign_id, state=CommitmentState.CONFIRMED, spare_units__gt=0)
    return list(rows.order_by("confirmed_at", "pk").select_for_update(of=("self",)))


def queue(campaign_id: int) -> list[Commitment]:
    """Who waits for a place, in the order of moving up: who holds none before who holds one, then as they came."""
    rows = Commitment.objects.filter(campaign_id=campaign_id, state=CommitmentState.QUEUED)
    holding = Commitment.objects.filter(
        campaign_id=campaign_id, state=CommitmentState.CONFIRMED, person=OuterRef("person")
    )
    ordered = rows.annotate(again=Exists(holding)).order_by("again", "queued_at", "pk")
    return list(ordered.select_for_update(of=("self",)).select_related("campaign__policy"))


def filling(campaign: Campaign, *, now: datetime) -> bool:
    """Whether an open campaign is in its fill phase: the policy's hours of notice before it closes."""
    return campaign.closes_at - now < timedelta(hours=campaign.policy.notice_hours)


def due_to_bind(*, now: datetime, most: int) -> list[tuple[int, int | None]]:
    """Announced places whose time to refuse is over, oldest pre-order first: (commitment, variant)."""
    rows = Commitment.objects.filter(state=CommitmentState.ANNOUNCED, binds_at__lte=now, campaign__state="open")
    return list(rows.order_by("binds_at", "pk").values_list("pk", "variant_id")[:most])


def due_to_close(*, now: datetime) -> list[int]:
    """Campaigns whose closing date has come, or whose consent round is over."""
    open_ones = Q(state=CampaignState.OPEN, closes_at__lte=now)
    asked_ones = Q(state=CampaignState.CONSENT, consent_round__closes_at__lte=now)
    return list(
        Campaign.objects.filter(open_ones | asked_ones).order_by("closes_at", "pk").values_list("pk", flat=True)
    )


def due_to_finish(*, now: datetime, window: timedelta) -> list[int]:
    """Delivered campaigns whose time to claim is over, all of whose claims are decided."""
    rows = Campaign.objects.filter(state=CampaignState.DELIVERED, finished_at__isnull=True)
    late = CampaignProgress.objects.filter(kind="delivered", happened_at__gt=now - window)
    undecided = Claim.objects.exclude(state=Claim.State.DECIDED).values("commitment__campaign_id")
    over = rows.exclude(pk__in=late.values("campaign_id")).exclude(pk__in=undecided)
    return list(over.order_by("pk").values_list("pk", flat=True))


def due_for_notice(*, now: datetime) -> list[Campaign]:
    """Open campaigns inside their policy's notice that nobody was told of yet."""
    rows = Campaign.objects.filter(state=CampaignState.OPEN, notice_sent_at__isnull=True, closes_at__gt=now)
    near = rows.filter(closes_at__lte=now + timedelta(days=14)).select_related("policy").order_by("pk")
    return [one for one in near if one.closes_at <= now + timedelta(hours=one.policy.notice_hours)]


def consent_of(place: Commitment, asked: ConsentRound) -> bool | None:
    """What a shopper answered in a round so far."""
    return Consent.objects.filter(round=asked, commitment=place).values_list("agreed", flat=True).first()


def holds_of(place: Commitment) -> list[Hold]:
    """Everything held for a place so far, oldest first."""
    return list(Hold.objects.filter(commitment=place).order_by("pk"))


def claim_of(place: Commitment) -> Claim | None:
    """What a shopper claimed after the delivery."""
    return Claim.objects.filter(commitment=place).first()


def confirmed(campaign_id: int) -> list[Commitment]:
    """The firm places of a campaign with what their notices need, by key."""
    rows = Commitment.objects.filter(campaign_id=campaign_id, state=CommitmentState.CONFIRMED)
    return list(rows.select_related("variant", "address", "wish", "campaign__policy").order_by("pk"))


def firm_by_variant(campaign_id: int) -> dict[str, int]:
    """Firm units by variant key."""
    rows = Commitment.objects.filter(campaign_id=campaign_id, state=CommitmentState.CONFIRMED)
    return dict(rows.values_list("variant__key").annotate(n=Sum("units")).order_by("variant__key"))


def firm_by_region(campaign_id: int) -> dict[str, dict[str, int]]:
    """Firm units by region and variant key, for the cartons of the consolidator."""
    rows = Commitment.objects.filter(campaign_id=campaign_id, state=CommitmentState.CONFIRMED)
    answer: dict[str, dict[str, int]] = {}
    pairs = rows.values_list("address__region", "wish__region", "variant__key").annotate(n=Sum("units"))
    for region, wished, key, units in pairs.order_by("address__region", "wish__region", "variant__key"):
        by_key = answer.setdefault(region or wished or "*", {})
        by_key[key] = by_key.get(key, 0) + units
    return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantView:
    """A version on the campaign page with its delivered price for the viewer's region."""

    id: int
    values: dict[str, object]
    unit_minor: int
    firm_units: int
    min_units: int
    left_units: int
    is_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignView:
    """A campaign as shoppers see it; money per unit delivered to the viewer's region, in minor units."""

    campaign: Campaign
    unit_minor: int
    tiers: list[tuple[int, int, bool]]
    next_units: int | None
    next_minor: int | None
    missing_units: int
    people: int
    variants: list[VariantView]
    round: ConsentRound | None
    progress: list[CampaignProgress]


def campaign_view(campaign: Campaign, *, region: str) -> CampaignView:
    """Everything the campaign page shows, in five queries."""
    tiers = [(tier.min_units, tier.price_minor) for tier in campaign.tiers.all()]
    price = campaign.final_price_minor or reached_price(
        tiers=tiers, firm_units=campaign.firm_units, max_price_minor=campaign.max_price_minor
    )
    ahead = next_tier(tiers=tiers, firm_units=campaign.firm_units, price_minor=price)
    firm = Commitment.objects.filter(campaign=campaign, state=CommitmentState.CONFIRMED)
    return CampaignView(
        campaign=campaign,
        unit_minor=_delivered(campaign, price, 0, region),
        tiers=[(units, _delivered(campaign, tier, 0, region), campaign.firm_units >= units) for units, tier in tiers],
        next_units=ahead[0] if ahead else None,
        next_minor=_delivered(campaign, ahead[1], 0, region) if ahead else None,
        missing_units=max(0, campaign.min_units - campaign.firm_units),
        people=firm.aggregate(n=Count("person_id", distinct=True))["n"],
        variants=[_variant_view(campaign, row, region) for row in campaign.variants.all()],
        round=ConsentRound.objects.filter(campaign=campaign).first(),
        progress=list(campaign.progress.all()),
    )


def _delivered(campaign: Campaign, price_minor: int, adder_minor: int, region: str) -> int:
    return unit_total(
        price_minor=price_minor, adder_minor=adder_minor, freight_minor=campaign.freight_minor, region=region
    )


def _variant_view(campaign: Campaign, row: CampaignVariant, region: str) -> VariantView:
    return VariantView(
        id=row.pk,
        values=row.values,
        unit_minor=_delivered(campaign, campaign.max_price_minor, row.adder_minor, region),
        firm_units=row.firm_units,
        min_units=row.min_units,
        left_units=max(0, min(row.max_units - row.firm_units, campaign.max_units - campaign.firm_units)),
        is_on=row.state == CampaignVariant.State.ON,
    )


def commitments_of(wishes: Iterable[int]) -> dict[int, Commitment]:
    """The place of each wish that matters, by wish, with its campaign and progress: one that binds or was delivered,
    else the cheapest that may still be taken, else the newest.
    """
    rows = (
        Commitment.objects.filter(wish_id__in=list(wishes))
        .annotate(
            matters=Case(
                When(state__in=(*BINDING, CommitmentState.DELIVERED), then=2),
                When(state=CommitmentState.ASKED, campaign__state=CampaignState.OPEN, then=1),
                default=0,
            ),
            cheap=Case(When(state=CommitmentState.ASKED, then=-F("unit_price_minor")), default=0),
        )
        .select_related("campaign__policy", "variant", "claim")
        .prefetch_related("campaign__progress")
        .order_by("wish_id", "matters", "cheap", "pk")
    )
    return {row.wish_id: row for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a wish's way. ``state``: done | now | ahead | failed. Dates are local days; a range is expected."""

    kind: str
    state: str
    on: date | None = None
    expected_from: date | None = None
    expected_to: date | None = None


def timeline(wish: Wish, membership: PoolMembership | None, commitment: Commitment | None, *, terms: str) -> list[Step]:
    """wish → pool → proposal → campaign → production → shipped → delivered, as far as it went and what is ahead.

    ``terms`` is the state of the pool's supply ("" while a maker is looked for). No query: rows come loaded.
    """
    passed: dict[str, date | None] = {"wish": localdate(wish.created_at)}
    if membership is not None:
        passed["pool"] = localdate(membership.joined_at)
    if terms in ("proposed", "negotiating", "accepted") or commitment is not None:
        passed["proposal"] = None
    if commitment is not None and commitment.confirmed_at is not None:
        passed["campaign"] = localdate(commitment.confirmed_at)
    progress = {} if commitment is None else {row.kind: row for row in commitment.campaign.progress.all()}
    for kind, step in (("finished", "production"), ("shipped", "shipped"), ("delivered", "delivered")):
        if kind in progress:
            passed[step] = localdate(progress[kind].happened_at)
    if "shipped" in passed or "delivered" in passed:
        passed.setdefault("production", None)
    failed = commitment is not None and commitment.state in ("refused", "left", "lapsed", "returned")
    steps = []
    reached = True
    for kind in ("wish", "pool", "proposal", "campaign", "production", "shipped", "delivered"):
        if kind in passed:
            steps.append(Step(kind=kind, state="done", on=passed[kind]))
            continue
        state = ("failed" if failed else "now") if reached else "ahead"
        reached = False
        begun = progress.get("started") if kind == "production" and state == "now" else None
        since = None if begun is None else localdate(begun.happened_at)
        steps.append(_ahead(kind, state, None if commitment is None else commitment.campaign, since=since))
    return steps


def _ahead(kind: str, state: str, campaign: Campaign | None, *, since: date | None) -> Step:
    if campaign is None or kind != "delivered":
        return Step(kind=kind, state=state, on=since)
    until = max(filter(None, [campaign.expected_on, campaign.promised_to]))
    return Step(kind=kind, state=state, expected_from=min(campaign.promised_from, until), expected_to=until)
