"""What happens in planning: one function per thing, one transaction each. Everything is called from here."""

from __future__ import annotations

from manufacturers.planning.service.by_hand import Moved, freeze, move_lot, undo_move
from manufacturers.planning.service.mending import mend
from manufacturers.planning.service.orders import MadeOrders, orders_for_release
from manufacturers.planning.service.replanning import Planned, replan
from manufacturers.planning.service.what_if import AddedOrder, AddedShift, Changes, Compared, adopt, drop, what_if

__all__ = [
    "AddedOrder",
    "AddedShift",
    "Changes",
    "Compared",
    "MadeOrders",
    "Moved",
    "Planned",
    "adopt",
    "drop",
    "freeze",
    "mend",
    "move_lot",
    "orders_for_release",
    "replan",
    "undo_move",
    "what_if",
]
