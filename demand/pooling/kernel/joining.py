"""Where one new or changed wish goes at once, by the preference of the nightly run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from demand.pooling.kernel.encoding import constraint_for, decided_value
from demand.pooling.kernel.preference import EXTRA, attribute_cost, serves
from demand.pooling.kernel.problem import Attribute
from demand.reading.kernel.needs import Constraints, Needs, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPool:
    """A pool a wish may join now. ``locked``: its specification may not gain a decision."""

    pool_id: int
    specification: Constraints
    persons: int
    locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolChoice:
    """The pool to join and its specification afterwards; ``narrowed`` names the attributes decided by this wish.

    ``cost`` in hundredths of an extra, the burden on those already there included.
    """

    pool_id: int
    specification: Constraints
    narrowed: tuple[str, ...]
    cost: int


def best_pool(
    pools: Iterable[OpenPool],
    needs: Needs,
    *,
    attributes: Sequence[Attribute],
    run_extras: int,
    persons: int = 1,
    barred: AbstractSet[int] = frozenset(),
) -> PoolChoice | None:
    """The pool that suits canonical ``needs`` best, or ``None`` when a pool of its own is better.

    Musts over shared attributes are met. A must about something a pool left plain may be decided there unless the
    pool is locked; everybody in it then pays an extra. Ties go to the pool with most people, then the lowest id: the
    order of ``pools`` does not matter. ``run_extras`` as in the category's ``PoolingProblem``.
    """
    shared = [a for a in attributes if a.scope == "shared"]
    best: tuple[int, int, int] | None = None
    chosen: tuple[OpenPool, dict[str, Value]] | None = None
    for pool in pools:
        if pool.pool_id in barred:
            continue
        limit = run_extras * EXTRA if best is None else best[0]
        found = _price(pool, needs, shared, persons, limit)
        if found is None:
            continue
        rank = (found[0], -pool.persons, pool.pool_id)
        if best is None or rank < best:
            best, chosen = rank, (pool, found[1])
    if best is None or chosen is None:
        return None
    pool, decided = chosen
    kinds = {a.code: a for a in shared}
    added = {code: constraint_for(kinds[code], value) for code, value in decided.items()}
    return PoolChoice(
        pool_id=pool.pool_id,
        specification=dict(sorted({**pool.specification, **added}.items())),
        narrowed=tuple(sorted(added)),
        cost=best[0],
    )


def own_specification(needs: Needs, *, attributes: Sequence[Attribute]) -> Constraints | None:
    """The specification of a pool for these canonical needs alone; ``None`` when their musts leave nothing to make."""
    decided: Constraints = {}
    for attribute in sorted(attributes, key=lambda a: a.code):
        must, nice = needs["must"].get(attribute.code), needs["nice"].get(attribute.code)
        if attribute.scope == "shared" and (must or nice):
            value = _decide(attribute, must, nice)
            if value is not None:
                decided[attribute.code] = constraint_for(attribute, value)
            elif must is not None:
                return None
    return decided


def _price(
    pool: OpenPool, needs: Needs, shared: Sequence[Attribute], persons: int, limit: int
) -> tuple[int, dict[str, Value]] | None:
    """What joining costs in all and what it decides; ``None`` when impossible or dearer than ``limit``."""
    total, decided = 0, dict[str, Value]()
    for attribute in shared:
        must, nice = needs["must"].get(attribute.code), needs["nice"].get(attribute.code)
        held = pool.specification.get(attribute.code)
        value = None if held is None else decided_value(held)
        if value is None and must is not None:
            value = None if pool.locked else _decide(attribute, must, nice)
            burden = attribute_cost(attribute, None, None, value)
            if value is None and not (attribute.kind == "flag" and must.get("is") is False):
                return None
            if value is not None:
                decided[attribute.code] = value
                total += (burden or 0) * pool.persons
        cost = attribute_cost(attribute, must, nice, value)
        if cost is None:
            return None
        total += cost * persons
        if total > limit:
            return None
    return total, decided


def _decide(attribute: Attribute, must: Mapping[str, Any] | None, nice: Mapping[str, Any] | None) -> Value | None:
    """The value that suits one wish: its musts, then its nice-needs, then the plainest."""
    order = {value: rank for rank, value in enumerate((*(attribute.plainness or ()), *attribute.values))}
    priced = []
    for place, value in enumerate(_values(attribute, must, nice)):
        cost = attribute_cost(attribute, must, nice, value)
        if cost is not None:
            priced.append((cost, order.get(str(value), len(order)), place, value))
    return min(priced)[3] if priced else None


def _values(attribute: Attribute, must: Mapping[str, Any] | None, nice: Mapping[str, Any] | None) -> list[Value]:
    if attribute.kind == "flag":
        return [False, True]
    named: list[Value] = []
    for constraint in (must, nice):
        if constraint is not None and "any" in constraint:
            named += constraint["any"]
        elif constraint is not None and "unit" in constraint:
            named += [bound for bound in (constraint["min"], constraint["max"]) if bound is not None]
    wanted = [value for value in (*named, *attribute.values) if must is None or serves(must, value)]
    return list(dict.fromkeys(wanted))
