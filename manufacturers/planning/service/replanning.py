"""The plan of a maker, made anew when something changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from demand import locking, runs
from manufacturers.models import Maker, Plan
from manufacturers.offering import steps as offering
from manufacturers.planning import kernel, steps
from manufacturers.planning.errors import PlanMoved
from manufacturers.planning.kernel.verify import violations
from manufacturers.planning.reads import situation as reading
from manufacturers.planning.reads.situation import Situation

MAX_TRIES = 3
# How many lots may change line for each order that is new, where nothing else upset the plan.
MOVES_BY_NEW_ORDER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The plan that is current after the call; ``set_aside`` maps orders that could not be planned to a code."""

    plan_id: int
    version: int
    status: str
    objective: int
    bound: int
    lots: int
    late: int
    set_aside: dict[int, str]


def replan(
    *,
    maker_id: int,
    seed: int,
    seconds: float,
    claimed_by: str = "",
    requested_by_id: int | None = None,
    now: datetime,
) -> Planned:
    """Plan a maker's open orders anew: what started or stands near keeps its place, the rest moves little.

    Reads, solves outside any transaction for at most ``seconds``, checks, and stores the plan as the current one only
    while what it was made from still stands; else it reads again. Writes ``plan.changed``, leaves a run row, and marks
    orders that could not be planned. Raises ``AlreadyRunning``, :class:`PlanMoved` when it never stood still.
    """
    limits = kernel.SolveLimits(seconds=seconds)
    code = Maker.objects.filter(pk=maker_id).values_list("code", flat=True).first() or ""
    with runs.recorded(
        stage="planning",
        subject=code,
        now=now,
        claimed_by=claimed_by,
        seed=seed,
        limits={"seconds": seconds},
        time_limit_seconds=int(seconds) * MAX_TRIES + 120,
        requested_by_id=requested_by_id,
    ) as note:
        for _try in range(MAX_TRIES):
            situation = with_few_moves(reading.read(maker_id, now=now))
            started = frozenset(key for key, order in situation.orders.items() if order.state == "started")
            solved = steps.solve(situation.problem, waits=situation.waits, started=started, limits=limits, seed=seed)
            note.input_hash, note.problem = situation.input_hash(), reading.as_json(situation.problem)
            note.status, note.objective, note.bound = solved.status, solved.objective, solved.bound
            note.counts = {"lots": len(solved.plan.lots), "set_aside": len(solved.aside), "late": len(solved.late)}
            stored = store_current(situation, solved, run_id=note.run_id, now=now)
            if stored is not None:
                return stored
    raise PlanMoved


def with_few_moves(situation: Situation) -> Situation:
    """The situation, with a limit of how many lots change line where the plan would still do but for new orders.

    Where it would not (a line is closed, an order became larger, a lot did not start in time) any number may.
    """
    problem, before = situation.problem, reading.placed(situation)
    planned = {lot.order for lot in before.lots}
    known = tuple(order for order in problem.orders if order.id in planned)
    new = len(problem.orders) - len(known)
    if not known or not new or violations(replace(problem, orders=known), before):
        return situation
    return replace(situation, problem=replace(problem, most_line_changes=MOVES_BY_NEW_ORDER * new))


def store_current(situation: Situation, solved: steps.Solved, *, run_id: int | None, now: datetime) -> Planned | None:
    """Make a solved plan the current one; ``None``, with nothing stored, where orders or the plan moved meanwhile.

    One transaction; locks the maker, then its current plan.
    """
    with locking.transaction():
        plans = [situation.plan.pk] if situation.plan else []
        locked = locking.lock((Maker, [situation.maker.pk]), (Plan, plans))
        if not still_current(situation, locked):
            return None
        plan = steps.store(situation, solved, state=Plan.State.CURRENT, now=now, run_id=run_id)
        steps.mark_set_aside(situation, solved.aside)
        Maker.objects.filter(pk=situation.maker.pk).update(plan_dirty_at=None)
        steps.say_changed(plan, now)
    return Planned(
        plan_id=plan.pk,
        version=plan.version,
        status=plan.status,
        objective=plan.objective,
        bound=plan.bound,
        lots=len(solved.plan.lots),
        late=len(solved.late),
        set_aside={int(key): code for key, code in solved.aside.items()},
    )


def still_current(situation: Situation, locked: locking.Locked) -> bool:
    """Whether orders, calendars and plan are those the situation was read from; the caller holds the maker."""
    maker = locked.get(Maker, situation.maker.pk)
    current = Plan.objects.filter(maker_id=situation.maker.pk, state=Plan.State.CURRENT).values_list("pk", flat=True)
    known = [situation.plan.pk] if situation.plan else []
    return maker is not None and maker.plan_dirty_at == situation.maker.plan_dirty_at and list(current) == known


def request(*, maker_id: int, now: datetime) -> None:
    """Ask for a new plan; a worker makes it."""
    with locking.transaction():
        maker = locking.lock((Maker, [maker_id])).get(Maker, maker_id)
        if maker is not None:
            offering.ask_replan(maker, now)
