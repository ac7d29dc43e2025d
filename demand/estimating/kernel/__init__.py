"""How many units a pool will really sell at each price: ``fit`` on closed campaigns, then ``estimate``.

Plain Python and numpy; no Django, no clock, chance only through ``seed``.
"""

from __future__ import annotations

from demand.estimating.kernel.estimate import DRAWS, estimate
from demand.estimating.kernel.model import Model, fit, learn
from demand.estimating.kernel.packing import OtherKernel, pack, unpack
from demand.estimating.kernel.problem import (
    KINDS,
    ClosedCampaign,
    Contribution,
    DemandGroup,
    Estimate,
    EstimatingProblem,
    FirmLine,
    Interval,
    InvalidProblem,
    OutcomeLine,
    PricePoint,
)

__all__ = [
    "DRAWS",
    "KINDS",
    "ClosedCampaign",
    "Contribution",
    "DemandGroup",
    "Estimate",
    "EstimatingProblem",
    "FirmLine",
    "Interval",
    "InvalidProblem",
    "Model",
    "OtherKernel",
    "OutcomeLine",
    "PricePoint",
    "estimate",
    "fit",
    "learn",
    "pack",
    "unpack",
]
