"""Plans beside EDD with earliest finish, PyJobShop and CP-SAT under the same limit, in parts that add up.

`python -m tests.bench.bench_planning [--only BEGINNING ...] [--seconds S] [--seeds N] [--minutes M]`, or
`make bench-planning ARGS="--only wt_sds --seconds 10"`. Without ``--only``: a few instances of each family, then the
urgent orders and the small problems (``--checks``: these two alone), about nine minutes in all.

Every run is kept in `.data/bench_planning.jsonl`: a call that was cut short, by hand or by ``--minutes``, goes on where
it stopped; ``--fresh`` begins again, and runs of other kernel sources do not count. Costs are recomputed by the
verifier. Better plans than known of instances without a proven optimum are written to `data/planning_best.json`.
On standard error progress and a table of the mean per cent over the best known by family; last one line of JSON.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import mean
from time import monotonic
from typing import Any

from manufacturers.planning.kernel import Plan, PlanningProblem, SolveLimits, solve
from manufacturers.planning.kernel.solver import warm
from manufacturers.planning.kernel.verify import cost, violations
from tests.bench.planning_checks import small_problems, urgent_order
from tests.bench.planning_peers import HAS_PYJOBSHOP, cp_sat, earliest_due_date, of_sequences, pyjobshop
from tests.bench.planning_runs import RUNS, Runs, by_family, kernel_mark, middle, over, table

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "planning"
KEPT = Path(__file__).parent / "data" / "planning_best.json"
QUICK = ("PSP_100_1", "pigment20b", "wt_sds_41", "wt_sds_77", "factory_200_0", "factory_200_0_shifts", "factory_1000_0")
WORKERS = min(2, os.cpu_count() or 1)
PEERS_UP_TO = 200
URGENT_ON = ("factory_200_0", "factory_200_1", "factory_200_2")
SMALL = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The best objective of an instance; ``proven``: nothing is below it."""

    objective: int
    proven: bool


def best_known(folder: Path, kept: Path) -> dict[str, Known]:
    """The least objective by instance: published, and verified plans of earlier runs."""
    known: dict[str, Known] = {}
    table_file = folder / "best_known.csv"
    if table_file.exists():
        with table_file.open() as lines:
            for row in csv.DictReader(lines):
                if row["objective"]:
                    proven = row["proven_optimal"] == "1"
                    known[row["instance"]] = Known(objective=int(row["objective"]), proven=proven)
    if kept.exists():
        for name, entry in json.loads(kept.read_text()).items():
            if name not in known or entry["objective"] < known[name].objective:
                known[name] = Known(objective=entry["objective"], proven=False)
    return known


def keep(kept: Path, problem: PlanningProblem, plan: Plan, objective: int) -> None:
    """Store the plan's sequences where it is the best seen of its instance."""
    entries = json.loads(kept.read_text()) if kept.exists() else {}
    if problem.name not in entries or objective < entries[problem.name]["objective"]:
        rows = {line.id: [x.order for x in plan.lots if x.line == line.id] for line in problem.lines}
        entries[problem.name] = {"objective": objective, "sequences": rows}
        kept.write_text(json.dumps(dict(sorted(entries.items())), separators=(",", ":")) + "\n")


@dataclass(slots=True)
class Bench:
    """One call: what it may take, what was run before it, and what is known."""

    runs: Runs
    kept: Path
    known: dict[str, Known]
    ends: float
    violations: int = 0
    cut: bool = False

    def run(self, key: str, solver: Callable[[], int | None]) -> int | None:
        """The cost kept under the key, else the solver's, unless the time is up."""
        if key not in self.runs.costs:
            if monotonic() > self.ends:
                self.cut = True
                return None
            self.runs.add(key, solver())
            print(f"{key}: {self.runs.costs[key]}", file=sys.stderr, flush=True)
        return self.runs.costs[key]

    def ours(self, problem: PlanningProblem, seconds: float, seed: int) -> int | None:
        """Our cost, recomputed; a plan better than any known is kept where none is proven."""
        warm()
        outcome = solve(problem, limits=SolveLimits(seconds=seconds, workers=WORKERS), seed=seed)
        if outcome.plan is None or violations(problem, outcome.plan):
            self.violations += 1
            return None
        total, known = cost(problem, outcome.plan).total, self.known.get(problem.name)
        if known is None or (not known.proven and total < known.objective):
            keep(self.kept, problem, outcome.plan, total)
            self.known[problem.name] = Known(objective=total, proven=False)
        return total

    def measure(self, problem: PlanningProblem, seconds: float, seeds: int, peers: bool) -> dict[str, Any] | None:
        """Our median cost over the seeds, the peers' with the same limit; ``None`` where the time did not suffice."""
        limit = f"{problem.name} {seconds:g} s {WORKERS} workers"
        costs = [
            self.run(f"{limit} seed {seed} ours {kernel_mark()}", partial(self.ours, problem, seconds, seed))
            for seed in range(1, seeds + 1)
        ]
        beside = peers and len(problem.orders) <= PEERS_UP_TO
        row: dict[str, Any] = {"name": problem.name, "seconds": seconds, "ours": middle(costs)}
        for name, peer in {"pyjobshop": pyjobshop, "cp_sat": cp_sat}.items():
            found = self.run(f"{limit} {name}", partial(peer, problem, seconds, WORKERS)) if beside else None
            row[name] = found
        row["edd"] = self.run(f"{problem.name} edd", partial(_edd, problem))
        known = self.known.get(problem.name)
        row["best"] = known.objective if known else None
        row["over_best_percent"] = over(row["ours"], row["best"])
        return None if self.cut else row


def _edd(problem: PlanningProblem) -> int | None:
    plan = earliest_due_date(problem)
    return None if violations(problem, plan) else cost(problem, plan).total


def _seconds(problem: PlanningProblem, asked: float | None) -> float:
    return asked or (30.0 if len(problem.orders) > 400 else 10.0)


def _asked(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--only", nargs="*", default=list(QUICK), help="beginnings of instance names")
    parser.add_argument("--seconds", type=float, default=None, help="of each solve; 10, or 30 above 400 orders")
    parser.add_argument("--seeds", type=int, default=int(os.environ.get("SEEDS", "1")))
    parser.add_argument("--minutes", type=float, default=1e6, help="start no further run after so many")
    parser.add_argument("--fresh", action="store_true", help="forget what was run before")
    parser.add_argument("--runs", type=Path, default=RUNS)
    parser.add_argument("--best", type=Path, default=KEPT)
    parser.add_argument("--long", type=float, default=60.0, help="seconds of the full solve beside the urgent order")
    parser.add_argument("--checks", action="store_true", help="only the urgent order and the small problems")
    parser.add_argument("--no-peers", action="store_true")
    options = parser.parse_args(arguments)
    if not any(options.folder.glob("*.json")):
        parser.error(f"no instances in {options.folder}; name their folder with --folder")
    return options


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Run the instances and return the JSON line's content."""
    options = _asked(arguments)
    if options.fresh:
        options.runs.unlink(missing_ok=True)
    bench = Bench(
        runs=Runs.of(options.runs, fresh=options.fresh),
        kept=options.best,
        known=best_known(options.folder, options.best),
        ends=monotonic() + 60 * options.minutes,
    )
    rows = []
    for file in [] if options.checks else sorted(options.folder.glob("*.json")):
        if any(file.stem.startswith(x) and (x not in QUICK or x == file.stem) for x in options.only):
            problem = PlanningProblem.from_json(json.loads(file.read_text()))
            row = bench.measure(problem, _seconds(problem, options.seconds), options.seeds, not options.no_peers)
            rows += [row] if row else []
            if bench.cut:
                print("The time is up: call again to go on from here.", file=sys.stderr)
                break
    whole = options.checks or (options.only == list(QUICK) and not bench.cut)
    checks = _checks(options.folder, options.best, options.long) if whole else []
    families = by_family(rows)
    print(table(families), file=sys.stderr, flush=True)
    return summary(rows, families, checks, bench)


def _checks(folder: Path, kept: Path, long_seconds: float) -> list[dict[str, Any]]:
    """An urgent order into the best plans known of their instances, and small problems against an oracle."""
    best, found = json.loads(kept.read_text()), []
    warm()
    for name in URGENT_ON:
        problem = PlanningProblem.from_json(json.loads((folder / f"{name}.json").read_text()))
        plan = of_sequences(problem, best[name]["sequences"])
        found.append(urgent_order(problem, plan, long_seconds=long_seconds, workers=WORKERS, seed=1))
    return [*found, small_problems(SMALL)]


def summary(
    rows: list[dict[str, Any]], families: list[dict[str, Any]], checks: list[dict[str, Any]], bench: Bench
) -> dict[str, Any]:
    """One line for all; ``peer`` is EDD's cost and ``ratio`` the mean of EDD over ours, where EDD keeps the rules."""
    both = [row for row in rows if row["edd"] and row["ours"]]
    gaps = [row["over_best_percent"] for row in rows if row["over_best_percent"] is not None]
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
        "violations": bench.violations,
        "complete": not bench.cut,
        "families": families,
        "checks": checks,
        "rows": rows,
    }


if __name__ == "__main__":
    print(json.dumps(main()))
