"""Which new pool is which old one: the assignment that keeps most units in a pool of the same id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from demand.pooling.kernel.problem import ExistingPool


def match(
    members: Sequence[Sequence[int]],
    existing: Sequence[ExistingPool],
    units: Mapping[int, int],
    given: Mapping[int, int],
) -> dict[int, int]:
    """New pool index → existing id. ``given`` is settled already; pools that share no cell are not matched.

    Hungarian method (scipy's ``linear_sum_assignment``, after Crouse 2016) on shared units; ties by rising id.
    """
    from scipy.optimize import linear_sum_assignment

    matched = dict(given)
    rest = [index for index in range(len(members)) if index not in matched]
    old = sorted((p for p in existing if p.pool_id not in given.values()), key=lambda pool: pool.pool_id)
    if not rest or not old:
        return matched
    column_of = {cell: column for column, pool in enumerate(old) for cell in pool.cells}
    shared = np.zeros((len(rest), len(old)))
    for row, index in enumerate(rest):
        for cell in members[index]:
            if cell in column_of:
                shared[row, column_of[cell]] += units[cell]
    for row, column in zip(*linear_sum_assignment(shared, maximize=True), strict=True):
        if shared[row, column] > 0:
            matched[rest[int(row)]] = old[int(column)].pool_id
    return matched
