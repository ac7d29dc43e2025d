"""What would mend a plan's lateness: worked out after it was stored, and kept with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from demand import locking
from manufacturers.models import Plan
from manufacturers.planning import steps
from manufacturers.planning.kernel import mending
from manufacturers.planning.kernel.feasible import set_aside
from manufacturers.planning.reads import situation as reading
from manufacturers.planning.reads.situation import Situation
from manufacturers.planning.trials import behind_known

SHIFT_MINUTES = 480
ITERATIONS = 60_000
HOUR = timedelta(hours=1)


def mend(*, plan_id: int, seed: int, seconds: float, now: datetime) -> bool:
    """Work out which single shift more would bring late lots on time, and keep that with the plan; whether it was kept.

    Searches outside any transaction, at most ``ITERATIONS`` moves a line and about ``seconds`` in all. The shift begins
    once the frozen hours are over. A plan that is not, or no longer, the current one is left alone. Safe to repeat.
    """
    maker_id = Plan.objects.filter(pk=plan_id, state=Plan.State.CURRENT).values_list("maker_id", flat=True).first()
    if maker_id is None:
        return False
    situation = reading.read(maker_id, now=now)
    if situation.plan is None or situation.plan.pk != plan_id:
        return False
    found = _found(situation, seed, seconds)
    with locking.transaction():
        kept = Plan.objects.filter(pk=plan_id, state=Plan.State.CURRENT).update(mends=found)
    return bool(kept)


def _found(situation: Situation, seed: int, seconds: float) -> list[dict[str, Any]]:
    started = frozenset(key for key, order in situation.orders.items() if order.state == "started")
    problem, _aside = set_aside(steps.loosened(behind_known(situation.problem, situation.waits), started))
    known = {order.id for order in problem.orders}
    plan = reading.placed(situation)
    found = mending.mends(
        problem,
        replace(plan, lots=tuple(lot for lot in plan.lots if lot.order in known)),
        minutes=SHIFT_MINUTES,
        after=_first_minute(situation),
        iterations=ITERATIONS,
        seconds=seconds,
        seed=seed,
    )
    return [_as_json(situation, one) for one in found]


def _first_minute(situation: Situation) -> int:
    """The first whole hour after the frozen hours."""
    near = situation.now + timedelta(hours=situation.maker.frozen_hours)
    return situation.minute(near.replace(minute=0) + (HOUR if near.minute else timedelta(0)))


def _as_json(situation: Situation, one: mending.Mend) -> dict[str, Any]:
    return {
        "line": int(one.line),
        "starts_at": situation.moment(one.opens).isoformat(),
        "ends_at": situation.moment(one.closes).isoformat(),
        "on_time": [int(key) for key in one.on_time],
        "late_now": one.late_now,
        "late": one.late,
        "less_late": one.less_late,
    }
