"""A maker's rows as the kernel's problem: minutes since the horizon's start, keys as texts."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Max

from demand.errors import NotThere
from manufacturers.models import Changeover, Family, Line, LineRate, Lot, Maker, Plan, ProductionOrder
from manufacturers.offering.kernel import Interval
from manufacturers.offering.reads import calendars
from manufacturers.planning import kernel
from manufacturers.planning.trials import REVIEW_MINUTES

MINUTE = timedelta(minutes=1)
HORIZON = timedelta(days=180)
OPEN_STATES = ("planned", "set_aside", "started")
# Lateness first, then what changeovers take and cost, then finished stock. A lot that changes line has its material and
# its people sent elsewhere: that is done where it makes an ordinary order (weight 10) at least an hour less late.
OBJECTIVE = kernel.Objective(tardiness=1000, changeover_minutes=10, changeover_cost=1, earliness=1, line_change=600_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is to be planned for a maker as read at one moment, and how to say its answer in rows.

    ``done`` are lots of finished orders, kept in the plan as they were. ``waits``: what waits for a trial, with the
    trial's orders that are still to be made.
    """

    maker: Maker
    plan: Plan | None
    origin: datetime
    now: datetime
    end: datetime
    problem: kernel.PlanningProblem
    orders: Mapping[str, ProductionOrder]
    lines: Mapping[str, Line]
    done: tuple[Lot, ...]
    lots: tuple[Lot, ...]
    waits: Mapping[str, tuple[str, ...]]

    def minute(self, moment: datetime) -> int:
        """Whole minutes from the horizon's start, rounded down."""
        return (moment - self.origin) // MINUTE

    def moment(self, minute: int) -> datetime:
        return self.origin + minute * MINUTE

    def input_hash(self) -> str:
        """Equal for equal orders, lines, calendars and placements."""
        return hashlib.sha256(json.dumps(as_json(self.problem), sort_keys=True).encode()).hexdigest()


def whole_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def work_minutes(units: int, units_per_hour: int) -> int:
    """Minutes of working time for ``units``, rounded up."""
    return -(-units * 60 // units_per_hour)


def read(maker_id: int, *, now: datetime) -> Situation:
    """A maker's open orders, lines, calendars and current plan; a fixed number of queries. Raises ``NotThere``.

    Lots of the current plan that started, begin within ``frozen_hours`` or were fixed by hand are frozen. No other
    lot, nor its changeover, begins before ``now``. What waits for a trial is frozen by hand only.
    """
    maker = Maker.objects.filter(pk=maker_id).first()
    if maker is None:
        raise NotThere
    now = whole_minute(now)
    plan = Plan.objects.filter(maker=maker, state=Plan.State.CURRENT).first()
    rows = Lot.objects.filter(plan=plan).select_related("order__release", "line").order_by("starts_at", "pk")
    lots = list(rows) if plan else []
    active = [lot for lot in lots if lot.order.state in OPEN_STATES]
    done = tuple(lot for lot in lots if lot.order.state not in OPEN_STATES)
    orders = {
        str(row.pk): row
        for row in ProductionOrder.objects.filter(release__maker=maker, state__in=OPEN_STATES)
        .select_related("family", "release")
        .order_by("pk")
    }
    near = now + timedelta(hours=maker.frozen_hours)
    frozen = {
        str(x.order_id): x
        for x in active
        if x.frozen or x.order.state == "started" or (x.starts_at < near and not x.order.waits)
    }
    origin = min([now, *(lot.changeover_start for lot in frozen.values())])
    last = max([now, *(order.due_at for order in orders.values())])
    situation = Situation(
        maker=maker,
        plan=plan,
        origin=origin,
        now=now,
        end=last + HORIZON,
        problem=kernel.PlanningProblem(
            lines=(), families=(), changeover=kernel.Changeover(minutes=(), cost=()), orders=()
        ),
        orders=orders,
        lines={str(x.pk): x for x in Line.objects.filter(maker=maker, active=True).order_by("pk")},
        done=done,
        lots=tuple(active),
        waits=_waits(orders),
    )
    return replace(situation, problem=_problem(situation, frozen))


def _waits(orders: Mapping[str, ProductionOrder]) -> dict[str, tuple[str, ...]]:
    trials: dict[int, list[str]] = defaultdict(list)
    for key, row in orders.items():
        if row.trial:
            trials[row.release_id].append(key)
    return {key: tuple(trials[row.release_id]) for key, row in orders.items() if row.waits}


def _problem(situation: Situation, frozen: Mapping[str, Lot]) -> kernel.PlanningProblem:
    families = list(Family.objects.filter(maker=situation.maker).order_by("position", "pk"))
    keys = [family.pk for family in families]
    frozen = {key: lot for key, lot in frozen.items() if str(lot.line_id) in situation.lines}
    rates: dict[tuple[int, int], int] = {
        (rate.line_id, rate.family_id): rate.units_per_hour
        for rate in LineRate.objects.filter(line__maker=situation.maker, line__active=True)
    }
    return kernel.PlanningProblem(
        name=situation.maker.code,
        lines=_lines(situation, frozen),
        families=tuple(str(key) for key in keys),
        changeover=_changeover(keys),
        orders=tuple(_order(situation, row, rates, frozen.get(key)) for key, row in situation.orders.items()),
        objective=OBJECTIVE,
        frozen=tuple(placement(situation, lot) for lot in frozen.values()),
        previous=tuple(placement(situation, lot) for lot in situation.lots if str(lot.order_id) not in frozen),
    )


def placement(situation: Situation, lot: Lot) -> kernel.Placement:
    """Where a stored lot stands, as the kernel says it."""
    return kernel.Placement(order=str(lot.order_id), line=str(lot.line_id), start=situation.minute(lot.starts_at))


def _lines(situation: Situation, frozen: Mapping[str, Lot]) -> tuple[kernel.Line, ...]:
    """Each line from its first frozen changeover, or now, on; its family is that of the last lot finished before."""
    before: dict[int, int] = {}
    for lot in sorted(situation.done, key=lambda x: x.starts_at):
        before[lot.line_id] = lot.order.family_id
    working = calendars(situation.maker.pk, situation.origin, situation.end)
    found = []
    for key, line in situation.lines.items():
        begins = [lot.changeover_start for lot in frozen.values() if lot.line_id == line.pk]
        found.append(
            kernel.Line(
                id=key,
                initial_family=str(before.get(line.pk, line.initial_family_id)),
                calendar=_minutes(situation, working.get(line.pk, ()), min([situation.now, *begins])),
            )
        )
    return tuple(found)


def _minutes(situation: Situation, intervals: Sequence[Interval], since: datetime) -> tuple[tuple[int, int], ...]:
    """Intervals in minutes, from ``since`` on; a part of a minute is not worked."""
    pairs = (
        (-((situation.origin - max(opens, since)) // MINUTE), (closes - situation.origin) // MINUTE)
        for opens, closes in intervals
    )
    return tuple((opens, closes) for opens, closes in pairs if opens < closes)


def _changeover(keys: Sequence[int]) -> kernel.Changeover:
    rows = {
        (row.from_family_id, row.to_family_id): (row.minutes, row.cost_minor)
        for row in Changeover.objects.filter(from_family__in=keys)
    }
    tables = [tuple(tuple(rows.get((one, other), (0, 0))[part] for other in keys) for one in keys) for part in (0, 1)]
    return kernel.Changeover(minutes=tables[0], cost=tables[1], waits_for_release=True)


def _order(
    situation: Situation, row: ProductionOrder, rates: Mapping[tuple[int, int], int], frozen: Lot | None
) -> kernel.Order:
    """A frozen lot's release is no later than its changeover, whatever was said since; what waits is never sooner."""
    now = situation.now + REVIEW_MINUTES * MINUTE if row.waits else situation.now
    release = -((situation.origin - max(row.release_at, now)) // MINUTE)
    return kernel.Order(
        id=str(row.pk),
        family=str(row.family_id),
        release=min(release, situation.minute(frozen.changeover_start)) if frozen and not row.waits else release,
        due=situation.minute(row.due_at),
        deadline=situation.minute(row.deadline_at) if row.deadline_at else None,
        tardiness_weight=row.tardiness_weight,
        earliness_weight=row.earliness_weight,
        minutes={
            key: work_minutes(row.units, rates[line.pk, row.family_id])
            for key, line in situation.lines.items()
            if (line.pk, row.family_id) in rates
        },
    )


def placed(situation: Situation) -> kernel.Plan:
    """The current plan's open lots on active lines, as the kernel sees them."""
    return kernel.Plan(
        lots=tuple(
            kernel.Lot(
                order=str(lot.order_id),
                line=str(lot.line_id),
                start=situation.minute(lot.starts_at),
                end=situation.minute(lot.ends_at),
                changeover_start=situation.minute(lot.changeover_start),
            )
            for lot in situation.lots
            if str(lot.line_id) in situation.lines and str(lot.order_id) in situation.orders
        )
    )


def next_version(maker_id: int) -> int:
    newest = Plan.objects.filter(maker_id=maker_id).aggregate(newest=Max("version"))["newest"]
    return int(newest or 0) + 1


def hold_still(problem: kernel.PlanningProblem, placements: Collection[kernel.Placement]) -> kernel.PlanningProblem:
    """The problem with further lots frozen; one that was frozen elsewhere is frozen here instead."""
    names = {placement.order for placement in placements}
    return replace(
        problem,
        frozen=(*(x for x in problem.frozen if x.order not in names), *placements),
        previous=tuple(x for x in problem.previous if x.order not in names),
    )


def as_json(problem: kernel.PlanningProblem) -> dict[str, object]:
    """The problem in the instance format, for the run's record."""
    most = {} if problem.most_line_changes is None else {"most_line_changes": problem.most_line_changes}
    return most | {
        "name": problem.name,
        "time_unit": problem.time_unit,
        "lines": [
            {"id": x.id, "initial_family": x.initial_family, "calendar": [list(y) for y in x.calendar or ()]}
            for x in problem.lines
        ],
        "families": list(problem.families),
        "changeover": {
            "minutes": [list(row) for row in problem.changeover.minutes],
            "cost": [list(row) for row in problem.changeover.cost],
            "waits_for_release": problem.changeover.waits_for_release,
        },
        "orders": [
            {
                "id": x.id,
                "family": x.family,
                "release": x.release,
                "due": x.due,
                "deadline": x.deadline,
                "tardiness_weight": x.tardiness_weight,
                "earliness_weight": x.earliness_weight,
                "minutes": dict(x.minutes),
            }
            for x in problem.orders
        ],
        "objective": {
            name: getattr(problem.objective, name)
            for name in ("tardiness", "changeover_minutes", "changeover_cost", "earliness", "line_change")
        },
        "frozen": [{"order": x.order, "line": x.line, "start": x.start} for x in problem.frozen],
        "previous": [{"order": x.order, "line": x.line, "start": x.start} for x in problem.previous],
    }
