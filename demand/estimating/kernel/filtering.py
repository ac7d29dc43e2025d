"""The state-space filter behind the conversion rates, run for a grid of hyper-parameters at once.

Model, on the logit of the probability that one person buys, for kind k, category c, campaign j, time t (months)::

    logit p = level[k](t) + deviation[k, c](t) + age · slope_age[k] + headroom · slope_headroom[k]
              + below · slope_below[k] + shock[j] + shock[j, k]
    level, deviation: random walks          shock: normal, new in every campaign (the over-dispersion)

Forgetting is the random walk: the variance added per month makes old campaigns count exponentially less. Categories
share the level of their kind and differ as far as their data say (partial pooling). Each campaign is one Laplace step
(Rasmussen & Williams 2006, algorithms 3.1 and 3.2, with a prior mean), whose evidence weighs the grid of
hyper-parameters, so that an estimate averages over drift, over-dispersion and spread instead of trusting one choice.

Priors (logit scale unless said; mean, standard deviation)
    level: preorder 93 %, wish 30 %, cart 25 %, search 4 %, view 1.5 %; 1.2
    slope_age (a doubling of two weeks): −0.35, 0.25; slope_headroom (+100 % of price): +1.5, 1.0, never below 0;
    slope_below (the ceiling is below the price): −2.0, 1.0; each correlated .5 between kinds
    drift per month, over-dispersion, spread of categories: the grids below, equally likely
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from demand.estimating.kernel.features import FEATURES, Counts, matrix
from demand.estimating.kernel.problem import KINDS, Floats

PRIOR_RATES = (0.93, 0.30, 0.25, 0.04, 0.015)
PRIOR_LEVEL_SD = 1.2
PRIOR_SLOPES = ((-0.35, 0.25), (1.5, 1.0), (-2.0, 1.0))
BETWEEN_KINDS = 0.5
SHARED_SHOCK = 0.4
DRIFTS = (0.08, 0.25, 0.6)
DISPERSIONS = (0.1, 0.3, 0.7)
SPREADS = (0.3, 1.0)
DEVIATION_DRIFT = 0.3
NEWTON_STEPS = 30

GRID = np.array(list(product(DRIFTS, DISPERSIONS, SPREADS)))
"""Rows of (drift, dispersion, spread), each a standard deviation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Posterior of the coefficients for each row of the grid: ``mean`` (G, D), ``covariance`` (G, D, D).

    Dimensions: four per kind in the order of ``KINDS``, then one per category and kind.
    """

    categories: tuple[str, ...]
    mean: Floats
    covariance: Floats
    log_weight: Floats

    def weights(self) -> Floats:
        """Posterior probability of each row of the grid."""
        raw = np.exp(self.log_weight - self.log_weight.max())
        return np.asarray(raw / raw.sum())


def between_kinds(correlation: float) -> Floats:
    """Kinds × kinds: 1 on the diagonal, the correlation elsewhere."""
    size = len(KINDS)
    return np.full((size, size), correlation) + (1 - correlation) * np.eye(size)


def start(categories: tuple[str, ...]) -> State:
    """The priors, before any campaign."""
    kinds, fixed = len(KINDS), len(KINDS) * FEATURES
    size = fixed + kinds * len(categories)
    mean = np.zeros((len(GRID), size))
    rates = np.array(PRIOR_RATES)
    mean[:, 0:fixed:FEATURES] = np.log(rates / (1 - rates))
    covariance = np.zeros((len(GRID), size, size))
    base = np.zeros((size, size))
    base[0:fixed:FEATURES, 0:fixed:FEATURES] = PRIOR_LEVEL_SD**2 * np.eye(kinds)
    for offset, (centre, deviation) in enumerate(PRIOR_SLOPES, start=1):
        mean[:, offset:fixed:FEATURES] = centre
        base[offset:fixed:FEATURES, offset:fixed:FEATURES] = deviation**2 * between_kinds(BETWEEN_KINDS)
    covariance[:] = base
    for position in range(len(categories)):
        block = slice(fixed + kinds * position, fixed + kinds * (position + 1))
        covariance[:, block, block] = (GRID[:, 2] ** 2)[:, None, None] * between_kinds(BETWEEN_KINDS)
    return State(categories=categories, mean=mean, covariance=covariance, log_weight=np.zeros(len(GRID)))


def drift(state: State, months: float) -> State:
    """Let time pass: levels and deviations become less certain."""
    if months <= 0:
        return state
    fixed, kinds = len(KINDS) * FEATURES, len(KINDS)
    covariance = state.covariance.copy()
    step = (GRID[:, 0] ** 2 * months)[:, None, None] * between_kinds(BETWEEN_KINDS)
    covariance[:, 0:fixed:FEATURES, 0:fixed:FEATURES] += step
    for position in range(len(state.categories)):
        block = slice(fixed + kinds * position, fixed + kinds * (position + 1))
        covariance[:, block, block] += DEVIATION_DRIFT**2 * step
    return replace(state, covariance=covariance)


def shocks(kinds: Floats) -> Floats:
    """Covariance of a campaign's own shocks between rows of these kinds, for each row of the grid."""
    same = kinds[:, None] == kinds[None, :]
    shape = np.where(same, 1.0, SHARED_SHOCK)
    return np.asarray((GRID[:, 1] ** 2)[:, None, None] * shape)


def design(state: State, category: str, observed: Counts) -> Floats:
    """Rows of a campaign's cells over the state's dimensions."""
    rows = np.zeros((len(observed.cells), state.mean.shape[1]))
    values = matrix(observed.cells)
    fixed = len(KINDS) * FEATURES
    base = fixed + len(KINDS) * state.categories.index(category)
    for row, where in enumerate(observed.cells):
        rows[row, where.kind * FEATURES : (where.kind + 1) * FEATURES] = values[row]
        rows[row, base + where.kind] = 1.0
    return rows


def update(state: State, category: str, observed: Counts) -> State:
    """Learn from one closed campaign; the category must be one of the state's."""
    if not observed.cells:
        return state
    rows = design(state, category, observed)
    cross = state.covariance @ rows.T
    kinds = np.array([where.kind for where in observed.cells], dtype=np.float64)
    prior = rows @ cross + shocks(kinds)
    step = _laplace(state.mean @ rows.T, prior, observed)
    gain = cross @ step.precision
    return replace(
        state,
        mean=state.mean + np.einsum("gdm,gm->gd", cross, step.gradient),
        covariance=state.covariance - gain @ cross.transpose(0, 2, 1),
        log_weight=state.log_weight + step.log_evidence,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """``gradient`` at the mode (G, m), ``precision`` = (prior + 1/W)⁻¹ (G, m, m), and the evidence (G,)."""

    gradient: Floats
    precision: Floats
    log_evidence: Floats


def _laplace(centre: Floats, prior: Floats, observed: Counts) -> _Step:
    trials, hits = observed.decisions, observed.bought
    dual = np.zeros_like(centre)
    latent = centre.copy()
    for _ in range(NEWTON_STEPS):
        chance = 1 / (1 + np.exp(-latent))
        curvature = np.maximum(trials * chance * (1 - chance), 1e-10)
        wanted = curvature * (latent - centre) + hits - trials * chance
        precision = _precision(prior, curvature)[0]
        fresh = wanted - np.einsum("gij,gj->gi", precision, np.einsum("gij,gj->gi", prior, wanted))
        moved = np.einsum("gij,gj->gi", prior, fresh - dual)
        size = np.abs(moved).max(axis=1, keepdims=True)
        share = np.minimum(1.0, 2.0 / np.maximum(size, 1e-12))
        dual = dual + share * (fresh - dual)
        latent = latent + share * moved
        if size.max() < 1e-6:
            break
    chance = 1 / (1 + np.exp(-latent))
    curvature = np.maximum(trials * chance * (1 - chance), 1e-10)
    precision, log_determinant = _precision(prior, curvature)
    fit = (hits * latent - trials * np.logaddexp(0, latent)).sum(axis=1)
    evidence = fit - 0.5 * np.einsum("gi,gi->g", dual, latent - centre) - 0.5 * log_determinant
    return _Step(gradient=hits - trials * chance, precision=precision, log_evidence=evidence)


def _precision(prior: Floats, curvature: Floats) -> tuple[Floats, Floats]:
    """(prior + 1/W)⁻¹ and log |I + W½ prior W½|, without dividing by a W that may be tiny."""
    root = np.sqrt(curvature)
    inner = np.eye(prior.shape[1]) + root[:, :, None] * prior * root[:, None, :]
    inverse = np.linalg.inv(inner)
    return root[:, :, None] * inverse * root[:, None, :], np.linalg.slogdet(inner)[1]
