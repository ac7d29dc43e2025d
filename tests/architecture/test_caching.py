"""Processes of one test run share a Redis, and do not disturb each other in it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.cache.backends.redis import RedisCache


def test_clearing_the_cache_leaves_other_processes_alone(django_db_modify_db_settings: Any) -> None:
    neighbour = RedisCache(settings.CACHES["default"]["LOCATION"], {"KEY_PREFIX": settings.REDIS_PREFIX + "neighbour"})
    neighbour.set("session", "hers")
    cache.set("session", "mine")
    cache.clear()
    assert (cache.get("session"), neighbour.get("session")) == (None, "hers")
    neighbour.delete("session")
