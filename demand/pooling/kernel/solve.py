"""Pool the demand cells of one category by what they need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from demand.pooling.kernel import candidates as candidate_rows
from demand.pooling.kernel import cover, identity, staff
from demand.pooling.kernel.encoding import IMPOSSIBLE, Encoded, Ints, encode, specification_of
from demand.pooling.kernel.preference import EXTRA
from demand.pooling.kernel.problem import Outcome, Pool, PoolingProblem, Pools, SolveLimits, Status
from demand.pooling.kernel.reasons import explain

LARGEST_MATRIX = 24_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    """The facility location problem: held runs are the first columns, open for nothing."""

    encoded: Encoded
    placeable: Ints
    rows: Ints
    cost: Ints
    opening: Ints
    held: tuple[staff.Held, ...]
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Blocks of one pool, its atoms, and its id where staff hold it open."""

    members: tuple[int, ...]
    row: Ints
    pool_id: int | None


def solve(
    problem: PoolingProblem, *, limits: SolveLimits | None = None, seed: int = 0, warm_start: Pools | None = None
) -> Outcome:
    """Choose specifications and put every cell in one pool at the least cost.

    A run costs ``problem.run_extras``; a cell pays, for each of its people, what ``preference`` says. Musts over shared
    attributes are met, variants, ceilings and weeks do not decide, and a pool's quantity is one somebody named. The
    result depends on needs, people and staff rules only: not on ids or the order of cells, unless staff rules name
    cells. Existing pools give the ids (largest overlap). ``cover`` states the algorithm, its sources and its bound;
    ``bound`` holds over the specifications weighed, which are all there are when the status is ``optimal``. Staff
    separations are made after the optimisation, so the bound is of the problem without them. ``seed`` and
    ``warm_start`` change nothing: there is no chance in it. With 0 rounds each distinct need is a run of its own.
    Checked against enumeration in ``tests/oracles/pooling_oracle.py``.
    """
    begin = perf_counter()
    limits = limits or SolveLimits()
    encoded, released = _blocks(problem)
    model, more_released = _model(problem, encoded, limits)
    opened = _choose(model, limits)
    bound = cover.dual_bound(model.cost, model.opening) if limits.rounds else 0
    grouped = _separated(problem, model, opened)
    plan = _plan(problem, encoded, grouped, released | more_released)
    total = _recomputed(encoded, grouped, EXTRA * problem.run_extras)
    status: Status = "optimal" if model.complete and limits.rounds and total == bound else "feasible"
    return Outcome(status=status, plan=plan, objective=total, bound=min(bound, total), seconds=perf_counter() - begin)


def _recomputed(encoded: Encoded, grouped: Sequence[_Group], run: int) -> int:
    """The cost of a plan from its members and specifications alone; a run staff hold open costs nothing to open."""
    paid = 0
    for group in grouped:
        paid += int(encoded.cost(group.row[None, :])[list(group.members), 0].sum())
        paid += run if group.pool_id is None else 0
    return paid


def _blocks(problem: PoolingProblem) -> tuple[Encoded, set[int]]:
    """Cells as blocks; those kept together are one block, unless that cannot be (then they are released)."""
    known = {cell.cell_id for cell in problem.cells}
    touched = {*problem.rules.pins, *(cell for want in staff.wanted(problem) for cell in want.cells)}
    for rule in staff.apart_rules(problem):
        touched |= rule.left | rule.right
    singles = [frozenset({cell}) for cell in touched]
    groups = staff.joined([*problem.rules.together, *singles], known)
    released: set[int] = set()
    while True:
        encoded = encode(problem, groups)
        torn = _torn(problem, encoded, {group for group in groups if len(group) > 1})
        if not torn:
            return encoded, released
        released |= torn
        groups = [group for group in groups if not group & torn] + [frozenset({cell}) for cell in sorted(torn)]


def _torn(problem: PoolingProblem, encoded: Encoded, groups: set[frozenset[int]]) -> set[int]:
    """Cells of the groups that nothing can serve, that a separation divides, or that keep one of them from its pin."""
    if not groups:
        return set()
    against = [(rule.left, rule.right) for rule in staff.apart_rules(problem)]
    _held, unheld = staff.hold(problem, encoded, staff.wanted(problem))
    unpinned = unheld & set(problem.rules.pins)
    torn: set[int] = set()
    for block, cells in enumerate(encoded.blocks):
        inside = frozenset(cells)
        if inside in groups and (
            inside & unpinned
            or not encoded.satisfiable([block])
            or any(left & inside and right & inside for left, right in against)
        ):
            torn |= inside
    return torn


def _model(problem: PoolingProblem, encoded: Encoded, limits: SolveLimits) -> tuple[_Model, set[int]]:
    held, released = staff.hold(problem, encoded, staff.wanted(problem))
    most = min(limits.candidates, max(200, LARGEST_MATRIX // max(1, len(encoded.blocks))))
    proposed = candidate_rows.propose(encoded, most=most)
    rows = np.concatenate([*(one.row[None, :] for one in held), proposed.rows]).astype(np.int64)
    placeable = np.flatnonzero(encoded.possible())
    cost = encoded.cost(rows)
    for column, one in enumerate(held):
        kept = cost[list(one.blocks), column].copy()
        cost[list(one.blocks), :] = IMPOSSIBLE
        cost[list(one.blocks), column] = kept
    opening = np.full(len(rows), EXTRA * problem.run_extras, dtype=np.int64)
    opening[: len(held)] = 0
    return _Model(
        encoded=encoded,
        placeable=placeable,
        rows=rows,
        cost=cost if len(placeable) == len(cost) else cost[placeable],
        opening=opening,
        held=tuple(held),
        complete=proposed.complete,
    ), released


def _choose(model: _Model, limits: SolveLimits) -> list[tuple[int, list[int]]]:
    """Open columns with their blocks."""
    if not len(model.placeable):
        return [(column, []) for column in range(len(model.held))]
    start = {*range(len(model.held)), *(int(column) for column in np.unique(model.cost.argmin(axis=1)))}
    found = cover.improve(model.cost, model.opening, start=tuple(sorted(start)), rounds=limits.rounds)
    opened = np.array(found.opened, dtype=np.int64)
    chosen = opened[model.cost[:, opened].argmin(axis=1)]
    members: dict[int, list[int]] = {int(column): [] for column in opened if column < len(model.held)}
    for block, column in zip(model.placeable, chosen, strict=True):
        members.setdefault(int(column), []).append(int(block))
    return sorted(members.items())


def _separated(problem: PoolingProblem, model: _Model, opened: list[tuple[int, list[int]]]) -> list[_Group]:
    """Blocks by pool with no two that staff keep apart, and each pool's specification decided anew for its members."""
    conflicts = staff.conflicts_of(model.encoded, staff.apart_rules(problem))
    line_of = {int(block): line for line, block in enumerate(model.placeable)}
    fixed = frozenset(block for one in model.held for block in one.blocks)
    placed = (
        staff.separate(
            dict(opened),
            conflicts,
            fixed,
            model.encoded.persons,
            lambda block, column: int(model.cost[line_of[block], column]),
            EXTRA * problem.run_extras,
        )
        if conflicts
        else opened
    )
    grouped: list[_Group] = []
    seen: set[int] = set()
    for column, members in placed:
        held = model.held[column] if column < len(model.held) and column not in seen else None
        seen.add(column)
        locked = held is not None and held.locked
        if members or locked:
            row = model.rows[column] if locked else model.encoded.best(members)
            grouped.append(_Group(members=tuple(sorted(members)), row=row, pool_id=held.pool_id if held else None))
    return grouped


def _plan(problem: PoolingProblem, encoded: Encoded, grouped: Sequence[_Group], released: set[int]) -> Pools:
    """Pools with identities and reasons, the largest first."""
    by_id = {cell.cell_id: cell for cell in problem.cells}
    given = {i: group.pool_id for i, group in enumerate(grouped) if group.pool_id is not None}
    cells = [sorted(cell for block in group.members for cell in encoded.blocks[block]) for group in grouped]
    ids = identity.match(cells, problem.existing, {i: c.units for i, c in by_id.items()}, given)
    pools = [
        Pool(
            existing_id=ids.get(i),
            specification=specification_of(encoded, grouped[i].row, grouped[i].members),
            cells=tuple(inside),
            units=sum(by_id[c].units for c in inside),
            persons=sum(by_id[c].persons for c in inside),
            firm_units=sum(by_id[c].firm_units for c in inside),
        )
        for i, inside in enumerate(cells)
    ]
    pools.sort(key=lambda pool: (-pool.units, str(pool.specification), pool.cells))
    home = {cell: pool.existing_id for pool in pools for cell in pool.cells}
    merges = problem.rules.merges
    released |= {c for c, p in problem.rules.pins.items() if c in home and home[c] != merges.get(p, p)}
    unplaced = tuple(sorted(set(by_id) - set(home)))
    return Pools(
        pools=tuple(pools),
        why=explain(problem, pools),
        unplaced=unplaced,
        released=tuple(sorted(released - set(unplaced))),
    )
