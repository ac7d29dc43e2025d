"""Demand as other stages count it: lines of like wishes by pool, and who asked for what, never fewer than k people."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandLine:
    """Open wishes of one pool that are alike in needs, kind, delivered ceiling per unit, region and date.

    ``kind`` is the wish's, or what its last campaign taught: ``willing`` (confirmed, or queued, where it came to
    nothing), ``silent`` (asked at a price it had named, and no yes) or ``silent_again`` (no yes for the second time, or
    more often), unless the wish was changed since. A campaign that was cancelled teaches nothing of those who had not
    answered yet.

    ``ceiling_minor`` is exact, not its rung; ``None`` where none was said. A wish with price steps stands in one line
    a step with the units that the step adds; a fixed budget counts at the price that buys its whole quantity, at
    its ceiling at most.
    ``region`` is ``*`` where none was said. ``persons`` are distinct within the line. ``wishes`` are the keys
    behind it; ``earmarked_for`` is the pool whose order counts on them already.
    """

    pool_id: int
    needs: dict[str, Any]
    kind: str
    ceiling_minor: int | None
    region: str
    needed_by: date | None
    units: int
    persons: int
    wishes: tuple[int, ...] = ()
    earmarked_for: int | None = None


def demand_lines(category_id: int, pool_ids: Collection[int] | None = None) -> list[DemandLine]:
    """The lines of the open and running pools of a category (or of some of them) in a fixed order; one query.

    Lines that want the same share one ``needs``: nobody may change it.
    """
    only = None if pool_ids is None else sorted(pool_ids)
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [category_id, only, only])
        rows = cursor.fetchall()
    needs_of = {spelled: json.loads(spelled) for spelled in {row[1] for row in rows}}
    return [
        DemandLine(
            pool_id=pool_id,
            needs=needs_of[needs],
            kind=kind,
            ceiling_minor=ceiling,
            region=region,
            needed_by=needed_by,
            units=int(units),
            persons=int(persons),
            wishes=tuple(wishes),
            earmarked_for=earmarked,
        )
        for pool_id, needs, kind, ceiling, region, needed_by, units, persons, wishes, earmarked in rows
    ]


_LINES = """
WITH asked AS (
    SELECT m.pool_id, w.id, w.person_id, w.needs_hash, w.needed_by, e.pool_id AS earmarked,
        CASE WHEN c.id IS NULL THEN w.kind
            WHEN c.yes THEN 'willing'
            WHEN c.times_no > 1 THEN 'silent_again' ELSE 'silent' END AS kind,
        coalesce(nullif(w.region, ''), '*') AS region,
        CASE WHEN s.id IS NOT NULL THEN s.ceiling_minor
            WHEN w.intent = 'budget' THEN least(w.ceiling_minor, w.budget_minor / w.quantity)
            ELSE w.ceiling_minor END AS ceiling,
        CASE WHEN s.id IS NOT NULL
            THEN s.quantity - coalesce(lag(s.quantity) OVER (PARTITION BY w.id ORDER BY s.ceiling_minor DESC), 0)
            ELSE m.units END AS units
    FROM demand_pool_membership m JOIN demand_pool p ON p.id = m.pool_id JOIN demand_wish w ON w.id = m.wish_id
    LEFT JOIN demand_wish_step s ON s.wish_id = w.id
    LEFT JOIN demand_earmark e ON e.wish_id = w.id AND e.created_at >= w.updated_at
    LEFT JOIN LATERAL (
        SELECT a.id, a.yes, count(*) FILTER (WHERE NOT a.yes) OVER () AS times_no
        FROM (
            SELECT id, (state = 'returned' AND confirmed_at IS NOT NULL)
                OR (state IN ('returned', 'lapsed') AND confirmed_at IS NULL AND queued_at IS NOT NULL) AS yes
            FROM demand_commitment
            WHERE wish_id = w.id AND state IN ('refused', 'left', 'lapsed', 'returned') AND updated_at >= w.updated_at
                AND NOT (
                    state = 'returned' AND confirmed_at IS NULL AND queued_at IS NULL
                    AND campaign_id IN (SELECT id FROM demand_campaign WHERE state = 'cancelled')
                )
        ) a
        ORDER BY a.id DESC LIMIT 1
    ) c ON true
    WHERE p.category_id = %s AND p.state IN ('open', 'campaign') AND m.units > 0 AND w.state = 'open'
        AND (%s::bigint[] IS NULL OR m.pool_id = ANY(%s::bigint[]))
), grouped AS (
    SELECT pool_id, needs_hash, kind, ceiling, region, needed_by, earmarked, sum(units) AS units,
        count(DISTINCT coalesce(person_id, -id)) AS persons, min(id) AS example, array_agg(id ORDER BY id) AS wishes
    FROM asked WHERE units > 0 GROUP BY pool_id, needs_hash, kind, ceiling, region, needed_by, earmarked
)
SELECT g.pool_id, w.needs::text, g.kind, g.ceiling, g.region, g.needed_by, g.units, g.persons, g.wishes,
    g.earmarked
FROM grouped g JOIN demand_wish w ON w.id = g.example
ORDER BY g.pool_id, g.needs_hash, g.kind, g.ceiling NULLS LAST, g.region, g.needed_by NULLS LAST,
    g.earmarked NULLS FIRST
"""


def asked_units(pool_ids: Collection[int], *, k: int) -> dict[int, dict[str, int]]:
    """Per pool the units of wishes that ask for an attribute at all, rounded to 5, of at least ``k`` persons."""
    with connection.cursor() as cursor:
        cursor.execute(_ASKED, [sorted(pool_ids), k])
        rows = cursor.fetchall()
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for pool_id, attribute, units in rows:
        found[pool_id][attribute] = int(units)
    return dict(found)


_ASKED = """
SELECT m.pool_id, n.key, 5 * round(sum(m.units) / 5.0)::int
FROM demand_pool_membership m JOIN demand_wish w ON w.id = m.wish_id,
    jsonb_object_keys((w.needs -> 'nice') || (w.needs -> 'must')) AS n(key)
WHERE m.pool_id = ANY(%s::bigint[]) AND m.units > 0
GROUP BY 1, 2 HAVING count(DISTINCT m.person_id) >= %s ORDER BY 1, 2
"""


def said_units(pool_ids: Collection[int], *, k: int) -> dict[int, dict[str, list[dict[str, Any]]]]:
    """Per pool and attribute what was said of it: {"level", "constraint", "units"}, the most asked for first.

    Units rounded to 5, of at least ``k`` persons; what fewer said is left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SAID, [sorted(pool_ids), k])
        rows = cursor.fetchall()
    found: dict[int, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for pool_id, attribute, level, constraint, units in rows:
        said = {"level": level, "constraint": _decoded(constraint), "units": int(units)}
        found[pool_id][attribute].append(said)
    return {pool_id: dict(by_attribute) for pool_id, by_attribute in found.items()}


_SAID = """
SELECT m.pool_id, n.key, level, n.value, 5 * round(sum(m.units) / 5.0)::int AS units
FROM demand_pool_membership m JOIN demand_wish w ON w.id = m.wish_id, unnest(array['must', 'nice']) AS level,
    jsonb_each(w.needs -> level) AS n
WHERE m.pool_id = ANY(%s::bigint[]) AND m.units > 0
GROUP BY 1, 2, 3, 4 HAVING count(DISTINCT m.person_id) >= %s ORDER BY 1, 2, 5 DESC, 3, n.value::text
"""


def _decoded(value: Any) -> dict[str, Any]:
    """JSON as the driver hands it over: text, or already read."""
    return json.loads(value) if isinstance(value, str) else dict(value)
