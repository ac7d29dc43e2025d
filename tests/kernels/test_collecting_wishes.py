"""What a wish may say: each rule broken on purpose, and only that rule named."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from demand.collecting.kernel import WishFault, WishInput, WishLimits, has_words, wish_faults

TODAY = date(2026, 3, 1)
LIMITS = WishLimits(most_units=1_000_000, regions=frozenset({"CN-31"}))


def faults(**said: Any) -> list[tuple[str, str]]:
    wish = WishInput(**{"text": "a red laptop", **said})
    return [(fault.reason, fault.field) for fault in wish_faults(wish, limits=LIMITS, today=TODAY)]


def test_a_plain_wish_breaks_nothing() -> None:
    assert faults() == []
    assert faults(quantity=1_000_000, ceiling_minor=1, region="CN-31", needed_by=TODAY, currency="cny") == []


@pytest.mark.parametrize(
    ("said", "reason", "field"),
    [
        ({"text": "  "}, "TEXT_EMPTY", "text"),
        ({"text": "电" * 10_001}, "TEXT_TOO_LONG", "text"),
        ({"text": "💻💻 17"}, "TEXT_WITHOUT_WORDS", "text"),
        ({"text": "lap\x00top"}, "TEXT_UNREADABLE", "text"),
        ({"quantity": 0}, "QUANTITY_TOO_SMALL", "quantity"),
        ({"quantity": 10**9}, "QUANTITY_TOO_LARGE", "quantity"),
        ({"tolerance": -1}, "TOLERANCE_NEGATIVE", "tolerance"),
        ({"ceiling_minor": 0}, "CEILING_NOT_POSITIVE", "ceiling"),
        ({"ceiling_minor": 10**13}, "CEILING_TOO_LARGE", "ceiling"),
        ({"ceiling_minor": 100, "currency": "USD"}, "CURRENCY_FOREIGN", "ceiling"),
        ({"kind": "preorder"}, "CEILING_MISSING", "ceiling"),
        ({"intent": "budget"}, "BUDGET_MISSING", "budget"),
        ({"intent": "budget", "budget_minor": 0}, "BUDGET_NOT_POSITIVE", "budget"),
        ({"steps": ((1, 700000), (1, 550000))}, "STEPS_NOT_FALLING", "steps"),
        ({"steps": ((1, 700000), (2, 700000))}, "STEPS_NOT_FALLING", "steps"),
        ({"steps": ((0, 700000),)}, "STEP_OUT_OF_RANGE", "steps"),
        ({"steps": tuple((n, 1000 - n) for n in range(1, 10))}, "STEPS_TOO_MANY", "steps"),
        ({"region": "Mars"}, "REGION_UNKNOWN", "region"),
        ({"needed_by": date(2026, 2, 28)}, "DATE_PAST", "needed_by"),
        ({"needed_by": date(2036, 2, 28)}, "DATE_TOO_FAR", "needed_by"),
    ],
)
def test_the_broken_rule_is_named(said: dict[str, Any], reason: str, field: str) -> None:
    assert faults(**said) == [(reason, field)]


def test_steps_may_come_in_any_order() -> None:
    assert faults(steps=((2, 550000), (1, 700000))) == []


def test_one_fault_a_field_in_the_order_of_the_form() -> None:
    assert faults(text="", quantity=0, ceiling_minor=0, currency="USD", needed_by=date(2020, 1, 1)) == [
        ("TEXT_EMPTY", "text"),
        ("QUANTITY_TOO_SMALL", "quantity"),
        ("CURRENCY_FOREIGN", "ceiling"),
        ("DATE_PAST", "needed_by"),
    ]


def test_a_fault_carries_its_bound() -> None:
    wish = WishInput(text="a lamp", quantity=100_001)
    assert wish_faults(wish, limits=WishLimits(), today=TODAY) == [
        WishFault(reason="QUANTITY_TOO_LARGE", field="quantity", bound=100_000)
    ]


@pytest.mark.parametrize(
    ("text", "words"), [("灯", True), ("lamp", True), ("ランプ", True), ("123!", False), ("🙂", False)]
)
def test_words_of_any_script_count(text: str, words: bool) -> None:
    assert has_words(text) is words
