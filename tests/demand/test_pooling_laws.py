"""The nightly pooling killed at three lines and begun again, and staff's decisions through it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from demand.collecting.drafts import WishDraft
from demand.models import CountedWish, PoolMembership, Run, Wish
from demand.pooling import service as pooling
from demand.pooling.service import rebuilding
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
@pytest.mark.parametrize("line", ["solve", "move", "recount_pools"])
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
