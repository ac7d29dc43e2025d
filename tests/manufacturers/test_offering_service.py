"""What makers say of themselves is checked, stored once, and told on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from demand.errors import Changed, InvalidValue, NotThere
from demand.models import OutboxEvent
from manufacturers.access import NotYourRole
from manufacturers.models import CalendarException, CapacityWindow, Family, Line, Maker, Offer, OfferTier, Shift
from manufacturers.offering import reads, service
from manufacturers.offering.descriptions import LineValues
from manufacturers.offering.errors import CapacityBooked, OfferRetired
from tests.manufacturers.makers import DAY_SHIFT, NOW, maker_a, maker_b, member_of, offer_values, store_a

pytestmark = pytest.mark.django_db(transaction=True)


def test_storing_a_maker_twice_makes_nothing_twice() -> None:
    maker = store_a()
    again = store_a()
    assert maker == again
    counts = [model.objects.count() for model in (Maker, Family, Line, Offer, OfferTier, CalendarException)]
    assert counts == [1, 2, 2, 1, 2, 1]
    assert CapacityWindow.objects.count() == 9
    assert CapacityWindow.objects.values_list("week", "units").first() == (date(2026, 11, 2), 100)


def test_storing_again_keeps_what_is_booked() -> None:
    store_a()
    CapacityWindow.objects.filter(week=date(2026, 11, 2)).update(units=150, booked=130)
    store_a()
    window = CapacityWindow.objects.get(week=date(2026, 11, 2))
    assert (window.units, window.booked) == (130, 130)


def test_an_edit_raises_the_revision_and_is_told() -> None:
    maker = store_a()
    mira, offer = member_of(maker, "mira"), Offer.objects.get()
    saved = service.save_offer(
        member_id=mira.pk,
        offer_id=offer.pk,
        seen_revision=1,
        values=offer_values(title="Slim 13 to 14", tiers=((10, 10_500),)),
        now=NOW,
    )
    assert saved.revision == 2
    assert list(OfferTier.objects.values_list("min_units", "unit_price_minor")) == [(10, 10_500)]
    event = OutboxEvent.objects.filter(topic="offer.changed").latest("pk")
    assert event.payload == {"offer_id": offer.pk, "category_id": offer.category_id}
    assert event.revision == 2


def test_an_edit_of_an_older_view_is_refused() -> None:
    maker = store_a()
    mira, offer = member_of(maker, "mira"), Offer.objects.get()
    with pytest.raises(Changed):
        service.save_offer(
            member_id=mira.pk, offer_id=offer.pk, seen_revision=7, values=offer_values(title="Other"), now=NOW
        )
    assert Offer.objects.get().title == "Slim 14"


def test_a_form_sent_twice_makes_one_offer() -> None:
    mira = member_of(store_a(), "mira")
    values = offer_values(code="a-new")
    first = service.save_offer(member_id=mira.pk, offer_id=None, seen_revision=None, values=values, now=NOW)
    second = service.save_offer(member_id=mira.pk, offer_id=None, seen_revision=None, values=values, now=NOW)
    assert first == second
    with pytest.raises(InvalidValue) as refused:
        service.save_offer(
            member_id=mira.pk,
            offer_id=None,
            seen_revision=None,
            values=offer_values(code="a-new", moq=21),
            now=NOW,
        )
    assert refused.value.field == "code"
    assert Offer.objects.count() == 2


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"moq": 0}, "moq"),
        ({"title": "  "}, "title"),
        ({"tiers": ()}, "tiers"),
        ({"tiers": ((20, 9_000), (10, 8_000))}, "tiers"),
        ({"tiers": ((20, 9_000), (50, 9_500))}, "tiers"),
        ({"tiers": ((30, 9_000),)}, "tiers"),
        ({"tiers": ((20, 0),)}, "tiers"),
        ({"makes": {"use": {"any": []}}}, "makes"),
        ({"makes": {"screen_size": {"sizes": [0], "unit": "inch"}}}, "makes"),
        ({"valid_to": date(2026, 11, 1)}, "valid_to"),
        ({"freight_minor": {"CN-SC": -1}}, "freight_minor"),
        ({"category": "submarine"}, "category"),
        ({"family": "tablet"}, "family"),
        ({"state": "retired"}, "state"),
        ({"deposit_percent": 101}, "deposit_percent"),
    ],
)
def test_a_value_that_cannot_be_is_refused_beside_its_field(changed: dict[str, object], field: str) -> None:
    mira = member_of(store_a(), "mira")
    with pytest.raises(InvalidValue) as refused:
        service.save_offer(
            member_id=mira.pk,
            offer_id=None,
            seen_revision=None,
            values=offer_values(**({"code": "a-new"} | changed)),
            now=NOW,
        )
    assert refused.value.field == field
    assert Offer.objects.count() == 1


def test_only_the_own_makers_owner_edits() -> None:
    maker = store_a()
    other = Maker.objects.get(pk=service.store_maker(described=maker_b(), now=NOW).maker_id)
    noor, viewer = member_of(other, "noor"), member_of(maker, "mira", role="viewer")
    offer = Offer.objects.get(maker=maker)
    with pytest.raises(NotThere):
        service.pause_offer(member_id=noor.pk, offer_id=offer.pk, now=NOW)
    with pytest.raises(NotYourRole):
        service.pause_offer(member_id=viewer.pk, offer_id=offer.pk, now=NOW)
    assert Offer.objects.get(pk=offer.pk).state == "live"


def test_pausing_resuming_and_retiring() -> None:
    maker = store_a()
    mira, offer = member_of(maker, "mira"), Offer.objects.get()
    assert service.pause_offer(member_id=mira.pk, offer_id=offer.pk, now=NOW).state == "paused"
    assert reads.offers_for(offer.category_id, today=date(2026, 11, 2)) == []
    assert service.pause_offer(member_id=mira.pk, offer_id=offer.pk, now=NOW).revision == 2
    assert service.resume_offer(member_id=mira.pk, offer_id=offer.pk, now=NOW).state == "live"
    assert reads.offers_for(offer.category_id, today=date(2026, 11, 2)) == [offer]
    service.retire_offer(member_id=mira.pk, offer_id=offer.pk, now=NOW)
    with pytest.raises(OfferRetired):
        service.resume_offer(member_id=mira.pk, offer_id=offer.pk, now=NOW)


def test_capacity_is_set_by_week_and_never_below_what_is_booked() -> None:
    maker = store_a()
    mira, offer = member_of(maker, "mira"), Offer.objects.get()
    weeks = {date(2026, 11, 4): 70, date(2027, 1, 4): 30}
    assert service.set_capacity(member_id=mira.pk, offer_id=offer.pk, weeks=weeks, now=NOW) == 2
    assert service.set_capacity(member_id=mira.pk, offer_id=offer.pk, weeks=weeks, now=NOW) == 0
    assert reads.free_capacity(offer.pk, until=date(2026, 11, 9), today=date(2026, 11, 6)) == 170
    CapacityWindow.objects.filter(week=date(2026, 11, 2)).update(booked=60)
    with pytest.raises(CapacityBooked) as refused:
        service.set_capacity(
            member_id=mira.pk, offer_id=offer.pk, weeks={date(2026, 11, 9): 1, date(2026, 11, 2): 59}, now=NOW
        )
    assert refused.value.field == "2026-11-02"
    assert list(CapacityWindow.objects.values_list("units", flat=True)[:2]) == [70, 100]


def test_lines_shifts_and_exceptions_ask_for_a_new_plan() -> None:
    maker = store_a()
    mira = member_of(maker, "mira")
    line = Line.objects.get(code="L1")
    later = NOW + timedelta(minutes=5)
    service.save_shifts(member_id=mira.pk, line_id=line.pk, shifts=DAY_SHIFT[:1], now=later)
    assert Shift.objects.filter(line=line).count() == 1
    assert Maker.objects.get().plan_dirty_at == later
    working: dict[str, Any] = {
        "member_id": mira.pk,
        "line_id": line.pk,
        "starts_at": datetime(2026, 11, 3, 0, tzinfo=UTC),
        "ends_at": datetime(2026, 11, 3, 2, tzinfo=UTC),
        "working": True,
        "now": later,
    }
    first = service.save_exception(reason="Overtime", **working)
    assert service.save_exception(reason="Rush", **working) == first
    assert reads.calendar(line, NOW, NOW + timedelta(days=4)) == (
        (datetime(2026, 11, 2, 0, tzinfo=UTC), datetime(2026, 11, 2, 10, tzinfo=UTC)),
        (datetime(2026, 11, 3, 0, tzinfo=UTC), datetime(2026, 11, 3, 2, tzinfo=UTC)),
    )
    assert service.drop_exception(member_id=mira.pk, exception_id=first, now=later)
    assert not service.drop_exception(member_id=mira.pk, exception_id=first, now=later)
    values = LineValues(code="L3", initial_family="slim", units_per_hour={"slim": 4}, shifts=DAY_SHIFT)
    saved = service.save_line(member_id=mira.pk, line_id=None, values=values, now=later)
    assert service.save_line(member_id=mira.pk, line_id=None, values=values, now=later) == saved
    assert Line.objects.count() == 3


def test_a_described_maker_with_a_wrong_offer_stores_nothing() -> None:
    wrong = maker_a(offers=(maker_a().offers[0].__class__(values=offer_values(moq=0), units_per_week=1),))
    with pytest.raises(InvalidValue):
        service.store_maker(described=wrong, now=NOW)
    assert Maker.objects.count() == 0
