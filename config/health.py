"""Whether this process lives, and whether what it needs answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

OLDEST_UNREAD_ALLOWED = timedelta(minutes=5)


@require_GET
@never_cache
def live(_request: HttpRequest) -> JsonResponse:
    """200 while the process can answer at all; asks nothing of anybody."""
    return JsonResponse({"status": "live"})


@require_GET
@never_cache
def ready(_request: HttpRequest) -> JsonResponse:
    """200 when the database and the broker answer; else 503 with what does not."""
    found: dict[str, Any] = {"database": _database_answers(), "broker": _broker_answers()}
    is_ready = all(found.values())
    return JsonResponse({"status": "ready" if is_ready else "not ready", **found}, status=200 if is_ready else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker_answers() -> bool:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
