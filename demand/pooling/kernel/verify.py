"""Check a pooling against its problem, from the words of the rules; shares no code with ``solve``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from demand.pooling.kernel.problem import Attribute, DemandCell, Pool, PoolingProblem, Pools

ONE_SIZE = 0.024
ROUNDING = 1e-9


def violations(problem: PoolingProblem, pools: Pools) -> list[str]:
    """Name each rule of the problem that the pools break, in a sentence; empty: they may be stored."""
    return [
        *_membership(problem, pools),
        *_specifications(problem, pools),
        *_identity(problem, pools),
        *_staff(problem, pools),
        *_counts(problem, pools),
    ]


def _membership(problem: PoolingProblem, pools: Pools) -> list[str]:
    known = {cell.cell_id for cell in problem.cells}
    places = Counter(cell for pool in pools.pools for cell in pool.cells)
    places.update(pools.unplaced)
    broken = [f"cell {cell} is in {places[cell]} places, expected one" for cell in sorted(known) if places[cell] != 1]
    broken += [f"cell {cell} is not of this category" for cell in sorted(set(places) - known)]
    broken += [f"cell {cell} has no reason" for cell in sorted(known - set(pools.unplaced)) if cell not in pools.why]
    shared = [attribute for attribute in problem.attributes if attribute.scope == "shared"]
    by_id = {cell.cell_id: cell for cell in problem.cells}
    broken += [
        f"cell {cell} is unplaced although its musts can be met"
        for cell in pools.unplaced
        if cell in by_id and _possible(problem, shared, [by_id[cell]])
    ]
    return broken


def _specifications(problem: PoolingProblem, pools: Pools) -> list[str]:
    shared = {attribute.code: attribute for attribute in problem.attributes if attribute.scope == "shared"}
    by_id = {cell.cell_id: cell for cell in problem.cells}
    broken = []
    for index, pool in enumerate(pools.pools):
        for code, constraint in pool.specification.items():
            if code not in shared:
                broken.append(f"pool {index} decides {code}, which is not shared")
            elif not _is_decided(constraint):
                broken.append(f"pool {index} leaves {code} open")
        for cell in pool.cells:
            for code, must in by_id[cell].needs["must"].items() if cell in by_id else ():
                if code in shared and not _meets(must, pool.specification.get(code)):
                    broken.append(f"cell {cell} is in pool {index}, whose {code} misses its must")
    return broken


def _identity(problem: PoolingProblem, pools: Pools) -> list[str]:
    known = {pool.pool_id for pool in problem.existing}
    used = Counter(pool.existing_id for pool in pools.pools if pool.existing_id is not None)
    broken = [f"pool id {pool_id} is given {times} times" for pool_id, times in sorted(used.items()) if times > 1]
    broken += [f"pool id {pool_id} is not an existing pool" for pool_id in sorted(used) if pool_id not in known]
    return broken


def _staff(problem: PoolingProblem, pools: Pools) -> list[str]:
    home = {cell: index for index, pool in enumerate(pools.pools) for cell in pool.cells}
    ids = {index: pool.existing_id for index, pool in enumerate(pools.pools)}
    by_existing: dict[int | None, Pool] = {p.existing_id: p for p in pools.pools if p.existing_id is not None}
    broken = []
    for cell, pool_id in sorted(problem.rules.pins.items()):
        target = problem.rules.merges.get(pool_id, pool_id)
        if (
            cell in home
            and ids[home[cell]] != target
            and not (cell in pools.released and _cannot_be_in(problem, cell, by_existing.get(target)))
        ):
            broken.append(f"cell {cell} is pinned to pool {target} but is elsewhere")
    for left, right in _apart(problem):
        for cell in sorted(left):
            for other in sorted(right - {cell}):
                if cell in home and home.get(other) == home[cell]:
                    broken.append(f"cells {cell} and {other} may not meet but share pool {home[cell]}")
    return [*broken, *_together(problem, pools, home), *_locked(problem, by_existing)]


def _together(problem: PoolingProblem, pools: Pools, home: Mapping[int, int]) -> list[str]:
    broken = []
    for group in problem.rules.together:
        here = sorted(cell for cell in group if cell in home)
        if len({home[cell] for cell in here}) > 1 and not set(here) & set(pools.released):
            broken.append(f"cells {', '.join(map(str, here))} are to stay together but are apart")
    return broken


def _locked(problem: PoolingProblem, by_existing: Mapping[int | None, Pool]) -> list[str]:
    broken = []
    for pool in problem.existing:
        if pool.pool_id in problem.rules.locked and pool.pool_id not in problem.rules.merges:
            now = by_existing.get(pool.pool_id)
            if now is None:
                broken.append(f"pool {pool.pool_id} is locked but is gone")
            elif _decisions(now.specification) != _decisions(pool.specification):
                broken.append(f"pool {pool.pool_id} is locked but its specification changed")
    return broken


def _counts(problem: PoolingProblem, pools: Pools) -> list[str]:
    by_id = {cell.cell_id: cell for cell in problem.cells}
    broken = []
    for index, pool in enumerate(pools.pools):
        inside = [by_id[cell] for cell in pool.cells if cell in by_id]
        for name in ("units", "persons", "firm_units"):
            total = sum(getattr(cell, name) for cell in inside)
            if getattr(pool, name) != total:
                broken.append(f"pool {index} says {getattr(pool, name)} {name}, its cells have {total}")
    return broken


def _apart(problem: PoolingProblem) -> Iterable[tuple[frozenset[int], frozenset[int]]]:
    for rule in problem.rules.apart:
        yield rule.left, rule.right
    for cell, pool_id in problem.rules.banned:
        members = next(pool.cells for pool in problem.existing if pool.pool_id == pool_id)
        pinned = frozenset(one for one, place in problem.rules.pins.items() if place == pool_id)
        yield frozenset({cell}), members | pinned


def _cannot_be_in(problem: PoolingProblem, cell: int, pool: Pool | None) -> bool:
    """Whether a pin could not hold: the pool misses a must of the cell, or has somebody it may not meet."""
    if pool is None:
        return True
    needs = next(one.needs for one in problem.cells if one.cell_id == cell)
    shared = {attribute.code for attribute in problem.attributes if attribute.scope == "shared"}
    if any(not _meets(must, pool.specification.get(code)) for code, must in needs["must"].items() if code in shared):
        return True
    inside = set(pool.cells)
    return any(
        (cell in left and inside & right) or (cell in right and inside & left) for left, right in _apart(problem)
    )


def _possible(problem: PoolingProblem, shared: list[Attribute], cells: list[DemandCell]) -> bool:
    """Whether some value that somebody named, or the attribute lists, meets every must of the cells."""
    for attribute in shared:
        musts = [cell.needs["must"][attribute.code] for cell in cells if attribute.code in cell.needs["must"]]
        values: set[Any] = {True, False} if attribute.kind == "flag" else set(attribute.values)
        for cell in problem.cells:
            for part in (cell.needs["must"], cell.needs["nice"]):
                named = part.get(attribute.code, {})
                values |= set(named.get("any", [])) | {named[end] for end in ("min", "max") if end in named}
        if musts and not any(all(_holds(must, value) for must in musts) for value in values if value is not None):
            return False
    return True


def _decisions(specification: Mapping[str, Any]) -> dict[str, Any]:
    return {code: one for code, one in specification.items() if one != {"is": False}}


def _is_decided(constraint: Mapping[str, Any]) -> bool:
    if "any" in constraint:
        return len(constraint["any"]) == 1
    return "is" in constraint or ("min" in constraint and constraint["min"] == constraint["max"] is not None)


def _meets(must: Mapping[str, Any], decided: Mapping[str, Any] | None) -> bool:
    if decided is None:
        return must.get("is") is False
    if "any" in decided:
        return _holds(must, decided["any"][0])
    return _holds(must, decided["is"] if "is" in decided else decided["min"])


def _holds(must: Mapping[str, Any], value: Any) -> bool:
    match must:
        case {"any": codes}:
            return value in codes
        case {"not": codes}:
            return isinstance(value, str) and value not in codes
        case {"is": wanted}:
            return value is wanted
        case {"min": low, "max": high}:
            if isinstance(value, str | bool):
                return False
            above = low is None or low - value <= abs(low) * ONE_SIZE + ROUNDING
            return above and (high is None or value - high <= abs(high) * ONE_SIZE + ROUNDING)
    return False
