"""What an estimate is asked from and what it answers; values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

KINDS = ("preorder", "wish", "cart", "search", "view")
"""Strongest first: a person counts once, at the first of these that they did."""

KIND_INDEX = {kind: index for index, kind in enumerate(KINDS)}

Floats = NDArray[np.float64]


class InvalidProblem(ValueError):
    """The problem contradicts itself; the sentence says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeLine:
    """What one kind × age × headroom of a closed campaign came to.

    ``persons`` may be any non-negative number of independent decisions; ``units`` is what they asked for and ``bought``
    what they took; more than they asked for teaches as much as all of it.
    ``headroom`` = (ceiling − price) / price, ``None`` where no ceiling was said.
    """

    kind: str
    persons: int
    units: int
    bought: int
    age_days: int = 0
    headroom: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in KIND_INDEX:
            raise InvalidProblem(f"The kind {self.kind!r} is not one of {', '.join(KINDS)}.")
        if self.persons < 0 or self.units < self.persons or self.age_days < 0:
            raise InvalidProblem("Persons and age must not be negative and each person asks for at least one unit.")
        if self.bought < 0:
            raise InvalidProblem(f"Bought units must not be negative, as {self.bought} is.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedCampaign:
    """A campaign that is over, with what each kind of demand came to. ``key`` only orders campaigns of one day."""

    key: str
    closed: date
    category: str
    lines: tuple[OutcomeLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmLine:
    """Units of pre-orders or commitments; they count at every price up to the ceiling (``None``: at any)."""

    units: int
    ceiling_minor: int | None = None
    variant: str = ""
    region: str = ""
    week: str = ""

    def __post_init__(self) -> None:
        if self.units < 1:
            raise InvalidProblem("A firm line has at least one unit.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandGroup:
    """Persons who are not firm and alike in everything an estimate looks at.

    Already netted: each person stands in one group of the pool, at the strongest kind. ``units_each`` is what each asks
    for. A ceiling counts at every price up to it; ``None`` is an unknown ceiling.
    """

    kind: str
    persons: int
    units_each: int = 1
    age_days: int = 0
    ceiling_minor: int | None = None
    variant: str = ""
    region: str = ""
    week: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KIND_INDEX:
            raise InvalidProblem(f"The kind {self.kind!r} is not one of {', '.join(KINDS)}.")
        if self.persons < 1 or self.units_each < 1 or self.age_days < 0:
            raise InvalidProblem("A group has at least one person and one unit each, and no negative age.")
        if self.ceiling_minor is not None and self.ceiling_minor <= 0:
            raise InvalidProblem("A ceiling is more than 0 or unknown.")


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatingProblem:
    """One pool to be estimated at some prices.

    ``price_points_minor`` rising; ``reference_price_minor`` is the price at which persons without a ceiling behave as
    in past campaigns (``None``: the lowest price point). ``firm_keep_rate`` is the share of firm units that is neither
    cancelled nor returned (the haircut of the specification).
    """

    category: str
    as_of: date
    price_points_minor: tuple[int, ...]
    firm: tuple[FirmLine, ...] = ()
    groups: tuple[DemandGroup, ...] = ()
    reference_price_minor: int | None = None
    firm_keep_rate: float = 1.0

    def __post_init__(self) -> None:
        prices = self.price_points_minor
        if not prices or prices[0] <= 0 or any(low >= high for low, high in pairwise(prices)):
            raise InvalidProblem("Price points must be at least one, above 0 and strictly rising.")
        if not 0 < self.firm_keep_rate <= 1:
            raise InvalidProblem("The keep rate lies above 0 and at most at 1.")
        if self.reference_price_minor is not None and self.reference_price_minor <= 0:
            raise InvalidProblem("The reference price is above 0 or unknown.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Units from ``low`` to ``high``, both included, with the probability the model gives them."""

    low: int
    high: int
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One term of the evidence: ``expected`` units = ``rate`` of ``count`` units asked for by ``persons``."""

    kind: str
    persons: int
    count: int
    rate: float
    expected: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PricePoint:
    """Expected units at one price. ``mean`` = kept firm units + the sum of the contributions."""

    price_minor: int
    firm_units: int
    firm_expected: float
    mean: float
    interval80: Interval
    interval95: Interval
    contributions: tuple[Contribution, ...]
    share_by_variant: dict[str, float]
    share_by_region: dict[str, float]
    share_by_week: dict[str, float]
    sorted_units: NDArray[np.int64]

    def probability_at_least(self, units: int) -> float:
        """The chance that at least this many units are bought (to reach an MOQ, say)."""
        below = int(np.searchsorted(self.sorted_units, units, side="left"))
        return 1.0 - below / len(self.sorted_units)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The answer for each price point, in the order asked. ``campaigns_learnt`` closed campaigns stand behind it."""

    points: tuple[PricePoint, ...]
    campaigns_learnt: int

    def at(self, price_minor: int) -> PricePoint:
        """The point at exactly this price; ``KeyError`` if it was not asked for."""
        for point in self.points:
            if point.price_minor == price_minor:
                return point
        raise KeyError(price_minor)
