"""A firm price put to shoppers: asked, announced, confirmed, queued, left, locked, missed, delivered, claimed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Sum

from demand import outbox
from demand.campaigning import service as campaigning
from demand.campaigning.errors import CampaignClosed, NotVerified, PoolBusy, TotalChanged
from demand.campaigning.service import VariantOffer
from demand.collecting.drafts import WishDraft
from demand.models import (
    Address,
    Campaign,
    Commitment,
    Hold,
    LedgerEntry,
    Notice,
    OutboxEvent,
    Pool,
    User,
    Wish,
)
from demand.pooling import service as pooling
from tests.demand.conftest import NOW, person

TEXT = "17 inch gaming laptop, max 7000"
DAY = timedelta(days=1)


def wishes(*users: User, text: str = TEXT, **draft: Any) -> int:
    """One wish of each, all in one pool; the pool's key."""
    for user in users:
        pooling.place(draft=WishDraft(text=text, **draft), user_id=user.pk, now=NOW)
    return Pool.objects.get().pk


def opened(pool_id: int, **over: Any) -> Campaign:
    """A campaign of 2 to 4 units at 6,000.00, from 4 units at 5,500.00, free delivery."""
    given: dict[str, Any] = {
        "source_key": "p1",
        "pool_id": pool_id,
        "maker_name": "Maker A",
        "specification": {},
        "max_price_minor": 600_000,
        "tiers": [(2, 600_000), (4, 550_000)],
        "freight_minor": {"*": 0},
        "vat_permille": 130,
        "fee_permille": 30,
        "variants": [VariantOffer(key="black", values={"colour": "black"}, adder_minor=0, min_units=0, max_units=4)],
        "min_units": 2,
        "max_units": 4,
        "lot_multiple": 1,
        "promised_from": date(2026, 5, 1),
        "promised_to": date(2026, 5, 10),
        "return_terms": {},
        "now": NOW,
    }
    done = campaigning.open_campaign(**(given | over))
    return Campaign.objects.get(pk=done.campaign_id)


def address_of(user: User) -> Address:
    return Address.objects.create(
        user=user,
        recipient=user.name,
        phone="13800000000",
        region="CN-SH",
        city="上海",
        street="南京路 1",
        fingerprint=user.name,
        created_at=NOW,
    )


def confirm(
    user: User, *, units: int = 1, now: datetime = NOW, key: str = "", shown: int | None = None
) -> campaigning.Answered:
    place = Commitment.objects.get(user=user)
    return campaigning.confirm(
        commitment_id=place.pk,
        seen_revision=place.revision,
        variant_id=place.variant_id or 0,
        units=units,
        address_id=address_of(user).pk,
        shown_total_minor=shown or 600_000 * units,
        idempotency_key=key or f"{user.name}{place.revision}",
        now=now,
    )


def drain(now: datetime = NOW) -> None:
    outbox.drain(now=lambda: now)


@pytest.mark.usefixtures("catalogue")
def test_opening_asks_members_and_announces_preorders_once(ana: User, ben: User) -> None:
    pool_id = wishes(ana)
    wishes(ben, kind="preorder", ceiling_minor=650_000, confirmed=True, auto_bind=True)
    wishes(person("low"), ceiling_minor=500_000)

    first = opened(pool_id)
    again = opened(pool_id)

    assert first.pk == again.pk
    assert dict(Commitment.objects.values_list("user__name", "state")) == {"ana": "asked", "ben": "announced"}
    assert Pool.objects.get().state == "campaign"
    assert Notice.objects.filter(kind="campaign.opened").count() == 1
    with pytest.raises(PoolBusy):
        opened(pool_id, source_key="p2")


@pytest.mark.usefixtures("catalogue")
def test_confirming_holds_the_total_shown_and_repeats_safely(ana: User) -> None:
    opened(wishes(ana))
    done = confirm(ana, units=2, key="k")
    place = Commitment.objects.get()
    again = campaigning.confirm(
        commitment_id=place.pk,
        seen_revision=1,
        variant_id=place.variant_id or 0,
        units=2,
        address_id=place.address_id,
        shown_total_minor=1_200_000,
        idempotency_key="k",
        now=NOW,
    )
    drain()

    assert (done.state, done.total_minor) == ("confirmed", 1_200_000)
    assert again == done
    assert Campaign.objects.get().firm_units == 2
    assert Wish.objects.get().state == "committed"
    hold = Hold.objects.get()
    assert (hold.state, hold.amount_minor) == ("held", 1_200_000)
    assert dict(LedgerEntry.objects.values_list("account", "amount_minor")) == {
        "held": 1_200_000,
        "shopper": -1_200_000,
    }


@pytest.mark.usefixtures("catalogue")
def test_a_total_that_is_not_the_one_shown_is_refused_without_effect(ana: User) -> None:
    opened(wishes(ana))
    place = Commitment.objects.get()

    with pytest.raises(TotalChanged):
        campaigning.confirm(
            commitment_id=place.pk,
            seen_revision=1,
            variant_id=place.variant_id or 0,
            units=1,
            address_id=address_of(ana).pk,
            shown_total_minor=599_999,
            idempotency_key="k",
            now=NOW,
        )

    assert Commitment.objects.get().state == "asked"
    assert not Hold.objects.exists()


@pytest.mark.usefixtures("catalogue")
def test_firm_demand_needs_a_verified_account(ana: User) -> None:
    opened(wishes(ana))
    User.objects.filter(pk=ana.pk).update(email_verified_at=None)

    with pytest.raises(NotVerified):
        confirm(ana)

    assert Campaign.objects.get().firm_units == 0


@pytest.mark.usefixtures("catalogue")
def test_who_comes_too_late_queues_and_moves_up_when_a_place_is_left(ana: User, ben: User) -> None:
    opened(wishes(ana, ben))
    confirm(ana, units=4)

    assert confirm(ben, units=3).state == "queued"
    assert not Hold.objects.filter(commitment__user=ben).exists()

    place = Commitment.objects.get(user=ana)
    left = campaigning.leave(commitment_id=place.pk, seen_revision=place.revision, now=NOW)

    assert (left.fee_minor, left.reason) == (0, "before_lock")
    assert Commitment.objects.get(user=ben).state == "confirmed"
    assert Campaign.objects.get().firm_units == 3


@pytest.mark.usefixtures("catalogue")
def test_an_announced_preorder_binds_after_a_day_unless_refused(ana: User, ben: User) -> None:
    pool_id = wishes(ana, ben, kind="preorder", ceiling_minor=650_000, confirmed=True, auto_bind=True)
    opened(pool_id)
    campaigning.refuse(commitment_id=Commitment.objects.get(user=ben).pk, now=NOW)

    assert campaigning.bind_due(now=NOW + timedelta(hours=23)) == 0
    assert campaigning.bind_due(now=NOW + timedelta(hours=24)) == 1

    assert dict(Commitment.objects.values_list("user__name", "state")) == {"ana": "confirmed", "ben": "refused"}


@pytest.mark.usefixtures("catalogue")
def test_reaching_the_deeper_tier_lowers_everyones_price(ana: User, ben: User) -> None:
    campaign = opened(wishes(ana, ben))
    confirm(ana, units=2)
    confirm(ben, units=2)
    drain()

    campaigning.close_due(now=campaign.closes_at)
    drain(campaign.closes_at)

    campaign.refresh_from_db()
    assert (campaign.state, campaign.final_price_minor) == ("locked", 550_000)
    assert list(Commitment.objects.values_list("charged_minor", flat=True)) == [1_100_000, 1_100_000]
    event = OutboxEvent.objects.get(topic="campaign.locked")
    assert (event.payload["units"], event.payload["variants"]) == (4, {"black": 4})
    assert event.payload["by_region"] == {"CN-SH": {"black": 4}}
    assert sum(LedgerEntry.objects.values_list("amount_minor", flat=True)) == 0


@pytest.mark.usefixtures("catalogue")
def test_a_missed_minimum_is_extended_once_with_fresh_consent_then_given_back(ana: User) -> None:
    campaign = opened(wishes(ana))
    confirm(ana)
    drain()

    campaigning.close_due(now=campaign.closes_at)
    campaign.refresh_from_db()
    assert campaign.state == "consent"
    campaigning.answer_consent(commitment_id=Commitment.objects.get().pk, agreed=True, now=campaign.closes_at + DAY)
    campaigning.close_due(now=campaign.closes_at + 3 * DAY)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.firm_units) == ("open", 1)

    campaigning.close_due(now=campaign.closes_at)
    drain(campaign.closes_at)

    campaign.refresh_from_db()
    assert (campaign.state, campaign.firm_units) == ("missed", 0)
    assert Commitment.objects.get().state == "returned"
    assert Wish.objects.get().state == "open"
    assert Hold.objects.get().state == "released"
    assert Pool.objects.get().state == "open"
    assert Notice.objects.filter(kind="campaign.missed", user=ana).count() == 1


@pytest.mark.usefixtures("catalogue")
def test_silence_in_a_consent_round_is_no(ana: User) -> None:
    campaign = opened(wishes(ana))
    confirm(ana)
    campaigning.close_due(now=campaign.closes_at)

    campaigning.close_due(now=campaign.closes_at + 3 * DAY)

    assert Commitment.objects.get().state == "lapsed"
    assert Campaign.objects.get().firm_units == 0


@pytest.mark.usefixtures("catalogue")
def test_a_variant_under_its_minimum_drops_out_and_its_shoppers_choose_again(ana: User, ben: User) -> None:
    variants = [
        VariantOffer(key="black", values={"colour": "black"}, adder_minor=0, min_units=0, max_units=4),
        VariantOffer(key="red", values={"colour": "red"}, adder_minor=0, min_units=2, max_units=4),
    ]
    campaign = opened(wishes(ana, ben), variants=variants)
    red = campaign.variants.get(key="red")
    confirm(ben, units=2)
    Commitment.objects.filter(user=ana).update(variant=red)
    confirm(ana)

    campaigning.close_due(now=campaign.closes_at)

    campaign.refresh_from_db()
    red.refresh_from_db()
    place = Commitment.objects.get(user=ana)
    assert (campaign.state, red.state, red.firm_units) == ("open", "dropped", 0)
    assert (place.state, place.variant.key if place.variant else None) == ("asked", "black")
    campaigning.close_due(now=campaign.closes_at)
    assert Campaign.objects.get().state == "locked"


@pytest.mark.usefixtures("catalogue")
def test_a_minimum_reached_by_variants_that_all_miss_theirs_is_missed(ana: User, ben: User) -> None:
    variants = [
        VariantOffer(key=colour, values={"colour": colour}, adder_minor=0, min_units=3, max_units=4)
        for colour in ("black", "red")
    ]
    campaign = opened(wishes(ana, ben), variants=variants, min_units=3)
    Commitment.objects.filter(user=ana).update(variant=campaign.variants.get(key="red"))
    confirm(ana, units=1)
    confirm(ben, units=2)

    campaigning.close_due(now=campaign.closes_at)

    campaign.refresh_from_db()
    assert (campaign.state, campaign.firm_units) == ("open", 2)
    assert dict(campaign.variants.values_list("key", "state")) == {"black": "on", "red": "dropped"}
    Campaign.objects.update(min_units=2)
    campaign.policy.__class__.objects.update(on_missed="cancel")
    campaigning.close_due(now=campaign.closes_at)
    assert Campaign.objects.get().state == "missed"


@pytest.mark.usefixtures("catalogue")
def test_leaving_after_the_lock_costs_only_where_the_minimum_breaks(ana: User, ben: User) -> None:
    campaign = opened(wishes(ana, ben))
    confirm(ana, units=2)
    confirm(ben, units=1)
    drain()
    campaigning.close_due(now=campaign.closes_at)
    drain(campaign.closes_at)

    first = Commitment.objects.get(user=ben)
    free = campaigning.leave(commitment_id=first.pk, seen_revision=first.revision, now=campaign.closes_at)
    last = Commitment.objects.get(user=ana)
    paid = campaigning.leave(commitment_id=last.pk, seen_revision=last.revision, now=campaign.closes_at)
    drain(campaign.closes_at)

    assert (free.fee_minor, free.reason, free.refund_minor) == (0, "minimum_holds", 600_000)
    assert (paid.fee_minor, paid.reason, paid.refund_minor) == (120_000, "after_lock", 1_080_000)
    assert Hold.objects.get(commitment__user=ana).refunded_minor == 1_080_000


def balances(user: User) -> dict[str, int]:
    """What each account holds of a shopper's place."""
    rows = LedgerEntry.objects.filter(transfer__commitment__user=user).values_list("account")
    return {account: total for account, total in rows.annotate(n=Sum("amount_minor")).order_by("account") if total}


@pytest.mark.usefixtures("catalogue")
def test_what_was_shown_is_what_maker_state_carrier_and_platform_get(ana: User) -> None:
    # 5,000.00 + 13 % VAT 650.00 + 3 % of both 169.50, and 20.00 freight: 5,839.50 a unit.
    campaign = opened(
        wishes(ana), max_price_minor=581_950, tiers=[(2, 581_950)], freight_minor={"CN-SH": 2_000, "*": 3_000}
    )
    confirm(ana, units=2, shown=1_167_900)
    drain()
    campaigning.close_due(now=campaign.closes_at)
    drain(campaign.closes_at)

    assert balances(ana) == {
        "freight": 4_000,
        "maker_payable": 1_000_000,
        "platform_fees": 33_900,
        "shopper": -1_167_900,
        "vat": 130_000,
    }

    place = Commitment.objects.get()
    left = campaigning.leave(commitment_id=place.pk, seen_revision=place.revision, now=campaign.closes_at)
    drain(campaign.closes_at)

    assert left.fee_minor == 116_790
    assert balances(ana) == {
        "freight": 400,
        "maker_payable": 100_000,
        "platform_fees": 3_390,
        "shopper": -116_790,
        "vat": 13_000,
    }


@pytest.mark.usefixtures("catalogue")
def test_leaving_before_the_capture_is_carried_out_still_costs_the_fee(ana: User) -> None:
    campaign = opened(wishes(ana))
    confirm(ana, units=2)
    drain()
    campaigning.close_due(now=campaign.closes_at)
    place = Commitment.objects.get()
    left = campaigning.leave(commitment_id=place.pk, seen_revision=place.revision, now=campaign.closes_at)
    drain(campaign.closes_at)

    assert (left.fee_minor, left.refund_minor) == (120_000, 1_080_000)
    hold = Hold.objects.get()
    assert (hold.state, hold.captured_minor, hold.refunded_minor) == ("captured", 1_200_000, 1_080_000)
    assert balances(ana)["shopper"] == -120_000


@pytest.mark.usefixtures("catalogue")
def test_who_moves_up_after_the_lock_is_charged_the_final_price(ana: User, ben: User) -> None:
    campaign = opened(wishes(ana, ben), tiers=[(2, 600_000), (4, 550_000)])
    confirm(ana, units=4)
    confirm(ben, units=4)
    drain()
    campaigning.close_due(now=campaign.closes_at)
    drain(campaign.closes_at)
    place = Commitment.objects.get(user=ana)
    left = campaigning.leave(commitment_id=place.pk, seen_revision=place.revision, now=campaign.closes_at)
    drain(campaign.closes_at)

    assert (left.fee_minor, left.reason) == (0, "taken_over")
    assert list(Commitment.objects.order_by("pk").values_list("state", "charged_minor")) == [
        ("left", 2_200_000),
        ("confirmed", 2_200_000),
    ]
    assert Hold.objects.get(commitment__user=ben).state == "captured"


@pytest.mark.usefixtures("catalogue")
def test_nothing_is_confirmed_after_closing(ana: User) -> None:
    campaign = opened(wishes(ana))

    with pytest.raises(CampaignClosed):
        confirm(ana, now=campaign.closes_at)


@pytest.mark.usefixtures("catalogue")
def test_progress_is_told_once_and_delivery_opens_the_claim_window(ana: User, sam: User) -> None:
    campaign = opened(wishes(ana))
    confirm(ana, units=2)
    drain()
    campaigning.close_due(now=campaign.closes_at)
    drain(campaign.closes_at)
    moment = campaign.closes_at + 30 * DAY
    report: dict[str, Any] = {
        "campaign_id": campaign.pk,
        "source_key": "m1",
        "kind": "delivered",
        "units": 2,
        "happened_at": moment,
        "expected_from": None,
        "expected_to": None,
        "note": "",
        "now": moment,
    }

    assert campaigning.record_progress(**report) is True
    assert campaigning.record_progress(**report) is False

    place = Commitment.objects.get()
    claim = campaigning.file_claim(
        commitment_id=place.pk, kind="damaged", text="The lid is broken", photos=[], now=moment + DAY
    )
    campaigning.decide_claim(
        claim_id=claim.pk, decision="part_refund", refund_minor=50_000, by_id=sam.pk, now=moment + 2 * DAY
    )
    drain(moment + 2 * DAY)
    assert (place.state, Wish.objects.get().state) == ("delivered", "fulfilled")
    assert Hold.objects.get().refunded_minor == 50_000
    assert Notice.objects.filter(user=ana, kind="claim.decided").count() == 1


@pytest.mark.usefixtures("catalogue")
def test_a_refused_payment_can_be_mended_and_lapses_otherwise(ana: User) -> None:
    campaign = opened(wishes(ana), max_price_minor=600_402, tiers=[(2, 600_402)])
    place = Commitment.objects.get()
    campaigning.confirm(
        commitment_id=place.pk,
        seen_revision=1,
        variant_id=place.variant_id or 0,
        units=1,
        address_id=address_of(ana).pk,
        shown_total_minor=600_402,
        idempotency_key="k",
        now=NOW,
    )
    drain()
    assert Hold.objects.get().state == "failed"
    assert Notice.objects.filter(user=ana, kind="hold.failed").count() == 1

    assert campaigning.lapse_unmended(now=NOW + 8 * DAY) == 1

    assert Commitment.objects.get().state == "lapsed"
    campaign.refresh_from_db()
    assert campaign.firm_units == 0


@pytest.mark.usefixtures("catalogue")
def test_who_closes_early_or_cancels_and_why_is_kept(ana: User, ben: User, sam: User) -> None:
    campaign = opened(wishes(ana, ben))
    confirm(ana)
    confirm(ben)

    campaigning.close_early(campaign_id=campaign.pk, by_id=sam.pk, reason="the maker is free", now=NOW)
    campaigning.cancel(campaign_id=campaign.pk, by_id=sam.pk, reason="the maker closed", now=NOW)
    campaigning.cancel(campaign_id=campaign.pk, by_id=sam.pk, reason="again", now=NOW)

    said = OutboxEvent.objects.filter(payload__by_id=sam.pk).order_by("pk")
    assert [(event.topic, event.payload["reason"]) for event in said] == [
        ("campaign.changed", "the maker is free"),
        ("campaign.cancelled", "the maker closed"),
    ]
