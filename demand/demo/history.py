"""Closed campaigns of the year before: what people had said, and what they then bought. The estimator learns from them.

Shape of the lines as in ``evaluate estimating``: kind, units, age in days, headroom (ceiling over price, less one) and
units bought. Conversion drifts from campaign to campaign, as it does in life.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import exp
from random import Random
from typing import Literal

from demand.demo.wants import CATEGORY_WEIGHTS, WANTS

LineKind = Literal["preorder", "wish", "cart", "search", "view"]
LINES: tuple[
    tuple[LineKind, float, float], ...
] = (  # kind, share of the lines, chance to buy when fresh and affordable
    ("preorder", 0.06, 0.80),
    ("wish", 0.24, 0.42),
    ("cart", 0.12, 0.24),
    ("search", 0.23, 0.05),
    ("view", 0.35, 0.015),
)
HALF_LIFE_DAYS = 75.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoLine:
    """One person's strongest act in a past campaign; ``headroom`` is ``None`` where no ceiling was said."""

    kind: LineKind
    units: int
    age_days: int
    headroom: float | None
    bought: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCampaign:
    """A closed campaign; ``price_minor`` is the firm delivered price in minor units of CNY."""

    code: str
    category: str
    want: str
    opened: date
    closed: date
    price_minor: int
    lines: tuple[DemoLine, ...]


def generate_history(seed: int, today: date, *, campaigns: int = 80) -> tuple[DemoCampaign, ...]:
    """Campaigns closed in the year before ``today``, oldest first; equal for equal arguments."""
    rng = Random(f"history-{seed}")
    ages = sorted((7 + int(rng.random() * 358) for _ in range(campaigns)), reverse=True)
    return tuple(_campaign(rng, number, today - timedelta(days=age)) for number, age in enumerate(ages))


def _campaign(rng: Random, number: int, closed: date) -> DemoCampaign:
    categories, weights = zip(*CATEGORY_WEIGHTS, strict=True)
    category = rng.choices(categories, weights)[0]
    want = WANTS[category][int(len(WANTS[category]) * rng.random() ** 2)]
    mood = exp(rng.gauss(0.0, 0.18))
    size = 40 + int(rng.random() ** 2 * 260)
    return DemoCampaign(
        code=f"past-{number + 1:03d}",
        category=category,
        want=want.code,
        opened=closed - timedelta(days=14),
        closed=closed,
        price_minor=round(want.typical_price * 0.85) * 100,
        lines=tuple(_line(rng, mood) for _ in range(size)),
    )


def _line(rng: Random, mood: float) -> DemoLine:
    kinds, shares, chances = zip(*LINES, strict=True)
    place = rng.choices(range(len(kinds)), shares)[0]
    kind: LineKind = kinds[place]
    said = kind in {"preorder", "wish"} and rng.random() < 0.85
    headroom = round(rng.gauss(0.15, 0.22), 3) if said else None
    age = int(120 * rng.random() ** 1.6)
    units = 1 if rng.random() < 0.9 else 2 + int(rng.random() * 3)
    chance = chances[place] * mood * 0.5 ** (age / HALF_LIFE_DAYS) * _affordable(headroom)
    return DemoLine(
        kind=kind, units=units, age_days=age, headroom=headroom, bought=units if rng.random() < chance else 0
    )


def _affordable(headroom: float | None) -> float:
    """Nobody much buys above the ceiling; some more the further the price is below it."""
    return 1.0 if headroom is None else 1.25 / (1.0 + exp(-12.0 * headroom))
