"""Plans beside EDD with earliest finish and CP-SAT under the same limit.

`python -m tests.bench.bench_planning [--folder FOLDER] [--only PREFIX] [--seconds S] [--seeds N] [--best FILE]`:
progress on standard error, last one line of JSON. Costs are recomputed by the verifier; ``--best`` keeps best plans.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import sys
from importlib.util import find_spec
from pathlib import Path
from statistics import mean, median
from typing import Any

from manufacturers.planning.kernel import Lot, Plan, PlanningProblem, SolveLimits, solve
from manufacturers.planning.kernel.clock import Clock
from manufacturers.planning.kernel.instance import lots_as_json
from manufacturers.planning.kernel.verify import cost, violations

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "planning"
QUICK = ("PSP_100_1", "pigment20b", "wt_sds_41", "wt_sds_77", "factory_200_0", "factory_200_0_shifts", "factory_1000_0")


def earliest_due_date(problem: PlanningProblem) -> Plan:
    """Orders by due date, each on the line where it would end first, after what stands there."""
    index = {name: k for k, name in enumerate(problem.families)}
    clocks = {line.id: Clock(line) for line in problem.lines}
    stands = {line.id: (0, index[line.initial_family]) for line in problem.lines}
    lots = []
    for order in sorted(problem.orders, key=lambda x: (x.due, x.id)):
        choices = []
        for name, minutes in order.minutes.items():
            free, family = stands[name]
            setup, released = (
                problem.changeover.minutes[family][index[order.family]],
                clocks[name].worked(order.release),
            )
            begin = max(free, released) + setup if problem.changeover.waits_for_release else max(free + setup, released)
            choices.append((clocks[name].end_at(begin + minutes), name, begin, setup))
        end, name, begin, setup = min(choices)
        start = clocks[name].start_at(begin)
        changeover = clocks[name].start_at(begin - setup) if setup else start
        lots.append(Lot(order=order.id, line=name, start=start, end=end, changeover_start=changeover))
        stands[name] = begin + order.minutes[name], index[order.family]
    return Plan(lots=tuple(lots))


def cp_sat(problem: PlanningProblem, seconds: float) -> int | None:
    """CP-SAT's objective on one circuit a line, for lines without closed time; ``None``: no plan found."""
    from ortools.sat.python import cp_model

    if any(line.calendar and len(line.calendar) > 1 for line in problem.lines):
        return None
    model: Any = cp_model.CpModel()
    index = {name: k for k, name in enumerate(problem.families)}
    weights, switch = problem.objective, problem.changeover
    span = max((x.due for x in problem.orders), default=0) + sum(max(x.minutes.values()) for x in problem.orders)
    horizon = 2 * span + max(x.release for x in problem.orders)
    ends = [model.new_int_var(0, x.deadline or horizon, "") for x in problem.orders]
    used: list[list[Any]] = [[] for _ in problem.orders]
    terms: list[Any] = []
    for line in problem.lines:
        opens, closes = line.calendar[0] if line.calendar else (0, horizon)
        rows = [k for k, x in enumerate(problem.orders) if line.id in x.minutes]
        arcs = [(0, 0, model.new_bool_var(""))]
        here = {k: model.new_bool_var("") for k in rows}
        for k in rows:
            used[k].append(here[k])
            arcs += [(k + 1, k + 1, here[k].negated()), (k + 1, 0, model.new_bool_var(""))]
            model.add(ends[k] <= closes).only_enforce_if(here[k])
        for before in [None, *rows]:
            family = index[line.initial_family if before is None else problem.orders[before].family]
            for k in rows:
                if k == before:
                    continue
                order, literal = problem.orders[k], model.new_bool_var("")
                to = index[order.family]
                setup = switch.minutes[family][to]
                arcs.append((0 if before is None else before + 1, k + 1, literal))
                first = order.release + setup if switch.waits_for_release else order.release
                free = opens if before is None else ends[before]
                model.add(ends[k] >= free + setup + order.minutes[line.id]).only_enforce_if(literal)
                model.add(ends[k] >= max(first, opens) + order.minutes[line.id]).only_enforce_if(literal)
                price = weights.changeover_minutes * setup + weights.changeover_cost * switch.cost[family][to]
                terms.append(price * literal)
        model.add_circuit(arcs)
    for k, order in enumerate(problem.orders):
        model.add_exactly_one(used[k])
        late, early = model.new_int_var(0, horizon, ""), model.new_int_var(0, horizon, "")
        model.add(late >= ends[k] - order.due)
        model.add(early >= order.due - ends[k])
        terms += [weights.tardiness * order.tardiness_weight * late, weights.earliness * order.earliness_weight * early]
    model.minimize(sum(terms))
    solver: Any = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers = seconds, 1
    status = solver.solve(model)
    return round(solver.objective_value) if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None


def best_known(folder: Path, kept: Path | None) -> dict[str, int]:
    """The least objective by instance: published, and verified plans of earlier runs."""
    known: dict[str, int] = {}
    table = folder / "best_known.csv"
    if table.exists():
        with table.open() as lines:
            known = {row["instance"]: int(row["objective"]) for row in csv.DictReader(lines) if row["objective"]}
    if kept and kept.exists():
        for name, entry in json.loads(kept.read_text()).items():
            known[name] = min(entry["objective"], known.get(name, entry["objective"]))
    return known


def keep(kept: Path | None, problem: PlanningProblem, plan: Plan, objective: int) -> None:
    """Store the plan where it is the best seen of its instance."""
    if kept is None:
        return
    entries = json.loads(kept.read_text()) if kept.exists() else {}
    if problem.name not in entries or objective < entries[problem.name]["objective"]:
        entries[problem.name] = {"objective": objective, "lots": lots_as_json(plan)}
        kept.write_text(json.dumps(entries))


def _seconds(problem: PlanningProblem, asked: float | None) -> float:
    return asked or (30.0 if len(problem.orders) > 400 else 10.0)


def measure(problem: PlanningProblem, seconds: float, seeds: int, kept: Path | None) -> dict[str, Any]:
    """Our median objective over the seeds, and the peers' with the same limit."""
    objectives, broken = [], 0
    for seed in range(1, seeds + 1):
        outcome = solve(problem, limits=SolveLimits(seconds=seconds), seed=seed)
        if outcome.plan is None or outcome.objective is None:
            broken += 1
            continue
        broken += len(violations(problem, outcome.plan))
        objectives.append(cost(problem, outcome.plan).total)
        keep(kept, problem, outcome.plan, objectives[-1])
    due = earliest_due_date(problem)
    allowed = violations(problem, due) == []
    return {
        "name": problem.name,
        "ours": median(objectives) if objectives else None,
        "violations": broken,
        "edd": cost(problem, due).total if allowed else None,
        "cp_sat": cp_sat(problem, seconds) if len(problem.orders) <= 200 else None,
    }


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Run the instances and return the JSON line's content."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--only", nargs="*", default=list(QUICK), help="beginnings of instance names")
    parser.add_argument("--seconds", type=float, default=None)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--best", type=Path, default=None)
    options = parser.parse_args(arguments)
    known, rows = best_known(options.folder, options.best), []
    for file in sorted(options.folder.glob("*.json")):
        if any(
            file.stem.startswith(prefix) and (prefix not in QUICK or prefix == file.stem) for prefix in options.only
        ):
            problem = PlanningProblem.from_json(json.loads(file.read_text()))
            row = measure(problem, _seconds(problem, options.seconds), options.seeds, options.best)
            best = known.get(file.stem)
            row["over_best_percent"] = round(100 * (row["ours"] / best - 1), 3) if best and row["ours"] else None
            rows.append(row)
            print(json.dumps(row), file=sys.stderr, flush=True)
    return summary(rows)


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """One line for all; ``peer`` is EDD's cost and ``ratio`` the mean of EDD over ours, where EDD keeps the rules."""
    ratios = [row["edd"] / row["ours"] for row in rows if row["edd"] and row["ours"]]
    gaps = [row["over_best_percent"] for row in rows if row["over_best_percent"] is not None]
    return {
        "name": "planning",
        "ours": sum(row["ours"] for row in rows if row["edd"] and row["ours"]),
        "peer": sum(row["edd"] for row in rows if row["edd"] and row["ours"]),
        "ratio": round(mean(ratios), 2) if ratios else None,
        "unit": "weighted cost, EDD with earliest finish as peer",
        "mean_over_best_percent": round(mean(gaps), 3) if gaps else None,
        "pyjobshop": "installed" if find_spec("pyjobshop") else "not installed",
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "n": len(rows),
        "rows": rows,
    }


if __name__ == "__main__":
    print(json.dumps(main()))
