"""What stands around the plan on its page; each a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Sum

from demand.models.catalog import localised
from manufacturers.models import Family, Line, Lot, Maker, Plan, ProductionOrder
from manufacturers.offering.reads import calendars
from manufacturers.planning.reads import LotRow
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
    aside = orders.filter(state__in=["set_aside", "started"], problem__gt="").order_by("due_at", "pk")
    return PlanSetting(
        lines=tuple(Line.objects.filter(maker=maker, active=True).order_by("pk")),
        families=tuple(Family.objects.filter(maker=maker).order_by("position", "pk")),
        set_aside=tuple(aside.select_related("release", "family")[:100]),
        waiting=orders.filter(state="planned").exclude(pk__in=planned).count(),
    )


def bars(plan: Plan, lots: list[LotRow], lines: tuple[Line, ...], *, start: datetime, end: datetime) -> list[Bar]:
    """A plan's lots by line, with each line's open time in [start, end); three queries."""
    by_line: dict[int, list[LotRow]] = defaultdict(list)
    for row in lots:
        by_line[row.line_id].append(row)
    working = calendars(plan.maker_id, start, end)
    return [
        Bar(line_id=line.pk, line=line.code, open=working.get(line.pk, ()), lots=tuple(by_line[line.pk]))
        for line in lines
    ]


def tried_bars(plan: Plan, lots: list[LotRow], lines: tuple[Line, ...], *, start: datetime, end: datetime) -> list[Bar]:
    """The bars of a what-if: its shifts are open time, its lines stand beneath those they are like."""
    found = []
    for bar in bars(plan, lots, lines, start=start, end=end):
        extra = [
            (datetime.fromisoformat(x["starts_at"]), datetime.fromisoformat(x["ends_at"]))
            for x in plan.changes.get("shifts", ())
            if x["line"] == bar.line_id
        ]
        found.append(replace(bar, open=tuple(sorted([*bar.open, *extra]))))
        for number, like in enumerate(plan.changes.get("lines_like", ())):
            if like == bar.line_id:
                moved = _on_new_line(plan, lots, f"like:{like}:{number}", bar)
                found.append(replace(bar, line=f"{bar.line} +", lots=moved))
    return found


def _on_new_line(plan: Plan, lots: list[LotRow], line: str, bar: Bar) -> tuple[LotRow, ...]:
    """The lots that the what-if would make on a line there is not."""
    rows = ProductionOrder.objects.filter(release__maker_id=plan.maker_id).select_related("release", "family")
    placed = {int(x["order"]): x for x in plan.changes["lots"] if x["line"] == line and x["order"].isdecimal()}
    found = []
    for order in rows.filter(pk__in=placed):
        starts = datetime.fromisoformat(placed[order.pk]["starts_at"])
        ends = datetime.fromisoformat(placed[order.pk]["ends_at"])
        found.append(
            LotRow(
                lot_id=0,
                order_id=order.pk,
                order_public_id=str(order.public_id),
                release=order.release.number,
                part=order.part,
                family=order.family.code,
                line_id=bar.line_id,
                line=bar.line,
                units=order.units,
                changeover_start=starts,
                starts_at=starts,
                ends_at=ends,
                due_at=order.due_at,
                late_minutes=max(0, int((ends - order.due_at).total_seconds() // 60)),
                late_reason="",
                frozen=False,
                state=str(order.state),
                trial=order.trial,
                waits=order.waits,
            )
        )
    return tuple(sorted(found, key=lambda lot: lot.starts_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class MendRow:
    """One more shift on a line, and what it would bring: of ``late_now`` orders ``on_time``, then ``late`` in all.

    ``less_late``: by how many minutes less than now.
    """

    line_id: int
    starts_at: datetime
    ends_at: datetime
    on_time: frozenset[int]
    late_now: int
    late: int
    less_late: int


def mends(plan: Plan, *, now: datetime) -> list[MendRow] | None:
    """What would mend the plan's lateness and is still to come, the best first; ``None`` while not worked out."""
    if plan.mends is None:
        return None
    rows = [
        MendRow(
            line_id=row["line"],
            starts_at=datetime.fromisoformat(row["starts_at"]),
            ends_at=datetime.fromisoformat(row["ends_at"]),
            on_time=frozenset(row["on_time"]),
            late_now=row["late_now"],
            late=row["late"],
            less_late=row["less_late"],
        )
        for row in plan.mends
    ]
    return [row for row in rows if row.starts_at > now]


def line_codes(maker_id: int) -> dict[int, str]:
    """What each line of a maker is called."""
    return dict(Line.objects.filter(maker_id=maker_id).values_list("pk", "code"))


def orders_by_key(keys: list[int]) -> dict[int, ProductionOrder]:
    """Production orders with their release, for naming a difference."""
    return {row.pk: row for row in ProductionOrder.objects.filter(pk__in=keys).select_related("release")}


def family_names(families: tuple[Family, ...], language: str) -> dict[str, str]:
    """The name of each family of a maker by its code."""
    return {str(row.code): localised(_names(row.names), language, str(row.code)) for row in families}


def _names(names: Any) -> dict[str, str]:
    return dict(names or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """How many lots of a plan end after their due date, and by how many minutes in all."""

    lots: int
    minutes: int


def lateness(plan: Plan) -> Lateness:
    """Of the stored lots and of those that only the what-if knows, such as on a line there is not."""
    rows = Lot.objects.filter(plan=plan, late_minutes__gt=0).aggregate(n=Count("pk"), minutes=Sum("late_minutes"))
    count, minutes = int(rows["n"]), int(rows["minutes"] or 0)
    placed = {int(x["order"]): x["ends_at"] for x in plan.changes.get("lots", ()) if x["order"].isdecimal()}
    for key, due in ProductionOrder.objects.filter(pk__in=placed).values_list("pk", "due_at"):
        late = int((datetime.fromisoformat(placed[key]) - due).total_seconds() // 60)
        count, minutes = (count + 1, minutes + late) if late > 0 else (count, minutes)
    return Lateness(lots=count, minutes=minutes)
