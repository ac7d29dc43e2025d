"""Units of measure as people write them, each with its dimensions and its size in the dimension's base unit."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from .folding import fold_text

# dimension, size in the base unit, spellings (folded). A spelling may stand in several rows: "oz" is mass and volume.
_TABLE: tuple[tuple[str, float, str], ...] = (
    ("length", 0.001, "mm millimetre millimeter 毫米 公厘"),
    ("length", 0.01, "cm cms centimetre centimeter 厘米 公分"),
    ("length", 0.1, "dm 分米"),
    ("length", 1.0, "m metre meter mtr 米 公尺"),
    ("length", 1000.0, "km kilometre kilometer 公里 千米"),
    ("length", 0.0254, "inch in inche \" '' 寸 英寸"),
    ("length", 0.3048, "ft foot feet 英尺 ' 呎"),
    ("length", 0.9144, "yd yard 码数"),
    ("length", 1609.344, "mile mi 英里"),
    ("mass", 0.001, "mg 毫克"),
    ("mass", 1.0, "g gr gram gramme 克"),
    ("mass", 1000.0, "kg kgs kilo kilogram 公斤 千克"),
    ("mass", 500.0, "斤 市斤 jin"),
    ("mass", 600.0, "台斤"),
    ("mass", 50.0, "两 市两"),
    ("mass", 453.59237, "lb lbs pound 磅 英磅"),
    ("mass", 28.349523, "oz ounce 盎司"),
    ("mass", 1000000.0, "ton tonne 吨"),
    ("volume", 0.001, "ml millilitre milliliter cc 毫升 cm3"),
    ("volume", 0.01, "cl"),
    ("volume", 1.0, "l lt ltr litre liter 升 公升 dm3"),
    ("volume", 1000.0, "m3 立方米"),
    ("volume", 0.0295735, "oz ounce fl oz floz fluid ounce 盎司 液盎司"),
    ("volume", 0.473176, "pint pt 品脱"),
    ("volume", 0.946353, "qt quart 夸脱"),
    ("volume", 3.785412, "gal gallon 加仑"),
    ("data", 0.001, "mb"),
    ("data", 1.0, "gb g gig gigabyte"),
    ("data", 1000.0, "tb t terabyte"),
    ("power", 1.0, "w watt 瓦 瓦特"),
    ("power", 1000.0, "kw kilowatt 千瓦"),
    ("power", 735.5, "hp horsepower 马力 匹"),
    ("energy", 1.0, "wh 瓦时"),
    ("energy", 1000.0, "kwh 度电 千瓦时"),
    ("charge", 1.0, "mah 毫安 毫安时"),
    ("charge", 1000.0, "ah 安时"),
    ("pressure", 1.0, "pa pascal 帕"),
    ("pressure", 1000.0, "kpa 千帕"),
    ("pressure", 100000.0, "bar 巴"),
    ("pressure", 6894.757, "psi"),
    ("waterhead", 1.0, "mmh2o"),
    ("noise", 1.0, "db dba db(a) decibel 分贝"),
    ("time", 1.0, "s sec second 秒 秒钟"),
    ("time", 60.0, "min minute 分钟 mins"),
    ("time", 3600.0, "h hr hour 小时 钟头 个小时 个钟头 个钟"),
    ("time", 86400.0, "day 天"),
    ("time", 604800.0, "week 周 个星期"),
    ("time", 2629800.0, "month 个月"),
    ("time", 31557600.0, "year yr 年"),
    ("temperature", 1.0, "°c 度 摄氏度 degree celsius c °"),
    ("angle", 1.0, "度 degree deg °"),
    ("frequency", 1.0, "hz hertz 赫兹 赫"),
    ("frequency", 1000.0, "khz"),
    ("frequency", 1000000.0, "mhz"),
    ("frequency", 1000000000.0, "ghz"),
    ("voltage", 1.0, "v volt 伏 伏特"),
    ("current", 1.0, "a amp ampere 安 安培"),
    ("torque", 1.0, "nm n.m n·m 牛米"),
    ("light", 1.0, "lm lumen 流明"),
    ("brightness", 1.0, "nit 尼特"),
    ("pixels", 1.0, "mp megapixel 万像素"),
    ("speed", 1.0, "km/h kmh kph 公里每小时"),
    ("speed", 1.609344, "mph"),
    ("rotation", 1.0, "rpm 转"),
    ("area", 1.0, "m2 sqm 平方米 平米 平方 square meter square metre 平"),
    ("area", 0.092903, "sqft sq ft square feet square foot"),
    ("area", 3.305785, "坪"),
    ("share", 1.0, "% percent 个点"),
    ("density", 1.0, "dpi"),
    ("people", 1.0, "person people man 人 位 个人 口人 berth sleeper"),
    ("gears", 1.0, "gear speed 速 段速 变速"),
    ("levels", 1.0, "level tier layer shelf shelve 层 档 级"),
    ("pieces", 1.0, "piece pc 片 粒 颗"),
    ("pockets", 1.0, "pocket 口袋"),
    ("threads", 1.0, "thread tc 支"),
)  # fmt: skip

_PLURAL = re.compile(r"^[a-z ]{4,}$|^(lb|hr|yr|min|gig|ton|pc|oz|qt|kg|gal|sec|amp|nit)$")
_INCH = r"in(?!\s+(?:total|all|the|my|our|an?|each|any|cash|which)(?![a-z]))"


def _spellings() -> dict[str, tuple[tuple[str, float], ...]]:
    found: dict[str, list[tuple[str, float]]] = {}
    for dimension, size, words in _TABLE:
        for word in _words(words):
            found.setdefault(word, []).append((dimension, size))
            if _PLURAL.match(word) and not word.endswith("s"):
                found.setdefault(word + "s", []).append((dimension, size))
    return {word: tuple(dict.fromkeys(meanings)) for word, meanings in found.items()}


def _words(words: str) -> list[str]:
    for phrase in ("fl oz", "fluid ounce", "square meter", "square metre", "sq ft", "square feet", "square foot",
                   "degree celsius"):  # fmt: skip
        words = words.replace(phrase, phrase.replace(" ", "_"))
    return [word.replace("_", " ") for word in words.split()]


SPELLINGS: dict[str, tuple[tuple[str, float], ...]] = _spellings()
"""Folded spelling → its (dimension, size in base units)."""


@cache
def meaning(unit: str) -> tuple[str, float]:
    """Dimension and size of a catalogue's unit. An unknown unit is a dimension of its own, so it still matches "
    "itself."""
    folded = fold_text(unit)
    known = SPELLINGS.get(folded)
    if known:
        return known[0]
    return _asked_of_pint(unit) or (f"unit:{folded}", 1.0)


def _asked_of_pint(unit: str) -> tuple[str, float] | None:
    import pint

    try:
        quantity = _registry().Quantity(1.0, unit).to_base_units()
    except (pint.errors.PintError, AttributeError, ValueError, TypeError, SyntaxError):
        return None
    return str(quantity.dimensionality), float(quantity.magnitude)


@cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry()


def pattern(extra: tuple[str, ...]) -> re.Pattern[str]:
    """Matches a unit at a place right after a number; ``extra`` are the catalogue's own units, folded."""
    latin: list[str] = []
    other: list[str] = []
    powers: list[str] = []
    for word in sorted({*SPELLINGS, *extra}, key=lambda word: (-len(word), word)):
        spelled = _INCH if word == "in" else re.escape(word)
        kind = powers if word[-1].isdigit() else latin if word[-1].isascii() and word[-1].isalpha() else other
        kind.append(spelled)
    return re.compile(
        rf"[ -]?(?:(?P<power>{'|'.join(powers)})(?!\d)|(?P<latin>{'|'.join(latin)})(?![a-z])|"
        rf"(?P<other>{'|'.join(other)}))"
    )
