"""What pooling decides about: the demand cells of one category, its attributes, its pools, and what staff fixed.

All values are frozen and validated when built; nothing here knows of rows, clocks or random numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Literal

from demand.reading.kernel.needs import Constraints, Needs, canonical

Kind = Literal["choice", "quantity", "flag"]
Scope = Literal["shared", "variant"]
Reason = Literal["alone", "asked", "extra", "nice_missed", "pinned"]
Status = Literal["optimal", "feasible", "infeasible", "unknown"]

EXTRAS_A_PERSON = 4
"""An extra nobody asked for is put at a quarter of what being served at all is worth to a person."""

RUN_SHARE = 200
"""A run that serves less than a two-hundredth of the category's people does not pay for itself (see ``run_extras``)."""


class PoolingProblemError(ValueError):
    """The problem contradicts itself; the message names the part and what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute of the category. ``plainness`` ranks choice values, the plainest first, where somebody did."""

    code: str
    kind: Kind
    scope: Scope
    values: tuple[str, ...] = ()
    unit: str | None = None
    plainness: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandCell:
    """Wishes with the same needs, price rung and week. ``ceiling_minor`` and ``week`` do not decide the pool."""

    cell_id: int
    needs: Needs
    units: int
    persons: int
    firm_units: int = 0
    ceiling_minor: int | None = None
    week: str | None = None
    has_preorder: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "needs", canonical(self.needs))
        if self.units < 1 or self.persons < 1:
            raise PoolingProblemError(f"cell {self.cell_id}: units and persons must be at least 1")
        if not 0 <= self.firm_units <= self.units:
            raise PoolingProblemError(f"cell {self.cell_id}: firm units must lie between 0 and its units")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingPool:
    """A pool of the last run with the cells now in it."""

    pool_id: int
    specification: Constraints
    cells: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """No cell of ``left`` may share a pool with a cell of ``right``: a forbidden pair, or the two sides of a split."""

    left: frozenset[int]
    right: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRules:
    """What staff decided; it holds in every run. A rule that contradicts the wishes' own musts is released, and listed.

    pins: cell → pool it stays in. banned: cells that may not be where the cells of that pool are. together: cells
    kept in one pool. apart: cells that never meet. locked: pools that keep specification and cells. merges: pool →
    pool it was merged into, whose cells stay together.
    """

    pins: Mapping[int, int] = field(default_factory=dict)
    banned: tuple[tuple[int, int], ...] = ()
    together: tuple[frozenset[int], ...] = ()
    apart: tuple[Apart, ...] = ()
    locked: frozenset[int] = frozenset()
    merges: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolingProblem:
    """One category. ``min_persons``: fewer people than this are no run."""

    cells: tuple[DemandCell, ...]
    attributes: tuple[Attribute, ...]
    existing: tuple[ExistingPool, ...] = ()
    rules: StaffRules = StaffRules()
    min_persons: int = 5

    def __post_init__(self) -> None:
        cell_ids = [cell.cell_id for cell in self.cells]
        pool_ids = [pool.pool_id for pool in self.existing]
        _unique(cell_ids, "cell")
        _unique(pool_ids, "pool")
        _unique([attribute.code for attribute in self.attributes], "attribute")
        if self.min_persons < 1:
            raise PoolingProblemError("min_persons: expected at least 1")
        _known(self.rules, set(pool_ids))

    @property
    def run_extras(self) -> int:
        """Extras, one person each, that another run must save to pay for itself: the rule that sets how fine pools are.

        People are counted, not units: one bulk order does not bend a category's runs to itself.
        """
        people = sum(cell.persons for cell in self.cells)
        return EXTRAS_A_PERSON * max(self.min_persons, ceil(people / RUN_SHARE))


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveLimits:
    """Work, not time, so that equal problems give equal pools: rounds of improvement and specifications weighed."""

    rounds: int = 20
    candidates: int = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a cell is where it is, and what would move it.

    code: ``alone``, ``asked`` (the pool is exactly what was asked), ``extra`` (it has more), ``nice_missed``,
    ``pinned``. ``extras`` and ``missed``: attributes. ``blocked_by``: the one attribute that keeps it out of the
    larger pool at index ``would_join``, where ``would_meet`` people are.
    """

    code: Reason
    extras: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    blocked_by: str | None = None
    would_join: int | None = None
    would_meet: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Cells one run serves. ``specification`` decides each shared attribute that a member asked about."""

    existing_id: int | None
    specification: Constraints
    cells: tuple[int, ...]
    units: int
    persons: int
    firm_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pools:
    """The pooling of a category. ``unplaced``: cells whose own musts leave nothing to make. ``released``: cells for
    which a staff rule could not hold. ``why`` by cell id."""

    pools: tuple[Pool, ...]
    why: Mapping[int, Why]
    unplaced: tuple[int, ...] = ()
    released: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """``objective`` and ``bound`` in hundredths of an extra; ``bound`` holds over the specifications weighed."""

    status: Status
    plan: Pools
    objective: int
    bound: int
    seconds: float


def _unique(ids: list[Any], what: str) -> None:
    seen: set[Any] = set()
    for one in ids:
        if one in seen:
            raise PoolingProblemError(f"{what} {one}: named twice")
        seen.add(one)


def _known(rules: StaffRules, pool_ids: set[int]) -> None:
    named = [*rules.pins.values(), *(pool for _, pool in rules.banned), *rules.locked, *rules.merges.values()]
    for pool_id in named:
        if pool_id not in pool_ids:
            raise PoolingProblemError(f"staff rules: pool {pool_id} is not among the existing pools")
    for source, target in rules.merges.items():
        if source == target or target in rules.merges:
            raise PoolingProblemError(f"staff rules: pool {source} is merged into {target}, which is itself merged")
