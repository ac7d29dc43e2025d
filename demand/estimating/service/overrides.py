"""Staff correct an estimate with a reason; the computed value stays."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from demand import locking
from demand.errors import InvalidValue, NotThere
from demand.models import EstimateOverride, Pool

MOST_FACTOR_PERMILLE = 10_000


def override(*, pool_id: int, factor_permille: int, reason: str, by_id: int, now: datetime) -> int:
    """Multiply a pool's expected units by a factor until it is undone; the correction's key.

    An earlier correction in force ends. The same factor and reason again change nothing.
    """
    if not reason.strip():
        raise InvalidValue(_("Say why, so that others can judge it."), field="reason")
    if not 0 <= factor_permille <= MOST_FACTOR_PERMILLE:
        raise InvalidValue(_("Choose a factor from 0 to 10."), field="factor")
    with locking.transaction():
        if locking.lock((Pool, [pool_id])).get(Pool, pool_id) is None:
            raise NotThere
        current = EstimateOverride.objects.filter(pool_id=pool_id, undone_at__isnull=True)
        same = current.filter(factor_permille=factor_permille, reason=reason.strip()).first()
        if same is not None:
            return same.pk
        current.update(undone_at=now)
        made = EstimateOverride.objects.create(
            pool_id=pool_id, factor_permille=factor_permille, reason=reason.strip()[:300], by_id=by_id, created_at=now
        )
    return made.pk


def undo_override(*, pool_id: int, now: datetime) -> bool:
    """Let the computed estimate stand again; whether there was a correction to undo."""
    with locking.transaction():
        locking.lock((Pool, [pool_id]))
        return bool(EstimateOverride.objects.filter(pool_id=pool_id, undone_at__isnull=True).update(undone_at=now))
