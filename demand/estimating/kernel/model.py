"""Conversion learnt from closed campaigns: ``fit`` once, predict often."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from demand.estimating.kernel.features import FEATURES, counts
from demand.estimating.kernel.filtering import (
    DEVIATION_DRIFT,
    GRID,
    State,
    drift,
    start,
    update,
)
from demand.estimating.kernel.problem import KINDS, ClosedCampaign, Floats

DAYS_PER_MONTH = 30.4375


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What the closed campaigns up to ``last_closed`` taught; ``None`` when there were none."""

    state: State
    last_closed: date | None
    campaigns: int


def fit(history: Sequence[ClosedCampaign]) -> Model:
    """Learn from closed campaigns in any order (they are sorted by day, then key).

    Priors and sources stand in ``filtering``. With an empty history the model is the priors. Equal histories give equal
    models; a campaign without lines teaches nothing.
    """
    return learn(unlearnt({campaign.category for campaign in history}), history)


def unlearnt(categories: Collection[str]) -> Model:
    """The priors, with room to learn about these categories."""
    return Model(state=start(tuple(sorted(set(categories)))), last_closed=None, campaigns=0)


def learn(model: Model, campaigns: Sequence[ClosedCampaign]) -> Model:
    """Go on from a model with campaigns that closed no earlier than its last; their categories must be known to it."""
    state, last = model.state, model.last_closed
    for campaign in sorted(campaigns, key=lambda c: (c.closed, c.key)):
        state = drift(state, _months(last, campaign.closed))
        state = update(state, campaign.category, counts(campaign))
        last = campaign.closed
    return Model(state=state, last_closed=last, campaigns=model.campaigns + len(campaigns))


def _months(since: date | None, until: date) -> float:
    return 0.0 if since is None else max(0.0, (until - since).days / DAYS_PER_MONTH)


def coefficient_draws(model: Model, *, category: str, as_of: date, seed: int, draws: int) -> Floats:
    """Draws (draws, kinds, 4) of a new campaign's coefficients: its level, age, headroom and below-price slopes.

    The grid's rows are drawn in proportion to their weights (systematic, so the same for equal models); a category
    never seen differs from its kind's level by the prior spread. Headroom never lowers a chance: its slope is cut at 0.
    Every draw of the normals stands beside its mirror image (antithetic variates), so that few draws hit the mean.
    """
    rng = np.random.default_rng(seed)
    half = rng.standard_normal(((draws + 1) // 2, len(KINDS) * FEATURES + 1))
    both = np.concatenate([half, -half])[:draws]
    together, normals = both[:, :1], both[:, 1:].reshape(draws, len(KINDS), FEATURES)
    shared = model.state.shared()
    normals[:, :, 0] = np.sqrt(shared) * together + np.sqrt(1 - shared) * normals[:, :, 0]
    mean, covariance = _campaign_moments(model, category, as_of)
    root = np.linalg.cholesky(covariance)
    drawn = np.empty_like(normals)
    for kind, share in enumerate(model.state.weights()):
        bounds = np.cumsum(share)
        rows = np.searchsorted(bounds, (np.arange(draws) + 0.5) / draws * bounds[-1])
        rows = rng.permutation(rows)
        drawn[:, kind] = mean[kind, rows] + np.einsum("dij,dj->di", root[kind, rows], normals[:, kind])
    drawn[:, :, 2] = np.maximum(drawn[:, :, 2], 0.0)
    return drawn


def _campaign_moments(model: Model, category: str, as_of: date) -> tuple[Floats, Floats]:
    """Mean (K, G, 4) and covariance (K, G, 4, 4) of a new campaign's coefficients in this category at this date."""
    state = model.state
    mean = state.mean[:, :, :FEATURES].copy()
    covariance = state.covariance[:, :, :FEATURES, :FEATURES].copy()
    months = _months(model.last_closed, as_of)
    covariance[:, :, 0, 0] += GRID[:, 0] ** 2 * months * (1 + DEVIATION_DRIFT**2) + GRID[:, 1] ** 2
    if category in state.categories:
        own = FEATURES + state.categories.index(category)
        mean[:, :, 0] += state.mean[:, :, own]
        cross = state.covariance[:, :, :FEATURES, own]
        covariance[:, :, :, 0] += cross
        covariance[:, :, 0, :] += cross
        covariance[:, :, 0, 0] += state.covariance[:, :, own, own]
    else:
        covariance[:, :, 0, 0] += GRID[:, 2] ** 2
    return mean, covariance + 1e-9 * np.eye(FEATURES)
