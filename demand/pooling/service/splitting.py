"""A category too big for one task: parts count and place its wishes, each cell in one part; the whole decides."""

from __future__ import annotations

from datetime import datetime

from demand import locking, outbox, runs
from demand.errors import NotThere
from demand.models import Category
from demand.pooling.service import cells
from demand.pooling.service.moving import place_part

MOST_PARTS = 64


def ask(category: Category, step: str, waiting: int, most: int, *, now: datetime) -> None:
    """Ask for the parts of a step (``count`` or ``place``) over ``waiting`` wishes, about ``most`` in each. Belongs in
    the caller's transaction.
    """
    outbox.write(
        "pooling.split",
        aggregate="category",
        aggregate_id=category.pk,
        payload={"category": category.code, "step": step, "parts": min(MOST_PARTS, -(-waiting // most)), "most": most},
        now=now,
    )


def pool_part(*, category: str, step: str, part: int, parts: int, most: int, claimed_by: str, now: datetime) -> int:
    """Count or place one part of a category; how many wishes it looked at or moved.

    Parts are told apart by cell, so they run at once; what each wrote stands in rows, so a part that was killed does
    what is left, and one that comes twice finds nothing. Whoever leaves less than a part asks for the whole, which
    sums the cells, decides and counts the pools.
    """
    row = Category.objects.filter(code=category).first()
    if row is None:
        raise NotThere
    subject = f"{category} {part + 1}/{parts}"
    with runs.recorded(stage=f"pooling-{step}", subject=subject, now=now, claimed_by=claimed_by) as note:
        with locking.transaction():
            locking.advisory(f"pooling:{row.pk}", shared=True)
            if step == "count":
                done = cells.count_part(row.pk, part=part, parts=parts, now=now)
            else:
                done = place_part(row, part=part, parts=parts, now=now)
        note.status, note.counts = "done", {"wishes": done}
        left = cells.to_count(row.pk) if step == "count" else cells.to_place(row.pk)
        if left <= most // 2:
            with locking.transaction():
                outbox.write(
                    "run.requested",
                    aggregate="category",
                    aggregate_id=row.pk,
                    payload={"stage": "pooling", "subject": row.code, "requested_by_id": None},
                    now=now,
                )
    return done
