"""What a pool is called, from its category and specification, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from demand.reading import reads as reading

LANGUAGES = ("zh-hans", "zh-hant", "en")


def spoken(language: str) -> str:
    """The nearest of our languages."""
    code = language.lower()
    return code if code in LANGUAGES else ("en" if not code.startswith("zh") else "zh-hans")


def words(code: str, constraint: Mapping[str, Any], language: str) -> str:
    """One decided attribute as people say it: "gaming", "17 inch", "without RGB"."""
    names = reading.labels(spoken(language))
    if "any" in constraint:
        return " / ".join(names["value"].get((code, value), value) for value in constraint["any"])
    if "not" in constraint:
        values = " / ".join(names["value"].get((code, value), value) for value in constraint["not"])
        return _("not %(values)s") % {"values": values}
    if "is" in constraint:
        name = names["attribute"].get(code, code)
        return name if constraint["is"] else _("no %(attribute)s") % {"attribute": name}
    low, high, unit = constraint.get("min"), constraint.get("max"), constraint.get("unit", "")
    if low == high:
        return f"{low:g} {unit}"
    if low is None:
        return _("up to %(size)s") % {"size": f"{high:g} {unit}"}
    if high is None:
        return _("%(size)s or more") % {"size": f"{low:g} {unit}"}
    return f"{low:g}–{high:g} {unit}"


def title(category: str, specification: Mapping[str, Mapping[str, Any]], language: str) -> str:
    """The pool's name: category, then what is decided (what nobody wants left out), at most five things."""
    code = spoken(language)
    names = reading.labels(code)
    with override(code):
        parts = [
            words(attribute, constraint, code)
            for attribute, constraint in specification.items()
            if constraint.get("is") is not False
        ][:5]
    name = names["category"].get(category, category)
    mark = "," if code == "en" else "、"
    return (
        f"{name}: {f'{mark} '.join(parts)}"
        if parts and code == "en"
        else (f"{name}：{mark.join(parts)}" if parts else name)
    )
