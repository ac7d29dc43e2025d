"""Matching moments: beside exact integrals in one and two dimensions, and no rate that creeps upwards."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from demand.estimating.kernel import ClosedCampaign, OutcomeLine
from demand.estimating.kernel.matching import match
from demand.estimating.kernel.walking import Estimator, summary, walk


def exact(
    centre: np.ndarray, prior: np.ndarray, trials: np.ndarray, hits: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Posterior mean, covariance and log evidence on a grid of eight standard deviations each way."""
    root = np.linalg.cholesky(prior)
    steps = np.linspace(-8, 8, 401)
    space = np.stack(np.meshgrid(*[steps] * centre.size, indexing="ij"), axis=-1).reshape(-1, centre.size)
    latent = centre + space @ root.T
    log_likelihood = (hits * latent - trials * np.logaddexp(0, latent)).sum(axis=1)
    density = np.exp(-0.5 * (space**2).sum(axis=1) + log_likelihood)
    mass = density.sum()
    mean = density @ latent / mass
    off = latent - mean
    width = float(steps[1] - steps[0]) / np.sqrt(2 * np.pi)
    return mean, (density[:, None] * off).T @ off / mass, float(np.log(mass * width**centre.size))


@pytest.mark.parametrize(
    ("trials", "hits", "tolerance"),
    [
        ((3.0,), (0.0,), 1e-3),
        ((3.0,), (3.0,), 1e-3),
        ((2000.0,), (31.0,), 1e-3),
        ((3.0, 2.5), (0.0, 1.5), 0.02),
        ((40.0, 1.0), (3.0, 1.0), 0.02),
    ],
)
def test_mean_variance_and_evidence_are_those_of_the_integral(
    trials: tuple[float, ...], hits: tuple[float, ...], tolerance: float
) -> None:
    size = len(trials)
    centre = np.array([-3.5, -2.0][:size])
    prior = np.array([[1.4, 0.9], [0.9, 1.1]])[:size, :size]
    step = match(centre[None], prior[None], np.array(trials), np.array(hits))
    mean, covariance, evidence = exact(centre, prior, np.array(trials), np.array(hits))
    assert centre + prior @ step.gradient[0] == pytest.approx(mean, abs=tolerance)
    assert prior - prior @ step.precision[0] @ prior == pytest.approx(covariance, abs=2 * tolerance)
    assert step.log_evidence[0] == pytest.approx(evidence, abs=tolerance)


def test_nothing_asked_teaches_nothing() -> None:
    step = match(np.array([[0.3]]), np.array([[[1.0]]]), np.array([0.0]), np.array([0.0]))
    assert step.gradient == pytest.approx(0, abs=1e-6)
    assert step.log_evidence == pytest.approx(0, abs=1e-6)


def test_many_small_campaigns_of_rare_buyers_do_not_raise_the_rate() -> None:
    rng = np.random.default_rng(3)
    bought = rng.permutation(np.repeat([1, 0], [25, 225]))
    history = [
        ClosedCampaign(
            key=f"c{number:03d}",
            closed=date(2026, 1, 1) + timedelta(days=number),
            category="laptop",
            lines=(OutcomeLine(kind="view", persons=4, units=4, bought=int(count)),),
        )
        for number, count in enumerate(bought)
    ]
    found = summary(walk(history, Estimator(history, seed=0, draws=400), learn_days=60))
    assert found["bias"] is not None
    assert found["bias"] <= 0.15
