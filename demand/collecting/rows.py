"""Rows of files: JSON lines and CSV, read one by one, each with the line it stands on."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from demand.errors import DomainError


class UnusableFile(DomainError):
    """Nothing of the file can be used; nothing was stored."""

    code = "UNUSABLE_FILE"
    message = _("%(file)s: %(problem)s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: its line (from 1), its text as it stood there, and its fields; ``None`` where it could not be read."""

    line: int
    raw: str
    fields: Mapping[str, Any] | None


def rows_of(path: Path) -> Iterator[Row]:
    """The rows of a ``.csv`` file by its header, else of JSON lines. Bytes that are not UTF-8 spoil their row only.

    Raises :class:`UnusableFile` for a file that is absent, unreadable, empty, or a CSV file without a header.
    """
    try:
        text = path.read_text(encoding="utf-8-sig", errors="surrogateescape")
    except OSError as error:
        raise UnusableFile(file=str(path), problem=f"cannot be read ({error.strerror})") from error
    if not text.strip():
        raise UnusableFile(file=str(path), problem="is empty; expected one row a line")
    return _csv_rows(path, text) if path.suffix.lower() == ".csv" else _json_rows(text)


def _json_rows(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        yield Row(line=number, raw=line, fields=value if isinstance(value, dict) else None)


def _csv_rows(path: Path, text: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text.replace("\x00", "\ufffd"), newline=""), delimiter=_delimiter(text))
    header = [name.strip().lower() for name in next(reader)]
    if len(set(header)) < len(header) or not any(header):
        raise UnusableFile(file=str(path), problem="line 1: expected a header that names each column once")
    last = reader.line_num
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Row(line=last + 1, raw="", fields=None)
            last = reader.line_num
            continue
        line, last = last + 1, reader.line_num
        if cells:
            fits = len(cells) == len(header)
            yield Row(line=line, raw=",".join(cells), fields=dict(zip(header, cells, strict=True)) if fits else None)


def _delimiter(text: str) -> str:
    first = text.split("\n", 1)[0]
    return max(",;\t", key=first.count)
