"""Solve: small problems exactly, others by search and bound; then whole lines, recomputed from the lines.

Between the two, where seconds are given, the search comes first and HiGHS takes most of the time.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from .exact import places, solve_exactly
from .mixed import Places, fillable, solve_mixed
from .model import Model, compile_model
from .plan import ceiling_bound, plan_of, surplus_permille
from .problem import Ints, Outcome, Proposals, ProposingProblem, SolveLimits
from .pursuing import pursue
from .sampling import sampled
from .search import Search, place

MOST_PLACES = 3_000  # line x candidate variables that are solved exactly
EXACT_SECONDS = 60.0  # for problems small enough to be proven, where only rounds are limited
MIXED_PLACES = 20_000  # variables of problems that HiGHS goes on with after the search, where seconds limit both
SEARCHED = 0.25  # share of the seconds that the search then gets
SAMPLED = 0.35  # share of the seconds for a part of the lines first, where they are many
PLACE_SECONDS = 6e-6  # kept back for each line: placing them one by one and writing the plan down
FINALISTS = 4  # sets whose lines are placed one by one at the end


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """A plan with its recomputed surplus; ``plan`` None when none is known."""

    plan: Proposals | None
    objective: int


def solve(problem: ProposingProblem, *, limits: SolveLimits, seed: int, warm_start: Proposals | None = None) -> Outcome:
    """Open bulk orders and put whole lines on them at the largest surplus.

    At most ``max_orders`` orders, each an offer with a specification it makes at one of its tiers; a line on at most
    one order that it accepts, in time and at most at its ceiling; every order at least MOQ and tier minimum, all of an
    offer's within its capacity; fixed orders open, each the only one of its offer and specification. The objective is
    recomputed from the plan, the bound comes from a Lagrangian relaxation (see ``bound``) or, for small problems, from
    the exact solver. Checked against brute force and by ``verify.violations``. Equal problem, limits in iterations,
    seed and library versions give an equal plan with one worker; seconds, and a second worker, do not.
    Without any allowance the empty plan is returned, or status ``unknown`` where orders are fixed.
    """
    started = time.monotonic()

    def out_of_time(ahead: float = 0.0) -> bool:
        return limits.seconds is not None and time.monotonic() - started + ahead >= limits.seconds

    def outcome(answer: _Answer, bound: int, *, impossible: bool = False) -> Outcome:
        status = "infeasible" if impossible else "unknown" if answer.plan is None else "feasible"
        if answer.plan is not None:
            bound = max(bound, answer.objective)
            status = "optimal" if bound == answer.objective else status
        return Outcome(
            status=status,
            plan=answer.plan,
            objective=answer.objective,
            bound=bound,
            seconds=time.monotonic() - started,
        )

    nothing = _Answer(plan=None if problem.fixed else Proposals(), objective=0)
    bound = ceiling_bound(problem)
    if _contradicts(problem):
        return outcome(nothing, 0, impossible=True)
    if bound == 0 and not problem.fixed:
        return outcome(nothing, 0)
    if limits.iterations == 0 or out_of_time():
        return outcome(nothing, bound)
    known = warm_start or _of_a_part(problem, limits, seed)
    model = compile_model(problem)
    if (open_places := places(model, MOST_PLACES)) is not None:
        left = EXACT_SECONDS if limits.seconds is None else max(0.01, limits.seconds - (time.monotonic() - started))
        exact = solve_exactly(model, open_places, left, seed)
        if exact is not None and exact.impossible:
            return outcome(nothing, 0, impossible=True)
        if exact is not None:
            return outcome(_answer_of(problem, model, exact.chosen, exact.where), min(bound, exact.bound))
    start = _candidates_of(model, problem, known)
    few = _few_places(model, limits)
    kept = _kept_back(problem, limits, mixed=few is not None)
    search, proven = pursue(model, limits, seed, start, lambda: out_of_time(ahead=kept))
    if proven == -math.inf:
        return outcome(nothing, 0, impossible=True)
    answer = _finalist(problem, model, search, out_of_time)
    bound = min(bound, math.floor(proven))
    if few is not None and bound > answer.objective:
        mixed = solve_mixed(model, few, started + (limits.seconds or 0.0))
        bound = bound if mixed.bound is None else min(bound, mixed.bound)
        if mixed.where is not None:
            answer = max(answer, _answer_of(problem, model, mixed.chosen, mixed.where), key=_rank)
    return outcome(answer, bound)


def _of_a_part(problem: ProposingProblem, limits: SolveLimits, seed: int) -> Proposals | None:
    """The orders that are best of a part of very many lines; ``None`` where they are few, or rounds limit."""
    part = sampled(problem) if limits.seconds is not None else None
    if part is None:
        return None
    return solve(part, limits=replace(limits, seconds=SAMPLED * (limits.seconds or 0.0)), seed=seed).plan


def _kept_back(problem: ProposingProblem, limits: SolveLimits, *, mixed: bool) -> float:
    """Seconds that the search leaves for placing every line by itself and for the generic solver."""
    seconds = limits.seconds or 0.0
    return min(PLACE_SECONDS * len(problem.lines), 0.1 * seconds) + ((1 - SEARCHED) * seconds if mixed else 0.0)


def _few_places(model: Model, limits: SolveLimits) -> Places | None:
    """The places of a problem that a generic solver may prove, where nothing but seconds limits it."""
    if limits.seconds is None or limits.iterations is not None or limits.patience is not None:
        return None
    return fillable(model, MIXED_PLACES)


def _answer_of(problem: ProposingProblem, model: Model, chosen: tuple[int, ...], where: Ints) -> _Answer:
    plan = plan_of(problem, model, chosen, where)
    return _Answer(plan=plan, objective=surplus_permille(problem, plan))


def _rank(answer: _Answer) -> tuple[bool, int]:
    return answer.plan is not None, answer.objective


def _contradicts(problem: ProposingProblem) -> bool:
    """Whether the fixed orders cannot be kept whatever the demand."""
    offers = {offer.id: offer for offer in problem.offers}
    least: dict[str, int] = {}
    for fixed in problem.fixed:
        offer = offers[fixed.offer_id]
        least[offer.id] = least.get(offer.id, 0) + max(offer.moq, offer.tiers[fixed.tier].min_units)
    over = any(units > offers[name].capacity for name, units in least.items())
    return over or len(problem.fixed) > problem.max_orders


def _finalist(problem: ProposingProblem, model: Model, search: Search, out_of_time: Callable[[], bool]) -> _Answer:
    """The best of the last sets of the search with every line placed by itself, as far as the time allows.

    One plan at a time: the names of a million lines weigh as much as their numbers.
    """
    search.forget()
    best = _Answer(plan=None if problem.fixed else Proposals(), objective=0)
    for tried, chosen in enumerate(search.sets[: -FINALISTS - 1 : -1]):
        if tried and out_of_time():
            break
        where, _, broken = place(model, model.lines, chosen)
        if broken < 0:
            best = max(best, _answer_of(problem, model, chosen, where), key=_rank)
    return best


def _candidates_of(model: Model, problem: ProposingProblem, plan: Proposals | None) -> tuple[int, ...]:
    """The candidates that a plan opened, as far as they still exist."""
    c = model.candidates
    offers = {offer.id: k for k, offer in enumerate(problem.offers)}
    numbered = {}
    for j in range(len(c)) if plan is not None and plan.orders else ():
        numbered[(int(c.offer[j]), tuple(model.spec_value[c.spec[j]].tolist()), int(c.tier[j]))] = j
    found = {int(j) for j in c.fixed.nonzero()[0]}
    pairs = {int(c.pair[j]) for j in found}
    for order in plan.orders if plan is not None else ():
        if set(order.specification) != set(problem.shared):
            continue
        if any(v not in problem.attributes[a] for a, v in order.specification.items()):
            continue
        spec = tuple(problem.attributes[a].index(order.specification[a]) for a in problem.shared)
        known = numbered.get((offers.get(order.offer_id, -1), spec, order.tier))
        if known is not None and int(c.pair[known]) not in pairs:
            pairs.add(int(c.pair[known]))
            found.add(known)
    return tuple(sorted(found)) if len(found) <= problem.max_orders else ()
