"""Why a cell is in its pool, and the one thing that would move it to a larger one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from demand.pooling.kernel.encoding import decided_value
from demand.pooling.kernel.preference import attribute_cost, serves
from demand.pooling.kernel.problem import Attribute, DemandCell, Pool, PoolingProblem, Reason, Why

LARGEST_LOOKED_AT = 40


def explain(problem: PoolingProblem, pools: Sequence[Pool]) -> dict[int, Why]:
    """A reason for every placed cell; ``pools`` from the largest."""
    shared = {a.code: a for a in problem.attributes if a.scope == "shared"}
    by_id = {cell.cell_id: cell for cell in problem.cells}
    said: dict[tuple[str, int], Why] = {}
    asked: dict[int, str] = {}  # many cells share their needs, one object
    why: dict[int, Why] = {}
    for index, pool in enumerate(pools):
        for cell_id in pool.cells:
            cell = by_id[cell_id]
            needs = asked.get(id(cell.needs)) or asked.setdefault(id(cell.needs), _asked(shared, cell))
            key = (needs + str(cell_id in problem.rules.pins), index)
            if key not in said:
                said[key] = _why(problem, shared, pools, index, cell)
            why[cell_id] = said[key]
    return why


def _asked(shared: Mapping[str, Attribute], cell: DemandCell) -> str:
    must, nice = ({c: v for c, v in part.items() if c in shared} for part in (cell.needs["must"], cell.needs["nice"]))
    return str((must, nice))


def blocking(shared: Mapping[str, Attribute], must: Mapping[str, Any], specification: Mapping[str, Any]) -> list[str]:
    """Shared attributes whose must the specification misses; left plain, a flag is off and anything else is missed."""
    missed = []
    for code, constraint in must.items():
        if code in shared:
            value = decided_value(specification[code]) if code in specification else None
            if attribute_cost(shared[code], constraint, None, value) is None:
                missed.append(code)
    return missed


def _why(
    problem: PoolingProblem, shared: Mapping[str, Attribute], pools: Sequence[Pool], index: int, cell: DemandCell
) -> Why:
    pool, needs = pools[index], cell.needs
    values = {code: decided_value(constraint) for code, constraint in pool.specification.items()}
    extras = tuple(
        code
        for code, value in values.items()
        if code not in needs["must"] and code not in needs["nice"] and attribute_cost(shared[code], None, None, value)
    )
    missed = tuple(
        code
        for code, nice in needs["nice"].items()
        if code in shared and not serves(nice, values.get(code, False if shared[code].kind == "flag" else ""))
    )
    larger = _would_join(shared, pools, index, cell)
    join, blocked, meet = larger or (None, None, 0)
    code: Reason = "nice_missed" if missed else "extra" if extras else "asked"
    if pool.cells == (cell.cell_id,) and cell.persons == 1:
        code = "alone"
    if pool.existing_id is not None and problem.rules.pins.get(cell.cell_id) == pool.existing_id:
        code = "pinned"
    return Why(code=code, extras=extras, missed=missed, blocked_by=blocked, would_join=join, would_meet=meet)


def _would_join(
    shared: Mapping[str, Attribute], pools: Sequence[Pool], index: int, cell: DemandCell
) -> tuple[int, str, int] | None:
    """The largest pool with more people that one must alone keeps it out of: its index, that must, its people."""
    best = None
    for other, pool in enumerate(pools[:LARGEST_LOOKED_AT]):
        if other != index and pool.persons > pools[index].persons and (best is None or pool.persons > best[2]):
            missed = blocking(shared, cell.needs["must"], pool.specification)
            if len(missed) == 1:
                best = (other, missed[0], pool.persons)
    return best
