"""What the plan board is drawn from: lots, lines and days in minutes since the board's beginning. No queries.

``gantt.js`` draws it at any zoom and moves lots about; the table beneath says the same without scripts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from string import ascii_uppercase
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from manufacturers.models import Family, Line, Plan
from manufacturers.offering.kernel import Interval, week_of
from manufacturers.planning.errors import LATE
from manufacturers.planning.reads import LotRow
from manufacturers.planning.reads.pages import Bar
from manufacturers.web import presenting

DAY, WEEK, MINUTE = timedelta(days=1), timedelta(weeks=1), timedelta(minutes=1)
FAMILIES = 8
BACK, AHEAD, LONGEST = 14 * DAY, 14 * DAY, 400 * DAY
ZOOMS = ("hours", "days", "weeks", "months")
ANY = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What the board shows: whole days where the maker is, half-open."""

    start: datetime
    end: datetime
    zone: ZoneInfo

    def minute(self, moment: datetime) -> int:
        return (moment - self.start) // MINUTE


def span(lots: Sequence[LotRow], *, now: datetime, zone: ZoneInfo) -> Span:
    """From the Monday of the first lot of the last two weeks to a day after the last lot, two weeks ahead at least."""
    near = [lot.changeover_start for lot in lots if lot.ends_at > now - BACK]
    first = week_of(max(now - BACK, min([now, *near])).astimezone(zone).date())
    last = max([now + AHEAD, *(lot.ends_at for lot in lots)]).astimezone(zone).date() + DAY
    start = datetime(first.year, first.month, first.day, tzinfo=zone)
    end = datetime(last.year, last.month, last.day, tzinfo=zone)
    return Span(start=start.astimezone(UTC), end=min(end.astimezone(UTC), start + LONGEST), zone=zone)


def letter(place: int) -> str:
    """What a family is called on the board: A to Z, then A2 and so on."""
    again = place // len(ascii_uppercase)
    return ascii_uppercase[place % len(ascii_uppercase)] + (str(again + 1) if again else "")


def drawing(
    bars: Sequence[Bar],
    shown: Span,
    *,
    plan: Plan,
    lines: Sequence[Line],
    families: Sequence[Family],
    names: dict[str, str],
    now: datetime,
) -> dict[str, Any]:
    """Plain values for ``gantt.js``. A lot is a row in the order of ``LOT`` there; addresses hold a key of zeros."""
    keys = {line.pk: str(line.public_id) for line in lines}
    places = {str(row.code): place for place, row in enumerate(families)}
    hours = {open_time: _open(open_time, shown) for open_time in {bar.open for bar in bars}}  # most lines share theirs
    return {
        "start": int(shown.start.timestamp() * 1000),
        "zone": str(shown.zone),
        "language": translation.get_language(),
        "now": shown.minute(now),
        "minutes": shown.minute(shown.end),
        "days": _midnights(shown),
        "lines": [{"key": keys[bar.line_id], "name": bar.line, "open": hours[bar.open]} for bar in bars],
        "families": [
            {"name": names[code], "letter": letter(place), "colour": place % FAMILIES + 1}
            for code, place in places.items()
        ],
        "lots": [
            _lot(lot, lane, places, shown)
            for lane, bar in enumerate(bars)
            for lot in bar.lots
            if lot.ends_at > shown.start and lot.changeover_start < shown.end
        ],
        "any": str(ANY),
        "panel": reverse("manufacturers:lot", args=[plan.public_id, ANY]),
        "move": reverse("manufacturers:move", args=[plan.public_id, ANY]),
        "words": _words(),
        "reasons": {
            code: str(LATE[code])
            for code in sorted({lot.late_reason for bar in bars for lot in bar.lots})
            if code in LATE
        },
    }


def _reasons(bars: Sequence[Bar]) -> dict[str, str]:
    """Why lots are late, the reasons that occur."""
    found = {lot.late_reason for bar in bars for lot in bar.lots}
    return {code: str(words) for code, words in LATE.items() if code in found}


def _words() -> dict[str, str]:
    """What the script says; names in braces are filled in there."""
    return {
        "lot": _("{lot}: {units} units of {family} on {line}, {start} to {end}"),
        "fixed": _("fixed"),
        "trial": _("trial batch"),
        "waits": _("waits for its trial batch"),
        "now": _("now"),
        "board": _("Lots by line and time"),
        "wait": _("Working out what this does …"),
        "failed": _("No answer came. Check your connection and try again."),
    }


def _midnights(shown: Span) -> list[int]:
    day, last, found = shown.start.astimezone(shown.zone).date(), shown.end.astimezone(shown.zone).date(), []
    while day < last:
        found.append(shown.minute(datetime(day.year, day.month, day.day, tzinfo=shown.zone)))
        day += DAY
    return found


def _open(intervals: Sequence[Interval], shown: Span) -> list[list[int]]:
    """Working time in minutes; stretches that touch are one."""
    found: list[list[int]] = []
    for opens, closes in intervals:
        first, last = shown.minute(opens), shown.minute(closes)
        if found and found[-1][1] >= first:
            found[-1][1] = last
        else:
            found.append([first, last])
    return found


def _lot(lot: LotRow, lane: int, places: dict[str, int], shown: Span) -> list[Any]:
    return [
        lot.order_public_id,
        lot_name(lot),
        lane,
        places.get(lot.family, 0),
        lot.units,
        shown.minute(lot.changeover_start),
        shown.minute(lot.starts_at),
        shown.minute(lot.ends_at),
        presenting.late_text(lot.late_minutes),
        int(lot.frozen),
        1 if lot.trial else 2 if lot.waits else 0,
        shown.minute(lot.due_at),
        lot.late_reason,
    ]


def lot_name(lot: LotRow) -> str:
    """A lot by its release and part."""
    return f"{lot.release}-{lot.part}"
