"""Closed campaigns as the estimator learns from them; fitted once per process and history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from django.db.models import Count, Max, Sum

from demand.estimating.kernel import ClosedCampaign, Model, OutcomeLine, fit
from demand.models import Claim, PastCampaign

KEEP_PRIOR_UNITS = 40
KEEP_PRIOR_RATE = 0.9
"""Before anything is known, nine in ten pre-ordered units are kept; forty of our own say as much as that belief."""


Place = tuple[str, str]
"""A category's code and the hash of a specification in it; an empty hash is the category as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The model in force and its name; ``preordered`` and ``kept`` are units of past pre-orders by place."""

    version: str
    model: Model
    preordered: Mapping[Place, int]
    kept: Mapping[Place, int]

    def keep_rate(self, category: str, specification: str = "") -> float:
        """The share of a specification's firm units that is neither cancelled nor returned.

        Shrunk to its category's, and that to the belief above: each as if forty units had been seen at the level above.
        """
        rate = KEEP_PRIOR_RATE
        for place in dict.fromkeys(((category, ""), (category, specification))):
            rate = (self.kept.get(place, 0) + rate * KEEP_PRIOR_UNITS) / (
                self.preordered.get(place, 0) + KEEP_PRIOR_UNITS
            )
        return min(1.0, rate)

    def categories(self) -> list[str]:
        """Those that any pre-order taught about."""
        return sorted(category for category, specification in self.preordered if not specification)


def fitted() -> Fitted:
    """What all closed campaigns taught; two small queries a call, a fit when one more closed."""
    mark = PastCampaign.objects.aggregate(rows=Count("pk"), newest=Max("pk"))
    learnt = _fitted(mark["rows"], mark["newest"] or 0)
    returned = _returned()
    if not returned:
        return learnt
    kept = {place: max(0, units - returned.get(place, 0)) for place, units in learnt.kept.items()}
    return replace(learnt, version=f"{learnt.version}.{sum(returned.values())}", kept=kept)


def _returned() -> dict[Place, int]:
    """Units of pre-orders that were refunded after they were delivered, which no campaign knows when it closes."""
    rows = Claim.objects.filter(decision=Claim.Decision.REFUND, commitment__wish__kind="preorder")
    found: dict[Place, int] = defaultdict(int)
    for category, specification, units in rows.values_list(
        "commitment__campaign__pool__category__code", "commitment__campaign__pool__spec_hash"
    ).annotate(total=Sum("commitment__units")):
        for place in {(category, ""), (category, specification)}:
            found[place] += units
    return dict(found)


@lru_cache(maxsize=1)
def _fitted(rows: int, newest: int) -> Fitted:
    stored = list(PastCampaign.objects.filter(pk__lte=newest).order_by("closed_on", "pk"))
    campaigns = [closed_campaign(row) for row in stored]
    units: dict[Place, int] = defaultdict(int)
    kept: dict[Place, int] = defaultdict(int)
    for row, campaign in zip(stored, campaigns, strict=True):
        for line in _affordable_preorders(campaign.lines):
            for place in {(row.category, ""), (row.category, row.specification)}:
                units[place] += line.units
                kept[place] += min(line.bought, line.units)
    return Fitted(version=f"{rows}.{newest}", model=fit(campaigns), preordered=dict(units), kept=dict(kept))


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
