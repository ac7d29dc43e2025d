"""The rows of a category's planned pools: kept, changed or made new, in a fixed number of queries."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from demand.models import Category, Pool, PoolState
from demand.pooling import steps
from demand.pooling.kernel import Pool as Planned


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    state: str
    specification: dict[str, Any]
    spec_hash: str
    locked: bool

    @property
    def sole(self) -> bool:
        """Whether no other pool may have its specification, as the constraint ``pool_specification_once`` says."""
        return self.state in (PoolState.OPEN, PoolState.CAMPAIGN) and not self.locked


@dataclass(slots=True, kw_only=True)
class _Rows:
    """Pools of the category as they will stand: by key, and by hash those that may be the only one of it."""

    by_id: dict[int, _Row]
    by_hash: dict[str, int]
    taken: set[int]
    changed: list[tuple[int, str, Planned]] = field(default_factory=list)
    new: list[tuple[int, str, Planned]] = field(default_factory=list)


def renew(category: Category, planned: Sequence[Planned], *, now: datetime) -> list[int]:
    """The key of each planned pool's row, in their order.

    It is the pool it continues, else one with its specification that no other plan continues, else a new one. Pools
    of one specification that staff keep apart are twins, each with a row of its own. The category is held by the
    caller.
    """
    rows = _load(category, planned)
    keys: dict[int, int] = {}
    for place in sorted(range(len(planned)), key=lambda one: planned[one].existing_id is None):
        key = _row_of(rows, place, planned[place])
        if key is not None:
            keys[place] = key
            rows.taken.add(key)
    names = steps.search_names()
    _change(category, rows.changed, names, now=now)
    keys |= _make(category, rows.new, names, now=now)
    return [keys[place] for place in range(len(planned))]


def _load(category: Category, planned: Sequence[Planned]) -> _Rows:
    continued = {one.existing_id for one in planned if one.existing_id is not None}
    live = Q(category=category, state__in=[PoolState.OPEN, PoolState.CAMPAIGN]) | Q(pk__in=continued)
    columns = ("pk", "state", "specification", "spec_hash", "locked")
    by_id = {
        key: _Row(state=state, specification=specification, spec_hash=digest, locked=locked)
        for key, state, specification, digest, locked in Pool.objects.filter(live).order_by("pk").values_list(*columns)
    }
    by_hash = {row.spec_hash: key for key, row in by_id.items() if row.sole}
    return _Rows(by_id=by_id, by_hash=by_hash, taken=continued)


def _row_of(rows: _Rows, place: int, planned: Planned) -> int | None:
    """The row that serves a planned pool, noting how it changes; ``None`` where a new one is noted."""
    kept = rows.by_id.get(planned.existing_id or 0)
    specification = dict(planned.specification)
    if kept is not None and (kept.state != PoolState.OPEN or kept.specification == specification):
        return planned.existing_id
    twin = 0
    digest = steps.spec_hash(specification)
    while (same := rows.by_hash.get(digest)) is not None and same in rows.taken:
        twin += 1
        digest = steps.spec_hash(specification, twin)
    if same is not None:
        return same
    if kept is None or planned.existing_id is None:
        rows.by_hash[digest] = 0
        rows.taken.add(0)
        rows.new.append((place, digest, planned))
        return None
    if rows.by_hash.get(kept.spec_hash) == planned.existing_id:
        del rows.by_hash[kept.spec_hash]
    if not kept.locked:
        rows.by_hash[digest] = planned.existing_id
    rows.changed.append((planned.existing_id, digest, planned))
    return planned.existing_id


def _change(
    category: Category, changed: list[tuple[int, str, Planned]], names: steps.SearchNames, *, now: datetime
) -> None:
    """Write new specifications one after another: a pool may take the specification another gave up just before."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE demand_pool SET specification = %s::jsonb, spec_hash = %s, search_text = %s,"
            " revision = revision + 1, updated_at = %s WHERE id = %s AND state = 'open'",
            [
                (json.dumps(one.specification), digest, names.of(category.code, one.specification), now, key)
                for key, digest, one in changed
            ],
        )


def _make(
    category: Category, new: list[tuple[int, str, Planned]], names: steps.SearchNames, *, now: datetime
) -> Mapping[int, int]:
    made = Pool.objects.bulk_create(
        [
            Pool(
                category=category,
                specification=dict(one.specification),
                spec_hash=digest,
                search_text=names.of(category.code, one.specification),
                created_at=now,
                updated_at=now,
            )
            for _place, digest, one in new
        ]
    )
    return {place: row.pk for (place, _digest, _one), row in zip(new, made, strict=True)}
