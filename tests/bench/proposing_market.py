"""Draws a proposing market from a seed: correlated tastes, offers of different skill, lines of very unequal size."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np

COUNTS = (4, 5, 3, 6)  # values of each attribute
TIERS = ((1.0, 1.0), (2.0, 0.94), (5.0, 0.885), (12.0, 0.84))  # multiple of the MOQ, share of the base price
BASE = 10_000


def draw_market(folder: Path, *, lines: int, offers: int, seed: int, max_orders: int = 10) -> Path:
    """Write ``market.json`` and ``lines.csv.gz``; equal arguments give equal files."""
    random = np.random.default_rng(seed)
    popular = [random.permutation(1 / np.arange(1, count + 1)) for count in COUNTS]
    worth = [random.uniform(-0.12, 0.18, count) for count in COUNTS]
    market: dict[str, Any] = {
        "attributes": {f"a{a}": [f"v{k}" for k in range(count)] for a, count in enumerate(COUNTS)},
        "shared": [f"a{a}" for a in range(len(COUNTS))],
        "max_orders": max_orders,
        "offers": [_offer(random, m, lines, worth) for m in range(offers)],
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "market.json").write_text(json.dumps(market), "utf-8")
    with gzip.open(folder / "lines.csv.gz", "wt", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["line", "units", "permille", "ceiling", "within_days", *market["attributes"]])
        writer.writerows(zip(range(lines), *_lines(random, lines, popular, worth), strict=True))
    return folder


def _offer(random: np.random.Generator, number: int, lines: int, worth: list[Any]) -> dict[str, Any]:
    moq = int(np.exp(random.uniform(np.log(max(20, 0.003 * lines)), np.log(max(60, 0.04 * lines)))))
    skill = random.uniform(0.72, 1.02) * (moq / max(35, 0.011 * lines)) ** -0.05
    makes, cost = {}, {}
    for a, count in enumerate(COUNTS):
        able = random.permutation(count)[: int(np.ceil(count * random.uniform(0.35, 0.9)))]
        makes[f"a{a}"] = [f"v{k}" for k in sorted(able.tolist())]
        cost[f"a{a}"] = {f"v{k}": round(BASE * skill * float(worth[a][k])) for k in range(count)}
    return {
        "id": f"m{number}",
        "makes": makes,
        "lead_days": 7 * int(random.choice([2, 3, 4, 6, 8, 10, 12])),
        "moq": moq,
        "capacity": int(moq * random.uniform(4, 25)),
        "opening_cost": 50 * moq,
        "value_cost": cost,
        "tiers": [
            {"min_units": int(np.ceil(moq * least)), "unit_price": round(BASE * skill * share)}
            for least, share in TIERS
        ],
    }


def _lines(random: np.random.Generator, lines: int, popular: list[Any], worth: list[Any]) -> list[list[Any]]:
    """Columns: half of the lines accept any value of an attribute, a third of the others two values."""
    extra, accepted = np.zeros(lines), []
    for share, value in zip(popular, worth, strict=True):
        first, second = random.choice(len(share), (2, lines), p=share / share.sum())
        want, both = random.random(lines), random.random(lines) < 0.3
        extra += np.where(want < 0.5, 0.0, value[first])
        pairs = zip(want < 0.5, both, first.tolist(), second.tolist(), strict=True)
        accepted.append(["" if a else _values({p, q} if b else {p}) for a, b, p, q in pairs])
    ceiling = np.round(BASE * (1 + extra) * np.exp(random.normal(-0.02, 0.18, lines)))
    return [
        random.choice([1, 2, 5, 20, 100], lines, p=[0.85, 0.08, 0.04, 0.02, 0.01]).tolist(),
        random.choice([200, 400, 700, 950], lines, p=[0.35, 0.3, 0.2, 0.15]).tolist(),
        ceiling.astype(int).tolist(),
        (7 * random.integers(2, 17, lines)).tolist(),
        *accepted,
    ]


def _values(numbers: set[int]) -> str:
    return "|".join(f"v{k}" for k in sorted(numbers))
