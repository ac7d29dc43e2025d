"""Reading a market from its folder, the command's answer, and repeatability on a market too large to prove."""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from manufacturers.management.solving import BadFile, proposing
from manufacturers.proposing.kernel import BadProblem, SolveLimits, from_folder, solve, verify, violations

HEADER = ["line", "units", "permille", "ceiling", "within_days", "size", "colour"]
MARKET: dict[str, Any] = {
    "attributes": {"size": ["s", "m"], "colour": ["red", "blue"]},
    "shared": ["size"],
    "max_orders": 2,
    "offers": [
        {
            "id": "a",
            "makes": {"size": ["s"], "colour": ["red"]},
            "lead_days": 14,
            "moq": 2,
            "capacity": 9,
            "opening_cost": 10,
            "tiers": [{"min_units": 2, "unit_price": 60}],
            "value_cost": {"colour": {"red": 5}},
        }
    ],
}
ROWS = [
    ["ana", 1, 1000, 100, 30, "s", ""],
    ["ben", 2, 500, 90, 30, "s|m", "red|blue"],
    ["cho", 1, 1000, 80, 30, "m", ""],
]


def write(folder: Path, *, market: object = MARKET, rows: list[list[Any]] = ROWS, packed: bool = False) -> Path:
    (folder / "market.json").write_text(json.dumps(market), encoding="utf-8")
    text = "\n".join(",".join(map(str, row)) for row in [HEADER, *rows]) + "\n"
    if packed:
        (folder / "lines.csv.gz").write_bytes(gzip.compress(text.encode()))
    else:
        (folder / "lines.csv").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("packed", [False, True])
def test_a_folder_is_solved_and_its_answer_written(tmp_path: Path, packed: bool) -> None:
    parser = argparse.ArgumentParser()
    proposing.add_arguments(parser)
    out = tmp_path / "answer.json"
    folder = write(tmp_path, packed=packed)
    answer = proposing.run(vars(parser.parse_args([str(folder), "--seconds", "5", "--out", str(out)])))
    assert (answer["status"], answer["objective"], answer["bound"], answer["gap"]) == ("optimal", 50.0, 50.0, 0.0)
    assert (answer["proposals"], answer["served_units"], answer["violations"]) == (1, 2.0, 0)
    assert json.loads(out.read_text())["orders"] == [
        {
            "offer": "a",
            "specification": {"size": "s"},
            "tier": 0,
            "unit_price": 60,
            "volume": 2.0,
            "lines": ["ana", "ben"],
        }
    ]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (["dee", 0, 500, 90, 30, "s", ""], "lines.csv:5: units: expected a whole number from 1 to 1000000, found '0'"),
        (
            ["dee", 1, 1001, 90, 30, "s", ""],
            "lines.csv:5: permille: expected a whole number from 0 to 1000, found '1001'",
        ),
        (
            ["dee", 1, 500, "x", 30, "s", ""],
            "lines.csv:5: ceiling: expected a whole number from 0 to 1000000000, found 'x'",
        ),
        (["dee", 1, 500, 90, 30, "xl", ""], "lines.csv:5: size: expected values among s|m, found 'xl'"),
        (["dee", 1, 500, 90, 30, "s"], "lines.csv:5: expected 7 columns, found 6"),
        (["ana", 1, 500, 90, 30, "s", ""], "lines: expected no line id twice"),
    ],
)
def test_a_bad_line_is_named_with_its_place(tmp_path: Path, row: list[Any], sentence: str) -> None:
    with pytest.raises(BadProblem) as caught:
        from_folder(write(tmp_path, rows=[*ROWS, row]))
    assert str(caught.value) == sentence


@pytest.mark.parametrize("market", [[], {"attributes": {}}, {**MARKET, "max_orders": -1}, {**MARKET, "shared": ["x"]}])
def test_a_market_that_cannot_be_used_is_a_bad_file(tmp_path: Path, market: object) -> None:
    with pytest.raises(BadFile):
        proposing.run({"folder": write(tmp_path, market=market), "seconds": 1.0, "seed": 0, "out": None})


def test_missing_or_broken_files_are_bad_files(tmp_path: Path) -> None:
    options = {"seconds": 1.0, "seed": 0, "out": None}
    with pytest.raises(BadFile, match="expected a folder"):
        proposing.run({"folder": tmp_path / "none", **options})
    with pytest.raises(BadFile, match=r"market\.json: not found"):
        proposing.run({"folder": tmp_path, **options})
    write(tmp_path).joinpath("lines.csv").rename(tmp_path / "lines.csv.gz")
    with pytest.raises(BadFile, match=r"lines\.csv\.gz: cannot be read"):
        proposing.run({"folder": tmp_path, **options})
    (tmp_path / "market.json").write_text("{")
    with pytest.raises(BadFile, match=r"market\.json: expected JSON"):
        proposing.run({"folder": tmp_path, **options})


def wide_market(folder: Path, *, seed: int) -> Path:
    """1,500 lines and 12 offers: far above what is solved exactly."""
    draw = np.random.default_rng(seed)
    makers = [
        {
            "id": f"m{k}",
            "makes": {"size": ["s", "m"], "colour": ["red", "blue"] if k % 2 else ["red"]},
            "lead_days": int(draw.choice([7, 14, 28])),
            "moq": int(draw.integers(20, 80)),
            "capacity": int(draw.integers(150, 400)),
            "opening_cost": 500,
            "tiers": [
                {"min_units": 20, "unit_price": int(draw.integers(80, 110))},
                {"min_units": 120, "unit_price": 75},
            ],
            "value_cost": {"colour": {"red": int(draw.integers(-5, 6))}},
        }
        for k in range(12)
    ]
    rows = [
        [k, int(draw.choice([1, 2, 20])), int(draw.choice([200, 700])), int(draw.integers(60, 160)),
         int(draw.integers(5, 40)), str(draw.choice(["", "s", "m"])), str(draw.choice(["", "red", "blue"]))]
        for k in range(1500)
    ]  # fmt: skip
    return write(folder, market={**MARKET, "max_orders": 5, "offers": makers}, rows=rows)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_wide_market_keeps_every_rule_and_repeats_exactly(tmp_path: Path, seed: int) -> None:
    problem = from_folder(wide_market(tmp_path, seed=seed))
    first = solve(problem, limits=SolveLimits(iterations=8), seed=3)
    assert first.plan is not None
    assert violations(problem, first.plan) == []
    assert first.objective == verify.surplus(problem, first.plan)
    assert 0 < first.objective <= first.bound
    again = solve(problem, limits=SolveLimits(iterations=8), seed=3)
    assert (again.plan, again.objective, again.bound) == (first.plan, first.objective, first.bound)
    warm = solve(problem, limits=SolveLimits(iterations=1), seed=4, warm_start=first.plan)
    assert warm.objective >= first.objective
