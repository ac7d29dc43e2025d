"""Plans beside EDD with earliest finish, PyJobShop and CP-SAT under the same limit.

`python -m tests.bench.bench_planning [--folder FOLDER] [--only PREFIX] [--seconds S] [--best FILE]`, and `SEEDS=5` in
the environment: progress on standard error, last one line of JSON. Costs are recomputed by the verifier; ``--best``
also writes the best plans back.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import sys
from pathlib import Path
from statistics import mean, median
from typing import Any

from manufacturers.planning.kernel import Plan, PlanningProblem, SolveLimits, solve
from manufacturers.planning.kernel.verify import cost, violations
from tests.bench.planning_checks import small_problems, urgent_order
from tests.bench.planning_peers import HAS_PYJOBSHOP, cp_sat, earliest_due_date, pyjobshop

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "planning"
KEPT = Path(__file__).parent / "data" / "planning_best.json"
QUICK = ("PSP_100_1", "pigment20b", "wt_sds_41", "wt_sds_77", "factory_200_0", "factory_200_0_shifts", "factory_1000_0")
WORKERS = min(2, os.cpu_count() or 1)
PEERS_UP_TO = 200
URGENT_ON = "factory_200_0"
SMALL = 1000


def best_known(folder: Path, kept: Path) -> dict[str, int]:
    """The least objective by instance: published, and verified plans of earlier runs."""
    known: dict[str, int] = {}
    table = folder / "best_known.csv"
    if table.exists():
        with table.open() as lines:
            known = {row["instance"]: int(row["objective"]) for row in csv.DictReader(lines) if row["objective"]}
    if kept.exists():
        for name, entry in json.loads(kept.read_text()).items():
            known[name] = min(entry["objective"], known.get(name, entry["objective"]))
    return known


def keep(kept: Path, problem: PlanningProblem, plan: Plan, objective: int) -> None:
    """Store the plan's sequences where it is the best seen of its instance."""
    entries = json.loads(kept.read_text()) if kept.exists() else {}
    if problem.name not in entries or objective < entries[problem.name]["objective"]:
        rows = {line.id: [x.order for x in plan.lots if x.line == line.id] for line in problem.lines}
        entries[problem.name] = {"objective": objective, "sequences": rows}
        kept.write_text(json.dumps(dict(sorted(entries.items())), separators=(",", ":")) + "\n")


def _seconds(problem: PlanningProblem, asked: float | None) -> float:
    return asked or (30.0 if len(problem.orders) > 400 else 10.0)


def measure(
    problem: PlanningProblem, seconds: float, seeds: int, kept: Path | None, peers: bool
) -> tuple[dict[str, Any], Plan | None]:
    """Our median objective over the seeds, the peers' with the same limit, and our last plan."""
    objectives, broken, plan = [], 0, None
    for seed in range(1, seeds + 1):
        outcome = solve(problem, limits=SolveLimits(seconds=seconds, workers=WORKERS), seed=seed)
        if outcome.plan is None:
            broken += 1
            continue
        plan = outcome.plan
        broken += len(violations(problem, plan))
        objectives.append(cost(problem, plan).total)
        if kept:
            keep(kept, problem, plan, objectives[-1])
    due = earliest_due_date(problem)
    beside = peers and len(problem.orders) <= PEERS_UP_TO
    return {
        "name": problem.name,
        "ours": median(objectives) if objectives else None,
        "violations": broken,
        "edd": cost(problem, due).total if violations(problem, due) == [] else None,
        "cp_sat": cp_sat(problem, seconds, WORKERS) if beside else None,
        "pyjobshop": pyjobshop(problem, seconds, WORKERS) if beside else None,
    }, plan


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Run the instances and return the JSON line's content."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--only", nargs="*", default=list(QUICK), help="beginnings of instance names")
    parser.add_argument("--seconds", type=float, default=None)
    parser.add_argument("--seeds", type=int, default=int(os.environ.get("SEEDS", "1")))
    parser.add_argument("--best", type=Path, default=None)
    parser.add_argument("--long", type=float, default=60.0, help="seconds of the full solve beside the urgent order")
    parser.add_argument("--no-peers", action="store_true")
    options = parser.parse_args(arguments)
    known, rows = best_known(options.folder, options.best or KEPT), []
    for file in sorted(options.folder.glob("*.json")):
        if not any(file.stem.startswith(x) and (x not in QUICK or x == file.stem) for x in options.only):
            continue
        problem = PlanningProblem.from_json(json.loads(file.read_text()))
        seconds = _seconds(problem, options.seconds)
        row, plan = measure(problem, seconds, options.seeds, options.best, not options.no_peers)
        best = known.get(file.stem)
        row["over_best_percent"] = round(100 * (row["ours"] / best - 1), 3) if best and row["ours"] else None
        rows.append(row)
        print(json.dumps(row), file=sys.stderr, flush=True)
        if file.stem == URGENT_ON and plan is not None:
            rows.append(urgent_order(problem, plan, long_seconds=options.long, workers=WORKERS, seed=1))
            print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    rows.append(small_problems(SMALL))
    return summary(rows)


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """One line for all; ``peer`` is EDD's cost and ``ratio`` the mean of EDD over ours, where EDD keeps the rules."""
    both = [row for row in rows if row.get("edd") and row.get("ours")]
    gaps = [row["over_best_percent"] for row in rows if row.get("over_best_percent") is not None]
    return {
        "name": "planning",
        "ours": sum(row["ours"] for row in both),
        "peer": sum(row["edd"] for row in both),
        "ratio": round(mean(row["edd"] / row["ours"] for row in both), 2) if both else None,
        "unit": "weighted cost, EDD with earliest finish as peer",
        "mean_over_best_percent": round(mean(gaps), 3) if gaps else None,
        "pyjobshop": "installed" if HAS_PYJOBSHOP else "not installed",
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "n": len(rows),
        "rows": rows,
    }


if __name__ == "__main__":
    print(json.dumps(main()))
