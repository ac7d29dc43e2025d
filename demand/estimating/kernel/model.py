"""Conversion learnt from closed campaigns: ``fit`` once, predict often."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from demand.estimating.kernel.features import FEATURES, counts
from demand.estimating.kernel.filtering import (
    BETWEEN_KINDS,
    DEVIATION_DRIFT,
    GRID,
    SHARED_SHOCK,
    State,
    between_kinds,
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
    """
    share = model.state.weights()
    taken = np.diff(np.round(np.concatenate([[0.0], np.cumsum(share)]) * draws).astype(int))
    normals = np.random.default_rng(seed).standard_normal((draws, len(KINDS) * FEATURES))
    parts, used = [], 0
    mean, covariance = _campaign_moments(model, category, as_of)
    for row in np.flatnonzero(taken):
        block = normals[used : used + taken[row]]
        used += int(taken[row])
        parts.append(mean[row] + block @ np.linalg.cholesky(covariance[row]).T)
    drawn = np.concatenate(parts).reshape(draws, len(KINDS), FEATURES)
    drawn[:, :, 2] = np.maximum(drawn[:, :, 2], 0.0)
    return drawn


def _campaign_moments(model: Model, category: str, as_of: date) -> tuple[Floats, Floats]:
    """Mean (G, 20) and covariance (G, 20, 20) of a new campaign's coefficients in this category at this date."""
    state, kinds, fixed = model.state, len(KINDS), len(KINDS) * FEATURES
    levels = np.arange(0, fixed, FEATURES)
    mean = state.mean[:, :fixed].copy()
    covariance = state.covariance[:, :fixed, :fixed].copy()
    months = _months(model.last_closed, as_of)
    shape = between_kinds(BETWEEN_KINDS)
    moving = (GRID[:, 0] ** 2 * months)[:, None, None] * shape * (1 + DEVIATION_DRIFT**2)
    own = (GRID[:, 1] ** 2)[:, None, None] * between_kinds(SHARED_SHOCK)
    grid = np.ix_(np.arange(len(GRID)), levels, levels)
    covariance[grid] += moving + own
    if category in state.categories:
        base = fixed + kinds * state.categories.index(category)
        block = slice(base, base + kinds)
        mean[:, levels] += state.mean[:, block]
        cross = state.covariance[:, :fixed, block]
        covariance[:, :, levels] += cross
        covariance[:, levels, :] += cross.transpose(0, 2, 1)
        covariance[grid] += state.covariance[:, block, block]
    else:
        covariance[grid] += (GRID[:, 2] ** 2)[:, None, None] * shape
    return mean, covariance + 1e-9 * np.eye(fixed)
