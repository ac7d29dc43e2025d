"""Columns of staff's lists and pages in words: amounts as money, keys under their field's name, codes as words.

``whole`` is for a page that only shows its row: there also rows of other lists, shares and JSON are said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from django.contrib import admin
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from demand.regions import region_name
from demand.staff_json import told
from demand.staff_words import code_words
from demand.templatetags.wishmill import money

# Fields that hold a code wherever they stand.
ALWAYS: Mapping[str, Callable[[str], str]] = {
    **dict.fromkeys(("language", "reason", "kind", "question", "command"), code_words),
    "region": region_name,
}


def spoken(model: type[models.Model], name: Any) -> Any:
    """A column that would show a bare key (``pool_id``), under the name of its field."""
    if not isinstance(name, str) or not name.endswith(("_id", "_permille")):
        return name
    return _percent_of(model, name) if name.endswith("_permille") else _number_of(model, name.removesuffix("_id"))


@cache
def _percent_of(model: Any, name: str) -> Callable[[Any], Any] | str:
    field = next((field for field in model._meta.concrete_fields if field.name == name), None)
    shown = None if field is None else _shown(field)
    if shown is None:
        return name
    shown.admin_order_field = name  # type: ignore[attr-defined]
    return shown


@cache
def _number_of(model: Any, name: str) -> Callable[[Any], str]:
    field = model._meta.get_field(name)

    def number(row: Any) -> str:
        key = getattr(row, f"{name}_id")
        return "–" if key is None else f"#{key}"

    number.__name__ = name
    number.short_description = field.verbose_name  # type: ignore[attr-defined]
    number.admin_order_field = name  # type: ignore[attr-defined]
    return number


def in_words(said: Iterable[Callable[[Any], str]], names: Sequence[Any]) -> list[Any]:
    """A page's fields with each amount in its place as money and each code in words."""
    words = {one.__name__: one for one in said}
    return [words.get(one, one) if isinstance(one, str) else one for one in names if one not in words.values()]


def amounts(model: type[models.Model]) -> tuple[Callable[[Any], str], ...]:
    """Shows each amount of a row as money."""
    return tuple(
        _amount_of(field)
        for field in model._meta.concrete_fields
        if field.name.endswith("_minor") and isinstance(field, models.BigIntegerField)
    )


@cache
def _amount_of(field: Any) -> Callable[[Any], str]:
    def amount(row: Any) -> str:
        return money(getattr(row, field.name)) or "–"

    amount.__name__ = field.name
    amount.short_description = field.verbose_name  # type: ignore[attr-defined]
    return amount


@cache
def code_of(model: Any, name: str, say: Callable[[str], str]) -> Callable[[Any], str]:
    """A column that holds a code, said in words."""

    def words(row: Any) -> str:
        code = getattr(row, name)
        return "–" if code in (None, "") else say(str(code))

    words.__name__ = name
    words.short_description = model._meta.get_field(name).verbose_name  # type: ignore[attr-defined]
    words.admin_order_field = name  # type: ignore[attr-defined]
    return words


def always(model: type[models.Model]) -> dict[str, Callable[[str], str]]:
    """The fields of a model that hold a code by their name; those with choices speak for themselves."""
    plain = (
        field for field in model._meta.concrete_fields if isinstance(field, models.CharField) and not field.choices
    )
    return {field.name: ALWAYS[field.name] for field in plain if field.name in ALWAYS}


def whole(model: type[models.Model]) -> tuple[Callable[[Any], Any], ...]:
    """Rows of other lists, shares and JSON of a row, for a page that only shows it."""
    made = (_shown(field) for field in model._meta.concrete_fields)
    return tuple(one for one in made if one is not None)


@cache
def _shown(field: Any) -> Callable[[Any], Any] | None:
    if isinstance(field, models.JSONField):
        return _said(field, lambda row: told(getattr(row, field.name), field=field.name))
    if isinstance(field, models.ForeignKey):
        return _said(field, lambda row: _other(getattr(row, field.name)))
    if field.name.endswith("_permille"):
        return _said(field, lambda row: _share(getattr(row, field.name)))
    return None


def _said(field: Any, say: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def words(row: Any) -> Any:
        return say(row)

    words.__name__ = field.name
    words.short_description = field.verbose_name  # type: ignore[attr-defined]
    return words


def _share(permille: int | None) -> str:
    return "–" if permille is None else f"{permille / 10:g} %"


def _other(row: Any) -> SafeString | str:
    """A row of another list by the words its own list has for it, and the way there."""
    if row is None:
        return "–"
    listed: Any = admin.site._registry.get(type(row))
    name = listed.words_for(row) if hasattr(listed, "words_for") else str(row)
    try:
        address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    except NoReverseMatch:
        return str(name)
    return format_html('<a href="{}" class="text-link">{}</a>', address, name)
