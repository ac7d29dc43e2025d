"""What staff read in Chinese is Chinese: names of lists, columns, fields, filters, states, decisions, menus."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.db import models
from django.test import RequestFactory
from django.utils.translation import override

from config.settings.staff import UNFOLD

CHINESE = re.compile(r"[\u4e00-\u9fff]")
OURS = ("demand", "manufacturers")
# Written the same in every language.
SAME_EVERYWHERE = {"ID", "English", "简体中文", "繁體中文"}


def labels(listed: Any, model: type[models.Model]) -> Iterator[object]:
    """Every word a list and its row's page put beside what a row holds."""
    yield model._meta.verbose_name
    yield model._meta.verbose_name_plural
    shown = [name for name in listed.get_list_display(request()) if name != "action_checkbox"]
    for name in shown:
        yield label_for_field(name, model, listed)
    hidden = set(listed.exclude or ())
    for field in (*model._meta.fields, *model._meta.many_to_many):
        if field.name not in hidden:
            yield field.verbose_name
            if model._meta.app_label in OURS:
                yield from (label for _value, label in field.flatchoices)
    for decision in getattr(listed, "decisions", ()):
        yield decision.label
        yield decision.explains
        yield from (field.label for field in decision.form.base_fields.values())
    yield from (words for _function, _name, words in listed.get_actions(request()).values())


def request() -> Any:
    made = RequestFactory().get("/")
    made.user = type("Boss", (), {"has_perm": lambda *_: True, "is_active": True, "is_staff": True})()
    return made


def foreign(texts: Iterable[object]) -> list[str]:
    said = {str(text).strip() for text in texts}
    return sorted(text for text in said if text and not CHINESE.search(text) and text not in SAME_EVERYWHERE)


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_no_label_of_the_staff_site_is_left_in_english(language: str) -> None:
    with override(language):
        found = {
            model._meta.label: left
            for model, listed in admin.site._registry.items()
            if (left := foreign(labels(listed, model)))
        }
    assert found == {}


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_the_menu_is_in_the_language_of_who_reads_it(language: str) -> None:
    with override(language):
        groups = UNFOLD["SIDEBAR"]["navigation"]
        titles = [group["title"] for group in groups if group["title"]]
        assert foreign([*titles, *(item["title"] for group in groups for item in group["items"])]) == []
