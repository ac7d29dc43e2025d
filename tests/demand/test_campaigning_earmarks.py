"""Wishes that an order counts on are left to it by campaigns of other pools, while it is out and they do not change."""

from __future__ import annotations

import pytest

from demand.campaigning import service as campaigning
from demand.models import Campaign, Commitment, Earmark, Pool, PoolMembership, Wish
from demand.pooling.reads.lines import demand_lines
from tests.demand.conftest import NOW
from tests.demand.market import GAMING, campaign, crowd
from tests.demand.ordering import DAY

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
def pools() -> list[Pool]:
    """Three pools that want the same: of two people, of one, and of nobody yet."""
    first = crowd(3, text=GAMING, name="g", now=NOW)
    others = [
        Pool.objects.create(
            category=first.category,
            specification=first.specification,
            spec_hash=name,
            people=1,
            units=1,
            created_at=NOW,
            updated_at=NOW,
        )
        for name in ("second", "third")
    ]
    PoolMembership.objects.filter(wish=guest()).update(pool=others[0])
    return [first, *others]


def guest() -> Wish:
    return Wish.objects.get(user__email="g2@example.com")


def earmarked(pool: Pool) -> None:
    campaigning.earmark_all(category_id=pool.category_id, orders={pool.pk: [guest().pk]}, kept=(), now=NOW)


def asking() -> list[str]:
    rows = Commitment.objects.filter(wish=guest(), state="asked").order_by("pk")
    return list(rows.values_list("campaign__source_key", flat=True))


def test_another_pools_campaign_waits_until_the_order_that_counts_on_a_wish_is_over(pools: list[Pool]) -> None:
    earmarked(pools[2])
    campaign(pools[0], now=NOW, source_key="a")
    assert asking() == []

    mine = campaign(pools[2], now=NOW, source_key="mine")
    assert asking() == ["mine"]
    assert campaigning.ask_more(now=NOW + DAY) == 0

    campaigning.cancel(campaign_id=mine.pk, now=NOW + DAY)
    assert not Earmark.objects.exists()
    assert campaigning.ask_more(now=NOW + DAY) == 1
    assert asking() == ["a"]


def test_its_own_pools_campaign_asks_whatever_others_count_on(pools: list[Pool]) -> None:
    earmarked(pools[2])
    campaign(pools[1], now=NOW, source_key="own")
    assert asking() == ["own"]


def test_a_wish_that_changed_is_free(pools: list[Pool]) -> None:
    earmarked(pools[2])
    Wish.objects.filter(pk=guest().pk).update(updated_at=NOW + DAY)
    campaign(pools[0], now=NOW + DAY, source_key="a")
    assert asking() == ["a"]


def test_an_order_that_comes_to_nothing_before_its_campaign_gives_its_wishes_back(pools: list[Pool]) -> None:
    earmarked(pools[2])
    assert campaigning.release_earmarks(pool_id=pools[2].pk) == 1
    campaign(pools[0], now=NOW, source_key="a")
    assert asking() == ["a"]


def test_a_new_plan_replaces_the_earmarks_but_of_orders_that_are_out(pools: list[Pool]) -> None:
    first, second, third = pools
    ids = list(Wish.objects.order_by("pk").values_list("pk", flat=True))
    category_id = first.category_id
    campaigning.earmark_all(category_id=category_id, orders={first.pk: ids[:1], second.pk: ids[1:2]}, kept=(), now=NOW)

    stored = campaigning.earmark_all(
        category_id=category_id, orders={third.pk: [*ids, 10**9]}, kept=[first.pk], now=NOW
    )

    assert stored == 2
    assert dict(Earmark.objects.values_list("wish_id", "pool_id")) == {
        ids[0]: first.pk,
        ids[1]: third.pk,
        ids[2]: third.pk,
    }
    assert campaigning.earmark(pool_id=second.pk, category_id=category_id, wishes=ids, now=NOW) == 0


def test_lines_of_demand_say_whose_order_counts_on_them(pools: list[Pool]) -> None:
    earmarked(pools[2])
    found = {line.earmarked_for: line.wishes for line in demand_lines(pools[0].category_id)}
    others = tuple(Wish.objects.exclude(pk=guest().pk).order_by("pk").values_list("pk", flat=True))
    assert found == {None: others, pools[2].pk: (guest().pk,)}


def test_who_was_asked_twice_in_vain_is_asked_by_its_own_pool_only(pools: list[Pool]) -> None:
    Commitment.objects.all().delete()
    for name in "ab":
        campaign(pools[0], now=NOW, source_key=name)
        campaigning.refuse(commitment_id=Commitment.objects.get(wish=guest(), state="asked").pk, now=NOW + DAY)
        campaigning.cancel(campaign_id=Campaign.objects.get(source_key=name).pk, now=NOW + DAY)

    campaign(pools[0], now=NOW + DAY, source_key="c")
    assert asking() == []
    campaign(pools[1], now=NOW + DAY, source_key="own")
    assert asking() == ["own"]
