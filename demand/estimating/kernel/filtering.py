"""The state-space filter behind the conversion rates, run for a grid of hyper-parameters at once.

Model of each kind, on the logit of the probability that one person buys, for category c, campaign j, time t (months)::

    logit p = level(t) + deviation[c](t) + age · slope_age + headroom · slope_headroom + below · slope_below + shock[j]
    level, deviation: random walks          shock: normal, new in every campaign (the over-dispersion)

Forgetting is the random walk: the variance added per month makes old campaigns count exponentially less. Categories
share the level of their kind and differ as far as their data say (partial pooling). Each campaign is one step of moment
matching (:mod:`matching`), whose evidence weighs the grid of hyper-parameters, so that an estimate averages over drift,
over-dispersion and spread instead of trusting one choice. Neighbours in the grid differ by less than two: between
coarser ones a long history settles on a row that is too wide, and its intervals with it.
Each kind weighs the grid for itself: rare kinds swing more on this scale than common ones.

Priors (logit scale unless said; mean, standard deviation)
    level: preorder 93 %, wish 30 %, cart 25 %, search 4 %, view 1.5 %; 1.2
    slope_age (a doubling of two weeks): −0.35, 0.25; slope_headroom (+100 % of price): +1.5, 1.0, never below 0;
    slope_below (the ceiling is below the price): −2.0, 1.0
    drift per month, over-dispersion, spread of categories: the grids below, equally likely
    correlation between the kinds of a new campaign: .3 with the weight of 30 pairs of kinds seen (a market or a maker
    that convinces does so for all), then what earlier misses say
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from demand.estimating.kernel.features import FEATURES, Counts, matrix
from demand.estimating.kernel.matching import Step, match
from demand.estimating.kernel.problem import KINDS, Floats

PRIOR_RATES = (0.93, 0.30, 0.25, 0.04, 0.015)
PRIOR_LEVEL_SD = 1.2
PRIOR_SLOPES = ((-0.35, 0.25), (1.5, 1.0), (-2.0, 1.0))
SHARED = 0.3
SHARED_PAIRS = 30.0
DRIFTS = (0.06, 0.15, 0.35, 0.8)
DISPERSIONS = (0.05, 0.1, 0.18, 0.3, 0.5, 0.9)
SPREADS = (0.3, 1.0)
DEVIATION_DRIFT = 0.3

GRID = np.array(list(product(DRIFTS, DISPERSIONS, SPREADS)))
"""Rows of (drift, dispersion, spread), each a standard deviation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Posterior of the coefficients by kind and row of the grid: ``mean`` (K, G, D), ``covariance`` (K, G, D, D).

    Dimensions: level and three slopes, then one deviation per category. ``log_weight`` (K, G).
    ``pairs`` and ``together`` sum the weights of pairs of kinds seen in one campaign and the products of their misses.
    """

    categories: tuple[str, ...]
    mean: Floats
    covariance: Floats
    log_weight: Floats
    pairs: float = 0.0
    together: float = 0.0

    def shared(self) -> float:
        """How far the kinds of one campaign miss together: a correlation from 0 to .95."""
        found = (self.together + SHARED * SHARED_PAIRS) / (self.pairs + SHARED_PAIRS)
        return min(0.95, max(0.0, found))

    def weights(self) -> Floats:
        """Posterior probability of each row of the grid, by kind (K, G)."""
        raw = np.exp(self.log_weight - self.log_weight.max(axis=1, keepdims=True))
        return np.asarray(raw / raw.sum(axis=1, keepdims=True))


def start(categories: tuple[str, ...]) -> State:
    """The priors, before any campaign."""
    kinds, grid, size = len(KINDS), len(GRID), FEATURES + len(categories)
    mean = np.zeros((kinds, grid, size))
    rates = np.array(PRIOR_RATES)
    mean[:, :, 0] = np.log(rates / (1 - rates))[:, None]
    variance = np.empty((kinds, grid, size))
    variance[:, :, 0] = PRIOR_LEVEL_SD**2
    for offset, (centre, deviation) in enumerate(PRIOR_SLOPES, start=1):
        mean[:, :, offset] = centre
        variance[:, :, offset] = deviation**2
    variance[:, :, FEATURES:] = GRID[:, 2, None] ** 2
    covariance = np.zeros((kinds, grid, size, size))
    diagonal = np.arange(size)
    covariance[:, :, diagonal, diagonal] = variance
    return State(categories=categories, mean=mean, covariance=covariance, log_weight=np.zeros((kinds, grid)))


def drift(state: State, months: float) -> State:
    """Let time pass: levels and deviations become less certain."""
    if months <= 0:
        return state
    covariance = state.covariance.copy()
    step = GRID[:, 0] ** 2 * months
    covariance[:, :, 0, 0] += step
    own = np.arange(FEATURES, covariance.shape[-1])
    covariance[:, :, own, own] += DEVIATION_DRIFT**2 * step[:, None]
    return replace(state, covariance=covariance)


def update(state: State, category: str, observed: Counts) -> State:
    """Learn from one closed campaign; the category must be one of the state's."""
    mean, covariance, log_weight = state.mean.copy(), state.covariance.copy(), state.log_weight.copy()
    values = matrix(observed.cells)
    kinds = np.array([where.kind for where in observed.cells], dtype=np.int64)
    weights = state.weights()
    misses: list[tuple[float, float]] = []
    for kind in np.unique(kinds):
        own = np.flatnonzero(kinds == kind)
        rows = np.zeros((own.size, mean.shape[-1]))
        rows[:, :FEATURES] = values[own]
        rows[:, FEATURES + state.categories.index(category)] = 1.0
        cross = covariance[kind] @ rows.T
        prior = rows @ cross + (GRID[:, 1] ** 2)[:, None, None]
        step = match(mean[kind] @ rows.T, prior, observed.decisions[own], observed.bought[own])
        mean[kind] += np.einsum("gdm,gm->gd", cross, step.gradient)
        covariance[kind] -= cross @ step.precision @ cross.transpose(0, 2, 1)
        log_weight[kind] += step.log_evidence
        misses.append(_miss(step, prior, weights[kind]))
    pairs = [(one, other) for position, one in enumerate(misses) for other in misses[:position]]
    return replace(
        state,
        mean=mean,
        covariance=covariance,
        log_weight=log_weight,
        pairs=state.pairs + sum(one[1] * other[1] for one, other in pairs),
        together=state.together + sum(one[0] * other[0] * np.sqrt(one[1] * other[1]) for one, other in pairs),
    )


def _miss(step: Step, prior: Floats, weight: Floats) -> tuple[float, float]:
    """A kind's miss in standard deviations, and how much of its variance is not the binomial's own (0 to 1)."""
    variance = step.precision.sum(axis=(1, 2))
    miss = step.gradient.sum(axis=1) / np.sqrt(variance)
    reliability = np.clip(variance * prior.mean(axis=(1, 2)), 0.0, 1.0)
    return float(np.clip(weight @ miss, -3, 3)), float(weight @ reliability)
