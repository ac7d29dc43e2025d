"""What happens in pooling. Everything is called from here."""

from __future__ import annotations

from demand.pooling.service.changing import change, correct, hide, make_preorder, unhide, withdraw
from demand.pooling.service.placing import claim, place
from demand.pooling.service.rebuilding import Rebuilt, rebuild_category
from demand.pooling.service.splitting import pool_part
from demand.pooling.service.staff import (
    drop_draft,
    forbid_wish,
    lock_pool,
    merge_pools,
    open_draft,
    pin_wish,
    split_pool,
    undo_decision,
)
from demand.pooling.service.storing import PlacedWish
from demand.pooling.service.suggesting import suggest_specifications
from demand.pooling.service.supply import clear_terms, set_terms, take_snapshots

__all__ = [
    "PlacedWish",
    "Rebuilt",
    "change",
    "claim",
    "clear_terms",
    "correct",
    "drop_draft",
    "forbid_wish",
    "hide",
    "lock_pool",
    "make_preorder",
    "merge_pools",
    "open_draft",
    "pin_wish",
    "place",
    "pool_part",
    "rebuild_category",
    "set_terms",
    "split_pool",
    "suggest_specifications",
    "take_snapshots",
    "undo_decision",
    "unhide",
    "withdraw",
]
