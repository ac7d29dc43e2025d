"""The project's own files, for tests that look at all of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from config.places import CLONE

ROOMS = ("config", "demand", "manufacturers")


@cache
def modules() -> tuple[Path, ...]:
    """Every Python file of the product, migrations left out."""
    found = (file for room in ROOMS for file in (CLONE / room).rglob("*.py") if "migrations" not in file.parts)
    return (CLONE / "manage.py", *sorted(found))


@cache
def files_of_tests() -> tuple[Path, ...]:
    """Every Python file of the tests."""
    return tuple(sorted((CLONE / "tests").rglob("*.py")))


@cache
def templates() -> tuple[Path, ...]:
    return tuple(sorted((CLONE / "templates").rglob("*.*")))


def name_of(file: Path) -> str:
    return file.relative_to(CLONE).as_posix()


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
