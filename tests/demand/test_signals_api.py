"""`POST /api/v1/signals`: good events stored, bad ones answered by index, unreadable batches refused whole."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from demand.collecting import service as collecting
from demand.models import QuarantinedSignal, Signal, SignalSource

URL = "/api/v1/signals"


@pytest.fixture
def key(db: None) -> str:
    return collecting.create_source(name="shop", now=timezone.now())[1]


def events(number: int) -> list[dict[str, Any]]:
    at = (timezone.now() - timedelta(minutes=5)).isoformat()
    return [{"event_id": f"e{one}", "occurred_at": at, "kind": "search", "query": "mat"} for one in range(number)]


def post(key: str, body: object, *, kind: str = "application/json", **headers: str) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client().post(URL, data, content_type=kind, headers={"Authorization": f"Bearer {key}", **headers})


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_batch_is_stored_and_a_repeat_changes_nothing(key: str, wrapped: bool) -> None:
    batch: object = {"events": events(3)} if wrapped else events(3)

    assert (post(key, batch).status_code, post(key, batch).json()) == (
        200,
        {"stored": 0, "repeated": 3, "rejected": []},
    )
    assert Signal.objects.count() == 3
    assert SignalSource.objects.get().last_used_at is not None


def test_bad_events_are_answered_by_index_and_the_good_are_stored(key: str) -> None:
    batch: list[Any] = events(4)
    batch[1]["kind"] = "sneeze"
    batch[3] = 17

    answer = post(key, batch)

    assert answer.status_code == 422
    assert answer.json() == {
        "stored": 2,
        "repeated": 0,
        "rejected": [
            {"index": 1, "reason": "UNKNOWN_KIND", "field": "kind"},
            {"index": 3, "reason": "NOT_AN_OBJECT", "field": ""},
        ],
    }
    assert QuarantinedSignal.objects.count() == 2


def test_one_broken_line_spoils_only_itself(key: str) -> None:
    lines = [json.dumps(event).encode() for event in events(2)]
    body = gzip.compress(b"\n".join([lines[0], b'{"event_id": "e', b"\xff\xfe", lines[1], b""]))

    answer = post(key, body, kind="application/x-ndjson", **{"Content-Encoding": "gzip"})

    assert (answer.status_code, answer.json()["stored"]) == (422, 2)
    assert [(one["index"], one["reason"]) for one in answer.json()["rejected"]] == [
        (1, "NOT_AN_OBJECT"),
        (2, "NOT_UTF8"),
    ]
    assert QuarantinedSignal.objects.get(reason="NOT_UTF8").raw == {"unreadable": "\\xff\\xfe"}


def test_gzip_files_put_together_are_read_to_the_end(key: str) -> None:
    lines = [gzip.compress(json.dumps(event).encode() + b"\n") for event in events(3)]

    answer = post(key, b"".join(lines), kind="application/x-ndjson", **{"Content-Encoding": "gzip"})

    assert (answer.status_code, answer.json()["stored"]) == (200, 3)


@pytest.mark.parametrize(
    ("body", "kind", "encoding", "status", "code"),
    [
        (b"{", "application/json", "", 400, "NOT_JSON"),
        (b'"\xff"', "application/json", "", 400, "NOT_JSON"),
        ('[{"query": "笔记本"}]'.encode("gbk"), "application/json", "", 400, "NOT_JSON"),
        (b"3", "application/json", "", 400, "NOT_A_LIST"),
        (b"[" * 100_000, "application/json", "", 400, "NOT_JSON"),
        (gzip.compress(b"[" + b" " * 5000, mtime=0)[:-9], "application/json", "gzip", 400, "TRUNCATED_GZIP"),
        (b"plain", "application/json", "gzip", 400, "BAD_GZIP"),
        (b"[]", "application/json", "br", 415, "UNKNOWN_ENCODING"),
        (b"[]", "text/csv", "", 415, "UNKNOWN_CONTENT_TYPE"),
        (gzip.compress(b" " * (65 * 1024 * 1024), 1, mtime=0), "application/json", "gzip", 413, "TOO_LARGE"),
        (b"[" + b"1," * 10_000 + b"1]", "application/json", "", 413, "TOO_MANY_EVENTS"),
    ],
)
def test_a_batch_that_cannot_be_read_is_refused_whole(
    key: str, body: bytes, kind: str, encoding: str, status: int, code: str
) -> None:
    answer = post(key, body, kind=kind, **({"Content-Encoding": encoding} if encoding else {}))

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Signal.objects.exists()
    assert not QuarantinedSignal.objects.exists()


def test_a_length_beyond_the_bound_is_refused_before_it_is_read(key: str) -> None:
    answer = post(key, b"[]", **{"Content-Length": str(2 * 1024**3)})

    assert (answer.status_code, answer.json()["code"]) == (413, "TOO_LARGE")


def test_only_a_key_with_the_scope_writes(key: str) -> None:
    assert post("wm_wrong", events(1)).status_code == 401
    assert Client().post(URL, b"[]", content_type="application/json").json()["code"] == "UNKNOWN_KEY"
    assert Client().post(URL, b"[]", content_type="application/json", headers={"X-Api-Key": key}).status_code == 200
    _source, reader = collecting.create_source(name="reader", scopes=(), now=timezone.now())
    assert post(reader, events(1)).json()["code"] == "SCOPE_MISSING"
    SignalSource.objects.filter(name="shop").update(active=False)
    assert post(key, events(1)).status_code == 401
    assert not Signal.objects.exists()


def test_who_sends_too_fast_is_asked_to_wait_and_loses_nothing(db: None) -> None:
    _source, key = collecting.create_source(name="eager", events_per_minute=5, now=timezone.now())

    answers = [post(key, events(4)) for _ in range(3)]

    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert 1 <= int(refused[0]["Retry-After"]) <= 60
    assert Signal.objects.count() == 4


@pytest.fixture
def kept_connection(db: None) -> Iterator[None]:
    """Requests end without closing the connection that the test's transaction lives on."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("kept_connection")
def test_whatever_the_document_allows_is_answered_as_it_says() -> None:
    _source, key = collecting.create_source(name="schema", now=timezone.now(), events_per_minute=10**9)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    answered = Counter[int]()

    @settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=schema[URL]["POST"].as_strategy())
    def check(case: schemathesis.Case[Any]) -> None:
        answer = case.call_and_validate(
            headers={"Authorization": f"Bearer {key}", "X-Api-Key": key}, excluded_checks=[positive_data_acceptance]
        )
        answered[answer.status_code] += 1

    check()
    assert answered.total() >= 40
    assert answered[200] > 0
