"""What would mend a plan's lateness, as its page says it. Plain values, no queries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from manufacturers.models import Line
from manufacturers.planning.reads_pages import MendRow
from manufacturers.web import presenting

SHOWN = 3
TYPED = "%Y-%m-%dT%H:%M"


def mending(rows: Sequence[MendRow], lines: Sequence[Line]) -> list[dict[str, Any]]:
    """The best shifts, each with what a what-if of it is asked with."""
    keys = {line.pk: line for line in lines}
    worth = [row for row in rows if row.line_id in keys and (row.on_time or row.less_late > 0)]
    return [_row(row, keys[row.line_id]) for row in worth[:SHOWN]]


def _row(row: MendRow, line: Line) -> dict[str, Any]:
    return {
        "title": _("One more shift on line %(line)s, %(when)s") % {"line": line.code, "when": _when(row)},
        "brings": _brings(row),
        "line": str(line.public_id),
        "starts_at": _typed(row.starts_at),
        "ends_at": _typed(row.ends_at),
    }


def _brings(row: MendRow) -> str:
    """What it brings: lots on time, those that are late then, and hours."""
    brought = len(row.on_time)
    said = [
        ngettext("%(n)s of %(late)s late lots on time.", "%(n)s of %(late)s late lots on time.", brought)
        % {"n": brought, "late": row.late_now}
        if brought
        else _("No late lot on time.")
    ]
    others = row.late - (row.late_now - brought)
    if others > 0:
        said.append(
            ngettext("%(n)s other lot would be late.", "%(n)s other lots would be late.", others) % {"n": others}
        )
    hours = round(row.less_late / 60)
    if hours > 0:
        less = ngettext("%(n)s hour less lateness in all.", "%(n)s hours less lateness in all.", hours)
        said.append(less % {"n": f"{hours:,}"})
    return " ".join(said)


def mended_by(rows: Sequence[MendRow] | None, lines: Sequence[Line], order_id: int) -> str:
    """The best shift that would bring this order on time, in a sentence; empty where none does."""
    codes = {line.pk: line.code for line in lines}
    for row in rows or ():
        if order_id in row.on_time and row.line_id in codes:
            said = {"line": codes[row.line_id], "when": _when(row)}
            return _("On time with one more shift on line %(line)s, %(when)s.") % said
    return ""


def _when(row: MendRow) -> str:
    return presenting.stretch_text(row.starts_at, row.ends_at)


def _typed(moment: datetime) -> str:
    return timezone.localtime(moment).strftime(TYPED)
