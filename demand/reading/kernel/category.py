"""Which category a text is about, or none."""
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from . import cues
from .lexicon import Match
from .scopes import clauses


@dataclass(frozen=True, slots=True)
class Chosen:
    """A category with the half-open places it stands on and how sure that is."""

    code: str
    places: tuple[tuple[int, int], ...]
    confidence: float


def choose(text: str, matches: Sequence[Match]) -> Chosen | None:
    """The category whose name stands in the text as the thing wanted.

    In one clause the last name wins in Chinese (the head of a noun phrase ends it), in Latin text the first; between clauses the
    first. A name that hosts an accessory (laptop stand), is put into or replaced by something, or is denied, hardly counts.
    """
    bounds = clauses(text)
    named = _longest([match for match in matches if any(target.kind == "category" for target in match.targets)])
    best: tuple[float, Match] | None = None
    for match in named:
        index = next((i for i, (a, b) in enumerate(bounds) if a <= match.start < b), 0)
        low, high = bounds[index] if bounds else (0, len(text))
        score = 1.0 - 0.05 * min(index, 6) + 0.004 * (match.end - match.start)
        if not text[match.end - 1].isascii():
            score += 0.02 * (match.start - low) / max(high - low, 1)
        else:
            score -= 0.02 * (match.start - low) / max(high - low, 1)
        if cues.ACCESSORY_AFTER.match(text, match.end):
            score -= 0.7
        if cues.HOST_BEFORE.search(text, low, match.start):
            score -= 0.35
        if cues.MODIFIED_AFTER.match(text, match.end) and text[match.end : match.end + 1] in "专配里上旁用":
            score -= 0.3
        if cues.PAST.search(text[low : match.start]) or re.search(cues.DENY.pattern + r"\s*$", text[low : match.start]):
            score -= 0.4
        if best is None or score > best[0]:
            best = (score, match)
    if best is None or best[0] < 0.35:
        return None
    code = next(target.code for target in best[1].targets if target.kind == "category")
    places = tuple((m.start, m.end) for m in named if any(t.kind == "category" and t.code == code for t in m.targets))
    return Chosen(code, places, min(0.97, best[0]))


def _longest(matches: Sequence[Match]) -> list[Match]:
    kept: list[Match] = []
    for match in sorted(matches, key=lambda match: (match.start - match.end, match.start)):
        if not any(match.start < other.end and other.start < match.end for other in kept):
            kept.append(match)
    return sorted(kept, key=lambda match: match.start)
