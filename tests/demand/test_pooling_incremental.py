"""A pooling that looks at what changed leaves what one that counts everything from nothing would leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection

from demand.collecting.drafts import WishDraft
from demand.errors import DomainError
from demand.models import (
    Category,
    CountedWish,
    DemandCell,
    Person,
    Pool,
    PoolDecision,
    PoolMembership,
    ReadingState,
    Run,
    Wish,
    WishState,
    WishToCount,
)
from demand.pooling import service as pooling
from demand.pooling.kernel import solve
from demand.pooling.reads.problem import problem_of
from demand.pooling.service import cells, rebuilding
from demand.reading import service as reading
from tests.demand.campaigns import opened
from tests.demand.conftest import NOW, person
from tests.demand.market import GAMING, crowd

CATEGORIES = ("laptop", "air_fryer")
TEXTS = (
    *(GAMING, "17 inch gaming laptop", "15 inch gaming laptop, max 7000", "office laptop 14 inch", "gaming laptop"),
    *("air fryer 5 litres, max 400", "空气炸锅 4升 静音", "air fryer with window, 2 of them", "two office laptops"),
    *("something nice", "laptop 16 inch 32 GB, need it by 2026-04-20"),
)
DAY = timedelta(days=1)


def state() -> dict[str, Any]:
    """What a pooling decides, in words that do not depend on the keys of rows it makes."""
    names = {key: (digest, status) for key, digest, status in Pool.objects.values_list("pk", "spec_hash", "state")}
    totals = ("spec_hash", "state", "people", "units", "firm_units")
    kept = ("wish", "person", "units", "firm_units", "reason", "reason_params", "pool")
    counts = ("category", "needs_hash", "rung_minor", "week", "persons", "units", "firm_units", "by_region", "by_kind")
    cells = {key: rest for key, *rest in DemandCell.objects.values_list("pk", "category", "needs_hash", "week")}
    counted = CountedWish.objects.order_by("wish_id")
    return {
        "cells": sorted(
            map(str, DemandCell.objects.filter(units__gt=0).values_list(*counts, "reason", "pool__spec_hash"))
        ),
        "pools": sorted(Pool.objects.exclude(state="empty").values_list(*totals)),
        "places": [(*row[:-1], names[row[-1]]) for row in PoolMembership.objects.order_by("wish").values_list(*kept)],
        "wishes": [
            (wish, units, *cells[cell]) for wish, units, cell in counted.values_list("wish_id", "units", "cell_id")
        ],
    }


def cell_of(wish_id: int) -> int:
    return CountedWish.objects.filter(wish_id=wish_id).values_list("cell_id", flat=True).first() or 0


def rebuild(now: datetime, *, everything: bool = False) -> dict[str, Any]:
    for again in range(2):  # a wish that left a category is taken out of the one and put into the other
        for category in CATEGORIES:
            whole = everything and not again
            pooling.rebuild_category(category=category, seed=0, claimed_by="t", now=now, everything=whole)
    return state()


def from_nothing(now: datetime, *, last_plan: bool) -> dict[str, Any]:
    """The state that a pooling leaves which remembers no count, nor even the last plan; what it did is undone."""
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT before")
        CountedWish.objects.all().delete()
        WishToCount.objects.all().delete()
        DemandCell.objects.update(persons=9, units=9, firm_units=9, by_region={}, by_kind={"odd": 9})
        if not last_plan:
            Run.objects.filter(stage="pooling").delete()
            DemandCell.objects.update(pool=None, reason="", reason_params={})
        found = rebuild(now, everything=True)
        cursor.execute("ROLLBACK TO SAVEPOINT before")
    return found


class Market:
    """Shoppers, staff and workers who do what they do, drawn by chance from a seed."""

    def __init__(self, seed: int, *, staff: bool) -> None:
        """``staff`` decide too."""
        self.rng = Random(seed)
        self.decided = staff
        self.now = NOW
        self.people = [person(f"p{number}") for number in range(6)]
        self.staff = person("staff", is_staff=True).pk

    def act(self) -> None:
        deeds: list[Callable[[], object]] = [
            *[self.place] * 4,
            *[self.import_some] * 2,
            *[self.change, self.withdraw, self.hide, self.reread, self.commit, self.come_back, self.delete, self.unite],
        ]
        if self.decided:
            deeds += [self.pin, self.forbid, self.split, self.merge, self.lock, self.undo]
        try:
            self.rng.choice(deeds)()
        except DomainError:
            return

    def wish(self, **which: object) -> Wish:
        return self.rng.choice(list(Wish.objects.filter(**which).order_by("pk")) or [Wish(pk=0)])

    def pool(self) -> int:
        return self.rng.choice(
            list(Pool.objects.filter(state="open").order_by("pk").values_list("pk", flat=True)) or [0]
        )

    def draft(self) -> WishDraft:
        firm = self.rng.random() < 0.2
        more: dict[str, Any] = {"kind": "preorder", "ceiling_minor": 700_000, "confirmed": True} if firm else {}
        return WishDraft(text=self.rng.choice(TEXTS[:-2]), **more)

    def place(self) -> None:
        pooling.place(draft=self.draft(), user_id=self.rng.choice(self.people).pk, now=self.now)

    def import_some(self, texts: Sequence[str] = TEXTS) -> None:
        for number in range(self.rng.randint(1, 5)):
            someone = self.rng.choice([None, *self.people])
            Wish.objects.create(
                user=someone,
                person_id=someone.person_id if someone else None,
                text=self.rng.choice(texts),
                source="import",
                source_key=f"{self.rng.random()}-{number}",
                region=self.rng.choice(["", "CN-SH", "HK"]),
                created_at=self.now,
                updated_at=self.now,
            )
        reading.read_pending(today=self.now.date(), claimed_by="t", now=self.now)

    def reread(self) -> None:
        """Some wishes say something else, maybe of another category or of none, and a worker reads them again."""
        chosen = list(Wish.objects.filter(state="open").order_by("pk").values_list("pk", flat=True))
        for key in self.rng.sample(chosen, min(3, len(chosen))):
            Wish.objects.filter(pk=key).update(text=self.rng.choice(TEXTS), reading_state=ReadingState.PENDING)
        reading.read_pending(today=self.now.date(), claimed_by="t", now=NOW)

    def change(self) -> None:
        one = self.wish(state="open")
        given: dict[str, Any] = self.rng.choice(
            [
                {"quantity": self.rng.randint(1, 4)},
                {"region": "HK"},
                {"needed_by": date(2026, 4, self.rng.randint(1, 28))},
            ]
        )
        pooling.correct(wish_id=one.pk, seen_revision=one.revision, corrections=given, now=self.now)

    def withdraw(self) -> None:
        pooling.withdraw(wish_id=self.wish(state="open").pk, now=self.now)

    def hide(self) -> None:
        pooling.hide(wish_id=self.wish(state="open").pk, reason="spam", now=self.now)

    def commit(self) -> None:
        Wish.objects.filter(pk=self.wish(state="open", membership__isnull=False).pk).update(state=WishState.COMMITTED)

    def come_back(self) -> None:
        Wish.objects.filter(pk=self.wish(state="committed").pk).update(state=WishState.OPEN)

    def delete(self) -> None:
        Wish.objects.filter(pk=self.wish(state="open", source="import").pk).delete()

    def unite(self) -> None:
        Wish.objects.filter(user=self.rng.choice(self.people)).update(person=Person.objects.create(created_at=self.now))

    def pin(self) -> None:
        self.decide(pooling.pin_wish, wish_id=self.wish(state="open").pk, pool_id=self.pool())

    def forbid(self) -> None:
        one = self.wish(state="open", membership__isnull=False)
        self.decide(pooling.forbid_wish, wish_id=one.pk, pool_id=one.membership.pool_id if one.pk else 0)

    def split(self) -> None:
        one = self.wish(state="open", membership__isnull=False)
        place = PoolMembership.objects.filter(wish=one.pk).first()
        self.decide(pooling.split_pool, pool_id=place.pool_id if place else 0, cell_ids=[cell_of(one.pk)])

    def merge(self) -> None:
        self.decide(pooling.merge_pools, from_id=self.pool(), into_id=self.pool())

    def lock(self) -> None:
        self.decide(pooling.lock_pool, pool_id=self.pool(), locked=True)

    def undo(self) -> None:
        made = PoolDecision.objects.filter(undone_at__isnull=True).order_by("pk").values_list("pk", flat=True)
        pooling.undo_decision(decision_id=self.rng.choice([*made, 0]), by_id=self.staff, now=self.now)

    def decide(self, service: Callable[..., int], **what: object) -> None:
        service(**what, reason="because", by_id=self.staff, now=self.now)


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("seed", range(4))
def test_a_run_after_changes_leaves_what_a_run_from_nothing_leaves(seed: int) -> None:
    market = Market(seed, staff=seed % 2 == 0)
    rounds = []
    for length in (25, 6, 1, 8):
        for _ in range(length):
            market.act()
        market.now += DAY
        wanted = from_nothing(market.now, last_plan=seed % 2 == 0)
        rounds.append((wanted, rebuild(market.now)))
    for wanted, found in rounds:
        assert found == wanted


def fullest(category: Category) -> dict[int, int]:
    """The pool of the category that has most units of a cell, of two alike the older: each wish looked up."""
    asked = set(DemandCell.objects.filter(category=category, units__gt=0).values_list("pk", flat=True))
    units: Counter[tuple[int, int]] = Counter()
    for wish, cell in CountedWish.objects.filter(cell_id__in=asked).values_list("wish_id", "cell_id"):
        places = PoolMembership.objects.filter(wish=wish, pool__category=category)
        for pool, some in places.values_list("pool", "units"):
            units[cell, pool] += some
    best: dict[int, tuple[int, int]] = {}
    for (cell, pool), some in units.items():
        best[cell] = max(best.get(cell, (0, 0)), (some, -pool))
    return {cell: -older for cell, (_some, older) in best.items()}


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("seed", range(6))
def test_a_cell_belongs_where_most_of_its_units_are(seed: int) -> None:
    market = Market(seed, staff=seed % 2 == 0)
    for length in (20, 8, 8):
        for _ in range(length):
            market.act()
        market.now += DAY
        for category in Category.objects.filter(code__in=CATEGORIES):
            cells.recount(category.pk, now=market.now)
            if market.rng.random() < 0.7:  # what a part counts before the whole has looked is in no sum yet
                for _ in range(6):
                    market.act()
                market.import_some(
                    list(Wish.objects.filter(state="open").values_list("text", flat=True).order_by("pk"))
                )
                cells.count_part(category.pk, part=0, parts=1, now=market.now)
            pools = problem_of(category.pk, ()).existing
            found = {cell: pool.pool_id for pool in pools for cell in pool.cells}
            joinable = {pool.pool_id for pool in pools}
            assert found == {cell: pool for cell, pool in fullest(category).items() if pool in joinable}
        rebuild(market.now)


@pytest.mark.usefixtures("catalogue")
def test_what_changes_while_a_run_is_solved_is_counted_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(6, text=GAMING, name="many", now=NOW)
    one = Wish.objects.order_by("pk")[0]

    def meanwhile(*given: Any, **named: Any) -> Any:
        found = solve(*given, **named)
        Wish.objects.filter(pk=one.pk).update(quantity=3)
        return found

    monkeypatch.setattr(rebuilding, "solve", meanwhile)
    pooling.rebuild_category(category="laptop", seed=0, claimed_by="t", now=NOW + DAY)
    monkeypatch.undo()
    assert DemandCell.objects.get(pk=cell_of(one.pk)).units == 6
    pooling.rebuild_category(category="laptop", seed=0, claimed_by="t", now=NOW + 2 * DAY)
    assert DemandCell.objects.get(pk=cell_of(one.pk)).units == 8


@pytest.mark.usefixtures("catalogue")
def test_nothing_new_is_nothing_done_and_a_single_wish_is() -> None:
    crowd(6, text=GAMING, name="many", now=NOW)

    def status() -> str:
        return pooling.rebuild_category(category="laptop", seed=0, claimed_by="t", now=NOW + DAY).status

    assert status() != "unchanged"
    assert [status(), status()] == ["unchanged", "unchanged"]
    crowd(1, text=GAMING, name="late", now=NOW)
    assert status() != "unchanged"
    Wish.objects.filter(user__email="late0@example.com").update(state=WishState.COMMITTED)
    assert [status() == "unchanged" for _ in range(2)] == [False, True]
    assert not CountedWish.objects.filter(settled=False).exists()


@pytest.mark.usefixtures("catalogue")
def test_a_wish_that_a_campaign_held_moves_once_it_is_free_although_nothing_else_changed() -> None:
    pool = crowd(6, text=GAMING, name="many", now=NOW, firm=6)
    other = crowd(6, text="15 inch gaming laptop, max 7000", name="others", now=NOW)
    deal = opened(pool.pk)
    held = Wish.objects.get(user__email="many0@example.com")
    Wish.objects.filter(pk=held.pk).update(state=WishState.OPEN)
    PoolMembership.objects.filter(wish=held).update(pool=other)
    place = deal.commitments.filter(wish=held)
    place.update(state="announced", binds_at=NOW + DAY)
    WishToCount.objects.create(category_id=pool.category_id, wish_id=held.pk)

    def where() -> int:
        pooling.rebuild_category(category="laptop", seed=0, claimed_by="t", now=NOW + DAY)
        return PoolMembership.objects.get(wish=held).pool_id

    assert [where(), where()] == [other.pk, other.pk]
    place.update(state="lapsed")
    assert where() == pool.pk
