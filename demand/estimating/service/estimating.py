"""Estimates of a category's pools: computed outside any transaction, stored with what they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import Max

from demand import locking, outbox, runs
from demand.errors import NotThere
from demand.estimating.gathering import PoolProblem, pool_problems
from demand.estimating.kernel import Estimate as Computed
from demand.estimating.kernel import PricePoint, estimate
from demand.estimating.past import fitted
from demand.estimating.service.fitting import keep_model
from demand.models import Category, Estimate, EstimatePoint, Pool

STORED_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """How many pools got a new estimate, and how many stood as they were."""

    category: str
    estimates: int
    unchanged: int


def estimate_category(
    *, category: str, seed: int, claimed_by: str, now: datetime, requested_by_id: int | None = None
) -> Estimated:
    """Estimate each pool of a category whose demand, prices or model changed since its newest estimate.

    Stored chunk by chunk, so that a killed run is taken up where it was. ``estimates.made`` goes out at the end, also
    where nothing changed: what follows asks itself whether it must act.
    """
    row = Category.objects.filter(code=category).first()
    if row is None:
        raise NotThere
    with runs.recorded(
        stage="estimating", subject=category, now=now, claimed_by=claimed_by, seed=seed, requested_by_id=requested_by_id
    ) as note:
        learnt = fitted()
        keep_model(learnt, now=now)
        asked = pool_problems(row, fitted=learnt, now=now)
        changed = _changed(asked)
        for start in range(0, len(changed), STORED_AT_ONCE):
            chunk = changed[start : start + STORED_AT_ONCE]
            answers = [estimate(learnt.model, one.problem, seed=seed) for one in chunk]
            _store(chunk, answers, model_version=learnt.version, category=category, now=now)
        with locking.transaction():
            payload = {"category_id": row.pk, "category": category}
            outbox.write("estimates.made", aggregate="category", aggregate_id=row.pk, payload=payload, now=now)
        note.status, note.input_revision = "optimal", learnt.version
        note.counts = {"estimates": len(changed), "unchanged": len(asked) - len(changed)}
    return Estimated(category=category, estimates=len(changed), unchanged=len(asked) - len(changed))


def _changed(asked: Sequence[PoolProblem]) -> list[PoolProblem]:
    rows = Estimate.objects.filter(pool__in=[one.pool_id for one in asked])
    stored = dict(rows.order_by("pool_id", "-version").distinct("pool_id").values_list("pool_id", "input_hash"))
    return [one for one in asked if stored.get(one.pool_id) != one.input_hash]


def _store(
    asked: Sequence[PoolProblem], answers: Sequence[Computed], *, model_version: str, category: str, now: datetime
) -> None:
    with locking.transaction():
        locking.advisory(f"estimating:{category}")
        pools = [one.pool_id for one in asked]
        versions = dict(Estimate.objects.filter(pool__in=pools).values_list("pool_id").annotate(newest=Max("version")))
        still = set(Pool.objects.filter(pk__in=pools).values_list("pk", flat=True))
        pairs = [(one, answer) for one, answer in zip(asked, answers, strict=True) if one.pool_id in still]
        rows = Estimate.objects.bulk_create(
            [
                Estimate(
                    pool_id=one.pool_id,
                    version=versions.get(one.pool_id, 0) + 1,
                    model_version=model_version,
                    pool_revision=one.pool_revision,
                    input_hash=one.input_hash,
                    shares=_shares(answer),
                    computed_at=now,
                )
                for one, answer in pairs
            ]
        )
        EstimatePoint.objects.bulk_create(
            [_row(row.pk, point) for row, (_one, answer) in zip(rows, pairs, strict=True) for point in answer.points]
        )


def _shares(answer: Computed) -> dict[str, dict[str, float]]:
    middle = answer.points[len(answer.points) // 2]
    spread = {
        "variant": middle.share_by_variant,
        "region": middle.share_by_region,
        "week": middle.share_by_week,
    }
    return {name: {key: round(share, 4) for key, share in shares.items()} for name, shares in spread.items()}


def _row(estimate_id: int, point: PricePoint) -> EstimatePoint:
    quantiles = np.quantile(point.sorted_units, np.linspace(0, 1, 21), method="nearest")
    firm = [_part("firm", point.firm_units, point.firm_expected)] if point.firm_units else []
    return EstimatePoint(
        estimate_id=estimate_id,
        price_minor=point.price_minor,
        firm_units=point.firm_units,
        expected_units=round(point.mean),
        low80=point.interval80.low,
        high80=point.interval80.high,
        low95=point.interval95.low,
        high95=point.interval95.high,
        evidence=firm + [_part(one.kind, one.count, one.expected) for one in point.contributions],
        distribution={"quantiles": [int(units) for units in quantiles]},
    )


def _part(kind: str, count: int, expected: float) -> dict[str, object]:
    return {"kind": kind, "count": count, "rate_permille": round(1000 * expected / count), "units": round(expected, 1)}
