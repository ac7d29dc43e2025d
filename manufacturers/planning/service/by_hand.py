"""What a planner does to the plan by hand: put a lot elsewhere, hold it there, let it go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from demand import locking
from demand.errors import NotThere
from manufacturers.models import Lot, Maker, Plan
from manufacturers.offering import steps as offering
from manufacturers.offering.service.members import planner
from manufacturers.planning import kernel, steps, trials
from manufacturers.planning.errors import SET_ASIDE, DoesNotFit, PlanMoved
from manufacturers.planning.kernel.bound import lower_bound
from manufacturers.planning.kernel.clock import Clock
from manufacturers.planning.reads import situation as reading
from manufacturers.planning.reads.situation import Situation
from manufacturers.planning.service.replanning import store_current

SECONDS = 0.5
# How many lots in the way are put behind the moved one before a search is asked where they could go.
IN_THE_WAY = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedLot:
    """Where a lot stands after a move; the moved one and those that it pushes."""

    order_public_id: str
    name: str
    line_id: int
    changeover_start: datetime
    starts_at: datetime
    ends_at: datetime
    late_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A plan in figures: weighted cost, late lots, minutes late of all of them, minutes of changeover."""

    cost: int
    late: int
    late_minutes: int
    changeover_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a move does: the figures before and after, every lot that stands elsewhere, and the plan it made, if any.

    ``newly_late`` names lots that were on time before, the latest first.
    """

    before: Standing
    after: Standing
    lots: tuple[MovedLot, ...]
    newly_late: tuple[MovedLot, ...]
    plan_id: int | None = None
    version: int | None = None

    @property
    def difference(self) -> int:
        """What the move costs, weighted; below 0 it saves."""
        return self.after.cost - self.before.cost


def try_move(*, plan_id: int, lot_id: int, line_id: int, starts_at: datetime, now: datetime) -> Moved:
    """What :func:`move_lot` would do, with nothing stored. Raises as it does."""
    return _effect(*_moved(plan_id, lot_id, line_id, starts_at, now))


def move_lot(*, member_id: int, plan_id: int, lot_id: int, line_id: int, starts_at: datetime, now: datetime) -> Moved:
    """Fix a lot on a line at a moment and make that the current plan; the others keep line and sequence and make room.

    A moment when the line is closed becomes the next at which it is open. Only where pushing breaks a rule is a search
    asked for other places. Raises :class:`DoesNotFit` with the reason, :class:`PlanMoved` where the plan is no longer
    the current one. A repeat of a move that stands changes nothing more than the version.
    """
    maker_id = planner(member_id).maker_id
    if not Plan.objects.filter(pk=plan_id, maker_id=maker_id).exists():
        raise NotThere
    situation, solved = _moved(plan_id, lot_id, line_id, starts_at, now)
    stored = store_current(situation, solved, run_id=None, now=now)
    if stored is None:
        raise PlanMoved
    return replace(_effect(situation, solved), plan_id=stored.plan_id, version=stored.version)


def undo_move(*, member_id: int, plan_id: int, now: datetime) -> Moved:
    """Make what stood before the current plan stand again: every lot's line and moment, and which were fixed.

    Orders that are new since keep their place as far as there is room; a lot whose moment is over begins as soon as it
    can. Raises :class:`PlanMoved` where the plan is no longer the current one or what stood before it is gone,
    :class:`DoesNotFit` where there is no room any more.
    """
    maker_id = planner(member_id).maker_id
    plan = Plan.objects.filter(pk=plan_id, maker_id=maker_id).first()
    if plan is None:
        raise NotThere
    situation = reading.read(maker_id, now=now)
    if situation.plan is None or situation.plan.pk != plan_id or plan.based_on_id is None:
        raise PlanMoved
    earlier = {
        str(lot.order_id): lot
        for lot in Lot.objects.filter(plan=plan.based_on_id)
        if str(lot.order_id) in situation.orders and str(lot.line_id) in situation.lines
    }
    solved = _searched(situation, _as_before(situation, earlier), iterations=0)
    if set(solved.aside) - _set_aside_anyway(situation):
        raise DoesNotFit(reason=_("that time is over"))
    fixed = tuple(x for x in solved.problem.frozen if x.order not in earlier or earlier[x.order].frozen)
    problem = replace(solved.problem, frozen=fixed)
    # Every lot was held still, which says nothing of how far the plan is from the best one.
    solved = replace(solved, problem=problem, status="feasible", bound=min(solved.bound, lower_bound(problem)))
    stored = store_current(situation, solved, run_id=None, now=now)
    if stored is None:
        raise PlanMoved
    return replace(_effect(situation, solved), plan_id=stored.plan_id, version=stored.version)


def _as_before(situation: Situation, earlier: Mapping[str, Lot]) -> kernel.PlanningProblem:
    """The problem with the lots of an earlier plan held where they stood, those that are still to come."""
    places = {key: reading.placement(situation, lot) for key, lot in earlier.items()}
    standing = set(situation.problem.frozen) & set(places.values())
    ahead = {key for key, lot in earlier.items() if lot.changeover_start >= situation.now or places[key] in standing}
    problem = reading.hold_still(situation.problem, list(places.values()))
    return replace(
        problem,
        frozen=tuple(x for x in problem.frozen if x.order in ahead or x.order not in places),
        previous=(*problem.previous, *(place for key, place in places.items() if key not in ahead)),
    )


def _moved(
    plan_id: int, lot_id: int, line_id: int, starts_at: datetime, now: datetime
) -> tuple[Situation, steps.Solved]:
    lot = Lot.objects.filter(pk=lot_id, plan_id=plan_id).select_related("plan").first()
    if lot is None:
        raise NotThere
    situation = reading.read(lot.plan.maker_id, now=now)
    if situation.plan is None or situation.plan.pk != plan_id:
        raise PlanMoved
    key, line = str(lot.order_id), str(line_id)
    if key not in situation.orders or line not in situation.lines:
        raise DoesNotFit(reason=_("the lot is finished, or the line is not in use"))
    if reading.whole_minute(starts_at) < situation.now:
        raise DoesNotFit(field="starts_at", reason=_("that time is over"))
    start = _open_minute(situation, line, situation.minute(starts_at))
    behind = trials.behind_known(situation.problem, situation.waits)
    if key in situation.waits and start < next(x.release for x in behind.orders if x.id == key):
        raise DoesNotFit(field="starts_at", reason=_("its trial batch is not made and looked at by then"))
    placement = kernel.Placement(order=key, line=line, start=start)
    return situation, _pushed(situation, reading.hold_still(situation.problem, [placement]), placement)


def _open_minute(situation: Situation, line: str, minute: int) -> int:
    """The moment itself, or the next at which the line is open."""
    clock = Clock(next(one for one in situation.problem.lines if one.id == line))
    return clock.start_at(clock.worked(minute)) if clock.opens else minute


def _pushed(situation: Situation, problem: kernel.PlanningProblem, moved: kernel.Placement) -> steps.Solved:
    """The plan with one lot fixed: no search, unless no amount of pushing makes room. Raises :class:`DoesNotFit`.

    Other fixed lots that the calendar no longer allows are let loose, as when a plan is made anew.
    """
    known = _set_aside_anyway(situation)
    held = frozenset({moved.order})
    problem = _behind(problem, moved, _standing_at(situation, moved))
    for _round in range(IN_THE_WAY):
        solved = _searched(situation, problem, held, iterations=0)
        if not set(solved.aside) - known:
            return solved
        before = [x for x in problem.previous if x.line == moved.line and x.start <= moved.start]
        if not before:
            break
        problem = _behind(problem, moved, {max(before, key=lambda x: x.start).order})
    solved = _searched(situation, problem, held, seconds=SECONDS)
    broken = sorted(set(solved.aside) - known, key=lambda key: key != moved.order)
    if broken:
        reason = _in_the_way(situation, moved) if broken[0] == moved.order else ""
        raise DoesNotFit(reason=reason or str(SET_ASIDE[solved.aside[broken[0]]]))
    return solved


def _in_the_way(situation: Situation, moved: kernel.Placement) -> str:
    """What keeps the moved lot itself from standing there, by name; empty where it is nothing of the line's."""
    line, order = situation.lines[moved.line], situation.orders[moved.order]
    minutes = next(x.minutes for x in situation.problem.orders if x.id == moved.order).get(moved.line)
    if minutes is None:
        return _("line %(line)s does not make this product family") % {"line": line.code}
    clock = Clock(next(one for one in situation.problem.lines if one.id == moved.line))
    done = clock.worked(moved.start) + minutes
    if done > clock.capacity:
        return _("line %(line)s has too few working hours after that") % {"line": line.code}
    end = clock.end_at(done)
    if order.deadline_at is not None and situation.moment(end) > order.deadline_at:
        return _("it would end after its deadline")
    fixed = {x.order for x in situation.problem.frozen if x.order != moved.order}
    stands = [
        lot.order
        for lot in situation.lots
        if str(lot.order_id) in fixed
        and lot.line_id == line.pk
        and lot.changeover_start < situation.moment(end)
        and lot.ends_at > situation.moment(moved.start)
    ]
    if not stands:
        return ""
    return _("lot %(lot)s is fixed there") % {"lot": f"{stands[0].release.number}-{stands[0].part}"}


def _set_aside_anyway(situation: Situation) -> set[str]:
    """Orders that no place was found for before anything was moved, such as fixed lots that overlap each other."""
    known = {key for key, order in situation.orders.items() if order.state == "set_aside"}
    return known | set(_searched(situation, situation.problem, iterations=0).aside)


def _searched(
    situation: Situation, problem: kernel.PlanningProblem, held: frozenset[str] = frozenset(), **limits: Any
) -> steps.Solved:
    """Plan with what waits for a trial behind it; ``held`` stays where it is fixed."""
    limited = kernel.SolveLimits(**limits)
    return steps.solve(problem, waits=situation.waits, started=held, limits=limited, seed=0)


def _standing_at(situation: Situation, moved: kernel.Placement) -> set[str]:
    """The lots that are being made on the line when the moved one is to begin."""
    at = situation.moment(moved.start)
    return {
        str(lot.order_id)
        for lot in situation.lots
        if str(lot.line_id) == moved.line and lot.starts_at < at < lot.ends_at
    }


def _behind(problem: kernel.PlanningProblem, moved: kernel.Placement, orders: set[str]) -> kernel.PlanningProblem:
    """The problem with these lots next in sequence after the moved one; what is frozen stays."""
    return replace(
        problem,
        previous=tuple(replace(x, start=moved.start + 1) if x.order in orders else x for x in problem.previous),
    )


def _effect(situation: Situation, solved: steps.Solved) -> Moved:
    plan, old = situation.plan, {str(lot.order_id): lot for lot in situation.lots}
    lots = [
        lot
        for lot in (_lot(situation, solved, x) for x in solved.plan.lots)
        if (known := old.get(lot[0])) is None
        or (known.line_id, known.starts_at, known.ends_at) != (lot[1].line_id, lot[1].starts_at, lot[1].ends_at)
    ]
    fresh = [lot for key, lot in lots if lot.late_minutes and key in old and not old[key].late_minutes]
    return Moved(
        before=Standing(
            cost=plan.objective if plan else 0,
            late=sum(lot.late_minutes > 0 for lot in situation.lots),
            late_minutes=sum(lot.late_minutes for lot in situation.lots),
            changeover_minutes=plan.changeover_minutes if plan else 0,
        ),
        after=Standing(
            cost=solved.objective,
            late=len(solved.late),
            late_minutes=sum(minutes for minutes, _why in solved.late.values()),
            changeover_minutes=solved.changeover_minutes,
        ),
        lots=tuple(lot for _key, lot in lots),
        newly_late=tuple(sorted(fresh, key=lambda lot: (-lot.late_minutes, lot.name))),
    )


def _lot(situation: Situation, solved: steps.Solved, lot: kernel.Lot) -> tuple[str, MovedLot]:
    order = situation.orders[lot.order]
    return lot.order, MovedLot(
        order_public_id=str(order.public_id),
        name=f"{order.release.number}-{order.part}",
        line_id=int(lot.line),
        changeover_start=situation.moment(lot.changeover_start),
        starts_at=situation.moment(lot.start),
        ends_at=situation.moment(lot.end),
        late_minutes=solved.late.get(lot.order, (0, ""))[0],
    )


def freeze(*, member_id: int, plan_id: int, lot_id: int, frozen: bool, now: datetime) -> bool:
    """Hold a lot where it stands, or let it go (then a new plan is asked for); whether anything changed.

    One transaction; locks the maker, then the plan. A lot that started or begins within the frozen hours is held again
    by the next plan. Raises :class:`PlanMoved` where the plan is no longer the current one.
    """
    with locking.transaction():
        maker_id = planner(member_id).maker_id
        locked = locking.lock((Maker, [maker_id]), (Plan, [plan_id]))
        plan = locked.get(Plan, plan_id)
        if plan is None or plan.maker_id != maker_id:
            raise NotThere
        if plan.state != Plan.State.CURRENT:
            raise PlanMoved
        changed = Lot.objects.filter(plan=plan, pk=lot_id, frozen=not frozen).update(frozen=frozen)
        if changed and not frozen:
            offering.ask_replan(locked.all(Maker)[0], now)
        return bool(changed)
