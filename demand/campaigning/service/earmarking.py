"""Which wishes the order of a pool counts on, so that campaigns of others leave them to it while it is out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import connection

from demand import locking
from demand.models import Earmark


def earmark_all(
    *, category_id: int, orders: Mapping[int, Collection[int]], kept: Collection[int], now: datetime
) -> int:
    """Earmark the wishes of each pool's order in a category, and no others; how many of ``orders`` now stand.

    One transaction. Earmarks of the pools ``kept``, whose orders are out, stay as they are; a wish that one of them
    counts on is left to it. Wishes that are gone are skipped. Safe to repeat.
    """
    wishes = [wish for found in orders.values() for wish in found]
    pools = [pool for pool, found in orders.items() for _wish in found]
    with locking.transaction():
        locking.advisory(f"earmarks:{category_id}")
        with connection.cursor() as cursor:
            cursor.execute(_DROP, [category_id, sorted(kept), wishes])
            cursor.execute(_ADD, [now, wishes, pools, sorted(kept)])
            return int(cursor.rowcount)


def earmark(*, pool_id: int, category_id: int, wishes: Collection[int], now: datetime) -> int:
    """Earmark wishes for one pool's order beside all others, which keep theirs; how many it got. One transaction."""
    with locking.transaction():
        locking.advisory(f"earmarks:{category_id}")
        with connection.cursor() as cursor:
            cursor.execute(_BESIDE, [pool_id, now, sorted(wishes)])
            return int(cursor.rowcount)


def release_earmarks(*, pool_id: int) -> int:
    """The order of a pool came to nothing: other campaigns may ask whom it counted on. How many; one transaction."""
    with locking.transaction():
        return Earmark.objects.filter(pool_id=pool_id).delete()[0]


_DROP = """
DELETE FROM demand_earmark e USING demand_pool p
WHERE p.id = e.pool_id AND p.category_id = %s AND e.pool_id <> ALL(%s::bigint[])
    AND e.wish_id NOT IN (SELECT unnest(%s::bigint[]))
"""
_ADD = """
INSERT INTO demand_earmark (wish_id, pool_id, created_at)
SELECT t.wish_id, t.pool_id, %s
FROM unnest(%s::bigint[], %s::bigint[]) AS t (wish_id, pool_id) JOIN demand_wish w ON w.id = t.wish_id
ON CONFLICT (wish_id) DO UPDATE SET pool_id = excluded.pool_id, created_at = excluded.created_at
WHERE demand_earmark.pool_id <> ALL(%s::bigint[])
"""
_BESIDE = """
INSERT INTO demand_earmark (wish_id, pool_id, created_at)
SELECT w.id, %s, %s FROM demand_wish w WHERE w.id = ANY(%s::bigint[])
ON CONFLICT (wish_id) DO NOTHING
"""
