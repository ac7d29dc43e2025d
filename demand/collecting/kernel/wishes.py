"""What a wish may say, as rules over plain values; the sentences for the reasons stand at the edge."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise


@dataclass(frozen=True, slots=True, kw_only=True)
class WishLimits:
    """The deployment's bounds; units and minor units, both ends included. ``most_units`` equals the constraint of the
    wish table."""

    currency: str = "CNY"
    most_units: int = 100_000
    most_text: int = 10_000
    most_price_minor: int = 10**12
    most_steps: int = 8
    furthest: timedelta = timedelta(days=3 * 365)
    regions: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WishInput:
    """A wish as the shopper typed it. ``steps`` are (units in all, ceiling in minor units) of the shopper's own price
    ladder; ``None`` is what was not said."""

    text: str
    kind: str = "interest"
    intent: str = "quantity"
    quantity: int = 1
    tolerance: int = 0
    ceiling_minor: int | None = None
    budget_minor: int | None = None
    currency: str | None = None
    steps: tuple[tuple[int, int], ...] = ()
    region: str = ""
    needed_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WishFault:
    """A rule that the input breaks: stable ``reason``, the form field, and the bound it broke where there is one."""

    reason: str
    field: str
    bound: int | date | None = None


def wish_faults(wish: WishInput, *, limits: WishLimits, today: date) -> list[WishFault]:
    """Every broken rule, at most one per field, in the order of the form; empty: the wish may be stored.

    Reasons: TEXT_EMPTY TEXT_TOO_LONG TEXT_WITHOUT_WORDS TEXT_UNREADABLE QUANTITY_TOO_SMALL QUANTITY_TOO_LARGE
    TOLERANCE_NEGATIVE TOLERANCE_TOO_LARGE CEILING_NOT_POSITIVE CEILING_TOO_LARGE CEILING_MISSING BUDGET_MISSING
    BUDGET_NOT_POSITIVE BUDGET_TOO_LARGE CURRENCY_FOREIGN STEPS_TOO_MANY STEPS_NOT_FALLING STEP_OUT_OF_RANGE
    REGION_UNKNOWN DATE_PAST DATE_TOO_FAR.
    """
    faults: list[WishFault] = []
    for fault in _faults(wish, limits, today):
        if all(fault.field != earlier.field for earlier in faults):
            faults.append(fault)
    return faults


def _faults(wish: WishInput, limits: WishLimits, today: date) -> Iterator[WishFault]:
    yield from _text_faults(wish.text, limits)
    yield from _unit_faults(wish, limits)
    yield from _price_faults(wish, limits)
    yield from _step_faults(wish, limits)
    if wish.region and limits.regions is not None and wish.region not in limits.regions:
        yield WishFault(reason="REGION_UNKNOWN", field="region")
    if wish.needed_by is not None and wish.needed_by < today:
        yield WishFault(reason="DATE_PAST", field="needed_by", bound=today)
    if wish.needed_by is not None and wish.needed_by > today + limits.furthest:
        yield WishFault(reason="DATE_TOO_FAR", field="needed_by", bound=today + limits.furthest)


def _text_faults(text: str, limits: WishLimits) -> Iterator[WishFault]:
    said = text.strip()
    if not said:
        yield WishFault(reason="TEXT_EMPTY", field="text")
    elif len(said) > limits.most_text:
        yield WishFault(reason="TEXT_TOO_LONG", field="text", bound=limits.most_text)
    elif "\x00" in said or any(unicodedata.category(char) == "Cs" for char in said):
        yield WishFault(reason="TEXT_UNREADABLE", field="text")
    elif not has_words(said):
        yield WishFault(reason="TEXT_WITHOUT_WORDS", field="text")


def has_words(text: str) -> bool:
    """Whether any letter (of any script) stands in the text; emoji, digits and marks alone say no wish."""
    return any(unicodedata.category(char).startswith("L") for char in text)


def _unit_faults(wish: WishInput, limits: WishLimits) -> Iterator[WishFault]:
    if wish.quantity < 1:
        yield WishFault(reason="QUANTITY_TOO_SMALL", field="quantity", bound=1)
    if wish.quantity > limits.most_units:
        yield WishFault(reason="QUANTITY_TOO_LARGE", field="quantity", bound=limits.most_units)
    if wish.tolerance < 0:
        yield WishFault(reason="TOLERANCE_NEGATIVE", field="tolerance", bound=0)
    if wish.tolerance > limits.most_units:
        yield WishFault(reason="TOLERANCE_TOO_LARGE", field="tolerance", bound=limits.most_units)


def _price_faults(wish: WishInput, limits: WishLimits) -> Iterator[WishFault]:
    if wish.currency is not None and wish.currency.upper() != limits.currency:
        yield WishFault(reason="CURRENCY_FOREIGN", field="ceiling")
    if wish.ceiling_minor is not None and wish.ceiling_minor <= 0:
        yield WishFault(reason="CEILING_NOT_POSITIVE", field="ceiling", bound=0)
    if wish.ceiling_minor is not None and wish.ceiling_minor > limits.most_price_minor:
        yield WishFault(reason="CEILING_TOO_LARGE", field="ceiling", bound=limits.most_price_minor)
    if wish.kind == "preorder" and wish.ceiling_minor is None:
        yield WishFault(reason="CEILING_MISSING", field="ceiling")
    if wish.intent == "budget" and wish.budget_minor is None:
        yield WishFault(reason="BUDGET_MISSING", field="budget")
    if wish.budget_minor is not None and wish.budget_minor <= 0:
        yield WishFault(reason="BUDGET_NOT_POSITIVE", field="budget", bound=0)
    if wish.budget_minor is not None and wish.budget_minor > limits.most_price_minor:
        yield WishFault(reason="BUDGET_TOO_LARGE", field="budget", bound=limits.most_price_minor)


def _step_faults(wish: WishInput, limits: WishLimits) -> Iterator[WishFault]:
    """A ladder says how many units in all at which price: as the price falls, the units rise."""
    if len(wish.steps) > limits.most_steps:
        yield WishFault(reason="STEPS_TOO_MANY", field="steps", bound=limits.most_steps)
    for units, ceiling in wish.steps:
        if not 1 <= units <= limits.most_units or not 0 < ceiling <= limits.most_price_minor:
            yield WishFault(reason="STEP_OUT_OF_RANGE", field="steps", bound=limits.most_units)
    ladder = sorted(wish.steps, key=lambda step: -step[1])
    for (units, ceiling), (more, lower) in pairwise(ladder):
        if lower == ceiling or more <= units:
            yield WishFault(reason="STEPS_NOT_FALLING", field="steps")
