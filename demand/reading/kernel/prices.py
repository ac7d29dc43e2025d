"""The price a shopper would pay: which amount it is, its currency, and whether it is for one or for all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from . import cues
from .amounts import Amount
from .counts import Count
from .scopes import clauses

_STANDS_ALONE_BEFORE = re.compile(r"(?:^|[,。;!?()、/\s]|[\u4e00-\u9fff])\s*$")
_STANDS_ALONE_AFTER = re.compile(
    r"\s*(?:$|[,。;!?()、/~+]|-(?!\d)|\.(?!\d)|[\U0001f000-\U0001ffff]|(?:吧|的样子|可以|就行|行|ok|就好|"
    r"最好)|(?<![a-z])(?:max|tops|each|for|incl|including|please|total|all|or|per|apiece|ea|budget|in total|i|"
    r"is)(?![a-z]))|\s(?=[\u4e00-\u9fff])"
)
_EACH_NEAR = re.compile(r"\s*(?:/|一|每|单)?\s*[个件台张只条把套支部顶副辆瓶箱份盏架](?![\u4e00-\u9fff])")
_DIRECTLY = re.compile(r"\s?|[\u4e00-\u9fff]{1,8}")
_NOT_MONEY_AFTER = re.compile(
    r"\s*(?:[个件台张只条把套支部顶副辆瓶箱份岁年月号日码款人代位口次种折寸]|(?:years?|yrs?|people|persons?|kids|"
    r"months?|days?|students|floors?|bedrooms?|mbps|fps|st|nd|rd|th)(?![a-z]))"
)


@dataclass(frozen=True, slots=True)
class Price:
    """A price as said: ``amount`` in major units, ``total`` when it is for all units together."""

    amount: float
    total: bool
    currency: str | None
    start: int
    end: int
    confidence: float


def find(
    text: str, amounts: Sequence[Amount], claimed: frozenset[int], count: Count | None
) -> tuple[Price, int] | None:
    """The most likely ceiling and its place in ``amounts``; those in ``claimed`` belong to an attribute already."""
    bounds = clauses(text)
    best: tuple[float, int] | None = None
    for index, amount in enumerate(amounts):
        if (
            index in claimed
            or amount.group >= 0
            or (count and amount.number_start < count.end and count.start < amount.number_end)
        ):
            continue
        score = _score(text, amount, bounds)
        if score >= 1.0 and (best is None or score >= best[0]):
            best = (score, index)
    if best is None:
        return None
    amount = amounts[best[1]]
    total = _is_total(text, amount, bounds, count)
    sure = min(0.55 + 0.09 * best[0], 0.98)
    return Price(amount.high, total, amount.currency, amount.start, amount.end, sure), best[1]


def _score(text: str, amount: Amount, bounds: Sequence[tuple[int, int]]) -> float:
    low, high = next(((a, b) for a, b in bounds if a <= amount.number_start < b), (0, len(text)))
    lead, tail = text[low : amount.start], text[amount.end : high]
    if amount.meanings and not amount.currency:
        return 0.0
    if not amount.currency and _NOT_MONEY_AFTER.match(text, amount.number_end):
        return 0.0
    score = 4.0 if amount.currency else 0.0
    score += (
        3.0
        if cues.PRICE_WORD.search(lead[-14:]) or cues.PRICE_WORD.search(text[amount.start : amount.number_start])
        else 0.0
    )
    score += (
        2.0
        if cues.EACH_WORD.search(lead[-6:])
        or re.match(
            r"\s*(?:each|apiece|per|ea|a ?piece|"
            r"/)(?![a-z])",
            tail,
        )
        or _EACH_NEAR.match(tail)
        else 0.0
    )
    score += 2.0 if cues.TOTAL_WORD.search(lead) or cues.TOTAL_WORD.search(tail) else 0.0
    score += {"max": 1.5, "range": 0.7, "exact": 0.0, "min": -2.0}[amount.bound]
    score += 1.5 if amount.style == "short" or (amount.style == "han" and amount.high >= 100) else 0.0
    priced = amount.style == "short" or (amount.style == "han" and amount.high >= 100)
    after = _STANDS_ALONE_AFTER.match(text, amount.end) or (priced and text.startswith("的", amount.end))
    alone = bool(_STANDS_ALONE_BEFORE.search(text, 0, amount.start) and after)
    score += 1.0 if alone else -1.5
    score -= 3.0 if amount.high < 10 and not amount.currency else 0.0
    score -= 6.0 if _past(text[low:high]) else 0.0
    return score


def _past(clause: str) -> bool:
    return bool(cues.PAST.search(clause)) and not re.search(r"这次|今年|现在|预算|budget|now|this time", clause)


def _is_total(text: str, amount: Amount, bounds: Sequence[tuple[int, int]], count: Count | None) -> bool:
    low, high = next(((a, b) for a, b in bounds if a <= amount.number_start < b), (0, len(text)))
    clause = text[low:high]
    if cues.EACH_WORD.search(text[low : amount.start]) or re.match(
        r"\s*(?:each|apiece|per|ea|a ?piece|/|"
        r"一[个件台张只条把套])",
        text[amount.end : high],
    ):
        return False
    if cues.TOTAL_WORD.search(clause):
        return True
    if count is None or count.units < 2:
        return False
    if count.start >= amount.end:
        return bool(amount.currency) and not text[amount.end : count.start].strip()
    if count.end > amount.start:
        return False
    return bool(_DIRECTLY.fullmatch(text[count.end : amount.start]))
