"""Demand cells of a whole category counted again from its wishes, set-based. Belongs in the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

_RUNG = "w.ceiling_minor - w.ceiling_minor %% (10 ^ greatest(length(w.ceiling_minor::text) - 2, 0))::bigint"

_COUNT = f"""
CREATE TEMP TABLE counted ON COMMIT DROP AS
SELECT w.id AS wish_id, w.demand_cell_id AS was, w.needs_hash, {_RUNG} AS rung_minor,
    date_trunc('week', w.needed_by)::date AS week, w.person_id, w.quantity AS units,
    CASE WHEN w.kind = 'preorder' THEN w.quantity ELSE 0 END AS firm_units,
    coalesce(nullif(w.region, ''), '*') AS region, w.kind
FROM demand_wish w
WHERE w.category_id = %s AND w.state = 'open' AND NOT w.seeded
"""

_OPEN = """
INSERT INTO demand_cell (category_id, needs_hash, needs, rung_minor, week, persons, units, firm_units, by_region,
    by_kind, updated_at)
SELECT %s, f.needs_hash, w.needs, f.rung_minor, f.week, 0, 0, 0, '{}', '{}', %s
FROM (SELECT needs_hash, rung_minor, week, min(wish_id) AS example FROM counted GROUP BY 1, 2, 3) f
JOIN demand_wish w ON w.id = f.example
ORDER BY f.example
ON CONFLICT (category_id, needs_hash, rung_minor, week) DO NOTHING
"""

# An empty rung or week is spelled as a value that none can have: equality can be hashed, IS NOT DISTINCT FROM cannot.
_HELD = """
CREATE TEMP TABLE held ON COMMIT DROP AS
SELECT k.wish_id, k.was, k.person_id, k.units, k.firm_units, k.region, k.kind, c.id AS cell_id
FROM counted k JOIN demand_cell c ON c.category_id = %s AND c.needs_hash = k.needs_hash
    AND coalesce(c.rung_minor, -1) = coalesce(k.rung_minor, -1)
    AND coalesce(c.week, '-infinity') = coalesce(k.week, '-infinity')
"""

_STORE = """
UPDATE demand_cell c SET persons = t.persons, units = t.units, firm_units = t.firm_units, by_region = r.shown,
    by_kind = k.shown, updated_at = %s
FROM (SELECT cell_id, count(DISTINCT coalesce(person_id, -wish_id)) AS persons, sum(units) AS units,
        sum(firm_units) AS firm_units FROM held GROUP BY cell_id) t
JOIN (SELECT cell_id, jsonb_object_agg(region, units) AS shown FROM (
        SELECT cell_id, region, sum(units) AS units FROM held GROUP BY cell_id, region) g GROUP BY cell_id) r
    ON r.cell_id = t.cell_id
JOIN (SELECT cell_id, jsonb_object_agg(kind, units) AS shown FROM (
        SELECT cell_id, kind, sum(units) AS units FROM held GROUP BY cell_id, kind) g GROUP BY cell_id) k
    ON k.cell_id = t.cell_id
WHERE c.id = t.cell_id AND (c.persons, c.units, c.firm_units, c.by_region, c.by_kind)
    IS DISTINCT FROM (t.persons, t.units, t.firm_units, r.shown, k.shown)
"""

_EMPTY = """
UPDATE demand_cell c SET persons = 0, units = 0, firm_units = 0, by_region = '{}', by_kind = '{}', updated_at = %s
WHERE c.category_id = %s AND c.units > 0 AND NOT EXISTS (SELECT 1 FROM held h WHERE h.cell_id = c.id)
"""

_POINT = """
UPDATE demand_wish w SET demand_cell_id = h.cell_id FROM held h
WHERE w.id = h.wish_id AND h.was IS DISTINCT FROM h.cell_id
"""


def recount(category_id: int, *, now: datetime) -> int:
    """Make the cells of a category equal to a count of its open wishes; how many wishes were counted.

    A fixed number of statements whatever the size, and only rows that changed are written. Cells nobody is in any
    more stay with zero, so that staff's decisions about them keep their meaning.
    """
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS counted, held")
        cursor.execute(_COUNT, [category_id])
        wishes = int(cursor.rowcount)
        cursor.execute("ANALYZE counted")
        cursor.execute(_OPEN, [category_id, now])
        cursor.execute(_HELD, [category_id])
        cursor.execute("ANALYZE held")
        cursor.execute(_STORE, [now])
        cursor.execute(_EMPTY, [now, category_id])
        cursor.execute(_POINT)
        cursor.execute("DROP TABLE counted, held")
    return wishes
