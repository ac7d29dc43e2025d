"""The cache of one test process: clearing it leaves the keys of every other process alone.

Django clears a Redis cache by emptying the whole database, which all processes of a run share. One that did so took
the sessions out of the cache under a test beside it, whose next page then asked PostgreSQL once more than counted,
and the queued tasks of a worker beside it.
"""

from __future__ import annotations

from django.core.cache.backends.redis import RedisCache


class OwnKeysCache(RedisCache):
    """Redis, where ``clear`` deletes the keys under this process' prefix."""

    def clear(self) -> None:
        client = self._cache.get_client(write=True)  # type: ignore[attr-defined]
        found = list(client.scan_iter(match=f"{self.key_prefix}:*", count=1000))
        if found:
            client.delete(*found)
