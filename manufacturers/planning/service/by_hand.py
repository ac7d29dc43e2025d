"""What a planner does to the plan by hand: put a lot elsewhere, hold it there, let it go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from demand import locking
from demand.errors import NotThere
from manufacturers.models import Lot, Maker, Plan
from manufacturers.offering import steps as offering
from manufacturers.offering.service.members import planner
from manufacturers.planning import kernel, steps
from manufacturers.planning.errors import SET_ASIDE, DoesNotFit, PlanMoved
from manufacturers.planning.reads import situation as reading
from manufacturers.planning.reads.situation import Situation
from manufacturers.planning.service.replanning import store_current

SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a move does: weighted cost and late lots before and after, and the plan it made, if it was stored."""

    cost_before: int
    cost_after: int
    late_before: int
    late_after: int
    plan_id: int | None = None
    version: int | None = None

    @property
    def difference(self) -> int:
        """What the move costs; below 0 it saves."""
        return self.cost_after - self.cost_before


def try_move(*, plan_id: int, lot_id: int, line_id: int, starts_at: datetime, now: datetime) -> Moved:
    """What :func:`move_lot` would do, with nothing stored. Raises as it does."""
    situation, solved = _moved(plan_id, lot_id, line_id, starts_at, now)
    return _effect(situation, solved)


def move_lot(*, member_id: int, plan_id: int, lot_id: int, line_id: int, starts_at: datetime, now: datetime) -> Moved:
    """Fix a lot on a line at a moment, move the others as little as that takes, and make it the current plan.

    Raises :class:`DoesNotFit` with the reason, :class:`PlanMoved` where the plan is no longer the current one.
    A repeat of a move that stands changes nothing more than the version.
    """
    maker_id = planner(member_id).maker_id
    if not Plan.objects.filter(pk=plan_id, maker_id=maker_id).exists():
        raise NotThere
    situation, solved = _moved(plan_id, lot_id, line_id, starts_at, now)
    effect = _effect(situation, solved)
    stored = store_current(situation, solved, run_id=None, now=now)
    if stored is None:
        raise PlanMoved
    return Moved(
        cost_before=effect.cost_before,
        cost_after=effect.cost_after,
        late_before=effect.late_before,
        late_after=effect.late_after,
        plan_id=stored.plan_id,
        version=stored.version,
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
    placement = kernel.Placement(order=key, line=line, start=situation.minute(starts_at))
    problem = reading.hold_still(situation.problem, [placement])
    solved = steps.solve(problem, limits=kernel.SolveLimits(seconds=SECONDS), seed=0, loosen=False)
    if key in solved.aside:
        raise DoesNotFit(reason=str(SET_ASIDE[solved.aside[key]]))
    return situation, solved


def _effect(situation: Situation, solved: steps.Solved) -> Moved:
    plan = situation.plan
    return Moved(
        cost_before=plan.objective if plan else 0,
        cost_after=solved.objective,
        late_before=sum(lot.late_minutes > 0 for lot in situation.lots),
        late_after=len(solved.late),
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
