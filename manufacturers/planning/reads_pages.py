"""What stands around the plan on its page; each a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from demand.models.catalog import localised
from manufacturers.models import Family, Line, Lot, Maker, Plan, ProductionOrder
from manufacturers.offering.reads import calendars
from manufacturers.planning.reads import LotRow, lots_table
from manufacturers.planning.reads.pages import Bar


def current_plan(maker: Maker) -> Plan | None:
    """The maker's plan in force."""
    found = Plan.objects.filter(maker=maker, state=Plan.State.CURRENT).first()
    if found is not None:
        found.maker = maker
    return found


def what_ifs(maker: Maker) -> list[Plan]:
    """What was tried beside the current plan, newest first."""
    return list(Plan.objects.filter(maker=maker, state=Plan.State.WHAT_IF).order_by("-version")[:10])


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSetting:
    """A maker's lines and families, and the orders that could not be planned."""

    lines: tuple[Line, ...]
    families: tuple[Family, ...]
    set_aside: tuple[ProductionOrder, ...]
    waiting: int


def setting(maker: Maker) -> PlanSetting:
    """Four queries. ``waiting`` counts orders that no plan holds yet."""
    orders = ProductionOrder.objects.filter(release__maker=maker)
    planned = Lot.objects.filter(plan__maker=maker, plan__state="current").values("order_id")
    aside = orders.filter(state="set_aside").select_related("release", "family").order_by("due_at", "pk")
    return PlanSetting(
        lines=tuple(Line.objects.filter(maker=maker, active=True).order_by("pk")),
        families=tuple(Family.objects.filter(maker=maker).order_by("position", "pk")),
        set_aside=tuple(aside[:100]),
        waiting=orders.filter(state="planned").exclude(pk__in=planned).count(),
    )


def bars(plan: Plan, lines: tuple[Line, ...], *, start: datetime, end: datetime) -> list[Bar]:
    """A plan's lots by line, with each line's open time in [start, end); four queries."""
    by_line: dict[int, list[LotRow]] = defaultdict(list)
    for row in lots_table(plan):
        by_line[row.line_id].append(row)
    working = calendars(plan.maker_id, start, end)
    return [
        Bar(line_id=line.pk, line=line.code, open=working.get(line.pk, ()), lots=tuple(by_line[line.pk]))
        for line in lines
    ]


def orders_by_key(keys: list[int]) -> dict[int, ProductionOrder]:
    """Production orders with their release, for naming a difference."""
    return {row.pk: row for row in ProductionOrder.objects.filter(pk__in=keys).select_related("release")}


def family_names(families: tuple[Family, ...], language: str) -> dict[str, str]:
    """The name of each family of a maker by its code."""
    return {str(row.code): localised(_names(row.names), language, str(row.code)) for row in families}


def _names(names: Any) -> dict[str, str]:
    return dict(names or {})


def late_lots(plan: Plan) -> int:
    """How many lots of a plan end after their due date."""
    return Lot.objects.filter(plan=plan, late_minutes__gt=0).count()
