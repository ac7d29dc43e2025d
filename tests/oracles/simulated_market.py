"""Closed campaigns of a market whose truth is known: beta-binomial rates that drift, not the estimator's own model."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from demand.estimating.kernel import ClosedCampaign, OutcomeLine

BASE = {"preorder": 0.9, "wish": 0.35, "cart": 0.25, "search": 0.05, "view": 0.02}
MIX = np.array([0.05, 0.3, 0.15, 0.2, 0.3])
AGES = ((3, 1.0), (20, 0.8), (70, 0.6))
HEADROOMS = ((None, 1.0), (0.02, 0.8), (0.15, 1.0), (0.4, 1.15))


def market(
    *, campaigns: int, persons: int, seed: int, dispersion: float = 0.02, categories: int = 4, per_day: int = 2
) -> list[ClosedCampaign]:
    """Campaigns three days apart; each kind's odds wander 4 % a step, each category has its own level."""
    rng = np.random.default_rng(seed)
    kinds = list(BASE)
    logit = np.array([np.log(rate / (1 - rate)) for rate in BASE.values()])
    own = rng.normal(0, 0.35, (categories, len(kinds)))
    closed = []
    for number in range(campaigns):
        if number % per_day == 0:
            logit = logit + rng.normal(0, 0.04, len(kinds))
        category = int(rng.integers(categories))
        rates = 1 / (1 + np.exp(-(logit + own[category])))
        lines = _lines(rng, kinds, rates, persons, dispersion)
        closed.append(
            ClosedCampaign(
                key=f"c{number:05d}",
                closed=date(2024, 1, 1) + timedelta(days=3 * (number // per_day)),
                category=f"category-{category}",
                lines=lines,
            )
        )
    return closed


def _lines(
    rng: np.random.Generator, kinds: list[str], rates: np.ndarray, persons: int, dispersion: float
) -> tuple[OutcomeLine, ...]:
    lines = []
    size = 1 / dispersion - 1
    for kind, rate, number in zip(kinds, rates, rng.multinomial(persons, MIX), strict=True):
        drawn = float(rng.beta(rate * size, (1 - rate) * size))
        cells = rng.multinomial(number, np.full(len(AGES) * len(HEADROOMS), 1 / (len(AGES) * len(HEADROOMS))))
        for index, count in enumerate(cells):
            age, slower = AGES[index // len(HEADROOMS)]
            headroom, keener = HEADROOMS[index % len(HEADROOMS)]
            odds = drawn / (1 - min(drawn, 1 - 1e-9)) * slower * keener
            if count:
                bought = int(rng.binomial(count, odds / (1 + odds)))
                lines.append(
                    OutcomeLine(
                        kind=kind, persons=int(count), units=int(count), bought=bought, age_days=age, headroom=headroom
                    )
                )
    return tuple(lines)
