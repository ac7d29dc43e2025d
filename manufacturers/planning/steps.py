"""Steps that several planning services compose: solving outside any transaction, and storing a plan inside one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from demand import outbox
from demand.notices import Message, tell
from manufacturers.models import Lot, MakerMember, Plan, ProductionOrder
from manufacturers.planning import kernel, trials
from manufacturers.planning.errors import PlanBroken
from manufacturers.planning.kernel.bound import lower_bound
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
    waits: trials.Waits,
    started: frozenset[str] = frozenset(),
    limits: kernel.SolveLimits,
    seed: int,
) -> Solved:
    """Plan what can be planned. Lots that no longer fit where they were fixed are let loose unless they ``started``.

    What ``waits`` for a trial stands behind it; where the first search puts it before, a second one holds the trials
    still. The bound is then that without trials. Opens no transaction. Orders that cannot be planned are set aside with
    their reason. Raises :class:`PlanBroken` where the verifier finds a broken rule.
    """
    asked = {order.id: order for order in problem.orders}
    problem = loosened(trials.behind_known(problem, waits), started)
    problem, outcome, plan, aside = _placed(problem, waits, limits, seed)
    behind = trials.behind_planned(problem, waits, plan)
    if behind is not problem:
        early = {x.order for x in problem.frozen} - {x.order for x in behind.frozen}
        fixed = problem.frozen
        behind, outcome, plan, more = _placed(behind, waits, limits, seed)
        problem = replace(behind, frozen=tuple(x for x in fixed if x.order not in early | more.keys()))
        aside |= more
    if waits:
        free = replace(problem, orders=tuple(asked[order.id] for order in problem.orders))
        outcome = replace(outcome, status="feasible", bound=lower_bound(free))
    return _solved(problem, outcome, plan, aside, waits)


def _placed(
    problem: kernel.PlanningProblem, waits: trials.Waits, limits: kernel.SolveLimits, seed: int
) -> tuple[kernel.PlanningProblem, kernel.Outcome, kernel.Plan, dict[str, str]]:
    """The problem without what cannot be planned, its outcome with the plan, and why the rest was set aside."""
    found: tuple[kernel.Unmet, ...] = ()
    aside: dict[str, str] = {}
    for _round in range(MAX_ROUNDS + 1):
        problem, unmet = set_aside(problem, found)
        aside |= {one.order: str(one.code) for one in unmet}
        problem, aside = _without_trial(problem, aside, waits)
        outcome = kernel.solve(problem, limits=limits, seed=seed)
        if outcome.plan is None and problem.most_line_changes is not None:
            problem = replace(
                problem, most_line_changes=None
            )  # no order is set aside for the sake of other lots' lines
            outcome = kernel.solve(problem, limits=limits, seed=seed)
        if outcome.plan is not None:
            return problem, outcome, outcome.plan, aside
        if not outcome.unmet:
            break
        found = outcome.unmet
    raise PlanBroken(rules=outcome.status)


def _without_trial(
    problem: kernel.PlanningProblem, aside: dict[str, str], waits: trials.Waits
) -> tuple[kernel.PlanningProblem, dict[str, str]]:
    rest = trials.without_trial(waits, aside)
    if not rest:
        return problem, aside
    named = tuple(kernel.Unmet(order=key, code="FROZEN", reason="its trial has no place") for key in rest)
    return set_aside(problem, named)[0], aside | dict.fromkeys(rest, "TRIAL")


def _solved(
    problem: kernel.PlanningProblem,
    outcome: kernel.Outcome,
    plan: kernel.Plan,
    aside: Mapping[str, str],
    waits: trials.Waits,
) -> Solved:
    broken = violations(problem, plan)
    if broken:
        raise PlanBroken(rules="; ".join(broken[:5]))
    parts = cost(problem, plan)
    late = {x.order: (x.late_by, str(x.cause)) for x in late_reasons(problem, plan)}
    behind = {x: (minutes, "trial") for x, (minutes, why) in late.items() if x in waits and why == "late_release"}
    return Solved(
        problem=problem,
        plan=plan,
        status=outcome.status,
        objective=parts.total,
        bound=outcome.bound,
        tardiness=parts.tardiness,
        changeover_minutes=parts.changeover_minutes,
        aside=aside,
        late=late | behind,
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
    """Name the orders that could not be planned, and take the name from those that can be again.

    What was started keeps its state: it is being made, though no plan holds it.
    """
    for key, code in aside.items():
        rows = ProductionOrder.objects.filter(pk=int(key))
        rows.filter(state__in=["planned", "set_aside"]).update(state=ProductionOrder.State.SET_ASIDE, problem=code)
        rows.filter(state="started").update(problem=code)
    back = [order.pk for key, order in situation.orders.items() if order.problem and key not in aside]
    ProductionOrder.objects.filter(pk__in=back, state="set_aside").update(state="planned", problem="")
    ProductionOrder.objects.filter(pk__in=back, state="started").update(problem="")


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
