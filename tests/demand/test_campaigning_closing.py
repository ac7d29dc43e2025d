"""A campaign ends: a deeper tier, a missed minimum, silence, a variant under its minimum, closed by staff."""

from __future__ import annotations

import pytest

from demand.campaigning import service as campaigning
from demand.campaigning.service import VariantOffer
from demand.models import Campaign, Commitment, Hold, LedgerEntry, Notice, OutboxEvent, Pool, User, Wish
from tests.demand.campaigns import DAY, close, confirm, drain, opened, wishes
from tests.demand.conftest import NOW

pytestmark = pytest.mark.usefixtures("catalogue")


def test_reaching_the_deeper_tier_lowers_everyones_price(ana: User, ben: User) -> None:
    campaign = opened(wishes(ana, ben))
    confirm(ana, units=2)
    confirm(ben, units=2)
    drain()

    close(campaign)

    campaign.refresh_from_db()
    assert (campaign.state, campaign.final_price_minor) == ("locked", 550_000)
    assert list(Commitment.objects.values_list("charged_minor", flat=True)) == [1_100_000, 1_100_000]
    event = OutboxEvent.objects.get(topic="campaign.locked")
    assert (event.payload["units"], event.payload["variants"]) == (4, {"black": 4})
    assert event.payload["by_region"] == {"CN-SH": {"black": 4}}
    assert sum(LedgerEntry.objects.values_list("amount_minor", flat=True)) == 0


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

    close(campaign)

    campaign.refresh_from_db()
    assert (campaign.state, campaign.firm_units) == ("missed", 0)
    assert Commitment.objects.get().state == "returned"
    assert Wish.objects.get().state == "open"
    assert Hold.objects.get().state == "released"
    assert Pool.objects.get().state == "open"
    assert Notice.objects.filter(kind="campaign.missed", user=ana).count() == 1


def test_silence_in_a_consent_round_is_no(ana: User) -> None:
    campaign = opened(wishes(ana))
    confirm(ana)
    campaigning.close_due(now=campaign.closes_at)

    campaigning.close_due(now=campaign.closes_at + 3 * DAY)

    assert Commitment.objects.get().state == "lapsed"
    assert Campaign.objects.get().firm_units == 0


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
