"""What happens in collecting: signals and wishes come in, people are told apart."""

from __future__ import annotations

from demand.collecting.service.files import import_signals
from demand.collecting.service.partitions import drop_partitions, make_partitions
from demand.collecting.service.people import (
    AddressValues,
    InvalidAddress,
    note_device,
    note_phone,
    retire_address,
    review_same_person,
    save_address,
)
from demand.collecting.service.rates import count_events
from demand.collecting.service.rollups import RolledUp, roll_up
from demand.collecting.service.shoppers import shopper_key
from demand.collecting.service.signals import (
    Recorded,
    Rejected,
    drop_quarantined,
    record_signals,
    record_site_event,
    replay_quarantined,
)
from demand.collecting.service.sources import (
    SCOPE_WRITE,
    NameTaken,
    WithoutKey,
    create_source,
    named_source,
    note_use,
    renew_key,
    set_active,
)
from demand.collecting.service.wishes import Imported, RowProblem, import_wishes

__all__ = [
    "SCOPE_WRITE",
    "AddressValues",
    "Imported",
    "InvalidAddress",
    "NameTaken",
    "Recorded",
    "Rejected",
    "RolledUp",
    "RowProblem",
    "WithoutKey",
    "count_events",
    "create_source",
    "drop_partitions",
    "drop_quarantined",
    "import_signals",
    "import_wishes",
    "make_partitions",
    "named_source",
    "note_device",
    "note_phone",
    "note_use",
    "record_signals",
    "record_site_event",
    "renew_key",
    "replay_quarantined",
    "retire_address",
    "review_same_person",
    "roll_up",
    "save_address",
    "set_active",
    "shopper_key",
]
