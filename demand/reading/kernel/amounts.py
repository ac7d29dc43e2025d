"""Amounts: a number, or a range, with its unit, currency and bound, as one phrase of the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from . import cues, numerals, units
from .catalogue import Attribute
from .folding import fold_text
from .numerals import Numeral

Bound = Literal["exact", "min", "max", "range"]
Meanings = tuple[tuple[str, float], ...]

_ALTERNATIVE = re.compile(r"或|(?<![a-z])or(?![a-z])")
_HALF_AFTER = re.compile(r"半(?![年天夜个自价])")
_MIXED = re.compile(r"(?:(\d{1,2})|([一二两三四五六七八九]))(?![\d.\u4e00-\u9fff]*(?:寸|克|斤|厘米|公分|cm))")
_HALF_BEFORE = re.compile(r"半(?=个?(?:升|公升|斤|公斤|米|小时|l|kg)(?![a-z]))")
_BETWEEN = re.compile(r"(?:介于|在|(?<![a-z])between|from)\s*(?:[$€£¥]|nt\$)?\s*$")
_MIXABLE = frozenset({"米", "m", "公尺", "斤", "公斤", "尺", "升", "公升", "英尺"})
_BELOW_ZERO = re.compile(r"(?:零下|负|(?<![a-z])(?:minus|negative)|(?<![\d\w~-])-)\s*$")
_METRES = frozenset({"米", "m", "公尺"})
_NOT_A_COUNT_OF_ONE = re.compile(
    r"一(?=[起体般定样直些下切点边共旦致律面款种次]|条龙|块儿?用|个人|站|键|手|身|年|心|字)"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount. ``start``/``end`` cover the whole phrase, ``number_start``/``number_end`` the number with its unit.

    ``meanings`` are the (dimension, size) its unit may have; empty for a bare number. ``group`` numbers the parts of
    140x70: members share it and ``place`` counts them from 0. ``approximate`` numbers stand for themselves.
    """

    start: int
    end: int
    number_start: int
    number_end: int
    low: float
    high: float
    bound: Bound
    unit: str
    meanings: Meanings
    currency: str | None
    style: str
    approximate: bool
    group: int = -1
    place: int = 0


def find(text: str, unit_pattern: re.Pattern[str], extra: dict[str, Meanings]) -> list[Amount]:
    """All amounts of a folded text, by place. ``extra`` gives the catalogue's own units their meaning."""
    found = [amount for numeral in _with_halves(text) if (amount := _single(text, numeral, unit_pattern, extra))]
    found = _ranges(text, found)
    found = _products(text, found)
    return _between(text, [_bounded(text, amount, found) for amount in found])


def measured(text: str, amount: Amount, attributes: Sequence[Attribute]) -> Amount:
    """``4000K`` and ``5W`` are no money where the category measures kelvin or watts, unless a price is spoken of."""
    letter = text[amount.number_end - 1 : amount.number_end]
    if amount.style != "short" or amount.currency or letter not in _ALSO_UNITS:
        return amount
    size, units_meant, least = _ALSO_UNITS[letter]
    own = next((a for a in attributes if a.unit and fold_text(a.unit) in units_meant), None)
    high = amount.high / size
    low = amount.low if amount.bound == "range" and amount.low < amount.high / least else amount.low / size
    if own is None or low < least or cues.PRICE_WORD.search(text, max(0, amount.start - 8), amount.number_start):
        return amount
    meaning = (units.meaning(own.unit or ""),)
    return replace(amount, low=low, high=high, unit=letter, meanings=meaning, style="digits")


_ALSO_UNITS = {"k": (1000, ("k", "kelvin"), 1000.0), "w": (10000, ("w", "watt", "瓦"), 3.0)}
_THEN = re.compile(r"[\s,、]*(?:且|但|并且|而且|同时|and|but)?\s*")


def _between(text: str, found: list[Amount]) -> list[Amount]:
    """A least and a most that follow each other are one range: 5升以上10升以下."""
    merged: list[Amount] = []
    for amount in found:
        first = merged[-1] if merged else None
        if (
            first is not None
            and (first.bound, amount.bound) == ("min", "max")
            and first.unit == amount.unit
            and bool(first.unit or first.currency)
            and first.low < amount.high
            and _THEN.fullmatch(text, first.end, amount.start)
        ):
            merged[-1] = replace(
                amount, start=first.start, number_start=first.number_start, low=first.low, bound="range"
            )
        else:
            merged.append(amount)
    return merged


def _with_halves(text: str) -> list[Numeral]:
    found = numerals.find(text)
    halves = [Numeral(m.start(), m.end(), 0.5, 0.5, "han") for m in _HALF_BEFORE.finditer(text)]
    return sorted([*found, *halves], key=lambda numeral: numeral.start) if halves else found


def _single(text: str, numeral: Numeral, unit_pattern: re.Pattern[str], extra: dict[str, Meanings]) -> Amount | None:
    start, end, low, high = numeral.start, numeral.end, numeral.low, numeral.high
    before = text[start - 1] if start else " "
    currency, start_currency = _currency_before(text, start)
    if (
        currency is None
        and numeral.style in ("digits", "short")
        and before.isascii()
        and (before.isalpha() or before in "_#")
        and before != "x"
    ):
        return None
    if before == "第" or _NOT_A_COUNT_OF_ONE.match(text, start) or text[end : end + 1] == "代":
        return None
    if numeral.style == "short" and text[end - 1] == "w":
        return _maybe_watts(text, numeral, unit_pattern, extra)
    plus = text[end : end + 1] == "+"
    unit = None if currency else unit_pattern.match(text, end) or (unit_pattern.match(text, end + 1) if plus else None)
    name = ""
    if unit:
        name, end = (unit["power"] or unit["latin"] or unit["other"]), unit.end()
        extra_value, end = _mixed(text, name, end)
        low, high = low + extra_value, high + extra_value
    after = None if name and not _could_be_money(name) else cues.CURRENCY_AFTER.match(text, numeral.end)
    if after and currency is None and not (name and extra.get(name)):
        currency = cues.CURRENCIES.get((after[1] or after[2] or after[3]).strip())
        name, end = "", after.end()
        tail = (
            re.compile(r"(\d|[一二三四五六七八九])(?![\d\u4e00-\u9fff])").match(text, end)
            if after[1] in ("块", "元")
            else None
        )
        end = tail.end() if tail else end
    meanings = extra.get(name) or units.SPELLINGS.get(name, ())
    below = _BELOW_ZERO.search(text, max(0, start - 8), start)
    if below and any(dimension == "temperature" for dimension, _ in meanings):
        low, high, start_currency = -high, -low, below.start()
    return Amount(start_currency, end, start, end, low, high, "exact", name, meanings, currency, numeral.style, False)


def _could_be_money(unit: str) -> bool:
    return unit in ("pound", "pounds", "磅", "a", "c", "刀")


def _maybe_watts(text: str, numeral: Numeral, unit_pattern: re.Pattern[str], extra: dict[str, Meanings]) -> Amount:
    """``1500w`` is watts, ``1w`` after a price word or with a small number ten thousand."""
    short = numeral.low / 10000
    currency, start = _currency_before(text, numeral.start)
    if short >= 20 and currency is None:
        meanings = extra.get("w") or units.SPELLINGS["w"]
        return Amount(
            start, numeral.end, numeral.start, numeral.end, short, short, "exact", "w", meanings, None, "digits", False
        )
    return Amount(
        start,
        numeral.end,
        numeral.start,
        numeral.end,
        numeral.low,
        numeral.high,
        "exact",
        "",
        (),
        currency,
        "short",
        False,
    )


def _currency_before(text: str, start: int) -> tuple[str | None, int]:
    match = cues.CURRENCY_BEFORE.search(text, max(0, start - 8), start)
    if not match:
        return None, start
    if match[1].isalpha() and match.start() and text[match.start() - 1].isascii() and text[match.start() - 1].isalpha():
        return None, start
    return cues.CURRENCIES[match[1]], match.start()


def _mixed(text: str, unit: str, end: int) -> tuple[float, int]:
    """The tail of 1米4 and 一公斤半, in the unit before it."""
    half = _HALF_AFTER.match(text, end)
    if half:
        return 0.5, half.end()
    match = _MIXED.match(text, end) if unit in _MIXABLE else None
    if not match or text[match.end() : match.end() + 1].isdigit():
        return 0.0, end
    if match[1]:
        return int(match[1]) / 10 ** len(match[1]), match.end()
    return (numerals.chinese_value(match[2]) or 0.0) / 10, match.end()


def _ranges(text: str, found: list[Amount]) -> list[Amount]:
    merged: list[Amount] = []
    for amount in found:
        if merged and (joined := _range(text, merged[-1], amount)):
            merged[-1] = joined
        else:
            merged.append(amount)
    return merged


def _range(text: str, first: Amount, second: Amount) -> Amount | None:
    gap = text[first.end : second.start]
    if first.bound == "range" or not cues.RANGE.fullmatch(gap):
        return None
    if re.search(r"(?<![a-z])and(?![a-z])", gap) and not _BETWEEN.search(text, 0, first.start):
        return None
    low, high = first.low, second.high
    if first.unit and second.unit and first.unit != second.unit:
        return None
    if (
        not first.unit
        and first.low < 10
        and second.style == "short"
        and second.high >= 1000
        and first.high * 10 < second.high
    ):
        low = first.low * (10000 if second.high >= 10000 and "w" in text[second.start : second.end] + "" else 1000)
    if first.unit and not second.unit and second.currency is None and not _ALTERNATIVE.search(gap):
        second = replace(second, unit=first.unit, meanings=first.meanings)
    if first.unit and not second.unit:
        return None
    if low > high:
        if not _ALTERNATIVE.search(gap):
            return None
        low, high = high, low
    return replace(second, start=first.start, number_start=first.number_start, low=low, high=high, bound="range",
                   currency=second.currency or first.currency)  # fmt: skip


def _products(text: str, found: list[Amount]) -> list[Amount]:
    listed = list(found)
    group = 0
    for index in range(len(listed) - 1):
        first, second = listed[index], listed[index + 1]
        if not cues.TIMES.fullmatch(text[first.end : second.start]) or first.currency or second.currency:
            continue
        if first.group < 0:
            group += 1
            first = replace(first, group=group)
        if not first.unit and second.unit:
            first = replace(first, unit=second.unit, meanings=second.meanings)
        elif first.unit and not second.unit:
            finer = first.unit in _METRES and second.low >= 10
            unit, meanings = ("cm", units.SPELLINGS["cm"]) if finer else (first.unit, first.meanings)
            second = replace(second, unit=unit, meanings=meanings)
        listed[index] = first
        listed[index + 1] = replace(second, group=first.group, place=first.place + 1)
    return listed


def _bounded(text: str, amount: Amount, found: list[Amount]) -> Amount:
    floor = max((other.end for other in found if other.end <= amount.start), default=0)
    lead = text[floor : amount.start]
    about = cues.ABOUT_AFTER.match(text, amount.end)
    end = about.end() if about else amount.end
    at_most, at_least = cues.MAX_AFTER.match(text, end), cues.MIN_AFTER.match(text, end)
    before_most, before_least = cues.MAX_BEFORE.search(lead), cues.MIN_BEFORE.search(lead)
    if before_most and before_least:
        before_least = before_least if before_least.start() < before_most.start() else None
        before_most = None if before_least else before_most
    bound, start = amount.bound, amount.start
    if text[amount.number_start : amount.number_end].find("+") > 0 and bound == "exact":
        bound = "min"
    if bound != "range":
        if at_most or before_most:
            bound = "max"
        elif at_least or before_least:
            bound = "min"
    if at_most or at_least:
        end = (at_most or at_least).end()  # type: ignore[union-attr]
    if before_most or before_least:
        start = floor + (before_most or before_least).start()  # type: ignore[union-attr]
    return replace(amount, start=start, end=end, bound=bound, approximate=about is not None)
