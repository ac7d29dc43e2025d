"""Estimates as pages and other stages show them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from demand.models import Estimate, EstimateOverride, EstimatePoint


@dataclass(frozen=True, slots=True, kw_only=True)
class PointView:
    """Expected units of a pool at one delivered price; ``computed_units`` is what it was before staff corrected it.

    ``evidence`` lists {kind, count, rate_permille, units}, ``firm`` first. ``quantiles`` are units at 0, 5, … 100 %.
    """

    price_minor: int
    firm_units: int
    expected_units: int
    low80: int
    high80: int
    low95: int
    high95: int
    computed_units: int
    evidence: tuple[dict[str, Any], ...]
    quantiles: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideView:
    """Staff's correction in force, with its reason."""

    override_id: int
    factor_permille: int
    reason: str

    @property
    def factor_text(self) -> str:
        """The factor as staff read it."""
        return f"{self.factor_permille / 1000:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateView:
    """The estimate in force of a pool, ``points`` by falling price, and how its units spread.

    ``shares`` maps variant, region and week to shares of the expected units at the price in the middle.
    """

    pool_id: int
    estimate_id: int
    version: int
    model_version: str
    computed_at: datetime
    points: tuple[PointView, ...]
    shares: dict[str, dict[str, float]]
    override: OverrideView | None

    def at(self, price_minor: int) -> PointView:
        """The point at this price, else at the next dearer one (where fewer buy), else at the dearest."""
        dearer = [point for point in self.points if point.price_minor >= price_minor]
        return dearer[-1] if dearer else self.points[0]


def newest(pool_ids: Collection[int]) -> dict[int, EstimateView]:
    """The estimate in force of each pool that has one, corrections applied; three queries."""
    rows = Estimate.objects.filter(pool__in=list(pool_ids)).order_by("pool_id", "-version").distinct("pool_id")
    estimates = list(rows)
    points: dict[int, list[EstimatePoint]] = {row.pk: [] for row in estimates}
    for point in EstimatePoint.objects.filter(estimate__in=list(points)).order_by("estimate", "-price_minor"):
        points[point.estimate_id].append(point)
    in_force = EstimateOverride.objects.filter(pool__in=list(pool_ids), undone_at__isnull=True)
    overrides = {
        row.pool_id: OverrideView(override_id=row.pk, factor_permille=row.factor_permille, reason=row.reason)
        for row in in_force
    }
    return {row.pool_id: _view(row, points[row.pk], overrides.get(row.pool_id)) for row in estimates}


def view_of(row: Estimate) -> EstimateView:
    """One estimate, whichever version; staff's correction applies to the newest of its pool alone."""
    newer = Estimate.objects.filter(pool_id=row.pool_id, version__gt=row.version).exists()
    in_force = None if newer else newest([row.pool_id]).get(row.pool_id)
    if in_force is not None and in_force.estimate_id == row.pk:
        return in_force
    return _view(row, list(row.points.order_by("-price_minor")), None)


def _view(row: Estimate, points: list[EstimatePoint], override: OverrideView | None) -> EstimateView:
    factor = override.factor_permille if override is not None else 1000
    return EstimateView(
        pool_id=row.pool_id,
        estimate_id=row.pk,
        version=row.version,
        model_version=row.model_version,
        computed_at=row.computed_at,
        points=tuple(_point(point, factor) for point in points),
        shares=row.shares,
        override=override,
    )


def _point(row: EstimatePoint, factor: int) -> PointView:
    return PointView(
        price_minor=row.price_minor,
        firm_units=row.firm_units,
        expected_units=_scaled(row.expected_units, factor),
        low80=_scaled(row.low80, factor),
        high80=_scaled(row.high80, factor),
        low95=_scaled(row.low95, factor),
        high95=_scaled(row.high95, factor),
        computed_units=row.expected_units,
        evidence=tuple(row.evidence),
        quantiles=tuple(_scaled(units, factor) for units in row.distribution.get("quantiles", [])),
    )


def _scaled(units: int, factor_permille: int) -> int:
    return (units * factor_permille + 500) // 1000


def line(view: EstimateView, price_minor: int) -> dict[str, Any]:
    """What the estimate at a price is made of, as ``components/evidence_line.html`` reads it.

    Also ``price_minor`` (the price it was computed at), ``computed`` and ``reason`` where staff corrected it.
    """
    point = view.at(price_minor)
    names = {
        "wish": _("wishes"),
        "cart": _("put in a cart"),
        "search": _("searches"),
        "view": _("views"),
        "preorder": _("pre-orders"),
    }
    return {
        "total": point.expected_units,
        "firm_units": point.firm_units,
        "parts": [
            {"share": part["rate_permille"] / 1000, "of": part["count"], "label": names[part["kind"]]}
            for part in point.evidence
            if part["kind"] != "firm"
        ],
        "level": 0.8,
        "low": point.low80,
        "high": point.high80,
        "price_minor": point.price_minor,
        "computed": point.computed_units,
        "reason": view.override.reason if view.override is not None else "",
    }
