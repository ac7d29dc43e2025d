"""A copy of the plan with something more: a shift, a line, an order; compared, then adopted or dropped."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from demand import locking
from demand.errors import NotThere
from manufacturers.models import CalendarException, Line, LineRate, Lot, Maker, Plan, Shift
from manufacturers.offering import steps as offering
from manufacturers.offering.service.members import planner
from manufacturers.planning import kernel, steps
from manufacturers.planning.errors import PlanMoved
from manufacturers.planning.reads import situation as reading
from manufacturers.planning.reads.situation import Situation, work_minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedShift:
    """A stretch in which a line works beyond its calendar; aware, half-open."""

    line_id: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedOrder:
    """An order that might come."""

    family_id: int
    units: int
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is tried: shifts, orders, and for each key in ``lines_like`` one more line like that one."""

    title: str = ""
    shifts: tuple[AddedShift, ...] = ()
    lines_like: tuple[int, ...] = ()
    orders: tuple[AddedOrder, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A what-if beside the current plan: weighted cost, late lots and weighted late minutes, before and after."""

    plan_id: int
    cost_before: int
    cost_after: int
    late_before: int
    late_after: int
    tardiness_before: int
    tardiness_after: int


def what_if(*, member_id: int, changes: Changes, seed: int, seconds: float, now: datetime) -> Compared:
    """Plan the maker's orders with changes and keep the answer beside the current plan; nothing else is touched.

    Solves outside any transaction. Lots of lines and orders that do not exist stand in the plan's ``changes`` only.
    """
    maker_id = planner(member_id).maker_id
    situation = reading.read(maker_id, now=now)
    problem = _changed(situation, changes)
    started = frozenset(key for key, order in situation.orders.items() if order.state == "started")
    solved = steps.solve(
        problem, waits=situation.waits, started=started, limits=kernel.SolveLimits(seconds=seconds), seed=seed
    )
    with locking.transaction():
        locking.lock((Maker, [maker_id]))
        plan = steps.store(
            situation,
            solved,
            state=Plan.State.WHAT_IF,
            now=now,
            title=changes.title,
            changes=_as_json(situation, changes, solved),
        )
    before = situation.plan
    return Compared(
        plan_id=plan.pk,
        cost_before=before.objective if before else 0,
        cost_after=solved.objective,
        late_before=sum(lot.late_minutes > 0 for lot in situation.lots),
        late_after=len(solved.late),
        tardiness_before=before.tardiness if before else 0,
        tardiness_after=solved.tardiness,
    )


def _changed(situation: Situation, changes: Changes) -> kernel.PlanningProblem:
    problem = situation.problem
    if any(str(x.line_id) not in situation.lines for x in changes.shifts) or any(
        str(key) not in situation.lines for key in changes.lines_like
    ):
        raise NotThere
    more: dict[str, list[tuple[int, int]]] = {}
    for shift in changes.shifts:
        pair = (situation.minute(max(shift.starts_at, situation.now)), situation.minute(shift.ends_at))
        more.setdefault(str(shift.line_id), []).append(pair)
    lines = tuple(
        replace(line, calendar=_joined([*(line.calendar or ()), *more.get(line.id, ())])) for line in problem.lines
    )
    by_id = {line.id: line for line in lines}
    copies = {f"like:{key}:{number}": str(key) for number, key in enumerate(changes.lines_like)}
    lines += tuple(replace(by_id[like], id=name) for name, like in copies.items())
    orders = [*problem.orders, *(_order(situation, number, one) for number, one in enumerate(changes.orders))]
    return replace(problem, lines=lines, orders=tuple(_on_copies(order, copies) for order in orders))


def _on_copies(order: kernel.Order, copies: dict[str, str]) -> kernel.Order:
    extra = {name: order.minutes[like] for name, like in copies.items() if like in order.minutes}
    return replace(order, minutes={**order.minutes, **extra})


def _order(situation: Situation, number: int, added: AddedOrder) -> kernel.Order:
    rates = LineRate.objects.filter(line__maker=situation.maker, line__active=True, family_id=added.family_id)
    return kernel.Order(
        id=f"new:{number}",
        family=str(added.family_id),
        release=situation.minute(situation.now),
        due=situation.minute(added.due_at),
        tardiness_weight=10,
        minutes={str(rate.line_id): work_minutes(added.units, rate.units_per_hour) for rate in rates},
    )


def _joined(pairs: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for opens, closes in sorted(pair for pair in pairs if pair[0] < pair[1]):
        if found and opens <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], closes))
        else:
            found.append((opens, closes))
    return tuple(found)


def _as_json(situation: Situation, changes: Changes, solved: steps.Solved) -> dict[str, Any]:
    imagined = [lot for lot in solved.plan.lots if lot.order.startswith("new:") or lot.line.startswith("like:")]
    return {
        "shifts": [
            {"line": x.line_id, "starts_at": x.starts_at.isoformat(), "ends_at": x.ends_at.isoformat()}
            for x in changes.shifts
        ],
        "lines_like": list(changes.lines_like),
        "orders": [{"family": x.family_id, "units": x.units, "due_at": x.due_at.isoformat()} for x in changes.orders],
        "lots": [
            {
                "order": lot.order,
                "line": lot.line,
                "starts_at": situation.moment(lot.start).isoformat(),
                "ends_at": situation.moment(lot.end).isoformat(),
            }
            for lot in imagined
        ],
        "set_aside": dict(solved.aside),
    }


def adopt(*, member_id: int, plan_id: int, now: datetime) -> bool:
    """Make a what-if real; whether it changed anything (a repeat does not).

    One transaction; locks the maker, then the plans. Its shifts go into the calendar and its lines are made; the plan
    becomes the current one, unless it holds lines or orders that were imagined: then a new plan is asked for. An order
    that might come stays out, as only releases are planned. Raises :class:`PlanMoved` where it was made from an older
    plan.
    """
    with locking.transaction():
        maker_id = planner(member_id).maker_id
        current = list(Plan.objects.filter(maker_id=maker_id, state="current").values_list("pk", flat=True))
        locked = locking.lock((Maker, [maker_id]), (Plan, [*current, plan_id]))
        plan, maker = locked.get(Plan, plan_id), locked.all(Maker)[0]
        if plan is None or plan.maker_id != maker_id:
            raise NotThere
        if plan.state != Plan.State.WHAT_IF:
            return False
        if plan.based_on_id != next(iter(current), None) or maker.plan_dirty_at is not None:
            raise PlanMoved
        _make_real(maker, plan)
        if plan.changes["lines_like"] or plan.changes["orders"]:
            Plan.objects.filter(pk=plan.pk).update(state=Plan.State.SUPERSEDED)
            offering.ask_replan(maker, now)
            return True
        Plan.objects.filter(pk__in=current).update(state=Plan.State.SUPERSEDED)
        Plan.objects.filter(pk=plan.pk).update(state=Plan.State.CURRENT)
        steps.say_changed(plan, now)
        return True


def _make_real(maker: Maker, plan: Plan) -> None:
    for shift in plan.changes["shifts"]:
        CalendarException.objects.get_or_create(
            maker=maker,
            line_id=shift["line"],
            starts_at=datetime.fromisoformat(shift["starts_at"]),
            ends_at=datetime.fromisoformat(shift["ends_at"]),
            working=True,
            defaults={"reason": plan.title[:120]},
        )
    for key in plan.changes["lines_like"]:
        _copy_line(maker, Line.objects.get(pk=key, maker=maker))


def _copy_line(maker: Maker, like: Line) -> None:
    codes = set(Line.objects.filter(maker=maker).values_list("code", flat=True))
    code = next(name for number in range(2, 1000) if (name := f"{like.code[:14]}-{number}") not in codes)
    line = Line.objects.create(maker=maker, code=code, name=like.name, initial_family_id=like.initial_family_id)
    LineRate.objects.bulk_create(
        [LineRate(line=line, family_id=x.family_id, units_per_hour=x.units_per_hour) for x in like.rates.all()]
    )
    Shift.objects.bulk_create(
        [Shift(line=line, weekday=x.weekday, starts=x.starts, ends=x.ends) for x in like.shifts.all()]
    )


def drop(*, member_id: int, plan_id: int) -> bool:
    """Put a what-if away; whether it was there."""
    with locking.transaction():
        maker_id = planner(member_id).maker_id
        locking.lock((Maker, [maker_id]))
        rows = Plan.objects.filter(pk=plan_id, maker_id=maker_id, state=Plan.State.WHAT_IF)
        gone = Lot.objects.filter(plan__in=rows).delete()
        return bool(rows.delete()[0] or gone[0])
