"""Intervals of a drawn distribution of units, and how good predictions were."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demand.estimating.kernel.problem import Floats, Interval

Units = NDArray[np.int64]


def interval(sorted_units: Units, level: float) -> Interval:
    """The central interval of whole units whose probability is nearest to the level.

    Units are whole, so an interval that holds *at least* the level holds much more when numbers are small. Ends within
    one step of the central quantiles are tried; the shorter one wins a tie.
    """
    values, first = np.unique(sorted_units, return_index=True)
    below = first / len(sorted_units)
    upto = np.append(below[1:], 1.0)
    tail = round((1 - level) / 2, 9)
    low = int(np.searchsorted(upto, tail, side="right"))
    high = int(np.searchsorted(upto, 1 - tail, side="left"))
    low, high = min(low, len(values) - 1), min(max(high, low), len(values) - 1)
    choices = [
        (abs(upto[b] - below[a] - level), b - a, a, b)
        for a in {low, min(low + 1, high)}
        for b in {high, max(high - 1, low)}
        if a <= b
    ]
    _, _, a, b = min(choices)
    return Interval(low=int(values[a]), high=int(values[b]), probability=float(upto[b] - below[a]))


def intervals(sorted_units: Units) -> tuple[Interval, Interval]:
    """The 80 % and the 95 % interval, the first always within the second."""
    narrow, wide = interval(sorted_units, 0.80), interval(sorted_units, 0.95)
    low, high = min(narrow.low, wide.low), max(narrow.high, wide.high)
    if (low, high) == (wide.low, wide.high):
        return narrow, wide
    inside = np.searchsorted(sorted_units, high, side="right") - np.searchsorted(sorted_units, low, side="left")
    return narrow, Interval(low=low, high=high, probability=float(inside) / len(sorted_units))


def crps(sorted_units: Units, outcome: float) -> float:
    """Continuous ranked probability score of a sample (Gneiting & Raftery 2007, eq. 21), in units; 0 is perfect."""
    drawn: Floats = sorted_units.astype(np.float64)
    size = len(drawn)
    ranks = 2 * np.arange(1, size + 1) - size - 1
    return float(np.abs(drawn - outcome).mean() - (ranks * drawn).sum() / size**2)
