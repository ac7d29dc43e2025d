"""Bursts and unmet demand, found in the rollups and kept for people to act on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from demand import locking, outbox
from demand.errors import NotThere
from demand.estimating.kernel.bursts import Burst
from demand.estimating.kernel.bursts import find_bursts as bursts_in
from demand.estimating.kernel.unmet import Finding as Unmet
from demand.estimating.kernel.unmet import unmet_demand
from demand.estimating.series import PERIOD_DAYS, DailyCounts, daily_counts, searched_needs, with_makers
from demand.estimating.service.rolling import needs_of
from demand.models import Category, Finding, Pool, PoolState
from demand.pooling.kernel import Attribute, own_specification
from demand.pooling.reads.problem import attributes_of
from demand.pooling.steps import search_text
from demand.reading import reads as reading

FRESH_DAYS = 14
MOST_UNMET = 50


def find_bursts(*, today: date, now: datetime) -> int:
    """Keep the bursts that reach into the last two weeks; how many are new. One that goes on is kept up to date."""
    found = [
        (series, burst)
        for series in daily_counts(today=today)
        for burst in bursts_in(series.counts, start=series.start)
        if burst.last >= today - timedelta(days=FRESH_DAYS)
    ]
    return sum(_keep_burst(series, burst, now=now) for series, burst in found)


def _keep_burst(series: DailyCounts, burst: Burst, *, now: datetime) -> bool:
    evidence = {
        "count": burst.count,
        "expected": round(burst.expected, 1),
        "multiple": round(burst.multiple, 2),
        "multiple_of_last_year": burst.multiple_of_last_year and round(burst.multiple_of_last_year, 2),
        "detected": burst.detected.isoformat(),
        "tail": burst.tail,
    }
    values = {
        "ends_on": burst.last,
        "multiple_permille": min(round(1000 * burst.multiple), 2_000_000_000),
        "evidence": evidence,
    }
    with locking.transaction():
        row, made = Finding.objects.get_or_create(
            kind=Finding.Kind.BURST,
            category_id=series.category_id,
            subject=series.code,
            starts_on=burst.first,
            defaults={**values, "found_at": now},
        )
        if made:
            _say(row, now=now)
        else:
            Finding.objects.filter(pk=row.pk, state=Finding.State.OPEN).update(**values)
    return made


def find_unmet(*, today: date, now: datetime) -> int:
    """Keep what people search for that nothing serves, the most missed first; how many findings are new.

    One finding for a need a quarter. Where the category is known, it opens with a draft pool for staff to decide on.
    """
    categories = dict(Category.objects.filter(retired_at__isnull=True).values_list("code", "pk"))
    found = unmet_demand(with_makers(searched_needs(today=today)))[:MOST_UNMET]
    quarter = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    catalogue = reading.current_catalogue()
    return sum(
        _keep_unmet(one, categories.get(one.category), attributes_of(catalogue, one.category), quarter, now=now)
        for one in found
    )


def _keep_unmet(
    one: Unmet, category_id: int | None, attributes: tuple[Attribute, ...], quarter: date, *, now: datetime
) -> bool:
    needs = needs_of(one.need, attributes)
    evidence: dict[str, Any] = {**asdict(one), "reasons": list(one.reasons), "days": PERIOD_DAYS, "needs": needs}
    with locking.transaction():
        row, made = Finding.objects.get_or_create(
            kind=Finding.Kind.UNMET,
            category_id=category_id,
            subject=one.need,
            starts_on=quarter,
            defaults={"evidence": evidence, "found_at": now},
        )
        if not made:
            Finding.objects.filter(pk=row.pk, state=Finding.State.OPEN).update(evidence=evidence)
            return False
        if category_id is not None:
            specification = own_specification({"must": needs, "nice": {}}, attributes=attributes) or {}
            Finding.objects.filter(pk=row.pk).update(
                pool=_draft(one.need, one.searches, category_id, specification, now=now)
            )
        _say(row, now=now)
    return True


def _draft(
    need: str,
    searches: int,
    category_id: int,
    specification: dict[str, Any],
    *,
    days: int = PERIOD_DAYS,
    now: datetime,
) -> Pool:
    return Pool.objects.create(
        category_id=category_id,
        specification=specification,
        search_text=search_text(category_id, specification),
        spec_hash=f"unmet:{need}"[:64],
        state=PoolState.DRAFT,
        note=f"searched:{searches}:{days}:{need}"[:200],
        created_at=now,
        updated_at=now,
    )


def set_supply(by_finding: Mapping[int, Mapping[str, Any]]) -> int:
    """Keep what makers could do about findings (see :class:`Finding`); how many answers changed. Safe to repeat."""
    with locking.transaction():
        held = locking.lock((Finding, by_finding.keys())).all(Finding)
        changed = [row for row in held if row.supply != by_finding[row.pk]]
        for row in changed:
            Finding.objects.filter(pk=row.pk).update(supply=dict(by_finding[row.pk]))
    return len(changed)


def draft_finding(*, finding_id: int, category_id: int, now: datetime) -> int:
    """Make the draft pool of an unmet need whose category nobody understood, in the one that staff name; its key.

    The pool asks for nothing in particular: what people searched for stands in its note. A finding that has its draft
    keeps it, and answers with it. Raises :class:`NotThere`.
    """
    with locking.transaction():
        row = locking.lock((Finding, [finding_id])).get(Finding, finding_id)
        if row is None or row.kind != Finding.Kind.UNMET or not Category.objects.filter(pk=category_id).exists():
            raise NotThere
        if row.pool_id is None:
            searches, days = row.evidence.get("searches", 0), row.evidence.get("days", PERIOD_DAYS)
            pool = _draft(row.subject, searches, category_id, {}, days=days, now=now)
            Finding.objects.filter(pk=finding_id).update(pool=pool)
            return pool.pk
        return row.pool_id


def settle_finding(*, finding_id: int, state: str) -> None:
    """Keep what staff made of a finding: taken up, dismissed, or open again. Raises :class:`NotThere`."""
    with locking.transaction():
        if locking.lock((Finding, [finding_id])).get(Finding, finding_id) is None:
            raise NotThere
        Finding.objects.filter(pk=finding_id).update(state=Finding.State(state))


def _say(row: Finding, *, now: datetime) -> None:
    outbox.write("finding.made", aggregate="finding", aggregate_id=row.pk, payload={"finding_id": row.pk}, now=now)
