"""Places in a campaign: asked, announced, confirmed, queued, bound, too late, without means."""

from __future__ import annotations

from datetime import timedelta

import pytest

from demand.campaigning import service as campaigning
from demand.campaigning.errors import CampaignClosed, NotVerified, PoolBusy, TotalChanged
from demand.models import Campaign, Commitment, Hold, LedgerEntry, Notice, Pool, User, Wish
from tests.demand.campaigns import DAY, confirm, drain, leave, opened, wishes
from tests.demand.conftest import NOW, person

pytestmark = pytest.mark.usefixtures("catalogue")


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


def test_the_price_told_is_the_shoppers_own_with_version_and_freight(ana: User) -> None:
    opened(wishes(ana, region="HK"), freight_minor={"*": 0, "HK": 12_000})

    place, notice = Commitment.objects.get(), Notice.objects.get(kind="campaign.opened")
    assert (place.unit_price_minor, notice.params["price_minor"]) == (612_000, 612_000)


def test_confirming_holds_the_total_shown_and_repeats_safely(ana: User) -> None:
    opened(wishes(ana))
    done = confirm(ana, units=2, key="k")
    again = confirm(ana, units=2, key="k", seen=1)
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


def test_a_total_that_is_not_the_one_shown_is_refused_without_effect(ana: User) -> None:
    opened(wishes(ana))

    with pytest.raises(TotalChanged):
        confirm(ana, shown=599_999)

    assert Commitment.objects.get().state == "asked"
    assert not Hold.objects.exists()


def test_firm_demand_needs_a_verified_account(ana: User) -> None:
    opened(wishes(ana))
    User.objects.filter(pk=ana.pk).update(email_verified_at=None)

    with pytest.raises(NotVerified):
        confirm(ana)

    assert Campaign.objects.get().firm_units == 0


def test_who_comes_too_late_queues_and_moves_up_when_a_place_is_left(ana: User, ben: User) -> None:
    opened(wishes(ana, ben))
    confirm(ana, units=4)

    assert confirm(ben, units=3).state == "queued"
    assert not Hold.objects.filter(commitment__user=ben).exists()

    left = leave(ana, now=NOW)

    assert (left.fee_minor, left.reason) == (0, "before_lock")
    assert Commitment.objects.get(user=ben).state == "confirmed"
    assert Campaign.objects.get().firm_units == 3


def test_an_announced_preorder_binds_after_a_day_unless_refused(ana: User, ben: User) -> None:
    pool_id = wishes(ana, ben, kind="preorder", ceiling_minor=650_000, confirmed=True, auto_bind=True)
    opened(pool_id)
    campaigning.refuse(commitment_id=Commitment.objects.get(user=ben).pk, now=NOW)

    assert campaigning.bind_due(now=NOW + timedelta(hours=23)) == 0
    assert campaigning.bind_due(now=NOW + timedelta(hours=24)) == 1

    assert dict(Commitment.objects.values_list("user__name", "state")) == {"ana": "confirmed", "ben": "refused"}


def test_nothing_is_confirmed_after_closing(ana: User) -> None:
    campaign = opened(wishes(ana))

    with pytest.raises(CampaignClosed):
        confirm(ana, now=campaign.closes_at)


def test_a_refused_payment_can_be_mended_and_lapses_otherwise(ana: User) -> None:
    campaign = opened(wishes(ana), max_price_minor=600_402, tiers=[(2, 600_402)])
    confirm(ana, shown=600_402)
    drain()
    assert Hold.objects.get().state == "failed"
    assert Notice.objects.filter(user=ana, kind="hold.failed").count() == 1

    assert campaigning.lapse_unmended(now=NOW + 8 * DAY) == 1

    assert Commitment.objects.get().state == "lapsed"
    campaign.refresh_from_db()
    assert campaign.firm_units == 0
