"""What a row keeps as JSON, as staff read it: names of the catalogue, of regions and of codes, money and shares."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from demand.pooling.reads import titles
from demand.regions import REGIONS, region_name
from demand.staff_codes import CODES
from demand.staff_words import code_words, names_now
from demand.templatetags.wishmill import day, money, percent, units

MOST_SHOWN = 30
DEEPEST = 6
# What is stored is shown beside its words when there is more of it than this.
SHORT = 80
CONSTRAINT = {"any", "not", "is", "min", "max", "unit"}
# Dictionaries of amounts whose key does not say so.
AMOUNTS = ("_minor", "value_cost")
Names = Mapping[str, Any]


def told(value: Any, *, field: str) -> SafeString | str:
    """The value of a JSON field in words, and what is stored behind a fold; ``field`` is the field's name."""
    if value in (None, "", {}, []):
        return "–"
    shown = _told(value, field, names_now(), 0)
    stored = json.dumps(value, ensure_ascii=False, indent=1)
    if len(stored) < SHORT:
        return format_html('<div class="wm-told">{}</div>', shown)
    return format_html(
        '<div class="wm-told">{}<details><summary>{}</summary><pre tabindex="0">{}</pre></details></div>',
        shown,
        _("As it is stored"),
        stored,
    )


def name_of(code: str) -> str:
    """One code, or several joined as variants are (``black|16``), as names."""
    return _word(code, "", names_now())


def _told(value: Any, key: str, names: Names, depth: int) -> SafeString | str:
    if key in SHAPES and isinstance(value, list):
        return _list([SHAPES[key](row) for row in value if isinstance(row, list)])
    if isinstance(value, Mapping) and set(value) in ({"is"}, {"sizes"}, {"sizes", "unit"}):
        chosen = value["is"] if "is" in value else value["sizes"]
        amounts = _rows(chosen if isinstance(chosen, list) else [chosen], key, names, depth)
        return f"{amounts} {value.get('unit', '')}".strip()
    if isinstance(value, Mapping) and value and set(value) <= CONSTRAINT:
        return titles.accepted(key, value, names)
    if key == "shares" and isinstance(value, Mapping):
        return _list([_divided(by, parts, names) for by, parts in value.items() if parts])
    if isinstance(value, Mapping):
        return _pairs(value, key, names, depth)
    if isinstance(value, list):
        return _rows(value, key, names, depth)
    return _alone(value, key, names)


def _divided(by: str, parts: Mapping[str, float], names: Names) -> SafeString:
    """How something divides: the largest parts first, dates in their order, what nobody said last."""
    said = sorted(((key, share) for key, share in parts.items() if key), key=lambda part: (-part[1], part[0]))
    shown = said[:MOST_SHOWN]
    if by == "week":
        shown.sort()
    rest = sum(share for key, share in parts.items() if not key or (key, share) not in shown)
    told_parts = [f"{_part(by, key, names)} {percent(share)}" for key, share in shown]
    told_parts += [f"{_('not said, or others')} {percent(rest)}"] if rest > 0.0005 else []
    return format_html("<strong>{}</strong> {}", _named(by, "", names), ", ".join(told_parts))


def _part(by: str, key: str, names: Names) -> str:
    return " · ".join(_word(one, "", names) for one in key.split("&")) if by == "variant" else _word(key, "", names)


def _pairs(found: Mapping[str, Any], key: str, names: Names, depth: int) -> SafeString | str:
    if depth > DEEPEST:
        return json.dumps(found, ensure_ascii=False)
    inner = key if key.endswith(AMOUNTS) else ""
    wanted = str(found.get("attribute") or key)
    shown = [
        format_html(
            "<strong>{}</strong> {}",
            _named(name, key, names),
            _told(one, wanted if name == "constraint" else inner or name, names, depth + 1),
        )
        for name, one in list(found.items())[:MOST_SHOWN]
    ]
    if depth and all(not isinstance(one, Mapping | list) or name == "constraint" for name, one in found.items()):
        return format_html_join(", ", "{}", ((one,) for one in shown))
    return _list(shown, len(found)) if shown else "–"


def _rows(found: Sequence[Any], key: str, names: Names, depth: int) -> SafeString | str:
    if all(not isinstance(one, Mapping | list) for one in found):
        said = [_alone(one, key, names) for one in found[:MOST_SHOWN]]
        return ", ".join([*said, "…"] if len(found) > MOST_SHOWN else said) or "–"
    return _list([_told(one, key, names, depth + 1) for one in found[:MOST_SHOWN]], len(found))


def _list(shown: Sequence[SafeString | str], whole: int = 0) -> SafeString:
    more = [_("and %(count)s more") % {"count": units(whole - len(shown))}] if whole > len(shown) else []
    return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((one,) for one in [*shown, *more])))


def _alone(value: Any, key: str, names: Names) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return _figure(value, key)
    return _word(value, key, names) if isinstance(value, str) else str(value)


def _figure(value: float, key: str) -> str:
    if key.endswith(AMOUNTS) and isinstance(value, int):
        return money(value)
    if key.endswith("_permille"):
        return f"{value / 10:g} %"
    return f"#{value}" if key.endswith("_id") else f"{value:,.10g}"


def _named(name: str, key: str, names: Names) -> str:
    """What a key is called; within the counts of an attribute (``colour: {"white": 3}``) its values are the keys."""
    plain = name.removesuffix("_minor").removesuffix("_permille").removesuffix("_id")
    found = _word(name, key, names)
    return found if found != name else code_words(plain)


def _word(text: str, attribute: str, names: Names) -> str:
    """A code as its name; what is none, as it is."""
    if (attribute, text) in names["value"]:
        return str(names["value"][(attribute, text)])
    for known in (names["attribute"], names["category"], CODES):
        if text in known:
            return str(known[text])
    if text in REGIONS:
        return region_name(text)
    if text in ("true", "false"):
        return _("yes") if text == "true" else _("no")
    if text == "*":
        return _("everywhere else")
    called = {str(name) for (_attribute, code), name in names["value"].items() if code == text}
    if len(called) == 1:
        return called.pop()
    first, sign, rest = text.partition("=")
    if sign and first in names["attribute"]:
        return f"{names['attribute'][first]} {_word(rest, first, names)}"
    if "|" in text and len(text) <= 80:
        return " · ".join(_word(part, attribute, names) for part in text.split("|"))
    return _day(text)


def _day(text: str) -> str:
    if len(text) != 10:
        return text
    try:
        return day(date.fromisoformat(text))
    except ValueError:
        return text


def _step(row: list[int]) -> str:
    return _("from %(units)s units %(price)s, delivered %(delivered)s") % {
        "units": units(row[0]),
        "price": money(row[1]),
        "delivered": money(row[2]),
    }


def _point(row: list[int]) -> str:
    return _("at %(price)s %(units)s units (%(low)s–%(high)s)") % {
        "price": money(row[0]),
        "low": units(row[1]),
        "units": units(row[2]),
        "high": units(row[3]),
    }


def _count(row: list[Any]) -> str:
    return f"{_word(str(row[0]), '', names_now())}: {units(row[1])}"


# Lists of tuples that only their key explains.
SHAPES: Mapping[str, Callable[[list[Any]], str]] = {
    "ladder": _step,
    "curve": _point,
    "growth": _count,
    "week": _count,
    "region": _count,
}
