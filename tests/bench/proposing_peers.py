"""Peers of the proposing kernel: a greedy price/quantity fixed point, HiGHS and CP-SAT on the model as it is written.

`python -m tests.bench.proposing_peers FOLDER --seconds S`: one line of JSON, surplus in minor units, None: no plan.
"""

from __future__ import annotations

import argparse
import heapq
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from manufacturers.proposing.kernel import ProposingProblem, from_folder, violations
from manufacturers.proposing.kernel.ladders import class_prices
from manufacturers.proposing.kernel.model import Model, compile_model
from manufacturers.proposing.kernel.plan import plan_of, surplus_permille
from manufacturers.proposing.kernel.problem import Floats, Ints

MOST_PLACES = 200_000  # Boolean variables of a generic model; above it the least valuable candidates are left out
CHUNK = 4_000_000  # line x candidate prices held at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Every line x candidate a generic solver may choose, and the candidates kept."""

    kept: Ints
    line: Ints
    candidate: Ints  # position in ``kept``
    gain: Ints


def greedy(problem: ProposingProblem, model: Model) -> float:
    """Open the pair worth most at the tier that its own demand reaches, take its lines, and repeat."""
    c = model.candidates
    free, left = np.ones(len(model.line), dtype=np.bool_), _capacity(model)
    tiers = {int(pair): np.flatnonzero(c.pair == pair) for pair in np.unique(c.pair)}
    queue = [(-_settle(model, tiers[pair], free, left)[0], pair) for pair in tiers]
    heapq.heapify(queue)
    chosen: list[int] = []
    where = np.full(len(model.line), -1, dtype=np.int64)
    while queue and len(chosen) < model.max_orders:
        _, pair = heapq.heappop(queue)
        value, j, rows = _settle(model, tiers[pair], free, left)
        if queue and value < -queue[0][0]:  # worth less since others took its lines
            heapq.heappush(queue, (-value, pair))
            continue
        if value <= 0:
            break
        where[rows], free[rows] = len(chosen), False
        left[c.offer[j]] -= int(model.lines.weight[rows].sum())
        chosen.append(j)
    return _checked(problem, model, tuple(chosen), where)


def _capacity(model: Model) -> Ints:
    capacity = np.zeros(len(model.extra), dtype=np.int64)
    capacity[model.candidates.offer] = model.candidates.capacity
    return capacity


def _settle(model: Model, tiers: Ints, free: NDArray[np.bool_], left: Ints) -> tuple[float, int, Ints]:
    """From the deepest tier to the one its own volume reaches: surplus, candidate, lines."""
    c, lines = model.candidates, model.lines
    at = len(tiers) - 1
    while at >= 0:
        j = int(tiers[at])
        pay = class_prices(model, np.array([j]))[lines.cls, 0]
        rows = np.flatnonzero(free & (pay <= lines.ceiling))
        room = left[c.offer[j]]
        if lines.weight[rows].sum() > room:
            rows = rows[np.argsort(pay[rows] - lines.ceiling[rows], kind="stable")]
            rows = rows[np.cumsum(lines.weight[rows]) <= room]
        volume = lines.weight[rows].sum()
        reached = int(np.searchsorted(c.minimum[tiers], volume, side="right")) - 1
        if reached >= at:
            gain = float(((lines.ceiling - pay)[rows] * lines.weight[rows]).sum())
            return gain - float(c.opening[j]), j, rows
        at = reached
    return 0.0, -1, np.zeros(0, dtype=np.int64)


def places_of(model: Model) -> Places:
    """The places of the candidates worth most alone, as many as a generic model can hold."""
    c, lines = model.candidates, model.lines
    step = max(1, CHUNK // max(1, len(lines.cls)))
    worth, count = np.zeros(len(c)), np.zeros(len(c), dtype=np.int64)
    for first in range(0, len(c), step):
        index = np.arange(first, min(first + step, len(c)))
        room = _room(model, index)
        worth[index] = (np.maximum(room, 0) * lines.weight[:, None]).sum(axis=0) - c.opening[index]
        count[index] = (room >= 0).sum(axis=0)
        worth[index[((room >= 0) * lines.weight[:, None]).sum(axis=0) < c.minimum[index]]] = -np.inf
    order = np.argsort(-worth, kind="stable")
    order = order[worth[order] > 0]
    kept = np.sort(order[: max(1, int(np.searchsorted(np.cumsum(count[order]), MOST_PLACES)))])
    room = _room(model, kept)
    line, candidate = np.nonzero(room >= 0)
    gain = (room[line, candidate] * lines.weight[line]).astype(np.int64)
    return Places(kept=kept, line=line, candidate=candidate, gain=gain)


def _room(model: Model, index: Ints) -> Floats:
    """Ceiling less price of every line on every candidate of ``index``."""
    room: Floats = model.lines.ceiling[:, None] - class_prices(model, index)[model.lines.cls]
    return room


def highs(problem: ProposingProblem, model: Model, seconds: float) -> float | None:
    """HiGHS through MathOpt."""
    from ortools.math_opt.python import mathopt

    p, c = places_of(model), model.candidates
    program = mathopt.Model()
    opened = [program.add_binary_variable() for _ in p.kept]
    placed = [program.add_binary_variable() for _ in p.line]
    for rule in _rules(model, p):
        terms = [w * placed[x] for x, w in rule.placed] + [w * opened[k] for k, w in rule.opened]
        program.add_linear_constraint(mathopt.fast_sum(terms) <= rule.most)
    gain = [float(g) * x for g, x in zip(p.gain, placed, strict=True)]
    cost = [-float(c.opening[j]) * y for j, y in zip(p.kept, opened, strict=True)]
    program.maximize(mathopt.fast_sum(gain + cost))
    limits = mathopt.SolveParameters(time_limit=timedelta(seconds=seconds))
    result = mathopt.solve(program, mathopt.SolverType.HIGHS, params=limits)
    if not result.has_primal_feasible_solution():
        return None
    values = result.variable_values()
    return _answer(problem, model, p, [values[y] > 0.5 for y in opened], [values[x] > 0.5 for x in placed])


def cp_sat(problem: ProposingProblem, model: Model, seconds: float) -> float | None:
    """CP-SAT with both cores."""
    from ortools.sat.python import cp_model

    p, c = places_of(model), model.candidates
    program: Any = cp_model.CpModel()
    opened = [program.new_bool_var("") for _ in p.kept]
    placed = [program.new_bool_var("") for _ in p.line]
    for rule in _rules(model, p):
        variables = [placed[x] for x, _ in rule.placed] + [opened[k] for k, _ in rule.opened]
        weights = [w for _, w in rule.placed] + [w for _, w in rule.opened]
        program.add(cp_model.LinearExpr.weighted_sum(variables, weights) <= rule.most)
    gains = [int(g) for g in p.gain] + [-int(c.opening[j]) for j in p.kept]
    program.maximize(cp_model.LinearExpr.weighted_sum(placed + opened, gains))
    solver: Any = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers = seconds, 2
    if solver.solve(program) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    taken = [solver.boolean_value(y) for y in opened], [solver.boolean_value(x) for x in placed]
    return _answer(problem, model, p, *taken)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """Weighted places plus weighted openings stay within ``most``."""

    placed: list[tuple[int, int]]
    opened: list[tuple[int, int]]
    most: int


def _rules(model: Model, p: Places) -> list[_Rule]:
    """One order a line, minimum and capacity of every order opened, capacity of offers, one tier a pair, all orders."""
    c = model.candidates
    weight = model.lines.weight.astype(np.int64)
    rules = [_Rule(placed=[(int(x), 1) for x in rows], opened=[], most=1) for rows in _groups(p.line)]
    offer = c.offer[p.kept]
    for rows in _groups(p.candidate):
        k = int(p.candidate[rows[0]])
        held = [(int(x), int(weight[p.line[x]])) for x in rows]
        least, most = int(c.minimum[p.kept[k]]), int(c.capacity[p.kept[k]])
        rules.append(_Rule(placed=[(x, -w) for x, w in held], opened=[(k, least)], most=0))
        rules.append(_Rule(placed=held, opened=[(k, -most)], most=0))
    for rows in _groups(offer[p.candidate]):
        held = [(int(x), int(weight[p.line[x]])) for x in rows]
        rules.append(_Rule(placed=held, opened=[], most=int(c.capacity[p.kept[p.candidate[rows[0]]]])))
    rules += [_Rule(placed=[], opened=[(int(k), 1) for k in same], most=1) for same in _groups(c.pair[p.kept])]
    return [*rules, _Rule(placed=[], opened=[(k, 1) for k in range(len(p.kept))], most=model.max_orders)]


def _groups(key: Ints) -> list[Ints]:
    """Positions of every distinct key."""
    if not len(key):
        return []
    order = np.argsort(key, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(key[order])) + 1)


def _answer(problem: ProposingProblem, model: Model, p: Places, opened: list[bool], placed: list[bool]) -> float:
    chosen = np.flatnonzero(opened)
    where = np.full(len(model.line), -1, dtype=np.int64)
    for x in np.flatnonzero(placed):
        where[p.line[x]] = int(np.searchsorted(chosen, p.candidate[x]))
    return _checked(problem, model, tuple(int(j) for j in p.kept[chosen]), where)


def _checked(problem: ProposingProblem, model: Model, chosen: tuple[int, ...], where: Ints) -> float:
    """The surplus in minor units of a peer's plan; its breaking a rule is a fault of the bench."""
    plan = plan_of(problem, model, chosen, where)
    broken = violations(problem, plan)
    if broken:
        raise AssertionError(broken[0])
    return surplus_permille(problem, plan) / 1000


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """The peers' surplus on one instance, and seconds with the building of their models."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--only", nargs="*", default=["greedy", "highs", "cp_sat"])
    options = parser.parse_args(arguments)
    problem = from_folder(options.folder)
    model = compile_model(problem)
    run: dict[str, Callable[[], float | None]] = {
        "greedy": lambda: greedy(problem, model),
        "highs": lambda: highs(problem, model, options.seconds),
        "cp_sat": lambda: cp_sat(problem, model, options.seconds),
    }
    found: dict[str, Any] = {}
    for name in options.only:
        started = time.monotonic()
        found[name] = run[name]()
        found[f"{name}_seconds"] = round(time.monotonic() - started, 1)
    return found


if __name__ == "__main__":
    print(json.dumps(main()))
