"""Two proposals reach for the same weeks at once: each gets units that are free, and no week is ever overbooked."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import connection

from demand import locking
from manufacturers.models import CapacityBooking, CapacityWindow, Offer, Proposal
from manufacturers.offering import kernel, reads, steps
from manufacturers.offering.errors import CapacityTaken
from tests.manufacturers.makers import NOW, proposal, store_a

pytestmark = pytest.mark.django_db(transaction=True)
UNTIL = date(2026, 11, 9)
TODAY = date(2026, 11, 2)


@pytest.fixture
def rivals() -> list[Proposal]:
    """Two proposals for an offer with 100 units in each of two weeks."""
    store_a()
    offer = Offer.objects.get()
    return [proposal(offer, key=key) for key in ("one", "two")]


def side_by_side(book: Callable[[Proposal], str], rivals: list[Proposal]) -> list[str]:
    """What each rival got, each on a connection of its own."""

    def alone(rival: Proposal) -> str:
        try:
            return book(rival)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(rivals)) as pool:
        return list(pool.map(alone, rivals))


def booked() -> list[int]:
    return list(CapacityWindow.objects.filter(week__lte=UNTIL).values_list("booked", flat=True))


def reserve(rival: Proposal, *, units: int, locked: bool) -> str:
    try:
        with locking.transaction():
            if locked:
                windows = reads.window_ids(rival.offer_id, until=UNTIL, today=TODAY)
                locking.lock((CapacityWindow, windows), (Proposal, [rival.pk]))
            steps.book(rival, rival.offer_id, units, UNTIL, NOW)
    except CapacityTaken:
        return "taken"
    return "booked"


def test_control_without_the_lock_a_rival_is_refused_units_that_are_free(
    rivals: list[Proposal], monkeypatch: pytest.MonkeyPatch
) -> None:
    both_have_read, real = Barrier(2), kernel.spread

    def after_both(free: list[tuple[int, int]], units: int) -> list[tuple[int, int]] | None:
        both_have_read.wait(timeout=20)
        return real(free, units)

    monkeypatch.setattr(steps, "spread", after_both)
    answers = side_by_side(lambda rival: reserve(rival, units=100, locked=False), rivals)
    assert sorted(answers) == ["booked", "taken"]
    assert booked() == [100, 0]


def test_with_the_lock_both_get_what_is_free(rivals: list[Proposal]) -> None:
    answers = side_by_side(lambda rival: reserve(rival, units=100, locked=True), rivals)
    assert answers == ["booked", "booked"]
    assert booked() == [100, 100]


def test_with_the_lock_one_is_refused_where_too_little_is_left(rivals: list[Proposal]) -> None:
    answers = side_by_side(lambda rival: reserve(rival, units=150, locked=True), rivals)
    assert sorted(answers) == ["booked", "taken"]
    assert booked() == [100, 50]


def test_a_repeat_books_nothing_more_and_other_units_replace(rivals: list[Proposal]) -> None:
    first, _second = rivals
    for units, expected in ((150, [100, 50]), (150, [100, 50]), (200, [100, 100]), (30, [30, 0])):
        assert reserve(first, units=units, locked=True) == "booked"
        assert booked() == expected
    assert reserve(first, units=201, locked=True) == "taken"
    assert booked() == [30, 0]


def test_binding_keeps_and_freeing_gives_back_once(rivals: list[Proposal]) -> None:
    first, _second = rivals
    reserve(first, units=150, locked=True)
    with locking.transaction():
        assert steps.bind(first, NOW) == 150
        assert steps.bind(first, NOW) == 150
    assert set(CapacityBooking.objects.values_list("state", flat=True)) == {"bound"}
    with locking.transaction():
        locking.lock((CapacityWindow, reads.booked_window_ids([first.pk])), (Proposal, [first.pk]))
        assert steps.free(first, NOW) == 150
        assert steps.free(first, NOW) == 0
    assert booked() == [0, 0]
    assert reserve(first, units=20, locked=True) == "booked"
    assert booked() == [20, 0]
