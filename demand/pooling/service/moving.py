"""Wishes put where a plan of their category wants them, and the pools' totals counted again; only what changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from demand.models import Category, Pool
from demand.notices import Message, tell
from demand.pooling.service import totals

MOST_CARRIED = 0.2
"""Where more of a category moves than this share, its pools are counted again whole: that is less work then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where cells belong: their pool, the code of the reason, and the reason's particulars as JSON."""

    pool_id: int | None
    code: str
    said: str
    cells: Iterable[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How many wishes had been elsewhere, and the other categories in whose pools wishes of this one still are."""

    wishes: int
    elsewhere: tuple[int, ...] = ()


def decide(homes: Iterable[Home]) -> None:
    """Note at each cell where its wishes belong and why; the :func:`move` that follows moves those of changed cells."""
    rows = (
        f'{{"pool_id":{home.pool_id or "null"},"reason":"{home.code}","params":{home.said},"cells":{list(home.cells)}}}'
        for home in homes
    )
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS decided")
        cursor.execute("CREATE TEMP TABLE decided (cell_id bigint) ON COMMIT DROP")
        cursor.execute(_DECIDE, [f"[{','.join(rows)}]"])


def move(category: Category, *, wishes: int, across: bool, now: datetime) -> Moved:
    """Put the wishes of decided cells, and those not settled yet, into their cell's pool, and keep the pools' totals.

    They are told. A wish with a commitment stays where it is and is looked at again; so does one in a pool of another
    category, which a later reading took out of there, unless ``across``. Belongs in the caller's transaction, which
    holds the category, and for ``across`` those others. ``wishes`` are in the category's cells.
    """
    due = _due(category, across=across, part=0, parts=1)
    if due.wishes > MOST_CARRIED * wishes:
        _place(category, now, part=0, parts=1)
        own = Pool.objects.filter(category=category).values_list("pk", flat=True)
        totals.recount([*own, *(pool for pool, _category, stays in due.left if not stays)], now=now)
    else:
        with totals.carried(_PLACES, now=now):
            _place(category, now, part=0, parts=1)
        totals.recount(totals.stale(category.pk), now=now)
    totals.open_or_close(category.pk, also=[pool for pool, _category, _stays in due.left], now=now)
    _tell(due.moved, now)
    return Moved(wishes=len(due.moved), elsewhere=tuple(sorted({other for _pool, other, stays in due.left if stays})))


def decided() -> int:
    """How many wishes are in the cells that were decided anew in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM demand_counted_wish WHERE cell_id IN (SELECT cell_id FROM decided)")
        return int(cursor.fetchone()[0])


def postpone(category: Category) -> None:
    """Leave it to parts to put the wishes of decided cells where they belong, and every pool to be counted after."""
    with connection.cursor() as cursor:
        cursor.execute(_POSTPONE, [category.pk])
        cursor.execute("UPDATE demand_pool SET stale = true WHERE category_id = %s AND NOT stale", [category.pk])


_POSTPONE = """
UPDATE demand_counted_wish SET settled = false
WHERE category_id = %s AND settled AND units > 0 AND cell_id IN (SELECT cell_id FROM decided)
"""


def place_part(category: Category, *, part: int, parts: int, now: datetime) -> int:
    """Put the wishes of one part of the cells that wait for it into their cell's pool and tell them; how many moved.

    Parts may be placed at once, each in a transaction of its own that shares the category. The pools are counted by
    the :func:`move` that comes after all parts, and it brings in what is in other categories.
    """
    due = _due(category, across=False, part=part, parts=parts)
    _place(category, now, part=part, parts=parts)
    _tell(due.moved, now)
    return len(due.moved)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """How many wishes stand elsewhere than they should; those who are told of a move (wish, user, text, pool); pools
    of other categories in which they are (pool, its category, whether the wish stays there)."""

    wishes: int
    moved: list[tuple[int, int, str, int]]
    left: list[tuple[int, int, bool]]


def _due(category: Category, *, across: bool, part: int, parts: int) -> _Due:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE IF NOT EXISTS decided (cell_id bigint) ON COMMIT DROP")
        cursor.execute("DROP TABLE IF EXISTS looked, due")
        cursor.execute(_LOOKED, {"category": category.pk, "part": part, "parts": parts})
        cursor.execute("ANALYZE looked")
        cursor.execute(_DUE, {"category": category.pk, "across": across})
        cursor.execute("ANALYZE due")
        cursor.execute("SELECT count(*) FROM due")
        wishes = int(cursor.fetchone()[0])
        cursor.execute(_MOVED)
        moved = cursor.fetchall()
        cursor.execute(_LEFT, [category.pk])
        return _Due(wishes=wishes, moved=moved, left=cursor.fetchall())


def _place(category: Category, now: datetime, *, part: int, parts: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_DROP)
        cursor.execute(_CHANGE, [now])
        cursor.execute(_ADD, [now])
        cursor.execute(_SETTLE)
        cursor.execute(_SETTLE_HELD, [category.pk, parts, part])
        cursor.execute(_UNSETTLE, [category.pk])


def _tell(moved: Iterable[tuple[int, int, str, int]], now: datetime) -> None:
    messages = [
        Message(
            user_id=user_id,
            kind="wish.moved",
            params={"wish": text[:40], "pool_id": pool_id},
            event_key=f"moved:{wish_id}:{now.date().isoformat()}:{pool_id}",
            link="/my/",
        )
        for wish_id, user_id, text, pool_id in moved
    ]
    tell(messages, now=now)


_DECIDE = """
WITH changed AS (
    UPDATE demand_cell c SET pool_id = h.pool_id, reason = h.reason, reason_params = h.params
    FROM (SELECT d.pool_id, d.reason, d.params, unnest(d.cells) AS cell_id
        FROM jsonb_to_recordset(%s::jsonb) AS d (pool_id bigint, reason text, params jsonb, cells bigint[])) h
    WHERE c.id = h.cell_id AND (c.pool_id, c.reason, c.reason_params)
        IS DISTINCT FROM (h.pool_id, h.reason::varchar, h.params)
    RETURNING c.id)
INSERT INTO decided SELECT id FROM changed
"""

# Where a row is tells later whether it is still the one looked at: what a part or a shopper counts meanwhile is
# another. A cell that a part has opened meanwhile belongs nowhere yet; its wishes stay where they are until it does.
_LOOKED = """
CREATE TEMP TABLE looked ON COMMIT DROP AS
SELECT wish_id, cell_id, person_id, units, firm_units, ctid AS at FROM demand_counted_wish
WHERE category_id = %(category)s AND NOT settled AND units > 0 AND mod(cell_id, %(parts)s) = %(part)s
    AND cell_id NOT IN (SELECT id FROM demand_cell WHERE category_id = %(category)s AND reason = '')
UNION ALL SELECT k.* FROM decided d CROSS JOIN LATERAL (
    SELECT wish_id, cell_id, person_id, units, firm_units, NULL::tid FROM demand_counted_wish
    WHERE cell_id = d.cell_id AND settled AND units > 0 OFFSET 0) k
"""

# What differs from how it stands: on most nights a small part of the category. What changed since it was counted
# stands where its shopper's change put it until it is counted again; what did not is as its narrow row says.
_DUE = """
CREATE TEMP TABLE due ON COMMIT DROP AS
SELECT d.*, d.was IS NOT NULL AND (NOT %(across)s AND (SELECT category_id FROM demand_pool WHERE id = d.was)
    <> %(category)s OR EXISTS (SELECT 1 FROM demand_commitment c
        WHERE c.wish_id = d.wish_id AND c.state IN ('announced', 'queued', 'confirmed'))) AS stays
FROM (
    SELECT k.wish_id, m.pool_id AS was, c.pool_id, k.person_id, c.reason, c.reason_params, k.units, k.firm_units,
        m.person_id AS old_person, m.units AS old_units, m.firm_units AS old_firm, m.reason AS old_reason,
        m.reason_params AS old_params
    FROM looked k JOIN demand_cell c ON c.id = k.cell_id
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
SELECT DISTINCT p.id, p.category_id, d.stays FROM due d JOIN demand_pool p ON p.id = d.was WHERE p.category_id <> %s
"""

_PLACES = """
SELECT was AS pool_id, old_person AS person_id, wish_id FROM due WHERE NOT stays
UNION ALL SELECT pool_id, person_id, wish_id FROM due WHERE NOT stays
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
UPDATE demand_counted_wish k SET settled = true FROM looked l
WHERE k.ctid = l.at AND (k.wish_id, k.cell_id) IS NOT DISTINCT FROM (l.wish_id, l.cell_id)
    AND l.wish_id NOT IN (SELECT wish_id FROM due WHERE stays)
"""

_SETTLE_HELD = """
UPDATE demand_counted_wish SET settled = true
WHERE category_id = %s AND NOT settled AND units = 0 AND mod(cell_id, %s) = %s
"""

_UNSETTLE = """
UPDATE demand_counted_wish k SET settled = false
WHERE k.category_id = %s AND k.settled AND k.wish_id = ANY(ARRAY(SELECT wish_id FROM due WHERE stays))
"""
