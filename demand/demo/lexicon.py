"""Turns the wording tables into sheets: for one language and one want, every phrase with what it means.

A sheet is built once and then only drawn from, which is what makes a million wishes cheap.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Any

from demand.demo.numerals import plain, spoken
from demand.demo.wants import UNITS, Value, Want
from demand.demo.wordings import Wordings, Words, wordings

Constraint = dict[str, Any]
Meaning = tuple[str, Constraint, bool]  # attribute, constraint, only preferred
Phrase = tuple[str, Meaning | None]

PRICE_RUNGS = 48  # price levels a want is drawn at
PRICE_SPREAD = 0.20
MENTIONED: dict[str, float] = {
    "screen_size": 0.85,
    "use": 0.8,
    "weight": 0.10,
    "rgb": 0.6,
    "memory": 0.45,
    "storage": 0.3,
    "wearer": 0.85,
    "jacket_length": 0.85,
    "down_fill": 0.75,
    "fill_weight": 0.2,
    "hood": 0.45,
    "clothing_size": 0.45,
    "fryer_volume": 0.9,
    "fryer_power": 0.08,
    "window": 0.65,
    "control": 0.4,
    "fryer_style": 0.35,
    "wash_load": 0.9,
    "boil_wash": 0.7,
    "drying": 0.85,
    "noise": 0.2,
    "mounting": 0.4,
    "mop": 0.8,
    "station": 0.8,
    "navigation": 0.4,
    "body_height": 0.2,
    "suction": 0.3,
    "bottle_volume": 0.9,
    "liner": 0.7,
    "lid": 0.65,
    "temp_display": 0.85,
    "keep_hours": 0.25,
    "engraving": 0.08,
    "desk_width": 0.9,
    "desk_depth": 0.35,
    "drive": 0.85,
    "presets": 0.4,
    "desk_load": 0.25,
    "desktop": 0.3,
    "pet": 0.92,
    "bed_style": 0.88,
    "washable": 0.5,
    "heated": 0.92,
    "pet_weight": 0.2,
    "bed_length": 0.15,
    "colour": 0.55,
}
REFUSED = 0.05
COLOURS: dict[str, str] = {
    "laptop": "silver grey black silver grey white blue",
    "down_jacket": "black black white red beige blue green pink brown",
    "air_fryer": "white black green beige white pink",
    "wall_washer": "white white grey pink silver",
    "robot_vacuum": "white black white grey",
    "thermos_bottle": "white black pink blue green red beige",
    "standing_desk": "wood white black brown grey",
    "pet_bed": "grey beige brown pink blue green",
}
SIZES: dict[str, str] = {"men": "m l l xl xl xxl xxxl", "women": "s m m l l xl xs", "kids": "xs s m"}
SPACE: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "gaming": ((16, 32), (512, 1000)),
    "office": ((16, 16), (512, 512)),
    "design": ((32, 64), (1000, 2000)),
    "study": ((8, 16), (256, 512)),
    "programming": ((16, 32), (512, 1000)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """All a sentence about one want in one language is drawn from."""

    language: str
    want: Want
    nouns: tuple[str, ...]
    slots: tuple[tuple[float, tuple[Phrase, ...], int], ...]
    prices: tuple[tuple[int, tuple[str, ...]], ...]
    openers: tuple[str, ...]
    chatter: tuple[str, ...]
    tails: tuple[str, ...]
    dates: tuple[tuple[str, int], ...]
    places: tuple[str, ...]
    counts: tuple[str, ...]
    each: str
    typos: tuple[tuple[str, str], ...]


@lru_cache(maxsize=512)
def sheet(language: str, want: Want) -> Sheet:
    """The sheet of a want in ``zh-hans``, ``zh-hant``, ``en`` or ``mixed`` (the mainland's and English together)."""
    tables = [wordings(name) for name in (("zh-hans", "en") if language == "mixed" else (language,))]
    first = tables[0]
    counter = first.counters.get(want.category, "")
    return Sheet(
        language=language,
        want=want,
        nouns=tuple(word for table in tables for word in table.nouns[want.category]),
        slots=tuple((share, phrases, len(phrases)) for share, phrases in _slots(tables, want)),
        prices=_prices(first, want),
        openers=first.openers,
        chatter=tuple(word for table in tables for word in table.chatter),
        tails=tuple(word for table in tables for word in table.tails),
        dates=first.dates,
        places=first.places,
        counts=tuple(text.replace("{c}", counter) for text in first.counts),
        each=first.each.replace("{c}", counter),
        typos=tuple(pair for table in tables for pair in table.typos),
    )


def _slots(tables: list[Wordings], want: Want) -> Iterator[tuple[float, tuple[Phrase, ...]]]:
    for attribute, value in want.specification:
        share = REFUSED if value is False else MENTIONED[attribute]
        if attribute == "screen_size" and value == 17.3:
            value = 17  # people name the nominal size
        yield share, tuple(phrase for table in tables for phrase in _phrases(table, want, attribute, value))
    for attribute, values in _variants(want):
        yield (
            MENTIONED[attribute],
            tuple(phrase for table in tables for value in values for phrase in _phrases(table, want, attribute, value)),
        )


def _variants(want: Want) -> Iterator[tuple[str, tuple[Value, ...]]]:
    yield "colour", tuple(COLOURS[want.category].split())
    if want.category == "laptop":
        memory, storage = SPACE[str(want.value("use"))]
        yield "memory", memory
        yield "storage", storage
    elif want.category == "down_jacket":
        yield "clothing_size", tuple(SIZES[str(want.value("wearer"))].split())
    elif want.category == "thermos_bottle":
        yield "engraving", (True,)
    elif want.category == "standing_desk":
        yield "desktop", ("solid_wood", "bamboo", "particle_board", "solid_wood")
    elif want.value("pet") == "dog":
        yield "pet_weight", (5, 10, 20, 30)
        yield "bed_length", (60, 80, 100, 110)


def _phrases(table: Wordings, want: Want, attribute: str, value: Value) -> list[Phrase]:
    if isinstance(value, bool):
        return _said(table, table.flags[attribute]["yes" if value else "no"], attribute, {"is": value}, nice=value)
    if isinstance(value, str):
        return _choice_phrases(table, want, attribute, value)
    return list(_quantity_phrases(table, attribute, value))


def _said(table: Wordings, words: Words, attribute: str, constraint: Constraint, *, nice: bool) -> list[Phrase]:
    phrases: list[Phrase] = [(word, (attribute, constraint, False)) for word in words for _ in range(4)]
    if nice:
        word = words[0]
        phrases += [(form.format(x=word), (attribute, constraint, True)) for form in table.nice[:2]]
    return phrases


def _choice_phrases(table: Wordings, want: Want, attribute: str, value: str) -> list[Phrase]:
    words = table.choices[attribute]
    phrases: list[Phrase] = _said(table, words[value], attribute, {"any": [value]}, nice=attribute != "wearer")
    others = [code for code in words if code != value]
    if attribute == "colour":
        others = [code for code in COLOURS[want.category].split() if code != value]
        phrases.append((table.any_colour[len(value) % 4], None))
    if attribute in {"colour", "liner", "control", "lid", "use"}:
        mine, theirs = words[value][0], words[others[0]][0]
        either = table.either[len(value) % 3]
        phrases.append((either.format(x=mine, y=theirs), (attribute, {"any": sorted((value, others[0]))}, False)))
    if attribute in {"colour", "lid", "control", "navigation", "fryer_style"}:
        refused = words[others[-1]][0]
        form = table.not_[len(value) % 3]
        phrases.append((form.format(x=refused), (attribute, {"not": [others[-1]]}, False)))
    return phrases


def _quantity_phrases(table: Wordings, attribute: str, value: int | float) -> Iterator[Phrase]:
    forms = _forms(attribute, value, traditional=table.language == "zh-hant")
    for template in table.quantities[attribute]:
        try:
            text = template[1:].format_map(forms)
        except KeyError:
            continue  # this number has no such spelling (15.6 as a spoken numeral, 80 cm in metres)
        yield text, (attribute, _bounds(template[0], attribute, value), False)
    if attribute in {"fryer_volume", "screen_size", "wash_load"} and value >= 3:
        text = table.quantities[attribute][0][1:].format(v=f"{plain(value - 1)}-{plain(value)}")
        yield text, (attribute, {"min": value - 1, "max": value, "unit": UNITS[attribute]}, False)


def _bounds(operator: str, attribute: str, value: int | float) -> Constraint:
    low = None if operator == "<" else value
    high = None if operator == ">" else value
    return {"min": low, "max": high, "unit": UNITS[attribute]}


def _forms(attribute: str, value: int | float, *, traditional: bool) -> dict[str, str]:
    forms = {"v": plain(value)}
    if value == int(value) and value != 2:
        forms["z"] = spoken(int(value), traditional=traditional)
    if attribute in {"weight", "pet_weight"}:
        forms["j"] = plain(round(value * 2, 2))
    if attribute == "storage":
        forms["t"] = f"{plain(value / 1000)}TB" if value >= 1000 else f"{plain(value)}G"
    if attribute == "bottle_volume":
        forms["l"] = plain(value / 1000)
        forms["o"] = plain(round(value / 29.5735))
    if attribute in {"desk_width", "desk_depth"}:
        inches = round(value / 2.54)
        if abs(inches * 2.54 - value) / value < 0.01:
            forms["i"] = str(inches)
        if value > 100:
            forms["m"] = f"{int(value // 100)}米{int(value % 100 // 10)}"
    return forms


def _prices(table: Wordings, want: Want) -> tuple[tuple[int, tuple[str, ...]], ...]:
    spread = NormalDist(0.0, PRICE_SPREAD)
    rungs = (spread.inv_cdf((number + 0.5) / PRICE_RUNGS) for number in range(PRICE_RUNGS))
    prices = (_round(want.typical_price * (1 + max(-0.6, rung))) for rung in rungs)
    return tuple((price, tuple(_price_texts(table, price))) for price in prices)


def _round(price: float) -> int:
    step = 5 if price < 150 else 10 if price < 400 else 50 if price < 2000 else 100 if price < 6000 else 500
    return max(step, round(price / step) * step)


def _price_texts(table: Wordings, price: int) -> Iterator[str]:
    forms = {"p": str(price), "z": spoken(price, traditional=table.language == "zh-hant")}
    if price >= 1000 and price % 100 == 0:
        forms["k"] = f"{plain(price / 1000)}k"
    for template in table.prices:
        try:
            yield template.format_map(forms)
        except KeyError:
            continue  # a price such as 480 is not said in thousands
