"""Pools looked at again as a whole: why each wish is where it is, and what their terms count."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from demand import locking
from demand.collecting.drafts import WishDraft
from demand.models import Category, Policy, Pool, PoolMembership, PoolSnapshot, PoolTier, User, Wish
from demand.pooling import service as pooling
from demand.pooling.kernel import Pool as Planned
from demand.pooling.reads import pages
from demand.pooling.reads.cards import cards
from demand.pooling.reads.dearer import Dearer, dearer
from demand.pooling.service.renewing import renew
from tests.demand.conftest import NOW, person
from tests.demand.market import GAMING, crowd, terms


@pytest.mark.usefixtures("catalogue")
def test_the_nightly_run_keeps_why_a_wish_is_where_it_is(ana: User) -> None:
    crowd(8, text=GAMING, name="many", now=NOW)
    for number in range(3):
        wish = WishDraft(text="15 inch gaming laptop, max 7000")
        pooling.place(draft=wish, user_id=person(f"few{number}").pk, now=NOW)
    pooling.place(draft=WishDraft(text="15 inch gaming laptop, max 7000"), user_id=ana.pk, now=NOW)

    pooling.rebuild_category(category="laptop", seed=0, claimed_by="t", now=NOW + timedelta(hours=1))

    own = PoolMembership.objects.get(wish__user=ana)
    assert own.reason == "asked"
    assert own.reason_params == {"blocked_by": "screen_size"}
    why = pages.why_here(own.wish, own)
    assert why is not None
    assert why.larger is not None
    assert (why.blocked_by, why.larger.people) == ("screen_size", 8)


@pytest.mark.usefixtures("catalogue")
def test_each_hour_counts_the_firm_units_of_every_tier_again() -> None:
    pool = crowd(4, text=GAMING, name="early", now=NOW, firm=2)
    terms(pool, now=NOW, min_units=2, tiers=((2, 690_000), (4, 650_000)))
    tiers = PoolTier.objects.order_by("min_units").values_list("firm_units", flat=True)
    assert list(tiers) == [2, 2]

    crowd(3, text=GAMING, name="late", now=NOW, firm=2, ceiling_minor=680_000)
    assert list(tiers.all()) == [2, 2]
    pooling.take_snapshots(now=NOW + timedelta(hours=1))

    assert list(tiers.all()) == [2, 4]


@pytest.mark.usefixtures("catalogue")
def test_a_wish_is_told_what_a_little_more_would_bring(ana: User) -> None:
    pool = crowd(12, text="17 inch gaming laptop, max 7200", name="more", now=NOW)
    pooling.place(draft=WishDraft(text="17 inch gaming laptop, max 7000"), user_id=ana.pk, now=NOW)
    terms(pool, now=NOW, min_units=20, tiers=((20, 720_000), (40, 690_000)))
    (own,) = pages.with_pools(Wish.objects.filter(user=ana))
    assert dearer(own.wish, own.card) is None
    pooling.take_snapshots(now=NOW + timedelta(hours=1))

    (own,) = pages.with_pools(Wish.objects.filter(user=ana))
    assert dearer(own.wish, own.card) == Dearer(more_minor=20_000, price_minor=720_000, units=10)
    (other,) = pages.with_pools(Wish.objects.filter(user__email="more0@example.com"))
    assert dearer(other.wish, other.card) is None


def planned(existing: int | None, use: str) -> Planned:
    specification = {"use": {"any": [use]}}
    return Planned(existing_id=existing, specification=specification, cells=(), units=0, persons=0, firm_units=0)


@pytest.mark.usefixtures("catalogue")
def test_pools_that_trade_their_specifications_keep_their_rows() -> None:
    category = Category.objects.get(code="laptop")
    with locking.transaction():
        one, other = renew(category, [planned(None, "gaming"), planned(None, "office")], now=NOW)
    with locking.transaction():
        kept = renew(category, [planned(one, "office"), planned(other, "gaming"), planned(None, "study")], now=NOW)
    assert kept[:2] == [one, other]
    uses = {key: spec["use"]["any"] for key, spec in Pool.objects.values_list("pk", "specification")}
    assert uses == {one: ["office"], other: ["gaming"], kept[2]: ["study"]}
    with locking.transaction():
        assert renew(category, [planned(None, "study"), planned(one, "office")], now=NOW) == [kept[2], one]


@pytest.mark.usefixtures("catalogue")
def test_firm_units_shown_follow_each_preorder() -> None:
    pool = crowd(6, text=GAMING, name="early", now=NOW, firm=6)
    terms(pool, now=NOW, min_units=20, tiers=((20, 690_000),))
    assert [card.firm_units for card in cards(list(Pool.objects.select_related("category")))] == [6]
    crowd(1, text=GAMING, name="late", now=NOW, firm=1)
    crowd(1, text=GAMING, name="cheap", now=NOW, firm=1, ceiling_minor=680_000)
    assert [card.firm_units for card in cards(list(Pool.objects.select_related("category")))] == [7]


@pytest.mark.usefixtures("catalogue")
def test_a_breakdown_names_no_group_smaller_than_the_policy_says() -> None:
    pool = crowd(12, text=GAMING, name="k", now=NOW)
    wishes = list(Wish.objects.order_by("pk").values_list("pk", flat=True))
    Wish.objects.filter(pk__in=wishes[:7]).update(region="CN-SH", needed_by=date(2026, 12, 9))
    Wish.objects.filter(pk__in=wishes[7:]).update(region="HK")

    pooling.take_snapshots(now=NOW)
    Policy.objects.create(category=pool.category, version=1, k=6, created_at=NOW)
    pooling.take_snapshots(now=NOW + timedelta(hours=1))
    Policy.objects.create(category=pool.category, version=2, k=13, created_at=NOW)
    assert pooling.take_snapshots(now=NOW + timedelta(hours=2)) == 0

    general, stricter = PoolSnapshot.objects.order_by("hour").values_list("breakdown", flat=True)
    assert (general["regions"], general["weeks"]) == ({"CN-SH": 5, "HK": 5}, {"2026-12-07": 5})
    assert (stricter["regions"], stricter["weeks"]) == ({"CN-SH": 5}, {"2026-12-07": 5})


@pytest.mark.usefixtures("catalogue")
def test_growth_shows_the_people_of_small_weeks_with_those_of_the_next() -> None:
    """Weeks with 3, 4, 6, 2, 5 and 4 newcomers: never fewer than five at once, what is shown adds up to the rounded 20
    of the week shown last, and four wait for company. Who comes with a second wish is no newcomer, and neither is
    nobody: a wish that was imported without a person."""
    crowd(25, text=GAMING, name="week", now=NOW)
    wishes = list(Wish.objects.order_by("pk").values_list("pk", flat=True))
    for week, (first, last) in enumerate([(0, 3), (3, 7), (7, 13), (13, 15), (15, 20), (20, 25)]):
        Wish.objects.filter(pk__in=wishes[first:last]).update(created_at=NOW + timedelta(weeks=week))
    again = Wish.objects.select_related("user").get(pk=wishes[0])
    assert again.user is not None
    draft = WishDraft(text="17 inch gaming laptop, max 6900")
    second = pooling.place(draft=draft, user_id=again.user.pk, now=NOW)
    Wish.objects.filter(public_id=second.public_id).update(created_at=NOW + timedelta(weeks=5))

    PoolMembership.objects.filter(wish_id=wishes[-1]).update(person_id=None)

    pooling.take_snapshots(now=NOW + timedelta(weeks=6))

    (shown,) = PoolSnapshot.objects.values_list("breakdown", flat=True)
    assert PoolMembership.objects.filter(wish__user=again.user, units__gt=0).count() == 2
    assert shown["growth"] == [["2026-03-09", 5], ["2026-03-16", 10], ["2026-03-30", 5]]
