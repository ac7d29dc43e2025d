"""What happens in collecting: signals and wishes come in, people are told apart."""

from __future__ import annotations

from demand.collecting.service.partitions import drop_partitions, make_partitions
from demand.collecting.service.rollups import RolledUp, roll_up
from demand.collecting.service.signals import (
    Recorded,
    Rejected,
    drop_quarantined,
    record_signals,
    record_site_event,
    replay_quarantined,
)
from demand.collecting.service.sources import create_source, named_source

__all__ = [
    "Recorded",
    "Rejected",
    "RolledUp",
    "create_source",
    "drop_partitions",
    "drop_quarantined",
    "make_partitions",
    "named_source",
    "record_signals",
    "record_site_event",
    "replay_quarantined",
    "roll_up",
]
