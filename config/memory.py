"""How much memory the servers of a clone may count on."""

from __future__ import annotations

import os
from pathlib import Path

CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
LEAST_BUFFERS_MB = 128
MOST_BUFFERS_MB = 2048


def memory_mb(limit: Path = CGROUP_LIMIT) -> int:
    """What the machine has, or where that is less what its container may use."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        said = limit.read_text().strip()
    except OSError:
        said = "max"
    return min(machine, int(said) if said.isdigit() else machine) >> 20


def buffers_mb(memory: int) -> int:
    """PostgreSQL's shared buffers: a quarter of the memory, as its manual advises (20.4.1), within bounds.

    With little of them a million wishes live in the file cache, which other programs and hosts take away: a pooling of
    1 % of them then waited for the disk more than half of its time.
    """
    return max(LEAST_BUFFERS_MB, min(MOST_BUFFERS_MB, memory // 4))
