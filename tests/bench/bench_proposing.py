"""Bulk orders beside a greedy price/quantity fixed point, HiGHS and CP-SAT under the same limit.

`SEEDS=5 python -m tests.bench.bench_proposing [--sizes LINES:OFFERS:SECONDS ...] [--longer TIMES]`: progress on
standard error, last one line of JSON. Markets are drawn anew from each seed. Ours runs as `manage.py solve proposing`,
whose verifier counts violations; peak memory is that process's. Generic solvers are asked up to 10,000 lines only.
``--longer`` solves each market so many times as long besides, from another seed: where that finds no better plan and
hardly a lower bound, the bound is the loose part of the gap.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.proposing_market import draw_market

ROOT = Path(__file__).resolve().parents[2]
GENERATOR = ROOT.parent / "shared" / "tools" / "make_market.py"
SIZES = ("300:10:10", "10000:50:10", "100000:100:30", "1000000:200:120")
MOST_GENERIC = 10_000  # lines above which a generic model does not fit the time to build it
MOST_GREEDY = 100_000


def draw(folder: Path, lines: int, offers: int, seed: int) -> Path:
    """A market from the shared generator where it is at hand, else from this project's own of the same kind."""
    if not GENERATOR.exists():
        return draw_market(folder, lines=lines, offers=offers, seed=seed)
    options = ["--lines", str(lines), "--offers", str(offers), "--seed", str(seed)]
    subprocess.run([sys.executable, str(GENERATOR), str(folder), *options], check=True)
    return folder


def _json_of(*command: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def measure(lines: int, offers: int, seconds: float, seed: int, longer: float = 0.0) -> dict[str, Any]:
    """One market: our answer, that of a longer run where asked for, and the peers' surplus."""
    limit = ["--seconds", str(seconds)]
    with tempfile.TemporaryDirectory() as place:
        folder = str(draw(Path(place), lines, offers, seed))
        ours = _json_of("manage.py", "solve", "proposing", folder, *limit, "--seed", str(seed))
        found: dict[str, Any] = {}
        if longer:
            other = ["--seconds", str(longer * seconds), "--seed", str(seed + 1000)]
            more = _json_of("manage.py", "solve", "proposing", folder, *other)
            found["longer"] = {name: more[name] for name in ("objective", "bound", "gap", "seconds")}
        peers = ["highs", "cp_sat"] if lines <= MOST_GENERIC else []
        peers += ["greedy"] if lines <= MOST_GREEDY else []
        if peers:
            found |= _json_of("-m", "tests.bench.proposing_peers", folder, *limit, "--only", *peers)
    return {"lines": lines, "offers": offers, "limit": seconds, "seed": seed, **ours, **found}


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """``ours`` and ``peer`` (greedy) are surplus summed over markets where both ran; gaps are medians by size."""
    both = [row for row in rows if row.get("greedy")]
    ours, peer = sum(row["objective"] for row in both), sum(row["greedy"] for row in both)
    gaps: dict[str, list[float]] = {}
    for row in rows:
        if row["gap"] is not None:
            gaps.setdefault(f"{row['lines']}x{row['offers']}", []).append(row["gap"])
    return {
        "name": "proposing",
        "ours": ours,
        "peer": peer,
        "ratio": round(ours / peer, 4) if peer else None,
        "unit": "surplus in minor units, greedy price/quantity fixed point as peer",
        "peak_mb": max((row["peak_mb"] for row in rows), default=None),
        "n": len(rows),
        "violations": sum(row["violations"] for row in rows),
        "median_gap_percent": {size: round(100 * median(found), 3) for size, found in gaps.items()},
        "percent_under_longer": [round(100 * _under(row), 3) for row in rows if "longer" in row],
        **{f"over_{name}": _over(rows, name) for name in ("greedy", "highs", "cp_sat")},
        "rows": rows,
    }


def _under(row: dict[str, Any]) -> float:
    """By what share our answer is below that of the longer run; negative where it is above."""
    best: float = row["longer"]["objective"]
    return (best - row["objective"]) / best if best else 0.0


def _over(rows: list[dict[str, Any]], name: str) -> list[float | None]:
    """Our surplus over a peer's, market by market; None where the peer found nothing worth opening."""
    return [round(row["objective"] / row[name], 3) if row[name] else None for row in rows if name in row]


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Measure all sizes with all seeds and return the JSON line's content."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="*", default=list(SIZES), help="LINES:OFFERS:SECONDS")
    parser.add_argument("--longer", type=float, default=0.0, help="TIMES the seconds, for a second run")
    options = parser.parse_args(arguments)
    rows = []
    for size in options.sizes:
        lines, offers, seconds = size.split(":")
        for seed in range(1, int(os.environ.get("SEEDS", "1")) + 1):
            rows.append(measure(int(lines), int(offers), float(seconds), seed, options.longer))
            print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    return summary(rows)


if __name__ == "__main__":
    print(json.dumps(main()))
