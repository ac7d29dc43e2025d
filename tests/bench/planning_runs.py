"""Runs of the planning bench that are kept on disk, so that a bench cut short goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

import manufacturers.planning.kernel as kernel

RUNS = Path(__file__).resolve().parents[2] / ".data" / "bench_planning.jsonl"
SOLVERS = ("ours", "pyjobshop", "cp_sat", "edd")
HEADING = ("family", "n", "seconds", *SOLVERS, "reached")


def kernel_mark() -> str:
    """A mark of the kernel's sources: runs of other sources do not count as run."""
    folder = Path(kernel.__file__).parent
    content = b"".join(file.read_bytes() for file in sorted(folder.glob("*.py")))
    return hashlib.sha256(content).hexdigest()[:12]


@dataclass(slots=True)
class Runs:
    """Costs by key, each a line of a file; a key names the instance, the solver, its limit and its seed."""

    file: Path
    costs: dict[str, int | None]

    @classmethod
    def of(cls, file: Path, *, fresh: bool) -> Runs:
        """What the file holds, or nothing where all is to be run anew."""
        if fresh or not file.exists():
            return cls(file=file, costs={})
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        return cls(file=file, costs={row["run"]: row["cost"] for row in rows})

    def add(self, key: str, cost: int | None) -> None:
        """Remember a cost; ``None``: the solver found no plan that keeps the rules."""
        self.costs[key] = cost
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("a") as lines:
            lines.write(json.dumps({"run": key, "cost": cost}) + "\n")


def family_of(name: str) -> str:
    """What an instance is a member of: ``wt_sds_41`` of ``wt_sds``; those above 40 and the shifts stand apart."""
    if name.startswith("wt_sds_"):
        return "wt_sds above 40" if int(name.rsplit("_", 1)[1]) > 40 else "wt_sds up to 40"
    if name.startswith("factory_"):
        return name.rsplit("_", 1)[0] if not name.endswith("_shifts") else name.rsplit("_", 2)[0] + " shifts"
    return "".join(letter for letter in name.split("_")[0] if not letter.isdigit()).rstrip("abcdefgh") or name


def over(cost: int | float | None, best: int | None) -> float | None:
    """Per cent over the best known; ``None`` where either is missing or the best is 0 and was not reached."""
    if cost is None or best is None:
        return None
    if best == 0:
        return 0.0 if cost == 0 else None
    return 100 * (cost / best - 1)


def middle(costs: list[int | None]) -> float | None:
    """The median, where every seed found a plan."""
    found = [cost for cost in costs if cost is not None]
    return median(found) if found and len(found) == len(costs) else None


def by_family(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Mean per cent over the best known of each solver, and how many plans of ours are as good as that."""
    groups: dict[tuple[str, float], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[family_of(row["name"]), row["seconds"]].append(row)
    found = []
    for (family, seconds), members in groups.items():
        entry: dict[str, Any] = {"family": family, "n": len(members), "seconds": seconds}
        for solver in SOLVERS:
            gaps = [over(row[solver], row["best"]) for row in members]
            known = [gap for gap in gaps if gap is not None]
            entry[solver] = round(mean(known), 3) if known else None
            entry[f"{solver}_n"] = len(known)
        entry["reached"] = sum(row["ours"] is not None and row["ours"] <= (row["best"] or 0) for row in members)
        found.append(entry)
    return found


def table(entries: list[dict[str, Any]]) -> str:
    """The families as lines of a table; beside a mean stands how many plans it is of where some have none."""
    rows = [list(HEADING)]
    for entry in entries:
        cells = [str(entry["family"]), str(entry["n"]), f"{entry['seconds']:g}"]
        for solver in SOLVERS:
            few = "" if entry[f"{solver}_n"] == entry["n"] else f" ({entry[f'{solver}_n']})"
            cells.append("-" if entry[solver] is None else f"{entry[solver]:.2f} %{few}")
        rows.append([*cells, f"{entry['reached']}/{entry['n']}"])
    widths = [max(len(row[k]) for row in rows) for k in range(len(HEADING))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
