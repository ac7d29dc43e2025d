"""Cells as rows, decided values as atoms: every question of the run becomes a sum of small tables.

The cost of serving a block of cells by a specification is a sum over attributes, so the best specification of any
set of blocks is found attribute by attribute.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from demand.pooling.kernel.preference import attribute_cost
from demand.pooling.kernel.problem import Attribute, DemandCell, PoolingProblem
from demand.reading.kernel.needs import Constraint, Constraints, Needs, Value

Ints = NDArray[np.int64]
IMPOSSIBLE: Final = 1 << 50
"""Larger than any sum of real costs; sums of it stay inside 64 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """``tables[a][block, atom]`` is what the block pays; ``atoms[a][0]`` is ``None`` (left plain).

    Blocks stand in an order that does not depend on ids as long as no staff rule tells equal cells apart.
    """

    attributes: tuple[Attribute, ...]
    atoms: tuple[tuple[Value | None, ...], ...]
    tables: tuple[Ints, ...]
    blocks: tuple[tuple[int, ...], ...]
    persons: Ints
    asked: tuple[NDArray[np.bool_], ...]

    def cost(self, specifications: Ints) -> Ints:
        """Block × specification costs, ``IMPOSSIBLE`` where a must is missed; a specification's lie in one piece."""
        total = np.zeros((len(specifications), len(self.blocks)), dtype=np.int64)
        for position, table in enumerate(self.tables):
            total += np.ascontiguousarray(table.T)[specifications[:, position]]
        return np.minimum(total, IMPOSSIBLE, out=total).T

    def best(self, members: Ints | Sequence[int]) -> Ints:
        """The cheapest specification of these blocks, ties to the plainest and then the most asked for."""
        return np.array([table[members].sum(axis=0).argmin() for table in self.tables], dtype=np.int64)

    def best_alone(self) -> Ints:
        """For each block the cheapest specification of it alone."""
        rows = np.zeros((len(self.blocks), len(self.tables)), dtype=np.int64)
        for position, table in enumerate(self.tables):
            rows[:, position] = table.argmin(axis=1)
        return rows

    def possible(self) -> NDArray[np.bool_]:
        """Whether some specification meets every must, for each block alone."""
        met = np.ones(len(self.blocks), dtype=bool)
        for table in self.tables:
            met &= table.min(axis=1) < IMPOSSIBLE
        return met

    def satisfiable(self, members: Sequence[int]) -> bool:
        """Whether some specification meets every must of these blocks."""
        rows = np.asarray(members, dtype=np.int64)
        return all(int(table[rows].sum(axis=0).min()) < IMPOSSIBLE for table in self.tables)


def encode(problem: PoolingProblem, groups: Iterable[frozenset[int]]) -> Encoded:
    """Blocks, atoms and cost tables. ``groups``: cells that form one block whatever their needs."""
    attributes = tuple(sorted((a for a in problem.attributes if a.scope == "shared"), key=lambda a: a.code))
    by_id = {cell.cell_id: cell for cell in problem.cells}
    members = _blocks(attributes, by_id, groups)
    alike = _alike(problem.cells)
    atoms = tuple(_atoms(attribute, problem, alike) for attribute in attributes)
    inside = _inside(members, by_id)
    tables, asked = [], []
    for attribute, values in zip(attributes, atoms, strict=True):
        table, was_asked = _table(attribute, values, inside)
        tables.append(table)
        asked.append(was_asked)
    return Encoded(
        attributes=attributes,
        atoms=atoms,
        tables=tuple(tables),
        blocks=tuple(members),
        persons=np.add.reduceat(inside.persons, inside.starts) if members else np.zeros(0, dtype=np.int64),
        asked=tuple(asked),
    )


def constraint_for(attribute: Attribute, value: Value) -> Constraint:
    """A decided value in the spelling of a specification."""
    if attribute.kind == "flag":
        return {"is": bool(value)}
    if attribute.kind == "choice":
        return {"any": [value]}
    return {"min": value, "max": value, "unit": attribute.unit or ""}


def decided_value(constraint: Mapping[str, Any]) -> Value:
    """The value a specification's constraint decides."""
    if "is" in constraint:
        return bool(constraint["is"])
    value: Value = constraint["any"][0] if "any" in constraint else constraint["min"]
    return value


def specification_of(encoded: Encoded, row: Ints, members: Sequence[int]) -> Constraints:
    """The specification a row of atoms stands for: decided where a member asked, else only where it is not plain."""
    decided: Constraints = {}
    for position, attribute in enumerate(encoded.attributes):
        value = encoded.atoms[position][int(row[position])]
        if attribute.kind == "flag" and value is None and encoded.asked[position][list(members)].any():
            value = False
        if value is not None:
            decided[attribute.code] = constraint_for(attribute, value)
    return decided


def _blocks(
    attributes: Sequence[Attribute], by_id: Mapping[int, DemandCell], groups: Iterable[frozenset[int]]
) -> list[tuple[int, ...]]:
    grouped = [tuple(sorted(group)) for group in groups]
    taken = {cell for group in grouped for cell in group}
    alike: dict[str, list[int]] = {}
    keys: dict[int, str] = {}  # many cells share their needs, one object
    for cell_id, cell in by_id.items():
        if cell_id not in taken:
            key = keys.get(id(cell.needs)) or keys.setdefault(id(cell.needs), _key(attributes, cell))
            alike.setdefault(key, []).append(cell_id)
    keyed = [(key, tuple(sorted(ids))) for key, ids in alike.items()]
    keyed += [("|".join(sorted(_key(attributes, by_id[i]) for i in group)), group) for group in grouped]
    return [ids for _, ids in sorted(keyed)]


def _key(attributes: Sequence[Attribute], cell: DemandCell) -> str:
    shared = [[cell.needs["must"].get(a.code), cell.needs["nice"].get(a.code)] for a in attributes]
    return json.dumps(shared, sort_keys=True)


def _atoms(
    attribute: Attribute, problem: PoolingProblem, alike: Iterable[tuple[Needs, int]]
) -> tuple[Value | None, ...]:
    """``None`` first, then every value that may be decided: plainest first, else the most asked for first."""
    if attribute.kind == "flag":
        return (None, True)
    asked: dict[Value, int] = dict.fromkeys(attribute.values, 0)
    for needs, persons in alike:
        for part in ("must", "nice"):
            for value in _named(needs[part].get(attribute.code)):
                asked[value] = asked.get(value, 0) + (persons if part == "must" else 0)
    for pool in problem.existing:
        if pool.pool_id in problem.rules.locked and attribute.code in pool.specification:
            asked.setdefault(decided_value(pool.specification[attribute.code]), 0)
    ranks = {value: rank for rank, value in enumerate(attribute.plainness or ())}
    order = {value: rank for rank, value in enumerate(attribute.values)}
    fallback = len(order)

    def place(value: Value) -> tuple[int, int, int, float | str]:
        return (ranks.get(str(value), len(ranks)), -asked[value], order.get(str(value), fallback), value)

    return (None, *sorted(asked, key=place))


def _alike(cells: Iterable[DemandCell]) -> list[tuple[Needs, int]]:
    """Needs with how many people have them, those of one object together."""
    needs: dict[int, Needs] = {}
    persons: dict[int, int] = {}
    for cell in cells:
        needs[id(cell.needs)] = cell.needs
        persons[id(cell.needs)] = persons.get(id(cell.needs), 0) + cell.persons
    return [(one, persons[key]) for key, one in needs.items()]


def _named(constraint: Constraint | None) -> list[Value]:
    if constraint is None or "is" in constraint or "not" in constraint:
        return []
    if "any" in constraint:
        return list(constraint["any"])
    return sorted({bound for bound in (constraint["min"], constraint["max"]) if bound is not None})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inside:
    """The cells of all blocks in a row: where each block begins, and of each cell its people and its needs, which stand
    once in ``needs`` however many cells have them."""

    starts: Ints
    persons: Ints
    needs: tuple[Needs, ...]
    needs_of: Ints


def _inside(blocks: Sequence[Sequence[int]], by_id: Mapping[int, DemandCell]) -> _Inside:
    cells = [by_id[cell] for block in blocks for cell in block]
    needs = {id(cell.needs): cell.needs for cell in cells}
    places = {key: place for place, key in enumerate(needs)}
    return _Inside(
        starts=np.cumsum([0, *(len(block) for block in blocks[:-1])], dtype=np.int64),
        persons=np.array([cell.persons for cell in cells], dtype=np.int64),
        needs=tuple(needs.values()),
        needs_of=np.array([places[id(cell.needs)] for cell in cells], dtype=np.int64),
    )


def _table(attribute: Attribute, values: Sequence[Value | None], inside: _Inside) -> tuple[Ints, NDArray[np.bool_]]:
    if not inside.needs:
        return np.zeros((0, len(values)), dtype=np.int64), np.zeros(0, dtype=bool)
    kinds: dict[str, int] = {}
    costs: list[list[int]] = []
    kind_of_needs: list[int] = []
    for needs in inside.needs:
        must, nice = needs["must"].get(attribute.code), needs["nice"].get(attribute.code)
        kind = kinds.setdefault(repr((must, nice)), len(costs))
        if kind == len(costs):
            found = [attribute_cost(attribute, must, nice, value) for value in values]
            costs.append([-1 if cost is None else cost for cost in found])
        kind_of_needs.append(kind)
    kind_of = np.array(kind_of_needs, dtype=np.int64)[inside.needs_of]
    each = np.array(costs, dtype=np.int64)[kind_of]
    total = np.add.reduceat(np.maximum(each, 0) * inside.persons[:, None], inside.starts, axis=0)
    missed = np.logical_or.reduceat(each < 0, inside.starts, axis=0)
    asked = np.logical_or.reduceat(kind_of != kinds.get(repr((None, None)), -1), inside.starts)
    return np.where(missed, IMPOSSIBLE, total), asked
