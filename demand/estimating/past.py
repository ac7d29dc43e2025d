"""Closed campaigns as the estimator learns from them; fitted once per process and history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import Count, Max

from demand.estimating.kernel import ClosedCampaign, Model, OutcomeLine, fit
from demand.models import PastCampaign

KEEP_PRIOR_UNITS = 40
KEEP_PRIOR_RATE = 0.9
"""Before anything is known, nine in ten pre-ordered units are kept; forty of our own say as much as that belief."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The model in force and its name; ``preordered`` and ``kept`` are units of past pre-orders by category."""

    version: str
    model: Model
    preordered: Mapping[str, int]
    kept: Mapping[str, int]

    def keep_rate(self, category: str) -> float:
        """The share of firm units that is neither cancelled nor returned; shrunk to the belief above."""
        units, kept = self.preordered.get(category, 0), self.kept.get(category, 0)
        return min(1.0, (kept + KEEP_PRIOR_RATE * KEEP_PRIOR_UNITS) / (units + KEEP_PRIOR_UNITS))


def fitted() -> Fitted:
    """What all closed campaigns taught; one small query a call, a fit when one more closed."""
    mark = PastCampaign.objects.aggregate(rows=Count("pk"), newest=Max("pk"))
    return _fitted(mark["rows"], mark["newest"] or 0)


@lru_cache(maxsize=1)
def _fitted(rows: int, newest: int) -> Fitted:
    campaigns = [
        closed_campaign(row) for row in PastCampaign.objects.filter(pk__lte=newest).order_by("closed_on", "pk")
    ]
    units: dict[str, int] = {}
    kept: dict[str, int] = {}
    for campaign in campaigns:
        for line in _affordable_preorders(campaign.lines):
            units[campaign.category] = units.get(campaign.category, 0) + line.units
            kept[campaign.category] = kept.get(campaign.category, 0) + min(line.bought, line.units)
    return Fitted(version=f"{rows}.{newest}", model=fit(campaigns), preordered=units, kept=kept)


def _affordable_preorders(lines: Iterable[OutcomeLine]) -> list[OutcomeLine]:
    return [line for line in lines if line.kind == "preorder" and (line.headroom is None or line.headroom >= 0)]


def closed_campaign(row: PastCampaign) -> ClosedCampaign:
    """A stored campaign in the kernel's words; ``persons`` of a line is 1 where it does not say."""
    return ClosedCampaign(
        key=row.source_key,
        closed=row.closed_on,
        category=row.category,
        lines=tuple(_line(line) for line in row.lines),
    )


def _line(raw: Mapping[str, Any]) -> OutcomeLine:
    return OutcomeLine(
        kind=raw["kind"],
        persons=raw.get("persons", 1),
        units=raw["units"],
        bought=raw["bought"],
        age_days=raw["age_days"],
        headroom=raw["headroom"],
    )
