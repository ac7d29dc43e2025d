"""Everything looked at again, asked for once a night."""

from __future__ import annotations

from datetime import datetime

from demand import locking, outbox
from demand.models import Category


def request_nightly(*, now: datetime) -> int:
    """Ask for reading what waits and for pooling each category in force again; how many runs were asked for.

    Each pooling is followed by its estimates and, in manufacturers, by proposals: their own events lead on.
    """
    codes = list(Category.objects.filter(retired_at__isnull=True).order_by("pk").values_list("pk", "code"))
    with locking.transaction():
        _ask("reading", "*", 0, now=now)
        for key, code in codes:
            _ask("pooling", code, key, now=now)
    return len(codes) + 1


def _ask(stage: str, subject: str, key: int, *, now: datetime) -> None:
    payload = {"stage": stage, "subject": subject, "requested_by_id": None}
    outbox.write("run.requested", aggregate="stage", aggregate_id=key, payload=payload, now=now)
