"""Laws of the nightly pooling as shoppers see them: who came first does not matter, and what staff pinned stays."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from django.db import connection

from demand.collecting.drafts import WishDraft
from demand.models import Pool, PoolMembership, Wish
from demand.pooling import service as pooling
from tests.demand.conftest import NOW, person
from tests.demand.market import GAMING, crowd
from tests.demand.test_pooling_incremental import CATEGORIES, DAY

TEXTS = (
    *("17 inch gaming laptop", "想要17寸游戏本", "15 inch gaming laptop", "gaming laptop", "office laptop 14 inch") * 2,
    *(
        "laptop 16 inch 32 GB",
        "office laptop",
        "14寸轻薄本",
        "air fryer 5 litres",
        "空气炸锅 4升 静音",
        "air fryer with window",
    ),
)


def nightly(*, everything: bool = False) -> None:
    for category in CATEGORIES:
        pooling.rebuild_category(category=category, seed=0, claimed_by="t", now=NOW + DAY, everything=everything)


def pooled_as_they_came(order: list[int]) -> tuple[list[Any], list[Any]]:
    """Where each shopper is after a night, and the pools; what it did is undone."""
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT before")
        for number in order:
            firm: dict[str, Any] = {"kind": "preorder", "ceiling_minor": 600_000, "confirmed": True}
            draft = WishDraft(text=TEXTS[number], **(firm if number % 3 == 0 else {}))
            pooling.place(draft=draft, user_id=person(f"p{number}").pk, now=NOW)
        nightly()
        homes = sorted(PoolMembership.objects.values_list("wish__user__email", "pool__spec_hash"))
        pools = Pool.objects.exclude(state="empty").values_list("spec_hash", "people", "units", "firm_units")
        found = homes, sorted(pools)
        cursor.execute("ROLLBACK TO SAVEPOINT before")
    return found


@pytest.mark.usefixtures("catalogue")
def test_the_order_of_arrival_does_not_change_the_nightly_pools() -> None:
    order = list(range(len(TEXTS)))
    wanted = pooled_as_they_came(order)
    others = [Random(seed).sample(order, len(order)) for seed in range(2)]
    assert [pooled_as_they_came(other) for other in [*others, order[::-1]]] == [wanted] * 3
    assert len(wanted[0]) == len(TEXTS)


@pytest.mark.usefixtures("catalogue")
def test_a_pinned_wish_stays_whoever_comes() -> None:
    crowd(6, text=GAMING, name="many", now=NOW)
    crowd(6, text="gaming laptop", name="open", now=NOW)
    pinned = Wish.objects.get(user__email="open0@example.com").pk
    home = PoolMembership.objects.get(wish=pinned).pool_id
    pooling.pin_wish(wish_id=pinned, pool_id=home, reason="a regular", by_id=person("boss").pk, now=NOW)

    found = []
    for number, everything in enumerate((False, True, False)):
        crowd(5, text="15 inch gaming laptop, max 7000", name=f"later{number}", now=NOW)
        nightly(everything=everything)
        found.append(PoolMembership.objects.get(wish=pinned).pool_id)
    assert found == [home] * 3
