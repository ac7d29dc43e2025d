"""Hourly counts with every search understood: collecting counts, reading reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from demand.collecting import service as collecting
from demand.collecting.service import RolledUp
from demand.pooling.kernel import Attribute
from demand.reading import reads as reading
from demand.reading.kernel.folding import fold_text
from demand.reading.kernel.needs import number
from demand.reading.kernel.reading import Reading

MOST_TEXT = 120
MOST_REMEMBERED = 100_000
Meant = tuple[int | None, str]
"""A category's key, where one was understood, and the need in a line."""


def roll_up(*, now: datetime) -> RolledUp:
    """Count the changed hours again, searches by what they ask for. Safe to repeat and to kill."""
    return collecting.roll_up(now=now, read=_once(lambda texts: understood(texts, today=now.date())))


def _once(read: Callable[[Sequence[str]], Sequence[Meant]]) -> Callable[[Sequence[str]], list[Meant]]:
    """``read`` that is asked about each text once: people search for the same things day after day."""
    known: dict[str, Meant] = {}

    def remembered(texts: Sequence[str]) -> list[Meant]:
        if len(known) > MOST_REMEMBERED:
            known.clear()
        new = [text for text in texts if text not in known]
        if new:
            known.update(zip(new, read(new), strict=True))
        return [known[text] for text in texts]

    return remembered


def understood(texts: Sequence[str], *, today: date) -> list[Meant]:
    """For each search its category's key, where one was understood, and the need in a line."""
    reader = reading.current_reader()
    categories = reading.category_id_by_code()
    answers = []
    for text, found in zip(texts, reader.read_many(texts, today=today), strict=True):
        code = found.category.value if found.category is not None else ""
        answers.append((categories.get(code), need_line(found) or fold_text(text).strip()[:MOST_TEXT] or "?"))
    return answers


def need_line(found: Reading) -> str:
    """``screen_size=17..17&use=gaming``: attributes by name, as far as they fit; empty where no need was read."""
    parts: list[str] = []
    for need in sorted(found.evidence, key=lambda one: one.attribute):
        part = f"{need.attribute}={_said(need.constraint)}"
        if sum(map(len, parts)) + len(parts) + len(part) <= MOST_TEXT:
            parts.append(part)
    return "&".join(parts)


def _said(constraint: Mapping[str, Any]) -> str:
    if "any" in constraint:
        return "|".join(constraint["any"])
    if "not" in constraint:
        return "!" + "|".join(constraint["not"])
    if "is" in constraint:
        return "yes" if constraint["is"] else "no"
    low, high = constraint.get("min"), constraint.get("max")
    return f"{'' if low is None else number(low)}..{'' if high is None else number(high)}"


def needs_of(line: str, attributes: Sequence[Attribute]) -> dict[str, Any]:
    """The needs that a line of :func:`need_line` says, as constraints; a part that does not read back is left out."""
    known = {attribute.code: attribute for attribute in attributes}
    found: dict[str, Any] = {}
    for part in line.split("&"):
        code, _, said = part.partition("=")
        constraint = _constraint(known[code], said) if code in known and said else None
        if constraint is not None:
            found[code] = constraint
    return found


def _constraint(attribute: Attribute, said: str) -> dict[str, Any] | None:
    if attribute.kind == "flag":
        return {"is": said == "yes"}
    if attribute.kind == "choice":
        level, values = ("not", said[1:]) if said.startswith("!") else ("any", said)
        kept = [value for value in values.split("|") if value in attribute.values]
        return {level: kept} if kept else None
    low, between, high = said.partition("..")
    try:
        ends = [float(end) if end else None for end in (low, high)]
    except ValueError:
        return None
    return {"min": ends[0], "max": ends[1], "unit": attribute.unit} if between else None
