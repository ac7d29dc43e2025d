"""Events from outside: what is taken, and what each refusal is called."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from demand.collecting.kernel import Event, Rejected, Window, parse_batch, parse_event, value_of

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WINDOW = Window(now=NOW, skew=timedelta(minutes=10), oldest=timedelta(days=400))
SEARCH = {"event_id": "e1", "occurred_at": "2026-03-01T11:00:00Z", "kind": "search", "query": "red laptop"}


def test_a_search_with_only_what_it_needs() -> None:
    assert parse_event(SEARCH, window=WINDOW) == Event(
        event_id="e1", occurred_at=datetime(2026, 3, 1, 11, 0, tzinfo=UTC), kind="search", query="red laptop"
    )


def test_every_field_and_another_zone() -> None:
    raw = {
        "id": 17,
        "at": "2026-03-01T19:30:00+08:00",
        "kind": "cart",
        "person": " ana ",
        "consent": True,
        "category": "laptop",
        "need": "screen_size=17",
        "pool": "p9",
        "units": 2.0,
        "price_minor": 699900,
        "region": "CN-31",
        "from_newer_source": [1],
    }
    assert parse_event(raw, window=WINDOW) == Event(
        event_id="17",
        occurred_at=datetime(2026, 3, 1, 11, 30, tzinfo=UTC),
        kind="cart",
        person="ana",
        consent=True,
        category="laptop",
        need="screen_size=17",
        pool="p9",
        units=2,
        price_minor=699900,
        region="CN-31",
    )


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        ({"event_id": None}, "MISSING", "event_id"),
        ({"event_id": "  "}, "EMPTY", "event_id"),
        ({"event_id": "x" * 65}, "TOO_LONG", "event_id"),
        ({"event_id": 10**5000}, "TOO_LONG", "event_id"),
        ({"event_id": True}, "WRONG_TYPE", "event_id"),
        ({"kind": None}, "MISSING", "kind"),
        ({"kind": "purchase"}, "UNKNOWN_KIND", "kind"),
        ({"kind": ["search"]}, "UNKNOWN_KIND", "kind"),
        ({"query": ""}, "MISSING", "query"),
        ({"query": "a" * 401}, "TOO_LONG", "query"),
        ({"query": "a\x00b"}, "BAD_TEXT", "query"),
        ({"query": "\ud83d"}, "BAD_TEXT", "query"),
        ({"query": {"q": 1}}, "WRONG_TYPE", "query"),
        ({"kind": "view"}, "MISSING", "pool"),
        ({"kind": "vote"}, "MISSING", "pool"),
        ({"consent": "yes"}, "WRONG_TYPE", "consent"),
        ({"units": 0}, "OUT_OF_RANGE", "units"),
        ({"units": 1_000_001}, "OUT_OF_RANGE", "units"),
        ({"units": 1.5}, "WRONG_TYPE", "units"),
        ({"units": True}, "WRONG_TYPE", "units"),
        ({"units": float("nan")}, "OUT_OF_RANGE", "units"),
        ({"units": float("inf")}, "OUT_OF_RANGE", "units"),
        ({"price_minor": 0}, "OUT_OF_RANGE", "price_minor"),
        ({"price_minor": "6999"}, "WRONG_TYPE", "price_minor"),
        ({"occurred_at": None}, "MISSING", "occurred_at"),
        ({"occurred_at": 1772362800}, "WRONG_TYPE", "occurred_at"),
        ({"occurred_at": "yesterday"}, "BAD_TIME", "occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "BAD_TIME", "occurred_at"),
        ({"occurred_at": "2026-03-01T11:00:00"}, "NO_ZONE", "occurred_at"),
        ({"occurred_at": "2026-03-01T12:10:01Z"}, "IN_FUTURE", "occurred_at"),
        ({"occurred_at": "2025-01-25T11:59:59Z"}, "TOO_OLD", "occurred_at"),
    ],
)
def test_what_cannot_be_used_is_named(change: dict[str, Any], reason: str, field: str) -> None:
    assert parse_event({**SEARCH, **change}, window=WINDOW) == Rejected(reason=reason, field=field)


@pytest.mark.parametrize("at", ["2026-03-01T12:10:00Z", "2025-01-25T12:00:00Z"])
def test_both_ends_of_the_window_are_inside_and_the_time_is_kept(at: str) -> None:
    event = parse_event({**SEARCH, "occurred_at": at}, window=WINDOW)
    assert isinstance(event, Event)
    assert event.occurred_at == datetime.fromisoformat(at)


def test_a_batch_answers_in_order() -> None:
    answers = parse_batch([SEARCH, "nonsense", {**SEARCH, "kind": "sneeze"}, {**SEARCH, "id": "e2"}], window=WINDOW)
    assert answers[0] == answers[3] == parse_event(SEARCH, window=WINDOW)
    assert answers[1:3] == [Rejected(reason="NOT_AN_OBJECT"), Rejected(reason="UNKNOWN_KIND", field="kind")]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
FIELDS = st.sampled_from(["event_id", "id", "occurred_at", "at", "kind", "query", "pool", "units", "consent", "person"])


@given(st.dictionaries(FIELDS, VALUES) | VALUES)
def test_no_input_raises(raw: object) -> None:
    assert isinstance(parse_event(raw, window=WINDOW), Event | Rejected)


@given(st.dictionaries(FIELDS, VALUES))
def test_what_is_taken_can_be_stored_as_text(change: dict[str, Any]) -> None:
    event = parse_event({**SEARCH, **change}, window=WINDOW)
    if isinstance(event, Event):
        assert "\\u0000" not in json.dumps([event.event_id, event.query, event.pool, event.person])
        assert event.occurred_at.tzinfo is UTC


TEXTS = st.sampled_from(["e1", " e1 ", "", "  ", "x" * 8, "x" * 500, "a\tb", "a\x00", "\ud83d", "\u00a0", "é", "笔", 7])
TIMES = st.sampled_from(
    [
        "2026-03-01T11:00:00Z",
        " 2026-03-01T11:00:00+08:00",
        "2026-03-01T11:00:00.1234567Z",
        "2026-03-01",
        "20260301T110000Z",
        "2026-03-01T11:00:00",
        "0001-01-01T00:00:00+14:00",
        "2027-01-01T00:00:00Z",
        "2020-01-01T00:00:00Z",
    ]
)
NUMBERS = st.sampled_from([1, 2.0, 1.5, 0, True, "3", 10**13])
NAMED = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("event_id", "id", "person", "category", "need", "query", "pool", "region"), TEXTS | st.none()),
        **dict.fromkeys(("units", "price_minor"), NUMBERS | st.none()),
        "kind": st.sampled_from(["search", "search_zero", "view", "cart", "vote", "sneeze", None, 1]),
        "occurred_at": TIMES | VALUES,
        "consent": st.booleans() | VALUES,
    },
)


@settings(max_examples=300)
@given(NAMED)
def test_a_batch_says_of_each_event_what_its_rules_say(change: dict[str, Any]) -> None:
    raw = {**SEARCH, **change}
    assert parse_batch([raw], window=WINDOW) == [parse_event(raw, window=WINDOW)]


@settings(max_examples=200)
@given(NAMED)
def test_json_that_nobody_decoded_is_judged_as_what_it_says(change: dict[str, Any]) -> None:
    sent = json.dumps({**SEARCH, **change}).encode()
    assert parse_batch([Raw(sent)], window=WINDOW) == [parse_event(json.loads(sent), window=WINDOW)]


def test_one_odd_event_is_found_among_many_plain_ones() -> None:
    sent = [{**SEARCH, "event_id": f"e{number}", "region": None} for number in range(9)]
    sent[5]["query"] = " spaced "

    answers = parse_batch([Raw(json.dumps(event).encode()) for event in sent], window=WINDOW)

    assert answers == [parse_event(event, window=WINDOW) for event in sent]


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        (Raw(b'{"a": [1, null]}'), {"a": [1, None]}),
        (Raw(b'{"a": '), '{"a": '),
        (Raw(b"\xff"), b"\xff"),
        (Raw(b'"\\ud83d"'), "\ud83d"),
        ({"a": 1}, {"a": 1}),
    ],
)
def test_what_was_sent_can_always_be_kept(sent: object, value: object) -> None:
    assert value_of(sent) == value
