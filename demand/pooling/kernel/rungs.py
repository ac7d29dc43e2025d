"""The price ladder of demand cells: a ceiling's rung decides eligibility, surplus keeps the exact ceiling."""

from __future__ import annotations


def rung(ceiling_minor: int | None) -> int | None:
    """A ceiling cut to its two leading digits, never above it; ``None`` stays ``None``.

    Integer arithmetic that SQL repeats exactly (``demand.pooling.service.cells``).
    """
    if ceiling_minor is None:
        return None
    power = 10 ** max(0, len(str(ceiling_minor)) - 2)
    return int(ceiling_minor - ceiling_minor % power)
