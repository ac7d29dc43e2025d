"""How many events each source sent in a minute, counted in Redis by all web processes together."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from redis import Redis

KEPT_SECONDS = 120


def count_events(*, source_id: int, minute: int, events: int) -> int:
    """Add events to those of the source in this minute; how many there are now. Negative ones are taken back."""
    key = f"{settings.REDIS_PREFIX}signals:{source_id}:{minute}"
    with _client().pipeline(transaction=False) as asked:
        asked.incrby(key, events)
        asked.expire(key, KEPT_SECONDS)
        return int(asked.execute()[0])


@lru_cache(maxsize=1)
def _client() -> Redis:
    return Redis.from_url(settings.REDIS_URL)
