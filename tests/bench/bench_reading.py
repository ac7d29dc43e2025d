"""`make bench-reading`: the reader beside the vocabulary looked up alone and the encoder's nearest category alone.

    python -m tests.bench.bench_reading [--again 3]

Every hand-written set found is read by all three in one run: the given one and those kept with the tests. The last line
is the JSON of CONTRACTS.md: ``ours`` and ``peer`` are needs F1 over all sets, the peer being the better of the two.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demand.management.evaluating.reading import (
    SHIPPED,
    TODAY,
    load_catalogue,
    load_lines,
    read_in_parts,
    same_constraint,
)
from demand.reading.kernel import Catalogue, Reader, Reading
from tests.bench.reading_peers import Encoder, LookUp, Read

ROOT = Path(__file__).resolve().parents[2]
GIVEN = ROOT.parent / "shared" / "data" / "wishes"
KEPT = ROOT / "tests" / "kernels" / "data" / "reading"
WORKERS = min(os.cpu_count() or 1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Counts over texts: ``category`` right, and needs right, read and meant."""

    n: int
    category: int
    right: int
    read: int
    gold: int

    def __add__(self, other: Score) -> Score:
        return Score(n=self.n + other.n, category=self.category + other.category, right=self.right + other.right,
                     read=self.read + other.read, gold=self.gold + other.gold)  # fmt: skip

    @property
    def category_accuracy(self) -> float:
        return round(self.category / self.n, 4)

    @property
    def needs_f1(self) -> float:
        return round(2 * self.right / max(self.read + self.gold, 1), 4)


def sets() -> dict[str, tuple[Catalogue, list[dict[str, Any]]]]:
    """Catalogue and labelled lines of each set by name."""
    given = (GIVEN / "catalogue.json", GIVEN / "reading.jsonl")
    if not given[1].exists():
        given = (SHIPPED, SHIPPED.with_name("reading.jsonl"))
    files = {"given": given}
    for wishes in sorted(KEPT.glob("*_wishes.jsonl")):
        name = wishes.name.removesuffix("_wishes.jsonl")
        files[name] = (KEPT / f"{name}_catalogue.json", wishes)
    return {name: (load_catalogue(catalogue), load_lines(lines)) for name, (catalogue, lines) in files.items()}


def score(lines: Sequence[Mapping[str, Any]], reads: Sequence[Read]) -> Score:
    """A need counts when category, attribute and constraint are right."""
    total = Score(n=0, category=0, right=0, read=0, gold=0)
    for line, (category, needs) in zip(lines, reads, strict=True):
        gold = line["gold"]
        same = category == gold["category"]
        right = [a for a in needs if same and a in gold["needs"] and same_constraint(gold["needs"][a], needs[a])]
        total += Score(n=1, category=same, right=len(right), read=len(needs), gold=len(gold["needs"]))
    return total


def plain(reading: Reading) -> Read:
    """A reading as the peers give theirs."""
    return (reading.category.value if reading.category else None), dict(reading.needs["must"])


def timed(work: Callable[[], Sequence[Read]]) -> tuple[Sequence[Read], float]:
    """What it gives and the seconds it took."""
    began = time.perf_counter()
    found = work()
    return found, time.perf_counter() - began


def p95_ms(reader: Reader, texts: Sequence[str]) -> float:
    """The 95th percentile of reading one text alone, encoder included."""
    taken = []
    for text in texts:
        began = time.perf_counter()
        reader.read(text, today=TODAY)
        taken.append(1000 * (time.perf_counter() - began))
    return round(sorted(taken)[int(0.95 * (len(taken) - 1))], 2)


def side_by_side(
    catalogue: Catalogue, lines: Sequence[Mapping[str, Any]], again: int
) -> dict[str, tuple[Score, float]]:
    """Score and texts per second of all three on one set; ours with two processes, each text read ``again`` times."""
    texts = [line["text"] for line in lines]
    reader, look_up, encoder = Reader(catalogue), LookUp(catalogue), Encoder(catalogue)
    reader.wake()
    runs: dict[str, Callable[[], Sequence[Read]]] = {
        "reader": lambda: [plain(r) for r in read_in_parts(reader, texts * again, workers=WORKERS)],
        "look-up": lambda: [look_up.read(text) for text in texts * again],
        "encoder": lambda: encoder.read(texts * again),
    }
    found = {}
    for name, run in runs.items():
        reads, seconds = timed(run)
        found[name] = (score(lines, reads[: len(lines)]), round(len(texts) * again / seconds, 1))
    return found


def main() -> None:
    """Run all sets; the table on standard error, one line of JSON last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", type=int, default=3, help="how often each text is read when timed")
    again = parser.parse_args().again
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    totals: dict[str, Score] = {}
    speeds: dict[str, list[float]] = {}
    slowest = 0.0
    for name, (catalogue, lines) in sets().items():
        for who, (judged, speed) in side_by_side(catalogue, lines, again).items():
            totals[who] = totals[who] + judged if who in totals else judged
            speeds.setdefault(who, []).append(speed)
            sys.stderr.write(f"{name:12}{who:10}{judged.category_accuracy:>8}{judged.needs_f1:>8}{speed:>10}/s\n")
        slowest = max(slowest, p95_ms(Reader(catalogue), [line["text"] for line in lines]))
    peer = max(totals["look-up"].needs_f1, totals["encoder"].needs_f1)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = {"name": "reading", "ours": totals["reader"].needs_f1, "peer": peer,
            "ratio": round(totals["reader"].needs_f1 / peer, 4), "unit": "needs F1", "peak_mb": round(memory),
            "n": totals["reader"].n, "p95_ms": slowest, "grown_mb": round(memory - before),
            "category_accuracy": {who: total.category_accuracy for who, total in totals.items()},
            "texts_per_second": {who: min(each) for who, each in speeds.items()}}  # fmt: skip
    sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
