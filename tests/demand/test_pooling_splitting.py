"""A category split among tasks: the pools and places of one task, whatever the parts and their order."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

import pytest
from django.db import connection

from demand.collecting.drafts import WishDraft
from demand.models import Category, OutboxEvent, PoolMembership, Run, User, Wish
from demand.pooling import service as pooling
from demand.pooling.service import cells, moving, splitting
from tests.demand.conftest import NOW
from tests.demand.market import GAMING, crowd
from tests.demand.test_pooling_incremental import CATEGORIES, DAY, Market, cell_of, rebuild, state


class Killed(BaseException):
    """What ends a process at any line."""


def asked() -> list[dict[str, Any]]:
    """The parts that were asked for and not taken yet."""
    found = OutboxEvent.objects.filter(topic="pooling.split").order_by("pk")
    parts = [event.payload | {"part": part} for event in found for part in range(event.payload["parts"])]
    found.delete()
    return parts


def in_parts(category: str, *, most: int, rng: Random, now: datetime) -> set[str]:
    """What the tasks of one category do, the parts in an order of chance; the steps that were split."""
    steps: set[str] = set()
    while True:
        pooling.rebuild_category(category=category, seed=0, claimed_by="t", now=now, most=most)
        parts = asked()
        if not parts:
            return steps
        rng.shuffle(parts)
        for one in parts:
            pooling.pool_part(**one, claimed_by="t", now=now)
        steps |= {one["step"] for one in parts}


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(("seed", "most"), [(0, 1), (1, 4)])
def test_split_or_not_the_pools_and_places_are_the_same(seed: int, most: int) -> None:
    market = Market(seed, staff=seed % 2 == 0)
    steps: set[str] = set()
    rounds = []
    for length in (20, 10):
        for _ in range(length):
            market.act()
        market.now += DAY
        with connection.cursor() as cursor:
            cursor.execute("SAVEPOINT before")
            wanted = rebuild(market.now)
            cursor.execute("ROLLBACK TO SAVEPOINT before")
        for category in CATEGORIES * 2:  # a wish that left a category is taken out of the one and put into the other
            steps |= in_parts(category, most=most, rng=market.rng, now=market.now)
        rounds.append((wanted, state()))

    assert steps == {"count", "place"}
    for wanted, found in rounds:
        assert found == wanted


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("step", ["count_part", "place_part"])
def test_a_part_that_was_killed_does_what_is_left(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(9, text=GAMING, name="many", now=NOW)
    crowd(8, text="office laptop 14 inch", name="others", now=NOW)
    before = sorted(PoolMembership.objects.values_list("wish_id", "pool__spec_hash"))
    Run.objects.all().delete()
    Wish.objects.update(region="HK")
    PoolMembership.objects.all().delete()

    def die(*_given: Any, **_named: Any) -> None:
        raise Killed

    pooling.rebuild_category(category="laptop", seed=0, claimed_by="t", now=NOW + DAY, most=4)
    parts = asked()
    if step == "place_part":
        for one in parts:
            pooling.pool_part(**one, claimed_by="t", now=NOW + DAY)
        pooling.rebuild_category(category="laptop", seed=0, claimed_by="t", now=NOW + DAY, most=4)
        parts = asked()
    with monkeypatch.context() as patched:
        patched.setattr(cells if step == "count_part" else splitting, step, die)
        with pytest.raises(Killed):
            pooling.pool_part(**parts[0], claimed_by="t", now=NOW + DAY)
    for one in [*parts, parts[-1]]:
        pooling.pool_part(**one, claimed_by="t", now=NOW + DAY)
    in_parts("laptop", most=4, rng=Random(0), now=NOW + DAY)

    assert len(parts) > 1
    assert sorted(PoolMembership.objects.values_list("wish_id", "pool__spec_hash")) == before


def to_place() -> list[dict[str, Any]]:
    """Parts that place what was counted into the cells of a market of two pools, one of nine and one of eight; all but
    one place are to be made."""
    crowd(9, text=GAMING, name="many", now=NOW)
    crowd(8, text="office laptop 14 inch", name="others", now=NOW)
    Wish.objects.update(region="HK")
    PoolMembership.objects.exclude(wish__user__email="many0@example.com").delete()
    pooling.rebuild_category(category="laptop", seed=0, claimed_by="t", now=NOW + DAY, most=9)
    for part in asked():
        pooling.pool_part(**part, claimed_by="t", now=NOW + DAY)
    pooling.rebuild_category(category="laptop", seed=0, claimed_by="t", now=NOW + DAY, most=9)
    parts = asked()
    assert {part["step"] for part in parts} == {"place"}
    return parts


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("opened", [True, False])
def test_what_a_part_counts_while_another_places_is_put_where_it_belongs(
    before: bool, opened: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It counts before or after the other has looked, into a cell that was there or one that it opens."""
    parts = to_place()
    one, model = Wish.objects.get(user__email="many0@example.com"), Wish.objects.get(user__email="others0@example.com")
    joined = PoolMembership.objects.get(wish=one).joined_at

    def meanwhile(category: Category, **given: Any) -> Any:
        if not before:
            found = due(category, **given)
        if cell_of(model.pk) % given["parts"] == given["part"]:
            Wish.objects.filter(pk=one.pk).update(
                needs=model.needs,
                needs_hash=model.needs_hash,
                ceiling_minor=9_000_00 if opened else model.ceiling_minor,
            )
            assert cells.count_part(category.pk, part=0, parts=1, now=NOW + DAY) == 1
        return due(category, **given) if before else found

    due = moving._due
    with monkeypatch.context() as patched:
        patched.setattr(moving, "_due", meanwhile)
        for part in sorted(parts, key=lambda part: cell_of(model.pk) % part["parts"] == part["part"]):
            pooling.pool_part(**part, claimed_by="t", now=NOW + DAY)
    assert opened is (cell_of(one.pk) != cell_of(model.pk))
    assert not opened or PoolMembership.objects.get(wish=one).joined_at == joined
    in_parts("laptop", most=9, rng=Random(0), now=NOW + DAY)

    assert PoolMembership.objects.get(wish=one).pool == PoolMembership.objects.get(wish=model).pool


@pytest.mark.usefixtures("catalogue")
def test_shoppers_who_come_while_parts_place_keep_nobody_from_asking_for_the_whole(ana: User) -> None:
    for part in to_place():
        for text in (GAMING, "office laptop 14 inch"):
            pooling.place(draft=WishDraft(text=text), user_id=ana.pk, now=NOW + DAY)
        OutboxEvent.objects.filter(topic="run.requested").delete()
        pooling.pool_part(**part, claimed_by="t", now=NOW + DAY)

    assert OutboxEvent.objects.filter(topic="run.requested").exists()
