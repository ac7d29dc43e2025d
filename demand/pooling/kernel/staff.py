"""Staff rules turned into blocks and runs that must exist, and the separation of what may not meet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from demand.pooling.kernel.encoding import IMPOSSIBLE, Encoded, Ints, decided_value
from demand.pooling.kernel.problem import Apart, ExistingPool, PoolingProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A run that must exist: an existing pool, the blocks that stay in it, its atoms when they are locked."""

    pool_id: int
    blocks: tuple[int, ...]
    row: Ints
    locked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Cells staff want in a pool, those pinned one by one before those it holds by a lock or merge."""

    pool_id: int
    cells: tuple[int, ...]
    locked: bool


def wanted(problem: PoolingProblem) -> list[Wanted]:
    """What pins, locks and merges ask for, by pool id. A pin outranks membership."""
    rules, known = problem.rules, {cell.cell_id for cell in problem.cells}
    stays: dict[int, dict[int, None]] = {}
    for cell, pool_id in sorted(rules.pins.items()):
        if cell in known:
            stays.setdefault(rules.merges.get(pool_id, pool_id), {})[cell] = None
    merged = {*rules.merges, *rules.merges.values()}
    barred = {(cell, rules.merges.get(pool, pool)) for cell, pool in rules.banned}
    for pool in sorted(problem.existing, key=lambda one: one.pool_id):
        if pool.pool_id in rules.locked or pool.pool_id in merged:
            home = rules.merges.get(pool.pool_id, pool.pool_id)
            free = [c for c in sorted(pool.cells & known) if c not in rules.pins and (c, home) not in barred]
            stays.setdefault(home, {}).update(dict.fromkeys(free))
    return [
        Wanted(pool_id=pool_id, cells=tuple(cells), locked=pool_id in rules.locked)
        for pool_id, cells in sorted(stays.items())
        if cells or pool_id in rules.locked
    ]


def joined(pairs: Iterable[Iterable[int]], known: set[int]) -> list[frozenset[int]]:
    """Groups of cells connected by ``pairs`` (union–find), those of one cell included."""
    parent: dict[int, int] = {}

    def root(cell: int) -> int:
        while parent.setdefault(cell, cell) != cell:
            cell = parent[cell]
        return cell

    for group in pairs:
        members = sorted(cell for cell in group if cell in known)
        for cell in members:
            low, high = sorted((root(members[0]), root(cell)))
            parent[high] = low
    groups: dict[int, set[int]] = {}
    for cell in sorted(parent):
        groups.setdefault(root(cell), set()).add(cell)
    return [frozenset(group) for _, group in sorted(groups.items())]


def apart_rules(problem: PoolingProblem) -> tuple[Apart, ...]:
    """Forbidden pairs, splits, and bans as "apart from those now in that pool"."""
    cells_of = {pool.pool_id: pool.cells for pool in problem.existing}
    bans = [
        Apart(left=frozenset({cell}), right=_in_pool(problem, cells_of, pool) - {cell})
        for cell, pool in sorted(problem.rules.banned)
    ]
    return (*problem.rules.apart, *bans)


def hold(problem: PoolingProblem, encoded: Encoded, asked: Sequence[Wanted]) -> tuple[list[Held], set[int]]:
    """The runs that must exist, each with as many of its wanted blocks as do not contradict one another; and the
    cells for which that could not be."""
    block_of = {cell: block for block, cells in enumerate(encoded.blocks) for cell in cells}
    existing = {pool.pool_id: pool for pool in problem.existing}
    held, released, taken = [], set(), set[int]()
    for want in asked:
        fixed = _locked_row(encoded, existing[want.pool_id]) if want.locked else None
        kept: list[int] = []
        for block in dict.fromkeys(block_of[cell] for cell in want.cells):
            if block not in taken and _fits(encoded, fixed, kept, block):
                kept.append(block)
                taken.add(block)
        inside = {cell for block in kept for cell in encoded.blocks[block]}
        released |= set(want.cells) - inside
        if kept or fixed is not None:
            row = fixed if fixed is not None else encoded.best(kept)
            held.append(Held(pool_id=want.pool_id, blocks=tuple(kept), row=row, locked=want.locked))
    return held, released


def separate(
    members: Mapping[int, list[int]],
    conflicts: Mapping[int, frozenset[int]],
    fixed: frozenset[int],
    weight: Ints,
    price: Callable[[int, int], int],
    opening: int,
) -> list[tuple[int, list[int]]]:
    """Members by column with no two that conflict: who conflicts goes to the cheapest other column, or to a twin.

    ``fixed`` blocks stay and come first; then the heavier. A twin is a second run of the same column, after the first.
    """
    placed: list[tuple[int, list[int]]] = [(column, []) for column in sorted(members)]
    order = [
        (block not in fixed, block not in conflicts, -int(weight[block]), block, place)
        for place, (column, _) in enumerate(placed)
        for block in members[column]
    ]
    for _, _, _, block, place in sorted(order):
        against = conflicts.get(block, frozenset())
        home = placed[place][1]
        if not against & set(home):
            home.append(block)
            continue
        spots = [
            (price(block, column), index) for index, (column, inside) in enumerate(placed) if not against & set(inside)
        ]
        best = min(spots, default=(IMPOSSIBLE, -1))
        column = placed[place][0]
        if best[0] <= price(block, column) + opening and best[0] < IMPOSSIBLE:
            placed[best[1]][1].append(block)
        else:
            placed.append((column, [block]))
    return [(column, sorted(inside)) for column, inside in placed]


def conflicts_of(encoded: Encoded, rules: Iterable[Apart]) -> dict[int, frozenset[int]]:
    """For each block the blocks it may not meet; a rule inside one block cannot hold and is left out."""
    block_of = {cell: block for block, cells in enumerate(encoded.blocks) for cell in cells}
    against: dict[int, set[int]] = {}
    for rule in rules:
        left = {block_of[cell] for cell in rule.left if cell in block_of}
        right = {block_of[cell] for cell in rule.right if cell in block_of}
        for one in left:
            for other in right - {one}:
                against.setdefault(one, set()).add(other)
                against.setdefault(other, set()).add(one)
    return {block: frozenset(others) for block, others in against.items()}


def _in_pool(problem: PoolingProblem, cells_of: Mapping[int, frozenset[int]], pool: int) -> frozenset[int]:
    pinned = {cell for cell, home in problem.rules.pins.items() if home == pool}
    return frozenset(cells_of[pool] | pinned)


def _locked_row(encoded: Encoded, pool: ExistingPool) -> Ints:
    row = []
    for attribute, values in zip(encoded.attributes, encoded.atoms, strict=True):
        constraint = pool.specification.get(attribute.code)
        value = None if constraint is None else decided_value(constraint)
        row.append(0 if value is None or value is False else values.index(value))
    return np.array(row, dtype=np.int64)


def _fits(encoded: Encoded, fixed: Ints | None, kept: list[int], block: int) -> bool:
    if fixed is None:
        return encoded.satisfiable([*kept, block])
    return all(int(table[block, atom]) < IMPOSSIBLE for table, atom in zip(encoded.tables, fixed, strict=True))
