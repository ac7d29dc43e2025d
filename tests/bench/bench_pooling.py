"""`make bench-pooling`: grouping by words beside two peers on every labelled set, each set grouped by a model of the
others; and, with ``--wishes N``, the time of reading and pooling N generated wishes (``pooling_scale``).

    python -m tests.bench.bench_pooling [FOLDER] [--sets N] [--wishes N]

The wish set is two sets, the wishes of every other category in each, so that those of one are grouped by a scorer that
has seen wishes, but none of their categories.

A peer's threshold is the best of its list for each set, chosen with the labels: its bound, not what it would reach.
The last line is the JSON of CONTRACTS.md: ``ours`` and ``peer`` are the mean pair F1, the peer being the better one.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from demand.management.evaluating.grouping import load_lines, scores_of
from demand.pooling.kernel import words
from tests.bench.pooling_peers import PEERS

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
SHARED = DATA / "grouping"
WISHES = DATA / "wishes" / "grouping.jsonl"
Lines = list[dict[str, Any]]


def main() -> None:
    """Every set in turn, a table on standard error, one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--sets", type=int, default=None, help="only so many sets, the smallest first")
    parser.add_argument("--wishes", type=int, default=0, help="afterwards also the time of so many generated wishes")
    options = parser.parse_args()
    sets = {path.stem: load_lines(path) for path in sorted(options.folder.glob("*.jsonl"))}
    if options.folder == SHARED:
        sets |= halves(load_lines(WISHES))
    if len(sets) < 2:
        parser.error(f"{options.folder}: expected at least two .jsonl files of labelled texts")
    chosen = sorted(sets, key=lambda name: (len(sets[name]), name))[: options.sets]
    rows = [row for name in chosen for row in side_by_side(name, sets)]
    if options.wishes:
        command = [sys.executable, "-m", "tests.bench.pooling_scale", "--wishes", str(options.wishes)]
        subprocess.run(command, check=True)
    means = {who: fmean(row["pair_f1"] for row in rows if row["who"] == who) for who in ("ours", *PEERS)}
    best = max(PEERS, key=lambda who: means[who])
    line = {
        "name": "pooling",
        "ours": round(means["ours"], 4),
        "peer": round(means[best], 4),
        "ratio": round(means["ours"] / means[best], 4),
        "unit": f"mean pair F1; peer: {best}",
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "n": sum(len(sets[name]) for name in chosen),
    }
    sys.stdout.write(json.dumps(line) + "\n")


def halves(wishes: Lines) -> dict[str, Lines]:
    """The wishes of every other category, told by how their groups are called, and those of the rest."""
    kinds = [str(line["group"]).partition("-")[0] for line in wishes]
    order = {kind: number for number, kind in enumerate(sorted(set(kinds)))}
    return {
        f"wishes_{part + 1}": [line for line, kind in zip(wishes, kinds, strict=True) if order[kind] % 2 == part]
        for part in (0, 1)
    }


def side_by_side(name: str, sets: dict[str, Lines]) -> list[dict[str, Any]]:
    """Ours and each peer on one set; ours is fitted on all the others."""
    lines = sets[name]
    others = [([r["text"] for r in rows], [r["group"] for r in rows]) for key, rows in sets.items() if key != name]
    scorer = words.fit(others, seed=0)
    found = [_measured("ours", name, lines, [lambda texts: words.group(texts, scorer=scorer)])]
    return found + [_measured(who, name, lines, choices) for who, choices in PEERS.items()]


def _measured(who: str, name: str, lines: Lines, choices: Sequence[Callable[[list[str]], list[int]]]) -> dict[str, Any]:
    texts = [line["text"] for line in lines]
    best: dict[str, Any] = {}
    for choice in choices:
        began = time.perf_counter()
        figures = scores_of(lines, choice(texts))
        seconds = time.perf_counter() - began
        if not best or figures["pair_f1"] > best["pair_f1"]:
            best = {"who": who, **figures, "seconds": seconds}
    sys.stderr.write(
        f"{name:18}{who:24} pair F1 {best['pair_f1']:.3f}  B3 F1 {best['bcubed_f1']:.3f}"
        f" (precision {best['bcubed_precision']:.3f}, recall {best['bcubed_recall']:.3f}) {best['seconds']:.1f} s\n"
    )
    return best


if __name__ == "__main__":
    main()
