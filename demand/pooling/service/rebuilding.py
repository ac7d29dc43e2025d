"""Everything of a category looked at again: cells, specifications, who is where. Set-based; resumes after a kill."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, Q

from demand import locking, outbox, runs
from demand.errors import NotThere
from demand.models import Category, Pool, PoolDecision, PoolState, Run, Wish
from demand.notices import Message, tell
from demand.pooling import steps
from demand.pooling.kernel import Pool as Planned
from demand.pooling.kernel import PoolingProblem, Pools, SolveLimits, Why, solve, violations
from demand.pooling.reads.problem import attributes_of, problem_of
from demand.pooling.service import cells
from demand.reading import reads as reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a nightly pooling of one category did."""

    category: str
    wishes: int
    cells: int
    pools: int
    moved: int
    status: str


# A cell's pool, the code of the reason, and the reason's particulars as JSON.
Home = tuple[int, str, str]


class BrokenPlan(RuntimeError):
    """The kernel's answer broke a rule of its own problem; nothing was stored."""


def rebuild_category(
    *, category: str, seed: int, claimed_by: str, now: datetime, requested_by_id: int | None = None
) -> Rebuilt:
    """Count the category's cells again, choose its pools, and move every wish that belongs elsewhere now.

    Two transactions around a solve outside both. A wish placed meanwhile stays where it was put. Killed at any line
    and begun again it ends in the same state. Those whose wish moved are told; ``pools.rebuilt`` goes out. Where the
    wishes ask for what they asked for in the last run that finished, nothing is solved (status ``unchanged``).
    """
    row = Category.objects.filter(code=category).first()
    if row is None:
        raise NotThere
    with runs.recorded(
        stage="pooling", subject=category, now=now, claimed_by=claimed_by, seed=seed, requested_by_id=requested_by_id
    ) as note:
        note.input_revision = reading.catalog_version()
        if nothing_changed(row, note.input_revision):
            note.status = "unchanged"
            return Rebuilt(category=category, wishes=0, cells=0, pools=0, moved=0, status="unchanged")
        with locking.transaction():
            locking.advisory(f"pooling:{row.pk}")
            wishes = cells.recount(row.pk, now=now)
        attributes = attributes_of(reading.current_catalogue(), category)
        problem = problem_of(row.pk, attributes)
        note.input_hash = _input_hash(problem)
        if note.input_hash == _last_input(category):
            note.status = "unchanged"
            return Rebuilt(
                category=category, wishes=wishes, cells=len(problem.cells), pools=0, moved=0, status="unchanged"
            )
        outcome = solve(problem, limits=SolveLimits(), seed=seed)
        broken = violations(problem, outcome.plan)
        if broken:
            raise BrokenPlan("; ".join(broken[:5]))
        note.status, note.objective, note.bound = outcome.status, outcome.objective, outcome.bound
        moved = _store(row, outcome.plan, now=now)
        note.counts = {
            "wishes": wishes,
            "cells": len(problem.cells),
            "pools": len(outcome.plan.pools),
            "moved": moved,
        }
    return Rebuilt(
        category=category,
        wishes=wishes,
        cells=len(problem.cells),
        pools=len(outcome.plan.pools),
        moved=moved,
        status=outcome.status,
    )


def nothing_changed(category: Category, catalog_version: str) -> bool:
    """Whether no wish, no staff decision and no catalogue came since the category's last finished run began."""
    rows = Run.objects.filter(stage="pooling", subject=category.code, state=Run.State.DONE).exclude(status="unchanged")
    last = rows.order_by("-started_at", "-pk").first()
    if last is None or last.input_revision != catalog_version:
        return False
    since = last.started_at
    if Wish.objects.filter(category=category, updated_at__gte=since).exists():
        return False
    decided = Q(created_at__gte=since) | Q(undone_at__gte=since)
    return not PoolDecision.objects.filter(decided, category=category).exists()


def _input_hash(problem: PoolingProblem) -> str:
    """What the wishes and staff ask for, without where the pools of the last run stand."""
    asked = (problem.attributes, problem.cells, problem.rules, problem.min_persons)
    return hashlib.sha256(repr(asked).encode()).hexdigest()


def _last_input(category: str) -> str:
    rows = Run.objects.filter(stage="pooling", subject=category, state=Run.State.DONE).order_by("-started_at", "-pk")
    return rows.values_list("input_hash", flat=True).first() or ""


def _store(category: Category, plan: Pools, *, now: datetime) -> int:
    with locking.transaction():
        locking.advisory(f"pooling:{category.pk}")
        home: dict[int, Home] = {}
        taken = {planned.existing_id for planned in plan.pools if planned.existing_id is not None}
        for planned in sorted(plan.pools, key=lambda one: one.existing_id is None):
            pool_id = _pool_for(category, planned, taken=taken, now=now)
            taken.add(pool_id)
            home |= {cell: _home(pool_id, plan.why.get(cell)) for cell in planned.cells}
        moved = _move(home, now=now)
        _recount_pools(category, now=now)
        outbox.write(
            "pools.rebuilt",
            aggregate="category",
            aggregate_id=category.pk,
            payload={"category_id": category.pk, "category": category.code},
            now=now,
        )
    return moved


def _home(pool_id: int, why: Why | None) -> Home:
    """A cell's pool with why it is there, and the larger pool that one must keeps it out of, in numbers."""
    if why is None:
        return pool_id, "asked", "{}"
    said: dict[str, Any] = {
        "extras": list(why.extras),
        "missed": list(why.missed),
        "blocked_by": why.blocked_by,
        "would_meet": why.would_meet,
    }
    return pool_id, why.code, json.dumps({name: value for name, value in said.items() if value})


def _pool_for(category: Category, planned: Planned, *, taken: set[int], now: datetime) -> int:
    """The row of a planned pool: the one it continues, one with its specification that no other plan continues, or a
    new one. Pools of one specification that staff keep apart are twins, each with a row of its own."""
    kept = Pool.objects.filter(pk=planned.existing_id or 0).first()
    if kept is not None and (kept.state != PoolState.OPEN or kept.specification == dict(planned.specification)):
        return kept.pk
    twin, same = 0, _with_specification(category, planned, 0)
    while same is not None and same in taken:
        twin, same = twin + 1, _with_specification(category, planned, twin + 1)
    if same is not None:
        return same
    if kept is None:
        return steps.open_pool(category.pk, planned.specification, now=now, twin=twin).pk
    Pool.objects.filter(pk=kept.pk, state=PoolState.OPEN).update(
        specification=dict(planned.specification),
        spec_hash=steps.spec_hash(planned.specification, twin),
        search_text=steps.search_text(category.pk, planned.specification),
        revision=F("revision") + 1,
        updated_at=now,
    )
    return kept.pk


def _with_specification(category: Category, planned: Planned, twin: int) -> int | None:
    digest = steps.spec_hash(planned.specification, twin)
    rows = Pool.objects.filter(category=category, spec_hash=digest, state__in=["open", "campaign"], locked=False)
    return rows.values_list("pk", flat=True).first()


def _move(home: dict[int, Home], *, now: datetime) -> int:
    """Put every open wish of the cells into their pool; how many had been elsewhere. They are told."""
    if not home:
        return 0
    keys = sorted(home)
    columns: list[list[Any]] = [keys, *([home[key][part] for key in keys] for part in range(3))]
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, columns)
        told = cursor.fetchall()
        cursor.execute(_PLACE, [now, *columns])
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


_HOME = "unnest(%s::bigint[], %s::bigint[], %s::text[], %s::jsonb[]) AS h (cell_id, pool_id, reason, params)"

_MOVED = f"""
SELECT w.id, w.user_id, w.text, h.pool_id FROM {_HOME}
JOIN demand_wish w ON w.demand_cell_id = h.cell_id AND w.state = 'open' AND w.user_id IS NOT NULL
JOIN demand_pool_membership m ON m.wish_id = w.id
WHERE m.pool_id <> h.pool_id AND NOT EXISTS (
    SELECT 1 FROM demand_commitment c WHERE c.wish_id = w.id AND c.state IN ('announced', 'queued', 'confirmed'))
"""

_PLACE = f"""
INSERT INTO demand_pool_membership AS m
    (wish_id, pool_id, person_id, units, firm_units, reason, reason_params, joined_at)
SELECT w.id, h.pool_id, w.person_id, CASE WHEN w.seeded THEN 0 ELSE w.quantity END,
    CASE WHEN w.kind = 'preorder' AND NOT w.seeded THEN w.quantity ELSE 0 END, h.reason, h.params, %s
FROM {_HOME} JOIN demand_wish w ON w.demand_cell_id = h.cell_id AND w.state = 'open'
ON CONFLICT (wish_id) DO UPDATE SET
    pool_id = excluded.pool_id, person_id = excluded.person_id, units = excluded.units,
    firm_units = excluded.firm_units, reason = excluded.reason, reason_params = excluded.reason_params,
    joined_at = CASE WHEN m.pool_id = excluded.pool_id THEN m.joined_at ELSE excluded.joined_at END
WHERE (m.pool_id, m.person_id, m.units, m.firm_units, m.reason, m.reason_params) IS DISTINCT FROM
        (excluded.pool_id, excluded.person_id, excluded.units, excluded.firm_units, excluded.reason,
        excluded.reason_params)
    AND NOT EXISTS (SELECT 1 FROM demand_commitment c
        WHERE c.wish_id = m.wish_id AND c.state IN ('announced', 'queued', 'confirmed'))
"""


def _recount_pools(category: Category, *, now: datetime) -> None:
    """Totals of the category's pools from their members; pools nobody is in are closed, except what staff opened."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
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
            """,
            [now, category.pk],
        )
