"""Wishes for the demo market, grown from a seed to any size.

The hand-written ones of ``data/reading.jsonl`` come first; the rest are drawn so that demand clusters: in a category
the wants follow Zipf's law, so some pools become large and a long tail stays small. What each wish means stands in its
``truth``, for tests only; the pipeline sees the text and the form's fields.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate, islice
from pathlib import Path
from random import Random
from typing import Any, Literal

from demand.demo.lexicon import PRICE_RUNGS, sheet
from demand.demo.people import REGIONS_BY_LANGUAGE, shopper_number, shopper_region
from demand.demo.phrasing import Sentence, remark, sentence
from demand.demo.wants import CATEGORY_WEIGHTS, WANTS, Want

DATA = Path(__file__).parent / "data"
LANGUAGE_SHARES: tuple[tuple[str, float], ...] = (("zh-hans", 0.45), ("zh-hant", 0.20), ("en", 0.30), ("mixed", 0.05))
NO_CATEGORY = 0.06
PREORDER = 0.12
REPEATED = 0.006
FLOOD = 0.0008
ZIPF = 1.0
URN = 1000
_SOURCE_CURRENCY = {None, "CNY"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTruth:
    """What a wish really means. ``want`` is the underlying want, ``None`` for hand-written and category-less ones."""

    category: str | None
    want: str | None
    must: dict[str, Any]
    nice: dict[str, Any]
    max_price: float | None
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoWish:
    """One wish as a shopper leaves it. Money in minor units of CNY; days count from the loader's today.

    ``price_steps`` are (units in all, highest unit price): "one at 7,000, two at 5,500".
    """

    number: int
    shopper: int
    text: str
    language: str
    kind: Literal["wish", "preorder"]
    quantity: int
    region: str
    needed_by_days: int | None
    age_days: int
    tolerance: int
    ceiling_minor: int | None
    price_steps: tuple[tuple[int, int], ...]
    truth: DemoTruth


def generate_wishes(seed: int, n: int, *, distinct_texts: int | None = None) -> Iterator[DemoWish]:
    """``n`` wishes, equal for equal arguments; a larger ``n`` only adds wishes at the end.

    With ``distinct_texts`` = k exactly k different texts occur: the first k wishes differ, the others say one of them
    again (with other people, regions and dates). Without it texts repeat as they happen to.

    Raises
    ------
    ValueError
        If ``n`` is negative, or ``distinct_texts`` is not between 1 and ``n``.
    """
    if n < 0:
        raise ValueError(f"n is {n}, expected 0 or more")
    if distinct_texts is None:
        return islice(_stream(seed), n)
    if not 1 <= distinct_texts <= n:
        raise ValueError(f"distinct_texts is {distinct_texts}, expected 1 to {n}")
    return _with_repeats(seed, n, distinct_texts)


def shopper_count(n: int) -> int:
    """How many shoppers ``n`` wishes need: every ``shopper`` of the first ``n`` wishes is below it."""
    return (n * 4 // 5 // 20 + 1) * 20


def _with_repeats(seed: int, n: int, distinct: int) -> Iterator[DemoWish]:
    rng = Random(f"repeats-{seed}")
    seen: set[str] = set()
    kept: list[DemoWish] = []
    for wish in _stream(seed):
        if wish.text in seen:
            continue
        seen.add(wish.text)
        kept.append(replace(wish, number=len(kept), shopper=min(wish.shopper, shopper_count(len(kept)) - 1)))
        yield kept[-1]
        if len(kept) == distinct:
            break
    for number in range(distinct, n):
        said = kept[int(rng.random() ** 2 * distinct)]
        yield _said_by_another(rng, said, number)


def _said_by_another(rng: Random, said: DemoWish, number: int) -> DemoWish:
    shopper = shopper_number(rng, said.language, number)
    return replace(
        said, number=number, shopper=shopper, age_days=_age(rng), region=shopper_region(shopper, said.language)
    )


def _stream(seed: int) -> Iterator[DemoWish]:
    rng = Random(f"wishes-{seed}")
    number = 0
    for wish in _hand_written():
        yield replace(wish, age_days=_age(rng))
        number += 1
    while True:
        wish = _drawn(rng, number)
        yield wish
        number += 1
        chance = rng.random()
        copies = 4 + int(rng.random() * 6) if chance < FLOOD else 1 if chance < FLOOD + REPEATED else 0
        for _ in range(copies):
            yield replace(wish, number=number, age_days=max(0, wish.age_days - int(rng.random() * 3)))
            number += 1


@lru_cache(maxsize=1)
def _hand_written() -> tuple[DemoWish, ...]:
    lines = (DATA / "reading.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(_from_line(number, json.loads(line)) for number, line in enumerate(lines))


def _from_line(number: int, line: dict[str, Any]) -> DemoWish:
    gold, language = line["gold"], line["lang"]
    rng = Random(f"hand-written-{number}")
    shopper = shopper_number(rng, language, number)
    in_yuan = line.get("currency") in _SOURCE_CURRENCY and language in {"zh-hans", "mixed"}
    price = gold["max_price"] if in_yuan else None
    truth = DemoTruth(
        category=gold["category"],
        want=None,
        must=gold["needs"],
        nice=gold["nice"],
        max_price=gold["max_price"],
        quantity=gold["quantity"],
    )
    return DemoWish(
        number=number,
        shopper=shopper,
        text=line["text"],
        language=language,
        quantity=gold["quantity"],
        truth=truth,
        kind="preorder" if gold["category"] and rng.random() < PREORDER else "wish",
        age_days=0,
        tolerance=0,
        region=shopper_region(shopper, language),
        needed_by_days=None,
        price_steps=(),
        ceiling_minor=None if price is None else round(price * 100),
    )


def _drawn(rng: Random, number: int) -> DemoWish:
    draw = rng.random
    language = _LANGUAGES[int(draw() * URN)]
    shopper = shopper_number(rng, language, number)
    region = shopper_region(shopper, language) if draw() < 0.9 else _any_region(draw(), language)
    rung = int(draw() * PRICE_RUNGS)
    if draw() < NO_CATEGORY:
        return _wish(rng, number, shopper, language, region, 1, None, rung, remark(rng, language))
    want = _WANTS[_CATEGORIES[int(draw() * URN)]][int(draw() * URN)]
    quantity = _quantity(draw)
    said = sentence(rng, sheet(language, want), quantity=quantity, region=region, price_rung=rung)
    return _wish(rng, number, shopper, language, region, quantity, want, rung, said)


def _wish(
    rng: Random,
    number: int,
    shopper: int,
    language: str,
    region: str,
    quantity: int,
    want: Want | None,
    rung: int,
    said: Sentence,
) -> DemoWish:
    draw = rng.random
    price = said.max_price
    if price is None and want is not None and draw() < 0.4:
        price = sheet(language, want).prices[rung][0]
    days = said.needed_by_days
    if days is None and draw() < 0.2:
        days = 21 + int(draw() * 100)
    steps: tuple[tuple[int, int], ...] = ()
    if price is not None and quantity == 2 and draw() < 0.4:
        steps = ((1, price * 100), (2, price * 85))
    return DemoWish(
        number=number,
        shopper=shopper,
        text=said.text,
        language=language,
        quantity=quantity,
        region=region,
        kind="preorder" if want is not None and draw() < PREORDER else "wish",
        needed_by_days=days,
        age_days=_age(rng),
        tolerance=1 + int(draw() * 2) if draw() < 0.06 else 0,
        ceiling_minor=None if price is None else price * 100,
        price_steps=steps,
        truth=DemoTruth(
            category=want.category if want else None,
            want=want.code if want else None,
            must=said.must,
            nice=said.nice,
            max_price=said.max_price,
            quantity=quantity,
        ),
    )


def _quantity(draw: Callable[[], float]) -> int:
    chance = draw()
    if chance < 0.86:
        return 1
    if chance < 0.95:
        return 2
    return 3 + int(draw() * 4) if chance < 0.985 else 10 * (1 + int(draw() * 4))


def _age(rng: Random) -> int:
    return int(120 * rng.random() ** 2)


def _any_region(chance: float, language: str) -> str:
    codes = REGIONS_BY_LANGUAGE[language]
    return codes[int(chance * len(codes))]


def _urn(pairs: Iterable[tuple[Any, float]]) -> tuple[Any, ...]:
    """Items in a thousand places, by weight, so that a draw is one look-up."""
    items, weights = zip(*pairs, strict=True)
    ends = [round(URN * share / sum(weights)) for share in accumulate(weights)]
    return tuple(item for item, start, end in zip(items, [0, *ends], ends, strict=False) for _ in range(start, end))


_LANGUAGES = _urn(LANGUAGE_SHARES)
_CATEGORIES = _urn(CATEGORY_WEIGHTS)
_WANTS = {
    category: _urn((want, 1 / (rank + 1) ** ZIPF) for rank, want in enumerate(wants))
    for category, wants in WANTS.items()
}
