"""Gaussian approximation of binomial counts with logit-normal chances, by expectation propagation.

Latents f ~ N(c, K), hits[i] ~ Binomial(trials[i], 1 / (1 + exp(−f[i]))), for many (c, K) at once. Each count is
replaced by a Gaussian factor whose product with the rest has the exact mean and variance in its latent (Minka 2001;
Rasmussen & Williams 2006, section 3.6). A Laplace step in its place would put the mode where the mean belongs: with
counts of a few, and seldom a hit, that raises the rate a little with every campaign.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from demand.estimating.kernel.problem import Floats

ROUNDS = 40
NEWTON_STEPS = 25
DAMPING = 0.9
SETTLED = 1e-3
LEAST_PRECISION = 1e-10
NODES, _WEIGHTS = np.polynomial.hermite.hermgauss(16)
LOG_WEIGHTS = np.log(_WEIGHTS) + NODES**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """``gradient`` = K⁻¹(mean − c) (G, m), ``precision`` = (K + 1/τ)⁻¹ (G, m, m), and the evidence (G,).

    The posterior mean of anything jointly Gaussian with f moves by its covariance with f times ``gradient``; its
    covariance falls by that covariance times ``precision`` times itself.
    """

    gradient: Floats
    precision: Floats
    log_evidence: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tilted:
    """The latent's own posterior given one exact count and the rest: mean, variance and log normaliser."""

    mean: Floats
    variance: Floats
    log_mass: Floats


def match(centre: Floats, prior: Floats, trials: Floats, hits: Floats) -> Step:
    """Fit the factors; ``centre`` (G, m), ``prior`` (G, m, m), ``trials`` and ``hits`` (m,), not negative."""
    tau = np.full_like(centre, LEAST_PRECISION)
    push = tau * centre
    for _ in range(ROUNDS):
        whole = _together(centre, prior, tau, push)
        rest, rest_mean, tilted = _apart(whole, tau, push, trials, hits)
        fresh = np.maximum(1 / tilted.variance - rest, LEAST_PRECISION)
        pushed = (fresh + rest) * tilted.mean - rest * rest_mean
        tau, push = tau + DAMPING * (fresh - tau), push + DAMPING * (pushed - push)
        if (np.abs(tilted.mean - whole.mean) / np.sqrt(whole.variance)).max() < SETTLED:
            break
    whole = _together(centre, prior, tau, push)
    rest, rest_mean, tilted = _apart(whole, tau, push, trials, hits)
    factors = tilted.log_mass - _factor_mass(rest_mean, 1 / rest, tau, push)
    fit = push * centre - 0.5 * tau * centre**2 + 0.5 * (push - tau * centre) * (whole.mean - centre)
    evidence = fit.sum(axis=1) - 0.5 * whole.log_determinant + factors.sum(axis=1)
    return Step(gradient=whole.gradient, precision=whole.precision, log_evidence=evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whole:
    """Prior times factors: what a step needs of it, and each latent's mean and variance."""

    gradient: Floats
    precision: Floats
    mean: Floats
    variance: Floats
    log_determinant: Floats


def _together(centre: Floats, prior: Floats, tau: Floats, push: Floats) -> _Whole:
    root = np.sqrt(tau)
    inner = np.eye(prior.shape[1]) + root[:, :, None] * prior * root[:, None, :]
    precision = root[:, :, None] * np.linalg.inv(inner) * root[:, None, :]
    wanted = push - tau * centre
    gradient = wanted - np.einsum("gij,gj->gi", precision, np.einsum("gij,gj->gi", prior, wanted))
    variance = np.einsum("gii->gi", prior) - np.einsum("gij,gji->gi", prior, precision @ prior)
    return _Whole(
        gradient=gradient,
        precision=precision,
        mean=centre + np.einsum("gij,gj->gi", prior, gradient),
        variance=np.maximum(variance, 1e-12),
        log_determinant=np.linalg.slogdet(inner)[1],
    )


def _apart(whole: _Whole, tau: Floats, push: Floats, trials: Floats, hits: Floats) -> tuple[Floats, Floats, _Tilted]:
    """Each latent without its own factor (precision, mean), and what that becomes with its exact count."""
    rest = np.maximum(1 / whole.variance - tau, LEAST_PRECISION)
    rest_mean = (whole.mean / whole.variance - push) / rest
    return rest, rest_mean, _tilt(rest_mean, 1 / rest, trials, hits)


def _tilt(mean: Floats, variance: Floats, trials: Floats, hits: Floats) -> _Tilted:
    """Moments of N(mean, variance) times the binomial, by quadrature about the peak with the peak's own width."""
    latent = mean.copy()
    for _ in range(NEWTON_STEPS):
        chance = 1 / (1 + np.exp(-latent))
        slope = hits - trials * chance - (latent - mean) / variance
        curve = trials * chance * (1 - chance) + 1 / variance
        step = np.clip(slope / curve, -2.0, 2.0)
        latent = latent + step
        if np.abs(step).max() < 1e-6:
            break
    chance = 1 / (1 + np.exp(-latent))
    width = np.sqrt(2 / (trials * chance * (1 - chance) + 1 / variance))
    at = latent[..., None] + width[..., None] * NODES
    log_density = (
        hits[..., None] * at
        - trials[..., None] * np.logaddexp(0, at)
        - 0.5 * (at - mean[..., None]) ** 2 / variance[..., None]
        + LOG_WEIGHTS
    )
    highest = log_density.max(axis=-1, keepdims=True)
    mass = np.exp(log_density - highest)
    total = mass.sum(axis=-1)
    found = (mass * at).sum(axis=-1) / total
    spread = (mass * (at - found[..., None]) ** 2).sum(axis=-1) / total
    log_mass = np.log(total) + highest[..., 0] + np.log(width) - 0.5 * np.log(2 * np.pi * variance)
    return _Tilted(mean=found, variance=spread, log_mass=log_mass)


def _factor_mass(mean: Floats, variance: Floats, tau: Floats, push: Floats) -> Floats:
    """Log of the integral of N(mean, variance) times exp(push f − tau f² / 2)."""
    off = push - tau * mean
    return np.asarray(
        push * mean
        - 0.5 * tau * mean**2
        + 0.5 * off**2 * variance / (1 + tau * variance)
        - 0.5 * np.log1p(tau * variance)
    )
