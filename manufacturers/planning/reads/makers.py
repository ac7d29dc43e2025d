"""Which makers a job is about."""

from __future__ import annotations

from manufacturers.models import Maker


def codes() -> list[str]:
    """Of the active makers."""
    return list(Maker.objects.filter(active=True).order_by("code").values_list("code", flat=True))


def to_plan(*, subject: str, asked: bool) -> list[int]:
    """Active makers named by ``subject`` (a code, or ``*`` for all); without ``asked`` only those with a stale plan."""
    rows = Maker.objects.filter(active=True)
    if subject != "*":
        rows = rows.filter(code=subject)
    if not asked:
        rows = rows.filter(plan_dirty_at__isnull=False)
    return list(rows.order_by("pk").values_list("pk", flat=True))
