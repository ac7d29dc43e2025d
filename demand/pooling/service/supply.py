"""What pools show of supply, written by manufacturers; and the hourly snapshot that hides single people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from demand import locking
from demand.errors import NotThere
from demand.models import Pool, PoolTerms, PoolTier


def set_terms(
    *,
    pool_id: int,
    source_key: str,
    min_units: int,
    lead_days: int,
    makers: int,
    state: str,
    tiers: Sequence[tuple[int, int]],
    revision: int,
    now: datetime,
) -> bool:
    """Store the best terms a pool could be made on; whether they were newer than what stood.

    ``tiers`` are (units, delivered price before the region's freight) rising in units. An older ``revision`` changes
    nothing. Each tier's firm units count the pool's pre-orders whose ceiling allows its price.
    """
    with locking.transaction():
        pool = locking.lock((Pool, [pool_id])).get(Pool, pool_id)
        if pool is None:
            raise NotThere
        known = PoolTerms.objects.select_for_update().filter(pool=pool).first()
        if known is not None and known.revision > revision:
            return False
        terms, _new = PoolTerms.objects.update_or_create(
            pool=pool,
            defaults={
                "source_key": source_key,
                "min_units": min_units,
                "lead_days": lead_days,
                "makers": makers,
                "state": state,
                "revision": revision,
                "updated_at": now,
            },
        )
        PoolTier.objects.filter(terms=terms).delete()
        PoolTier.objects.bulk_create(
            [PoolTier(terms=terms, min_units=units, price_minor=price) for units, price in tiers]
        )
        _count_firm(pool_id)
    return True


def _count_firm(pool_id: int | None = None) -> None:
    """Count the firm units of each tier of a pool again; of every pool that is live where none is named."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRM, {"pool": pool_id})
        cursor.execute(_FIRM_NOW, {"pool": pool_id, "category": None})


def count_firm(category_id: int) -> None:
    """Count the firm units that accept the first price of each pool of a category again."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRM_NOW, {"pool": None, "category": category_id})


# A tier's price includes the freight that a region without a rate pays, so that it compares with a ceiling.
_FIRM = """
UPDATE demand_pool_tier t SET firm_units = counted.firm FROM (
    SELECT t.id, coalesce(sum(m.firm_units) FILTER (
        WHERE w.ceiling_minor IS NULL OR w.ceiling_minor >= t.price_minor), 0) AS firm
    FROM demand_pool_tier t JOIN demand_pool_terms s ON s.id = t.terms_id JOIN demand_pool p ON p.id = s.pool_id
    LEFT JOIN demand_pool_membership m ON m.pool_id = s.pool_id AND m.firm_units > 0
    LEFT JOIN demand_wish w ON w.id = m.wish_id
    WHERE CASE WHEN %(pool)s::bigint IS NULL THEN p.state IN ('open', 'campaign') ELSE s.pool_id = %(pool)s END
    GROUP BY t.id) counted
WHERE counted.id = t.id AND counted.firm <> t.firm_units
"""


# The distance to the minimum is live: single wishes move it as they come and go, and it is counted here.
_FIRM_NOW = """
UPDATE demand_pool_terms s SET firm_units = counted.firm FROM (
    SELECT s.id, coalesce(sum(m.firm_units) FILTER (
        WHERE w.ceiling_minor IS NULL OR w.ceiling_minor >= first.price_minor), 0) AS firm
    FROM demand_pool_terms s JOIN demand_pool p ON p.id = s.pool_id
    CROSS JOIN LATERAL (SELECT coalesce((SELECT t.price_minor FROM demand_pool_tier t WHERE t.terms_id = s.id
        ORDER BY t.min_units LIMIT 1), 0) AS price_minor) first
    LEFT JOIN demand_pool_membership m ON m.pool_id = s.pool_id AND m.firm_units > 0
    LEFT JOIN demand_wish w ON w.id = m.wish_id
    WHERE CASE WHEN %(pool)s::bigint IS NOT NULL THEN s.pool_id = %(pool)s
        ELSE p.state IN ('open', 'campaign') AND p.category_id = coalesce(%(category)s::bigint, p.category_id) END
    GROUP BY s.id) counted
WHERE counted.id = s.id AND counted.firm <> s.firm_units
"""


def clear_terms(*, pool_id: int, revision: int, now: datetime) -> bool:
    """Nobody offers this any more: the pool looks for a maker again. An older ``revision`` changes nothing."""
    with locking.transaction():
        return bool(PoolTerms.objects.filter(pool_id=pool_id, revision__lte=revision).delete()[0])


def take_snapshots(*, now: datetime, k: int = 5) -> int:
    """The hour's public breakdown of every live pool of at least k people; how many. Again in the hour: none.

    k is that of the category's policy, ``k`` where there is none. The firm units at each price of a pool's terms are
    counted again, and the day's growth is kept. Groups under k persons are left out (who came in a week with fewer is
    shown with the next weeks') and counts rounded to 5, so that no view reveals one person. When somebody leaves a week
    that had just k, those who stay are shown with the next. Set-based.
    """
    hour = now.replace(minute=0, second=0, microsecond=0)
    zone = timezone.get_default_timezone_name()
    with locking.transaction(), connection.cursor() as cursor:
        cursor.execute(_SNAPSHOT, {"k": k, "zone": zone, "hour": hour})
        taken = cursor.rowcount
        day = timezone.localdate(now)
        cursor.execute(_DAY, [day])
        _count_firm()
        cursor.execute("DELETE FROM demand_pool_snapshot WHERE hour < %s", [hour - timedelta(days=7)])
    return int(taken)


_SNAPSHOT = """
WITH live AS (
    SELECT p.id, p.people, p.units, c.k FROM demand_pool p JOIN (
        SELECT c.id, coalesce((SELECT d.k FROM demand_policy d WHERE d.category_id = c.id OR d.category_id IS NULL
            ORDER BY d.category_id, d.version DESC LIMIT 1), %(k)s) AS k FROM demand_category c
    ) c ON c.id = p.category_id WHERE p.state IN ('open', 'campaign') AND p.people >= c.k
), regions AS (
    SELECT pool_id, jsonb_object_agg(region, units) AS shown FROM (
        SELECT m.pool_id, coalesce(nullif(w.region, ''), '*') AS region, 5 * round(sum(m.units) / 5.0)::int AS units
        FROM demand_pool_membership m JOIN demand_wish w ON w.id = m.wish_id JOIN live ON live.id = m.pool_id
        GROUP BY 1, 2 HAVING count(DISTINCT m.person_id) >= min(live.k)) g GROUP BY pool_id
), weeks AS (
    SELECT pool_id, jsonb_object_agg(week, units) AS shown FROM (
        SELECT m.pool_id, date_trunc('week', w.needed_by)::date AS week, 5 * round(sum(m.units) / 5.0)::int AS units
        FROM demand_pool_membership m JOIN demand_wish w ON w.id = m.wish_id JOIN live ON live.id = m.pool_id
        WHERE w.needed_by IS NOT NULL
        GROUP BY 1, 2 HAVING count(DISTINCT m.person_id) >= min(live.k)) g GROUP BY pool_id
), came AS (
    SELECT pool_id, week, count(*) AS people FROM (
        SELECT m.pool_id, date_trunc('week', min(w.created_at) AT TIME ZONE %(zone)s)::date AS week
        FROM demand_pool_membership m JOIN demand_wish w ON w.id = m.wish_id JOIN live ON live.id = m.pool_id
        WHERE m.units > 0 AND m.person_id IS NOT NULL GROUP BY m.pool_id, m.person_id) g GROUP BY pool_id, week
), gathered AS (
    SELECT pool_id, week, live.k, sum(came.people) OVER so_far AS people,
        demand_gathered(came.people, live.k) OVER so_far AS since
    FROM came JOIN live ON live.id = came.pool_id WINDOW so_far AS (PARTITION BY pool_id ORDER BY week)
), growth AS (
    SELECT pool_id, jsonb_agg(jsonb_build_array(week, people - before) ORDER BY week) AS shown FROM (
        SELECT pool_id, week, people, lag(people, 1, 0) OVER (PARTITION BY pool_id ORDER BY week) AS before FROM (
            SELECT pool_id, week, 5 * round(people / 5.0)::int AS people FROM gathered WHERE since >= k) n) g
    GROUP BY pool_id
), prices AS (
    SELECT pool_id, jsonb_agg(jsonb_build_array(price, units) ORDER BY price) AS shown FROM (
        SELECT m.pool_id, c.rung_minor AS price, 5 * round(sum(m.units) / 5.0)::int AS units
        FROM demand_pool_membership m JOIN demand_wish w ON w.id = m.wish_id JOIN live ON live.id = m.pool_id
        JOIN demand_counted_wish k ON k.category_id = w.category_id AND k.wish_id = w.id
        JOIN demand_cell c ON c.id = k.cell_id
        WHERE c.rung_minor IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM demand_pool_snapshot s WHERE s.pool_id = m.pool_id AND s.hour = %(hour)s)
        GROUP BY 1, 2 HAVING count(DISTINCT m.person_id) >= min(live.k)) g GROUP BY pool_id
)
INSERT INTO demand_pool_snapshot (pool_id, hour, people, units, breakdown)
SELECT live.id, %(hour)s, live.people, 5 * round(live.units / 5.0)::int, jsonb_build_object(
    'regions', coalesce(regions.shown, '{}'), 'weeks', coalesce(weeks.shown, '{}'),
    'growth', coalesce(growth.shown, '[]'), 'prices', coalesce(prices.shown, '[]'), 'variants', coalesce((
        SELECT jsonb_object_agg(attribute, shown) FROM (
            SELECT attribute, jsonb_object_agg(value, units) AS shown FROM (
                SELECT n.key AS attribute, v.value, 5 * round(sum(m.units) / 5.0)::int AS units
                FROM demand_pool_membership m JOIN demand_wish w ON w.id = m.wish_id,
                    jsonb_each((w.needs -> 'nice') || (w.needs -> 'must')) n,
                    jsonb_array_elements_text(coalesce(n.value -> 'any', '[]')) v
                WHERE m.pool_id = live.id AND n.key IN (SELECT code FROM demand_attribute WHERE scope = 'variant')
                GROUP BY 1, 2 HAVING count(DISTINCT m.person_id) >= live.k) i GROUP BY attribute) o), '{}'))
FROM live LEFT JOIN regions ON regions.pool_id = live.id LEFT JOIN growth ON growth.pool_id = live.id
LEFT JOIN weeks ON weeks.pool_id = live.id LEFT JOIN prices ON prices.pool_id = live.id
ON CONFLICT (pool_id, hour) DO NOTHING
"""

_DAY = """
INSERT INTO demand_pool_day (pool_id, day, people, units, firm_units)
SELECT id, %s, people, units, firm_units FROM demand_pool WHERE state IN ('open', 'campaign')
ON CONFLICT (pool_id, day) DO UPDATE SET
    people = excluded.people, units = excluded.units, firm_units = excluded.firm_units
"""
