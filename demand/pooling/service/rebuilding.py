"""Everything of a category looked at again: cells, specifications, who is where. Set-based; resumes after a kill."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from demand import locking, outbox, runs
from demand.errors import NotThere
from demand.models import Category, PoolDecision, Run, Wish
from demand.pooling.kernel import PoolingProblem, Pools, SolveLimits, Why, solve, violations
from demand.pooling.reads.problem import attributes_of, problem_of
from demand.pooling.service import cells
from demand.pooling.service.moving import Home, move, recount_pools
from demand.pooling.service.renewing import renew
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
        for pool_id, planned in zip(renew(category, plan.pools, now=now), plan.pools, strict=True):
            home |= {cell: _home(pool_id, plan.why.get(cell)) for cell in planned.cells}
        moved = move(home, now=now)
        recount_pools(category, now=now)
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
