"""Demand ladders over the candidates still in play: what every candidate would be worth at given class rents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import loops
from .model import Candidates, Model
from .problem import Floats, Ints

REFINED = 500  # candidates whose minimum and capacity are weighed at a time
MOST_REFILLS = 200  # then the ladders are drawn anew, before rounding adds up
CHUNK = 4_000_000  # class x specification tests held at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """Value of every candidate alone, the price shift that minimum or capacity asks for, and its volume."""

    value: Floats
    shift: Floats
    volume: Floats


class Ladders:
    """Scratch tables for one list of candidates; not shared between threads."""

    def __init__(self, model: Model, index: Ints) -> None:
        """``index`` are the positions in ``model.candidates`` still in play, rising."""
        self.model = model
        self.index = index
        keep = np.zeros(len(model.candidates), dtype=np.bool_)
        keep[index] = True
        self.candidates: Candidates = model.candidates.only(keep)
        specs, self._spec = np.unique(self.candidates.spec, return_inverse=True)
        start, spec_of = _incidence(model, model.spec_value[specs])
        kinds = model.extra.shape[1]
        seen = spec_of.astype(np.int64) * kinds + np.repeat(model.class_kind, np.diff(start))
        rows, row_of = np.unique(seen, return_inverse=True)
        shape = (len(rows), model.rungs + 1)
        self._tables = (np.zeros(shape), np.zeros(shape), np.zeros(shape))
        # What is asked of the tables: the rows of each specification, each row's kind, its surplus.
        self._surplus = (np.searchsorted(rows, np.arange(len(specs) + 1) * kinds), rows % kinds, self._tables[2])
        self._demand = (
            model.cell_start,
            model.cell_rung,
            model.cell_low,
            model.cells.weight,
            model.cells.ceiling,
            start,
            row_of.astype(np.int32),
        )
        self._rho: Floats | None = None
        self._refills = 0

    def fill(self, rho: Floats) -> float:
        """Draw the ladders at rents ``rho`` (the highest price each class pays); the rent that lines keep."""
        model = self.model
        self._rho, self._refills = rho.copy(), 0
        return float(loops.fill_ladder(*self._demand, rho, model.low, model.rung_width, *self._tables))

    def refill(self, rho: Floats) -> None:
        """``fill``, from the rents drawn last: fast where few differ, exact but for rounding. For ranking only."""
        if self._rho is None or self._refills >= MOST_REFILLS:
            self.fill(rho)
            return
        loops.refill_ladder(*self._demand, self._rho, rho, self.model.low, self.model.rung_width, *self._tables)
        self._rho, self._refills = rho.copy(), self._refills + 1

    def worth(self, *, toll: Floats, capacity: Ints) -> Worth:
        """Values on the ladders drawn last, prices raised by each offer's ``toll``, within each offer's ``capacity``.

        Minimum and capacity are weighed for the ``REFINED`` most valuable candidates; the others' values are above.
        """
        model, c = self.model, self.candidates
        value, shift, volume = np.empty(len(c)), np.zeros(len(c)), np.empty(len(c))
        price = c.price + toll[c.offer]
        at = (model.extra, *self._surplus, model.low, model.rung_width)
        loops.value_freely(c.offer, self._spec, price, c.opening, *at, value, volume)
        refined = np.arange(len(c))
        if len(c) > REFINED:
            refined = np.sort(np.argpartition(-value, REFINED)[:REFINED])
        loops.value_within(
            refined, c.offer, self._spec, price, c.minimum, capacity[c.offer], c.opening, *at, value, shift, volume
        )
        return Worth(value=value, shift=shift, volume=volume)


def class_prices(model: Model, chosen: Ints, shift: Floats | None = None) -> Floats:
    """What each class pays on each chosen candidate (positions in the model), NEVER where it does not accept it."""
    c = model.candidates
    price = c.price[chosen].astype(np.float64)
    out = np.empty((len(model.class_kind), len(chosen)))
    loops.class_prices(
        model.class_mask,
        model.class_kind,
        np.ascontiguousarray(model.spec_value[c.spec[chosen]]),
        np.ascontiguousarray(model.extra[c.offer[chosen]]),
        price if shift is None else price + shift,
        out,
    )
    return out


def _incidence(model: Model, spec_value: Ints) -> tuple[Ints, NDArray[np.int32]]:
    """Which specifications each class accepts, as start positions and a flat list."""
    classes = len(model.class_kind)
    step = max(1, CHUNK // max(1, len(spec_value)))
    counts, flat = [np.zeros(1, dtype=np.int64)], [np.zeros(0, dtype=np.int32)]
    for first in range(0, classes, step):
        mask = model.class_mask[first : first + step]
        fits = np.ones((len(mask), len(spec_value)), dtype=np.bool_)
        for a in range(spec_value.shape[1]):
            fits &= (mask[:, a, None] >> spec_value[None, :, a]) & 1 == 1
        counts.append(fits.sum(axis=1))
        flat.append(np.nonzero(fits)[1].astype(np.int32))
    return np.cumsum(np.concatenate(counts)).astype(np.int64), np.concatenate(flat)
