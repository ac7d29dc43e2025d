"""From a fitted model and a pool to expected units at each price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from demand.estimating.kernel.features import Cell, cell, matrix
from demand.estimating.kernel.model import Model, coefficient_draws
from demand.estimating.kernel.problem import (
    KINDS,
    Contribution,
    DemandGroup,
    Estimate,
    EstimatingProblem,
    FirmLine,
    Floats,
    Interval,
    PricePoint,
)
from demand.estimating.kernel.scoring import Units, interval

DRAWS = 1000
PRICE_RESPONSE = 2.0
"""Logits lost per unit of log(price / reference) by persons whose ceiling is unknown: around a 10 % chance, 1 % more
price costs 1.8 % of them, the middle of published price elasticities of consumer durables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Units that like persons ask for. ``squares`` is Σ units² over the persons; ``shift`` is added to the logit."""

    where: Cell
    units: int
    squares: float
    shift: float = 0.0


def chances(coefficients: Floats, asked: Sequence[Asked]) -> Floats:
    """Draws × asked: the chance that a person of each entry buys."""
    rows = matrix(entry.where for entry in asked)
    kinds = np.array([entry.where.kind for entry in asked])
    logit = np.empty((len(coefficients), len(asked)))
    for kind in np.unique(kinds):
        own = kinds == kind
        logit[:, own] = coefficients[:, kind, :] @ rows[own].T
    logit += np.array([entry.shift for entry in asked])
    np.negative(logit, out=logit)
    np.exp(logit, out=logit)
    logit += 1
    return np.asarray(np.reciprocal(logit, out=logit))


def drawn_units(chance: Floats, asked: Sequence[Asked], rng: np.random.Generator) -> Units:
    """One total per draw: a binomial of persons for each kind at the kind's mean chance, times units a person."""
    total = np.zeros(len(chance))
    units = np.array([entry.units for entry in asked], dtype=np.float64)
    squares = np.array([entry.squares for entry in asked], dtype=np.float64)
    kinds = np.array([entry.where.kind for entry in asked], dtype=np.int64)
    for kind in range(len(KINDS)):
        own = kinds == kind
        if own.any():
            size = squares[own].sum() / units[own].sum()
            rate = np.clip(chance[:, own] @ units[own] / units[own].sum(), 0.0, 1.0)
            total += size * rng.binomial(max(1, round(units[own].sum() / size)), rate)
    return np.rint(total).astype(np.int64)


def predict(
    model: Model, *, category: str, as_of: date, asked: Sequence[Asked], seed: int, draws: int = DRAWS
) -> Units:
    """Sorted draws of the units that a campaign with this demand will sell."""
    if not asked:
        return np.zeros(draws, dtype=np.int64)
    ordered = sorted(asked, key=lambda entry: (entry.where, entry.shift, entry.units))
    coefficients = coefficient_draws(model, category=category, as_of=as_of, seed=seed, draws=draws)
    chance = chances(coefficients, ordered)
    return np.sort(drawn_units(chance, ordered, np.random.default_rng([seed, 1])))


def estimate(model: Model, problem: EstimatingProblem, *, seed: int = 0, draws: int = DRAWS) -> Estimate:
    """Expected units of a pool at each price point, with what they are made of.

    A group or firm line counts at every price up to its ceiling; each group's chance comes from one set of ``draws``
    coefficients used at all prices, with a headroom slope never below 0, so that a higher price never raises a mean or
    an end of an interval. Equal model, problem (in any order) and seed give an equal estimate. Units are whole units,
    prices minor units of the currency; nothing is raised for a valid problem, not even one without demand.
    """
    groups = sorted(problem.groups, key=_order)
    coefficients = coefficient_draws(model, category=problem.category, as_of=problem.as_of, seed=seed, draws=draws)
    points: list[PricePoint] = []
    for price in problem.price_points_minor:
        points.append(_point(problem, groups, coefficients, price=price, seed=seed))
    return Estimate(points=_never_rising(points), campaigns_learnt=model.campaigns)


def _order(group: DemandGroup) -> tuple[object, ...]:
    ceiling = -1 if group.ceiling_minor is None else group.ceiling_minor
    place = (group.variant, group.region, group.week)
    return KINDS.index(group.kind), group.age_days, ceiling, group.units_each, place, group.persons


def _counts_at(ceiling_minor: int | None, price_minor: int) -> bool:
    return ceiling_minor is None or ceiling_minor >= price_minor


def _point(
    problem: EstimatingProblem, groups: Sequence[DemandGroup], coefficients: Floats, *, price: int, seed: int
) -> PricePoint:
    live = [group for group in groups if _counts_at(group.ceiling_minor, price)]
    firm = [line for line in problem.firm if _counts_at(line.ceiling_minor, price)]
    reference = problem.reference_price_minor or problem.price_points_minor[0]
    asked, place = _asked(live, price=price, reference=reference)
    units = sum(line.units for line in firm)
    total: Units = np.zeros(len(coefficients), dtype=np.int64)
    means = np.zeros(len(asked))
    if asked:
        chance = chances(coefficients, asked)
        means = chance.mean(axis=0)
        total = drawn_units(chance, asked, np.random.default_rng([seed, 1]))
    if units:
        total = total + np.random.default_rng([seed, 2]).binomial(units, problem.firm_keep_rate, len(total))
    ordered = np.sort(total)
    expected = [means[place[index]] * group.persons * group.units_each for index, group in enumerate(live)]
    kept = units * problem.firm_keep_rate
    return PricePoint(
        price_minor=price,
        firm_units=units,
        firm_expected=kept,
        mean=float(kept + sum(expected)),
        interval80=interval(ordered, 0.80),
        interval95=interval(ordered, 0.95),
        contributions=_contributions(live, expected),
        share_by_variant=_shares(problem.firm_keep_rate, firm, live, expected, "variant"),
        share_by_region=_shares(problem.firm_keep_rate, firm, live, expected, "region"),
        share_by_week=_shares(problem.firm_keep_rate, firm, live, expected, "week"),
        sorted_units=ordered,
    )


def _asked(live: Sequence[DemandGroup], *, price: int, reference: int) -> tuple[list[Asked], list[int]]:
    """The distinct things asked for, and where each group stands among them."""
    shift = -PRICE_RESPONSE * float(np.log(price / reference))
    units: dict[tuple[Cell, float], list[int]] = {}
    keys = []
    for group in live:
        headroom = None if group.ceiling_minor is None else (group.ceiling_minor - price) / price
        key = (cell(group.kind, group.age_days, headroom), shift if headroom is None else 0.0)
        entry = units.setdefault(key, [0, 0])
        entry[0] += group.persons * group.units_each
        entry[1] += group.persons * group.units_each**2
        keys.append(key)
    ordered = sorted(units)
    position = {key: index for index, key in enumerate(ordered)}
    asked = [Asked(where=key[0], shift=key[1], units=units[key][0], squares=units[key][1]) for key in ordered]
    return asked, [position[key] for key in keys]


def _contributions(live: Sequence[DemandGroup], expected: Sequence[float]) -> tuple[Contribution, ...]:
    persons: defaultdict[str, int] = defaultdict(int)
    count: defaultdict[str, int] = defaultdict(int)
    total: defaultdict[str, float] = defaultdict(float)
    for group, units in zip(live, expected, strict=True):
        persons[group.kind] += group.persons
        count[group.kind] += group.persons * group.units_each
        total[group.kind] += float(units)
    return tuple(
        Contribution(
            kind=kind,
            persons=persons[kind],
            count=count[kind],
            rate=total[kind] / count[kind],
            expected=total[kind],
        )
        for kind in KINDS
        if kind in count
    )


def _shares(
    keep_rate: float,
    firm: Sequence[FirmLine],
    live: Sequence[DemandGroup],
    expected: Sequence[float],
    by: str,
) -> dict[str, float]:
    """Shares of the expected units by one attribute of the lines; they sum to 1, or are empty without demand."""
    units: defaultdict[str, float] = defaultdict(float)
    for line in firm:
        units[getattr(line, by)] += line.units * keep_rate
    for group, more in zip(live, expected, strict=True):
        units[getattr(group, by)] += float(more)
    whole = sum(units.values())
    return {key: units[key] / whole for key in sorted(units)} if whole > 0 else {}


def _never_rising(points: Sequence[PricePoint]) -> tuple[PricePoint, ...]:
    """Take from rising prices the noise of the draws: each point's draws are at most those of the price below."""
    settled: list[PricePoint] = []
    for point in points:
        if settled:
            ordered = np.minimum(point.sorted_units, settled[-1].sorted_units)
            eighty, ninety_five = interval(ordered, 0.80), interval(ordered, 0.95)
            point = replace(
                point,
                sorted_units=ordered,
                interval80=_capped(eighty, settled[-1].interval80),
                interval95=_capped(ninety_five, settled[-1].interval95),
            )
        settled.append(point)
    return tuple(settled)


def _capped(fresh: Interval, lower_price: Interval) -> Interval:
    return replace(fresh, low=min(fresh.low, lower_price.low), high=min(fresh.high, lower_price.high))
