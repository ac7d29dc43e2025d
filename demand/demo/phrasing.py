"""Sentences: what a person says of a want, drawn phrase by phrase from its sheet, with the slips people make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, NamedTuple, TypeVar

from demand.demo.lexicon import Sheet
from demand.demo.numerals import fullwidth
from demand.demo.people import REGION_BY_CODE
from demand.demo.wordings import wordings

T = TypeVar("T")
PRICE_SAID = 0.78
DATE_SAID = 0.08
PLACE_SAID = 0.06
TYPO = 0.04
FULLWIDTH = 0.012
CHATTER = 0.22
TAIL = 0.18
_SEPARATORS = {
    "en": (", ", ", ", " - ", "; "),
    "mixed": ("，", ", ", " "),
    "zh-hans": ("，", "，", " ", ","),
    "zh-hant": ("，", "，", " "),
}


class Sentence(NamedTuple):
    """A text and what it means; ``max_price`` in whole yuan where the text names one."""

    text: str
    must: dict[str, Any]
    nice: dict[str, Any]
    max_price: int | None
    needed_by_days: int | None


def sentence(rng: Random, sheet: Sheet, *, quantity: int, region: str, price_rung: int) -> Sentence:
    """One wish about the sheet's want. Draws only from ``rng``; the sheet is never changed."""
    draw = rng.random
    parts, must, nice = _drawn(draw, sheet)
    if quantity > 1:
        parts.append(_pick(rng, sheet.counts).replace("{n}", str(quantity)))
    price, days = None, None
    if draw() < PRICE_SAID:
        price, texts = sheet.prices[price_rung]
        said = texts[int(draw() * len(texts))]
        parts.append(said if quantity == 1 else sheet.each.replace("{x}", said))  # "two, 900" could mean 450 each
    if draw() < DATE_SAID:
        date, days = _pick(rng, sheet.dates)
        parts.append(date)
    if draw() < PLACE_SAID:
        parts.append(_pick(rng, sheet.places).replace("{r}", REGION_BY_CODE[region].name(sheet.language)))
    text = _slip(rng, sheet, _framed(rng, sheet, parts))
    return Sentence(text=text, must=must, nice=nice, max_price=price, needed_by_days=days)


def remark(rng: Random, language: str) -> Sentence:
    """Something outside the catalogue, or no wish at all."""
    table = wordings("zh-hans" if language == "mixed" else language)
    kind = rng.random()
    price: int | None = None
    if kind < 0.75:
        price = 20 * (1 + int(100 * rng.random() ** 2))
        frame = _pick(rng, table.frames)
        text = frame.format(x=_pick(rng, table.things), p=price)
        price = price if "{p}" in frame else None
    elif kind < 0.95:
        text = _pick(rng, table.remarks)
    else:
        text = _pick(rng, table.faces)
    return Sentence(text=text, must={}, nice={}, max_price=price, needed_by_days=None)


def _pick(rng: Random, options: Sequence[T]) -> T:
    return options[int(rng.random() * len(options))]


def _drawn(draw: Callable[[], float], sheet: Sheet) -> tuple[list[str], dict[str, Any], dict[str, Any]]:
    parts: list[str] = []
    must: dict[str, Any] = {}
    nice: dict[str, Any] = {}
    for share, options, count in sheet.slots:
        if draw() >= share:
            continue
        chance = draw() * count
        place = int(chance)
        text, meaning = options[place]
        if chance - place < 0.6:
            parts.append(text)
        else:
            parts.insert(0, text)
        if meaning is not None:
            attribute, constraint, preferred = meaning
            (nice if preferred else must)[attribute] = constraint
    return parts, must, nice


def _framed(rng: Random, sheet: Sheet, parts: list[str]) -> str:
    draw = rng.random
    noun = _pick(rng, sheet.nouns)
    english = sheet.language == "en"
    separator = _pick(rng, _SEPARATORS[sheet.language])
    frame = draw()
    if frame < 0.5:
        head = _opened(_pick(rng, sheet.openers), noun) if english else _pick(rng, sheet.openers) + noun
        text = separator.join([head, *parts])
    elif frame < 0.75:
        text = separator.join([noun, *parts])
    elif frame < 0.88:
        text = separator.join([*parts, noun])
    else:
        text = _adjective_first(rng, sheet, noun, parts, separator)
    if draw() < CHATTER:
        aside = _pick(rng, sheet.chatter)
        stop = ". " if english else "，"
        text = f"{aside}{stop}{text}" if draw() < 0.5 else f"{text}{stop}{aside}"
    if draw() < TAIL:
        text = f"{text}{' ' if english else '，' if draw() < 0.5 else ' '}{_pick(rng, sheet.tails)}"
    return text


def _opened(opener: str, noun: str) -> str:
    article = "n" if opener.endswith((" a", "Need a")) and noun[0] in "aeiou" else ""
    return f"{opener}{article} {noun}"


def _adjective_first(rng: Random, sheet: Sheet, noun: str, parts: list[str], separator: str) -> str:
    if not parts:
        return noun
    if sheet.language == "en":
        return separator.join([f"{noun} {parts[0]}", *parts[1:]])
    link = "" if parts[0].endswith("的") else "的"
    return separator.join([f"{_pick(rng, sheet.openers)}{parts[0]}{link}{noun}", *parts[1:]])


def _slip(rng: Random, sheet: Sheet, text: str) -> str:
    kind = rng.random()
    if kind < TYPO:
        start = int(rng.random() * len(sheet.typos))
        for right, wrong in sheet.typos[start:] + sheet.typos[:start]:
            if right in text:
                return text.replace(right, wrong, 1)
    elif kind < TYPO + FULLWIDTH and sheet.language != "en":
        return fullwidth(text)
    elif kind < TYPO + FULLWIDTH + 0.02 and sheet.language == "en":
        return text.lower()
    return text
