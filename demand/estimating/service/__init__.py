"""What happens in estimating: estimates made, corrected by staff; bursts and unmet demand found."""

from __future__ import annotations

from demand.estimating.service.closed import history_grew, learn_from
from demand.estimating.service.early import draft_finding, find_bursts, find_unmet, set_supply, settle_finding
from demand.estimating.service.estimating import Estimated, estimate_category
from demand.estimating.service.fitting import learn_rates
from demand.estimating.service.nightly import request_nightly
from demand.estimating.service.overrides import override, undo_override
from demand.estimating.service.rolling import roll_up

__all__ = [
    "Estimated",
    "draft_finding",
    "estimate_category",
    "find_bursts",
    "find_unmet",
    "history_grew",
    "learn_from",
    "learn_rates",
    "override",
    "request_nightly",
    "roll_up",
    "set_supply",
    "settle_finding",
    "undo_override",
]
