"""Closed campaigns as the estimator learns from them; fitted once a history, kept, and learnt on from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from django.db.models import Count, Max, Sum

from demand.estimating.kernel import ClosedCampaign, Model, OtherKernel, OutcomeLine, fit, learn, unpack
from demand.models import Claim, ConversionModel, PastCampaign

KEEP_PRIOR_UNITS = 40
KEEP_PRIOR_RATE = 0.9
"""Before anything is known, nine in ten pre-ordered units are kept; forty of our own say as much as that belief."""


Place = tuple[str, str]
"""A category's code and the hash of a specification in it; an empty hash is the category as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The model in force, its name and the last campaign it was taught; ``preordered`` and ``kept`` are units of past
    pre-orders by place, ``returned`` what came back of them after delivery."""

    version: str
    newest: int
    model: Model
    preordered: Mapping[Place, int]
    kept: Mapping[Place, int]
    returned: Mapping[Place, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many campaigns it was taught."""
        return self.model.campaigns

    def keep_rate(self, category: str, specification: str = "") -> float:
        """The share of a specification's firm units that is neither cancelled nor returned.

        Shrunk to its category's, and that to the belief above: each as if forty units had been seen at the level above.
        """
        rate = KEEP_PRIOR_RATE
        for place in dict.fromkeys(((category, ""), (category, specification))):
            stayed = max(0, self.kept.get(place, 0) - self.returned.get(place, 0))
            rate = (stayed + rate * KEEP_PRIOR_UNITS) / (self.preordered.get(place, 0) + KEEP_PRIOR_UNITS)
        return min(1.0, rate)

    def categories(self) -> list[str]:
        """Those that any pre-order taught about."""
        return sorted(category for category, specification in self.preordered if not specification)


def fitted() -> Fitted:
    """What all closed campaigns taught; two small queries a call, a step of learning when one more closed."""
    mark = PastCampaign.objects.aggregate(rows=Count("pk"), newest=Max("pk"))
    learnt = _fitted(mark["rows"], mark["newest"] or 0)
    returned = _returned()
    if not returned:
        return learnt
    return replace(learnt, version=f"{learnt.version}.{sum(returned.values())}", returned=returned)


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
    """From the kept model of this history, else by learning on from the newest one kept, else from all campaigns."""
    kept = _kept(newest)
    if kept is not None and (kept.rows, kept.newest) == (rows, newest):
        return kept
    new = list(PastCampaign.objects.filter(pk__lte=newest, pk__gt=kept.newest if kept else 0))
    if kept is None or not _goes_on(kept, new):
        kept, new = _nothing_learnt(), list(PastCampaign.objects.filter(pk__lte=newest))
    new.sort(key=lambda row: (row.closed_on, row.source_key))
    campaigns = [closed_campaign(row) for row in new]
    units, stayed = defaultdict(int, kept.preordered), defaultdict(int, kept.kept)
    for row, campaign in zip(new, campaigns, strict=True):
        for line in _affordable_preorders(campaign.lines):
            for place in {(row.category, ""), (row.category, row.specification)}:
                units[place] += line.units
                stayed[place] += min(line.bought, line.units)
    model = learn(kept.model, campaigns) if kept.rows else fit(campaigns)
    return Fitted(version=f"{rows}.{newest}", newest=newest, model=model, preordered=dict(units), kept=dict(stayed))


def _kept(newest: int) -> Fitted | None:
    """The newest model kept with its state that knows no campaign after ``newest``."""
    rows = ConversionModel.objects.filter(state__isnull=False, newest__lte=newest)
    row = rows.order_by("-newest", "pk").first()
    if row is None or row.state is None:
        return None
    try:
        model = unpack(bytes(row.state))
    except OtherKernel:
        return None
    places = {(category, specification): (units, kept) for category, specification, units, kept in row.kept}
    return Fitted(
        version=f"{row.campaigns}.{row.newest}",
        newest=row.newest,
        model=model,
        preordered={place: units for place, (units, _kept) in places.items()},
        kept={place: kept for place, (_units, kept) in places.items()},
    )


def _nothing_learnt() -> Fitted:
    return Fitted(version="0.0", newest=0, model=fit([]), preordered={}, kept={})


def _goes_on(kept: Fitted, new: Sequence[PastCampaign]) -> bool:
    """Whether learning ``new`` now gives what learning everything in order of closing would."""
    learnt = PastCampaign.objects.filter(pk__lte=kept.newest)
    last = kept.model.last_closed
    if learnt.count() != kept.rows or last is None:
        return False
    key = max(learnt.filter(closed_on=last).values_list("source_key", flat=True), default="")
    known = set(kept.model.state.categories)
    return all(row.category in known and (row.closed_on, row.source_key) > (last, key) for row in new)


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
