"""Wishes put where a plan of their category wants them, and the pools' totals counted again; only what changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from demand.models import Category, DemandCell
from demand.notices import Message, tell

# A cell's pool, the code of the reason, and the reason's particulars as JSON.
Home = tuple[int | None, str, str]


def decide(category: Category, home: Mapping[int, Home]) -> None:
    """Note at each cell where its wishes belong and why; the :func:`move` that follows moves those of changed cells."""
    rows = DemandCell.objects.filter(category=category).exclude(reason="")
    held = {key: rest for key, *rest in rows.values_list("pk", "pool_id", "reason", "reason_params")}
    keys = sorted(key for key, (pool, code, said) in home.items() if held.get(key) != [pool, code, json.loads(said)])
    columns: list[list[Any]] = [keys, *([home[key][part] for key in keys] for part in range(3))]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS decided")
        cursor.execute("CREATE TEMP TABLE decided (cell_id bigint) ON COMMIT DROP")
        cursor.execute(_DECIDE, columns)


def move(category: Category, *, now: datetime) -> tuple[int, list[int]]:
    """Put the wishes of decided cells, and those not settled yet, into their cell's pool.

    How many had been elsewhere, and the pools of other categories that they left. They are told. A wish with a
    commitment stays where it is and is looked at again. Belongs in the caller's transaction, which holds the category.
    """
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE IF NOT EXISTS decided (cell_id bigint) ON COMMIT DROP")
        cursor.execute("DROP TABLE IF EXISTS due")
        cursor.execute("ANALYZE decided")
        cursor.execute(_DUE, {"category": category.pk})
        cursor.execute("ANALYZE due")
        cursor.execute(_MOVED)
        told = cursor.fetchall()
        cursor.execute(_LEFT, [category.pk])
        left = [int(key) for (key,) in cursor.fetchall()]
        cursor.execute(_DROP)
        cursor.execute(_CHANGE, [now])
        cursor.execute(_ADD, [now])
        cursor.execute(_SETTLE, [category.pk])
        cursor.execute(_UNSETTLE, [category.pk])
        cursor.execute("DROP TABLE due, decided")
    tell(
        [
            Message(
                user_id=user_id,
                kind="wish.moved",
                params={"wish": text[:40], "pool_id": pool_id},
                event_key=f"moved:{wish_id}:{now.date().isoformat()}:{pool_id}",
                link="/my/",
            )
            for wish_id, user_id, text, pool_id in told
        ],
        now=now,
    )
    return len(told), left


_DECIDE = """
WITH changed AS (
    UPDATE demand_cell c SET pool_id = h.pool_id, reason = h.reason, reason_params = h.params
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::jsonb[]) AS h (cell_id, pool_id, reason, params)
    WHERE c.id = h.cell_id AND (c.pool_id, c.reason, c.reason_params)
        IS DISTINCT FROM (h.pool_id, h.reason::varchar, h.params)
    RETURNING c.id)
INSERT INTO decided SELECT id FROM changed
"""

# What differs from how it stands: on most nights a small part of the category. What changed since it was counted
# stands where its shopper's change put it until it is counted again; what did not is as its narrow row says.
_DUE = """
CREATE TEMP TABLE due ON COMMIT DROP AS
SELECT d.*, d.was IS NOT NULL AND EXISTS (SELECT 1 FROM demand_commitment c
    WHERE c.wish_id = d.wish_id AND c.state IN ('announced', 'queued', 'confirmed')) AS stays
FROM (
    SELECT k.wish_id, m.pool_id AS was, c.pool_id, k.person_id, c.reason, c.reason_params, k.units, k.firm_units,
        m.person_id AS old_person, m.units AS old_units, m.firm_units AS old_firm, m.reason AS old_reason,
        m.reason_params AS old_params
    FROM (SELECT wish_id, cell_id, person_id, units, firm_units FROM demand_counted_wish
        WHERE category_id = %(category)s AND units > 0 AND (NOT settled OR cell_id IN (SELECT cell_id FROM decided))) k
    JOIN demand_cell c ON c.id = k.cell_id
    LEFT JOIN demand_pool_membership m ON m.wish_id = k.wish_id
    WHERE k.wish_id NOT IN (SELECT wish_id FROM demand_wish_to_count WHERE category_id = %(category)s)) d
WHERE (d.pool_id IS NOT NULL OR d.was IS NOT NULL)
    AND (d.was, d.old_person, d.old_units, d.old_firm, d.old_reason, d.old_params)
        IS DISTINCT FROM (d.pool_id, d.person_id, d.units, d.firm_units, d.reason, d.reason_params)
"""

_MOVED = """
SELECT w.id, w.user_id, w.text, d.pool_id FROM due d JOIN demand_wish w ON w.id = d.wish_id
WHERE d.was <> d.pool_id AND w.user_id IS NOT NULL AND NOT d.stays
"""

_LEFT = """
SELECT DISTINCT p.id FROM due d JOIN demand_pool p ON p.id = d.was WHERE p.category_id <> %s AND NOT d.stays
ORDER BY p.id
"""

_DROP = """
DELETE FROM demand_pool_membership m USING due d WHERE d.pool_id IS NULL AND m.wish_id = d.wish_id AND NOT d.stays
"""

_CHANGE = """
UPDATE demand_pool_membership m SET pool_id = d.pool_id, person_id = d.person_id, units = d.units,
    firm_units = d.firm_units, reason = d.reason, reason_params = d.reason_params,
    joined_at = CASE WHEN m.pool_id = d.pool_id THEN m.joined_at ELSE %s END
FROM due d WHERE d.was IS NOT NULL AND d.pool_id IS NOT NULL AND m.wish_id = d.wish_id AND NOT d.stays
"""

_ADD = """
INSERT INTO demand_pool_membership
    (wish_id, pool_id, person_id, units, firm_units, reason, reason_params, joined_at)
SELECT wish_id, pool_id, person_id, units, firm_units, reason, reason_params, %s FROM due WHERE was IS NULL
"""

# Rows counted in this transaction are not in the planner's statistics: what is asked below of the few that stay is
# worked out once, before the rows, so that no plan runs over all pairs.
_SETTLE = """
UPDATE demand_counted_wish k SET settled = true
WHERE k.category_id = %s AND NOT k.settled AND k.wish_id NOT IN (SELECT wish_id FROM due WHERE stays)
"""

_UNSETTLE = """
UPDATE demand_counted_wish k SET settled = false
WHERE k.category_id = %s AND k.settled AND k.wish_id = ANY(ARRAY(SELECT wish_id FROM due WHERE stays))
"""


def categories_left(category: Category) -> list[int]:
    """Other categories in whose pools wishes of this one still are: a later reading took them out of there."""
    with connection.cursor() as cursor:
        cursor.execute(_ELSEWHERE, {"category": category.pk})
        return [int(key) for (key,) in cursor.fetchall()]


_ELSEWHERE = """
SELECT DISTINCT p.category_id FROM (
    SELECT wish_id FROM demand_counted_wish WHERE category_id = %(category)s AND NOT settled AND units > 0
    UNION ALL SELECT k.wish_id FROM demand_cell c JOIN demand_counted_wish k ON k.cell_id = c.id
        WHERE c.category_id = %(category)s AND c.reason = '' AND k.units > 0) k
JOIN demand_pool_membership m ON m.wish_id = k.wish_id JOIN demand_pool p ON p.id = m.pool_id
WHERE p.category_id <> %(category)s
"""


def recount_pools(category: Category, *, also: list[int], now: datetime) -> None:
    """Totals of the category's pools, and of some others by key, from their members; pools nobody is in are closed,
    except what staff opened."""
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, [category.pk, also, now, category.pk, also])


# Summed by pool before pools are joined: to a planner whose statistics lag, a join of the persons looks cheap.
_TOTALS = """
WITH sums AS MATERIALIZED (
    SELECT pool_id, sum(members) AS members, count(*) FILTER (WHERE units > 0) AS people, sum(units) AS units,
        sum(firm_units) AS firm_units
    FROM (SELECT pool_id, count(*) AS members, sum(units) AS units, sum(firm_units) AS firm_units
        FROM demand_pool_membership
        WHERE pool_id = ANY(ARRAY(SELECT id FROM demand_pool WHERE category_id = %s) || %s::bigint[])
        GROUP BY pool_id, coalesce(person_id, -wish_id)) one
    GROUP BY pool_id)
UPDATE demand_pool p SET people = t.people, units = t.units, firm_units = t.firm_units, updated_at = %s,
    state = CASE WHEN p.state = 'empty' AND t.members > 0 THEN 'open'
        WHEN p.state = 'open' AND t.members = 0 AND NOT p.kept_open THEN 'empty' ELSE p.state END
FROM (SELECT q.id, coalesce(s.members, 0) AS members, coalesce(s.people, 0) AS people, coalesce(s.units, 0) AS units,
        coalesce(s.firm_units, 0) AS firm_units
    FROM demand_pool q LEFT JOIN sums s ON s.pool_id = q.id
    WHERE (q.category_id = %s OR q.id = ANY(%s::bigint[])) AND q.state IN ('open', 'campaign', 'empty')) t
WHERE p.id = t.id AND (p.people, p.units, p.firm_units, p.state) IS DISTINCT FROM
    (t.people, t.units, t.firm_units, CASE WHEN p.state = 'empty' AND t.members > 0 THEN 'open'
        WHEN p.state = 'open' AND t.members = 0 AND NOT p.kept_open THEN 'empty' ELSE p.state END)
"""
