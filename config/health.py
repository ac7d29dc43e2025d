"""Whether this process lives, and whether what it needs answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from demand import outbox

OLDEST_UNREAD_ALLOWED = timedelta(minutes=5)


@require_GET
@never_cache
def live(_request: HttpRequest) -> JsonResponse:
    """200 while the process can answer at all; asks nothing of anybody."""
    return JsonResponse({"status": "live"})


@require_GET
@never_cache
def ready(_request: HttpRequest) -> JsonResponse:
    """200 when the database and the broker answer and the outbox is being read; else 503 with what is not so."""
    found: dict[str, Any] = {"database": True, "broker": _broker_answers(), "oldest_unread_seconds": None}
    is_read = True
    try:
        age = outbox.oldest_unread_age(timezone.now())
    except DatabaseError:
        found["database"] = False
    else:
        if age is not None:
            found["oldest_unread_seconds"] = round(age.total_seconds(), 1)
            is_read = age <= OLDEST_UNREAD_ALLOWED
    is_ready = found["database"] and found["broker"] and is_read
    return JsonResponse({"status": "ready" if is_ready else "not ready", **found}, status=200 if is_ready else 503)


def _broker_answers() -> bool:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
