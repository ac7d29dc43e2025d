"""Rules for what comes in: events from websites, and wishes as typed. Pure functions; time and bounds are arguments."""

from __future__ import annotations

from demand.collecting.kernel.batches import parse_batch, value_of
from demand.collecting.kernel.signals import Event, Rejected, Window, parse_event
from demand.collecting.kernel.wishes import WishFault, WishInput, WishLimits, has_words, wish_faults

__all__ = [
    "Event",
    "Rejected",
    "Window",
    "WishFault",
    "WishInput",
    "WishLimits",
    "has_words",
    "parse_batch",
    "parse_event",
    "value_of",
    "wish_faults",
]
