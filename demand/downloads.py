"""Files to save from a page: tables that spreadsheets open, and anything else."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from django.http import HttpResponse


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A download that spreadsheets open as UTF-8. Texts that would start a formula are quoted."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([[_plain(cell) for cell in row] for row in rows])
    return download(name, "text/csv; charset=utf-8", "\ufeff" + text.getvalue())


def _plain(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t") else cell


def download(name: str, content_type: str, content: str | bytes) -> HttpResponse:
    """A file to save."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
