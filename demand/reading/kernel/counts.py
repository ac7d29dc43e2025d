"""How many units a wish asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from . import cues, numerals
from .amounts import Amount
from .scopes import Placed, clauses

_BOUNDARY = re.compile(r"\s*(?:[,。;!?()、:~+/]|$|就|左右|起|一起|给|送|寄|发|到|每|单|共|一共|总|预算|,|\.)|\s+")
_PIECES = re.compile(r"\s*(?:pcs?|pieces?|units?|sets?|pairs?|of (?:them|these|those|it)|ea|please)(?![a-z])")
_EN_NOUN = re.compile(r"\s+(?:[a-z0-9'\"/.-]+\s+){0,6}?$")
_TIMES_BEFORE = re.compile(r"(?:^|[\s,。\u4e00-\u9fff)])[x*]\s?$")
_TIMES_AFTER = re.compile(r"\s?x(?:\s|$)(?!\s*\d)")
_OTHER_VERB = re.compile(r"[求买想找蹲要给放养睡吃住玩喝坐]|\s(?=[\u4e00-\u9fff])")
_LIVING = (
    r"(?:cats?|dogs?|pups?|kittens?|kids?|boys?|girls?|sons?|daughters?|children|people|persons?|adults?|guests?|sisters?|"
    r"brothers?|friends?|students?|floors?|rooms?|bedrooms?|years?|days?|weeks?|months?|hours?|nights?|times?|colou?rs?)"
)
_DUE = re.compile(r"\s+(?:by|before|until|please|pls|asap)(?![a-z])(?!\s+\d+\s*(?:cm|mm|m|inch|in)?(?![\da-z]))")
_THINGS = re.compile(
    rf"(?! (?:[a-z]+ )?{_LIVING}(?![a-z]))"
    + r"(?: [a-z-]+){0,3} [a-z-]{3,}(?<!s)s(?![a-z])\s*(?:[,.;!?(]|$|for |to |in |with )"
)
_EVERY = re.compile(r"每\s*$|(?<![a-z])(?:per|each|every)\s*$")


@dataclass(frozen=True, slots=True)
class Count:
    """Units wanted, the half-open place it stands at, and how sure that is."""

    units: int
    start: int
    end: int
    confidence: float


def find(text: str, amounts: Sequence[Amount], categories: Sequence[Placed]) -> Count | None:
    """The most likely count, ``None`` when none is said (then it is one)."""
    best: tuple[float, Count] | None = None
    bounds = clauses(text)
    for amount in amounts:
        if amount.currency or amount.group >= 0 or amount.low != int(amount.low) or not 1 <= amount.low <= 100000:
            continue
        clause = next(((a, b) for a, b in bounds if a <= amount.number_start < b), (0, len(text)))
        judged = _judge(text, amount, amounts, categories, clause)
        if judged and (best is None or judged[0] > best[0]):
            best = judged
    return best[1] if best and best[1].units > 1 else _shared_out(text) or (best[1] if best else None)


_ONE_EACH = re.compile(rf"(?P<who>[^,。;!?]*)(?P<each>一人一|每人一|人手一|各一|各来一|各要一)[{cues.CLASSIFIERS}]")
_AMONG = re.compile(r"(?P<n>[两二三四五六七八九十俩仨]|\d{1,3})(?:个人|人|个|口|位|兄弟|姐妹|姐弟)?[^和跟与、]{0,3}$")
_JOINED = re.compile(r"[和跟与、及&]|(?<![a-z])and(?![a-z])")


def _shared_out(text: str) -> Count | None:
    """``我和室友一人一台``, ``三个人一人一件``, ``男XL、女M各一件``: one for each who is named."""
    match = _ONE_EACH.search(text) if "一" in text else None
    if match is None:
        return None
    among = _AMONG.search(match["who"])
    if among and "人" in match["each"]:
        units = {"俩": 2, "仨": 3}.get(among["n"]) or int(
            numerals.chinese_value(among["n"]) or 0 if not among["n"].isdigit() else among["n"]
        )
    else:
        units = len([part for part in _JOINED.split(match["who"]) if part.strip()])
    return Count(units, match.start("each"), match.end(), 0.7) if 2 <= units <= 500 else None


def _judge(
    text: str, amount: Amount, amounts: Sequence[Amount], categories: Sequence[Placed], clause: tuple[int, int]
) -> tuple[float, Count] | None:
    bare_end = amount.number_end - len(amount.unit) if amount.unit else amount.number_end
    if amount.bound == "range" and amount.low != amount.high and amount.style == "han":
        return None
    lead = text[clause[0] : amount.number_start]
    verb = bool(cues.COUNT_VERB.search(lead))
    if _EVERY.search(lead):
        return None
    at = bare_end + (1 if text[bare_end : bare_end + 1] == " " else 0)
    if (
        text[at : at + 1]
        and text[at] in cues.CLASSIFIERS
        and not text.startswith(("个人", "个月", "个小时", "个星期", "个钟"), at)
    ):
        return _chinese(text, amount, amounts, categories, clause, at, verb)
    if amount.unit and amount.meanings and amount.unit not in ("piece", "pieces", "pc", "pcs"):
        return None
    return _english(text, amount, categories, clause, bare_end, verb)


def _chinese(text: str, amount: Amount, amounts: Sequence[Amount], categories: Sequence[Placed],
    clause: tuple[int, int], at: int,
             verb: bool) -> tuple[float, Count] | None:  # fmt: skip
    units = int(amount.high) * (2 if text[at] == "对" else 1)
    after = at + 1
    score = 1.0 + verb
    product = next((m for m in categories if after <= m.start < clause[1]), None)
    if product is not None and product.start - after <= 16 and not _OTHER_VERB.search(text[after : product.start]):
        score += 1.5
    elif _BOUNDARY.match(text, after) or any(other.start == after for other in amounts):
        score += 0.5
    elif not (verb and text[after : after + 1] in "就的左一吧哦啊"):
        return None
    sure = min(0.6 + 0.1 * score, 0.95)
    return score - (3.0 if units == 1 else 0.0), Count(units, amount.number_start, after, sure)


def _english(text: str, amount: Amount, categories: Sequence[Placed], clause: tuple[int, int], end: int,
             verb: bool) -> tuple[float, Count] | None:  # fmt: skip
    units = int(amount.high)
    pieces = _PIECES.match(text, end)
    if pieces:
        return 3.0, Count(units, amount.number_start, pieces.end(), 0.9)
    if _TIMES_BEFORE.search(text, 0, amount.number_start) and not amount.meanings:
        return 2.5, Count(units, amount.number_start, end, 0.9)
    if _TIMES_AFTER.match(text, end) and not amount.meanings:
        return 2.0, Count(units, amount.number_start, end, 0.8)
    if amount.bound in ("max", "range") or amount.style == "short":
        return None
    product = next((m for m in categories if end < m.start < clause[1]), None)
    if product is not None and _EN_NOUN.match(text[end : product.start]) and _plural(text, product):
        return 2.0 + verb, Count(units, amount.number_start, end, 0.85)
    if _THINGS.match(text, end) and not text[clause[0] : amount.number_start].strip() and units <= 1000:
        return 1.2, Count(units, amount.number_start, end, 0.65)
    plain = not amount.meanings and amount.bound == "exact" and units <= 500 and amount.style in ("word", "digits")
    if plain and _DUE.match(text, end) and (verb or not text[clause[0] : amount.number_start].strip()):
        return 1.4, Count(units, amount.number_start, end, 0.75)
    boundary = re.compile(r"\s*(?:[,.;!?)]|$)").match(text, end)
    if (
        verb
        and boundary
        and units <= 500
        and re.search(
            r"(?:need|want|order(?:ing)?|qty|quantity|数量|make it|take|"
            r"get|buy)\s*[:是为]?\s*$",
            text[clause[0] : amount.number_start],
        )
    ):
        return 1.5, Count(units, amount.number_start, end, 0.7)
    return None


def _plural(text: str, product: Placed) -> bool:
    return (
        text[product.end - 1] == "s"
        or not text[product.end - 1].isascii()
        or text[product.end : product.end + 1] == "s"
    )
