"""Rows to the kernel's problem, promise dates, and what the plan's pages show."""

from __future__ import annotations

from manufacturers.planning.reads.pages import (
    Difference,
    Load,
    LotRow,
    Need,
    Trace,
    difference,
    gantt,
    lots_table,
    material_needs,
    trace,
    weekly_load,
)
from manufacturers.planning.reads.promising import promise

__all__ = [
    "Difference",
    "Load",
    "LotRow",
    "Need",
    "Trace",
    "difference",
    "gantt",
    "lots_table",
    "material_needs",
    "promise",
    "trace",
    "weekly_load",
]
