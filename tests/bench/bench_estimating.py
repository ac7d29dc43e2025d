"""`make bench-estimating`: the estimator beside its rivals on real campaigns, and on a market whose truth is known.

    python -m tests.bench.bench_estimating [FILE.jsonl] [--market]

The last line is the JSON of CONTRACTS.md: ``ours`` and ``peer`` are CRPS in units, the peer being one pooled
beta-binomial rate per kind.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
from collections.abc import Sequence
from pathlib import Path

from demand.estimating.kernel.problem import ClosedCampaign
from demand.estimating.kernel.walking import Estimator, Figures, Forecaster, summary, walk
from demand.management.evaluating.estimating import read
from tests.bench.estimating_peers import PEERS
from tests.oracles.simulated_market import market

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "estimating" / "sessions.jsonl"
DRAWS = 4000


def side_by_side(campaigns: Sequence[ClosedCampaign], *, learn_days: int, seed: int) -> dict[str, Figures]:
    """The figures of everyone on the same walk."""
    runners: dict[str, Forecaster] = {"estimator": Estimator(campaigns, seed=seed, draws=DRAWS)}
    runners |= {name: peer(seed=seed, draws=DRAWS) for name, peer in PEERS.items()}
    return {name: summary(walk(campaigns, runner, learn_days=learn_days)) for name, runner in runners.items()}


def show(title: str, figures: dict[str, Figures]) -> None:
    """A table on standard error."""
    columns = ("n", "crps", "crps_relative", "coverage80", "coverage95", "width80", "wape", "bias")
    sys.stderr.write(f"{title}\n{'':22}" + "".join(f"{column:>15}" for column in columns) + "\n")
    for name, row in figures.items():
        sys.stderr.write(f"{name:22}" + "".join(f"{row[column]!s:>15}" for column in columns) + "\n")


def real(file: Path) -> None:
    """The campaigns of a file, those of the first two closing days only to learn from."""
    campaigns = read(file)
    seeds = range(int(os.environ.get("SEEDS", "1")))
    runs = [side_by_side(campaigns, learn_days=2, seed=seed) for seed in seeds]
    show(f"{file.name}: {len(campaigns)} campaigns, the first two closing days only teach", runs[0])
    report(runs)


def known(absent: Path) -> None:
    """Where the real campaigns are not at hand: 300 of a known market, so that there is always something to see."""
    sys.stderr.write(f"{absent} is not here; a simulated market of 100 lines a campaign stands in for it\n")
    campaigns = market(campaigns=300, persons=100, seed=1)
    runs = [side_by_side(campaigns, learn_days=30, seed=0)]
    show("market, 100 lines", runs[0])
    report(runs)


def report(runs: Sequence[dict[str, Figures]]) -> None:
    """The seeds' mean of both CRPS, as the one line of JSON."""
    ours = sum(run["estimator"]["crps"] or 0.0 for run in runs) / len(runs)
    peer = sum(run["pooled rate"]["crps"] or 0.0 for run in runs) / len(runs)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = {
        "name": "estimating",
        "ours": round(ours, 4),
        "peer": round(peer, 4),
        "ratio": round(ours / peer, 4),
        "unit": "CRPS, units",
        "peak_mb": round(memory),
        "n": runs[0]["estimator"]["n"],
    }
    sys.stdout.write(json.dumps(line) + "\n")


def simulated() -> None:
    """1,000 campaigns of a known market at three sizes."""
    for persons in (10, 100, 10_000):
        campaigns = market(campaigns=1000, persons=persons, seed=1)
        estimator = Estimator(campaigns, seed=0, draws=DRAWS)
        show(f"market, {persons} lines", {"estimator": summary(walk(campaigns, estimator, learn_days=50))})


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--market", action="store_true", help="also the simulated market (some minutes)")
    options = parser.parse_args()
    if options.market:
        simulated()
    if options.file == SHARED and not SHARED.exists():
        known(SHARED)
    else:
        real(options.file)


if __name__ == "__main__":
    main()
