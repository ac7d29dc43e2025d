"""Search a plan: greedy insertion, then annealing cycles that start again from the best, in one or several chains."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from manufacturers.planning.kernel import exact, sequencing, slotting, tails
from manufacturers.planning.kernel.bound import lower_bound
from manufacturers.planning.kernel.budget import Budget
from manufacturers.planning.kernel.chain import Chain, plan_of, sequences_of
from manufacturers.planning.kernel.chain import warm as warm_chain
from manufacturers.planning.kernel.feasible import impossible
from manufacturers.planning.kernel.islands import search
from manufacturers.planning.kernel.problem import (
    Outcome,
    Placement,
    Plan,
    PlanningProblem,
    SolveLimits,
    Unmet,
)
from manufacturers.planning.kernel.slots import Slots, slots_of
from manufacturers.planning.kernel.tables import (
    EARLIEST,
    EARLY,
    FAMILY,
    INITIAL,
    LATE,
    LATEST,
    MINUTES,
    WAITS,
    Tables,
    build,
)
from manufacturers.planning.kernel.verify import cost


def warm() -> None:
    """Compile, or load what was compiled before, so that no clock pays for it."""
    warm_chain()
    slotting.warm()
    sequencing.warm()


def solve(problem: PlanningProblem, *, limits: SolveLimits, seed: int, warm_start: Plan | None) -> Outcome:
    """See ``manufacturers.planning.kernel.solve``."""
    if not problem.orders:
        return _outcome("optimal", Plan(), 0, 0, perf_counter())
    warm()
    budget = Budget.of(limits)
    unmet = impossible(problem)
    if unmet:
        return _outcome("infeasible", None, None, 0, budget.begin, unmet=unmet)
    tables = build(problem)
    chains = _started(problem, tables, seed, limits.workers, warm_start)
    if budget.progress(0) < 1.0 and (proven := _allowed(problem, exact.best_sequences(tables))) is not None:
        return _proven(problem, proven, chains[0], budget)
    if budget.progress(0) >= 1.0:
        return _answer(problem, chains[0], budget, 0)
    if (slots := slots_of(tables)) is not None and (filled := _filled(slots, chains[0], budget, limits, seed)):
        return _of_slots(problem, filled, budget)
    if tails.fits(tables):
        best, used = sequencing.search(chains, budget, seed)
        return _answer(problem, best, budget, used)
    best, used = search(chains, budget, seed, warm=warm_start is not None or bool(problem.previous))
    return _answer(problem, best, budget, used)


def _filled(slots: Slots, start: Chain, budget: Budget, limits: SolveLimits, seed: int) -> slotting.Filled | None:
    """What the search in slots finds; ``None`` where it finds no plan to begin with."""
    known = (start.best_sequences()[0], start.best_ends()[0]) if start.best[0] == 0 else None
    try:
        return slotting.search(slots, known, budget, seed, limits.workers)
    except ValueError:
        return None


def _of_slots(problem: PlanningProblem, filled: slotting.Filled, budget: Budget) -> Outcome:
    plan = plan_of(problem, [filled.sequence], [filled.ends])
    total = cost(problem, plan).total
    bound = total if filled.proven else lower_bound(problem)
    return _outcome("optimal" if total == bound else "feasible", plan, total, bound, budget.begin, filled.moves)


def _allowed(problem: PlanningProblem, proven: exact.Proven | None) -> exact.Proven | None:
    """A proven optimum, unless more lots change their line in it than may: then nothing is proven."""
    if proven is None or proven.cost is None or problem.most_line_changes is None:
        return proven
    homes, row = problem.homes(), {order.id: k for k, order in enumerate(problem.orders)}
    at = {k: line.id for line, rows in zip(problem.lines, proven.sequences, strict=True) for k in rows}
    changed = sum(at[row[order]] != line for order, line in homes.items())
    return proven if changed <= problem.most_line_changes else None


def _proven(problem: PlanningProblem, proven: exact.Proven, start: Chain, budget: Budget) -> Outcome:
    """The optimum of a small problem, or that it has none, naming what the start could not keep."""
    if proven.cost is None:
        unmet = _broken(problem, start.best_sequences(), start.best_ends(), start.tables)
        return _outcome("infeasible", None, None, 0, budget.begin, unmet=unmet)
    plan = plan_of(problem, proven.sequences, proven.ends)
    total = cost(problem, plan).total
    return _outcome("optimal", plan, total, total, budget.begin)


def _best_timed(chain: Chain) -> tuple[list[list[int]], list[list[int]]]:
    """The best sequences with ends that also weigh a minute late against minutes early, where that can matter."""
    sequences, ends = chain.best_sequences(), chain.best_ends()
    weight = chain.tables.weight
    if chain.best[0] > 0 or weight[:, LATE].min() > weight[:, EARLY].sum():
        return sequences, ends
    timed = [exact.best_ends(chain.tables, line, row) for line, row in enumerate(sequences)]
    return sequences, [better or known for better, known in zip(timed, ends, strict=True)]


def _answer(problem: PlanningProblem, best: Chain, budget: Budget, used: int) -> Outcome:
    bound = lower_bound(problem)
    sequences, ends = _best_timed(best)
    if best.best[0] > 0:
        unmet = _broken(problem, sequences, ends, best.tables)
        return _outcome("unknown", None, None, bound, budget.begin, used, unmet)
    plan = plan_of(problem, sequences, ends)
    total = cost(problem, plan).total
    status = "optimal" if total == bound else "feasible"
    return _outcome(status, plan, total, bound, budget.begin, used)


def _outcome(
    status: str,
    plan: Plan | None,
    objective: int | None,
    bound: int,
    begin: float,
    iterations: int = 0,
    unmet: tuple[Unmet, ...] = (),
) -> Outcome:
    return Outcome(
        status=status,  # type: ignore[arg-type]
        plan=plan,
        objective=objective,
        bound=bound,
        seconds=perf_counter() - begin,
        iterations=iterations,
        unmet=unmet,
    )


def _broken(
    problem: PlanningProblem, sequences: list[list[int]], ends: list[list[int]], tables: Tables
) -> tuple[Unmet, ...]:
    """Orders that the best attempt could not end in time, or nearest to it when only a frozen lot was in the way."""
    found = []
    for line, (sequence, line_ends) in enumerate(zip(sequences, ends, strict=True)):
        free, family = 0, tables.head[line, INITIAL]
        for row, end in zip(sequence, line_ends, strict=True):
            order, to = problem.orders[row], tables.lot[row, FAMILY]
            ready = max(free, tables.per[line, row, EARLIEST]) if tables.par[WAITS] else free
            ready += tables.setup[family, to]
            if end > tables.per[line, row, LATEST] or end - tables.per[line, row, MINUTES] < ready:
                reason = f"order {order.id}: no place was found that keeps all deadlines and frozen lots"
                found.append(Unmet(order=order.id, code="JOINT_DEADLINE", reason=reason))
            free, family = max(free, end), to
    return tuple(found)


def _started(problem: PlanningProblem, tables: Tables, seed: int, workers: int, warm_start: Plan | None) -> list[Chain]:
    """Chains that begin with the plan before, where there is one, with the rest inserted by due date."""
    known = [Placement(order=x.order, line=x.line, start=x.start) for x in warm_start.lots] if warm_start else []
    if problem.most_line_changes is not None:  # only the plan before is sure to change few lines
        known = []
    sequences = sequences_of(problem, known or list(problem.previous), tables)
    placed = {row for sequence in sequences for row in sequence}
    late = tables.weight[:, LATE]
    others = sorted(
        (row for row in range(len(problem.orders)) if row not in placed),
        key=lambda row: (
            problem.orders[row].deadline if problem.orders[row].deadline is not None else problem.orders[row].due,
            problem.orders[row].due,
            -late[row],
            problem.orders[row].id,
        ),
    )
    chains = []
    for worker in range(workers):
        chain = Chain(tables, seed * 1009 + worker, _earliness_leads(tables))
        chain.start([list(sequence) for sequence in sequences], others)
        chains.append(chain)
    return chains


def _earliness_leads(tables: Tables) -> bool:
    """Whether a minute early costs so much, beside a minute late or a changeover, that every move must pay for it."""
    early = tables.weight[:, EARLY].max(initial=0)
    others = max(np.median(tables.weight[:, LATE]), float(np.median(tables.setup_cost)))
    return bool(early > 0 and early * 200 > others)
