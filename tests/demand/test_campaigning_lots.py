"""Spare units fill the last lot and nothing else: fairly, never above what was allowed, never above the price."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from demand.campaigning import service as campaigning
from demand.campaigning.kernel import dealt
from demand.collecting.drafts import WishDraft
from demand.models import Campaign, Commitment, Hold, Notice, OutboxEvent, Pool, User
from demand.pooling import service as pooling
from tests.demand.conftest import NOW, person
from tests.demand.market import GAMING, campaign, crowd
from tests.demand.ordering import balanced, confirm, drain, places, received

ROOM = st.integers(0, 6)


@pytest.mark.parametrize(
    ("units", "wanted", "room", "parts"),
    [
        (3, [(2, 0), (2, 0)], {0: 9}, [2, 1]),
        (3, [(5, 0), (1, 0), (5, 0)], {0: 9}, [1, 1, 1]),
        (9, [(2, 0), (0, 0), (1, 0)], {0: 9}, [2, 0, 1]),
        (4, [(3, 1), (3, 2)], {1: 1, 2: 9}, [1, 3]),
        (0, [(3, 1)], {1: 9}, [0]),
        (2, [], {}, []),
    ],
)
def test_units_are_dealt_one_each_in_turn(
    units: int, wanted: list[tuple[int, int]], room: dict[int, int], parts: list[int]
) -> None:
    assert dealt(units, wanted, room) == parts


@given(units=ROOM, wanted=st.lists(st.tuples(ROOM, st.integers(0, 1)), max_size=5), first=ROOM, second=ROOM)
def test_law_dealing_never_exceeds_what_was_allowed_and_is_even(
    units: int, wanted: list[tuple[int, int]], first: int, second: int
) -> None:
    parts = dealt(units, wanted, {0: first, 1: second})
    assert all(0 <= part <= most for part, (most, _kind) in zip(parts, wanted, strict=True))
    taken = [sum(p for p, (_most, k) in zip(parts, wanted, strict=True) if k == kind) for kind in (0, 1)]
    able = [min(room, sum(m for m, k in wanted if k == kind)) for kind, room in ((0, first), (1, second))]
    assert taken[0] <= able[0]
    assert taken[1] <= able[1]
    assert sum(parts) == min(units, sum(able))
    for (most, kind), part in zip(wanted, parts, strict=True):
        others = [p for p, (_m, k) in zip(parts, wanted, strict=True) if k == kind]
        assert part == most or part >= max(others) - 1


def lots(people: int, **over: Any) -> Campaign:
    """Lots of 5, 2 to 50 units at 6,020.00 delivered."""
    pool = crowd(people, text=GAMING, name="c", now=NOW)
    return campaign(pool, now=NOW, **({"lot_multiple": 5, "tiers": [(2, 600_000)]} | over))


def close(offer: Campaign) -> None:
    campaigning.close_due(now=offer.closes_at)
    drain(offer.closes_at)


@pytest.mark.usefixtures("catalogue")
def test_the_last_lot_is_filled_by_those_who_allowed_it_in_the_order_they_confirmed() -> None:
    offer = lots(3)
    ana, ben, eve = places()
    confirm(eve, spare=2, now=NOW)
    held = confirm(ana, units=1, spare=3, now=NOW + timedelta(hours=1))
    confirm(ben, now=NOW + timedelta(hours=2))
    assert held.total_minor == 2_408_000
    drain()
    assert Hold.objects.get(commitment=ana).amount_minor == 2_408_000

    close(offer)

    assert list(Commitment.objects.order_by("pk").values_list("units", "filled_units", "charged_minor")) == [
        (2, 1, 1_204_000),
        (1, 0, 602_000),
        (2, 1, 1_204_000),
    ]
    assert list(Campaign.objects.values_list("firm_units", "state")) == [(5, "locked")]
    assert OutboxEvent.objects.get(topic="campaign.locked").payload["variants"] == {"black": 5}
    assert Notice.objects.filter(kind="campaign.filled").count() == 2
    balanced()
    assert [received(one) for one in places()] == [1_204_000, 602_000, 1_204_000]


@pytest.mark.usefixtures("catalogue")
def test_spare_units_never_make_a_minimum() -> None:
    offer = lots(2, min_units=5)
    ana, ben = places()
    confirm(ana, units=2, spare=4)
    confirm(ben, units=2, spare=4)

    close(offer)

    offer.refresh_from_db()
    assert (offer.state, offer.firm_units) == ("consent", 4)
    assert not Commitment.objects.filter(filled_units__gt=0).exists()


@pytest.mark.usefixtures("catalogue")
def test_whole_lots_and_the_most_that_can_be_made_end_the_filling() -> None:
    offer = lots(2, max_units=7)
    ana, ben = places()
    confirm(ana, units=3, spare=9)
    confirm(ben, units=3, spare=9)
    close(offer)
    assert list(Commitment.objects.order_by("pk").values_list("units", flat=True)) == [4, 3]
    assert Campaign.objects.get().firm_units == 7


@pytest.mark.usefixtures("catalogue")
def test_a_tier_that_the_filled_lot_reaches_lowers_everyones_price() -> None:
    offer = lots(2, tiers=[(2, 600_000), (5, 500_000)])
    ana, ben = places()
    confirm(ana, units=2, spare=1)
    confirm(ben, units=2)
    close(offer)
    assert list(Commitment.objects.order_by("pk").values_list("units", "total_minor")) == [
        (3, 1_506_000),
        (2, 1_004_000),
    ]


@pytest.mark.usefixtures("catalogue")
def test_only_a_wish_for_a_number_of_units_brings_its_tolerance() -> None:
    for name, given_ in (
        ("three", {}),
        ("budget", {"intent": "budget", "budget_minor": 2_000_000}),
        ("steps", {"steps": ((1, 700_000), (2, 620_000))}),
    ):
        draft = WishDraft(text=GAMING, tolerance=2, corrections={"quantity": 3}, **given_)
        pooling.place(draft=draft, user_id=person(name).pk, now=NOW)
    pool = Pool.objects.get()
    campaign(pool, now=NOW, lot_multiple=10)
    asked = Commitment.objects.order_by("pk").values_list("user__name", "units", "spare_units")
    assert list(asked) == [("three", 3, 2), ("budget", 3, 0), ("steps", 2, 0)]


@pytest.mark.usefixtures("catalogue")
def test_a_preorder_that_binds_by_itself_brings_its_tolerance_where_things_are_made_in_lots() -> None:
    draft = WishDraft(text=GAMING, kind="preorder", ceiling_minor=690_000, confirmed=True, auto_bind=True, tolerance=1)
    for name in ("one", "two"):
        pooling.place(draft=draft, user_id=person(name).pk, now=NOW)
    offer = campaign(Pool.objects.get(), now=NOW, lot_multiple=3)
    campaigning.bind_due(now=NOW + timedelta(days=1))
    bound = Notice.objects.filter(kind="campaign.bound").first()
    assert bound is not None
    assert bound.params["total_minor"] == 1_204_000
    close(offer)
    assert list(Commitment.objects.order_by("pk").values_list("units", "total_minor")) == [(2, 1_204_000), (1, 602_000)]


@pytest.mark.usefixtures("catalogue")
def test_the_page_says_before_and_after_what_the_last_lot_does(client: Client, ana: User) -> None:
    client.force_login(ana, backend="django.contrib.auth.backends.ModelBackend")
    now = timezone.now()
    draft = WishDraft(text=GAMING, tolerance=1, corrections={"quantity": 3})
    pooling.place(draft=draft, user_id=ana.pk, now=now)
    offer = campaign(Pool.objects.get(), now=now, lot_multiple=4)
    place = Commitment.objects.get()
    url = reverse("demand:commitment", args=[place.public_id])

    before = client.get(url).content.decode()
    assert "Made in lots of 4." in before
    assert "¥24,080" in before
    confirm(place, units=3, spare=1, now=now)
    assert "and up to 1 more if they fill the last lot" in client.get(url).content.decode()
    close(offer)
    after = client.get(url).content.decode()
    assert "1 of them more than you asked for: it filled the last lot" in after
