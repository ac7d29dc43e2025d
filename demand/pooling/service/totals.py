"""Totals of pools: moved by what changes in them, or counted again. Belongs in the caller's transaction, which holds
their categories.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection


@contextmanager
def carried(places: str, *, now: datetime) -> Iterator[None]:
    """Keep the totals of pools in step with memberships that are taken away, changed or made inside.

    ``places`` is a query for (pool_id, person_id, wish_id) of those, as they stand before and after. What the persons
    concerned add to their pools is summed before and after, so the work grows with what changes, not with the pools.
    """
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS concerned, shares")
        cursor.execute(_CONCERNED.format(places=places))
        cursor.execute(_SHARES)
        cursor.execute("ANALYZE concerned")
        cursor.execute(_SHARE, {"sign": -1})
    yield
    with connection.cursor() as cursor:
        cursor.execute(_SHARE, {"sign": 1})
        cursor.execute(_CARRY, [now])
        cursor.execute("DROP TABLE concerned, shares")


_CONCERNED = """
CREATE TEMP TABLE concerned ON COMMIT DROP AS
SELECT DISTINCT pool_id, person_id, CASE WHEN person_id IS NULL THEN wish_id END AS wish_id FROM ({places}) p
WHERE pool_id IS NOT NULL
"""

_SHARES = "CREATE TEMP TABLE shares (pool_id bigint, people int, units int, firm_units int) ON COMMIT DROP"

# A person counts once in a pool, one without an account once for each wish.
_SHARE = """
INSERT INTO shares
SELECT pool_id, %(sign)s * count(*) FILTER (WHERE units > 0), %(sign)s * sum(units), %(sign)s * sum(firm_units)
FROM (
    SELECT c.pool_id, s.units, s.firm_units FROM concerned c CROSS JOIN LATERAL (
        SELECT sum(units) AS units, sum(firm_units) AS firm_units FROM demand_pool_membership
        WHERE pool_id = c.pool_id AND person_id = c.person_id) s
    WHERE c.person_id IS NOT NULL AND s.units IS NOT NULL
    UNION ALL
    SELECT c.pool_id, m.units, m.firm_units FROM concerned c JOIN demand_pool_membership m ON m.wish_id = c.wish_id
    WHERE m.pool_id = c.pool_id AND m.person_id IS NULL) one
GROUP BY pool_id
"""

_CARRY = """
UPDATE demand_pool p SET people = p.people + s.people, units = p.units + s.units,
    firm_units = p.firm_units + s.firm_units, updated_at = %s
FROM (SELECT pool_id, sum(people) AS people, sum(units) AS units, sum(firm_units) AS firm_units FROM shares
    GROUP BY pool_id) s
WHERE p.id = s.pool_id AND p.state IN ('open', 'campaign', 'empty') AND (s.people, s.units, s.firm_units) <> (0, 0, 0)
"""


def stale(category_id: int) -> list[int]:
    """Pools of a category from which a wish was deleted since they were counted."""
    with connection.cursor() as cursor:
        cursor.execute(_STALE, [category_id])
        return [int(key) for (key,) in cursor.fetchall()]


_STALE = """
SELECT id FROM demand_pool WHERE category_id = %s AND stale AND state IN ('open', 'campaign', 'empty') ORDER BY id
"""


def recount(pools: Collection[int], *, now: datetime) -> None:
    """Count everybody in some pools again."""
    if pools:
        with connection.cursor() as cursor:
            cursor.execute(_RECOUNT, {"pools": sorted(pools), "now": now})


# Summed by pool before pools are joined: to a planner whose statistics lag, a join of the persons looks cheap.
_RECOUNT = """
WITH sums AS MATERIALIZED (
    SELECT pool_id, count(*) FILTER (WHERE units > 0) AS people, sum(units) AS units, sum(firm_units) AS firm_units
    FROM (SELECT pool_id, sum(units) AS units, sum(firm_units) AS firm_units FROM demand_pool_membership
        WHERE pool_id = ANY(%(pools)s::bigint[]) GROUP BY pool_id, coalesce(person_id, -wish_id)) one
    GROUP BY pool_id)
UPDATE demand_pool p SET people = t.people, units = t.units, firm_units = t.firm_units, stale = false,
    updated_at = %(now)s
FROM (SELECT q.id, coalesce(s.people, 0) AS people, coalesce(s.units, 0) AS units,
        coalesce(s.firm_units, 0) AS firm_units
    FROM demand_pool q LEFT JOIN sums s ON s.pool_id = q.id
    WHERE q.id = ANY(%(pools)s::bigint[]) AND q.state IN ('open', 'campaign', 'empty')) t
WHERE p.id = t.id AND (p.people, p.units, p.firm_units, p.stale)
    IS DISTINCT FROM (t.people, t.units, t.firm_units, false)
"""


def open_or_close(category_id: int, *, also: Collection[int], now: datetime) -> None:
    """Open the empty pools of a category, and some others by key, that somebody is in; close those that nobody is in,
    except what staff opened."""
    with connection.cursor() as cursor:
        cursor.execute(_STATES, [now, category_id, sorted(also)])


_STATES = """
UPDATE demand_pool p SET state = CASE WHEN t.inside THEN 'open' ELSE 'empty' END, updated_at = %s
FROM (SELECT id, EXISTS (SELECT 1 FROM demand_pool_membership m WHERE m.pool_id = q.id) AS inside FROM demand_pool q
    WHERE (category_id = %s OR id = ANY(%s::bigint[])) AND state IN ('open', 'empty')) t
WHERE p.id = t.id AND ((p.state = 'empty' AND t.inside) OR (p.state = 'open' AND NOT t.inside AND NOT p.kept_open))
"""
