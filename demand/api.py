"""`POST /api/v1/signals`: batches of events from websites, acknowledged once they are committed."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from msgspec import Raw, Struct
from msgspec.json import Decoder
from ninja import Router, Schema
from ninja.security import APIKeyHeader, HttpBearer

from demand.collecting import reads
from demand.collecting import service as collecting
from demand.collecting.service import SCOPE_WRITE

MOST_EVENTS = 10_000
MOST_BYTES = 16 * 1024 * 1024
MOST_UNPACKED = 64 * 1024 * 1024
JSON_TYPES = ("application/json",)
NDJSON_TYPES = ("application/x-ndjson", "application/ndjson", "application/jsonl")

router = Router(tags=["signals"])


class Refusal(Exception):
    """A batch of which nothing was stored: HTTP status, stable code, sentence."""

    def __init__(self, status: int, code: str, message: str, **details: Any) -> None:
        self.status = status
        self.retry_after = details.get("retry_after")
        self.body = {"code": code, "message": message, "details": details}
        super().__init__(code)

    def response(self) -> HttpResponse:
        answer = _response(self.body, status=self.status)
        if self.retry_after is not None:
            answer["Retry-After"] = str(self.retry_after)
        return answer


class RejectedEvent(Schema):
    """An event that was kept aside: its place in the batch, why, and the field."""

    index: int
    reason: str
    field: str


class BatchAnswer(Schema):
    """What became of a batch. ``repeated`` events were stored before."""

    stored: int
    repeated: int
    rejected: list[RejectedEvent]


class RefusalAnswer(Schema):
    """Why nothing of the batch was stored."""

    code: str
    message: str
    details: dict[str, Any]


class BearerKey(HttpBearer):
    """`Authorization: Bearer KEY`."""

    def authenticate(self, request: HttpRequest, token: str) -> reads.Sender | None:
        return reads.authenticate_source(token)


class HeaderKey(APIKeyHeader):
    """`X-Api-Key: KEY`."""

    param_name = "X-Api-Key"

    def authenticate(self, request: HttpRequest, key: str | None) -> reads.Sender | None:
        return reads.authenticate_source(key) if key else None


_TEXT = {"type": ["string", "null"]}
_EVENT = {
    "type": "object",
    "required": ["event_id", "occurred_at", "kind"],
    "properties": {
        "event_id": {
            "type": "string",
            "minLength": 1,
            "maxLength": 64,
            "description": "counts once",
        },
        "occurred_at": {"type": "string", "format": "date-time"},
        "kind": {"enum": ["search", "search_zero", "view", "cart", "vote"]},
        "query": {**_TEXT, "maxLength": 400, "description": "of a search"},
        "category": {**_TEXT, "maxLength": 60, "description": "a code of the catalogue"},
        "pool": {**_TEXT, "maxLength": 64, "description": "the public id of a pool"},
        "need": {**_TEXT, "maxLength": 120},
        "person": {**_TEXT, "maxLength": 128, "description": "kept as a keyed hash, and only with consent"},
        "consent": {"type": ["boolean", "null"]},
        "units": {"type": ["integer", "null"], "minimum": 1, "maximum": 1_000_000},
        "price_minor": {"type": ["integer", "null"], "minimum": 1},
        "region": {**_TEXT, "maxLength": 8},
    },
}
_EVENTS = {"type": "array", "maxItems": MOST_EVENTS, "items": _EVENT}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "oneOf": [_EVENTS, {"type": "object", "required": ["events"], "properties": {"events": _EVENTS}}]
                }
            },
            "application/x-ndjson": {"schema": {"type": "string", "description": "one event a line"}},
        },
    }
}


@router.post(
    "/signals",
    auth=[BearerKey(), HeaderKey()],
    response={200: BatchAnswer, 422: BatchAnswer, (400, 401, 403, 413, 415, 429): RefusalAnswer},
    operation_id="record_signals",
    openapi_extra=_BODY,
    summary="Send up to 10,000 events",
)
def record_signals(request: HttpRequest) -> HttpResponse:
    """Store a batch. The answer comes after the commit, so what was acknowledged is not lost; send again what was not.

    200: every event is stored, now or before. 422: those in `rejected` were set aside for people to repair, the others
    are stored; sending them again changes nothing. Any other status: nothing was stored. Bodies may be gzipped.
    """
    try:
        source = _writer(request)
        events = _events(request)
        now = timezone.now()
        _hold_back(source, len(events), now=now)
    except Refusal as refusal:
        return refusal.response()
    done = collecting.record_signals(source_id=source.source_id, events=events, now=now, salt=source.salt)
    answer = {
        "stored": done.stored,
        "repeated": done.repeated,
        "rejected": [{"index": one.index, "reason": one.reason, "field": one.field} for one in done.rejected],
    }
    return _response(answer, status=422 if done.rejected else 200)


def _writer(request: HttpRequest) -> reads.Sender:
    source = getattr(request, "auth", None)
    if not isinstance(source, reads.Sender) or SCOPE_WRITE not in source.scopes:
        raise Refusal(403, "SCOPE_MISSING", f"This key lacks the scope {SCOPE_WRITE}.")
    return source


def _events(request: HttpRequest) -> Sequence[object]:
    """The events, undecoded where each is JSON of its own."""
    kind = (request.content_type or "").lower()
    if kind not in JSON_TYPES + NDJSON_TYPES:
        raise Refusal(415, "UNKNOWN_CONTENT_TYPE", "Send application/json or application/x-ndjson.")
    body = _body(request)
    events = _lines(body) if kind in NDJSON_TYPES else _listed(body)
    if len(events) > MOST_EVENTS:
        raise Refusal(413, "TOO_MANY_EVENTS", f"Send at most {MOST_EVENTS} events at once.", events=len(events))
    return events


def _body(request: HttpRequest) -> bytes:
    body = _sent(request)
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in {"identity", ""}:
        return body
    if encoding != "gzip":
        raise Refusal(415, "UNKNOWN_ENCODING", "Send the body as it is, or gzipped.")
    return _unpacked(body)


def _unpacked(body: bytes) -> bytes:
    """The plain bytes of one gzip stream, or of several in a row, as files put together make them."""
    plain, room = b"", MOST_UNPACKED
    while True:
        unpacking = zlib.decompressobj(wbits=31)
        try:
            plain += unpacking.decompress(body, room)
        except zlib.error as error:
            raise Refusal(400, "BAD_GZIP", "The body is not gzip.") from error
        room = MOST_UNPACKED - len(plain)
        if unpacking.unconsumed_tail or (unpacking.unused_data and not room):
            raise _too_large()
        if not unpacking.eof:
            raise Refusal(400, "TRUNCATED_GZIP", "The gzipped body ends too early.")
        body = unpacking.unused_data
        if not body:
            return plain


def _sent(request: HttpRequest) -> bytes:
    """The body as it came. A length beyond the bound is refused unread; a body in chunks is read up to the bound."""
    length = request.headers.get("Content-Length") or ""
    if not length and request.META.get("wsgi.input_terminated"):
        body: bytes = request.META["wsgi.input"].read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise _too_large()
        return body
    if length and (not length.isdigit() or int(length) > MOST_BYTES):
        raise _too_large()
    try:
        body = request.body
    except UnreadablePostError as error:
        raise _truncated() from error
    if len(body) < int(length or 0):
        raise _truncated()
    return body


def _too_large() -> Refusal:
    return Refusal(413, "TOO_LARGE", f"Send at most {MOST_BYTES} bytes at once, {MOST_UNPACKED} unpacked.")


def _truncated() -> Refusal:
    return Refusal(400, "TRUNCATED", "The body ends before its Content-Length.")


class _Wrapped(Struct):
    """``{"events": […]}``."""

    events: list[Raw]


_decode = Decoder(list[Raw] | _Wrapped).decode
_value = Decoder(Raw).decode


def _listed(body: bytes) -> list[Raw]:
    """The events, each as JSON that nobody decoded yet."""
    try:
        body.decode()  # the strings of what is not decoded are not looked at
        value = _decode(body)
    except msgspec.ValidationError as error:
        raise Refusal(400, "NOT_A_LIST", 'Send a list of events, or {"events": […]}.') from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal(400, "NOT_JSON", "The body is not JSON in UTF-8.", problem=str(error)[:200]) from error
    return value.events if isinstance(value, _Wrapped) else value


def _lines(body: bytes) -> list[object]:
    """The lines that hold anything, undecoded where they are JSON; one that is not spoils only itself."""
    lines = (line for line in body.split(b"\n") if line.strip())
    return [_line(line) for line in islice(lines, MOST_EVENTS + 1)]


def _line(line: bytes) -> object:
    """The JSON value of the line; its text where it is no JSON, its bytes where it is no UTF-8."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return line
    try:
        return _value(line)
    except (msgspec.DecodeError, RecursionError):
        return text


def _hold_back(source: reads.Sender, events: int, *, now: datetime) -> None:
    """Count the source's events of this minute; too many are asked to wait for the next, and nothing is lost."""
    minute, sent = int(now.timestamp()) // 60, max(1, events)
    if collecting.count_events(source_id=source.source_id, minute=minute, events=sent) > source.events_per_minute:
        collecting.count_events(source_id=source.source_id, minute=minute, events=-sent)
        wait = 60 - int(now.timestamp()) % 60
        raise Refusal(429, "TOO_FAST", f"Wait {wait} seconds, then send this batch again.", retry_after=wait)
    if source.last_used_at is None or source.last_used_at < now - timedelta(minutes=1):
        collecting.note_use(source_id=source.source_id, now=now)


def _response(content: dict[str, Any], *, status: int) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(content), status=status, content_type="application/json")
