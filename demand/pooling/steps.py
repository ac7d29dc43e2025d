"""Steps that pooling services compose: a wish in and out of its cell and pool. No transaction, no lock of their own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from django.db import connection
from django.db.models import F

from demand.models import Category, Pool, PoolMembership, PoolState, Wish, WishKind
from demand.pooling.kernel import Attribute, OpenPool, PoolChoice, best_pool, own_specification
from demand.pooling.kernel.rungs import rung
from demand.pooling.reads.problem import Fixed, fixed_places, open_pools, run_extras
from demand.reading import reads as reading


def spec_hash(specification: Mapping[str, Any], twin: int = 0) -> str:
    """SHA-256 of the compact JSON of a specification; equal specifications have equal hashes.

    ``twin`` numbers further pools of one specification, which staff keep apart.
    """
    text = json.dumps(specification, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    text += f"#{twin}" if twin else ""
    return hashlib.sha256(text.encode()).hexdigest()


def week_of(day: date | None) -> date | None:
    """The Monday of the ISO week of a day."""
    return None if day is None else day - timedelta(days=day.weekday())


def counted_units(wish: Wish) -> int:
    """Units a wish adds to its cell and pool; wishes that staff seeded never count."""
    return 0 if wish.seeded else wish.quantity


def firm_units(wish: Wish) -> int:
    """Units of a wish that are firm before any campaign: those of a pre-order."""
    return counted_units(wish) if wish.kind == WishKind.PREORDER else 0


def add_to_cell(wish: Wish, *, now: datetime) -> int | None:
    """Count an open wish in its demand cell by one statement; the cell's key, ``None`` for a wish that never counts."""
    units = counted_units(wish)
    if wish.category_id is None or not units:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            _ADD_TO_CELL,
            {
                "category": wish.category_id,
                "needs_hash": wish.needs_hash,
                "needs": json.dumps(wish.needs),
                "rung": rung(wish.ceiling_minor),
                "week": week_of(wish.needed_by),
                "units": units,
                "firm": firm_units(wish),
                "region": wish.region or "*",
                "kind": wish.kind,
                "person": wish.person_id,
                "wish": wish.pk,
                "now": now,
            },
        )
        (cell_id,) = cursor.fetchone()
    return int(cell_id)


_ADD_TO_CELL = """
WITH cell AS (
    INSERT INTO demand_cell AS c
        (category_id, needs_hash, needs, rung_minor, week, persons, units, firm_units, by_region, by_kind, stale,
        updated_at)
    VALUES (%(category)s, %(needs_hash)s, %(needs)s::jsonb, %(rung)s, %(week)s, 1, %(units)s, %(firm)s,
        jsonb_build_object(%(region)s::text, %(units)s::int), jsonb_build_object(%(kind)s::text, %(units)s::int), true,
        %(now)s)
    ON CONFLICT (category_id, needs_hash, rung_minor, week) DO UPDATE SET
        persons = c.persons + CASE WHEN EXISTS (SELECT 1 FROM demand_counted_wish k WHERE k.cell_id = c.id
            AND k.person_id = %(person)s AND k.wish_id <> %(wish)s AND k.units > 0) THEN 0 ELSE 1 END,
        units = c.units + excluded.units, firm_units = c.firm_units + excluded.firm_units,
        by_region = c.by_region || (SELECT jsonb_object_agg(key, coalesce((c.by_region ->> key)::int, 0) + value::int)
            FROM jsonb_each_text(excluded.by_region)),
        by_kind = c.by_kind || (SELECT jsonb_object_agg(key, coalesce((c.by_kind ->> key)::int, 0) + value::int)
            FROM jsonb_each_text(excluded.by_kind)),
        stale = true, updated_at = excluded.updated_at
    RETURNING id)
INSERT INTO demand_counted_wish
    (category_id, wish_id, cell_id, person_id, units, firm_units, region, kind, settled)
SELECT %(category)s, %(wish)s, id, %(person)s, %(units)s, %(firm)s, %(region)s, %(kind)s, false FROM cell
ON CONFLICT (category_id, wish_id) DO UPDATE SET cell_id = excluded.cell_id, person_id = excluded.person_id,
    units = excluded.units, firm_units = excluded.firm_units, region = excluded.region, kind = excluded.kind,
    settled = false
RETURNING cell_id
"""


def take_from_cell(wish: Wish, *, now: datetime) -> None:
    """Undo ``add_to_cell`` for a wish that is counted in a cell of its category."""
    if wish.category_id is not None:
        with connection.cursor() as cursor:
            cursor.execute(_TAKE_FROM_CELL, [wish.category_id, wish.pk, wish.pk, now])


_TAKE_FROM_CELL = """
WITH gone AS (DELETE FROM demand_counted_wish WHERE category_id = %s AND wish_id = %s
    RETURNING cell_id, person_id, units, firm_units, region, kind)
UPDATE demand_cell c SET
    persons = greatest(persons - CASE WHEN g.units = 0 OR EXISTS (SELECT 1 FROM demand_counted_wish k
        WHERE k.cell_id = c.id AND k.person_id = g.person_id AND k.wish_id <> %s AND k.units > 0) THEN 0 ELSE 1 END, 0),
    units = greatest(c.units - g.units, 0),
    firm_units = greatest(least(c.firm_units - g.firm_units, c.units - g.units), 0),
    by_region = by_region || jsonb_build_object(g.region,
        greatest(coalesce((by_region ->> g.region)::int, 0) - g.units, 0)),
    by_kind = by_kind || jsonb_build_object(g.kind, greatest(coalesce((by_kind ->> g.kind)::int, 0) - g.units, 0)),
    stale = true, updated_at = %s
FROM gone g WHERE c.id = g.cell_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Where a wish went. ``reason`` is a code: asked | narrowed | own | none."""

    pool: Pool | None
    reason: str
    params: dict[str, Any]


def join_pool(wish: Wish, attributes: tuple[Attribute, ...], *, cell_id: int | None, now: datetime) -> Joined:
    """Put an open wish into the pool that suits it best, or open one for it. The category is held by the caller.

    It is counted in its cell. Where staff keep the cell in a pool it goes there if the pool can serve it; where they
    keep it out of one, or apart from those in it, it goes elsewhere.

    ``Joined.pool`` is ``None`` where nothing can be pooled: no category, or musts that contradict each other.
    """
    if wish.category_id is None:
        return Joined(pool=None, reason="none", params={})
    fixed = fixed_places(wish.category_id, wish_id=wish.pk, cell_id=cell_id)
    choice = _choice(open_pools(wish.category_id), wish, attributes, fixed)
    if choice is None:
        specification = own_specification(wish.needs, attributes=attributes)
        if specification is None:
            return Joined(pool=None, reason="none", params={})
        pool, reason = open_pool(wish.category_id, specification, now=now, barred=fixed.barred), "own"
    else:
        pool, reason = Pool.objects.select_for_update(of=("self",)).get(pk=choice.pool_id), "asked"
        if choice.narrowed and not _taken(pool, choice.specification):
            _respecify(pool, choice.specification, now=now)
            reason = "narrowed"
    _add_member(wish, pool, reason, list(choice.narrowed) if choice else [], now=now)
    return Joined(pool=pool, reason=reason, params={"narrowed": list(choice.narrowed) if choice else []})


def _choice(
    pools: Sequence[OpenPool], wish: Wish, attributes: tuple[Attribute, ...], fixed: Fixed
) -> PoolChoice | None:
    """The pool staff keep the wish in, if that can serve it, else the one that suits it best."""
    extras = run_extras(pools)
    kept = [pool for pool in pools if pool.pool_id == fixed.pinned]
    for allowed in (kept, pools):
        choice = best_pool(allowed, wish.needs, attributes=attributes, run_extras=extras, barred=fixed.barred)
        if choice is not None:
            return choice
    return None


def _taken(pool: Pool, specification: Mapping[str, Any]) -> bool:
    same = Pool.objects.filter(category_id=pool.category_id, spec_hash=spec_hash(specification), state__in=("open",))
    return same.exclude(pk=pool.pk).exists()


def _respecify(pool: Pool, specification: Mapping[str, Any], *, now: datetime) -> None:
    pool.specification = dict(specification)
    Pool.objects.filter(pk=pool.pk).update(
        specification=pool.specification,
        spec_hash=spec_hash(specification),
        search_text=search_text(pool.category_id, specification),
        revision=F("revision") + 1,
        updated_at=now,
    )


def open_pool(
    category_id: int, specification: Mapping[str, Any], *, now: datetime, barred: AbstractSet[int] = frozenset()
) -> Pool:
    """The open pool of a specification, made where there is none; never one of ``barred``, which has a twin then."""
    for twin in count():
        digest = spec_hash(specification, twin)
        same = Pool.objects.filter(
            category_id=category_id, spec_hash=digest, state__in=(PoolState.OPEN, PoolState.CAMPAIGN), locked=False
        )
        existing = same.select_for_update(of=("self",)).first()
        if existing is None:
            break
        if existing.pk not in barred:
            return existing
    return Pool.objects.create(
        category_id=category_id,
        specification=dict(specification),
        spec_hash=digest,
        search_text=search_text(category_id, specification),
        created_at=now,
        updated_at=now,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchNames:
    """Names of the catalogue in every language, for the words that pools are found by."""

    languages: tuple[dict[str, Any], ...]

    def of(self, category: str, specification: Mapping[str, Any]) -> str:
        """Names of a pool in every language, for the search over pools. ``category`` by code."""
        words: list[str] = []
        for names in self.languages:
            words.append(names["category"].get(category, category))
            for attribute, constraint in specification.items():
                if "any" in constraint:
                    words += [names["value"].get((attribute, value), value) for value in constraint["any"]]
                elif constraint.get("is"):
                    words.append(names["attribute"].get(attribute, attribute))
                elif constraint.get("min") is not None:
                    words.append(f"{constraint['min']}{constraint['unit']}")
        return " ".join(dict.fromkeys(words)).lower()


def search_names() -> SearchNames:
    """The names of the catalogue in force."""
    return SearchNames(languages=tuple(reading.labels(one) for one in ("zh-hans", "zh-hant", "en")))


def search_text(category_id: int, specification: Mapping[str, Any]) -> str:
    """What a pool is found by in the search over pools."""
    return search_names().of(Category.objects.values_list("code", flat=True).get(pk=category_id), specification)


def _add_member(wish: Wish, pool: Pool, reason: str, narrowed: list[str], *, now: datetime) -> None:
    new_person = (
        not wish.seeded
        and not PoolMembership.objects.filter(pool=pool, person_id=wish.person_id or 0, units__gt=0).exists()
    )
    PoolMembership.objects.create(
        wish=wish,
        pool=pool,
        person_id=wish.person_id,
        units=counted_units(wish),
        firm_units=firm_units(wish),
        reason=reason,
        reason_params={"narrowed": narrowed},
        joined_at=now,
    )
    _count(pool, people=int(new_person), units=counted_units(wish), firm=firm_units(wish), now=now)
    _count_firm(wish, pool, firm_units(wish))


def leave_pool(wish: Wish, *, now: datetime) -> int | None:
    """Take a wish out of its pool; the pool's key, ``None`` if it was in none. Locks the pool row it changes."""
    membership = PoolMembership.objects.filter(wish=wish).first()
    if membership is None:
        return None
    pool = Pool.objects.select_for_update(of=("self",)).get(pk=membership.pool_id)
    membership.delete()
    last_of_person = (
        membership.units > 0
        and not PoolMembership.objects.filter(pool=pool, person_id=membership.person_id or 0, units__gt=0).exists()
    )
    _count(pool, people=-int(last_of_person), units=-membership.units, firm=-membership.firm_units, now=now)
    _count_firm(wish, pool, -membership.firm_units)
    if pool.state == PoolState.OPEN and not pool.kept_open and not PoolMembership.objects.filter(pool=pool).exists():
        Pool.objects.filter(pk=pool.pk).update(state=PoolState.EMPTY, revision=F("revision") + 1)
    return pool.pk


def _count(pool: Pool, *, people: int, units: int, firm: int, now: datetime) -> None:
    Pool.objects.filter(pk=pool.pk).update(
        people=F("people") + people, units=F("units") + units, firm_units=F("firm_units") + firm, updated_at=now
    )
    pool.people, pool.units, pool.firm_units = pool.people + people, pool.units + units, pool.firm_units + firm


def _count_firm(wish: Wish, pool: Pool, firm: int) -> None:
    """Move the firm units that accept the first price of the pool's terms, where the wish does."""
    if firm:
        with connection.cursor() as cursor:
            cursor.execute(_FIRM, [firm, pool.pk, wish.ceiling_minor, wish.ceiling_minor])


_FIRM = """
UPDATE demand_pool_terms s SET firm_units = greatest(s.firm_units + %s, 0) WHERE s.pool_id = %s AND (
    %s::bigint IS NULL OR %s::bigint >= coalesce(
        (SELECT t.price_minor FROM demand_pool_tier t WHERE t.terms_id = s.id ORDER BY t.min_units LIMIT 1), 0))
"""
