"""How much a series of daily counts grew, with an interval that knows how restless the series is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np

PERIOD_DAYS = 28
NORMAL_95 = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Counts of the last four weeks and of the four before, and their ratio with its 95 % interval.

    The ratio is ``None`` where one of the two is 0: then nothing can be said of growth.
    """

    recent: int
    before: int
    growth: float | None
    low: float | None
    high: float | None


def trend(counts: Sequence[int]) -> Trend:
    """The trend at the end of gapless daily counts; days that are not known count as 0.

    log(recent / before) is about normal with variance φ (1/recent + 1/before). φ ≥ 1 is the Pearson over-dispersion of
    the days around weekday × period means (McCullagh & Nelder 1989, section 4.5.2): days of a busy shop swing by far
    more than chance, and so does their sum.
    """
    series = np.zeros(2 * PERIOD_DAYS)
    known = np.asarray(counts[-2 * PERIOD_DAYS :], dtype=np.float64)
    series[series.size - known.size :] = known
    days = series.reshape(2, PERIOD_DAYS // 7, 7)
    before, recent = (int(total) for total in days.sum(axis=(1, 2)))
    if not before or not recent:
        return Trend(recent=recent, before=before, growth=None, low=None, high=None)
    hoped = days.sum(axis=(1, 2), keepdims=True) * days.sum(axis=(0, 1)) / days.sum() / days.shape[1]
    misses = (days - hoped) ** 2 / np.maximum(hoped, 1e-9)
    swing = max(1.0, float(misses.sum()) / (days.size - 8))
    reach = NORMAL_95 * sqrt(swing * (1 / recent + 1 / before))
    middle = log(recent / before)
    return Trend(recent=recent, before=before, growth=exp(middle), low=exp(middle - reach), high=exp(middle + reach))
