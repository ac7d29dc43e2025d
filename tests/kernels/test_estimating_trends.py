"""Growth of daily counts: by hand, and how often its interval holds the truth."""

from __future__ import annotations

import numpy as np
import pytest

from demand.estimating.kernel.trends import trend


def test_a_steady_doubling_by_hand() -> None:
    found = trend([10] * 28 + [20] * 28)
    assert (found.recent, found.before) == (560, 280)
    assert found.growth == pytest.approx(2)
    assert found.low == pytest.approx(1.7326, abs=1e-3)
    assert found.high == pytest.approx(2.3087, abs=1e-3)


def test_a_restless_series_says_less() -> None:
    calm, restless = trend([10] * 56), trend([0, 0, 0, 40] * 14)
    assert calm.growth == restless.growth == pytest.approx(1)
    assert (restless.high or 0) > (calm.high or 0)


@pytest.mark.parametrize("counts", [[], [0] * 56, [5] * 28, [3] * 28 + [0] * 28])
def test_nothing_to_compare_with_says_nothing_of_growth(counts: list[int]) -> None:
    found = trend(counts)
    assert (found.growth, found.low, found.high) == (None, None, None)


def test_a_short_series_counts_from_its_end() -> None:
    found = trend([1] * 29)
    assert (found.recent, found.before) == (28, 1)
    assert found.low == pytest.approx(3.8, abs=0.1)
    assert found.high == pytest.approx(206, abs=1)


def test_nineteen_of_twenty_intervals_hold_the_growth() -> None:
    rng = np.random.default_rng(5)
    mean = np.tile([30, 30, 30, 30, 45, 60, 50], 8) * np.repeat([1.0, 1.3], 28)
    held = [
        (found.low or 0) <= 1.3 <= (found.high or 0)
        for found in (trend(list(rng.poisson(mean * rng.gamma(20, 1 / 20, 56)))) for _ in range(400))
    ]
    # Two standard errors of a coverage of 95 % over 400 are 2.2 points.
    assert 0.928 <= np.mean(held) <= 0.99
