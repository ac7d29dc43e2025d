"""The specifications worth weighing: all of them when they are few, else what the wishes themselves ask for.

Few: every combination of atoms. Else: what suits each block alone, and what suits two of the heaviest together
(intersections of their musts).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from demand.pooling.kernel.encoding import IMPOSSIBLE, Encoded, Ints

COMPLETE_UP_TO = 4096
PAIRED = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Specifications as rows of atoms, in lexical order. ``complete``: no other specification exists."""

    rows: Ints
    complete: bool


def propose(encoded: Encoded, *, most: int) -> Candidates:
    """At most about ``most`` specifications, and always the one that suits each block alone."""
    shape = [len(values) for values in encoded.atoms]
    if prod(shape) <= COMPLETE_UP_TO and prod(shape) * len(encoded.blocks) <= 4_000_000:
        rows = np.array(list(np.ndindex(*shape)), dtype=np.int64).reshape(-1, len(shape))
        return Candidates(rows=rows, complete=True)
    alone = encoded.best_alone()
    own, weight = _weigh(alone, encoded.persons)
    heaviest = np.argsort(-weight, kind="stable")[:PAIRED]
    pairs = _pairs(encoded, [int(np.flatnonzero((alone == own[i]).all(axis=1))[0]) for i in heaviest])
    room = max(0, most - len(own))
    return Candidates(rows=unique_rows(np.concatenate([own, pairs[:room]])), complete=False)


def unique_rows(rows: Ints) -> Ints:
    """Rows once each, in lexical order."""
    return np.unique(rows, axis=0) if len(rows) else rows


def _weigh(rows: Ints, persons: Ints) -> tuple[Ints, Ints]:
    own, inverse = np.unique(rows, axis=0, return_inverse=True)
    return own, np.bincount(inverse.reshape(-1), weights=persons, minlength=len(own)).astype(np.int64)


def _pairs(encoded: Encoded, blocks: list[int]) -> Ints:
    """What suits two blocks together, the pairs of the heaviest first; pairs that contradict each other left out."""
    later, earlier = np.tril_indices(len(blocks), -1)
    rows = np.asarray(blocks, dtype=np.int64)
    possible = np.ones(len(later), dtype=bool)
    columns = []
    for table in encoded.tables:
        together = table[rows[later]] + table[rows[earlier]]
        columns.append(together.argmin(axis=1))
        possible &= together.min(axis=1) < IMPOSSIBLE
    suiting = np.stack(columns, axis=1)[possible] if columns else np.zeros((0, 0), dtype=np.int64)
    _, first = np.unique(suiting, axis=0, return_index=True)
    return suiting[np.sort(first)].astype(np.int64).reshape(-1, len(encoded.atoms))
