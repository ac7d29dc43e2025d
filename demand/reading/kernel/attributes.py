"""Things named and amounts given, turned into constraints on the attributes of one category."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from . import cues, units
from .amounts import Amount
from .catalogue import Attribute
from .counts import Count
from .folding import fold_text
from .lexicon import Match, Target
from .needs import canonical_constraint, number
from .scopes import Stance, clauses

_ALONE_BEFORE = re.compile(r"(?:^|[,。;!?()、\s])$")
_ALONE_AFTER = re.compile(r"的?\s*(?:$|[,。;!?()、]|\s)")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Named:
    """A value or flag of the category at a half-open place."""

    start: int
    end: int
    target: Target


@dataclass(frozen=True, slots=True)
class Need:
    """A constraint read, with its half-open places in the folded text."""

    attribute: str
    level: str
    constraint: dict[str, Any]
    places: tuple[Span, ...]
    confidence: float


@dataclass(slots=True)
class _Choices:
    wanted: dict[str, list[Span]] = field(default_factory=lambda: defaultdict(list))
    preferred: dict[str, list[Span]] = field(default_factory=lambda: defaultdict(list))
    denied: dict[str, list[Span]] = field(default_factory=lambda: defaultdict(list))
    disliked: dict[str, list[Span]] = field(default_factory=lambda: defaultdict(list))
    also: dict[str, list[Span]] = field(default_factory=lambda: defaultdict(list))


_TO = re.compile(r"[码号\s]*(?:-|~|到|至|(?<![a-z])(?:to|through|up to)(?![a-z]))\s*")


def _spread(
    text: str,
    attribute: Attribute,
    named: Sequence[Named],
    stances: Sequence[Stance],
    wanted: dict[str, list[Span]],
) -> None:
    """``S to XXL`` is all sizes between, in the catalogue's order."""
    order = [value.code for value in attribute.values]
    for (one, stance), (other, stance_after) in pairwise(zip(named, stances, strict=True)):
        if stance == stance_after == "must" and _TO.fullmatch(text, one.end, other.start):
            low, high = order.index(one.target.code), order.index(other.target.code)
            for code in order[low + 1 : high]:
                wanted[code].append((one.start, other.end))


def choices(text: str, attribute: Attribute, named: Sequence[Named], stances: Sequence[Stance]) -> list[Need]:
    """Constraints on a choice from its values named in a text. What is wanted outweighs what is denied."""
    told = _Choices()
    part = {
        "must": told.wanted,
        "nice": told.preferred,
        "deny": told.denied,
        "nice_deny": told.disliked,
        "also": told.also,
    }
    for item, stance in zip(named, stances, strict=True):
        if stance != "indifferent":
            part[stance][item.target.code].append((item.start, item.end))
    if told.wanted:
        _spread(text, attribute, named, stances, told.wanted)
    if told.also and (told.wanted or len(told.also) > 1):
        for code, places in told.also.items():
            told.wanted[code].extend(places)
    wanted = {code: places for code, places in told.wanted.items() if code not in told.denied}
    found = []
    if wanted:
        found.append(_choice(attribute, "must", "any", wanted))
    elif told.denied:
        found.append(_choice(attribute, "must", "not", told.denied))
    if told.preferred:
        found.append(_choice(attribute, "nice", "any", told.preferred))
    elif told.disliked:
        found.append(_choice(attribute, "nice", "not", told.disliked))
    return found


def _choice(attribute: Attribute, level: str, kind: str, codes: dict[str, list[Span]]) -> Need:
    places = tuple(sorted({place for found in codes.values() for place in found}))
    return Need(attribute.code, level, {kind: sorted(codes)}, places, 0.9)


def flag(attribute: Attribute, named: Sequence[Named], stances: Sequence[Stance]) -> list[Need]:
    """The constraint on a flag; a denial outweighs a mention."""
    places: dict[Stance, list[Span]] = defaultdict(list)
    for item, stance in zip(named, stances, strict=True):
        places[stance].append((item.start, item.end))
    found = []
    if places["deny"]:
        found.append(Need(attribute.code, "must", {"is": False}, tuple(places["deny"]), 0.9))
    elif places["must"] and not places["indifferent"]:
        found.append(Need(attribute.code, "must", {"is": True}, tuple(places["must"]), 0.9))
    elif places["nice"]:
        found.append(Need(attribute.code, "nice", {"is": True}, tuple(places["nice"]), 0.85))
    elif places["nice_deny"]:
        found.append(Need(attribute.code, "nice", {"is": False}, tuple(places["nice_deny"]), 0.8))
    return found


@dataclass(frozen=True, slots=True)
class Claim:
    """An amount taken for a quantity attribute; ``index`` is its place among the amounts."""

    score: float
    index: int
    attribute: Attribute
    size: float


def claims(
    text: str, amounts: Sequence[Amount], quantities: Sequence[Attribute], heads: Sequence[Match]
) -> list[Claim]:
    """Which amount belongs to which quantity attribute: nearest name first, then the attributes' own order.

    Each amount and each attribute is used at most once. A bare number needs the attribute's name beside it.
    """
    bounds = clauses(text)
    of_people = [m.span() for m in cues.PERSON.finditer(text)]  # the 高 in 身高 names no attribute of a thing
    heads = [m for m in heads if not any(start < m.end and m.start < end for start, end in of_people)]
    offers: list[Claim] = []
    for index, amount in enumerate(amounts):
        order = 0
        for attribute in quantities:
            size = _size(amount, attribute)
            if size is None:
                continue
            score = _nearness(text, amount, amounts, attribute, heads, bounds)
            if not amount.meanings and not _bare_ok(amount, attribute, score):
                continue
            score += 1.0 + _plausible(text, amount, attribute, quantities)
            if amount.group >= 0:
                score += 1.0 if order == amount.place else 0.0
            score -= 4.0 if _personal(text, amount, score, bounds) else 0.0
            score += 0.3 if amount.bound in ("max", "min", "range") else 0.0
            offers.append(Claim(score - 0.05 * order, index, attribute, size))
            order += 1
    taken: list[Claim] = []
    for claim in sorted(offers, key=lambda claim: (-claim.score, claim.index)):
        if claim.score > 0 and not any(
            claim.index == other.index or claim.attribute is other.attribute for other in taken
        ):
            taken.append(claim)
    return taken


def leftover(
    text: str,
    amounts: Sequence[Amount],
    quantities: Sequence[Attribute],
    taken: Sequence[Claim],
    price: int,
    count: Count | None,
    product: Sequence[Span],
) -> list[Claim]:
    """A bare number left over (500的, 140) when price and count are known and before the price: the first quantity."""
    if not quantities or any(claim.attribute is quantities[0] for claim in taken):
        return []
    used = {claim.index for claim in taken}
    for index, amount in enumerate(amounts):
        plain = amount.style == "digits" and not amount.meanings and not amount.currency and amount.bound == "exact"
        counted = count is not None and count.start < amount.number_end and amount.number_start < count.end
        if (
            index in used
            or index == price
            or counted
            or not plain
            or amount.group >= 0
            or amount.low < 10
            or index > price
        ):
            continue
        beside = any(0 <= amount.start - end <= 1 for _, end in product)
        if (beside or _ALONE_BEFORE.search(text, 0, amount.start)) and _ALONE_AFTER.match(text, amount.end):
            return [Claim(0.5, index, quantities[0], 1.0)]
    return []


def _bare_ok(amount: Amount, attribute: Attribute, score: float) -> bool:
    """A bare number counts beside the attribute's name; 140x70 without a unit is a length."""
    if amount.currency or amount.style == "short":
        return False
    return score >= 2.7 or (amount.group >= 0 and units.meaning(attribute.unit or "")[0] == "length")


def _size(amount: Amount, attribute: Attribute) -> float | None:
    """How many of the attribute's unit one of the amount's unit is; ``None`` when they measure different things."""
    dimension, base = units.meaning(attribute.unit or "")
    if not amount.meanings:
        return 1.0
    return next((size / base for kind, size in amount.meanings if kind == dimension), None)


def _plausible(text: str, amount: Amount, attribute: Attribute, quantities: Sequence[Attribute]) -> float:
    """``16g`` may be memory or mass: powers of two are data."""
    if units.meaning(attribute.unit or "")[0] == "data":
        return _data_kind(amount, attribute) + (0.0 if amount.unit != "g" else 0.5 if amount.low in _POWERS else -0.5)
    if len(amount.meanings) < 2 or units.meaning(attribute.unit or "")[0] not in ("data", "mass"):
        return 0.0
    if amount.unit != "g":
        return 0.0
    return -0.5 if amount.low in _POWERS else 0.5


_POWERS = frozenset(2.0**n for n in range(11))
_WORKING = re.compile(r"内存|运存|记忆体|memory|(?<![a-z])ram(?![a-z])")
"""Working memory is counted in tens of gigabytes, storage in hundreds."""


def _data_kind(amount: Amount, attribute: Attribute) -> float:
    large = _in_base(amount) >= 100
    working = any(_WORKING.search(fold_text(surface)) for surface in attribute.surfaces)
    return 0.3 if large != working else -0.3


def _in_base(amount: Amount) -> float:
    return amount.low * next((size for kind, size in amount.meanings if kind == "data"), 1.0)


def _nearness(
    text: str,
    amount: Amount,
    amounts: Sequence[Amount],
    attribute: Attribute,
    heads: Sequence[Match],
    bounds: Sequence[tuple[int, int]],
) -> float:
    low, high = next(((a, b) for a, b in bounds if a <= amount.number_start < b), (0, len(text)))
    first_is_name = any(low <= m.start < amount.start for m in heads) and not any(
        low <= other.start < min((m.start for m in heads if m.start >= low), default=high) for other in amounts
    )
    best = 0.0
    for match in heads:
        if not any(target.attribute == attribute.code for target in match.targets) or not low <= match.start < high:
            continue
        before = match.end <= amount.number_start
        gap = text[match.end : amount.start] if before else text[amount.end : match.start]
        if (match.start < amount.number_end and not before) or _between(match, amount, amounts):
            continue
        distance = len(gap.strip()) if re.search(r"[\u4e00-\u9fff]", gap) else 2 * len(gap.split())
        if distance > 8:
            continue
        best = max(
            best, 3.0 - 0.25 * distance + (0.2 if before == first_is_name else 0.0) + 0.01 * (match.end - match.start)
        )
    return best


def _between(match: Match, amount: Amount, amounts: Sequence[Amount]) -> bool:
    low, high = (
        (match.end, amount.number_start) if match.end <= amount.number_start else (amount.number_end, match.start)
    )
    return any(low <= other.number_start < high for other in amounts if other is not amount and other.group < 0)


def _personal(text: str, amount: Amount, score: float, bounds: Sequence[tuple[int, int]]) -> bool:
    low = next((a for a, b in bounds if a <= amount.number_start < b), 0)
    return bool(cues.PERSON.search(text[low : amount.start])) or bool(cues.PAST.search(text[low : amount.start]))


def _late_bound(text: str, amount: Amount, heads: Sequence[Match]) -> str | None:
    """A bound behind the attribute's name: 32G内存起步, 1 TB SSD or more."""
    if amount.bound != "exact":
        return None
    for match in heads:
        if 0 <= match.start - amount.end <= 1 and not text[amount.end : match.start].strip():
            if cues.MAX_AFTER.match(text, match.end):
                return "max"
            return "min" if cues.MIN_AFTER.match(text, match.end) else None
    return None


def quantity(text: str, claim: Claim, amount: Amount, stance: Stance, heads: Sequence[Match]) -> Need | None:
    """The constraint an amount puts on an attribute; ``None`` when it is denied or does not matter."""
    if stance in ("deny", "nice_deny", "indifferent"):
        return None
    low, high = number(round(amount.low * claim.size, 2)), number(round(amount.high * claim.size, 2))
    bound = _late_bound(text, amount, heads) or amount.bound
    constraint = canonical_constraint(
        {
            "min": None if bound == "max" else low,
            "max": None if bound == "min" else high,
            "unit": claim.attribute.unit or "",
        }
    )
    if constraint is None:
        return None
    level = "nice" if stance == "nice" else "must"
    return Need(
        claim.attribute.code, level, constraint, ((amount.start, amount.end),), min(0.6 + 0.1 * claim.score, 0.97)
    )
