"""The nightly pooling killed at three lines and begun again, and staff's decisions through it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from demand.collecting.drafts import WishDraft
from demand.models import Category, CountedWish, Pool, PoolMembership, Run, Wish
from demand.pooling import service as pooling
from demand.pooling.service import rebuilding
from demand.pooling.service.moving import move
from demand.reading import service as reading
from tests.demand.conftest import NOW, person
from tests.demand.market import GAMING, crowd

OTHER = "15 inch gaming laptop, max 7000"
LATER = NOW + timedelta(hours=1)


class Killed(BaseException):
    """What ends a process at any line."""


def homes() -> dict[str, int]:
    """The pool of each shopper's wish."""
    rows = PoolMembership.objects.values_list("wish__user__email", "pool_id")
    return {str(email): pool_id for email, pool_id in rows}


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("line", ["solve", "move", "count_firm"])
def test_a_killed_run_resumes_to_the_same_result(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(6, text=GAMING, name="many", now=NOW)
    crowd(6, text=OTHER, name="others", now=NOW)
    pooling.place(draft=WishDraft(text="gaming laptop"), user_id=person("late").pk, now=NOW)
    before = homes()

    def die(*_given: Any, **_named: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(rebuilding, line, die)
        with pytest.raises(Killed):
            pooling.rebuild_category(category="laptop", seed=0, claimed_by="t", now=LATER)
    assert homes() == before

    resumed = pooling.rebuild_category(category="laptop", seed=0, claimed_by="t", now=LATER)
    after = homes()
    Run.objects.all().delete()
    again = pooling.rebuild_category(category="laptop", seed=0, claimed_by="t", now=LATER)

    assert resumed.status in ("optimal", "feasible")
    assert (again.moved, homes()) == (0, after)
    assert (again.wishes, again.cells, again.pools) == (resumed.wishes, resumed.cells, resumed.pools)


@pytest.mark.usefixtures("catalogue")
def test_forbidden_stays_out_until_it_is_undone() -> None:
    pool = crowd(6, text=GAMING, name="many", now=NOW)
    staff = person("boss")
    crowd(1, text="gaming laptop 17 inch, max 6500", name="apart", now=NOW)
    apart = Wish.objects.get(user__email="apart0@example.com")
    assert homes()["apart0@example.com"] == pool.pk

    decided = pooling.forbid_wish(wish_id=apart.pk, pool_id=pool.pk, reason="a reseller", by_id=staff.pk, now=NOW)
    pooling.rebuild_category(category="laptop", seed=0, claimed_by="t", now=LATER)
    twin = homes()["apart0@example.com"]
    assert twin != pool.pk
    assert homes()["many0@example.com"] == pool.pk
    Run.objects.all().delete()
    pooling.rebuild_category(category="laptop", seed=0, claimed_by="t", now=LATER)
    assert (homes()["apart0@example.com"], homes()["many0@example.com"]) == (twin, pool.pk)

    pooling.undo_decision(decision_id=decided, by_id=staff.pk, now=LATER)
    pooling.rebuild_category(category="laptop", seed=0, claimed_by="t", now=LATER + timedelta(hours=1))
    assert homes()["apart0@example.com"] == pool.pk


@pytest.mark.usefixtures("catalogue")
def test_a_changed_wish_keeps_out_of_the_pool_it_was_forbidden() -> None:
    pool = crowd(6, text=GAMING, name="many", now=NOW)
    boss = person("boss").pk
    crowd(1, text="gaming laptop 17 inch, max 6500", name="apart", now=NOW)
    apart = Wish.objects.get(user__email="apart0@example.com")
    pooling.forbid_wish(wish_id=apart.pk, pool_id=pool.pk, reason="a reseller", by_id=boss, now=NOW)

    pooling.correct(wish_id=apart.pk, seen_revision=apart.revision, corrections={"quantity": 3}, now=LATER)
    twin = homes()["apart0@example.com"]
    assert twin != pool.pk
    late = crowd(1, text="gaming laptop 17 inch, max 6500", name="late", now=LATER)
    assert late.pk == twin

    pooling.rebuild_category(category="laptop", seed=0, claimed_by="t", now=LATER)
    assert (homes()["apart0@example.com"], homes()["many0@example.com"]) == (twin, pool.pk)


@pytest.mark.usefixtures("catalogue")
def test_a_forbidden_pair_never_meets_though_the_pool_is_no_more() -> None:
    pool = crowd(6, text=GAMING, name="many", now=NOW)
    boss = person("boss").pk
    crowd(1, text="gaming laptop 17 inch, max 6500", name="apart", now=NOW)
    apart = Wish.objects.get(user__email="apart0@example.com")
    pooling.forbid_wish(wish_id=apart.pk, pool_id=pool.pk, reason="a reseller", by_id=boss, now=NOW)
    other = crowd(6, text=OTHER, name="others", now=NOW)
    assert other.pk != pool.pk
    pooling.merge_pools(from_id=pool.pk, into_id=other.pk, reason="one run", by_id=boss, now=NOW)
    for later in (LATER, LATER + timedelta(hours=1)):
        Run.objects.all().delete()
        crowd(4, text="gaming laptop 17 inch, max 8000", name=f"more{later.hour}", now=later)
        pooling.rebuild_category(category="laptop", seed=0, claimed_by="t", now=later)
        found = homes()
        assert found["apart0@example.com"] not in {found[f"many{k}@example.com"] for k in range(6)}


@pytest.mark.usefixtures("catalogue")
def test_who_arrives_between_two_poolings_follows_what_staff_decided_of_their_group() -> None:
    pool = crowd(6, text=GAMING, name="many", now=NOW)
    boss = person("boss").pk
    crowd(2, text="gaming laptop 17 inch, max 6500", name="cheap", now=NOW)
    cheap = CountedWish.objects.get(wish_id=Wish.objects.get(user__email="cheap0@example.com").pk).cell_id
    pooling.split_pool(pool_id=pool.pk, cell_ids=[cheap], reason="other buyers", by_id=boss, now=NOW)
    pooling.rebuild_category(category="laptop", seed=0, claimed_by="t", now=LATER)
    apart = homes()["cheap0@example.com"]
    assert apart != homes()["many0@example.com"]

    assert crowd(1, text="gaming laptop 17 inch, max 6500", name="next", now=LATER).pk == apart
    assert crowd(1, text=GAMING, name="more", now=LATER).pk == homes()["many0@example.com"]


@pytest.mark.usefixtures("catalogue")
def test_a_run_killed_before_it_brings_in_what_left_another_category_does_so_when_begun_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fryers = crowd(6, text="air fryer 5 litres, max 400", name="cooks", now=NOW)
    crowd(6, text=GAMING, name="many", now=NOW)
    Wish.objects.filter(user__email="many0@example.com").update(
        text="air fryer 5 litres, max 400", reading_state="pending"
    )
    reading.read_pending(today=NOW.date(), claimed_by="t", now=LATER)
    before = homes()

    def across(category: Category, **named: Any) -> Any:
        if named["across"]:
            raise Killed
        return move(category, **named)

    with monkeypatch.context() as patched:
        patched.setattr(rebuilding, "move", across)
        with pytest.raises(Killed):
            pooling.rebuild_category(category="air_fryer", seed=0, claimed_by="t", now=LATER)
    assert homes() == before
    again = pooling.rebuild_category(category="air_fryer", seed=0, claimed_by="t", now=LATER)

    assert (again.moved, homes()) == (1, before | {"many0@example.com": fryers.pk})
    assert sorted(Pool.objects.exclude(state="empty").values_list("people", "units")) == [(5, 5), (7, 7)]


@pytest.mark.usefixtures("catalogue")
def test_a_pool_that_another_is_merged_into_counts_everybody_once_at_once() -> None:
    source = crowd(6, text=GAMING, name="many", now=NOW)
    target = crowd(4, text="office laptop 14 inch", name="others", now=NOW)
    both = person("both")
    for text in (GAMING, "office laptop 14 inch"):
        pooling.place(draft=WishDraft(text=text), user_id=both.pk, now=NOW)

    pooling.merge_pools(from_id=source.pk, into_id=target.pk, reason="one run", by_id=person("boss").pk, now=NOW)

    assert Pool.objects.values_list("people", "units").get(pk=target.pk) == (11, 12)
    pooling.rebuild_category(category="laptop", seed=0, claimed_by="t", now=LATER, everything=True)
    assert sum(Pool.objects.values_list("units", flat=True)) == 12
