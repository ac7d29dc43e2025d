"""Steps that several planning services compose: solving outside any transaction, and storing a plan inside one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from demand import outbox
from demand.notices import Message, tell
from manufacturers.models import Lot, MakerMember, Plan, ProductionOrder
from manufacturers.planning import kernel
from manufacturers.planning.errors import PlanBroken
from manufacturers.planning.kernel.explain import late_reasons
from manufacturers.planning.kernel.feasible import impossible, set_aside
from manufacturers.planning.kernel.verify import cost, violations
from manufacturers.planning.reads.situation import Situation, next_version

MAX_ROUNDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """A verified plan for what could be planned, and why the rest was set aside (order key to code)."""

    problem: kernel.PlanningProblem
    plan: kernel.Plan
    status: str
    objective: int
    bound: int
    tardiness: int
    changeover_minutes: int
    aside: Mapping[str, str]
    late: Mapping[str, tuple[int, str]]


def solve(
    problem: kernel.PlanningProblem,
    *,
    started: frozenset[str] = frozenset(),
    limits: kernel.SolveLimits,
    seed: int,
    loosen: bool = True,
) -> Solved:
    """Plan what can be planned. Lots that no longer fit where they were fixed are let loose unless they ``started``.

    Opens no transaction. Orders that cannot be planned are set aside with their reason. Raises :class:`PlanBroken`
    where the verifier finds a broken rule.
    """
    if loosen:
        problem = loosened(problem, started)
    problem, unmet = set_aside(problem)
    aside = {one.order: str(one.code) for one in unmet}
    outcome = kernel.solve(problem, limits=limits, seed=seed)
    for _round in range(MAX_ROUNDS):
        if outcome.plan is not None or not outcome.unmet:
            break
        problem, unmet = set_aside(problem, outcome.unmet)
        aside |= {one.order: str(one.code) for one in unmet}
        outcome = kernel.solve(problem, limits=limits, seed=seed)
    if outcome.plan is None:
        raise PlanBroken(rules=outcome.status)
    broken = violations(problem, outcome.plan)
    if broken:
        raise PlanBroken(rules="; ".join(broken[:5]))
    parts = cost(problem, outcome.plan)
    return Solved(
        problem=problem,
        plan=outcome.plan,
        status=outcome.status,
        objective=parts.total,
        bound=outcome.bound,
        tardiness=parts.tardiness,
        changeover_minutes=parts.changeover_minutes,
        aside=aside,
        late={x.order: (x.late_by, str(x.cause)) for x in late_reasons(problem, outcome.plan)},
    )


def loosened(problem: kernel.PlanningProblem, started: frozenset[str]) -> kernel.PlanningProblem:
    """The problem with those lots free to go elsewhere that no longer fit where they were fixed and did not start."""
    loose = {x.order for x in impossible(problem) if x.code == "FROZEN"} - started
    return replace(
        problem,
        frozen=tuple(x for x in problem.frozen if x.order not in loose),
        previous=(*problem.previous, *(x for x in problem.frozen if x.order in loose)),
    )


def store(
    situation: Situation,
    solved: Solved,
    *,
    state: str,
    now: datetime,
    run_id: int | None = None,
    title: str = "",
    changes: dict[str, object] | None = None,
) -> Plan:
    """Store a solved plan with its lots; a current one replaces the one before. The caller holds the maker."""
    if state == Plan.State.CURRENT:
        Plan.objects.filter(maker=situation.maker, state=Plan.State.CURRENT).update(state=Plan.State.SUPERSEDED)
    lots = [lot for lot in solved.plan.lots if lot.order in situation.orders and lot.line in situation.lines]
    ends = [situation.moment(lot.end) for lot in solved.plan.lots]
    plan = Plan.objects.create(
        maker=situation.maker,
        version=next_version(situation.maker.pk),
        state=state,
        based_on=situation.plan,
        run_id=run_id,
        title=title,
        changes=changes or {},
        status=solved.status,
        objective=solved.objective,
        bound=solved.bound,
        tardiness=solved.tardiness,
        changeover_minutes=solved.changeover_minutes,
        starts_at=situation.origin,
        ends_at=max([situation.now, *ends]),
        created_at=now,
    )
    frozen = {x.order for x in solved.problem.frozen}
    rows = [_row(situation, plan, lot, frozen, solved.late.get(lot.order, (0, ""))) for lot in lots]
    Lot.objects.bulk_create(rows + [_as_it_was(plan, lot) for lot in situation.done])
    return plan


def _row(situation: Situation, plan: Plan, lot: kernel.Lot, frozen: set[str], late: tuple[int, str]) -> Lot:
    order = situation.orders[lot.order]
    return Lot(
        plan=plan,
        order=order,
        line=situation.lines[lot.line],
        units=order.units,
        changeover_start=situation.moment(lot.changeover_start),
        starts_at=situation.moment(lot.start),
        ends_at=situation.moment(lot.end),
        late_minutes=late[0],
        late_reason=late[1],
        frozen=lot.order in frozen,
    )


def _as_it_was(plan: Plan, lot: Lot) -> Lot:
    return Lot(
        plan=plan,
        order_id=lot.order_id,
        line_id=lot.line_id,
        units=lot.units,
        changeover_start=lot.changeover_start,
        starts_at=lot.starts_at,
        ends_at=lot.ends_at,
        late_minutes=lot.late_minutes,
        late_reason=lot.late_reason,
        frozen=True,
    )


def mark_set_aside(situation: Situation, aside: Mapping[str, str]) -> None:
    """Name the orders that could not be planned, and take the name from those that can be again."""
    for key, code in aside.items():
        rows = ProductionOrder.objects.filter(pk=int(key), state__in=["planned", "set_aside"])
        rows.update(state=ProductionOrder.State.SET_ASIDE, problem=code)
    back = [order.pk for key, order in situation.orders.items() if order.state == "set_aside" and key not in aside]
    ProductionOrder.objects.filter(pk__in=back, state="set_aside").update(state="planned", problem="")


def say_changed(plan: Plan, now: datetime) -> None:
    """Write ``plan.changed`` and tell the maker's members; an empty plan is no news."""
    outbox.write(
        "plan.changed",
        aggregate="plan",
        aggregate_id=plan.pk,
        revision=plan.version,
        payload={"maker_id": plan.maker_id, "plan_id": plan.pk},
        now=now,
    )
    if not Lot.objects.filter(plan=plan).exists():
        return
    users = MakerMember.objects.filter(maker_id=plan.maker_id).order_by("pk").values_list("user_id", flat=True)
    tell(
        [
            Message(
                user_id=user,
                kind="maker.plan",
                params={"version": plan.version},
                event_key=f"maker.plan:{plan.pk}",
                link="/maker/plan/",
            )
            for user in users
        ],
        now=now,
    )
