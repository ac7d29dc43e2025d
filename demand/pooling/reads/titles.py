"""What a pool is called and what is asked for, in the reader's language.

``names`` everywhere is ``reading.labels(language)``; a page looks it up once, since each look asks for the version.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from demand.reading import reads as reading

LANGUAGES = ("zh-hans", "zh-hant", "en")
SIGNS = {"inch": "″"}
MOST_PARTS = 6


def spoken(language: str) -> str:
    """The nearest of our languages."""
    code = language.lower()
    return code if code in LANGUAGES else ("en" if not code.startswith("zh") else "zh-hans")


def title(
    category: str,
    specification: Mapping[str, Mapping[str, Any]],
    language: str,
    names: Mapping[str, Any] | None = None,
) -> str:
    """The pool's name: category, then what is decided (what nobody wants left out), in the catalogue's order."""
    code = spoken(language)
    known = reading.labels(code) if names is None else names
    wanted = [one for one in ordered(specification, known) if specification[one].get("is") is not False]
    with override(code):
        parts = [say(one, specification[one], known) for one in wanted[:MOST_PARTS]]
    return " · ".join([capital(known["category"].get(category, category)), *parts])


def words(code: str, constraint: Mapping[str, Any], language: str) -> str:
    """One constraint as people say it, in a language; looks the names up itself."""
    with override(spoken(language)):
        return say(code, constraint, reading.labels(spoken(language)))


def ordered(constraints: Mapping[str, Any], names: Mapping[str, Any]) -> list[str]:
    """Attribute codes of constraints in the order of the catalogue; unknown ones last."""
    known = [code for code in names["attribute"] if code in constraints]
    return known + sorted(code for code in constraints if code not in names["attribute"])


def capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def facts(constraints: Mapping[str, Any], names: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each constraint as (attribute's name, what is accepted), in the order of the catalogue."""
    return [
        (capital(str(names["attribute"].get(code, code))), accepted(code, constraints[code], names))
        for code in ordered(constraints, names)
    ]


def say(attribute: str, constraint: Mapping[str, Any], names: Mapping[str, Any]) -> str:
    """A constraint that stands alone: ``gaming``, ``not red``, ``memory at least 16 GB``, ``no viewing window``.

    An amount says what it measures; a unit with a sign of its own (``17″``) speaks for itself.
    """
    name = str(names["attribute"].get(attribute, attribute))
    if "is" in constraint:
        return name if constraint["is"] else _("no %(thing)s") % {"thing": name}
    if "unit" in constraint and constraint["unit"] not in SIGNS:
        return f"{name} {_between(constraint)}"
    return accepted(attribute, constraint, names)


def accepted(attribute: str, constraint: Mapping[str, Any], names: Mapping[str, Any]) -> str:
    """What a constraint accepts, beside the attribute's name: ``yes``, ``17″``, ``black or white``."""
    if "is" in constraint:
        return _("yes") if constraint["is"] else _("no")
    if "any" in constraint:
        return _(" or ").join(value_name(attribute, code, names) for code in constraint["any"])
    if "not" in constraint:
        unwanted = _(" or ").join(value_name(attribute, code, names) for code in constraint["not"])
        return _("not %(thing)s") % {"thing": unwanted}
    return _between(constraint)


def value_name(attribute: str, code: str, names: Mapping[str, Any]) -> str:
    """The name of one value of a choice."""
    return str(names["value"].get((attribute, code), code))


def _between(constraint: Mapping[str, Any]) -> str:
    low, high, unit = constraint.get("min"), constraint.get("max"), str(constraint.get("unit") or "")
    if low is not None and high is not None:
        return _measure(low, unit) if low == high else f"{low:g}–{_measure(high, unit)}"
    if low is not None:
        return _("at least %(amount)s") % {"amount": _measure(low, unit)}
    return _("at most %(amount)s") % {"amount": _measure(high or 0, unit)}


def _measure(amount: float, unit: str) -> str:
    return f"{amount:g}{SIGNS.get(unit) or (' ' + unit if unit else '')}"
