"""How the staff site says what is wanted: the catalogue's names in the language of who reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Any

from django.contrib.admin import AllValuesFieldListFilter
from django.contrib.admin.views.main import ChangeList
from django.utils.translation import get_language, pgettext_lazy

from demand.pooling.reads import titles
from demand.reading import reads as reading

# A list has hundreds of rows, and each look at the names asks for the catalogue's version.
_KNOWN: ContextVar[Mapping[str, Any] | None] = ContextVar("_KNOWN", default=None)


# What stages and readings note down in short codes.
CODES = {
    "optimal": pgettext_lazy("code", "optimal"),
    "feasible": pgettext_lazy("code", "feasible"),
    "infeasible": pgettext_lazy("code", "infeasible"),
    "unknown": pgettext_lazy("code", "unknown"),
    "unchanged": pgettext_lazy("code", "unchanged"),
    "done": pgettext_lazy("code", "done"),
    "categories": pgettext_lazy("code", "categories"),
    "read": pgettext_lazy("code", "read"),
    "without_category": pgettext_lazy("code", "without a category"),
    "late": pgettext_lazy("code", "late"),
    "lots": pgettext_lazy("code", "lots"),
    "set_aside": pgettext_lazy("code", "set aside"),
    "cells": pgettext_lazy("code", "groups of like wishes"),
    "moved": pgettext_lazy("code", "moved"),
    "pools": pgettext_lazy("code", "pools"),
    "wishes": pgettext_lazy("code", "wishes"),
    "estimates": pgettext_lazy("code", "estimates"),
    "drafted": pgettext_lazy("code", "drafted"),
    "kept": pgettext_lazy("code", "kept"),
    "lapsed": pgettext_lazy("code", "lapsed"),
    "lines": pgettext_lazy("code", "lines of demand"),
    "offers": pgettext_lazy("code", "offers"),
    "sent": pgettext_lazy("code", "sent"),
    "terms": pgettext_lazy("code", "terms"),
    "alone": pgettext_lazy("code", "alone so far"),
    "asked": pgettext_lazy("code", "asked for exactly this"),
    "extra": pgettext_lazy("code", "gets more than asked for"),
    "nice_missed": pgettext_lazy("code", "misses something nice to have"),
    "category": pgettext_lazy("code", "category"),
    "max_price": pgettext_lazy("code", "highest price"),
    "quantity": pgettext_lazy("code", "quantity"),
    "zh-hans": "简体中文",
    "zh-hant": "繁體中文",
    "en": "English",
}


def code_words(code: str) -> str:
    """A short code in words; one that has none with spaces for its underscores."""
    return str(CODES.get(code) or code.replace("_", " "))


class SpokenValues(AllValuesFieldListFilter):
    """The values a column has, said in words."""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {**choice, "display": code_words(str(choice["display"]))}


def category_words(code: str) -> str:
    """A category's name; what is no category's code, as it is."""
    return str(_names(titles.spoken(get_language() or "en"))["category"].get(code, code))


def ask_names_again() -> None:
    """Begin a page: its first row asks for the catalogue's names, the others use the same."""
    _KNOWN.set({})


def needs_words(category: str, wanted: Mapping[str, Mapping[str, Any]]) -> str:
    """A specification, or one level of needs, in short words: "Laptop · screen size 17″ · gaming · no touch screen"."""
    names = _names(titles.spoken(get_language() or "en"))
    parts = [_said(code, wanted[code], names) for code in titles.ordered(wanted, names)]
    return " · ".join([titles.capital(str(names["category"].get(category, category))), *parts])


def _names(language: str) -> Mapping[str, Any]:
    known = _KNOWN.get()
    if known is not None and language in known:
        found: Mapping[str, Any] = known[language]
        return found
    found = reading.labels(language)
    if known is not None:
        _KNOWN.set({**known, language: found})
    return found


def _said(attribute: str, constraint: Mapping[str, Any], names: Mapping[str, Any]) -> str:
    """A need that stands alone; among many rows even an amount with a sign of its own says what it measures."""
    words = titles.say(attribute, constraint, names)
    name = str(names["attribute"].get(attribute, attribute))
    return f"{name} {words}" if "unit" in constraint and not words.startswith(name) else words
