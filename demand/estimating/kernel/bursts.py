"""Bursts in daily counts: sudden demand beyond weekday, season and ordinary noise.

For each day the expected count is level × weekday × season, from days at least a week old, so that a burst does not
hide itself: an exponentially weighted level (half-life three weeks), weekday factors of twelve weeks shrunk towards 1,
and last year's course of the same weeks where it is known. Counts of 1, 3 and 7 days are held against a negative
binomial whose dispersion is measured on the series' own earlier misses at that length (shrunk to a day-to-day swing of
12 %, never under 5 %), and the tail is computed exactly (regularised incomplete beta), not by a normal approximation.

The false alarms of a series are bounded by the sum of the tail thresholds: ``ALARMS_PER_YEAR`` / 365 a day, shared
between the three lengths; the rest of the way to one a year is left for what the model does not know. Alarms that touch
are one burst. Days of a burst teach nothing, for at most three weeks: after that they are the new ordinary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from demand.estimating.kernel.problem import Floats, InvalidProblem

Days = NDArray[np.int64]

ALARMS_PER_YEAR = 0.4
LENGTHS = (1, 3, 7)
GAP = 7
WARM_DAYS = 56
MEMORY = 84
HALF_LIFE = 21.0
YEAR = 364
SEASON_REACH = 10
WEEKDAY_SHRINK = 3.0
FLOOR_DISPERSION = 0.0025
PRIOR_DISPERSION = 0.015
PRIOR_DAYS = 14.0
LEAST_MULTIPLE = 1.3
LONGEST_EXCLUDED = 21
JOIN_DAYS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """Days ``first`` to ``last`` (both in it) with ``count`` events where ``expected`` were.

    ``detected`` is the first day whose evening told. ``multiple`` = count / expected; ``multiple_of_last_year`` holds
    it against the same weekdays 52 weeks before, ``None`` where they are not known or had none. ``tail`` is the
    smallest tail probability seen.
    """

    first: date
    last: date
    detected: date
    count: int
    expected: float
    multiple: float
    multiple_of_last_year: float | None
    tail: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alarm:
    day: int
    first: int
    tail: float


def find_bursts(counts: Sequence[int], *, start: date) -> list[Burst]:
    """Bursts in gapless daily counts from ``start`` on, in time order; the first ``WARM_DAYS`` days only teach.

    What was found up to a day never depends on later days, except that a running burst grows. Raises
    ``InvalidProblem`` for a negative count. Fewer than ``WARM_DAYS`` days hold no burst.
    """
    series = np.asarray(counts, dtype=np.float64)
    if series.size and series.min() < 0:
        raise InvalidProblem("A daily count must not be negative.")
    if series.size <= WARM_DAYS:
        return []
    weekdays = (np.arange(series.size) + start.weekday()) % 7
    watch = _Watch(series, weekdays)
    alarms = [alarm for day in range(WARM_DAYS, series.size) if (alarm := watch.look(day)) is not None]
    return [_burst(group, series, watch.expected, start) for group in _joined(alarms)]


class _Watch:
    """Goes through the days once, remembering expectations and which days are set apart."""

    def __init__(self, series: Floats, weekdays: Days) -> None:
        self.series = series
        self.weekdays = weekdays
        self.expected = np.full(series.size, np.nan)
        self.usual = np.ones(series.size, dtype=bool)
        self.since = 0
        for day in range(2 * GAP, WARM_DAYS):
            self.expected[day] = self._expect(day)

    def look(self, day: int) -> _Alarm | None:
        self.expected[day] = self._expect(day)
        best: _Alarm | None = None
        for length in LENGTHS:
            found = self._tail(day, length)
            if (
                found is not None
                and found < ALARMS_PER_YEAR / 365 / len(LENGTHS)
                and (best is None or found < best.tail)
            ):
                best = _Alarm(day=day, first=self._first(day, length), tail=found)
        if best is not None:
            self._set_apart(best)
        return best

    def _first(self, day: int, length: int) -> int:
        window = range(day - length + 1, day + 1)
        high = [at for at in window if self.series[at] > LEAST_MULTIPLE * self.expected[at]]
        return high[0] if high else window[0]

    def _set_apart(self, alarm: _Alarm) -> None:
        run = slice(alarm.day - LONGEST_EXCLUDED + 1, alarm.day + 1)
        self.usual[alarm.first : alarm.day + 1] = False
        if not self.usual[run].any():
            self.usual[run] = True
            self.since = run.start

    def _expect(self, day: int) -> float:
        """Level × weekday × season for a day, from days that ended a week before it."""
        known = np.arange(max(0, day - GAP - MEMORY + 1), day - GAP + 1)
        known = known[self.usual[known] & (known >= self.since)]
        if known.size < GAP:
            return float(np.mean(self.series[max(0, day - GAP) : day]))
        weekday = self._weekday_factors(known)
        season = self._season(known, day)
        weight = 0.5 ** ((day - known) / HALF_LIFE)
        exposure = weekday[self.weekdays[known]] * season[:-1]
        level = float((weight * self.series[known]).sum() / (weight * exposure).sum())
        return level * float(weekday[self.weekdays[day]]) * float(season[-1])

    def _weekday_factors(self, known: Days) -> Floats:
        number = np.bincount(self.weekdays[known], minlength=7)
        total = np.bincount(self.weekdays[known], weights=self.series[known], minlength=7)
        mean = max(float(self.series[known].mean()), 1e-9)
        return np.asarray((total / mean + WEEKDAY_SHRINK) / (number + WEEKDAY_SHRINK))

    def _season(self, known: Days, day: int) -> Floats:
        """Last year's smoothed counts a year before the known days and the day; 1 where that year is not known."""
        days = np.append(known, day) - YEAR
        if days[0] < SEASON_REACH:
            return np.ones(days.size)
        reach = np.arange(-SEASON_REACH, SEASON_REACH + 1)
        around = days[:, None] + reach
        usual = self.usual[around]
        smooth = (self.series[around] * usual).sum(axis=1) / np.maximum(usual.sum(axis=1), 1)
        mean = max(float(smooth.mean()), 1e-9)
        return np.asarray((smooth + 0.1 * mean) / (1.1 * mean))

    def _tail(self, day: int, length: int) -> float | None:
        """P(at least the window's count), or ``None`` when the window is not high enough to matter."""
        window = slice(day - length + 1, day + 1)
        count, mean = float(self.series[window].sum()), float(np.nansum(self.expected[window]))
        if mean <= 0 or count < LEAST_MULTIPLE * mean or count < 5:
            return None
        spread = self._dispersion(day, length)
        size = 1 / spread
        return float(betainc(count, size, mean / (size + mean)))

    def _dispersion(self, day: int, length: int) -> float:
        """c of variance = mean + c · mean², from earlier windows of this length without set-apart days."""
        ends = np.arange(max(2 * GAP + length, day - GAP - MEMORY), day - length + 1)
        around = ends[:, None] - np.arange(length)
        ends = ends[self.usual[around].all(axis=1)]
        around = ends[:, None] - np.arange(length)
        seen, hoped = self.series[around].sum(axis=1), self.expected[around].sum(axis=1)
        typical = float(np.nansum(self.expected[day - length + 1 : day + 1])) ** 2
        excess = float(((seen - hoped) ** 2 - hoped).sum())
        prior = PRIOR_DAYS * typical
        return max(FLOOR_DISPERSION, (excess + PRIOR_DISPERSION * prior) / (float((hoped**2).sum()) + prior))


def _joined(alarms: Sequence[_Alarm]) -> list[list[_Alarm]]:
    groups: list[list[_Alarm]] = []
    for alarm in alarms:
        if groups and alarm.first <= groups[-1][-1].day + JOIN_DAYS:
            groups[-1].append(alarm)
        else:
            groups.append([alarm])
    return groups


def _burst(group: Sequence[_Alarm], series: Floats, expected: Floats, start: date) -> Burst:
    first = min(alarm.first for alarm in group)
    days = np.arange(first, group[-1].day + 1)
    high = days[series[days] > LEAST_MULTIPLE * expected[days]]
    last = int(high[-1]) if high.size else group[-1].day
    days = np.arange(first, last + 1)
    count, hoped = float(series[days].sum()), float(expected[days].sum())
    before = float(series[days - YEAR].sum()) if first >= YEAR else 0.0
    return Burst(
        first=start + timedelta(days=first),
        last=start + timedelta(days=last),
        detected=start + timedelta(days=group[0].day),
        count=int(count),
        expected=hoped,
        multiple=count / hoped if hoped > 0 else count,
        multiple_of_last_year=count / before if before > 0 else None,
        tail=min(alarm.tail for alarm in group),
    )
