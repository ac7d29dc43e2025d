"""`manage.py evaluate grouping FILE.jsonl`: group labelled texts in memory and say how alike it is to the labels."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from demand.management.evaluating import BadFile
from demand.management.evaluating.reading import load_catalogue
from demand.pooling.kernel import Attribute, DemandCell, PoolingProblem, solve, words
from demand.pooling.kernel.scorer import Scorer
from demand.pooling.kernel.scores import score, settle
from demand.reading.kernel import Catalogue, Reader, Reading

TODAY = date(2026, 3, 1)
SEED = 0
MEGABYTE_IN_KB = 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``evaluate grouping``."""
    parser.add_argument("file", type=Path)
    parser.add_argument("--catalog", type=Path, default=None, help="read the texts with it and pool by needs")
    parser.add_argument("--train", type=Path, nargs="+", action="extend", default=[], help="labelled files to fit on")


def run(options: dict[str, Any]) -> dict[str, Any]:
    """Group the texts of one file, with a catalogue by needs and without by words, and score it.

    Raises
    ------
    BadFile
        When a file cannot be used; the message names file, line and field.
    """
    lines = load_lines(Path(options["file"]))
    texts = [line["text"] for line in lines]
    catalogue = load_catalogue(options["catalog"]) if options.get("catalog") else None
    scorer = _fitted(options.get("train") or [])
    began = time.perf_counter()
    found: Sequence[Hashable]
    found = by_needs(texts, catalogue) if catalogue is not None else words.group(texts, scorer=scorer, seed=SEED)
    seconds = time.perf_counter() - began
    return {
        **scores_of(lines, found),
        "seconds": round(seconds, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MEGABYTE_IN_KB,
    }


def by_needs(texts: Sequence[str], catalogue: Catalogue) -> list[tuple[str, int]]:
    """A pool for each text: read, then pooled category by category. What has no category stands alone."""
    readings = Reader(catalogue).read_many(texts, today=TODAY)
    found: dict[int, tuple[str, int]] = {}
    for category in catalogue.categories:
        here = [at for at, one in enumerate(readings) if one.category and one.category.value == category.code]
        cells = tuple(_cell(at, readings[at]) for at in here)
        plan = solve(PoolingProblem(cells=cells, attributes=attributes_of(catalogue, category.code))).plan
        for number, pool in enumerate(plan.pools):
            found.update(dict.fromkeys(pool.cells, (category.code, number)))
    return [found.get(at, ("", at)) for at in range(len(texts))]


def attributes_of(catalogue: Catalogue, category: str) -> tuple[Attribute, ...]:
    """The attributes of one category as pooling wants them."""
    codes = next(one.attributes for one in catalogue.categories if one.code == category)
    return tuple(
        Attribute(
            code=one.code,
            kind=one.kind,
            scope="shared" if one.shared else "variant",
            unit=one.unit,
            values=tuple(value.code for value in one.values),
        )
        for one in map(catalogue.attribute, codes)
    )


def scores_of(lines: Sequence[dict[str, Any]], found: Sequence[Hashable]) -> dict[str, Any]:
    """The figures of CONTRACTS.md; the lenient ones where a line has ``also``."""
    true = [line["group"] for line in lines]
    result: dict[str, Any] = {"n": len(lines), "groups_true": len(set(true)), "groups_found": len(set(found))}
    result |= {name: round(value, 4) for name, value in asdict(score(true, found)).items()}
    if any(line.get("also") for line in lines):
        lenient = score(settle(true, [line.get("also", []) for line in lines], found), found)
        result |= {f"{name}_lenient": round(value, 4) for name, value in asdict(lenient).items()}
    if {"zh", "en"} <= set(map(_language, (line["text"] for line in lines))):
        result |= {"pair_recall_zh_en": round(_across(lines, found), 4)}
    return result


def _language(text: str) -> str:
    """``zh`` where a third of the letters are Han, else ``en``: brand names do not make a Chinese wish English."""
    han, letters = sum("\u3400" <= sign <= "\u9fff" for sign in text), sum(sign.isalpha() for sign in text)
    return "zh" if 3 * han > letters else "en"


def _across(lines: Sequence[dict[str, Any]], found: Sequence[Hashable]) -> float:
    """Of the pairs of a Chinese and an English text of one group, the share that met; 1 where there is no such pair.

    A text that fits several groups counts in the one that most of its found companions are in.
    """
    true = settle([line["group"] for line in lines], [line.get("also", []) for line in lines], found)
    spoken = [_language(line["text"]) for line in lines]
    wanted = Counter(zip(true, spoken, strict=True))
    met = Counter(zip(true, found, spoken, strict=True))
    pairs = sum(count * wanted[one, "en"] for (one, language), count in wanted.items() if language == "zh")
    joined = sum(count * met[one, place, "en"] for (one, place, language), count in met.items() if language == "zh")
    return joined / pairs if pairs else 1.0


def load_lines(path: Path) -> list[dict[str, Any]]:
    """Labelled texts, one object a line; ``BadFile`` naming the first line that is wrong."""
    try:
        content = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BadFile(f"{path}: expected UTF-8 ({error.reason})") from error
    rows = [_line(f"{path}:{number}", line) for number, line in enumerate(content.split("\n"), start=1) if line.strip()]
    if not rows:
        raise BadFile(f"{path}: expected at least one line")
    return rows


def _line(where: str, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadFile(f"{where}: expected one JSON object ({error.msg})") from error
    if not isinstance(row, dict):
        raise BadFile(f"{where}: expected one JSON object")
    for field in ("text", "group"):
        if not isinstance(row.get(field), str):
            raise BadFile(f"{where}: field '{field}': expected a text")
    also = row.get("also", [])
    if not isinstance(also, list) or not all(isinstance(one, str) for one in also):
        raise BadFile(f"{where}: field 'also': expected a list of groups")
    return row


def _fitted(paths: Sequence[Path]) -> Scorer | None:
    if not paths:
        return None
    sets = [load_lines(Path(path)) for path in paths]
    print(f"fitting on {len(sets)} files, {sum(map(len, sets))} texts", file=sys.stderr)
    try:
        return words.fit([([r["text"] for r in rows], [r["group"] for r in rows]) for rows in sets], seed=SEED)
    except ValueError as error:
        raise BadFile(f"{paths[0]}: {error}") from error


def _cell(position: int, reading: Reading) -> DemandCell:
    return DemandCell(cell_id=position, needs=reading.needs, units=1, persons=1)
