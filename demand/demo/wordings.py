"""How people word things, a table a language, read from ``data/wordings_<language>.json``.

``choices``: attribute → value → wordings. ``flags``: attribute → yes or no → wordings. ``quantities``: attribute →
templates, each led by what it states: ``=`` exactly, ``>`` at least, ``<`` at most, ``~`` about. The things, frames,
remarks and faces are posts outside the catalogue; ``unmet`` are things people search for and nobody makes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wordings:
    """One language's table; compared by identity."""

    language: str
    nouns: dict[str, Words]
    choices: dict[str, dict[str, Words]]
    flags: dict[str, dict[str, Words]]
    quantities: dict[str, Words]
    openers: Words
    chatter: Words
    tails: Words
    any_colour: Words
    not_: Words
    nice: Words
    either: Words
    prices: Words
    places: Words
    counts: Words
    each: str
    counters: dict[str, str]
    dates: tuple[tuple[str, int], ...]
    typos: tuple[tuple[str, str], ...]
    things: Words
    frames: Words
    remarks: Words
    faces: Words
    unmet: Words


@lru_cache(maxsize=3)
def wordings(language: str) -> Wordings:
    """The table of ``zh-hans``, ``zh-hant`` or ``en``."""
    path = Path(__file__).parent / "data" / f"wordings_{language}.json"
    table = _frozen(json.loads(path.read_text(encoding="utf-8")))
    assert isinstance(table, dict)
    table["not_"] = table.pop("not")
    return Wordings(language=language, **table)


def _frozen(value: object) -> object:
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
