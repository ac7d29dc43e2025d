"""Demand cells of a whole category counted again from its wishes, set-based. Belongs in the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

_RUNG = "w.ceiling_minor - w.ceiling_minor %% (10 ^ greatest(length(w.ceiling_minor::text) - 2, 0))::bigint"

_COUNT = f"""
CREATE TEMP TABLE counted ON COMMIT DROP AS
SELECT w.id AS wish_id, w.needs_hash, {_RUNG} AS rung_minor, date_trunc('week', w.needed_by)::date AS week,
    w.person_id, w.quantity AS units, CASE WHEN w.kind = 'preorder' THEN w.quantity ELSE 0 END AS firm_units,
    coalesce(nullif(w.region, ''), '*') AS region, w.kind
FROM demand_wish w
WHERE w.category_id = %s AND w.state = 'open' AND NOT w.seeded
"""

_STORE = """
WITH totals AS (
    SELECT needs_hash, rung_minor, week, count(DISTINCT coalesce(person_id, -wish_id)) AS persons,
        sum(units) AS units, sum(firm_units) AS firm_units, min(wish_id) AS example
    FROM counted GROUP BY needs_hash, rung_minor, week
), regions AS (
    SELECT needs_hash, rung_minor, week, jsonb_object_agg(region, units) AS by_region FROM (
        SELECT needs_hash, rung_minor, week, region, sum(units) AS units FROM counted
        GROUP BY needs_hash, rung_minor, week, region) r GROUP BY needs_hash, rung_minor, week
), kinds AS (
    SELECT needs_hash, rung_minor, week, jsonb_object_agg(kind, units) AS by_kind FROM (
        SELECT needs_hash, rung_minor, week, kind, sum(units) AS units FROM counted
        GROUP BY needs_hash, rung_minor, week, kind) k GROUP BY needs_hash, rung_minor, week
)
INSERT INTO demand_cell AS c
    (category_id, needs_hash, needs, rung_minor, week, persons, units, firm_units, by_region, by_kind, updated_at)
SELECT %s, t.needs_hash, w.needs, t.rung_minor, t.week, t.persons, t.units, t.firm_units, r.by_region, k.by_kind, %s
FROM totals t JOIN demand_wish w ON w.id = t.example
JOIN regions r ON r.needs_hash = t.needs_hash AND r.rung_minor IS NOT DISTINCT FROM t.rung_minor
    AND r.week IS NOT DISTINCT FROM t.week
JOIN kinds k ON k.needs_hash = t.needs_hash AND k.rung_minor IS NOT DISTINCT FROM t.rung_minor
    AND k.week IS NOT DISTINCT FROM t.week
ON CONFLICT (category_id, needs_hash, rung_minor, week) DO UPDATE SET
    persons = excluded.persons, units = excluded.units, firm_units = excluded.firm_units,
    by_region = excluded.by_region, by_kind = excluded.by_kind, updated_at = excluded.updated_at
WHERE (c.persons, c.units, c.firm_units, c.by_region, c.by_kind)
    IS DISTINCT FROM (excluded.persons, excluded.units, excluded.firm_units, excluded.by_region, excluded.by_kind)
"""

_EMPTY = """
UPDATE demand_cell c SET persons = 0, units = 0, firm_units = 0, by_region = '{}', by_kind = '{}', updated_at = %s
WHERE c.category_id = %s AND c.units > 0 AND NOT EXISTS (
    SELECT 1 FROM counted k WHERE k.needs_hash = c.needs_hash AND k.rung_minor IS NOT DISTINCT FROM c.rung_minor
        AND k.week IS NOT DISTINCT FROM c.week)
"""

_POINT = """
UPDATE demand_wish w SET demand_cell_id = c.id
FROM counted k JOIN demand_cell c ON c.category_id = %s AND c.needs_hash = k.needs_hash
    AND c.rung_minor IS NOT DISTINCT FROM k.rung_minor AND c.week IS NOT DISTINCT FROM k.week
WHERE w.id = k.wish_id AND w.demand_cell_id IS DISTINCT FROM c.id
"""


def recount(category_id: int, *, now: datetime) -> int:
    """Make the cells of a category equal to a count of its open wishes; how many wishes were counted.

    Four statements whatever the size. Cells nobody is in any more stay with zero, so that staff's decisions about
    them keep their meaning.
    """
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS counted")
        cursor.execute(_COUNT, [category_id])
        cursor.execute("SELECT count(*) FROM counted")
        wishes = int(cursor.fetchone()[0])
        cursor.execute("CREATE INDEX ON counted (needs_hash)")
        cursor.execute("ANALYZE counted")
        cursor.execute(_STORE, [category_id, now])
        cursor.execute(_EMPTY, [now, category_id])
        cursor.execute(_POINT, [category_id])
        cursor.execute("DROP TABLE counted")
    return wishes
