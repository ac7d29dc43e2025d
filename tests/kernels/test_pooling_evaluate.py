"""`evaluate grouping`: the figures asked for, and a sentence for a file that cannot be used."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from demand.management.evaluating import BadFile, grouping

SHIPPED = Path(grouping.__file__).resolve().parents[2] / "demo" / "data" / "catalogue.json"
FIGURES = {
    "n",
    "groups_true",
    "groups_found",
    "ari",
    "nmi",
    "bcubed_precision",
    "bcubed_recall",
    "bcubed_f1",
    "pair_f1",
    "seconds",
    "peak_mb",
}


def evaluated(path: Path, lines: list[Any], *more: str) -> dict[str, Any]:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    parser = argparse.ArgumentParser()
    grouping.add_arguments(parser)
    return grouping.run(vars(parser.parse_args([str(path), *more])))


def test_by_words_the_figures_of_the_contract(tmp_path: Path) -> None:
    lines = [
        {"id": "1", "text": "bosch kgn34nw3ag fridge", "group": "a"},
        {"id": "2", "text": "bosch kgn34nw3ag frost free fridge", "group": "a"},
        {"id": "3", "text": "samsung ue49nu7100 tv", "group": "b"},
    ]
    found = evaluated(tmp_path / "titles.jsonl", lines)
    assert set(found) == FIGURES
    assert (found["n"], found["groups_true"], found["groups_found"], found["bcubed_f1"]) == (3, 2, 2, 1.0)


def test_by_needs_the_same_want_meets_across_languages(tmp_path: Path) -> None:
    lines = [
        {"id": "1", "text": "想要一台16寸游戏本", "group": "a"},
        {"id": "2", "text": "gaming laptop, 16 inch", "group": "a", "also": ["b"]},
        {"id": "3", "text": "14寸办公笔记本电脑", "group": "b"},
        {"id": "4", "text": "hello", "group": "c"},
    ]
    found = evaluated(tmp_path / "wishes.jsonl", lines, "--catalog", str(SHIPPED))
    assert (found["groups_found"], found["pair_f1"], found["bcubed_f1_lenient"]) == (3, 1.0, 1.0)
    assert found["pair_recall_zh_en"] == 1.0


def test_pairs_across_languages_are_counted_once_each() -> None:
    lines = [{"text": text, "group": "a"} for text in ("红色水杯", "藍色水杯 Thermos", "red bottle", "blue bottle")]
    assert grouping.scores_of(lines, [0, 0, 0, 1])["pair_recall_zh_en"] == 0.5


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "titles.jsonl:1: expected one JSON object"),
        ({"text": 3, "group": "a"}, "titles.jsonl:1: field 'text': expected a text"),
        ({"text": "a"}, "titles.jsonl:1: field 'group': expected a text"),
        ({"text": "a", "group": "b", "also": "c"}, "titles.jsonl:1: field 'also': expected a list of groups"),
        ("", "expected at least one line"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: Any, said: str) -> None:
    with pytest.raises(BadFile, match=said):
        evaluated(tmp_path / "titles.jsonl", [line])


def test_training_that_teaches_nothing_is_refused(tmp_path: Path) -> None:
    lines = [{"id": "1", "text": "alone", "group": "a"}]
    with pytest.raises(BadFile, match="training needs texts"):
        evaluated(tmp_path / "titles.jsonl", lines, "--train", str(tmp_path / "titles.jsonl"))
