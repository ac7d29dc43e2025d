"""The rows of one category as the pooling kernel's problem, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil

from django.db import connection
from django.db.models import Count, QuerySet

from demand.models import CountedWish, DemandCell, Pool, PoolDecision, PoolMembership, PoolState
from demand.pooling.kernel import (
    Apart,
    Attribute,
    ExistingPool,
    OpenPool,
    PoolingProblem,
    StaffRules,
)
from demand.pooling.kernel import DemandCell as Cell
from demand.pooling.kernel.problem import EXTRAS_A_PERSON, RUN_SHARE
from demand.reading.kernel.catalogue import Catalogue
from demand.reading.kernel.needs import canonical

MIN_PERSONS = 5
JOINABLE = (PoolState.OPEN, PoolState.CAMPAIGN)


def attributes_of(catalogue: Catalogue, category: str) -> tuple[Attribute, ...]:
    """The category's attributes as the kernel sees them; empty for an unknown category."""
    found = next((one for one in catalogue.categories if one.code == category), None)
    if found is None:
        return ()
    rows = [catalogue.attribute(code) for code in found.attributes]
    return tuple(
        Attribute(
            code=row.code,
            kind=row.kind,
            scope="shared" if row.shared else "variant",
            values=tuple(value.code for value in row.values),
            unit=row.unit,
        )
        for row in rows
    )


def open_pools(category_id: int) -> list[OpenPool]:
    """The pools a wish of this category may join now; those with a campaign keep their specification."""
    rows = Pool.objects.filter(category_id=category_id, state__in=JOINABLE).order_by("pk")
    return [
        OpenPool(
            pool_id=key,
            specification=specification,
            persons=max(1, people),
            locked=locked or state == PoolState.CAMPAIGN,
        )
        for key, specification, people, locked, state in rows.values_list(
            "pk", "specification", "people", "locked", "state"
        )
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """What staff decided about one wish: the pool it stays in (``None``: any), and the pools it stays out of."""

    pinned: int | None
    barred: frozenset[int]


def fixed_places(category_id: int, *, wish_id: int, cell_id: int | None) -> Fixed:
    """Staff's decisions in force that bind a wish of a demand cell; at most two queries."""
    pinned: int | None = None
    barred: set[int] = set()
    away: set[int] = set()
    for kind, payload in _decisions(category_id).values_list("kind", "payload"):
        if kind == PoolDecision.Kind.PIN and payload["cell"] == cell_id:
            pinned = payload["pool"]
        elif kind == PoolDecision.Kind.FORBID and (payload["cell"] == cell_id or payload["wish"] == wish_id):
            barred.add(payload["pool"])
            away |= set(payload.get("apart", ()))
        elif kind == PoolDecision.Kind.SPLIT:
            for own, other in (("left", "right"), ("right", "left")):
                away |= set(payload[other]) if cell_id in payload[own] else set()
    if away:
        counted = CountedWish.objects.filter(category_id=category_id, cell_id__in=away, units__gt=0)
        there = PoolMembership.objects.filter(wish__in=counted.values("wish_id"))
        barred |= set(there.values_list("pool_id", flat=True).distinct())
    return Fixed(pinned=pinned, barred=frozenset(barred))


def cell_of(*, category_id: int, wish_id: int) -> int | None:
    """The demand cell that a wish of the category is in."""
    rows = CountedWish.objects.filter(category_id=category_id, wish_id=wish_id)
    return rows.values_list("cell_id", flat=True).first()


def cells_of_pool(pool_id: int) -> QuerySet[DemandCell]:
    """The demand cells of those who are in a pool."""
    category = Pool.objects.filter(pk=pool_id).values("category_id")
    inside = PoolMembership.objects.filter(pool_id=pool_id).values("wish_id")
    counted = CountedWish.objects.filter(category_id__in=category, wish_id__in=inside)
    return DemandCell.objects.filter(pk__in=counted.values("cell_id"))


def _decisions(category_id: int) -> QuerySet[PoolDecision]:
    return PoolDecision.objects.filter(category_id=category_id, undone_at__isnull=True).order_by("pk")


def decisions_mark(category_id: int) -> str:
    """A word for which of staff's decisions are in force: how many were made, and how many of them undone."""
    found = PoolDecision.objects.filter(category_id=category_id).aggregate(made=Count("pk"), undone=Count("undone_at"))
    return f"{found['made']}-{found['undone']}"


def run_extras(pools: Iterable[OpenPool]) -> int:
    """What another run must save to pay for itself, as in the kernel's problem, from the people pooled now."""
    people = sum(pool.persons for pool in pools)
    return EXTRAS_A_PERSON * max(MIN_PERSONS, ceil(people / RUN_SHARE))


def problem_of(category_id: int, attributes: tuple[Attribute, ...]) -> PoolingProblem:
    """Cells, pools and staff's decisions of one category; seven queries."""
    cells = _cells(category_id)
    known = {cell.cell_id for cell in cells}
    existing = _existing(category_id, known)
    return PoolingProblem(
        cells=cells,
        attributes=attributes,
        existing=existing,
        rules=_rules(category_id, {pool.pool_id for pool in existing}, known),
        min_persons=MIN_PERSONS,
    )


def _cells(category_id: int) -> tuple[Cell, ...]:
    rows = DemandCell.objects.filter(category_id=category_id, units__gt=0)
    alike = rows.order_by("needs_hash", "pk").distinct("needs_hash").values_list("needs_hash", "needs")
    spelled = {digest: canonical(needs) for digest, needs in alike}
    columns = ("pk", "needs_hash", "units", "persons", "firm_units", "rung_minor", "week")
    return tuple(
        Cell(
            cell_id=key,
            needs=spelled[digest],
            units=units,
            persons=max(1, persons),
            firm_units=firm,
            ceiling_minor=rung,
            week=week.isoformat() if week else None,
            has_preorder=firm > 0,
        )
        for key, digest, units, persons, firm, rung, week in rows.order_by("pk").values_list(*columns)
    )


def _existing(category_id: int, known: set[int]) -> tuple[ExistingPool, ...]:
    """The pools with their cells; a cell whose wishes are in several belongs where most of its units are."""
    held: dict[int, set[int]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(_HOMES, {"category": category_id})
        for cell, pool in cursor.fetchall():
            if cell in known:
                held[pool].add(cell)
    return pools_with(category_id, held)


def pools_with(category_id: int, cells: Mapping[int, Iterable[int]]) -> tuple[ExistingPool, ...]:
    """The pools that can be joined now, each with the cells named for it; one query."""
    rows = Pool.objects.filter(category_id=category_id, state__in=JOINABLE).order_by("pk")
    return tuple(
        ExistingPool(pool_id=key, specification=specification, cells=frozenset(cells.get(key, ())))
        for key, specification in rows.values_list("pk", "specification")
    )


# The wishes of a cell that a pooling looked at are in its pool: their units are what the cell has without the others,
# which are those not settled since, in a campaign, or of a cell that none has looked at, or that wishes came into or
# left since it was summed. Only these are looked up one by one. The pools are an array: a planner that takes a
# category's pools for one would join all wishes to each of them.
_HOMES = """
WITH odd AS MATERIALIZED (
    SELECT cell_id, wish_id FROM demand_counted_wish WHERE category_id = %(category)s AND NOT settled
    UNION SELECT cell_id, wish_id FROM demand_counted_wish WHERE category_id = %(category)s AND units = 0
    UNION SELECT k.cell_id, k.wish_id FROM demand_cell c CROSS JOIN LATERAL (
        SELECT cell_id, wish_id FROM demand_counted_wish WHERE cell_id = c.id OFFSET 0) k
    WHERE c.category_id = %(category)s AND (c.reason = '' OR c.stale)),
placed AS (
    SELECT o.cell_id, m.pool_id, m.units
    FROM odd o CROSS JOIN LATERAL (
        SELECT pool_id, units FROM demand_pool_membership WHERE wish_id = o.wish_id OFFSET 0) m
    UNION ALL SELECT id, pool_id, units FROM demand_cell
    WHERE category_id = %(category)s AND units > 0 AND pool_id IS NOT NULL AND reason <> '' AND NOT stale
    UNION ALL SELECT k.cell_id, c.pool_id, -k.units FROM demand_counted_wish k CROSS JOIN LATERAL (
        SELECT pool_id FROM demand_cell
        WHERE id = k.cell_id AND pool_id IS NOT NULL AND reason <> '' AND NOT stale OFFSET 0) c
    WHERE k.category_id = %(category)s AND NOT k.settled)
SELECT DISTINCT ON (cell_id) cell_id, pool_id FROM placed
WHERE pool_id = ANY(ARRAY(SELECT id FROM demand_pool WHERE category_id = %(category)s))
GROUP BY cell_id, pool_id HAVING sum(units) > 0
ORDER BY cell_id, sum(units) DESC, pool_id
"""


def _rules(category_id: int, pools: set[int], known: set[int]) -> StaffRules:
    """Staff's decisions in force, in the kernel's words. A decision about a wish speaks of its cell."""
    pins: dict[int, int] = {}
    banned: list[tuple[int, int]] = []
    apart: list[Apart] = []
    together: list[frozenset[int]] = []
    locked = set(
        Pool.objects.filter(category_id=category_id, state__in=JOINABLE, locked=True).values_list("pk", flat=True)
    )
    locked |= set(Pool.objects.filter(category_id=category_id, state="campaign").values_list("pk", flat=True))
    moved = _cells_of_forbidden(category_id)
    for decision in _decisions(category_id):
        payload = decision.payload
        if decision.kind == PoolDecision.Kind.PIN and payload["cell"] in known and payload["pool"] in pools:
            pins[payload["cell"]] = payload["pool"]
        elif decision.kind == PoolDecision.Kind.FORBID:
            cells = {payload["cell"], moved.get(payload["wish"])} & known
            banned += [(cell, payload["pool"]) for cell in sorted(cells) if payload["pool"] in pools]
            right = frozenset(payload.get("apart", ())) & known - cells
            apart += [Apart(left=frozenset(cells), right=right)] if cells and right else []
        elif decision.kind == PoolDecision.Kind.SPLIT:
            left, right = frozenset(payload["left"]) & known, frozenset(payload["right"]) & known
            if left and right:
                apart.append(Apart(left=left, right=right))
        elif decision.kind == PoolDecision.Kind.MERGE and len(known & set(payload["cells"])) > 1:
            together.append(frozenset(payload["cells"]) & known)
    return StaffRules(
        pins=pins,
        banned=tuple(banned),
        together=tuple(together),
        apart=tuple(apart),
        locked=frozenset(locked & pools),
    )


def _cells_of_forbidden(category_id: int) -> dict[int, int]:
    """The cell in which each wish that staff keep out of a pool is now: its shopper may have changed it since."""
    forbidden = _decisions(category_id).filter(kind=PoolDecision.Kind.FORBID)
    wishes = [payload["wish"] for payload in forbidden.values_list("payload", flat=True)]
    rows = CountedWish.objects.filter(category_id=category_id, wish_id__in=wishes, units__gt=0)
    return dict(rows.values_list("wish_id", "cell_id"))
