"""A large order in parts that several lines can share."""

from __future__ import annotations

# A part is at most this much work of the fastest line, so that lines share a large release and an urgent order
# never waits for all of it.
PART_HOURS = 40


def parts_of(units: int, *, most: int, multiple: int) -> list[int]:
    """Split ``units`` into equal parts of at most ``most``, each a multiple of ``multiple`` but for the last."""
    most = max(multiple, most // multiple * multiple)
    count = -(-units // most)
    each = -(-units // count)
    size = min(most, -(-each // multiple) * multiple)
    parts = []
    while units > 0:
        parts.append(min(size, units))
        units -= parts[-1]
    return parts
