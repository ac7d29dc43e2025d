"""Rivals of the estimator: simple ways to predict a campaign, behind the same interface."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln

from demand.estimating.kernel.problem import KINDS, ClosedCampaign, Floats
from demand.estimating.kernel.scoring import Units

PRIOR = {"preorder": 0.9, "wish": 0.3, "cart": 0.25, "search": 0.04, "view": 0.015}


def totals(campaign: ClosedCampaign, kind: str) -> tuple[int, int]:
    """Units asked for and bought by one kind."""
    own = [line for line in campaign.lines if line.kind == kind]
    return sum(line.units for line in own), sum(min(line.bought, line.units) for line in own)


class PooledBetaBinomial:
    """One rate per kind with its over-dispersion fitted by maximum likelihood over all earlier campaigns alike."""

    def __init__(self, *, seed: int, draws: int) -> None:
        self._seed, self._draws = seed, draws
        self._seen: dict[str, list[tuple[int, int]]] = {kind: [] for kind in KINDS}
        self._fitted: dict[str, tuple[float, float]] = {}

    def predict(self, campaign: ClosedCampaign) -> Units:
        """Sorted draws of the total over kinds, each kind on its own."""
        rng = np.random.default_rng(self._seed)
        whole: Units = np.zeros(self._draws, dtype=np.int64)
        for kind in KINDS:
            units = totals(campaign, kind)[0]
            first, second = self._fitted.get(kind, (2 * PRIOR[kind], 2 * (1 - PRIOR[kind])))
            whole = whole + rng.binomial(units, rng.beta(first, second, self._draws))
        return np.sort(whole)

    def learn(self, campaigns: Sequence[ClosedCampaign]) -> None:
        """Fit again with these campaigns added."""
        for kind in KINDS:
            counts = [totals(campaign, kind) for campaign in campaigns]
            self._seen[kind] += [count for count in counts if count[0]]
            if self._seen[kind]:
                self._fitted[kind] = _fit(np.array(self._seen[kind], dtype=np.float64), PRIOR[kind])


def _fit(seen: Floats, prior: float) -> tuple[float, float]:
    units, bought = seen.T

    def loss(place: Floats) -> float:
        first, second = _shape(place)
        gain = betaln(bought + first, units - bought + second) - betaln(first, second)
        return float(-gain.sum() + 0.01 * (place**2).sum())

    begin = np.array([np.log(prior / (1 - prior)), 2.0])
    best = minimize(loss, begin, method="Nelder-Mead", options={"maxiter": 300})
    return _shape(best.x)


def _shape(place: Floats) -> tuple[float, float]:
    rate = 1 / (1 + np.exp(-np.clip(place[0], -9, 9)))
    size = float(np.exp(np.clip(place[1], -3, 9)))
    return float(rate) * size, float(1 - rate) * size


class PooledRate(PooledBetaBinomial):
    """One beta-binomial rate per kind from the pooled counts: Beta(bought + 1, not bought + 1)."""

    def learn(self, campaigns: Sequence[ClosedCampaign]) -> None:
        """Add these campaigns' counts."""
        for kind in KINDS:
            self._seen[kind] += [totals(campaign, kind) for campaign in campaigns]
            bought = sum(count[1] for count in self._seen[kind])
            self._fitted[kind] = (bought + 1, sum(count[0] for count in self._seen[kind]) - bought + 1)


class LastCampaign:
    """Each kind's rate in the last campaign of the same category that had the kind, with binomial noise."""

    def __init__(self, *, seed: int, draws: int) -> None:
        self._seed, self._draws = seed, draws
        self._rates: dict[tuple[str, str], float] = {}

    def predict(self, campaign: ClosedCampaign) -> Units:
        """Sorted draws of the total over kinds."""
        rng = np.random.default_rng(self._seed)
        whole: Units = np.zeros(self._draws, dtype=np.int64)
        for kind in KINDS:
            rate = self._rates.get((campaign.category, kind), self._rates.get(("", kind), PRIOR[kind]))
            whole = whole + rng.binomial(totals(campaign, kind)[0], rate, self._draws)
        return np.sort(whole)

    def learn(self, campaigns: Sequence[ClosedCampaign]) -> None:
        """Remember the newest rates, of the category and of any."""
        for campaign in sorted(campaigns, key=lambda one: one.key):
            for kind in KINDS:
                units, bought = totals(campaign, kind)
                if units:
                    self._rates[campaign.category, kind] = self._rates["", kind] = bought / units


PEERS: dict[str, Callable[..., PooledBetaBinomial | LastCampaign]] = {
    "pooled rate": PooledRate,
    "pooled, dispersed": PooledBetaBinomial,
    "last campaign": LastCampaign,
}
