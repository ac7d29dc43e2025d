"""Signals: each stored once, wrong ones kept, hours counted again, people behind a changing key."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from demand.collecting import reads
from demand.collecting import service as collecting
from demand.collecting.service import Rejected
from demand.estimating import service as estimating
from demand.estimating.service import rolling
from demand.models import DirtyHour, QuarantinedSignal, ShopperSalt, Signal, SignalRollup
from tests.demand.conftest import NOW


def event(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "event_id": f"e{number}",
        "occurred_at": (NOW - timedelta(minutes=number)).isoformat(),
        "kind": "search",
        "query": "17 inch gaming laptop",
        **fields,
    }


@pytest.fixture
def source_id(db: None) -> int:
    source, _key = collecting.create_source(name="shop", now=NOW)
    return source.pk


def record(source_id: int, *events: object, **options: Any) -> collecting.Recorded:
    return collecting.record_signals(source_id=source_id, events=events, now=NOW, **options)


def test_good_events_are_stored_once_and_bad_ones_kept_with_their_place(source_id: int) -> None:
    batch = [event(1), event(2, kind="sneeze"), event(1), "no event", event(3, category="unheard-of"), event(4)]

    first = record(source_id, *batch)
    second = record(source_id, *reversed(batch))

    assert (first.stored, first.repeated) == (2, 1)
    assert first.rejected == (
        Rejected(index=1, reason="UNKNOWN_KIND", field="kind"),
        Rejected(index=3, reason="NOT_AN_OBJECT", field=""),
        Rejected(index=4, reason="UNKNOWN_CATEGORY", field="category"),
    )
    assert (second.stored, second.repeated) == (0, 3)
    assert Signal.objects.count() == 2
    assert QuarantinedSignal.objects.count() == 3


def test_the_same_id_with_another_time_is_set_aside(source_id: int) -> None:
    record(source_id, event(1))
    moved = event(1, occurred_at=(NOW - timedelta(days=40)).isoformat())

    again = record(source_id, moved, event(2))

    assert (again.stored, again.repeated) == (1, 0)
    assert again.rejected == (Rejected(index=0, reason="OTHER_TIME", field="occurred_at"),)
    assert QuarantinedSignal.objects.get().raw == moved


@pytest.mark.parametrize("days", [-200, -40, -1, 1, 40, 95])
def test_an_id_is_known_whatever_the_month(source_id: int, days: int) -> None:
    then = NOW - timedelta(days=100)
    record(source_id, event(1, occurred_at=then.isoformat()))

    again = record(source_id, event(1, occurred_at=(then + timedelta(days=days)).isoformat()))

    assert (again.stored, len(again.rejected)) == (0, 1)


def test_events_without_a_time_are_the_same_by_id_alone(source_id: int) -> None:
    undated = {"event_id": "q1", "kind": "search", "query": "salon chair"}
    record(source_id, undated, undated=True)

    later, much_later = (
        collecting.record_signals(source_id=source_id, events=[undated], now=NOW + pause, undated=True)
        for pause in (timedelta(hours=5), timedelta(days=90))
    )

    assert (later.stored, later.repeated, later.rejected) == (0, 1, ())
    assert (much_later.stored, much_later.repeated, much_later.rejected) == (0, 1, ())


def test_an_id_may_hold_what_a_database_quotes(source_id: int) -> None:
    odd = [event(number, event_id=name) for number, name in enumerate(['a"b', "a\\b", "{a,b}", "a'b", "%s"], start=1)]

    assert record(source_id, *odd).stored == 5
    assert (record(source_id, *odd).repeated, Signal.objects.count()) == (5, 5)


@pytest.mark.parametrize("query", ["nul \x00 inside", "half \ud83d a character"])
def test_text_the_database_cannot_keep_stops_nothing_else(source_id: int, query: str) -> None:
    answer = record(source_id, event(1, query=query), event(2))

    assert (answer.stored, answer.rejected[0].reason) == (1, "BAD_TEXT")
    assert "unreadable" in QuarantinedSignal.objects.get().raw


def test_a_repaired_event_is_replayed(source_id: int) -> None:
    record(source_id, event(1, kind="sneeze"), event(2, kind="cough"))
    wrong = list(QuarantinedSignal.objects.order_by("pk"))

    answer = collecting.replay_quarantined(ids=[row.pk for row in wrong], repaired={wrong[0].pk: event(1)}, now=NOW)

    assert (answer.stored, len(answer.rejected)) == (1, 1)
    assert sorted(QuarantinedSignal.objects.values_list("state", flat=True)) == ["open", "replayed"]


@pytest.mark.usefixtures("catalogue")
def test_rollups_equal_a_recount_of_what_was_understood(source_id: int) -> None:
    record(
        source_id,
        event(1, person="p1", consent=True),
        event(2, person="p1", consent=True),
        event(3, person="p2", consent=True, region="CN-SH"),
        event(4, kind="cart", category="laptop", query=None, units=3),
        event(90, query="qqqq zzzz"),
    )
    assert DirtyHour.objects.count() == 2

    rolled = estimating.roll_up(now=NOW)

    assert (rolled.hours, DirtyHour.objects.count()) == (2, 0)
    rows = list(
        SignalRollup.objects.order_by("hour", "kind", "region").values_list(
            "category__code", "need", "region", "kind", "events", "units", "persons"
        )
    )
    assert rows == [
        (None, "qqqq zzzz", "", "search", 1, 1, 0),
        ("laptop", "", "", "cart", 1, 3, 0),
        ("laptop", "screen_size=17..17&use=gaming", "", "search", 2, 2, 1),
        ("laptop", "screen_size=17..17&use=gaming", "CN-SH", "search", 1, 1, 1),
    ]
    record(source_id, event(5, person="p3", consent=True))
    estimating.roll_up(now=NOW)
    assert SignalRollup.objects.get(region="", kind="search", category__code="laptop").persons == 2


@pytest.mark.usefixtures("catalogue")
def test_what_people_search_for_day_after_day_is_read_once(source_id: int) -> None:
    days = [event(day, occurred_at=(NOW - timedelta(days=day)).isoformat()) for day in range(1, 4)]
    record(source_id, *days, event(9, query="qqqq zzzz"))

    with patch.object(rolling, "understood", wraps=rolling.understood) as asked:
        estimating.roll_up(now=NOW)

    texts = [text for call in asked.call_args_list for text in call.args[0]]
    assert sorted(texts) == ["17 inch gaming laptop", "qqqq zzzz"]
    counted = SignalRollup.objects.filter(category__code="laptop").values_list("events", flat=True)
    assert list(counted) == [1, 1, 1]


def test_no_consent_no_key_and_a_key_for_one_salt_period_only(source_id: int) -> None:
    record(
        source_id,
        event(1, person="p1", consent=True),
        event(2, person="p1"),
        event(3, person="p1", consent=True),
        event(4, person="p1", consent=True, occurred_at=(NOW - timedelta(days=100)).isoformat()),
    )

    keys = dict(Signal.objects.values_list("event_id", "person_key"))
    assert keys["e1"] == keys["e3"] != ""
    assert keys["e2"] == ""
    assert keys["e4"] not in {"", keys["e1"]}
    assert ShopperSalt.objects.count() == 2


@pytest.mark.django_db
def test_what_visitors_of_our_own_pages_do_is_counted() -> None:
    collecting.record_site_event(kind="search_zero", visitor_key="cookie", query="moon\x00boots", now=NOW)
    collecting.record_site_event(kind="search", visitor_key="cookie", person_id=7, consent=True, query="x", now=NOW)
    collecting.record_site_event(kind="search", visitor_key="other", person_id=7, consent=True, query="x", now=NOW)

    keys = list(Signal.objects.order_by("kind").values_list("kind", "query", "person_key"))
    assert [row[:2] for row in keys] == [("search", "x"), ("search", "x"), ("search_zero", "moonboots")]
    assert len({row[2] for row in keys}) == 2
    assert DirtyHour.objects.values("hour").distinct().count() == 1


@pytest.mark.django_db
def test_a_key_is_shown_once_and_checked_by_its_hash() -> None:
    source, key = collecting.create_source(name="feed", now=NOW)

    found = reads.authenticate_source(key)
    assert found is not None
    assert found.source_id == source.pk
    assert found.scopes == (collecting.SCOPE_WRITE,)
    assert key not in (source.key_hash, source.key_prefix)
    assert found.salt == {}
    collecting.record_site_event(kind="search", visitor_key="v", query="chair", now=NOW)
    again = reads.authenticate_source(key)
    assert again is not None
    assert dict(again.salt) == dict(ShopperSalt.objects.values_list("starts_at", "secret"))
    assert "salt" not in repr(again)
    assert reads.authenticate_source(key + "x") is None
    assert reads.authenticate_source("") is None


@pytest.mark.django_db
def test_months_are_made_ahead_and_dropped_by_age() -> None:
    assert collecting.make_partitions(now=NOW, months_ahead=2) == 3
    assert collecting.make_partitions(now=NOW, months_ahead=2) == 0
    assert collecting.drop_partitions(now=NOW + timedelta(days=31 * 16), keep_months=14) == 2
