"""One spelling for comparison: NFKC, no controls, single spaces; then lower case, no accents, simplified characters.

Characters are folded one by one so that every place in the folded text leads back to a place in what was written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import opencc

READ_LIMIT = 1200
"""Only so many normalised characters of a text are read; a wish is a few sentences."""

_HYPHEN = re.compile(r"(?<=[a-z])-(?=[a-z])")
_HAN = re.compile("[\u4e00-\u9fff\u3400-\u4dbf〇]")
_LATIN_WORD = re.compile("[A-Za-z]{4,}")
_VARIANTS = {"吋": "寸", "臺": "台", "麽": "么", "－": "-", "—": "-", "–": "-", "−": "-", "～": "~", "〜": "~",
    "×": "x", "✕": "x",
             "✖": "x", "″": '"', "”": '"', "“": '"', "’": "'", "‘": "'", "′": "'", "貳": "二", "參": "三"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in its spellings. ``text``, ``cased`` and ``origin`` have equal length; ``origin[i]`` is where character
    ``i`` stood in what was written. ``cased`` is ``text`` before folding."""

    normalised: str
    text: str
    cased: str
    origin: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Half-open span in the original text that holds a non-empty half-open span here, corrections included."""
        places = self.origin[start:end]
        return min(places), max(places) + 1

    def corrected(self, corrections: Sequence[tuple[int, int, str]]) -> Folded:
        """The same text with places (start, end) spelled otherwise; ``normalised`` stays, spans still lead back."""
        if not corrections:
            return self
        text, cased, place = "", "", 0
        origin: list[int] = []
        for start, end, right in corrections:
            text += self.text[place:start] + right
            cased += self.cased[place:start] + right
            origin += self.origin[place:start]
            origin += [self.origin[min(start + i, end - 1)] for i in range(len(right))]
            place = end
        origin += self.origin[place:]
        return Folded(normalised=self.normalised, text=text + self.text[place:], cased=cased + self.cased[place:],
                      origin=tuple(origin))  # fmt: skip

    def arranged(self, parts: Sequence[tuple[int, int]]) -> Folded:
        """The same text with only these places, in this order, a space between; spans still lead back."""
        text, cased = "", ""
        origin: list[int] = []
        for start, end in parts:
            if text and start < end and not text.endswith(" ") and self.text[start] != " " and start != end:
                joined = text[-1].isascii() and text[-1].isalnum() and self.text[start].isalnum()
                if joined:
                    text, cased, origin = text + " ", cased + " ", [*origin, origin[-1]]
            text += self.text[start:end]
            cased += self.cased[start:end]
            origin += self.origin[start:end]
        return Folded(normalised=self.normalised, text=text, cased=cased, origin=tuple(origin))


def fold(written: str) -> Folded:
    """Fold a text; total for any string, reads at most ``READ_LIMIT`` normalised characters."""
    whole, origin = _normalised(written)
    text = _HYPHEN.sub(" ", "".join(map(fold_char, whole)))
    return Folded(normalised=whole, text=text, cased=whole, origin=origin)


def _normalised(written: str) -> tuple[str, tuple[int, ...]]:
    """The normalised characters and where each came from."""
    parts = list(map(_normal, written[:READ_LIMIT]))
    whole = "".join(parts)
    if len(whole) == len(parts) and "" not in parts and "  " not in whole and whole.strip(" ") == whole:
        return whole, tuple(range(len(whole)))  # one for one, as most texts are
    normalised: list[str] = []
    origin: list[int] = []
    for index, char in enumerate(written):
        for part in _normal(char):
            if part == " " and (not normalised or normalised[-1] == " "):
                continue
            normalised.append(part)
            origin.append(index)
        if len(normalised) >= READ_LIMIT:
            break
    del normalised[READ_LIMIT:], origin[READ_LIMIT:]
    while normalised and normalised[-1] == " ":
        normalised.pop()
        origin.pop()
    return "".join(normalised), tuple(origin)


@lru_cache(maxsize=8192)  # asked of the catalogue's own names again and again
def fold_text(written: str) -> str:
    """Only the folded spelling."""
    return fold(written).text


@cache
def _converter(table: str) -> opencc.OpenCC:
    """A table of characters, read where it is first needed: 29 MB that most processes do without."""
    return opencc.OpenCC(table)


@cache
def fold_char(char: str) -> str:
    """One normalised character to one folded character."""
    if char in _VARIANTS:
        return _VARIANTS[char]
    if char.isascii():
        return char.lower()
    if is_han(char):
        simple = _converter("t2s").convert(char)
        return _VARIANTS.get(simple, simple) if len(simple) == 1 else char
    base = unicodedata.normalize("NFKD", char.lower())[:1]
    return base if base.isascii() and base.isalpha() else char


def is_han(char: str) -> bool:
    """Whether a character is a Chinese character."""
    return "\u4e00" <= char <= "\u9fff" or "\u3400" <= char <= "\u4dbf" or char == "〇"


def language_of(normalised: str) -> str:
    """``zh-hans``, ``zh-hant``, ``en`` or ``mixed``: mixed when words of both scripts carry the text.

    Short Latin codes (units, sizes, ``RGB``) do not make a Chinese text mixed.
    """
    han = _HAN.findall(normalised)
    words = len(_LATIN_WORD.findall(normalised))
    if not han:
        return "en"
    if words and len(han) < 40 * words and words * 6 >= len(han) * 0.5:
        return "mixed"
    return "zh-hant" if any(map(_is_traditional, han)) else "zh-hans"


@cache
def _is_traditional(char: str) -> bool:
    return bool(_converter("t2s").convert(char) != char and _converter("s2t").convert(char) == char) or char == "吋"


@cache
def _normal(char: str) -> str:
    kind = unicodedata.category(char)
    if kind in ("Cc", "Zs", "Zl", "Zp"):
        return " "
    if kind in ("Cf", "Cs", "Cn", "Co", "Mn", "Me"):
        return ""
    parts = unicodedata.normalize("NFKC", char)
    if parts == char:
        return char
    return "".join(_normal(part) if part != char else part for part in parts)
