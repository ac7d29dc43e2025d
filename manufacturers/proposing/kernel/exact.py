"""Small problems to proven optimality: whole lines as Boolean variables in CP-SAT, which counts in exact integers.

One worker, so that a repeat gives the same plan. Source: OR-Tools, CP-SAT solver reference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .ladders import class_prices
from .model import NEVER, Model
from .problem import Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactAnswer:
    """The orders opened, where each line went, and a valid bound; or that no plan keeps the fixed orders."""

    chosen: tuple[int, ...]
    where: Ints
    bound: int
    impossible: bool = False


def places(model: Model, most: int) -> list[tuple[int, int, int]] | None:
    """(line, candidate, price) of every place a line could have, or None when they are more than ``most``."""
    c = model.candidates
    if len(c) * max(1, len(model.line)) > 100 * most:
        return None
    pay = class_prices(model, np.arange(len(c)))[model.lines.cls]
    line, candidate = np.nonzero((pay < NEVER) & (pay <= model.lines.ceiling[:, None]))
    if len(line) > most:
        return None
    return [(int(i), int(j), int(pay[i, j])) for i, j in zip(line, candidate, strict=True)]


def solve_exactly(
    model: Model, open_places: list[tuple[int, int, int]], seconds: float, seed: int
) -> ExactAnswer | None:
    """The best plan over these places; None when no plan was found in time."""
    from ortools.sat.python import cp_model

    c = model.candidates
    program = cp_model.CpModel()
    opened = [program.new_bool_var("") for _ in range(len(c))]
    placed = [program.new_bool_var("") for _ in open_places]
    weight = [int(model.lines.weight[i]) for i, _, _ in open_places]
    by_line: dict[int, list[int]] = {}
    by_order: dict[int, list[int]] = {j: [] for j in range(len(c))}
    for x, (i, j, _) in enumerate(open_places):
        by_line.setdefault(i, []).append(x)
        by_order[j].append(x)
        program.add_implication(placed[x], opened[j])
    for here in by_line.values():
        program.add_at_most_one(placed[x] for x in here)
    for j, here in by_order.items():
        program.add(sum(weight[x] * placed[x] for x in here) >= int(c.minimum[j]) * opened[j])
        if c.fixed[j]:
            program.add(opened[j] == 1)
    for m in np.unique(c.offer):
        of_offer = [x for x, (_, j, _) in enumerate(open_places) if c.offer[j] == m]
        program.add(sum(weight[x] * placed[x] for x in of_offer) <= int(c.capacity[c.offer == m][0]))
    for pair in np.unique(c.pair):
        program.add_at_most_one(opened[j] for j in np.flatnonzero(c.pair == pair))
    program.add(sum(opened) <= model.max_orders)
    gain = [weight[x] * (int(model.lines.ceiling[i]) - price) for x, (i, _, price) in enumerate(open_places)]
    program.maximize(
        sum(g * v for g, v in zip(gain, placed, strict=True))
        - sum(int(cost) * v for cost, v in zip(c.opening, opened, strict=True))
    )
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed % (1 << 31)
    solver.parameters.max_time_in_seconds = seconds
    status = solver.solve(program)
    if status == cp_model.INFEASIBLE:
        return ExactAnswer(chosen=(), where=np.zeros(0, dtype=np.int64), bound=0, impossible=True)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    chosen = tuple(j for j in range(len(c)) if solver.boolean_value(opened[j]))
    rank = {j: k for k, j in enumerate(chosen)}
    where = np.full(len(model.line), -1, dtype=np.int64)
    for x, (i, j, _) in enumerate(open_places):
        if solver.boolean_value(placed[x]):
            where[i] = rank[j]
    bound = int(np.floor(solver.best_objective_bound + 0.5))
    return ExactAnswer(chosen=chosen, where=where, bound=bound)
