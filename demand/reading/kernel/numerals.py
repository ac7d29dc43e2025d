"""Numbers as written: digits, Chinese and English numerals, shorthand (3k5, 1w2, 两千五, 1米4), approximate "
"pairs (三四百)."""

from __future__ import annotations

import re
from dataclasses import dataclass

LIMIT = 40
"""Only so many numbers of a text are read."""

_DIGIT = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "俩": 2,
}
_SCALE = {"十": 10, "百": 100, "千": 1000, "万": 10000, "亿": 100000000}
_SHORT = {"k": 1000, "w": 10000, "千": 1000, "万": 10000, "百": 100}
_ENGLISH = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11,
    "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
    "nineteen": 19,
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_BIG = {"hundred": 100, "thousand": 1000, "grand": 1000, "dozen": 12, "k": 1000}

_ARABIC = re.compile(
    r"(?<![\d.])(?:(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,9}(?:\.\d{1,4})?|\.\d{1,4}))(?:\s?(k|w|千(?![瓦克帕米])|"
    r"万(?!像素)|"
    r"百)(?![a-z])(?:(\d)(?![\d.]))?)?"
)
_CHINESE = re.compile(r"(?!零下)[零〇一二两三四五六七八九十百千万亿俩]+")
_WORDS = "|".join(
    sorted({*_ENGLISH, *_BIG, "half a", "a couple of", "couple of", "couple", "pair of"} - {"k"}, key=len, reverse=True)
)
_ENGLISH_RUN = re.compile(rf"(?<![a-z])(?:a )?(?:{_WORDS})(?:(?:[ -]| and )(?:{_WORDS}))*(?![a-z])")
_PEOPLE = re.compile(r"[单双](?=人)")
_PAIR = re.compile(r"([一二两三四五六七八九])([二两三四五六七八九])([十百千万])(万?)$")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number at a half-open place in the folded text. ``low`` differs from ``high`` for pairs like 三四百.

    ``style``: ``digits``, ``short`` (a multiplier follows digits), ``han`` or ``word``.
    """

    start: int
    end: int
    low: float
    high: float
    style: str


def find(text: str) -> list[Numeral]:
    """All numbers of a folded text, by place, not overlapping."""
    found = [_arabic(match) for match in _ARABIC.finditer(text)]
    found += [numeral for match in _CHINESE.finditer(text) if (numeral := _chinese(match, text))]
    found += [numeral for match in _ENGLISH_RUN.finditer(text) if (numeral := _english(match))]
    found += [_people(match) for match in _PEOPLE.finditer(text)]
    found.sort(key=lambda numeral: (numeral.start, -numeral.end))
    kept: list[Numeral] = []
    for numeral in found:
        if not kept or numeral.start >= kept[-1].end:
            kept.append(numeral)
    return kept[:LIMIT]


def _people(match: re.Match[str]) -> Numeral:
    value = 2.0 if match[0] == "双" else 1.0
    return Numeral(match.start(), match.end(), value, value, "han")


def _arabic(match: re.Match[str]) -> Numeral:
    value = float(match[1].replace(",", ""))
    if match[2]:
        scale = _SHORT[match[2]]
        value = value * scale + (int(match[3]) * scale / 10 if match[3] else 0)
    return Numeral(match.start(), match.end(), value, value, "short" if match[2] else "digits")


def _chinese(match: re.Match[str], text: str) -> Numeral | None:
    word, start, end = match[0], match.start(), match.end()
    if start and text[start - 1].isdigit():
        return None
    pair = _PAIR.search(word)
    if pair and pair.start() == 0 and _DIGIT[pair[2]] == _DIGIT[pair[1]] + 1:
        scale = _SCALE[pair[3]] * (10000 if pair[4] else 1)
        return Numeral(start, end, _DIGIT[pair[1]] * scale, _DIGIT[pair[2]] * scale, "han")
    value = chinese_value(word)
    return None if value is None else Numeral(start, end, value, value, "han")


def chinese_value(word: str) -> float | None:
    """Value of a run of Chinese numerals, ``None`` when it is none (一二三). 两千五 is 2500, 一万零五 is 10005."""
    if len(word) > 12:
        return None
    if all(char in _DIGIT for char in word):
        if len(word) == 1:
            return float(_DIGIT[word])
        return float("".join(str(_DIGIT[char]) for char in word)) if len(word) >= 3 else None
    total, section, digit, last_scale, zero = 0, 0, None, 1, False
    for char in word:
        if char in _DIGIT:
            if digit is not None and not zero:
                return None
            digit, zero = _DIGIT[char], _DIGIT[char] == 0
        elif char in ("万", "亿"):
            section += digit or 0
            total = (total + (section or 1)) * _SCALE[char]
            section, digit, last_scale, zero = 0, None, _SCALE[char], False
        else:
            section += (1 if digit is None else digit) * _SCALE[char]
            digit, last_scale, zero = None, _SCALE[char], False
    if digit is not None:
        tail_scaled = last_scale >= 100 and "零" not in word[-2:-1] and "〇" not in word[-2:-1]
        section += digit * last_scale // 10 if tail_scaled else digit
    return float(total + section)


def _english(match: re.Match[str]) -> Numeral | None:
    total, current = 0, 0
    words = re.split(r"[ -]", match[0])
    for word in words:
        if word in _ENGLISH:
            current += _ENGLISH[word]
        elif word in ("couple", "pair"):
            current += 2
        elif word in _BIG:
            current = (current or 1) * _BIG[word]
            if _BIG[word] >= 1000:
                total, current = total + current, 0
    if "half" in words:
        current = 6 if "dozen" in words else 0
    value = float(total + current)
    return Numeral(match.start(), match.end(), value, value, "word") if value else None
