"""Pools and offers become proposals: expected units, reserved capacity, kept, lapsed, and the terms pools show."""

from __future__ import annotations

from datetime import date

import pytest

from demand.models import Estimate, Notice, Pool, PoolTerms, PoolTier
from manufacturers.models import CapacityBooking, Proposal, ProposalVersion
from manufacturers.offering.descriptions import DescribedOffer
from manufacturers.proposing import evidence
from tests.manufacturers import deals
from tests.manufacturers.makers import NOW

pytestmark = pytest.mark.django_db


def test_forty_preorders_become_one_proposal_that_is_sent() -> None:
    proposal = deals.sent_proposal()

    version = ProposalVersion.objects.get(proposal=proposal)
    assert (proposal.state, proposal.version, proposal.revision) == ("sent", 1, 2)
    assert (version.units, version.min_units, version.max_units) == (40, 20, 60)
    assert (version.low_units, version.high_units) == (36, 40)
    assert (version.unit_price_minor, version.delivered_minor) == (10_200, 11_872)
    assert version.ladder == [[20, 10_200, 11_872], [50, 9_200, 10_708]]
    assert version.specification == {"use": {"any": ["office"]}, "screen_size": {"min": 13, "max": 13, "unit": "inch"}}
    bookings = CapacityBooking.objects.filter(proposal=proposal, state="reserved")
    assert sum(bookings.values_list("units", flat=True)) == 60


def test_terms_are_delivered_prices_with_their_firm_units() -> None:
    deals.sent_proposal()

    terms = PoolTerms.objects.get()
    assert (terms.min_units, terms.lead_days, terms.makers, terms.state) == (20, 10, 1, "proposed")
    assert list(PoolTier.objects.values_list("min_units", "price_minor", "firm_units")) == [
        (20, 11_897, 40),
        (50, 10_733, 40),
    ]


def test_running_again_changes_nothing() -> None:
    deals.sent_proposal()

    again = deals.propose()

    assert (again.drafted, again.sent, again.lapsed) == (0, 0, 0)
    assert ProposalVersion.objects.count() == 1
    assert Proposal.objects.get().state == "sent"


def test_the_minimum_counts_once_on_the_pooled_total() -> None:
    deals.maker_with()
    pool = deals.pool_of()
    for region in ("CN-SH", "CN-GD", "CN-SC"):
        deals.wish_for(pool, 7, region=region)

    deals.propose()

    # 21 × .95 = 19.95 are just short of 20; one more makes 20.9, which is 25 in lots of 5.
    assert not Proposal.objects.exists()
    deals.wish_for(pool, 1)
    deals.propose()
    assert ProposalVersion.objects.get().units == 25


def test_of_two_makers_the_one_who_leaves_more_to_shoppers_is_asked() -> None:
    deals.maker_with()
    cheaper = deals.offer(code="b-slim", tiers=((20, 9_500), (50, 9_000)))
    b = deals.maker_with(DescribedOffer(values=cheaper, units_per_week=100), code="maker-b")
    deals.wish_for(deals.pool_of(), 40)

    done = deals.propose()

    assert (done.drafted, done.sent) == (1, 1)
    assert Proposal.objects.get().offer.maker == b
    assert PoolTerms.objects.get().makers == 2


def test_cheapness_below_the_quality_floor_does_not_win() -> None:
    deals.maker_with(DescribedOffer(values=deals.offer(quality_permille=799), units_per_week=100))
    deals.wish_for(deals.pool_of(), 40)

    done = deals.propose()

    assert (done.drafted, done.terms) == (0, 0)
    assert not PoolTerms.objects.exists()


def test_nobody_counts_above_their_ceiling_with_freight() -> None:
    deals.maker_with()
    pool = deals.pool_of()
    deals.wish_for(pool, 60, ceiling_minor=10_743)
    deals.wish_for(pool, 40, ceiling_minor=10_732)

    deals.propose()

    # 107.08 delivered and 0.25 of freight: the forty are a cent short, and 60 × .95 = 57 is 60 in lots of 5.
    version = ProposalVersion.objects.get()
    assert (version.units, version.min_units, version.delivered_minor) == (60, 50, 10_708)


def test_what_its_pool_no_longer_asks_for_lapses() -> None:
    proposal = deals.sent_proposal()
    Pool.objects.update(specification={"use": {"any": ["study"]}})

    again = deals.propose()

    proposal.refresh_from_db()
    assert again.lapsed == 1
    assert proposal.state == "lapsed"
    assert set(CapacityBooking.objects.filter(proposal=proposal).values_list("state", flat=True)) == {"freed"}
    assert Notice.objects.filter(kind="maker.lapsed").count() == 0


def test_a_group_under_k_is_not_put_to_a_maker() -> None:
    deals.maker_with()
    deals.wish_for(deals.pool_of(), 4, quantity=10)

    assert deals.propose().drafted == 0
    assert PoolTerms.objects.get().state == "offer"


def test_expected_units_are_divided_among_groups_of_k_only() -> None:
    shares = {"": 0.1, "CN-SH": 0.5, "CN-GD": 0.3, "HK": 0.1}

    assert evidence.spread(shares, {"CN-SH": 40, "CN-GD": 25}, total=200) == [
        ["CN-SH", 100],
        ["CN-GD", 60],
        ["others", 40],
    ]
    assert evidence.spread(shares, {}, total=200) == []


def test_a_proposal_freezes_where_and_when_its_units_are_expected() -> None:
    deals.maker_with()
    pool = deals.pool_of()
    for region, week, number in (("CN-SH", None, 30), ("CN-GD", date(2026, 9, 9), 12), ("HK", None, 3)):
        for _one in range(number):
            deals.wish_for(pool, 1, region=region, needed_by=week)
    Estimate.objects.create(
        pool=pool,
        version=1,
        model_version="m",
        pool_revision=1,
        input_hash="h",
        shares={
            "region": {"CN-SH": 0.7, "CN-GD": 0.2, "HK": 0.1},
            "week": {"": 0.8, "2026-09-07": 0.2},
        },
        computed_at=NOW,
    )

    deals.propose()

    version = ProposalVersion.objects.get()
    assert version.evidence["estimate"]["units"] == 45
    assert version.evidence["spread"] == {
        "region": [["CN-SH", 30], ["CN-GD", 10], ["others", 5]],
        "week": [["2026-09-07", 10], ["others", 35]],
    }
