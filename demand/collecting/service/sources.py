"""Who may send signals: sources with an API key that is shown once and kept as a hash."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from demand import locking
from demand.collecting.keys import PREFIX_LENGTH, key_hash
from demand.errors import DomainError, NotThere
from demand.models import SignalSource

SCOPE_WRITE = "signals:write"


class NameTaken(DomainError):
    """Another source has this name."""

    code = "NAME_TAKEN"
    message = _("Another source has this name. Choose one that tells them apart.")


class WithoutKey(DomainError):
    """The site's own source and files send without a key."""

    code = "WITHOUT_KEY"
    message = _("This is the site itself or a file; nobody sends in its name with a key.")


def create_source(
    *, name: str, now: datetime, scopes: Sequence[str] = (SCOPE_WRITE,), events_per_minute: int = 600_000
) -> tuple[SignalSource, str]:
    """A new source and its key, which is never shown again. Raises :class:`NameTaken`."""
    key = _new_key()
    try:
        with locking.transaction():
            source = SignalSource.objects.create(
                name=name,
                key_prefix=key[:PREFIX_LENGTH],
                key_hash=key_hash(key),
                scopes=list(scopes),
                events_per_minute=events_per_minute,
                created_at=now,
            )
    except IntegrityError:
        if SignalSource.objects.filter(name=name).exists():
            raise NameTaken(field="name") from None
        raise
    return source, key


def renew_key(*, source_id: int) -> str:
    """Another key for a source; the one before ends at once. Raises :class:`WithoutKey`, :class:`NotThere`."""
    key = _new_key()
    with locking.transaction():
        _with_key(source_id)
        SignalSource.objects.filter(pk=source_id).update(key_prefix=key[:PREFIX_LENGTH], key_hash=key_hash(key))
    return key


def set_active(*, source_id: int, active: bool) -> None:
    """Take what a source sends, or refuse it from now on; repeating it changes nothing.

    Raises :class:`WithoutKey`, :class:`NotThere`.
    """
    with locking.transaction():
        _with_key(source_id)
        SignalSource.objects.filter(pk=source_id).update(active=active)


def _with_key(source_id: int) -> SignalSource:
    source = SignalSource.objects.select_for_update().filter(pk=source_id).first()
    if source is None:
        raise NotThere
    if not source.key_hash:
        raise WithoutKey
    return source


def _new_key() -> str:
    return f"wm_{secrets.token_urlsafe(32)}"


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
