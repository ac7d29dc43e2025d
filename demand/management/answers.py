"""How every command that reads a file answers: problems on standard error, one line of JSON last."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand

from demand.collecting.service import Imported, RowProblem
from demand.errors import DomainError

MOST_SHOWN = 50


def answer(command: BaseCommand, content: dict[str, Any]) -> None:
    """The last line on standard output."""
    command.stdout.write(json.dumps(content, ensure_ascii=False))


def refuse(command: BaseCommand, error: DomainError) -> None:
    """Say what is wrong with the file and leave with 2."""
    command.stderr.write(error.sentence())
    sys.exit(2)


def imported(command: BaseCommand, done: Imported) -> None:
    """Each wrong row by file, line and field, then the counts."""
    _show(command, done.rejected)
    first = [{"line": one.line, "field": one.field, "reason": one.reason} for one in done.rejected[:MOST_SHOWN]]
    answer(
        command,
        {"stored": done.stored, "repeated": done.repeated, "rejected": len(done.rejected), "problems": first},
    )


def _show(command: BaseCommand, problems: Sequence[RowProblem]) -> None:
    for problem in problems[:MOST_SHOWN]:
        command.stderr.write(str(problem).encode("utf-8", "replace").decode())
    if len(problems) > MOST_SHOWN:
        command.stderr.write(f"… and {len(problems) - MOST_SHOWN} more")
