"""Estimate closed campaigns as if they were still open, each from strictly earlier ones only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol
from zlib import crc32

import numpy as np

from demand.estimating.kernel.estimate import Asked, predict
from demand.estimating.kernel.features import Cell, cell
from demand.estimating.kernel.model import Model, learn, unlearnt
from demand.estimating.kernel.problem import ClosedCampaign, Interval
from demand.estimating.kernel.scoring import Units, crps, intervals


class Forecaster(Protocol):
    """Something that predicts a campaign's units from those it was given to learn from."""

    def predict(self, campaign: ClosedCampaign) -> Units:
        """Sorted draws; must not look at what was bought."""

    def learn(self, campaigns: Sequence[ClosedCampaign]) -> None:
        """Take in the campaigns that closed on the next day on which any closed."""


class Estimator:
    """The estimating model as a forecaster. Knows the categories' names beforehand, and nothing else of them."""

    def __init__(self, campaigns: Sequence[ClosedCampaign], *, seed: int, draws: int) -> None:
        self.model: Model = unlearnt({campaign.category for campaign in campaigns})
        self._seed = seed
        self._draws = draws

    def predict(self, campaign: ClosedCampaign) -> Units:
        """Draws of the units of a campaign from its lines without what was bought."""
        return predict(
            self.model,
            category=campaign.category,
            as_of=campaign.closed,
            asked=asked_of(campaign),
            # Draws of its own for each campaign: shared ones would be wrong by the same small part every time.
            seed=crc32(f"{self._seed}:{campaign.key}".encode()),
            draws=self._draws,
        )

    def learn(self, campaigns: Sequence[ClosedCampaign]) -> None:
        """Update the model; the campaigns closed on one day, after all learnt before."""
        self.model = learn(self.model, campaigns)


def asked_of(campaign: ClosedCampaign) -> list[Asked]:
    """What a campaign's persons asked for, without what they bought."""
    units: dict[Cell, int] = {}
    squares: dict[Cell, float] = {}
    for line in campaign.lines:
        if line.persons:
            where = cell(line.kind, line.age_days, line.headroom)
            units[where] = units.get(where, 0) + line.units
            squares[where] = squares.get(where, 0.0) + line.units**2 / line.persons
    return [Asked(where=where, units=units[where], squares=squares[where]) for where in sorted(units)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One campaign: what was predicted and what came."""

    key: str
    outcome: int
    mean: float
    interval80: Interval
    interval95: Interval
    crps: float


def walk(campaigns: Sequence[ClosedCampaign], forecaster: Forecaster, *, learn_days: int) -> list[Scored]:
    """Score every campaign but those of the first ``learn_days`` closing days, which only teach.

    Campaigns of one day are all predicted before any of them is learnt. A file with fewer days is scored from its last
    day on, so that there is always something to score.
    """
    ordered = sorted(campaigns, key=lambda campaign: (campaign.closed, campaign.key))
    batches = [list(batch) for _, batch in groupby(ordered, key=lambda campaign: campaign.closed)]
    first = min(learn_days, len(batches) - 1)
    scored: list[Scored] = []
    for number, batch in enumerate(batches):
        if number >= first:
            scored += [_score(campaign, forecaster.predict(campaign)) for campaign in batch]
        forecaster.learn(batch)
    return scored


def _score(campaign: ClosedCampaign, drawn: Units) -> Scored:
    outcome = sum(line.bought for line in campaign.lines)
    eighty, ninety_five = intervals(drawn)
    return Scored(
        key=campaign.key,
        outcome=outcome,
        mean=float(drawn.mean()),
        interval80=eighty,
        interval95=ninety_five,
        crps=crps(drawn, outcome),
    )


Figures = dict[str, float | int | None]


def summary(scored: Sequence[Scored]) -> Figures:
    """The figures of CONTRACTS.md; relative ones are ``None`` when nothing was bought at all.

    ``wape`` and ``bias`` are of the means, ``width80`` is the mean width over the mean bought, ``bias`` is signed.
    """
    outcome = np.array([one.outcome for one in scored], dtype=np.float64)
    mean = np.array([one.mean for one in scored])
    width = float(np.mean([one.interval80.high - one.interval80.low for one in scored]))
    score = float(np.mean([one.crps for one in scored]))
    whole = float(outcome.sum())
    bought = whole / len(scored)
    return {
        "n": len(scored),
        "wape": _rounded(float(np.abs(mean - outcome).sum()), whole),
        "coverage80": round(float(np.mean([_holds(one.interval80, one.outcome) for one in scored])), 4),
        "coverage95": round(float(np.mean([_holds(one.interval95, one.outcome) for one in scored])), 4),
        "width80": _rounded(width, bought),
        "crps": round(score, 4),
        "crps_relative": _rounded(score, bought),
        "bias": _rounded(float((mean - outcome).sum()), whole),
    }


def _holds(found: Interval, outcome: int) -> bool:
    return found.low <= outcome <= found.high


def _rounded(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None
