"""Everything of a category looked at again: cells, specifications, who is where. Set-based; resumes after a kill."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from demand import locking, outbox, runs
from demand.errors import NotThere
from demand.models import Category, Run
from demand.pooling.kernel import ExistingPool, PoolingProblem, Pools, SolveLimits, solve, violations
from demand.pooling.reads.problem import attributes_of, decisions_mark, pools_with, problem_of
from demand.pooling.service import cells, splitting
from demand.pooling.service.moving import Home, Moved, decide, decided, move, postpone
from demand.pooling.service.renewing import renew
from demand.pooling.service.supply import count_firm
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
    *,
    category: str,
    seed: int,
    claimed_by: str,
    now: datetime,
    requested_by_id: int | None = None,
    everything: bool = False,
    most: int | None = None,
) -> Rebuilt:
    """Count the wishes of the category that changed, choose its pools, and move every wish that belongs elsewhere now.

    Two transactions around a solve outside both. A wish placed meanwhile stays where it was put. Killed at any line
    and begun again it ends in the same state. Those whose wish moved are told; ``pools.rebuilt`` goes out. Where wishes
    and staff ask for what they asked for in the last run that finished, and the pools stand as it left them, nothing is
    solved (status ``unchanged``). ``everything`` looks at every wish as if it had changed; the result is the same.

    Where more than ``most`` wishes wait to be counted or placed, parts are asked for (status ``split``) and the run
    that follows the last of them goes on from what they wrote: it decides over all cells, so the pools are the same.
    """
    row = Category.objects.filter(code=category).first()
    if row is None:
        raise NotThere
    with runs.recorded(
        stage="pooling", subject=category, now=now, claimed_by=claimed_by, seed=seed, requested_by_id=requested_by_id
    ) as note:
        note.input_revision = reading.catalog_version()
        last, decisions = _last_run(category), decisions_mark(row.pk)
        if everything:
            with locking.transaction():
                locking.advisory(f"pooling:{row.pk}")
                cells.count_everything(row.pk)
        elif last is not None and _nothing_changed(row, last, note.input_revision, decisions):
            note.status, note.input_hash, note.counts = "unchanged", last.input_hash, last.counts
            return _nothing_done(category, "unchanged")
        if most is not None and (waiting := cells.to_count(row.pk)) > most:
            with locking.transaction():
                splitting.ask(row, "count", waiting, most, now=now)
            note.status = "split"
            if last is not None:
                note.input_revision, note.input_hash, note.counts = last.input_revision, last.input_hash, last.counts
            return _nothing_done(category, "split")
        done = _rebuild(row, note, last, seed=seed, most=most, now=now)
        note.counts["decisions"] = decisions
    return done


def _nothing_done(category: str, status: str) -> Rebuilt:
    return Rebuilt(category=category, wishes=0, cells=0, pools=0, moved=0, status=status)


def _rebuild(
    row: Category, note: runs.Recorder, last: Run | None, *, seed: int, most: int | None, now: datetime
) -> Rebuilt:
    """Count, decide where that is due, and store; what was done is noted too."""
    with locking.transaction():
        locking.advisory(f"pooling:{row.pk}")
        counted = cells.recount(row.pk, now=now)
    problem = problem_of(row.pk, attributes_of(reading.current_catalogue(), row.code))
    plan, asked = None, _asked(problem)
    note.status, note.input_hash = "unchanged", _digest(asked, problem.existing)
    if last is None or note.input_hash != last.input_hash:
        outcome = solve(problem, limits=SolveLimits(), seed=seed)
        broken = violations(problem, outcome.plan)
        if broken:
            raise BrokenPlan("; ".join(broken[:5]))
        plan = outcome.plan
        note.status, note.objective, note.bound = outcome.status, outcome.objective, outcome.bound
    stored = _store(row, problem, plan, wishes=counted.wishes, most=most, now=now)
    note.input_hash = _digest(asked, stored.left)
    done = Rebuilt(
        category=row.code,
        wishes=counted.wishes,
        cells=len(problem.cells),
        pools=len(plan.pools) if plan else 0,
        moved=stored.moved,
        status=note.status,
    )
    note.counts = {
        "wishes": done.wishes,
        "changed": counted.changed,
        "cells": done.cells,
        "pools": done.pools,
        "moved": done.moved,
    }
    return done


def _last_run(category: str) -> Run | None:
    rows = Run.objects.filter(stage="pooling", subject=category, state=Run.State.DONE)
    return rows.order_by("-started_at", "-pk").first()


def _nothing_changed(category: Category, last: Run, catalog_version: str, decided: str) -> bool:
    """Whether no wish, no staff decision and no catalogue came since the category's last finished run."""
    same = last.input_revision == catalog_version and last.counts.get("decisions") == decided
    return same and not cells.waiting(category.pk)


def _asked(problem: PoolingProblem) -> str:
    """A mark of what wishes and staff ask for."""
    rules = problem.rules
    needs: dict[int, str] = {}  # many cells share their needs, one object
    for cell in problem.cells:
        if id(cell.needs) not in needs:
            needs[id(cell.needs)] = repr(cell.needs)
    asked = [
        problem.attributes,
        problem.min_persons,
        sorted(rules.pins.items()),
        sorted(rules.banned),
        sorted(sorted(one) for one in rules.together),
        sorted((sorted(one.left), sorted(one.right)) for one in rules.apart),
        sorted(rules.locked),
        sorted(rules.merges.items()),
        [(one.cell_id, needs[id(one.needs)], one.units, one.persons, one.firm_units) for one in problem.cells],
    ]
    return hashlib.sha256(repr(asked).encode()).hexdigest()


def _digest(asked: str, existing: Iterable[ExistingPool]) -> str:
    """A mark of what is asked for with the pools and their cells as they stand: equal ones are pooled alike."""
    pools = [(one.pool_id, json.dumps(one.specification, sort_keys=True), sorted(one.cells)) for one in existing]
    return hashlib.sha256(repr((asked, sorted(pools))).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """How many wishes moved, and the pools as they are left with their cells."""

    moved: int
    left: Iterable[ExistingPool]


def _store(
    category: Category, problem: PoolingProblem, plan: Pools | None, *, wishes: int, most: int | None, now: datetime
) -> _Stored:
    """Store a plan, or where there is none put the wishes that changed where the last one wants their cells.

    What a later reading took out of other categories comes in a transaction of its own, so that categories wait for
    each other no longer than that takes; killed before it, the run that is begun again brings it in.
    """
    keys: list[int] = []
    with locking.transaction():
        locking.advisory(f"pooling:{category.pk}")
        if plan is not None:
            keys = renew(category, plan.pools, now=now)
            decide([*_homes(keys, plan), Home(pool_id=None, code="unplaced", said="{}", cells=plan.unplaced)])
        if plan is not None and most is not None and (waiting := decided()) > most:
            postpone(category)
            splitting.ask(category, "place", waiting, most, now=now)
            moved = Moved(wishes=0)
        else:
            moved = move(category, wishes=wishes, across=False, now=now)
            if not moved.elsewhere:
                _finish(category, now)
    brought = Moved(wishes=0)
    if moved.elsewhere:
        with locking.transaction():
            for key in sorted({category.pk, *moved.elsewhere}):
                locking.advisory(f"pooling:{key}")
            brought = move(category, wishes=wishes, across=True, now=now)
            _finish(category, now)
    left: Iterable[ExistingPool] = problem.existing
    if plan is not None:
        left = pools_with(category.pk, {k: frozenset(p.cells) for k, p in zip(keys, plan.pools, strict=True)})
    return _Stored(moved=moved.wishes + brought.wishes, left=left)


def _finish(category: Category, now: datetime) -> None:
    """Count what the pools' terms show and let the stages after pooling know."""
    count_firm(category.pk)
    outbox.write(
        "pools.rebuilt",
        aggregate="category",
        aggregate_id=category.pk,
        payload={"category_id": category.pk, "category": category.code},
        now=now,
    )


def _homes(keys: Iterable[int], plan: Pools) -> Iterator[Home]:
    """The cells of each pool with why they are there, and the one must that keeps them out of a larger pool; those of
    one reason together.
    """
    for pool_id, planned in zip(keys, plan.pools, strict=True):
        cells: dict[int, list[int]] = {}  # many cells share their reason, one object
        for cell in planned.cells:
            cells.setdefault(id(plan.why[cell]), []).append(cell)
        for alike in cells.values():
            why = plan.why[alike[0]]
            said = {"extras": list(why.extras), "missed": list(why.missed), "blocked_by": why.blocked_by}
            particulars = json.dumps({name: value for name, value in said.items() if value})
            yield Home(pool_id=pool_id, code=why.code, said=particulars, cells=alike)
