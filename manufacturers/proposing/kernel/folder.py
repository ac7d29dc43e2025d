"""A proposing instance from its folder: ``market.json`` and ``lines.csv`` or ``lines.csv.gz``."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from .problem import MAX_NUMBER, BadProblem, Ints, Lines, Offer, ProposingProblem, Tier, build

NUMBERS = ("units", "permille", "ceiling", "within_days")
CHUNK = 50_000  # rows held as text at once, so that a million lines stay small in memory


def from_folder(path: Path | str) -> ProposingProblem:
    """Read and check an instance.

    Raises
    ------
    BadProblem
        One sentence naming the file, the line where there is one, the field and what was expected.
    """
    folder = Path(path)
    market = _read_market(folder / "market.json")
    try:
        attributes = {name: tuple(map(str, values)) for name, values in market["attributes"].items()}
        shared = [str(name) for name in market["shared"]]
        offers = [_offer(row) for row in market["offers"]]
        max_orders = market["max_orders"]
    except (KeyError, TypeError, AttributeError) as error:
        raise BadProblem(f"market.json: a field is missing or has the wrong shape: {error}") from None
    with _open_lines(folder) as (name, stream):
        lines = _read_lines(name, stream, attributes)
    return build(attributes=attributes, shared=shared, max_orders=max_orders, offers=offers, lines=lines)


def _read_market(path: Path) -> dict[str, Any]:
    try:
        market = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadProblem(f"{path.name}: not found in {path.parent}") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadProblem(f"{path.name}: expected JSON in UTF-8: {error}") from None
    if not isinstance(market, dict):
        raise BadProblem(f"{path.name}: expected an object")
    return market


def _offer(row: Mapping[str, Any]) -> Offer:
    return Offer(
        id=str(row["id"]),
        makes={name: tuple(map(str, values)) for name, values in row["makes"].items()},
        lead_days=row["lead_days"],
        moq=row["moq"],
        capacity=row["capacity"],
        opening_cost=row["opening_cost"],
        tiers=tuple(Tier(min_units=tier["min_units"], unit_price=tier["unit_price"]) for tier in row["tiers"]),
        value_cost={name: dict(costs) for name, costs in row.get("value_cost", {}).items()},
    )


@contextmanager
def _open_lines(folder: Path) -> Iterator[tuple[str, io.TextIOBase]]:
    plain, packed = folder / "lines.csv", folder / "lines.csv.gz"
    if plain.exists():
        with plain.open(encoding="utf-8", newline="") as stream:
            yield plain.name, stream
    elif packed.exists():
        with gzip.open(packed, "rt", encoding="utf-8", newline="") as stream:
            yield packed.name, stream
    else:
        raise BadProblem(f"lines.csv: neither it nor lines.csv.gz is in {folder}")


def _read_lines(name: str, stream: io.TextIOBase, attributes: Mapping[str, tuple[str, ...]]) -> Lines:
    masks = [_Masks(attribute, values) for attribute, values in attributes.items()]
    header = ["line", *NUMBERS, *attributes]
    parts: list[tuple[Any, ...]] = []
    try:
        reader = csv.reader(stream)
        if sorted(next(reader, [])) != sorted(header):
            raise BadProblem(f"{name}: expected the columns {', '.join(header)}")
        stream.seek(0)
        reader = csv.reader(stream)
        place = {column: k for k, column in enumerate(next(reader))}
        order = [place[column] for column in header]
        first = 2
        while rows := [row for _, row in zip(range(CHUNK), reader, strict=False)]:
            parts.append(_columns(name, first, rows, order, masks))
            first += len(rows)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise BadProblem(f"{name}: cannot be read: {error}") from None
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)] if parts else []
    if not columns:
        columns = [np.array([], dtype=np.str_), *(np.array([], dtype=np.int64) for _ in header[1:])]
    return Lines(
        ids=columns[0],
        units=columns[1],
        permille=columns[2],
        ceiling=columns[3],
        within_days=columns[4],
        accepts=dict(zip(attributes, columns[5:], strict=True)),
    )


def _columns(name: str, first: int, rows: list[list[str]], order: list[int], masks: list[_Masks]) -> tuple[Any, ...]:
    """The rows as arrays; a bad cell is looked for only when the quick way fails."""
    width = len(order)
    for offset, row in enumerate(rows):
        if len(row) != width:
            raise BadProblem(f"{name}:{first + offset}: expected {width} columns, found {len(row)}")
    text = [[row[k] for row in rows] for k in order]
    numbers = [_numbers(f"{name}", first, field, text[k + 1]) for k, field in enumerate(NUMBERS)]
    accepted = [mask.of(name, first, text[k + 5]) for k, mask in enumerate(masks)]
    return (np.array(text[0], dtype=np.str_), *numbers, *accepted)


def _numbers(name: str, first: int, field: str, text: list[str]) -> Ints:
    limits = {"units": (1, 10**6), "permille": (0, 1000), "ceiling": (0, 10**9), "within_days": (0, 10**6)}
    low, high = limits[field]
    values = []
    for offset, cell in enumerate(text):
        try:
            value = int(cell)
        except ValueError:
            value = -MAX_NUMBER
        if not low <= value <= high:
            raise BadProblem(
                f"{name}:{first + offset}: {field}: expected a whole number from {low} to {high}, found {cell!r}"
            )
        values.append(value)
    return np.array(values, dtype=np.int64)


class _Masks:
    """Accepted values of one attribute as bits, remembered by their text."""

    def __init__(self, attribute: str, values: tuple[str, ...]) -> None:
        self.attribute = attribute
        self.bit = {value: 1 << k for k, value in enumerate(values)}
        self.known = {"": (1 << len(values)) - 1}

    def of(self, name: str, first: int, text: list[str]) -> Ints:
        for cell in set(text) - self.known.keys():
            bits = [self.bit.get(value) for value in cell.split("|")]
            if None in bits:
                at = first + text.index(cell)
                raise BadProblem(
                    f"{name}:{at}: {self.attribute}: expected values among {'|'.join(self.bit)}, found {cell!r}"
                )
            self.known[cell] = sum({bit for bit in bits if bit is not None})
        return np.array([self.known[cell] for cell in text], dtype=np.int64)
