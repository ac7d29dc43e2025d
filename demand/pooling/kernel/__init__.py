"""The pooling kernel: by needs (``solve``, ``best_pool``, ``violations``) and by words (``words``)."""

from demand.pooling.kernel.joining import OpenPool, PoolChoice, best_pool, own_specification
from demand.pooling.kernel.problem import (
    Apart,
    Attribute,
    DemandCell,
    ExistingPool,
    Outcome,
    Pool,
    PoolingProblem,
    PoolingProblemError,
    Pools,
    SolveLimits,
    StaffRules,
    Why,
)
from demand.pooling.kernel.solve import solve
from demand.pooling.kernel.verify import violations

__all__ = [
    "Apart",
    "Attribute",
    "DemandCell",
    "ExistingPool",
    "OpenPool",
    "Outcome",
    "Pool",
    "PoolChoice",
    "PoolingProblem",
    "PoolingProblemError",
    "Pools",
    "SolveLimits",
    "StaffRules",
    "Why",
    "best_pool",
    "own_specification",
    "solve",
    "violations",
]
