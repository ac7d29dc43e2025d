"""What the frame of every page shows: who is looking, and how much waits for them."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from demand import access
from demand.models import Notice
from demand.pooling.reads import pages


def base(request: HttpRequest) -> dict[str, Any]:
    """Role and counts for ``base.html``. Counts are asked of the database only where a page shows them."""
    visitor = getattr(request, "user", None)
    if visitor is None or not access.signed_in(visitor):
        return {"role": "anonymous", "unread_notices": 0, "my_open_wishes": 0, "demo_codes": settings.DEMO_CODES}
    user_id = visitor.pk

    @cache
    def unread_notices() -> int:
        return Notice.objects.filter(user_id=user_id, read_at__isnull=True).count()

    @cache
    def my_open_wishes() -> int:
        return pages.open_wishes(user_id)

    role = "staff" if visitor.is_staff else "shopper"
    return {
        "role": role,
        "unread_notices": unread_notices,
        "my_open_wishes": my_open_wishes,
        "demo_codes": settings.DEMO_CODES,
    }
