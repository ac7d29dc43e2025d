"""Wishes put where a plan of their category wants them, and the pools' totals counted again; only what changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from demand.models import Category
from demand.notices import Message, tell

# A cell's pool, the code of the reason, and the reason's particulars as JSON.
Home = tuple[int, str, str]


def move(home: Mapping[int, Home], *, now: datetime) -> int:
    """Put every open wish of the cells into their pool; how many had been elsewhere. They are told.

    A wish with a commitment stays where it is. Belongs in the caller's transaction, which holds the category.
    """
    if not home:
        return 0
    keys = sorted(home)
    columns: list[list[Any]] = [keys, *([home[key][part] for key in keys] for part in range(3))]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS due")
        cursor.execute(_DUE, columns)
        cursor.execute("ANALYZE due")
        cursor.execute(_MOVED)
        told = cursor.fetchall()
        cursor.execute(_CHANGE, [now])
        cursor.execute(_ADD, [now])
        cursor.execute("DROP TABLE due")
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
    return len(told)


# What differs from how it stands: on most nights a small part of the category.
_DUE = """
CREATE TEMP TABLE due ON COMMIT DROP AS
SELECT * FROM (
    SELECT w.id AS wish_id, m.pool_id AS was, h.pool_id, w.person_id, h.reason, h.params AS reason_params,
        CASE WHEN w.seeded THEN 0 ELSE w.quantity END AS units,
        CASE WHEN w.kind = 'preorder' AND NOT w.seeded THEN w.quantity ELSE 0 END AS firm_units,
        m.person_id AS old_person, m.units AS old_units, m.firm_units AS old_firm, m.reason AS old_reason,
        m.reason_params AS old_params
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::jsonb[]) AS h (cell_id, pool_id, reason, params)
    JOIN demand_wish w ON w.demand_cell_id = h.cell_id AND w.state = 'open'
    LEFT JOIN demand_pool_membership m ON m.wish_id = w.id) d
WHERE (d.was, d.old_person, d.old_units, d.old_firm, d.old_reason, d.old_params)
        IS DISTINCT FROM (d.pool_id, d.person_id, d.units, d.firm_units, d.reason::varchar, d.reason_params)
    AND (d.was IS NULL OR NOT EXISTS (SELECT 1 FROM demand_commitment c
        WHERE c.wish_id = d.wish_id AND c.state IN ('announced', 'queued', 'confirmed')))
"""

_MOVED = """
SELECT w.id, w.user_id, w.text, d.pool_id FROM due d JOIN demand_wish w ON w.id = d.wish_id
WHERE d.was <> d.pool_id AND w.user_id IS NOT NULL
"""

_CHANGE = """
UPDATE demand_pool_membership m SET pool_id = d.pool_id, person_id = d.person_id, units = d.units,
    firm_units = d.firm_units, reason = d.reason, reason_params = d.reason_params,
    joined_at = CASE WHEN m.pool_id = d.pool_id THEN m.joined_at ELSE %s END
FROM due d WHERE d.was IS NOT NULL AND m.wish_id = d.wish_id
"""

_ADD = """
INSERT INTO demand_pool_membership
    (wish_id, pool_id, person_id, units, firm_units, reason, reason_params, joined_at)
SELECT wish_id, pool_id, person_id, units, firm_units, reason, reason_params, %s FROM due WHERE was IS NULL
"""


def recount_pools(category: Category, *, now: datetime) -> None:
    """Totals of the category's pools from their members; pools nobody is in are closed, except what staff opened."""
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, [now, category.pk])


_TOTALS = """
UPDATE demand_pool p SET people = t.people, units = t.units, firm_units = t.firm_units, updated_at = %s,
    state = CASE WHEN p.state = 'empty' AND t.members > 0 THEN 'open'
        WHEN p.state = 'open' AND t.members = 0 AND NOT p.kept_open THEN 'empty' ELSE p.state END
FROM (SELECT q.id, count(m.id) AS members,
        count(DISTINCT coalesce(m.person_id, -m.wish_id)) FILTER (WHERE m.units > 0) AS people,
        coalesce(sum(m.units), 0) AS units, coalesce(sum(m.firm_units), 0) AS firm_units
    FROM demand_pool q LEFT JOIN demand_pool_membership m ON m.pool_id = q.id
    WHERE q.category_id = %s AND q.state IN ('open', 'campaign', 'empty') GROUP BY q.id) t
WHERE p.id = t.id AND (p.people, p.units, p.firm_units, p.state) IS DISTINCT FROM
    (t.people, t.units, t.firm_units, CASE WHEN p.state = 'empty' AND t.members > 0 THEN 'open'
        WHEN p.state = 'open' AND t.members = 0 AND NOT p.kept_open THEN 'empty' ELSE p.state END)
"""
