"""Columns of staff's lists and pages in words: amounts as money, keys under their field's name, codes as words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from django.db import models

from demand.templatetags.wishmill import money


def spoken(model: type[models.Model], name: Any) -> Any:
    """A column that would show a bare key (``pool_id``), under the name of its field."""
    if not isinstance(name, str) or not name.endswith("_id"):
        return name
    return _number_of(model, name.removesuffix("_id"))


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
        return say(str(code)) if code else "–"

    words.__name__ = name
    words.short_description = model._meta.get_field(name).verbose_name  # type: ignore[attr-defined]
    words.admin_order_field = name  # type: ignore[attr-defined]
    return words
