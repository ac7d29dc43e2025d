"""Words without a catalogue value: which are shown as open chips, and what becomes of them."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import demand.demo
from demand.models import User, Wish
from demand.reading.kernel.catalogue import Catalogue
from demand.reading.kernel.reader import Reader
from demand.web.open_words import open_words
from tests.demand import market

BACKEND = "django.contrib.auth.backends.ModelBackend"
QUIET = "17 inch gaming laptop, quiet"


@cache
def reader() -> Reader:
    folder = Path(demand.demo.__file__).parent / "data"
    return Reader(Catalogue.from_dict(json.loads((folder / "catalogue.json").read_text())), exponent=2)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (QUIET, ["quiet"]),
        ("想要安静的17寸游戏本,7000以内,两台", ["安静"]),
        ("想要安靜的17吋電競筆電", ["安靜"]),
        ("安静一点的猫窝", ["安静"]),
        # The shopper's day is no property of the thing.
        ("My wife stands at a bus stop 40 minutes every morning. Long down coat, goose, L", []),
        ("goose down coat, women's M, not white because subway", []),
        ("给爸妈买个扫地的机器人，他们不会弄手机，带拖地最好", []),
        # Fragments of words are none.
        ("公司统一采购，办公笔记本20台，14英寸", []),
        ("无声键盘", []),
        ("沙发底下只有8厘米，要超薄的扫地机器人", ["超薄"]),
    ],
)
def test_only_words_a_person_would_recognise_are_shown(text: str, shown: list[str]) -> None:
    reading = reader().read(text, today=date(2026, 3, 2))
    assert [word.label for word in open_words(reading, reading.unknown_words, text)] == shown


@pytest.fixture
def signed_in(client: Client, ana: User) -> Client:
    client.force_login(ana, backend=BACKEND)
    return client


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_an_open_word_is_kept_with_the_wish_until_its_shopper_removes_it(signed_in: Client, ana: User) -> None:
    form = signed_in.get(reverse("demand:wish_new"), {"text": QUIET}).content.decode()
    assert 'data-chip="words.quiet"' in form
    assert 'name="chip.words.quiet"' not in form

    own = market.wish_of(ana, QUIET, now=timezone.now())
    assert own.reading["unknown_words"] == ["quiet"]
    address = reverse("demand:wish", args=[own.public_id])
    assert 'data-chip="words.quiet"' in signed_in.get(address).content.decode()

    removal = {"chip_remove": "words.quiet", "revision": str(own.revision)}
    signed_in.post(reverse("demand:wish_correct", args=[own.public_id]), removal)
    own.refresh_from_db()
    assert (own.reading["unknown_words"], own.reading["unwanted_words"]) == ([], ["quiet"])
    assert 'data-chip="words.quiet"' not in signed_in.get(address).content.decode()
    edit = signed_in.get(reverse("demand:wish_edit", args=[own.public_id])).content.decode()
    assert 'name="set.words.quiet"' in edit
    assert 'data-chip="words.quiet"' not in edit


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_a_word_removed_while_writing_is_not_counted(signed_in: Client) -> None:
    page = signed_in.post(reverse("demand:wish_new"), {"text": QUIET, "chip_remove": "words.quiet"}).content.decode()
    assert 'data-chip="words.quiet"' not in page
    signed_in.post(reverse("demand:wish_new"), {"text": QUIET, "set.words.quiet": "", "do": "wish"})
    assert Wish.objects.get().reading["unknown_words"] == []


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_nothing_can_be_set_under_a_word(signed_in: Client) -> None:
    answer = signed_in.post(reverse("demand:wish_new"), {"text": QUIET, "set.words.quiet": "x", "do": "wish"})
    assert answer.status_code == 422
    assert not Wish.objects.exists()
