"""`evaluate reading` scores by its contract and refuses a bad file with its line and field."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from demand.management.evaluating import BadFile
from demand.management.evaluating.reading import SHIPPED, load_catalogue, run

LINE = {
    "id": "w1",
    "text": "想要一台17寸游戏本,预算7000以内,不要红色,两台",
    "gold": {
        "category": "laptop",
        "needs": {
            "screen_size": {"min": 17, "max": 17.3, "unit": "inch"},
            "use": {"any": ["gaming"]},
            "colour": {"not": ["red"]},
        },
        "max_price": 7000,
        "quantity": 2,
    },
}


def test_the_shipped_wishes_reach_the_targets(tmp_path: Path) -> None:
    errors = tmp_path / "errors.jsonl"
    figures = run({"file": SHIPPED.parent / "reading.jsonl", "errors": errors})
    assert figures["n"] == 425
    assert figures["category_accuracy"] >= 0.95
    assert figures["needs_f1"] >= 0.92
    assert figures["price_accuracy"] >= 0.97
    assert figures["quantity_accuracy"] >= 0.97
    assert figures["exact"] >= 0.75
    assert len(errors.read_text(encoding="utf-8").splitlines()) == round(425 * (1 - figures["exact"]))


def test_sizes_compare_with_tolerance(tmp_path: Path) -> None:
    file = tmp_path / "one.jsonl"
    file.write_text(json.dumps(LINE, ensure_ascii=False), encoding="utf-8")
    figures = run({"file": file})
    assert (figures["exact"], figures["needs_f1"], figures["quantity_accuracy"]) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("", "at least one line"),
        ("{", ":1: expected one JSON object"),
        ('{"text": 3}', "'text'"),
        ('{"text": "x"}', "'gold'"),
        ('{"text": "x", "gold": {"category": null, "needs": {}, "quantity": 1}}', "gold.max_price"),
        ('{"text": "x", "gold": {"category": null, "needs": [], "max_price": null, "quantity": 1}}', "gold.needs"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, content: str, named: str) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(BadFile, match=named.replace(".", r"\.")):
        run({"file": file})


def test_a_bad_catalogue_is_named(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.json"
    file.write_text('{"categories": [], "attributes": [{}]}', encoding="utf-8")
    with pytest.raises(BadFile, match="attributes"):
        load_catalogue(file)
