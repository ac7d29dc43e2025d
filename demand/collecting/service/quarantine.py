"""Events that could not be used: kept with their reason, repaired by staff, sent in again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from demand.models import QuarantinedSignal

MOST_KEPT_CHARACTERS = 20_000


def keep(source_id: int, wrong: Sequence[tuple[object, str, str]], *, now: datetime) -> None:
    """Store (raw, reason, field) once each, in the transaction of the batch."""
    rows = []
    for raw, reason, field in wrong:
        kept, digest = _storable(raw)
        rows.append(
            QuarantinedSignal(
                source_id=source_id, raw=kept, raw_hash=digest, reason=reason, field=field, received_at=now
            )
        )
    QuarantinedSignal.objects.bulk_create(rows, ignore_conflicts=True)


def _storable(raw: object) -> tuple[Any, str]:
    """The event as PostgreSQL can keep it: text where it holds NUL, half a character, NaN,
    or too much, and where it is no UTF-8."""
    if isinstance(raw, bytes):
        text = raw.decode("utf-8", "backslashreplace").replace("\x00", "\\x00")
        return {"unreadable": text[:MOST_KEPT_CHARACTERS]}, _digest(text)
    try:
        text = json.dumps(raw, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError):
        text = repr(raw)
        return {"unreadable": ascii(text)[:MOST_KEPT_CHARACTERS]}, _digest(text)
    if len(text) > MOST_KEPT_CHARACTERS or "\\u0000" in text or "\\ud" in text:
        return {"unreadable": text[:MOST_KEPT_CHARACTERS]}, _digest(text)
    return raw, _digest(text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
