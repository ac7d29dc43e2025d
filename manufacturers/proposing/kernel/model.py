"""The problem as arrays for the loops: classes of lines, cells on the price ladder, candidate orders.

A *class* is all lines that accept the same values and the same leads; its lines differ in ceiling and weight only.
A *kind* is what decides, per offer, whether a line is in time and what its cheapest variants add to the price.
A *cell* is the lines of a class whose ceilings fall on one rung of the ladder; sums stay exact.
A *pair* is an offer with a specification it can make; a *candidate* is a pair at a tier.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from .problem import Floats, Ints, Offer, ProposingProblem

NEVER = 1 << 40  # a price no ceiling reaches
LADDER_BUDGET = 12_000_000  # entries of one ladder table


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Columns over all orders that could be opened; minimum, capacity in permille units, opening in permille money."""

    offer: Ints
    spec: Ints
    tier: Ints
    price: Ints
    minimum: Ints
    capacity: Ints
    opening: Ints
    pair: Ints
    fixed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.offer)

    def only(self, keep: NDArray[np.bool_]) -> Candidates:
        """The candidates marked in ``keep``."""
        return Candidates(**{name: getattr(self, name)[keep] for name in self.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """Lines, or cells standing for them, sorted by class."""

    cls: Ints
    ceiling: Floats
    weight: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Everything the bound and the search read; arrays are never written after building."""

    max_orders: int
    line: Ints  # index in the problem of every servable line, sorted by class and ceiling
    lines: Items
    cells: Items
    cell_start: Ints
    cell_rung: Ints
    cell_low: Floats
    cell_high: Floats
    class_mask: Ints
    class_kind: Ints
    class_top: Floats
    extra: Ints  # offer x kind: what variants add, NEVER when not servable
    spec_value: Ints
    low: float
    rung_width: float
    rungs: int
    candidates: Candidates


def compile_model(problem: ProposingProblem) -> Model:
    """Group the lines and list the candidates that capacity and demand allow."""
    kind_of_line, extra = _kinds(problem)
    candidates, spec_value = _candidates(problem)
    weight = problem.lines.units * problem.lines.permille
    adds = np.where(extra < NEVER, extra, 0)
    low = int(candidates.price.min() + adds.min(initial=0)) if len(candidates) else 0
    servable = (weight > 0) & (problem.lines.ceiling >= low) & (extra.min(axis=0, initial=NEVER)[kind_of_line] < NEVER)
    mask = np.stack([problem.lines.accepts[name] for name in problem.shared], axis=1) if problem.shared else None
    mask = np.zeros((len(weight), 0), dtype=np.int64) if mask is None else mask
    line = np.flatnonzero(servable)
    first, cls = _number_rows(np.column_stack([mask[line], kind_of_line[line]]))
    order = np.lexsort((problem.lines.ceiling[line], cls))
    class_mask, class_kind = mask[line][first], kind_of_line[line][first]
    line, cls = line[order], cls[order]
    ceiling = problem.lines.ceiling[line].astype(np.float64)
    heavy = weight[line].astype(np.float64)
    high = float(ceiling.max(initial=low)) + 1.0
    rungs = 2 + int(np.clip(LADDER_BUDGET // max(1, len(spec_value) * extra.shape[1]), 24, 160))
    width = max(1.0, np.ceil((high - low) / (rungs - 2)))
    ladder_low = float(low) - width
    rung = ((ceiling - ladder_low) // width).astype(np.int64)
    start = np.flatnonzero(np.diff(cls * (rungs + 2) + rung, prepend=-1)) if len(line) else np.zeros(0, dtype=np.int64)
    cell_weight = np.add.reduceat(heavy, start) if len(line) else heavy
    cell_mean = np.add.reduceat(heavy * ceiling, start) / cell_weight if len(line) else heavy
    classes = len(first)
    last = np.searchsorted(cls, np.arange(classes), side="right") - 1
    return Model(
        max_orders=problem.max_orders,
        line=line,
        lines=Items(cls=cls, ceiling=ceiling, weight=heavy),
        cells=Items(cls=cls[start], ceiling=cell_mean, weight=cell_weight),
        cell_start=np.searchsorted(cls[start], np.arange(classes + 1)).astype(np.int64),
        cell_rung=rung[start],
        cell_low=ceiling[start],
        cell_high=ceiling[np.append(start[1:], len(line)) - 1] if len(line) else ceiling,
        class_mask=np.ascontiguousarray(class_mask),
        class_kind=np.ascontiguousarray(class_kind),
        class_top=ceiling[last] if classes else ceiling,
        extra=extra,
        spec_value=spec_value,
        low=ladder_low,
        rung_width=float(width),
        rungs=rungs,
        candidates=candidates,
    )


def _number_rows(rows: Ints) -> tuple[Ints, Ints]:
    """First occurrence of every distinct row, and each row's number among them."""
    code = np.zeros(len(rows), dtype=np.int64)
    for column in rows.T:
        code = np.unique(code * (len(rows) + 1) + np.unique(column, return_inverse=True)[1], return_inverse=True)[1]
    _, first, number = np.unique(code, return_index=True, return_inverse=True)
    return first.astype(np.int64), number.astype(np.int64)


def _kinds(problem: ProposingProblem) -> tuple[Ints, Ints]:
    leads = np.unique(np.array([offer.lead_days for offer in problem.offers], dtype=np.int64))
    bucket = np.searchsorted(leads, problem.lines.within_days, side="right")
    columns = [problem.lines.accepts[name] for name in problem.variants]
    first, kind = _number_rows(np.column_stack([bucket, *columns]))
    extra = np.full((len(problem.offers), len(first)), NEVER, dtype=np.int64)
    for m, offer in enumerate(problem.offers):
        added = np.zeros(len(first), dtype=np.int64)
        for name, column in zip(problem.variants, columns, strict=True):
            added += _cheapest(problem, offer, name, column[first])
        in_time = problem.lines.within_days[first] >= offer.lead_days
        extra[m] = np.where(in_time & (added < NEVER // 2), added, NEVER)
    return kind, extra


def _cheapest(problem: ProposingProblem, offer: Offer, name: str, masks: Ints) -> Ints:
    """What the cheapest accepted value that the offer makes adds to the price, NEVER where there is none."""
    cost = np.full(len(masks), NEVER, dtype=np.int64)
    for k, value in enumerate(problem.attributes[name]):
        if value in offer.makes.get(name, ()):
            adds = offer.value_cost.get(name, {}).get(value, 0)
            cost = np.where((masks >> k) & 1 == 1, np.minimum(cost, adds), cost)
    return cost


def _candidates(problem: ProposingProblem) -> tuple[Candidates, Ints]:
    """Every offer x specification x tier whose minimum fits the capacity; fixed orders stand alone for their pair."""
    columns: list[list[tuple[int, ...]]] = [[], []]
    spec_number: dict[tuple[int, ...], int] = {}
    value_number = {name: {v: k for k, v in enumerate(values)} for name, values in problem.attributes.items()}
    fixed = {(f.offer_id, tuple(value_number[a][f.specification[a]] for a in problem.shared)): f for f in problem.fixed}
    pair = 0
    for m, offer in enumerate(problem.offers):
        made = [sorted({value_number[a][v] for v in offer.makes.get(a, ())}) for a in problem.shared]
        for spec in product(*made):
            named = {a: problem.attributes[a][k] for a, k in zip(problem.shared, spec, strict=True)}
            adds = sum(offer.value_cost.get(a, {}).get(v, 0) for a, v in named.items())
            held = fixed.get((offer.id, spec))
            s = spec_number.setdefault(spec, len(spec_number))
            for t, tier in enumerate(offer.tiers):
                least = max(offer.moq, tier.min_units)
                if held is not None and held.tier == t:
                    price = held.unit_price if held.unit_price is not None else tier.unit_price + adds
                    columns[1].append((m, s, t, price, least, offer.capacity, offer.opening_cost, pair))
                elif held is None and least <= offer.capacity:
                    columns[0].append(
                        (m, s, t, tier.unit_price + adds, least, offer.capacity, offer.opening_cost, pair)
                    )
            pair += 1
    table = np.array(columns[0] + columns[1], dtype=np.int64).reshape(-1, 8)
    order = np.argsort(table[:, 7], kind="stable")
    table = table[order].T.copy()
    table[4:7] *= 1000
    names = ("offer", "spec", "tier", "price", "minimum", "capacity", "opening", "pair")
    is_fixed = order >= len(columns[0])
    spec_value = np.array(list(spec_number), dtype=np.int64).reshape(len(spec_number), len(problem.shared))
    return Candidates(**dict(zip(names, table, strict=True)), fixed=is_fixed), spec_value
