"""`manage.py evaluate reading FILE.jsonl`: read labelled wishes in memory and say how much was right."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from demand.management.evaluating import BadFile
from demand.reading.kernel import Catalogue, CatalogueError, Reader, Reading

SHIPPED = Path(__file__).resolve().parents[2] / "demo" / "data" / "catalogue.json"
TOLERANCE = 0.025
FEW = 200
TODAY = date(2026, 3, 1)


@dataclass(slots=True)
class _Tally:
    n: int = 0
    category: int = 0
    price: int = 0
    quantity: int = 0
    exact: int = 0
    right: int = 0
    read: int = 0
    gold: int = 0
    nice: list[int] = field(default_factory=lambda: [0, 0, 0])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``evaluate reading``."""
    parser.add_argument("file", type=Path)
    parser.add_argument("--catalog", type=Path, default=None)
    parser.add_argument("--errors", type=Path, default=None)
    parser.add_argument("--workers", type=int, default=min(os.cpu_count() or 1, 2), help="processes; 2 unless set")


def run(options: dict[str, Any]) -> dict[str, Any]:
    """Read and score one file.

    Raises
    ------
    BadFile
        When the file or the catalogue cannot be used; the message names file, line and field.
    """
    reader = Reader(load_catalogue(options.get("catalog") or SHIPPED))
    lines = load_lines(Path(options["file"]))
    texts = [line["text"] for line in lines]
    reader.wake()
    reader.read_many(texts[:20], today=TODAY)
    began = time.perf_counter()
    readings = read_in_parts(reader, texts, workers=options.get("workers") or 1)
    seconds = time.perf_counter() - began
    result, wrong = score(lines, readings)
    result["texts_per_second"] = round(len(lines) / seconds, 1) if seconds else None
    if options.get("errors"):
        rows = (json.dumps(row, ensure_ascii=False) + "\n" for row in wrong)
        Path(options["errors"]).write_text("".join(rows), encoding="utf-8")
        print(f"{len(wrong)} wrong written to {options['errors']}", file=sys.stderr)
    return result


def read_in_parts(reader: Reader, texts: Sequence[str], *, workers: int) -> list[Reading]:
    """``reader.read_many`` by forked processes that share the compiled catalogue and the encoder; fewer than 200 texts
    are read here, as starting processes would take longer."""
    if workers < 2 or len(texts) < FEW:
        return reader.read_many(texts, today=TODAY)
    size = -(-len(texts) // workers)
    parts = [texts[start : start + size] for start in range(0, len(texts), size)]
    fork = get_context("fork")
    with ProcessPoolExecutor(workers, mp_context=fork, initializer=_inherited.append, initargs=(reader,)) as pool:
        return [reading for part in pool.map(_read_part, parts) for reading in part]


_inherited: list[Reader] = []
"""In a forked process: the reader of the one that forked it, which is never copied or sent."""


def _read_part(texts: Sequence[str]) -> list[Reading]:
    return _inherited[0].read_many(texts, today=TODAY)


def load_catalogue(path: Path) -> Catalogue:
    """The catalogue in a file; ``BadFile`` when it is none."""
    try:
        return Catalogue.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadFile(f"{path}: expected JSON in UTF-8 ({error})") from error
    except CatalogueError as error:
        raise BadFile(f"{path}: {error}") from error


def load_lines(path: Path) -> list[dict[str, Any]]:
    """Labelled wishes, one object a line; ``BadFile`` naming the first line that is wrong."""
    try:
        content = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BadFile(f"{path}: expected UTF-8 ({error.reason})") from error
    rows = [_line(path, number, line) for number, line in enumerate(content.splitlines(), start=1) if line.strip()]
    if not rows:
        raise BadFile(f"{path}: expected at least one line")
    return rows


def _line(path: Path, number: int, line: str) -> dict[str, Any]:
    where = f"{path}:{number}"
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadFile(f"{where}: expected one JSON object ({error.msg})") from error
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise BadFile(f"{where}: field 'text': expected a text")
    gold = row.get("gold")
    if not isinstance(gold, dict):
        raise BadFile(f"{where}: field 'gold': expected an object")
    for key in ("category", "needs", "max_price", "quantity"):
        if key not in gold:
            raise BadFile(f"{where}: field 'gold.{key}': missing")
    for key in ("needs", "nice"):
        part = gold.get(key, {})
        if not isinstance(part, dict) or not all(isinstance(need, dict) for need in part.values()):
            raise BadFile(f"{where}: field 'gold.{key}': expected an object of attribute → constraint")
    if gold["max_price"] is not None and not isinstance(gold["max_price"], int | float):
        raise BadFile(f"{where}: field 'gold.max_price': expected a number or null")
    if not isinstance(gold["quantity"], int):
        raise BadFile(f"{where}: field 'gold.quantity': expected a whole number")
    return row


def score(
    lines: Sequence[Mapping[str, Any]], readings: Sequence[Reading]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Figures over all lines, by language and by attribute; and the wrong ones with what was read."""
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    fields: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    wrong = []
    for line, reading in zip(lines, readings, strict=True):
        judged = _judge(line["gold"], reading, fields)
        for key in ("", str(line.get("lang") or reading.language)):
            _count(tallies[key], judged)
        if not judged["exact"]:
            read = {
                "category": _value(reading.category),
                "needs": reading.needs["must"],
                "nice": reading.needs["nice"],
                "max_price": _major(reading),
                "quantity": reading.quantity.value,
            }
            missed = [key for key in ("category", "needs", "price", "quantity") if not judged[key]]
            wrong.append(
                {"id": line.get("id"), "text": line["text"], "wrong": missed, "gold": line["gold"], "read": read}
            )
    result = _figures(tallies.pop(""))
    result["languages"] = {key: _figures(tallies[key]) for key in sorted(tallies)}
    result["fields"] = {key: _f1(*fields[key]) for key in sorted(fields)}
    return result, wrong


def _judge(gold: Mapping[str, Any], reading: Reading, fields: dict[str, list[int]]) -> dict[str, Any]:
    read = reading.needs
    same_category = _value(reading.category) == gold["category"]
    right = _same(gold["needs"], read["must"]) if same_category else []
    for key, group in ((2, gold["needs"]), (1, read["must"]), (0, right)):
        for attribute in group:
            fields[attribute][key] += 1
    nice = gold.get("nice") or {}
    nice_right = _same(nice, read["nice"]) if same_category else []
    judged = {
        "category": same_category,
        "right": len(right),
        "read": len(read["must"]),
        "gold": len(gold["needs"]),
        "needs": len(right) == len(read["must"]) == len(gold["needs"]),
        "nice": (len(nice_right), len(read["nice"]), len(nice)),
        "price": _same_price(gold["max_price"], _major(reading)),
        "quantity": reading.quantity.value == gold["quantity"],
    }
    judged["exact"] = judged["category"] and judged["needs"] and judged["price"] and judged["quantity"]
    return judged


def _count(tally: _Tally, judged: Mapping[str, Any]) -> None:
    tally.n += 1
    tally.category += judged["category"]
    tally.price += judged["price"]
    tally.quantity += judged["quantity"]
    tally.exact += judged["exact"]
    tally.right += judged["right"]
    tally.read += judged["read"]
    tally.gold += judged["gold"]
    tally.nice = [a + b for a, b in zip(tally.nice, judged["nice"], strict=True)]


def _figures(tally: _Tally) -> dict[str, Any]:
    def share(count: int, of: int) -> float:
        return round(count / of, 4) if of else 1.0

    return {
        "n": tally.n,
        "category_accuracy": share(tally.category, tally.n),
        "needs_precision": share(tally.right, tally.read),
        "needs_recall": share(tally.right, tally.gold),
        "needs_f1": _f1(tally.right, tally.read, tally.gold),
        "price_accuracy": share(tally.price, tally.n),
        "quantity_accuracy": share(tally.quantity, tally.n),
        "exact": share(tally.exact, tally.n),
        "nice_f1": _f1(*tally.nice),
    }


def _f1(right: int, read: int, gold: int) -> float:
    return round(2 * right / (read + gold), 4) if read + gold else 1.0


def _same(gold: Mapping[str, Any], read: Mapping[str, Any]) -> list[str]:
    return [attribute for attribute in gold if attribute in read and same_constraint(gold[attribute], read[attribute])]


def same_constraint(gold: Mapping[str, Any], read: Mapping[str, Any]) -> bool:
    """Whether two constraints are the same: codes in any order, quantities within the tolerance."""
    if "unit" in gold:
        return "unit" in read and all(_near(gold.get(end), read.get(end)) for end in ("min", "max"))
    return all(
        sorted(gold[key]) == sorted(read.get(key, ())) if key != "is" else gold[key] is read.get(key) for key in gold
    )


def _near(gold: float | None, read: float | None) -> bool:
    if gold is None or read is None:
        return gold is read
    return abs(gold - read) <= TOLERANCE * max(abs(gold), 1e-9)


def _same_price(gold: float | None, read: float | None) -> bool:
    return gold is read if gold is None or read is None else abs(gold - read) <= 0.01


def _major(reading: Reading) -> float | None:
    return None if reading.max_price_minor is None else reading.max_price_minor.value / 100


def _value(found: Any) -> Any:
    return None if found is None else found.value
