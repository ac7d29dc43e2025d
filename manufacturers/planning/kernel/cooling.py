"""How long to stay at which temperature: long where the cost falls much while it cools, as a first sweep showed.

Where few orders can be late, most is decided at temperatures a thousand times lower than where many are, so no fixed
schedule serves both. Time in proportion to the root of the fall is the schedule of least dissipation where relaxation
is the same at all temperatures (Salamon, Nulton, Harland, Pedersen, Ruppeiner and Liao 1988).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from math import exp, log, sqrt

BINS = 24
EVEN_SHARE = 0.1
LEAST_BINS = 3
LEAST_COST = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A falling temperature: its logarithm at rising shares of the time, straight between them."""

    shares: list[float]
    heats: list[float]

    def at(self, share: float) -> float:
        """The temperature when ``share`` of the time is gone."""
        k = min(max(bisect_right(self.shares, share), 1), len(self.shares) - 1)
        begin, end = self.shares[k - 1], self.shares[k]
        part = min(1.0, max(0.0, (share - begin) / (end - begin))) if end > begin else 1.0
        return exp(self.heats[k - 1] + part * (self.heats[k] - self.heats[k - 1]))


def even(hot: float, cold: float) -> Course:
    """From ``hot`` to ``cold`` by the same factor at all times."""
    return Course(shares=[0.0, 1.0], heats=[log(hot), log(cold)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a sweep cost on the way from hot to cold: by bin of equal width, logarithms of both, the cost falling."""

    heats: list[float]
    costs: list[float]

    @classmethod
    def of(cls, seen: list[tuple[float, float]]) -> Profile:
        """From (temperature, cost) in the order seen, at least one."""
        top, bottom = log(seen[0][0]), log(seen[-1][0])
        width = (top - bottom) / BINS or 1.0
        first = log(max(seen[0][1], LEAST_COST))
        return cls(heats=[top - k * width for k in range(BINS)], costs=[first] * BINS).with_(seen)

    def with_(self, seen: list[tuple[float, float]]) -> Profile:
        """What it costs when a later course was cheaper at a temperature."""
        top, width = self.heats[0], self.heats[0] - self.heats[1]
        sums = [[0.0, 0.0] for _ in range(BINS)]
        for heat, cost in seen:
            one = sums[min(BINS - 1, max(0, int((top - log(heat)) / width)))]
            one[0], one[1] = one[0] + log(max(cost, LEAST_COST)), one[1] + 1
        means = [total / count if count else self.costs[0] for total, count in sums]
        return Profile(heats=self.heats, costs=list(accumulate(map(min, means, self.costs), min)))

    def course(self, cost: float, factor: float) -> Course:
        """From where the sweep stood at ``factor`` times ``cost``, or the nearest to it, down to the sweep's end."""
        limit = max(log(max(cost, LEAST_COST)), self.costs[-1]) + log(factor)
        first = next((k for k, here in enumerate(self.costs) if here <= limit), BINS)
        first = max(0, min(first - 1, BINS - LEAST_BINS))
        width = self.heats[0] - self.heats[1]
        times = []
        for k in range(first, BINS):
            falls = [self.costs[i] - self.costs[i + 1] for i in (k - 1, k) if 0 <= i < BINS - 1]
            times.append(EVEN_SHARE * width + sqrt(max(falls) * width))
        whole = sum(times)
        heats = [*self.heats[first:], self.heats[-1] - width]
        return Course(shares=[0.0, *(x / whole for x in accumulate(times))], heats=heats)
