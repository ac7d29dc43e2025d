"""Daily counts with weekday, season, noise and planted bursts, whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WEEKDAYS = np.array([0.9, 0.85, 0.9, 0.95, 1.1, 1.25, 1.05])


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    first: int
    days: int
    multiple: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    counts: tuple[int, ...]
    planted: tuple[Planted, ...]


def series(*, rate: float, bursts: int, seed: int, days: int = 730, dispersion: float = 0.01) -> Series:
    """Two years around ``rate`` a day; bursts of 2x to 5x for 1 to 7 days in the second year, well apart."""
    rng = np.random.default_rng(seed)
    day = np.arange(days)
    phase = rng.uniform(0, 2 * np.pi)
    mean = rate * WEEKDAYS[day % 7] * (1 + 0.3 * np.sin(2 * np.pi * day / 365.25 + phase)) * 1.1 ** (day / 365)
    planted = []
    for number in range(bursts):
        slot = (days - 390) // max(1, bursts)
        first = 380 + number * slot + int(rng.integers(0, max(1, slot - 30)))
        burst = Planted(first=first, days=int(rng.integers(1, 8)), multiple=float(rng.uniform(2, 5)))
        mean[first : first + burst.days] *= burst.multiple
        planted.append(burst)
    counts = rng.poisson(mean * rng.gamma(1 / dispersion, dispersion, days))
    return Series(counts=tuple(int(count) for count in counts), planted=tuple(planted))
