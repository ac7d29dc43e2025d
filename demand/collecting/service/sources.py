"""Who may send signals: sources with an API key that is shown once and kept as a hash."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from demand import locking
from demand.collecting.keys import PREFIX_LENGTH, key_hash
from demand.models import SignalSource

SCOPE_WRITE = "signals:write"


def create_source(
    *, name: str, now: datetime, scopes: Sequence[str] = (SCOPE_WRITE,), events_per_minute: int = 600_000
) -> tuple[SignalSource, str]:
    """A new source and its key, which is never shown again. Raises ``IntegrityError`` for a name that is taken."""
    key = f"wm_{secrets.token_urlsafe(32)}"
    with locking.transaction():
        source = SignalSource.objects.create(
            name=name,
            key_prefix=key[:PREFIX_LENGTH],
            key_hash=key_hash(key),
            scopes=list(scopes),
            events_per_minute=events_per_minute,
            created_at=now,
        )
    return source, key


def named_source(*, name: str, now: datetime) -> int:
    """The key of the source of this name, made where it is absent: for the site itself and for files."""
    found = SignalSource.objects.filter(name=name).values_list("pk", flat=True).first()
    if found is not None:
        return found
    with locking.transaction():
        SignalSource.objects.bulk_create(
            [
                SignalSource(
                    name=name,
                    key_prefix=secrets.token_hex(PREFIX_LENGTH // 2),
                    key_hash="",  # no key hashes to nothing, so nobody can send in this name
                    scopes=[],
                    created_at=now,
                )
            ],
            ignore_conflicts=True,
        )
    return SignalSource.objects.values_list("pk", flat=True).get(name=name)


def note_use(*, source_id: int, now: datetime) -> None:
    """Remember when a key was last used, to the minute."""
    due = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - timedelta(minutes=1))
    SignalSource.objects.filter(due, pk=source_id).update(last_used_at=now)
