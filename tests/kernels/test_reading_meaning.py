"""What a text is about when no word names it, what is refused, and what corrections teach; with the real encoder."""

from __future__ import annotations

from datetime import date

import pytest

from demand.management.evaluating.reading import load_catalogue, load_lines, score
from demand.reading.kernel import Catalogue, Reader, learned
from demand.reading.kernel.closeness import closest
from tests.bench.bench_reading import KEPT
from tests.kernels.data.reading_catalogue import CATALOGUE

TODAY = date(2026, 3, 4)
READER = Reader(Catalogue.from_dict(CATALOGUE))


def category(reader: Reader, text: str) -> str | None:
    found = reader.read(text, today=TODAY).category
    return None if found is None else str(found.value)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("something with two wheels and pedals to ride to work", "bicycle"),
        ("two-person shelter for camping in the mountains", "tent"),
        ("滚筒洗衣机，10公斤", None), ("儿童自行车头盔，蓝色", None),
        ("电动滑板车", None), ("where is my parcel?", None),
        ("今天天气真好", None), ("!!!", None), ("12345", None),
    ],
)  # fmt: skip
def test_meaning_decides_where_no_word_does(said: str, code: str | None) -> None:
    assert category(READER, said) == code


def test_everyday_words_stand_for_a_category_that_has_no_aliases() -> None:
    kettle = {"code": "kettle", "names": {"en": "Electric kettle"}, "attributes": []}
    reader = Reader(Catalogue.from_dict({"categories": [kettle], "attributes": []}))
    assert [category(reader, said) for said in ("快煮壺，1.7公升", "烧水壶", "moka pot")] == ["kettle", "kettle", None]


def test_a_batch_reads_as_single_texts_do() -> None:
    texts = [
        "折叠的车，20寸",
        "a place to sleep outdoors for two",
        "办公椅",
        "",
        "滚筒洗衣机",
        "something to sit on at my desk",
    ]
    assert READER.read_many(texts, today=TODAY) == [READER.read(text, today=TODAY) for text in texts]


@pytest.mark.parametrize("name", ["outdoors", "household", "bedroom"])
def test_catalogues_the_reader_was_not_made_with_reach_the_targets(name: str) -> None:
    lines = load_lines(KEPT / f"{name}_wishes.jsonl")
    reader = Reader(load_catalogue(KEPT / f"{name}_catalogue.json"))
    figures, _wrong = score(lines, reader.read_many([line["text"] for line in lines], today=date(2026, 3, 1)))
    assert figures["category_accuracy"] >= 0.95
    assert figures["needs_f1"] >= 0.92
    assert figures["price_accuracy"] >= 0.97
    assert figures["quantity_accuracy"] >= 0.97
    assert figures["exact"] >= 0.75


LESSONS = [
    *(
        learned.Lesson(essence=f"the {word} thing for my back", category="office_chair")
        for word in ("soft", "new", "big")
    ),
    *(learned.Lesson(essence=f"{word} 露营过夜", category="tent") for word in ("两个人", "一家", "朋友们")),
    *(learned.Lesson(essence=f"when does my {word} arrive", category=None) for word in ("order", "parcel", "refund")),
]


def test_equal_lessons_give_an_equal_model_and_it_says_what_it_was_taught() -> None:
    model = learned.fit(LESSONS)
    assert model is not None
    assert model == learned.fit(LESSONS)
    assert model.classes == (None, "office_chair", "tent")
    taught = READER.with_model(model)
    assert taught.version == f"{READER.version}.{model.version}"
    assert category(READER, "the nice thing for my back") is None
    assert taught.read("两把办公椅", today=TODAY).reader_version == taught.version
    assert learned.fit(LESSONS[:3]) is None


def test_every_lesson_is_held_out_once() -> None:
    parts = learned.folds(LESSONS)
    assert sorted(place for _teaching, held in parts for place in held) == list(range(len(LESSONS)))
    assert all(len(teaching) + len(held) == len(LESSONS) for teaching, held in parts)


def test_the_closest_value_is_found_by_spelling_and_by_meaning() -> None:
    values = {1: ["black", "黑色"], 2: ["quiet", "静音"], 3: ["waterproof", "防水"]}
    assert closest(["blackk", "安静", "防水的", "猫粮"], values) == [1, 2, 3, None]
    assert closest(["black"], {}) == [None]
