"""Readings kept by version, words that wishes use and the vocabulary lacks, and what corrections teach."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connection

from demand.collecting.drafts import WishDraft
from demand.models import AttributeValue, CategoryModel, OutboxEvent, ReadText, Run, UnknownWord, User, Wish
from demand.pooling import service as pooling
from demand.reading import reads
from demand.reading import service as reading
from demand.reading.kernel import learned
from demand.reading.kernel.reading import READER_VERSION
from demand.reading.steps import resolve
from tests.demand.conftest import NOW

TODAY = NOW.date()
# Said so that no word names a category and meaning alone does not suffice.
ODD = ("the humming box from aunt {}", "aunt {}'s humming box please")
NAMES = ("mei", "lin", "joan", "ruth", "vera", "nora", "olga")


def place(texts: Iterable[str], user: User, **fields: object) -> list[Wish]:
    placed = [pooling.place(draft=WishDraft(text=text, **fields), user_id=user.pk, now=NOW) for text in texts]  # type: ignore[arg-type]
    return list(Wish.objects.filter(pk__in=[one.wish_id for one in placed]).order_by("pk"))


@pytest.mark.usefixtures("catalogue")
def test_words_are_counted_with_the_closest_value_and_one_press_accepts_them(ana: User, sam: User) -> None:
    place([f"空气炸锅{litres}升，静音，拨盘的" for litres in (3, 4, 5)], ana)

    assert reading.count_unknown_words(now=NOW) >= 1
    words = {row.text: row for row in UnknownWord.objects.all()}
    assert words["静音"].wishes == 3

    knob = AttributeValue.objects.get(attribute__code="control", code="knob")
    before = reads.catalog_version()
    reading.accept_word(word_id=words["静音"].pk, value_id=knob.pk, by_id=sam.pk, now=NOW)
    assert reads.catalog_version() != before
    reading.read_pending(today=TODAY, claimed_by="t1", now=NOW)
    assert Wish.objects.order_by("pk")[0].needs["must"]["control"] == {"any": ["knob"]}


@pytest.mark.parametrize(
    ("text", "ceiling", "question"),
    [
        ("空气炸锅5升，400块以内", 40_000, ""),
        ("air fryer 5 litres, up to 400 RMB", 40_000, ""),
        ("air fryer 5 litres, up to 90 euros", None, "max_price"),
        ("空气炸锅5升，90美元以内", None, "max_price"),
    ],
)
@pytest.mark.usefixtures("catalogue")
def test_a_price_said_in_another_currency_is_asked_about_and_no_ceiling(
    ana: User, text: str, ceiling: int | None, question: str
) -> None:
    wish = place(["空气炸锅5升"], ana)[0]
    Wish.objects.filter(pk=wish.pk).update(text=text, reading_state="pending")

    reading.read_pending(today=TODAY, claimed_by="t1", now=NOW)

    wish.refresh_from_db()
    assert (wish.ceiling_minor, wish.question) == (ceiling, question)
    assert (wish.reading_state == "doubtful") == bool(question)


@pytest.mark.usefixtures("catalogue")
def test_of_prices_in_another_currency_only_a_ceiling_given_here_stands(ana: User) -> None:
    own, mistaken = place(["空气炸锅5升", "空气炸锅4升"], ana)
    Wish.objects.update(text="air fryer 5 litres, up to 90 euros", ceiling_minor=70_000, reading_state="pending")
    reading.read_pending(today=TODAY, claimed_by="t1", now=NOW)
    # What a reader before took for a ceiling is what the text said.
    Wish.objects.filter(pk=mistaken.pk).update(ceiling_minor=9_000)
    Wish.objects.update(reader_version="3")
    import_module("demand.migrations.0032_foreign_ceilings").forget(None, SimpleNamespace(connection=connection))

    reading.read_pending(today=TODAY, claimed_by="t2", now=NOW)

    states = Wish.objects.order_by("pk").values_list("pk", "ceiling_minor", "question", "reading_state")
    assert list(states) == [(own.pk, 70_000, "", "read"), (mistaken.pk, None, "max_price", "doubtful")]


@pytest.mark.usefixtures("catalogue")
def test_a_price_in_another_currency_hides_no_other_question() -> None:
    read = reads.current_reader().read("300 air fryers, up to 90 euros", today=TODAY)

    assert resolve(read).question == "max_price"
    given = resolve(read, {"ceiling_minor": 70_000})
    assert (given.ceiling_minor, given.quantity, given.question) == (70_000, 1, "quantity")


def taught(user: User) -> None:
    """Texts that words and meaning do not place, and what their shopper said they meant."""
    meant = {said.format(name): "air_fryer" for said in ODD for name in NAMES}
    meant |= {f"that crawling fellow uncle {name} talks about": "robot_vacuum" for name in NAMES}
    for text, code in meant.items():
        pooling.place(draft=WishDraft(text=text, corrections={"category": code}), user_id=user.pk, now=NOW)


@pytest.mark.usefixtures("catalogue")
def test_a_model_is_adopted_when_held_out_texts_are_read_better(
    ana: User, ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learned, "FEWEST", 20)
    taught(ana)
    waiting = place(["the humming box from aunt zoe"], ben)[0]
    assert (waiting.state, waiting.question) == ("asking", "category")
    settled = Wish.objects.filter(user=ana).order_by("pk").values_list("pk", "category_id", "needs", "revision")
    before = list(settled)

    result = reading.learn_categories(today=TODAY, claimed_by="t1", now=NOW)

    assert result.adopted
    assert result.right > result.before
    model = CategoryModel.objects.get()
    assert (model.version, model.in_force) == (result.version, True)
    assert reads.reader_version() == f"{READER_VERSION}.{result.version}"
    assert OutboxEvent.objects.filter(topic="run.requested", payload__stage="reading").exists()
    reading.read_pending(today=TODAY, claimed_by="t2", now=NOW)
    waiting.refresh_from_db()
    assert waiting.category is not None
    assert (waiting.category.code, waiting.reader_version) == ("air_fryer", reads.reader_version())
    assert list(settled) == before
    assert ReadText.objects.filter(reader_version=reads.reader_version()).exists()

    again = reading.learn_categories(today=TODAY, claimed_by="t3", now=NOW)
    assert not again.adopted
    assert CategoryModel.objects.count() == 1


@pytest.mark.usefixtures("catalogue")
def test_too_few_labels_teach_nothing(ana: User) -> None:
    wish = place(["the humming box from aunt mei"], ana)[0]
    pooling.correct(wish_id=wish.pk, seen_revision=wish.revision, corrections={"category": "air_fryer"}, now=NOW)

    result = reading.learn_categories(today=TODAY, claimed_by="t1", now=NOW)

    assert (result.lessons, result.adopted, result.version) == (1, False, "")
    assert learned.FEWEST > 1
    assert not CategoryModel.objects.exists()
    assert Run.objects.get(stage="learning").status == "kept"
