"""From a fitted model and a pool to expected units at each price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import fsum, log
from typing import NamedTuple

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
from demand.estimating.kernel.scoring import Units, intervals

DRAWS = 1000
PRICE_RESPONSE = 2.0
"""Logits lost per unit of log(price / reference) by persons whose ceiling is unknown: around a 10 % chance, 1 % more
price costs 1.8 % of them, the middle of published price elasticities of consumer durables."""


Key = tuple[Cell, float]
"""A cell, and what is added to its logit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Units that like persons ask for; ``squares`` is Σ units² over the persons."""

    where: Cell
    units: int
    squares: float


def chances(coefficients: Floats, keys: Sequence[Key]) -> Floats:
    """Draws × keys: the chance that a person there buys."""
    rows = matrix(where for where, _ in keys)
    kinds = np.array([where.kind for where, _ in keys])
    logit = np.empty((len(coefficients), len(keys)))
    for kind in np.unique(kinds):
        own = kinds == kind
        logit[:, own] = np.einsum("df,kf->dk", coefficients[:, kind, :], rows[own])
    logit += np.array([shift for _, shift in keys])
    np.negative(logit, out=logit)
    np.exp(logit, out=logit)
    logit += 1
    return np.asarray(np.reciprocal(logit, out=logit))


def drawn_units(chance: Floats, columns: Sequence[int], asked: Sequence[Asked], rng: np.random.Generator) -> Units:
    """One total per draw: a binomial of persons for each kind at the kind's mean chance, times units a person.

    ``einsum`` and not ``@``: the threads that BLAS wakes for products this small cost 15 ms on a busy machine.
    """
    units = np.zeros((len(KINDS), chance.shape[1]))
    squares = np.zeros(len(KINDS))
    for column, entry in zip(columns, asked, strict=True):
        units[entry.where.kind, column] += entry.units
        squares[entry.where.kind] += entry.squares
    whole = units.sum(axis=1)
    total = np.zeros(len(chance))
    for kind in np.flatnonzero(whole):
        size = squares[kind] / whole[kind]
        used = np.flatnonzero(units[kind])
        bought = np.einsum("dk,k->d", chance[:, used], units[kind, used])
        rate = np.clip(bought / whole[kind], 0.0, 1.0)
        total += size * rng.binomial(max(1, round(whole[kind] / size)), rate)
    return np.rint(total).astype(np.int64)


def predict(
    model: Model, *, category: str, as_of: date, asked: Sequence[Asked], seed: int, draws: int = DRAWS
) -> Units:
    """Sorted draws of the units that a campaign with this demand will sell."""
    if not asked:
        return np.zeros(draws, dtype=np.int64)
    ordered = sorted(asked, key=lambda entry: (entry.where, entry.units))
    coefficients = coefficient_draws(model, category=category, as_of=as_of, seed=seed, draws=draws)
    chance = chances(coefficients, [(entry.where, 0.0) for entry in ordered])
    return np.sort(drawn_units(chance, range(len(ordered)), ordered, np.random.default_rng([seed, 1])))


def estimate(model: Model, problem: EstimatingProblem, *, seed: int = 0, draws: int = DRAWS) -> Estimate:
    """Expected units of a pool at each price point, with what they are made of.

    A group or firm line counts at every price up to its ceiling; each group's chance comes from one set of ``draws``
    coefficients used at all prices, with a headroom slope never below 0, so that a higher price never raises a mean or
    an end of an interval. Equal model, problem (in any order) and seed give an equal estimate. Units are whole units,
    prices minor units of the currency; nothing is raised for a valid problem, not even one without demand.
    """
    groups = sorted(problem.groups, key=_order)
    at_prices = [
        _live(groups, price_minor=price, reference=_reference(problem)) for price in problem.price_points_minor
    ]
    coefficients = coefficient_draws(model, category=problem.category, as_of=problem.as_of, seed=seed, draws=draws)
    keys = sorted({entry.key for live in at_prices for entry in live})
    chance = chances(coefficients, keys) if keys else np.zeros((draws, 0))
    table = _Table(columns={key: column for column, key in enumerate(keys)}, chance=chance, mean=chance.mean(axis=0))
    points = [
        _point(problem, live, table, price_minor=price, seed=seed)
        for price, live in zip(problem.price_points_minor, at_prices, strict=True)
    ]
    return Estimate(points=_never_rising(points), campaigns_learnt=model.campaigns)


class _Live(NamedTuple):
    """A group that counts at a price, and the chance that it reads there."""

    group: DemandGroup
    key: Key
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """Chances by draw and key, computed once for all prices."""

    columns: dict[Key, int]
    chance: Floats
    mean: Floats


def _order(group: DemandGroup) -> tuple[object, ...]:
    ceiling = -1 if group.ceiling_minor is None else group.ceiling_minor
    place = (group.variant, group.region, group.week)
    return KINDS.index(group.kind), group.age_days, ceiling, group.units_each, place, group.persons


def _reference(problem: EstimatingProblem) -> int:
    return problem.reference_price_minor or problem.price_points_minor[0]


def _live(groups: Sequence[DemandGroup], *, price_minor: int, reference: int) -> list[_Live]:
    shift = -PRICE_RESPONSE * log(price_minor / reference)
    live = []
    for group in groups:
        ceiling = group.ceiling_minor
        if ceiling is None:
            live.append(_Live(group, (cell(group.kind, group.age_days, None), shift), group.persons * group.units_each))
        elif ceiling >= price_minor:
            headroom = (ceiling - price_minor) / price_minor
            live.append(
                _Live(group, (cell(group.kind, group.age_days, headroom), 0.0), group.persons * group.units_each)
            )
    return live


def _point(
    problem: EstimatingProblem, live: Sequence[_Live], table: _Table, *, price_minor: int, seed: int
) -> PricePoint:
    firm = [line for line in problem.firm if line.ceiling_minor is None or line.ceiling_minor >= price_minor]
    firm_units, keep = sum(line.units for line in firm), problem.firm_keep_rate
    total: Units = np.zeros(len(table.chance), dtype=np.int64)
    columns = [table.columns[entry.key] for entry in live]
    if live:
        asked = [
            Asked(where=entry.key[0], units=entry.units, squares=entry.units * entry.group.units_each) for entry in live
        ]
        total = drawn_units(table.chance, columns, asked, np.random.default_rng([seed, 1]))
    if firm_units:
        total = total + np.random.default_rng([seed, 2]).binomial(firm_units, keep, len(total))
    ordered = np.sort(total)
    eighty, ninety_five = intervals(ordered)
    expected = [float(table.mean[column]) * entry.units for column, entry in zip(columns, live, strict=True)]
    weighed: list[tuple[FirmLine | DemandGroup, float]] = [(line, line.units * keep) for line in firm]
    weighed += [(entry.group, units) for entry, units in zip(live, expected, strict=True)]
    return PricePoint(
        price_minor=price_minor,
        firm_units=firm_units,
        firm_expected=firm_units * keep,
        mean=firm_units * keep + fsum(expected),
        interval80=eighty,
        interval95=ninety_five,
        contributions=_contributions(live, expected),
        share_by_variant=_shares((line.variant, units) for line, units in weighed),
        share_by_region=_shares((line.region, units) for line, units in weighed),
        share_by_week=_shares((line.week, units) for line, units in weighed),
        sorted_units=ordered,
    )


def _contributions(live: Sequence[_Live], expected: Sequence[float]) -> tuple[Contribution, ...]:
    found = []
    for kind in KINDS:
        own = [(entry, units) for entry, units in zip(live, expected, strict=True) if entry.group.kind == kind]
        if own:
            count = sum(entry.units for entry, _ in own)
            total = fsum(units for _, units in own)
            persons = sum(entry.group.persons for entry, _ in own)
            found.append(Contribution(kind=kind, persons=persons, count=count, rate=total / count, expected=total))
    return tuple(found)


def _shares(weighed: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Shares of the expected units by one attribute of the lines; they sum to 1, or are empty without demand."""
    units: defaultdict[str, float] = defaultdict(float)
    for key, more in weighed:
        units[key] += more
    whole = fsum(units.values())
    return {key: units[key] / whole for key in sorted(units)} if whole > 0 else {}


def _never_rising(points: Sequence[PricePoint]) -> tuple[PricePoint, ...]:
    """Take from rising prices the noise of the draws: each point's draws are at most those of the price below."""
    settled: list[PricePoint] = []
    for point in points:
        if settled:
            ordered = np.minimum(point.sorted_units, settled[-1].sorted_units)
            eighty, ninety_five = intervals(ordered)
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
