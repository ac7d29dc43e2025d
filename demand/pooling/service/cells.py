"""Demand cells of a category summed again from the wishes that changed. Belongs in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.backends.utils import CursorWrapper

from demand.pooling.service import totals

_RUNG = "w.ceiling_minor - w.ceiling_minor %% (10 ^ greatest(length(w.ceiling_minor::text) - 2, 0))::bigint"

_EVERYTHING = """
INSERT INTO demand_wish_to_count (category_id, wish_id)
SELECT %(category)s, id FROM demand_wish WHERE category_id = %(category)s
UNION SELECT %(category)s, wish_id FROM demand_counted_wish WHERE category_id = %(category)s
UNION SELECT %(category)s, m.wish_id FROM demand_pool_membership m JOIN demand_pool p ON p.id = m.pool_id
    WHERE p.category_id = %(category)s
"""

_DROP = "DROP TABLE IF EXISTS changed, touched, counted, asked, found, held, inside, leaving"

_CHANGED = """
CREATE TEMP TABLE changed (wish_id bigint) ON COMMIT DROP;
CREATE TEMP TABLE touched (cell_id bigint) ON COMMIT DROP
"""

_TAKE = """
WITH taken AS (DELETE FROM demand_wish_to_count WHERE category_id = %s RETURNING wish_id)
INSERT INTO changed SELECT DISTINCT wish_id FROM taken
"""

# A part takes the wishes whose needs fall to it, so that no two parts open one cell; what left the category is for the
# whole.
_TAKE_PART = """
WITH taken AS (DELETE FROM demand_wish_to_count q USING demand_wish w
    WHERE q.category_id = %s AND w.id = q.wish_id AND w.category_id = q.category_id
        AND mod(abs(hashtext(w.needs_hash)::bigint), %s) = %s
    RETURNING q.wish_id)
INSERT INTO changed SELECT DISTINCT wish_id FROM taken
"""

_MARK = """
UPDATE demand_cell SET stale = true WHERE NOT stale AND id IN (
    SELECT id FROM demand_cell WHERE id IN (SELECT cell_id FROM touched) ORDER BY id FOR UPDATE)
"""

_COUNT = f"""
CREATE TEMP TABLE counted ON COMMIT DROP AS
SELECT x.wish_id, w.needs_hash, {_RUNG} AS rung_minor, date_trunc('week', w.needed_by)::date AS week, w.person_id,
    CASE WHEN w.state = 'open' THEN w.quantity ELSE 0 END AS units,
    CASE WHEN w.state = 'open' AND w.kind = 'preorder' THEN w.quantity ELSE 0 END AS firm_units,
    coalesce(nullif(w.region, ''), '*') AS region, w.kind
FROM changed x CROSS JOIN LATERAL (SELECT * FROM demand_wish WHERE id = x.wish_id OFFSET 0) w
WHERE w.category_id = %s AND w.state IN ('open', 'committed') AND NOT w.seeded
"""

_ASKED = """
CREATE TEMP TABLE asked ON COMMIT DROP AS
SELECT needs_hash, rung_minor, week, min(wish_id) AS example FROM counted GROUP BY 1, 2, 3
"""

_OPEN = """
INSERT INTO demand_cell (category_id, needs_hash, needs, rung_minor, week, persons, units, firm_units, by_region,
    by_kind, updated_at)
SELECT %s, f.needs_hash, w.needs, f.rung_minor, f.week, 0, 0, 0, '{}', '{}', %s
FROM asked f JOIN demand_wish w ON w.id = f.example
ORDER BY f.needs_hash, f.rung_minor, f.week
ON CONFLICT (category_id, needs_hash, rung_minor, week) DO NOTHING
"""

# The planner's statistics do not know a category's rows that this transaction has just written, and take them for one:
# each statement below that joins such rows is spelled so that it looks them up one by one, or hashes the other side.
# Where a cell is named its category is not: the planner would read the whole category, "one row", for every cell.
_FOUND = """
CREATE TEMP TABLE found ON COMMIT DROP AS
SELECT f.needs_hash, f.rung_minor, f.week, c.id, c.reason FROM asked f CROSS JOIN LATERAL (
    SELECT id, reason FROM demand_cell WHERE category_id = %s AND needs_hash = f.needs_hash
        AND rung_minor IS NOT DISTINCT FROM f.rung_minor AND week IS NOT DISTINCT FROM f.week
    OFFSET 0) c
"""

_HELD = """
CREATE TEMP TABLE held ON COMMIT DROP AS
SELECT k.wish_id, k.person_id, k.units, k.firm_units, k.region, k.kind, c.id AS cell_id, c.reason = '' AS new
FROM counted k JOIN found c ON c.needs_hash = k.needs_hash AND coalesce(c.rung_minor, -1) = coalesce(k.rung_minor, -1)
    AND coalesce(c.week, 'infinity') = coalesce(k.week, 'infinity')
"""

_FORGET = """
WITH gone AS (DELETE FROM demand_counted_wish k
    WHERE k.category_id = %s AND k.wish_id = ANY(ARRAY(SELECT wish_id FROM changed)) RETURNING k.cell_id)
INSERT INTO touched SELECT DISTINCT cell_id FROM gone
    UNION SELECT cell_id FROM held UNION SELECT id FROM demand_cell WHERE category_id = %s AND stale
"""

# The wishes of a cell that no pooling has looked at yet go where it goes; they need no mark of their own.
_KEEP = """
INSERT INTO demand_counted_wish
    (category_id, wish_id, cell_id, person_id, units, firm_units, region, kind, settled)
SELECT %s, wish_id, cell_id, person_id, units, firm_units, region, kind, new AND %s FROM held
"""

_STORE = """
UPDATE demand_cell c SET persons = t.persons, units = t.units, firm_units = t.firm_units, by_region = t.by_region,
    by_kind = t.by_kind, stale = false, updated_at = %s
FROM (
    SELECT x.cell_id, coalesce(s.persons, 0) AS persons, coalesce(s.units, 0) AS units,
        coalesce(s.firm_units, 0) AS firm_units, coalesce(r.shown, '{}') AS by_region,
        coalesce(k.shown, '{}') AS by_kind
    FROM touched x
    LEFT JOIN (SELECT cell_id, count(DISTINCT coalesce(person_id, -wish_id)) AS persons, sum(units) AS units,
        sum(firm_units) AS firm_units FROM inside GROUP BY cell_id) s ON s.cell_id = x.cell_id
    LEFT JOIN (SELECT cell_id, jsonb_object_agg(region, units) AS shown FROM (
        SELECT cell_id, region, sum(units) AS units FROM inside GROUP BY cell_id, region) g GROUP BY cell_id) r
        ON r.cell_id = x.cell_id
    LEFT JOIN (SELECT cell_id, jsonb_object_agg(kind, units) AS shown FROM (
        SELECT cell_id, kind, sum(units) AS units FROM inside GROUP BY cell_id, kind) g GROUP BY cell_id) k
        ON k.cell_id = x.cell_id) t
WHERE c.id = t.cell_id AND (c.persons, c.units, c.firm_units, c.by_region, c.by_kind, c.stale)
    IS DISTINCT FROM (t.persons, t.units, t.firm_units, t.by_region, t.by_kind, false)
"""

_INSIDE = """
CREATE TEMP TABLE inside ON COMMIT DROP AS
SELECT k.* FROM touched t CROSS JOIN LATERAL (
    SELECT cell_id, wish_id, person_id, units, firm_units, region, kind FROM demand_counted_wish
    WHERE cell_id = t.cell_id AND units > 0 OFFSET 0) k
"""

# What a later reading took out of every category asks its shopper something now, and waits in no pool. What was
# deleted while it was being put into a pool leaves it again.
_LEAVING = """
SELECT m.pool_id, m.person_id, m.wish_id
FROM changed x JOIN demand_pool_membership m ON m.wish_id = x.wish_id JOIN demand_pool p ON p.id = m.pool_id
LEFT JOIN demand_wish w ON w.id = x.wish_id
WHERE p.category_id = %s AND (w.id IS NULL OR (w.state = 'asking' AND w.category_id IS NULL))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recounted:
    """Wishes in the category's cells, and how many had changed since the last count."""

    wishes: int
    changed: int


def waiting(category_id: int) -> bool:
    """Whether a wish of the category changed since it was counted, has not been put where its cell is, or is gone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM demand_wish_to_count WHERE category_id = %s)"
            " OR EXISTS (SELECT 1 FROM demand_counted_wish WHERE category_id = %s AND NOT settled)",
            [category_id, category_id],
        )
        return bool(cursor.fetchone()[0]) or bool(totals.stale(category_id))


def count_everything(category_id: int) -> None:
    """Have the pooling look at every wish and count every pool of the category, whether or not anything changed."""
    with connection.cursor() as cursor:
        cursor.execute(_EVERYTHING, {"category": category_id})
        for table in ("demand_cell", "demand_pool"):
            cursor.execute(f"UPDATE {table} SET stale = true WHERE category_id = %s AND NOT stale", [category_id])


def recount(category_id: int, *, now: datetime) -> Recounted:
    """Make the cells of a category equal to a count of its open wishes, looking at those that changed since the last.

    A fixed number of statements whatever the size, and only rows that changed are written. Cells nobody is in any
    more stay with zero, so that staff's decisions about them keep their meaning.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DROP)
        cursor.execute(_CHANGED)
        cursor.execute(_TAKE, [category_id])
        changed = int(cursor.rowcount)
        if changed or _stale(cursor, category_id):
            _put(cursor, category_id, now, whole=True)
            _sum(cursor, category_id, now)
        cursor.execute(_DROP)
        cursor.execute("SELECT count(*) FROM demand_counted_wish WHERE category_id = %s AND units > 0", [category_id])
        return Recounted(wishes=int(cursor.fetchone()[0]), changed=changed)


def count_part(category_id: int, *, part: int, parts: int, now: datetime) -> int:
    """Put one part of the wishes that changed into their cells, and mark the cells for the next :func:`recount` to sum;
    how many. Parts may be counted at once, each in a transaction of its own that shares the category.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DROP)
        cursor.execute(_CHANGED)
        cursor.execute(_TAKE_PART, [category_id, parts, part])
        changed = int(cursor.rowcount)
        if changed:
            _put(cursor, category_id, now, whole=False)
            cursor.execute(_MARK)
        cursor.execute(_DROP)
    return changed


def _stale(cursor: CursorWrapper, category_id: int) -> bool:
    cursor.execute("SELECT EXISTS (SELECT 1 FROM demand_cell WHERE category_id = %s AND stale)", [category_id])
    return bool(cursor.fetchone()[0])


def _put(cursor: CursorWrapper, category_id: int, now: datetime, *, whole: bool) -> None:
    """Each changed wish into its cell; the cells it touches are named."""
    cursor.execute("ANALYZE changed")
    cursor.execute(_COUNT, [category_id])
    cursor.execute("ANALYZE counted")
    cursor.execute(_ASKED)
    cursor.execute(_OPEN, [category_id, now])
    cursor.execute(_FOUND, [category_id])
    cursor.execute("ANALYZE found")
    cursor.execute(_HELD)
    cursor.execute("ANALYZE held")
    cursor.execute(_FORGET, [category_id, category_id])
    cursor.execute(_KEEP, [category_id, whole])


def _sum(cursor: CursorWrapper, category_id: int, now: datetime) -> None:
    cursor.execute("ANALYZE touched")
    cursor.execute(_INSIDE)
    cursor.execute("ANALYZE inside (cell_id)")
    cursor.execute(_STORE, [now])
    cursor.execute(f"CREATE TEMP TABLE leaving ON COMMIT DROP AS {_LEAVING}", [category_id])
    with totals.carried("SELECT * FROM leaving", now=now):
        cursor.execute("DELETE FROM demand_pool_membership WHERE wish_id IN (SELECT wish_id FROM leaving)")


def to_count(category_id: int) -> int:
    """How many changes of wishes that are in the category wait to be counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM demand_wish_to_count q JOIN demand_wish w ON w.id = q.wish_id"
            " WHERE q.category_id = %s AND w.category_id = q.category_id",
            [category_id],
        )
        return int(cursor.fetchone()[0])


def to_place(category_id: int) -> int:
    """How many wishes wait to be put where their cell is; those that another category's pool or a campaign holds stay
    for the whole."""
    with connection.cursor() as cursor:
        cursor.execute(_TO_PLACE, [category_id, category_id])
        return int(cursor.fetchone()[0])


_TO_PLACE = """
SELECT count(*) FROM demand_counted_wish k
LEFT JOIN demand_pool_membership m ON m.wish_id = k.wish_id LEFT JOIN demand_pool p ON p.id = m.pool_id
WHERE k.category_id = %s AND NOT k.settled AND k.units > 0 AND coalesce(p.category_id, %s) = k.category_id
    AND NOT EXISTS (SELECT 1 FROM demand_commitment c
        WHERE c.wish_id = k.wish_id AND c.state IN ('announced', 'queued', 'confirmed'))
"""
