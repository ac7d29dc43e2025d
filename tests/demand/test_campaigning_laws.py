"""What holds of every campaign whatever people do, in whatever order, and however often a request arrives."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.core import serializers
from django.db.models import Model, Sum

from demand import outbox
from demand.campaigning import reads
from demand.campaigning import service as campaigning
from demand.campaigning.errors import FillPhase
from demand.campaigning.kernel import accepted_variant, units_at
from demand.campaigning.service import VariantOffer, asking
from demand.campaigning.steps import price_of, serves, want
from demand.collecting.drafts import WishDraft
from demand.errors import DomainError
from demand.models import (
    Address,
    Campaign,
    CampaignVariant,
    Claim,
    Commitment,
    Consent,
    ConsentRound,
    GatewayCall,
    Hold,
    LedgerEntry,
    LedgerTransfer,
    Notice,
    OutboxEvent,
    Policy,
    Pool,
    User,
    Wish,
)
from demand.pooling import service as pooling
from tests.demand.conftest import NOW, person
from tests.demand.market import GAMING, address, campaign, crowd

pytestmark = pytest.mark.usefixtures("catalogue")
DAY = timedelta(days=1)
WRITTEN: tuple[type[Model], ...] = (
    *(Campaign, CampaignVariant, Claim, Commitment, Consent, ConsentRound, GatewayCall, Hold),
    *(LedgerEntry, LedgerTransfer, Notice, OutboxEvent, Pool, Wish),
)
PAID = ("maker_payable", "vat", "freight", "platform_fees")


def confirm(place: Commitment, *, units: int = 1, now: datetime = NOW, variant: CampaignVariant | None = None) -> Any:
    """What the shopper's button does at this moment."""
    place.refresh_from_db()
    chosen = variant or place.variant
    assert chosen is not None
    home = Address.objects.filter(user=place.user).first() or address(place.user, now=NOW)
    return campaigning.confirm(
        commitment_id=place.pk,
        seen_revision=place.revision,
        variant_id=chosen.pk,
        units=units,
        address_id=home.pk,
        shown_total_minor=units * price_of(Campaign.objects.get(pk=place.campaign_id), chosen, home.region),
        idempotency_key=f"{place.pk}:{place.revision}",
        now=now,
    )


def preorders(count: int, **draft: Any) -> Pool:
    """So many opted-in pre-orders at 6,900.00 in one pool."""
    given: dict[str, Any] = {"kind": "preorder", "ceiling_minor": 690_000, "confirmed": True, "auto_bind": True} | draft
    for number in range(count):
        user = person(f"firm{User.objects.count()}-{number}")
        pooling.place(draft=WishDraft(text=GAMING, **given), user_id=user.pk, now=NOW)
    return Pool.objects.get()


def places() -> list[Commitment]:
    return list(Commitment.objects.order_by("pk"))


# What must hold after every step.
def check(seen: dict[int, int]) -> None:
    deal = Campaign.objects.get()
    firm = Commitment.objects.filter(state__in=["confirmed", "delivered"])
    assert deal.firm_units == (firm.aggregate(n=Sum("units"))["n"] or 0) <= deal.max_units
    by_variant = {row.pk: row.firm_units for row in CampaignVariant.objects.all()}
    counted = dict(firm.values_list("variant").annotate(n=Sum("units")).order_by("variant"))
    assert by_variant == {key: counted.get(key, 0) for key in by_variant}
    for transfer in LedgerTransfer.objects.annotate(total=Sum("entries__amount_minor")):
        assert transfer.total == 0
    for hold in Hold.objects.select_related("commitment"):
        assert hold.captured_minor <= (hold.commitment.total_minor or 0)
    for one in firm.select_related("wish", "variant", "address").prefetch_related("wish__steps"):
        if one.pk in seen:
            assert (one.total_minor or 0) <= seen[one.pk]
            continue
        assert serves(deal, one.wish)
        assert one.variant is not None
        assert accepted_variant([asking.choice(one.variant)], one.wish.needs["must"]) is not None
        assert units_at(want(one.wish), (one.total_minor or 0) // one.units) >= 1


def shown(deal: Campaign) -> int:
    """The price that the campaign's page tells everyone now."""
    return reads.campaign_view(Campaign.objects.get(pk=deal.pk), region="CN-SH").unit_minor


def settled() -> None:
    """Once every payment step is done: whoever was paid has exactly what was captured and not refunded."""
    for hold in Hold.objects.exclude(captured_minor=0):
        paid = LedgerEntry.objects.filter(transfer__commitment_id=hold.commitment_id, account__in=PAID)
        assert sum(paid.values_list("amount_minor", flat=True)) == hold.captured_minor - hold.refunded_minor
    held = LedgerEntry.objects.filter(account="held").values_list("amount_minor", flat=True)
    assert sum(held) == sum(Hold.objects.filter(state="held").values_list("amount_minor", flat=True))


def crowd_of_wants(chance: Random) -> Pool:
    """Nine people who differ in ceiling, date, colour, quantity and how firm they are."""
    for number in range(9):
        firm = chance.random() < 0.6
        given: dict[str, Any] = {"ceiling_minor": chance.choice([590_000, 610_000, 650_000, 700_000])}
        if firm:
            given |= {"kind": "preorder", "confirmed": True, "auto_bind": True}
        draft = WishDraft(
            text=f"17 inch gaming laptop{chance.choice(['', ', white', ', not black'])}",
            corrections={
                "quantity": chance.randint(1, 3),
                "needed_by": chance.choice([None, date(2026, 5, 25), date(2026, 6, 30)]),
            },
            **given,
        )
        pooling.place(draft=draft, user_id=person(f"want{number}").pk, now=NOW)
    pool = Pool.objects.order_by("-people").first()
    assert pool is not None
    return pool


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_law_units_money_and_what_was_accepted_add_up_after_every_step(seed: int) -> None:
    chance = Random(seed)
    deal = campaign(crowd_of_wants(chance), now=NOW, max_units=9, min_units=3, tiers=[(3, 600_000), (8, 550_000)])
    now, seen = NOW, dict[int, int]()

    def step(one: Commitment, what: str) -> None:
        if what == "confirm":
            done = confirm(one, units=chance.randint(1, 4), now=now)
            seen[one.pk] = done.total_minor
        elif what == "leave":
            campaigning.leave(commitment_id=one.pk, seen_revision=one.revision, now=now)
            seen.pop(one.pk, None)
        elif what == "refuse":
            campaigning.refuse(commitment_id=one.pk, now=now)
        elif what == "bind":
            campaigning.bind_due(now=now)
        elif what == "worse":
            changes = {"promised_to": "2026-06-05", "max_price_minor": 612_000, "tiers": [[3, 612_000], [8, 560_000]]}
            campaigning.ask_consent(campaign_id=deal.pk, source_key="w", reason="price", changes=changes, now=now)
        elif what == "answer":
            campaigning.answer_consent(commitment_id=one.pk, agreed=chance.random() < 0.8, now=now)
            seen[one.pk] = 10**9
        else:
            outbox.drain(now=lambda: now)

    for _step in range(30):
        now += timedelta(hours=chance.randint(1, 20))
        what = chance.choice(["confirm", "confirm", "leave", "refuse", "bind", "worse", "answer", "drain"])
        before = shown(deal)
        with contextlib.suppress(DomainError):
            step(chance.choice(places()), what)
        if what in ("confirm", "bind"):
            # Whoever joins never raises anyone's price.
            assert shown(deal) <= before
        campaigning.close_due(now=now)
        check(seen)
    outbox.drain(now=lambda: now + DAY)
    settled()
    assert Commitment.objects.filter(confirmed_at__isnull=False).count() > 1
    assert LedgerEntry.objects.exists()


def tables() -> str:
    """Everything a repeat might change."""
    rows = [row for model in WRITTEN for row in model._default_manager.order_by("pk")]
    return hashlib.sha256(serializers.serialize("json", rows).encode()).hexdigest()


def twice(call: Callable[..., Any], **given: Any) -> None:
    """Do it, then again as it was: the second time nothing changes, whatever it answers."""
    call(**given)
    before = tables()
    with contextlib.suppress(DomainError):
        call(**given)
    assert tables() == before


def drain(*, now: datetime) -> None:
    outbox.drain(now=lambda: now)


def test_law_replaying_any_request_changes_nothing() -> None:
    deal = campaign(preorders(6), now=NOW, min_units=2, max_units=5)
    twice(campaign, pool=Pool.objects.get(), now=NOW, min_units=2, max_units=5)
    answered_twice(deal)
    closed_twice(deal)
    delivered_twice(deal)
    settled()
    assert Campaign.objects.get().finished_at is not None


def answered_twice(deal: Campaign) -> None:
    """One confirms, one refuses, the others are bound, one of them leaves, the rest accept a later date."""
    first, second, third, *_rest = places()
    twice(
        campaigning.confirm,
        commitment_id=third.pk,
        seen_revision=third.revision,
        variant_id=third.variant_id,
        units=1,
        address_id=address(third.user, now=NOW).pk,
        shown_total_minor=602_000,
        idempotency_key="k",
        now=NOW,
    )
    twice(campaigning.refuse, commitment_id=second.pk, now=NOW)
    twice(campaigning.bind_due, now=NOW + DAY)
    first.refresh_from_db()
    twice(campaigning.leave, commitment_id=first.pk, seen_revision=first.revision, now=NOW + DAY)
    later = {"promised_to": "2026-05-25"}
    twice(
        campaigning.ask_consent,
        campaign_id=deal.pk,
        source_key="c1",
        reason="date",
        changes=later,
        now=NOW + DAY,
    )
    for place in Commitment.objects.filter(state="confirmed").order_by("pk"):
        twice(campaigning.answer_consent, commitment_id=place.pk, agreed=True, now=NOW + DAY)


def closed_twice(deal: Campaign) -> None:
    """The round of consent ends, then the campaign, and the maker gets its release."""
    for moment in (NOW + 5 * DAY, deal.closes_at):
        twice(campaigning.close_due, now=moment)
        twice(drain, now=moment)
    twice(campaigning.mark_released, campaign_id=deal.pk, now=deal.closes_at)


def delivered_twice(deal: Campaign) -> None:
    """Everything arrives, one is damaged, a part is given back, and the time for claims passes."""
    late = deal.closes_at
    twice(
        campaigning.record_progress,
        campaign_id=deal.pk,
        source_key="r1",
        kind="delivered",
        units=4,
        happened_at=late,
        expected_from=None,
        expected_to=None,
        note="",
        now=late,
    )
    place = Commitment.objects.filter(state="delivered").order_by("pk")[0]
    twice(campaigning.file_claim, commitment_id=place.pk, kind="damaged", text="a scratch", photos=(), now=late)
    twice(
        campaigning.decide_claim,
        claim_id=Claim.objects.get().pk,
        decision="part_refund",
        refund_minor=5_000,
        by_id=place.user_id,
        now=late,
    )
    twice(drain, now=late)
    twice(campaigning.finish_due, now=late + 8 * DAY)


def test_who_was_only_announced_is_asked_again_when_the_terms_get_worse() -> None:
    deal = campaign(preorders(2), now=NOW)
    bound, waiting = places()
    confirm(bound)
    changes = {"max_price_minor": 640_000, "tiers": [[2, 640_000], [20, 560_000]], "min_units": 3}
    campaigning.ask_consent(campaign_id=deal.pk, source_key="c1", reason="price", changes=changes, now=NOW)
    campaigning.answer_consent(commitment_id=bound.pk, agreed=True, now=NOW + DAY)
    campaigning.close_due(now=NOW + 4 * DAY)

    assert campaigning.bind_due(now=NOW + 5 * DAY) == 0
    waiting.refresh_from_db()
    assert (waiting.state, waiting.binds_at, waiting.unit_price_minor) == ("asked", None, 642_000)
    bound.refresh_from_db()
    assert (bound.state, bound.total_minor) == ("confirmed", 642_000)
    deal.refresh_from_db()
    assert (deal.state, deal.max_price_minor, deal.min_units) == ("open", 640_000, 3)
    assert list(deal.tiers.values_list("min_units", "price_minor")) == [(2, 640_000), (20, 560_000)]


def test_in_the_last_hours_nothing_worse_can_be_put_to_shoppers() -> None:
    deal = campaign(preorders(2), now=NOW)
    ask: dict[str, Any] = {"source_key": "c1", "reason": "date", "changes": {"promised_to": "2026-06-01"}}

    with pytest.raises(FillPhase):
        campaigning.ask_consent(campaign_id=deal.pk, now=deal.closes_at - timedelta(hours=47), **ask)

    assert Campaign.objects.get().state == "open"
    assert campaigning.ask_consent(campaign_id=deal.pk, now=deal.closes_at - timedelta(hours=48), **ask)


def test_a_missed_minimum_shrinks_to_the_variant_most_want_where_the_policy_says_so() -> None:
    Policy.objects.update(on_missed="shrink")
    deal = campaign(crowd(3, text=GAMING, name="c", now=NOW), now=NOW, min_units=4)
    black, white = deal.variants.order_by("pk")
    first, second, third = places()
    for place, chosen in ((first, white), (second, white), (third, black)):
        confirm(place, variant=chosen)

    campaigning.close_due(now=deal.closes_at)

    deal.refresh_from_db()
    assert (deal.state, deal.firm_units, deal.closes_at) == ("open", 2, NOW + 17 * DAY)
    assert list(CampaignVariant.objects.order_by("pk").values_list("state", flat=True)) == ["dropped", "on"]
    third.refresh_from_db()
    assert (third.state, third.variant) == ("asked", white)
    assert Notice.objects.filter(kind="campaign.variant_dropped", user=third.user).count() == 1

    confirm(third, units=2, now=deal.closes_at - timedelta(hours=1))
    campaigning.close_due(now=deal.closes_at)
    assert Campaign.objects.get().state == "locked"


def test_shrinking_happens_once_then_the_minimum_is_missed() -> None:
    Policy.objects.update(on_missed="shrink")
    deal = campaign(crowd(2, text=GAMING, name="c", now=NOW), now=NOW, min_units=4)
    black, white = deal.variants.order_by("pk")
    for place, chosen in zip(places(), (black, white), strict=True):
        confirm(place, variant=chosen)
    campaigning.close_due(now=deal.closes_at)
    deal.refresh_from_db()
    campaigning.close_due(now=deal.closes_at)
    assert Campaign.objects.get().state == "missed"


def test_nobody_gets_a_second_place_before_everyone_has_a_first() -> None:
    crowd(4, text=GAMING, name="c", now=NOW)
    greedy = User.objects.order_by("pk")[0]
    pooling.place(draft=WishDraft(text=GAMING), user_id=greedy.pk, now=NOW)
    deal = campaign(Pool.objects.get(), now=NOW, max_units=2, min_units=1)
    first, second, third, fourth, again = places()
    assert (again.user_id, deal.max_units) == (greedy.pk, 2)
    confirm(first)
    confirm(second)
    for minutes, place in enumerate((again, third, fourth)):
        assert confirm(place, now=NOW + timedelta(minutes=minutes)).state == "queued"

    second.refresh_from_db()
    campaigning.leave(commitment_id=second.pk, seen_revision=second.revision, now=NOW + DAY)

    assert [row.state for row in places()] == ["confirmed", "left", "confirmed", "queued", "queued"]


def test_a_wish_that_does_not_accept_what_will_be_made_is_not_asked() -> None:
    pool = crowd(2, text=GAMING, name="c", now=NOW)
    made = {**pool.specification, "screen_size": {"min": 15, "max": 15, "unit": "inch"}}
    campaign(pool, now=NOW, specification=made, variants=[_black()])
    assert not Commitment.objects.exists()


def _black() -> VariantOffer:
    return VariantOffer(key="black", values={"colour": "black"}, adder_minor=0, min_units=0, max_units=9)
