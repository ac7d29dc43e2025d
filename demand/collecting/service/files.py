"""Signals from CSV and JSON-lines files: each row an event, however often the file is read."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from demand.collecting.rows import Row, UnusableFile, rows_of
from demand.collecting.service.signals import record_signals
from demand.collecting.service.sources import named_source, note_use
from demand.collecting.service.wishes import Imported, RowProblem

CHUNK = 5000

# What other systems call our fields, first match wins.
NAMES = {
    "event_id": ("event_id", "id", "query_id"),
    "occurred_at": ("occurred_at", "at", "time", "timestamp"),
    "kind": ("kind", "event", "type"),
    "query": ("query", "search", "keyword", "text"),
    "need": ("need", "query_class"),
    "category": ("category",),
    "pool": ("pool",),
    "person": ("person", "shopper"),
    "consent": ("consent",),
    "units": ("units", "quantity"),
    "price_minor": ("price_minor",),
    "region": ("region",),
}
NUMBERS = ("units", "price_minor")
EXPECTED = {
    "occurred_at": "a time with its zone, within the last 400 days",
    "kind": "search, search_zero, view, cart or vote",
    "query": "the words searched for, at most 400 characters",
    "category": "the code of a category in the catalogue",
    "pool": "the public id of a pool",
    "units": "a whole number from 1 to 1,000,000",
    "price_minor": "a whole number above 0",
    "consent": "true or false",
    "": "as many cells as the header has",
}


def import_signals(*, path: Path | str, source: str, now: datetime) -> Imported:
    """Store a file's events under the named source; chunks of their own transactions, safe to repeat and to kill.

    Columns are known by several names; a file of searches needs only ``query``. A row without an id is the same by its
    content (its second appearance in a file is a second event); one without a time happened when it was first read.
    Raises :class:`UnusableFile` for a file whose columns hold no event.
    """
    source_id = named_source(name=source, now=now)
    rows = iter(rows_of(Path(path)))
    seen: Counter[str] = Counter()
    stored = repeated = 0
    rejected: list[RowProblem] = []
    while chunk := list(islice(rows, CHUNK)):
        events = [_event(row, seen, file=str(path)) for row in chunk]
        for undated in (False, True):
            own = [at for at, event in enumerate(events) if _undated(event) is undated]
            if not own:
                continue
            answer = record_signals(source_id=source_id, events=[events[at] for at in own], now=now, undated=undated)
            stored, repeated = stored + answer.stored, repeated + answer.repeated
            rejected += [
                _problem(str(path), chunk[own[one.index]].line, one.field, one.reason) for one in answer.rejected
            ]
        note_use(source_id=source_id, now=now)
    return Imported(
        stored=stored, repeated=repeated, rejected=tuple(sorted(rejected, key=lambda problem: problem.line))
    )


def _event(row: Row, seen: Counter[str], *, file: str) -> dict[str, Any] | str:
    """The event a row says; the row itself where it cannot be read, which is then rejected like any other event."""
    if row.fields is None:
        return row.raw
    event = _named(row.fields)
    if not any(name in row.fields for name in (*NAMES["kind"], *NAMES["query"])):
        raise UnusableFile(file=file, problem=f"line {row.line}: expected a column query, or kind with its fields")
    event.setdefault("kind", "search")
    if "event_id" not in event:
        said = json.dumps(event, sort_keys=True, default=str)
        seen[said] += 1
        digest = hashlib.sha256(f"{said}\n{seen[said]}".encode("utf-8", "surrogatepass"))
        event["event_id"] = digest.hexdigest()[:40]
    return event


def _undated(event: dict[str, Any] | str) -> bool:
    return isinstance(event, dict) and "occurred_at" not in event


def _named(fields: Mapping[str, Any]) -> dict[str, Any]:
    event = {}
    for name, spellings in NAMES.items():
        value = next((fields[one] for one in spellings if fields.get(one) not in (None, "")), None)
        if value is not None:
            event[name] = _typed(name, value)
    return event


def _typed(name: str, value: Any) -> Any:
    """Cells of a CSV file are texts; numbers and flags among them are meant as such."""
    if not isinstance(value, str):
        return value
    if name in NUMBERS and value.strip().isascii() and value.strip().isdigit() and len(value) < 16:
        return int(value)
    if name == "consent" and value.strip().lower() in {"true", "false", "1", "0", "yes", "no"}:
        return value.strip().lower() in {"true", "1", "yes"}
    return value


def _problem(file: str, line: int, field: str, reason: str) -> RowProblem:
    expected = EXPECTED.get(field, "a text that fits its field")
    return RowProblem(file=file, line=line, field=field, reason=reason, expected=expected)
