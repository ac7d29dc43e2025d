"""What happens in estimating: estimates made, corrected by staff; bursts and unmet demand found."""

from __future__ import annotations

from demand.estimating.service.estimating import Estimated, estimate_category
from demand.estimating.service.rolling import roll_up

__all__ = ["Estimated", "estimate_category", "roll_up"]
