"""A what-if, or the version before, beside the current plan: in figures, lot by lot, and as a second board."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from manufacturers import access
from manufacturers.models import Family, MakerMember, Plan
from manufacturers.planning import reads_pages as reading
from manufacturers.planning.reads import Difference, difference, lots_table
from manufacturers.web import board as drawing
from manufacturers.web import presenting

SHOWN = 50


def compared(
    request: HttpRequest, member: MakerMember, current: Plan, shown: drawing.Span, parts: dict[str, Any]
) -> dict[str, Any] | None:
    """The plan that ``?compare=`` names beside the current one; ``parts`` is what both boards are drawn with."""
    try:
        other = access.plan(member, UUID(request.GET.get("compare", "")))
    except ValueError:
        return None
    other.maker = member.maker
    tried = other.state == Plan.State.WHAT_IF
    before, after = (current, other) if tried else (other, current)
    changed = difference(after, before)
    orders = reading.orders_by_key([row.order_id for row in changed])
    lots = lots_table(other)
    bars = reading.tried_bars(other, lots, parts["lines"], start=shown.start, end=shown.end)
    return {
        "plan": other,
        "is_what_if": tried,
        "before": before,
        "after": after,
        "late_before": reading.lateness(before),
        "late_after": reading.lateness(after),
        "hours_before": round(reading.lateness(before).minutes / 60),
        "hours_after": round(reading.lateness(after).minutes / 60),
        "moved": len(changed),
        "rows": [_changed_row(row, orders) for row in changed[:SHOWN]],
        "new_orders": _new_orders(other, parts["families"], parts["names"]),
        "only_orders": bool(other.changes.get("orders")) and not (_real(other)),
        "board": drawing.drawing(bars, shown, plan=other, **parts),
    }


def _real(tried: Plan) -> bool:
    """Whether adopting it would change something: an order that might come stays out."""
    return bool(tried.changes.get("shifts") or tried.changes.get("lines_like"))


def _new_orders(tried: Plan, families: tuple[Family, ...], names: dict[str, str]) -> list[str]:
    """When each order that was only tried would be ready, in a sentence."""
    codes = {row.pk: str(row.code) for row in families}
    placed = {row["order"]: row for row in tried.changes.get("lots", [])}
    found = []
    for number, order in enumerate(tried.changes.get("orders", [])):
        said = {"units": f"{order['units']:,}", "family": names.get(codes.get(order["family"], ""), "")}
        lot = placed.get(f"new:{number}")
        if lot is None:
            found.append(_("%(units)s units of %(family)s could not be placed.") % said)
            continue
        ends, due = datetime.fromisoformat(lot["ends_at"]), datetime.fromisoformat(order["due_at"])
        late = presenting.late_text(int((ends - due).total_seconds() // 60)) or _("on time")
        said |= {"day": presenting.moment(ends), "late": late}
        found.append(_("%(units)s units of %(family)s would be ready %(day)s: %(late)s.") % said)
    return found


def _changed_row(row: Difference, orders: dict[int, Any]) -> dict[str, Any]:
    order, later = orders.get(row.order_id), row.later_minutes
    return {
        "name": f"{order.release.number}-{order.part}" if order else str(row.order_id),
        "line_before": row.line_before,
        "line_after": row.line_after,
        "starts_before": presenting.moment(row.starts_before) if row.starts_before else "",
        "starts_after": presenting.moment(row.starts_after) if row.starts_after else "",
        "later_hours": round(later / 60) if later is not None else None,
    }
