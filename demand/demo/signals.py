"""A year of signals for the demo market: a weekly rhythm, a season per category and two bursts planted on purpose.

Whoever looks for bursts should find exactly ``BURSTS`` and nothing else; whoever looks for unmet demand should find the
searches for things nobody makes (``unmet`` in the wordings).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from math import exp, log
from random import Random
from typing import Literal

from demand.demo.people import REGIONS_BY_LANGUAGE
from demand.demo.wants import CATEGORY_WEIGHTS, WANTS
from demand.demo.wordings import Wordings, wordings

Kind = Literal["search", "search_zero", "view", "cart", "vote"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSignal:
    """One counted event. ``category`` is ``None`` for a search without a result; ``query`` stands on searches only."""

    event_id: str
    occurred_at: datetime
    kind: Kind
    shopper_key: str
    category: str | None
    query: str | None
    region: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """A planted burst: ``factor`` times the usual events for ``days`` days from ``first_day`` after the start."""

    category: str
    first_day: int
    days: int
    factor: float


BURSTS: tuple[Burst, ...] = (
    Burst(category="air_fryer", first_day=118, days=4, factor=7.0),
    Burst(category="pet_bed", first_day=262, days=5, factor=6.0),
)
KIND_SHARES: tuple[tuple[Kind, float], ...] = (
    ("view", 0.56),
    ("search", 0.27),
    ("cart", 0.09),
    ("vote", 0.04),
    ("search_zero", 0.04),
)
WEEKDAY: tuple[float, ...] = (0.94, 0.92, 0.93, 0.96, 1.03, 1.15, 1.07)
# Peaks in the year: (month, day, height over the base, width in days). Wide, so that no season is a burst.
SEASONS: dict[str, tuple[tuple[int, int, float, float], ...]] = {
    "down_jacket": ((12, 5, 3.0, 40.0),),
    "robot_vacuum": ((11, 5, 1.1, 16.0), (6, 15, 0.7, 16.0)),
    "laptop": ((8, 25, 0.9, 25.0),),
    "thermos_bottle": ((12, 15, 1.0, 45.0),),
    "air_fryer": ((1, 20, 0.4, 30.0),),
    "wall_washer": ((6, 20, 0.5, 40.0),),
    "standing_desk": ((9, 10, 0.4, 35.0),),
    "pet_bed": ((1, 5, 0.5, 40.0),),
}
_KINDS: tuple[Kind, ...] = tuple(kind for kind, _ in KIND_SHARES)
_ENDS = tuple(accumulate(share for _, share in KIND_SHARES))
_LANGUAGES = ("zh-hans", "zh-hans", "zh-hans", "zh-hant", "en", "en")


def generate_signals(seed: int, start: datetime, *, days: int = 365, per_day: float = 400.0) -> Iterator[DemoSignal]:
    """Signals from the aware ``start`` for ``days`` days, oldest first, about ``per_day`` of them a day.

    Equal for equal arguments; event ids are unique within one seed and never clash with another's. Days are counted
    from ``start``, the season by the calendar date.

    Raises
    ------
    ValueError
        If ``start`` is naive or a count is not positive.
    """
    if start.tzinfo is None:
        raise ValueError("start has no time zone, expected an aware time")
    if days <= 0 or per_day <= 0:
        raise ValueError(f"days is {days} and per_day is {per_day}, expected both above 0")
    return _signals(seed, start, days, per_day)


def expected_events(category: str, day: int, when: date, per_day: float) -> float:
    """How many events of a category a day holds on average, planted bursts included."""
    share = dict(CATEGORY_WEIGHTS)[category]
    planted = [
        burst.factor for burst in BURSTS if burst.category == category and 0 <= day - burst.first_day < burst.days
    ]
    return per_day * share * WEEKDAY[when.weekday()] * season(category, when) * (planted[0] if planted else 1.0)


def season(category: str, when: date) -> float:
    """The category's season on a date; 1.0 far from every peak."""
    return 1.0 + sum(
        height * exp(-0.5 * (_days_from_peak(when, month, day) / width) ** 2)
        for month, day, height, width in SEASONS[category]
    )


def _days_from_peak(when: date, month: int, day: int) -> int:
    return min(abs((when - date(year, month, day)).days) for year in (when.year - 1, when.year, when.year + 1))


def _signals(seed: int, start: datetime, days: int, per_day: float) -> Iterator[DemoSignal]:
    rng = Random(f"signals-{seed}")
    number = 0
    for day in range(days):
        midnight = start + timedelta(days=day)
        moments: list[tuple[float, str]] = []
        for category, _ in CATEGORY_WEIGHTS:
            mean = expected_events(category, day, midnight.date(), per_day)
            moments += [(_second(rng), category) for _ in range(_count(rng, mean))]
        for second, category in sorted(moments):
            yield _signal(rng, seed, number, midnight + timedelta(seconds=int(second)), category)
            number += 1


def _count(rng: Random, mean: float) -> int:
    """Poisson with a little day-to-day noise, by the normal approximation above 30 (Knuth's product below)."""
    if mean > 30:
        return max(0, round(rng.gauss(mean, (mean + (0.05 * mean) ** 2) ** 0.5)))
    limit, product, count = exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def _second(rng: Random) -> float:
    """A second of the day: evenings (local, UTC+8) are busier."""
    hour = rng.triangular(0, 24, 13) if rng.random() < 0.7 else rng.random() * 24
    return min(hour * 3600, 86_399.0)


def _signal(rng: Random, seed: int, number: int, at: datetime, category: str) -> DemoSignal:
    kind = rng.choices(_KINDS, cum_weights=_ENDS)[0]
    language = _LANGUAGES[int(rng.random() * len(_LANGUAGES))]
    query = _query(rng, wordings(language), category, zero=kind == "search_zero") if kind.startswith("search") else None
    person = int(exp(rng.random() * log(4000)))  # a few people come often, most seldom
    return DemoSignal(
        event_id=f"demo-{seed}-{number:08d}",
        occurred_at=at.astimezone(UTC),
        kind=kind,
        shopper_key=_shopper_key(seed, category, person),
        category=None if kind == "search_zero" else category,
        query=query,
        region=REGIONS_BY_LANGUAGE[language][int(rng.random() * len(REGIONS_BY_LANGUAGE[language]))],
        units=1 + (kind == "cart" and rng.random() < 0.15),
    )


@lru_cache(maxsize=50_000)
def _shopper_key(seed: int, category: str, person: int) -> str:
    return hashlib.sha256(f"{seed}-{category}-{person}".encode()).hexdigest()[:32]


def _query(rng: Random, table: Wordings, category: str, *, zero: bool) -> str:
    if zero:
        return rng.choice(table.unmet)
    noun = rng.choice(table.nouns[category])
    if rng.random() < 0.45:
        return noun
    want = WANTS[category][int(len(WANTS[category]) * rng.random() ** 2)]
    named = [(attribute, value) for attribute, value in want.specification if isinstance(value, str)]
    attribute, value = rng.choice(named) if named and rng.random() < 0.7 else ("colour", "black")
    words = rng.choice(table.choices[attribute][value])
    return f"{words} {noun}" if table.language == "en" else f"{noun} {words}"
