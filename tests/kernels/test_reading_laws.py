"""Laws of reading: total, deterministic, idempotent on the normalised text, spans inside the text, quick enough."""

# ruff: noqa: E501 (tables of wide characters)
from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demand.reading.kernel import Catalogue, Found, NeedFound, Reader, Reading
from demand.reading.kernel.needs import canonical
from tests.kernels.data.reading_catalogue import CATALOGUE, WISHES

TODAY = date(2026, 3, 4)
READER = Reader(Catalogue.from_dict(CATALOGUE))
PIECES = ["办公椅", "bike", "tent", "不要", "最好", "no ", "ideally ", "黑色", "red", "头枕", "20寸", "两千五", "3k5", "以内", "under ", "$", "两把", "x3", "，", ", ", " ",
          "。", "一共", "each", "1米4", "或者", " or ", "-", "到", "5", "４", "人", "承重", "下个月底前", "by May", "上海", "不对，", "no wait, ", "改成", "零下", "4000k", "一人一把", "滚筒洗衣机", "helmet", "有没有", "都行", "無所謂", "\u200b", "é", "İ", "ﷺ", "½"]  # fmt: skip
TEXTS = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=16).map("".join),
                  st.sampled_from([wish[0] for wish in WISHES]))  # fmt: skip


def findings(reading: Reading) -> tuple[object, ...]:
    found = (
        reading.category,
        reading.max_price_minor,
        reading.total_price_minor,
        reading.quantity,
        reading.needed_by,
        reading.region,
    )
    values = tuple(None if item is None else (item.value, item.confidence) for item in found)
    return (
        reading.normalised,
        reading.language,
        reading.needs,
        reading.currency_said,
        reading.question,
        reading.unknown_words,
        values,
    )


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_reading_the_normalised_text_changes_nothing(text: str) -> None:
    reading = READER.read(text, today=TODAY)
    assert findings(READER.read(reading.normalised, today=TODAY)) == findings(reading)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_everything_read_is_in_shape(text: str) -> None:
    reading = READER.read(text, today=TODAY)
    assert reading == READER.read(text, today=TODAY)
    assert reading == Reading.from_json(reading.to_json())
    found = (reading.category, reading.max_price_minor, reading.quantity, reading.needed_by, reading.region)
    places: list[Found | NeedFound] = [*filter(None, found), *reading.evidence]
    for item in places:
        assert 0 <= item.confidence <= 1
        assert all(0 <= start < end <= len(text) for start, end in item.spans)
    assert canonical(reading.needs) == reading.needs
    assert reading.quantity.value >= 1
    assert reading.max_price_minor is None or reading.max_price_minor.value >= 0


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "1,",
        "一",
        "二三百",
        "黑",
        "不要",
        "no ",
        "1-2-",
        "3x",
        "办公椅",
        "16g 头枕 ",
        "$5",
        "\ufdfa",
        "最好黑色,",
        "\U0001f600",
    ],
)
def test_ten_thousand_characters_return_in_time(piece: str) -> None:
    text = (piece * 10_000)[:10_000]
    assert min(cpu_seconds(text) for _again in range(3)) < 0.1


def cpu_seconds(text: str) -> float:
    began = time.process_time()
    READER.read(text, today=TODAY)
    return time.process_time() - began


def test_a_new_catalogue_is_read_at_once() -> None:
    lamp = {"code": "lamp", "names": {"en": "Desk lamp", "zh-hans": "台灯"}, "attributes": ["flux"]}
    flux = {"code": "flux", "kind": "quantity", "unit": "lumen", "scope": "shared", "names": {"en": "brightness"}}
    reading = Reader(Catalogue.from_dict({"categories": [lamp], "attributes": [flux]})).read(
        "檯燈，至少800流明", today=TODAY
    )
    assert reading.needs["must"] == {"flux": {"min": 800, "max": None, "unit": "lumen"}}
