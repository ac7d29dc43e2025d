"""Which known value a word is closest to: by its spelling, else by its meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .folding import fold_text
from .meaning import encode

ALIKE, NEAR = 0.5, 0.55
"""Dice's coefficient over character pairs, and the cosine of two encoded words, from which a value is offered."""


def closest(words: Sequence[str], values: Mapping[int, Sequence[str]]) -> list[int | None]:
    """For each word the key of the value with the most alike name, ``None`` when none is close.

    ``values`` has the names of each value in all languages. Equal scores go to the smaller key.
    """
    names = [(key, fold_text(name)) for key in sorted(values) for name in values[key] if name.strip()]
    if not words or not names:
        return [None for _ in words]
    cosines = encode([fold_text(word) for word in words]) @ encode([name for _, name in names]).T
    found: list[int | None] = []
    for word, row in zip(words, cosines, strict=True):
        spelled = np.array([likeness(fold_text(word), name) for _, name in names])
        alike, near = int(spelled.argmax()), int(np.round(row, 3).argmax())
        if spelled[alike] >= ALIKE:
            found.append(names[alike][0])
        else:
            found.append(names[near][0] if row[near] >= NEAR else None)
    return found


def likeness(one: str, other: str) -> float:
    """Dice's coefficient over character pairs (the word itself where it has only one character)."""
    left, right = _pairs(one), _pairs(other)
    return 2 * len(left & right) / (len(left) + len(right)) if left and right else 0.0


def _pairs(word: str) -> set[str]:
    return {word[i : i + 2] for i in range(len(word) - 1)} or {word}
