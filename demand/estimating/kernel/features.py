"""Age and headroom as buckets, and buckets as numbers of the logit model."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from math import log2
from typing import NamedTuple

import numpy as np

from demand.estimating.kernel.problem import KIND_INDEX, ClosedCampaign, Floats

AGE_STARTS = (0, 4, 8, 15, 31, 61, 121)
AGE_MIDDLES = (1, 6, 11, 22, 45, 90, 180)
HEADROOM_STARTS = (0.0, 0.05, 0.1, 0.2, 0.35, 0.6)
HEADROOM_MIDDLES = (0.02, 0.07, 0.15, 0.27, 0.45, 0.8)
TYPICAL_HEADROOM = 0.15
"""Persons without a ceiling behave as those with this headroom, at the reference price."""

FEATURES = 4
"""Level, age, headroom, ceiling below price."""


class Cell(NamedTuple):
    """Kind × age bucket × headroom bucket; −1 is a ceiling below the price, −2 no ceiling."""

    kind: int
    age: int
    headroom: int


def cell(kind: str, age_days: int, headroom: float | None) -> Cell:
    """The cell of one observation. Headroom within rounding of 0 counts as 0."""
    bucket = -2 if headroom is None else bisect_right(HEADROOM_STARTS, headroom + 1e-9) - 1
    return Cell(kind=KIND_INDEX[kind], age=bisect_right(AGE_STARTS, age_days) - 1, headroom=bucket)


def vector(where: Cell) -> tuple[float, float, float, float]:
    """The four numbers of a cell: 1, age in doublings of two weeks, headroom past the typical, below the price."""
    age = log2(1 + AGE_MIDDLES[where.age] / 14) - log2(1 + AGE_MIDDLES[0] / 14)
    if where.headroom == -2:
        return 1.0, age, 0.0, 0.0
    if where.headroom == -1:
        return 1.0, age, -TYPICAL_HEADROOM, 1.0
    return 1.0, age, HEADROOM_MIDDLES[where.headroom] - TYPICAL_HEADROOM, 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """A campaign's demand by cell. A decision is one person; where persons asked for several units, decisions are
    ``units`` divided by the unit-weighted mean units of a person, which keeps mean and variance of the total."""

    cells: tuple[Cell, ...]
    decisions: Floats
    bought: Floats


def counts(campaign: ClosedCampaign) -> Counts:
    """Sum a campaign's lines by cell, in the cells' order, whatever the order of the lines."""
    units: dict[Cell, float] = {}
    squares: dict[Cell, float] = {}
    bought: dict[Cell, float] = {}
    for line in campaign.lines:
        if line.persons == 0:
            continue
        where = cell(line.kind, line.age_days, line.headroom)
        units[where] = units.get(where, 0.0) + line.units
        squares[where] = squares.get(where, 0.0) + line.units**2 / line.persons
        bought[where] = bought.get(where, 0.0) + min(line.bought, line.units)
    cells = tuple(sorted(units))
    size = np.array([squares[where] / units[where] for where in cells])
    return Counts(
        cells=cells,
        decisions=np.array([units[where] for where in cells]) / size,
        bought=np.array([bought[where] for where in cells]) / size,
    )


def matrix(cells: Iterable[Cell]) -> Floats:
    """One row of four numbers per cell."""
    return np.array([vector(where) for where in cells], dtype=np.float64).reshape(-1, FEATURES)
