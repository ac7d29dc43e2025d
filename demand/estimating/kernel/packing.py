"""A learnt model as bytes and back, to the last bit, so that learning goes on from where it stood."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import numpy as np

from demand.estimating.kernel.filtering import GRID, State
from demand.estimating.kernel.model import Model
from demand.estimating.kernel.problem import KINDS


class OtherKernel(ValueError):
    """The bytes come from a kernel with other kinds or another grid: what they say is of no use to this one."""


def pack(model: Model) -> bytes:
    """About 9 kB a category at first and growing with its square; ``unpack`` gives the same model."""
    state, out = model.state, BytesIO()
    np.savez_compressed(
        out,
        kinds=np.array(KINDS),
        grid=GRID,
        categories=np.array(state.categories, dtype=np.str_),
        mean=state.mean,
        covariance=state.covariance,
        log_weight=state.log_weight,
        sums=np.array([state.pairs, state.together]),
        last_closed=np.array(0 if model.last_closed is None else model.last_closed.toordinal()),
        campaigns=np.array(model.campaigns),
    )
    return out.getvalue()


def unpack(packed: bytes) -> Model:
    """The model that :func:`pack` was given; raises :class:`OtherKernel` when this kernel cannot go on from it."""
    with np.load(BytesIO(packed), allow_pickle=False) as kept:
        if tuple(kept["kinds"].tolist()) != tuple(KINDS) or not np.array_equal(kept["grid"], GRID):
            raise OtherKernel("another set of kinds or hyper-parameters")
        pairs, together = kept["sums"].tolist()
        last = int(kept["last_closed"])
        state = State(
            categories=tuple(kept["categories"].tolist()),
            mean=kept["mean"],
            covariance=kept["covariance"],
            log_weight=kept["log_weight"],
            pairs=pairs,
            together=together,
        )
        return Model(
            state=state,
            last_closed=date.fromordinal(last) if last else None,
            campaigns=int(kept["campaigns"]),
        )
