"""The least cost of a tiny pooling problem by enumerating every partition of its cells and every specification."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from demand.pooling.kernel import Attribute, DemandCell, PoolingProblem


def least_cost(problem: PoolingProblem) -> int:
    """Hundredths of an extra, staff rules left aside; cells whose musts cannot be met must not be in the problem."""
    attributes = [a for a in problem.attributes if a.scope == "shared"]
    domains = [_domain(problem, attribute) for attribute in attributes]
    people = sum(cell.persons for cell in problem.cells)
    run = 100 * 4 * max(problem.min_persons, -(-people // 200))
    best = None
    for partition in _partitions(list(problem.cells)):
        parts = [
            min((_cost(attributes, part, values) for values in product(*domains)), default=0.0) for part in partition
        ]
        total = sum(parts) + run * len(partition)
        best = total if best is None else min(best, total)
    assert best is not None
    assert best != float("inf")
    return int(best)


def _partitions(cells: list[DemandCell]) -> Iterator[list[list[DemandCell]]]:
    if not cells:
        yield []
        return
    first, rest = cells[0], cells[1:]
    for partition in _partitions(rest):
        yield [[first], *partition]
        for place in range(len(partition)):
            yield [*partition[:place], [first, *partition[place]], *partition[place + 1 :]]


def _domain(problem: PoolingProblem, attribute: Attribute) -> list[Any]:
    if attribute.kind == "flag":
        return [False, True]
    if attribute.kind == "choice":
        return [None, *attribute.values]
    named = {
        part.get(attribute.code, {}).get(end)
        for cell in problem.cells
        for part in (cell.needs["must"], cell.needs["nice"])
        for end in ("min", "max")
    }
    return [None, *sorted(value for value in named if value is not None)]


def _cost(attributes: Sequence[Attribute], cells: Sequence[DemandCell], values: Sequence[Any]) -> float:
    return sum(cell.persons * sum(_pays(a, cell, v) for a, v in zip(attributes, values, strict=True)) for cell in cells)


def _pays(attribute: Attribute, cell: DemandCell, value: Any) -> float:
    must, nice = (cell.needs[part].get(attribute.code) for part in ("must", "nice"))  # type: ignore[literal-required]
    if must and not _met(must, value):
        return float("inf")
    missed = 300 if nice and not _met(nice, value) else 0
    if value is None or value is False:
        return missed
    if must:
        bounds = [must.get("min"), must.get("max")]
        one_sided = "unit" in must and None in bounds
        bound = next(b for b in bounds if b is not None) if one_sided else None
        return missed + (25 if bound is not None and abs(value - bound) > 0.024 * bound else 0)
    return missed if nice and not missed else missed + 100


def _met(constraint: dict[str, Any], value: Any) -> bool:
    if value is None:
        return False
    if "any" in constraint:
        return value in constraint["any"]
    if "not" in constraint:
        return value not in constraint["not"]
    if "is" in constraint:
        return bool(value == constraint["is"])
    low, high = constraint["min"], constraint["max"]
    return (low is None or value >= low * 0.976) and (high is None or value <= high * 1.024)
