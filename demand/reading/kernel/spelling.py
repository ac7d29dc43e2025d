"""Slips of the pen against the words of a catalogue: one letter off in a long Latin word, a homophone in a Chinese one.

Latin: candidates by single deletions (the idea of SymSpell, W. Garbe), checked with the restricted
Damerau-Levenshtein distance. Chinese: same reading without tones (pypinyin's character table), at least three
characters, most of them right.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from .folding import is_han
from .units import SPELLINGS
from .words import STOP

_WORD = re.compile(r"[a-z]{5,}")
_TONES = str.maketrans("āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ", "aaaaeeeeiiiioooouuuuvvvvnnnm")
LONGEST = 8
_COMMON = frozenset(Path(__file__).with_name("common.txt").read_text(encoding="utf-8").split())
"""English words that are one letter from names of things, and are meant."""


class Speller:
    """Corrections towards a fixed vocabulary of folded spellings."""

    __slots__ = ("_begins", "_deletions", "_readings", "_right", "_sizes", "_words")

    def __init__(self, spellings: Iterable[str], names: Iterable[str], right: Iterable[str] = ()) -> None:
        """``spellings`` give the Latin words; ``names`` the Chinese names that homophones may stand for; ``right``
        is spelled right without being a vocabulary to correct to."""
        self._words = frozenset(word for spelling in spellings for word in re.findall(r"[a-z]+", spelling))
        self._right = frozenset(word for spelling in right for word in re.findall(r"[a-z]+", spelling)) | _COMMON
        self._deletions: dict[str, set[str]] = defaultdict(set)
        for word in self._words:
            if len(word) >= 6:
                for form in _deleted(word):
                    self._deletions[form].add(word)
        self._readings: dict[tuple[str, ...], str] = {}
        for name in sorted(names):
            if 3 <= len(name) <= LONGEST and all(map(is_han, name)):
                self._readings.setdefault(tuple(map(_reading, name)), name)
        self._begins = frozenset(reading[:2] for reading in self._readings)
        self._sizes = sorted({len(reading) for reading in self._readings}, reverse=True)

    def correct(self, text: str) -> list[tuple[int, int, str]]:
        """Corrections as (start, end, right spelling), by place, not overlapping; most texts have none."""
        found = [(m.start(), m.end(), right) for m in _WORD.finditer(text) if (right := self.word(m[0]))]
        if self._readings:
            found.extend(self._homophones(text))
        return sorted(found)

    def word(self, word: str) -> str | None:
        """The one vocabulary word a Latin word was meant to be, if it is not one itself."""
        if (
            word in STOP
            or word in SPELLINGS
            or word in self._words
            or word in self._right
            or (word.endswith("s") and word[:-1] in self._words)
            or word + "s" in self._words
        ):
            return None
        near = {right for form in _deleted(word) for right in self._deletions.get(form, ()) if right[0] == word[0]}
        near = {right for right in near if _close(word, right)}
        return near.pop() if len(near) == 1 else None

    def _homophones(self, text: str) -> list[tuple[int, int, str]]:
        readings = [_sound(char) for char in text]
        found: list[tuple[int, int, str]] = []
        place = 0
        while place < len(text):
            step = 1
            for size in self._sizes if tuple(readings[place : place + 2]) in self._begins else ():
                name = self._readings.get(tuple(readings[place : place + size]))
                if name is None:
                    continue
                wrong = sum(a != b for a, b in zip(name, text[place : place + size], strict=True))
                if 0 < wrong <= size - 2 + (size < 3):
                    found.append((place, place + size, name))
                if wrong <= size - 2:
                    step = size
                    break
            place += step
        return found


def _deleted(word: str) -> list[str]:
    return [word, *(word[:i] + word[i + 1 :] for i in range(len(word)))]


def _close(a: str, b: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours turns ``a`` into ``b``."""
    if abs(len(a) - len(b)) > 1 or max(len(a), len(b)) < 6:
        return False
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    rest_a, rest_b = a[start:], b[start:]
    if len(a) == len(b):
        return rest_a[1:] == rest_b[1:] or (rest_a[:2] == rest_b[1::-1] and rest_a[2:] == rest_b[2:])
    return rest_a[1:] == rest_b or rest_a == rest_b[1:]


@cache
def _sound(char: str) -> str:
    return _reading(char) if is_han(char) else ""


@cache
def _reading(char: str) -> str:
    from pypinyin.constants import PINYIN_DICT  # 54 MB that a process which reads no Chinese does without

    listed = PINYIN_DICT.get(ord(char), "")
    return listed.split(",")[0].translate(_TONES)
