"""`make bench-bursts`: planted bursts found, false alarms and days until told, beside a 3-sigma rule on a 28-day mean.

    python -m tests.bench.bench_bursts [--series N]

Two years of daily counts with weekday, season, growth and over-dispersion; six bursts of 2× to 5× over 1 to 7 days in
the second year. The last line is the JSON of CONTRACTS.md: ``ours`` and ``peer`` are the recalls over all base rates.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from demand.estimating.kernel.bursts import WARM_DAYS, find_bursts
from tests.oracles.simulated_counts import Planted, Series, series

RATES = (10, 25, 60, 400, 3000)
START = date(2024, 1, 1)
BURSTS = 6
MEAN_DAYS = 28
SIGMAS = 3.0
GRACE_DAYS = 7
"""Days after a burst on which an alarm still tells of it."""

Span = tuple[int, int, int]
"""First and last day of an alarm, and the day it was told, counted from the start of the series."""

Rule = Callable[[Series], list[Span]]


@dataclass(slots=True, kw_only=True)
class Score:
    """Counts over many series."""

    planted: int = 0
    caught: int = 0
    false_alarms: int = 0
    delays: int = 0
    years: float = 0.0

    def add(self, market: Series, found: Sequence[Span]) -> None:
        """Count what one series came to. A burst is caught when it was told before its last day had been over a week.

        An alarm is false when it touches no burst and none of the days after it in which it may still be told.
        """
        self.years += (len(market.counts) - WARM_DAYS) / 365
        self.planted += len(market.planted)
        for one in market.planted:
            told = [day for first, last, day in found if _of(one, first, last) and day >= one.first]
            if told:
                self.caught += 1
                self.delays += min(told) - one.first
        self.false_alarms += sum(not any(_of(one, first, last) for one in market.planted) for first, last, _ in found)

    @property
    def recall(self) -> float:
        return self.caught / self.planted

    def line(self) -> str:
        return (
            f"recall {self.recall:6.3f}   false alarms a year {self.false_alarms / self.years:6.2f}"
            f"   days until told {self.delays / max(1, self.caught):5.2f}"
        )


def _of(one: Planted, first: int, last: int) -> bool:
    return first < one.first + one.days + GRACE_DAYS and last >= one.first


def ours(market: Series) -> list[Span]:
    """The kernel's bursts as numbers of days."""
    found = find_bursts(market.counts, start=START)
    return [_days(one.first, one.last, one.detected) for one in found]


def _days(*days: date) -> Span:
    first, last, told = ((day - START) // timedelta(days=1) for day in days)
    return first, last, told


def three_sigma(market: Series) -> list[Span]:
    """A day beyond the mean of the 28 before it by three of their standard deviations; days in a row are one alarm."""
    counts = np.array(market.counts, dtype=np.float64)
    found: list[Span] = []
    for day in range(WARM_DAYS, counts.size):
        before = counts[day - MEAN_DAYS : day]
        if counts[day] > before.mean() + SIGMAS * before.std():
            if found and day <= found[-1][1] + 1:
                found[-1] = (found[-1][0], day, found[-1][2])
            else:
                found.append((day, day, day))
    return found


RULES: dict[str, Rule] = {"estimator": ours, "3-sigma": three_sigma}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=12, help="series of each base rate and seed")
    options = parser.parse_args()
    number = options.series * int(os.environ.get("SEEDS", "1"))
    whole = {name: Score() for name in RULES}
    for rate in RATES:
        here = {name: Score() for name in RULES}
        for seed in range(number):
            market = series(rate=rate, bursts=BURSTS, seed=1000 * rate + seed)
            for name, rule in RULES.items():
                found = rule(market)
                here[name].add(market, found)
                whole[name].add(market, found)
        for name, score in here.items():
            sys.stderr.write(f"{rate:5} a day  {name:10} {score.line()}\n")
    for name, score in whole.items():
        sys.stderr.write(f"all           {name:10} {score.line()}\n")
    mine, peer = whole["estimator"], whole["3-sigma"]
    line = {
        "name": "bursts",
        "ours": round(mine.recall, 4),
        "peer": round(peer.recall, 4),
        "ratio": round(mine.recall / peer.recall, 4),
        "unit": "recall",
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "n": mine.planted,
        "false_alarms_a_year": round(mine.false_alarms / mine.years, 3),
        "false_alarms_a_year_peer": round(peer.false_alarms / peer.years, 3),
        "days_until_told": round(mine.delays / max(1, mine.caught), 3),
        "days_until_told_peer": round(peer.delays / max(1, peer.caught), 3),
    }
    sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
