"""The proposing kernel: ``solve`` finds bulk orders, ``verify.violations`` checks them; no Django, no clock at rest."""

from .folder import from_folder
from .problem import (
    BadProblem,
    BulkOrder,
    FixedOrder,
    Lines,
    Offer,
    Outcome,
    Proposals,
    ProposingProblem,
    SolveLimits,
    Tier,
    build,
    lines_from_rows,
    with_fixed,
)
from .solving import solve
from .verify import violations

__all__ = [
    "BadProblem",
    "BulkOrder",
    "FixedOrder",
    "Lines",
    "Offer",
    "Outcome",
    "Proposals",
    "ProposingProblem",
    "SolveLimits",
    "Tier",
    "build",
    "from_folder",
    "lines_from_rows",
    "solve",
    "violations",
    "with_fixed",
]
