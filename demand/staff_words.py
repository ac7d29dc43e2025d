"""How the staff site says what is wanted: the catalogue's names in the language of who reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.admin import AllValuesFieldListFilter
from django.contrib.admin.views.main import ChangeList
from django.utils.translation import get_language, ngettext

from demand.pooling.reads import titles
from demand.reading import reads as reading
from demand.regions import region_name
from demand.staff_codes import CODES

# A list has hundreds of rows, and each look at the names asks for the catalogue's version.
_KNOWN: ContextVar[Mapping[str, Any] | None] = ContextVar("_KNOWN", default=None)


def code_words(code: str) -> str:
    """A short code in words; one that has none with spaces for its underscores."""
    return str(CODES.get(code) or code.replace("_", " "))


def payment_words(code: str) -> str:
    """What was asked of the payment provider."""
    return code_words(f"payment.{code}")


def supply_words(code: str) -> str:
    """How far the supply of a pool is."""
    return code_words(f"supply.{code}")


def origin_words(code: str) -> str:
    """What a pool was drafted from; what is no such code, as it is. Understood needs stand in the specification."""
    kind, *facts = code.split(":", 3)
    if kind != "searched" or len(facts) != 3 or not facts[0].isdecimal():
        return code
    searches, days, need = facts
    said = ngettext("%(searches)s search in %(days)s days", "%(searches)s searches in %(days)s days", int(searches))
    counted = said % {"searches": searches, "days": days}
    return counted if "=" in need else f"{counted} · {need}"


def category_words(code: str) -> str:
    """A category's name; what is no category's code, as it is."""
    return str(names_now()["category"].get(code, code))


@contextmanager
def asking_once() -> Iterator[None]:
    """For one page: its first row asks for the catalogue's names, the others use the same. Nothing outlives it: the
    thread's next page may be of another catalogue.
    """
    before = _KNOWN.set({})
    try:
        yield
    finally:
        _KNOWN.reset(before)


def needs_words(category: str, wanted: Mapping[str, Mapping[str, Any]]) -> str:
    """A specification, or one level of needs, in short words: "Laptop · screen size 17″ · gaming · no touch screen"."""
    names = names_now()
    parts = [_said(code, wanted[code], names) for code in titles.ordered(wanted, names)]
    return " · ".join([titles.capital(str(names["category"].get(category, category))), *parts])


def names_now() -> Mapping[str, Any]:
    """The catalogue's names in the language of the moment."""
    return _names(titles.spoken(get_language() or "en"))


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


class SpokenValues(AllValuesFieldListFilter):
    """The values a column has, said in words."""

    say: Callable[[str], str] = staticmethod(code_words)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {**choice, "display": self.say(str(choice["display"]))}


class SpokenRegions(SpokenValues):
    say = staticmethod(region_name)


class SpokenCategories(SpokenValues):
    say = staticmethod(category_words)


class SpokenSupply(SpokenValues):
    say = staticmethod(supply_words)


class SpokenPayments(SpokenValues):
    say = staticmethod(payment_words)
