"""Texts as the parts a pair scorer compares: words, codes, numbers, and quantities with their unit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_CHUNK: Final = re.compile(r"[^\s/|,;()\[\]{}+]+")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_SHORTEST_CODE: Final = 4
_UNIT_WORDS: Final = (
    "inches inch ghz mhz hz khz gb mb tb kb mp mpx megapixel mah wh kwh kw watts watt w v kg g lbs lb oz cm mm m nm ft "
    "litres litre liters liter ltr l ml rpm core cores thread threads bit db years year yr pack piece 公斤 千克 克 斤 "
    "寸 吋 英寸 厘米 公分 毫米 米 升 毫升 瓦 分贝 分貝 小时 小時"
)
_ANY_UNIT: Final = "|".join(sorted(_UNIT_WORDS.split(), key=len, reverse=True))
# Chinese leaves no space around a measure.
_MEASURE: Final = re.compile(rf"(?<![^\W_\u3400-\u9fff])(\d+(?:[.,]\d+)?)\s*({_ANY_UNIT})(?![^\W\d_\u3400-\u9fff])")
_SAME_UNIT: Final = {
    "inches": "inch",
    "cores": "core",
    "threads": "thread",
    "watts": "w",
    "watt": "w",
    "years": "year",
    "mpx": "mp",
    "megapixel": "mp",
    **dict.fromkeys(("litres", "litre", "liters", "liter", "ltr", "升"), "l"),
    **dict.fromkeys(("寸", "吋", "英寸"), "inch"),
    **dict.fromkeys(("公斤", "千克"), "kg"),
    **dict.fromkeys(("厘米", "公分"), "cm"),
    **dict.fromkeys(("分贝", "分貝"), "db"),
    "克": "g",
    "毫米": "mm",
    "米": "m",
    "毫升": "ml",
    "瓦": "w",
}
_COLOUR_WORDS: Final = (
    "black white silver grey gray gold red blue green pink purple violet orange yellow brown beige cream navy teal "
    "copper bronze graphite anthracite charcoal platinum titanium rose space midnight steel inox chrome "
    "schwarz weiss silber grau rot blau gruen noir blanc argent gris or rouge bleu vert rosa"
)
COLOURS: Final = frozenset(_COLOUR_WORDS.split())
"""A colour is a variant: the same run makes several, so it tells no run from another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """``words``: everything; ``codes``: letters and digits joined, punctuation dropped; ``models``: words with a digit
    that measure nothing; ``quantities``: (unit, number); ``plain``: words without digits that name no colour."""

    words: tuple[str, ...]
    codes: tuple[str, ...]
    models: tuple[str, ...]
    quantities: tuple[tuple[str, str], ...]
    plain: tuple[str, ...]


def normal(text: str) -> str:
    """Case, width and accents made alike."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(sign for sign in folded if not unicodedata.combining(sign))


def split(text: str) -> Parts:
    """The parts of one text, each kind in order of appearance, repeated where it is repeated."""
    folded = normal(text).replace('"', " inch ").replace("''", " inch ")
    measured = [(_SAME_UNIT.get(unit, unit), number.replace(",", ".")) for number, unit in _MEASURE.findall(folded)]
    rest = _MEASURE.sub(" ", folded)
    codes = ["".join(sign for sign in chunk if sign.isalnum()) for chunk in _CHUNK.findall(rest)]
    words = [word for chunk in _CHUNK.findall(rest) for word in _words(chunk)]
    return Parts(
        words=(*words, *(number + unit for unit, number in measured)),
        codes=tuple(code for code in codes if _is_code(code)),
        models=tuple(word for word in words if any(sign.isdigit() for sign in word)),
        quantities=tuple((unit, _number(number)) for unit, number in measured),
        plain=tuple(w for w in words if w not in COLOURS and not any(sign.isdigit() for sign in w)),
    )


def han_share(text: str) -> float:
    """The share of a text's signs that are Chinese characters."""
    return len(_HAN.findall(text)) / max(1, len(text))


def _number(written: str) -> str:
    return written.rstrip("0").rstrip(".") if "." in written else written


def _words(chunk: str) -> Iterable[str]:
    for piece in re.findall(r"[^\W_]+", chunk):
        if _HAN.search(piece):
            yield from (piece[i : i + 2] for i in range(max(1, len(piece) - 1)))
        else:
            yield piece


def _is_code(bare: str) -> bool:
    digits = sum(sign.isdigit() for sign in bare)
    return len(bare) >= _SHORTEST_CODE and digits > 0 and bare.isascii()
