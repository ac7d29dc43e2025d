"""`manage.py solve planning FILE`: one instance in, one verified plan out."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from manufacturers.management.solving import BadFile
from manufacturers.planning.kernel import Outcome, PlanningProblem, ProblemError, SolveLimits, Unmet, solve
from manufacturers.planning.kernel.feasible import set_aside
from manufacturers.planning.kernel.instance import lots_as_json, placements
from manufacturers.planning.kernel.verify import cost, violations


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("file", help="an instance (JSON)")
    parser.add_argument("--seconds", type=float, default=10.0, help="search time, compiled code warm")
    parser.add_argument("--iterations", type=int, default=None, help="moves instead of seconds: repeatable")
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1), help="chains beside each other")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--frozen", help="a plan (JSON with lots or frozen) whose lots keep their line and start")
    parser.add_argument(
        "--rest",
        action="store_true",
        help="where the instance is infeasible, plan the orders that can be: the answer's rest, its plan in --out",
    )
    parser.add_argument("--out", help="write the whole answer here")


def run(options: dict[str, Any]) -> dict[str, Any]:
    """Solve one file; ``BadFile`` where it, the frozen plan or a limit cannot be used."""
    problem = _problem(options["file"], options.get("frozen"))
    seconds = None if options.get("iterations") is not None else options["seconds"]
    try:
        limits = SolveLimits(iterations=options.get("iterations"), seconds=seconds, workers=options.get("workers") or 1)
    except ProblemError as error:
        raise BadFile(str(error)) from error
    print(f"{problem.name}: {len(problem.orders)} orders on {len(problem.lines)} lines", file=sys.stderr)
    outcome = solve(problem, limits=limits, seed=options["seed"])
    answer = _answer(problem, outcome)
    written = {**answer, "plan": lots_as_json(outcome.plan) if outcome.plan else []}
    if options.get("rest") and outcome.plan is None and outcome.unmet:
        rest, planned, aside = _rest(problem, outcome, limits, options["seed"])
        answer["rest"] = {**_answer(rest, planned), "set_aside": _named(aside)}
        written["rest"] = {**answer["rest"], "plan": lots_as_json(planned.plan) if planned.plan else []}
    if options.get("out"):
        Path(options["out"]).write_text(json.dumps(written, ensure_ascii=False, indent=1))
    return answer


def _rest(
    problem: PlanningProblem, outcome: Outcome, limits: SolveLimits, seed: int
) -> tuple[PlanningProblem, Outcome, tuple[Unmet, ...]]:
    """The problem without the orders that no plan can hold, its outcome, and why each was set aside."""
    aside: tuple[Unmet, ...] = ()
    while outcome.plan is None and outcome.unmet:
        problem, unmet = set_aside(problem, outcome.unmet)
        aside += unmet
        outcome = solve(problem, limits=limits, seed=seed)
    return problem, outcome, aside


def _named(unmet: tuple[Unmet, ...]) -> list[dict[str, str]]:
    return [{"order": x.order, "code": x.code, "reason": x.reason} for x in unmet]


def _load(name: str) -> Any:
    try:
        return json.loads(Path(name).read_text(encoding="utf-8"))
    except OSError as error:
        raise BadFile(f"{name}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise BadFile(f"{name}: not JSON: {error}") from error


def _problem(name: str, frozen: str | None) -> PlanningProblem:
    try:
        problem = PlanningProblem.from_json(_load(name))
    except ProblemError as error:
        raise BadFile(f"{name}: {error}") from error
    if frozen is None:
        return problem
    data = _load(frozen)
    key = next((key for key in ("plan", "lots", "frozen") if isinstance(data, dict) and key in data), "frozen")
    try:
        return replace(problem, frozen=placements(data if isinstance(data, dict) else {"frozen": data}, key))
    except ProblemError as error:
        raise BadFile(f"{frozen}: {error}") from error


def _answer(problem: PlanningProblem, outcome: Outcome) -> dict[str, Any]:
    parts = cost(problem, outcome.plan) if outcome.plan else None
    broken = violations(problem, outcome.plan) if outcome.plan else []
    weights = problem.objective
    return {
        "name": problem.name,
        "status": outcome.status if not broken else "unknown",
        "objective": outcome.objective,
        "bound": outcome.bound,
        "gap": outcome.gap,
        "seconds": round(outcome.seconds, 3),
        "iterations": outcome.iterations,
        "lots": len(outcome.plan.lots) if outcome.plan else 0,
        "tardiness": parts and parts.tardiness,
        "changeover": parts
        and weights.changeover_minutes * parts.changeover_minutes + weights.changeover_cost * parts.changeover_cost,
        "changeover_minutes": parts and parts.changeover_minutes,
        "changeover_cost": parts and parts.changeover_cost,
        "earliness": parts and parts.earliness,
        "line_changes": parts and parts.line_changes,
        "violations": len(broken),
        "broken": broken[:20],
        "unmet": _named(outcome.unmet),
    }
