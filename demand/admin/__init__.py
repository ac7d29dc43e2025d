"""The staff site's lists of demand: one file for each noun."""

from __future__ import annotations

from demand.admin import (
    accounts,
    campaigns,
    catalog,
    estimates,
    ledger,
    outbox,
    people,
    pools,
    runs,
    schedules,
    signals,
    sources,
    wishes,
)

__all__ = [
    "accounts",
    "campaigns",
    "catalog",
    "estimates",
    "ledger",
    "outbox",
    "people",
    "pools",
    "runs",
    "schedules",
    "signals",
    "sources",
    "wishes",
]
