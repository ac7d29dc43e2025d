"""The live distance to a pool's minimum, and places whose wish was deleted."""

from __future__ import annotations

import pytest
from django.db import connection

from demand.collecting.drafts import WishDraft
from demand.errors import DomainError
from demand.models import Pool, PoolMembership, PoolTerms, Wish
from demand.pooling import service as pooling
from demand.pooling.service.supply import count_firm
from tests.demand.conftest import NOW
from tests.demand.market import GAMING, crowd
from tests.demand.test_pooling_incremental import CATEGORIES, DAY, Market

FIRST_PRICE = 600_000
CEILINGS = (500_000, 600_000, 700_000)


class Buyers(Market):
    """A market of pre-orders with ceilings around the first price, which their shoppers change."""

    def act(self) -> None:
        try:
            self.rng.choice(
                [self.place, self.place, self.place, self.change, self.dearer, self.dearer, self.withdraw]
            )()
        except DomainError:
            return

    def draft(self) -> WishDraft:
        return WishDraft(text=GAMING, kind="preorder", ceiling_minor=self.rng.choice(CEILINGS), confirmed=True)

    def dearer(self) -> None:
        one = self.wish(state="open")
        given = {"ceiling_minor": self.rng.choice(CEILINGS)}
        pooling.correct(wish_id=one.pk, seen_revision=one.revision, corrections=given, now=self.now)


def set_terms() -> None:
    for pool in Pool.objects.filter(state="open"):
        pooling.set_terms(
            pool_id=pool.pk, source_key="t", min_units=50, lead_days=20, makers=1, state="met",
            tiers=[(50, FIRST_PRICE), (100, 500_000)], revision=1, now=NOW,
        )  # fmt: skip


def distances() -> list[tuple[int, int]]:
    return list(PoolTerms.objects.order_by("pool_id").values_list("pool_id", "firm_units"))


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("seed", range(1, 4))
def test_the_live_distance_is_what_a_recount_finds(seed: int) -> None:
    market = Buyers(seed, staff=False)
    for _ in range(10):
        market.act()
    set_terms()
    for _ in range(30):
        market.act()
    live = distances()
    for category in Pool.objects.values_list("category_id", flat=True).distinct():
        count_firm(category)

    assert live == distances()
    assert sum(firm for _pool, firm in live) > 0


@pytest.mark.usefixtures("catalogue")
def test_a_deleted_wish_leaves_its_pool_and_the_next_run_counts_without_it() -> None:
    pool = crowd(6, text=GAMING, name="many", now=NOW)
    gone = Wish.objects.order_by("pk")[0]

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM demand_wish WHERE id = %s", [gone.pk])

    assert PoolMembership.objects.filter(wish_id=gone.pk).count() == 0
    for category in CATEGORIES:
        pooling.rebuild_category(category=category, seed=0, claimed_by="t", now=NOW + DAY)
    pool.refresh_from_db()
    assert (pool.people, pool.units) == (5, 5)


@pytest.mark.usefixtures("catalogue")
def test_a_place_without_a_wish_is_gone_after_the_next_full_count() -> None:
    pool = crowd(6, text=GAMING, name="many", now=NOW)
    place = PoolMembership.objects.filter(pool=pool).order_by("pk")[0]
    PoolMembership.objects.filter(pk=place.pk).update(wish_id=10**9)

    pooling.rebuild_category(category="laptop", seed=0, claimed_by="t", now=NOW + DAY, everything=True)

    assert not PoolMembership.objects.filter(wish_id=10**9).exists()
    pool.refresh_from_db()
    assert pool.people == 6
