"""What makers say of themselves: one function per thing, one transaction each. Everything is called from here."""

from __future__ import annotations

from manufacturers.offering.service.lines import drop_exception, save_exception, save_line, save_shifts
from manufacturers.offering.service.makers import StoredMaker, store_maker
from manufacturers.offering.service.offers import (
    SavedOffer,
    pause_offer,
    resume_offer,
    retire_offer,
    save_offer,
    set_capacity,
)

__all__ = [
    "SavedOffer",
    "StoredMaker",
    "drop_exception",
    "pause_offer",
    "resume_offer",
    "retire_offer",
    "save_exception",
    "save_line",
    "save_offer",
    "save_shifts",
    "set_capacity",
    "store_maker",
]
