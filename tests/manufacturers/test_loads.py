"""A line's load by week, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from manufacturers.planning.reads.pages import Bar, LotRow
from manufacturers.web.loads import loads

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def lot(change: int, start: int, end: int) -> LotRow:
    """Hours since the first Monday."""
    return LotRow(
        lot_id=1,
        order_id=1,
        order_public_id="",
        release="R",
        part=1,
        family="f",
        line_id=1,
        line="L1",
        units=1,
        changeover_start=MONDAY + change * HOUR,
        starts_at=MONDAY + start * HOUR,
        ends_at=MONDAY + end * HOUR,
        due_at=MONDAY,
        late_minutes=0,
        late_reason="",
        frozen=False,
        state="planned",
        trial=False,
        waits=False,
    )


BAR = Bar(
    line_id=1,
    line="L1",
    # ten hours from midnight on each day of two weeks, the third day's in two parts that touch
    open=tuple(
        (MONDAY + day * DAY + first * HOUR, MONDAY + day * DAY + last * HOUR)
        for day in range(14)
        for first, last in (((0, 4), (4, 10)) if day == 2 else ((0, 10),))
    ),
    lots=(lot(0, 2, 28), lot(48, 48, 54), lot(6 * 24 + 8, 6 * 24 + 9, 7 * 24 + 5), lot(30 * 24, 31 * 24, 32 * 24)),
)


def test_work_and_changeover_count_in_the_open_time_of_their_week() -> None:
    [row] = loads([BAR], first=MONDAY.date(), weeks=3, zone=ZoneInfo("UTC"))
    # 8 hours to ten, 4 on the next day; 6; one hour of Sunday. Two hours of changeover, one on Sunday.
    first, second, third = row.cells
    assert (first.week, first.open_minutes) == (date(2026, 11, 2), 4200)
    assert [first.work, first.changeover] == pytest.approx([19 / 70, 3 / 70])
    assert [second.work, second.changeover] == pytest.approx([5 / 70, 0])
    assert (third.work, third.changeover, third.open_minutes) == (0, 0, 0)


def test_a_line_that_is_never_open_and_one_without_lots_have_no_load() -> None:
    closed, idle = replace(BAR, open=()), replace(BAR, lots=())
    rows = loads([closed, idle], first=MONDAY.date(), weeks=1, zone=ZoneInfo("UTC"))
    assert [(x.cells[0].share, x.cells[0].open_minutes) for x in rows] == [(0, 0), (0, 4200)]
