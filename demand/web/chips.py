"""Chips of understanding: from a reading to chips, and from what a shopper changed in them to corrections.

A chip's field is ``chip.KEY``; what was set so far travels as ``set.KEY``. Keys: ``category``, ``needs.<attribute>``,
``quantity``, ``ceiling_minor``, ``needed_by``, ``region``, ``words.<word>`` (a word without a catalogue value, which
can only be removed); an empty value removes. A need is written ``must|any:gaming``, ``nice|not:red``, ``must|is:true``
or, with an amount, ``must|16-18``, ``must|>=16``, ``must|17``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from demand.models import Wish
from demand.reading.kernel.needs import Needs
from demand.reading.kernel.reading import Found, Reading
from demand.reading.steps import Resolved
from demand.regions import REGIONS, region_name
from demand.templatetags.wishmill import day, money, units
from demand.web.amounts import parse_money
from demand.web.open_words import OpenWord, open_words
from demand.web.presenting import Words, major

SURE = 0.6
FIELDS = {
    "category": "category",
    "quantity": "quantity",
    "ceiling_minor": "ceiling",
    "needed_by": "needed_by",
    "region": "region",
}
_AMOUNT = re.compile(
    r"^(?P<sign>>=|<=|≥|≤|)\s*(?P<low>\d{1,6}(?:\.\d{1,3})?)\s*(?:[-–~]\s*(?P<high>\d{1,6}(?:\.\d{1,3})?))?"
)
_WORD_KEY = re.compile(r"words\.\S{2,40}")


class Unclear(ValueError):
    """A chip's new value that cannot be used; the argument is a sentence for its shopper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What stands in the chips: the fields of a wish, whether stored or only read."""

    category: str | None
    needs: Needs
    quantity: int
    ceiling_minor: int | None
    needed_by: date | None
    region: str
    question: str
    unknown_words: tuple[str, ...]


def of_reading(resolved: Resolved) -> Shown:
    return Shown(
        category=resolved.category,
        needs=resolved.needs,
        quantity=resolved.quantity,
        ceiling_minor=resolved.ceiling_minor,
        needed_by=resolved.needed_by,
        region=resolved.region,
        question=resolved.question,
        unknown_words=tuple(resolved.reading["unknown_words"]),
    )


def of_wish(wish: Wish) -> Shown:
    return Shown(
        category=None if wish.category is None else wish.category.code,
        needs=wish.needs,
        quantity=wish.quantity,
        ceiling_minor=wish.ceiling_minor,
        needed_by=wish.needed_by,
        region=wish.region,
        question=wish.question,
        unknown_words=tuple(wish.reading.get("unknown_words", ())),
    )


def chips(shown: Shown, reading: Reading | None, text: str, said: Words) -> list[dict[str, Any]]:
    """Chips in the order a shopper thinks: what, which, price, how many, when, where; last what is open."""
    found: list[dict[str, Any] | None] = [_category(shown, reading, text, said)]
    for level in ("must", "nice"):
        constraints = shown.needs["must"] if level == "must" else shown.needs["nice"]
        found += [_need(code, level, one, reading, text, said) for code, one in constraints.items()]
    found += [
        _price(shown, reading, text),
        _quantity(shown, reading, text),
        _date(shown, reading, text),
        _region(shown, reading, text),
    ]
    if reading is not None:
        found += [_open(word) for word in open_words(reading, shown.unknown_words, text)]
    return [chip for chip in found if chip is not None]


def _words(found: Found | None, value: Any, text: str) -> tuple[str, bool]:
    """The words something came from and whether it is doubtful; neither when the shopper set it."""
    if found is None or found.value != value:
        return "", False
    return _at(found.spans, text), found.confidence < SURE


def _at(spans: Iterable[tuple[int, int]], text: str) -> str:
    return " … ".join(text[start:end].strip() for start, end in spans if text[start:end].strip())[:60]


def _category(shown: Shown, reading: Reading | None, text: str, said: Words) -> dict[str, Any]:
    evidence, doubtful = _words(reading.category if reading else None, shown.category, text)
    options = [(code, name) for code, name in said.names["category"].items()]
    if shown.category is None:
        return {
            "key": "category",
            "label": _("What kind of thing"),
            "doubtful": True,
            "question": _("What kind of thing is it? Then we can look for others who want the same."),
            "options": [("", _("choose")), *options],
            "value": "",
        }
    return {
        "key": "category",
        "label": said.category(shown.category),
        "evidence": evidence,
        "doubtful": doubtful,
        "question": _("Is it this?") if doubtful else "",
        "options": options,
        "value": shown.category,
    }


def _need(
    code: str, level: str, constraint: Mapping[str, Any], reading: Reading | None, text: str, said: Words
) -> dict[str, Any]:
    source = next((one for one in reading.evidence if one.attribute == code), None) if reading else None
    same = source is not None and dict(source.constraint) == dict(constraint)
    doubtful = bool(same and source is not None and source.confidence < SURE)
    return {
        "key": f"needs.{code}",
        "label": said.say(code, constraint),
        "evidence": _at(source.spans, text) if same and source is not None else "",
        "doubtful": doubtful,
        "question": _("Did you mean this?") if doubtful else "",
        "nice": level == "nice",
        "options": need_options(code, constraint, said),
        "value": write(constraint),
    }


def need_options(code: str, current: Mapping[str, Any] | None, said: Words) -> list[tuple[str, str]]:
    """What a need may be changed to; empty for an amount, which is typed."""
    kind = said.names["kind"].get(code)
    if kind == "flag":
        return [(f"is:{word}", said.say(code, {"is": word == "true"})) for word in ("true", "false")]
    if kind != "choice":
        return []
    options = [(f"any:{value}", name) for (attribute, value), name in said.names["value"].items() if attribute == code]
    if current is not None and write(current) not in dict(options):
        options.insert(0, (write(current), said.say(code, current)))
    return options


def _price(shown: Shown, reading: Reading | None, text: str) -> dict[str, Any] | None:
    doubtful = shown.question == "max_price"
    if shown.ceiling_minor is None and not doubtful:
        return None
    evidence, unsure = _words(reading.max_price_minor if reading else None, shown.ceiling_minor, text)
    label = _("highest price") if shown.ceiling_minor is None else _("≤ %(price)s each") % {
        "price": money(shown.ceiling_minor)}  # fmt: skip
    return {
        "key": "ceiling_minor",
        "label": label,
        "evidence": evidence,
        "doubtful": doubtful or unsure,
        "question": _("What is the most you would pay for one, delivered?") if doubtful or unsure else "",
        "value": major(shown.ceiling_minor),
    }


def _quantity(shown: Shown, reading: Reading | None, text: str) -> dict[str, Any]:
    evidence, _unsure = _words(reading.quantity if reading else None, shown.quantity, text)
    doubtful = shown.question == "quantity"
    return {
        "key": "quantity",
        "label": _("× %(count)s") % {"count": units(shown.quantity)},
        "evidence": evidence,
        "doubtful": doubtful,
        "question": _("How many would you like?") if doubtful else "",
        "value": str(shown.quantity),
    }


def _date(shown: Shown, reading: Reading | None, text: str) -> dict[str, Any] | None:
    if shown.needed_by is None:
        return None
    evidence, doubtful = _words(reading.needed_by if reading else None, shown.needed_by, text)
    return {
        "key": "needed_by",
        "label": _("by %(day)s") % {"day": day(shown.needed_by)},
        "evidence": evidence,
        "doubtful": doubtful,
        "question": _("By this day?") if doubtful else "",
        "value": shown.needed_by.isoformat(),
    }


def _region(shown: Shown, reading: Reading | None, text: str) -> dict[str, Any] | None:
    if not shown.region:
        return None
    evidence, _unsure = _words(reading.region if reading else None, shown.region, text)
    return {
        "key": "region",
        "label": _("to %(region)s") % {"region": region_name(shown.region)},
        "evidence": evidence,
        "options": [(code, str(name)) for code, name in REGIONS.items()],
        "value": shown.region,
    }


def _open(word: OpenWord) -> dict[str, Any]:
    return {
        "key": f"words.{word.key}",
        "label": word.label,
        "doubtful": True,
        "open": True,
        "question": _("Our list has no word for this yet."),
    }


# From the form back to corrections.


def write(constraint: Mapping[str, Any]) -> str:
    """A constraint as a field holds it."""
    for shape in ("any", "not"):
        if shape in constraint:
            return f"{shape}:{','.join(constraint[shape])}"
    if "is" in constraint:
        return f"is:{str(constraint['is']).lower()}"
    low, high = constraint.get("min"), constraint.get("max")
    if low is not None and high is not None:
        return f"{low:g}" if low == high else f"{low:g}-{high:g}"
    return f">={low:g}" if low is not None else f"<={high:g}"


def apply(data: QueryDict, shown: Shown | None) -> QueryDict:
    """The posted form with a pressed chip button laid into ``set.KEY`` and the form's own field."""
    changed, removed = data.get("chip_change", ""), data.get("chip_remove", "")
    key = changed or removed
    if not key:
        return data
    fresh = data.copy()
    value = str(data.get(f"chip.{key}", "")).strip() if changed else ""
    if key.startswith("needs.") and value:
        attribute = key.removeprefix("needs.")
        level = "nice" if shown is not None and attribute in shown.needs["nice"] else "must"
        value = f"{level}|{value}"
    fresh[f"set.{key}"] = value
    fresh.pop(f"want.{key}", None)
    if key in FIELDS and data.get(FIELDS[key]):
        fresh[FIELDS[key]] = value
    return fresh


def sets(data: QueryDict) -> dict[str, str]:
    """What was set so far, by key: by chip (``set.KEY``), or in a field of the structured form (``want.KEY``)."""
    found = {name.removeprefix("set."): str(data[name]) for name in data if name.startswith("set.")}
    wanted = {name.removeprefix("want."): str(data[name]) for name in data if name.startswith("want.") and data[name]}
    return found | {key: f"must|{value}" for key, value in wanted.items()}


def fields(
    attributes: Iterable[str], data: Mapping[str, Any], said: Words, *, typical: Mapping[str, float]
) -> list[dict[str, Any]]:
    """The attributes of a category as fields of the structured form; an amount has no options but an example."""
    return [
        {
            "name": f"want.needs.{code}",
            "label": said.attribute(code)[:1].upper() + said.attribute(code)[1:],
            "options": need_options(code, None, said),
            "value": data.get(f"want.needs.{code}", ""),
            "unit": said.unit(code),
            "example": _("such as %(amount)s") % {"amount": f"{typical[code]:g}"} if code in typical else "",
        }
        for code in attributes
    ]


def differences(wish: Wish) -> dict[str, str]:
    """What a wish's shopper set against what was read, as ``set.KEY`` holds it: the start of editing."""
    if not wish.reading:
        return {}
    read = Reading.from_json(wish.reading)
    kept: dict[str, str] = {}
    if wish.category is not None and (read.category is None or read.category.value != wish.category.code):
        kept["category"] = wish.category.code
    for level in ("must", "nice"):
        for code, constraint in wish.needs[level].items():
            if dict(read.needs["must" if level == "must" else "nice"]).get(code) != constraint:
                kept[f"needs.{code}"] = f"{level}|{write(constraint)}"
    for need in read.evidence:
        if need.attribute not in wish.needs["must"] and need.attribute not in wish.needs["nice"]:
            kept[f"needs.{need.attribute}"] = ""
    return kept | {f"words.{word}": "" for word in wish.reading.get("unwanted_words", ())}


def corrections(written: Mapping[str, str], said: Words) -> tuple[dict[str, Any], dict[str, str]]:
    """Corrections as ``reading.steps.resolve`` takes them, and a sentence for each that cannot be used."""
    good: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for key, value in written.items():
        try:
            good[key] = correction(key, value.strip(), said)
        except Unclear as unclear:
            errors[key] = str(unclear)
    return good, errors


def correction(key: str, value: str, said: Words) -> Any:
    """The value of one correction; ``None`` removes. Raises :class:`Unclear`."""
    if key.startswith("needs."):
        return _read_need(key.removeprefix("needs."), value, said)
    if key == "category":
        if value and value not in said.names["category"]:
            raise Unclear(_("Choose a kind of thing from the list."))
    elif key == "quantity" and value:
        if not value.isdigit() or not 1 <= int(value[:9]) <= 100_000:
            raise Unclear(_("Say how many as a whole number, up to 100,000."))
        return int(value)
    elif key == "ceiling_minor" and value:
        amount = parse_money(value)
        if amount is None or amount <= 0:
            raise Unclear(_("Write the price as a number above 0, such as 6999."))
        return amount
    elif key == "needed_by" and value:
        try:
            return date.fromisoformat(value)
        except ValueError as wrong:
            raise Unclear(_("Write the day as year-month-day, such as 2026-12-24.")) from wrong
    elif key == "region" and value and value not in REGIONS:
        raise Unclear(_("Choose a region from the list."))
    elif key not in FIELDS and (value or not _WORD_KEY.fullmatch(key)):
        raise Unclear(_("This cannot be changed here."))
    return value or None


def _read_need(attribute: str, value: str, said: Words) -> dict[str, Any] | None:
    kind = said.names["kind"].get(attribute)
    if not value:
        return None
    level, _bar, rest = value.partition("|") if "|" in value else ("must", "", value)
    level = level if level in ("must", "nice") else "must"
    if kind == "flag" and rest in ("is:true", "is:false"):
        return {"level": level, "constraint": {"is": rest == "is:true"}}
    shape, _colon, codes = rest.partition(":")
    known = {code for (name, code) in said.names["value"] if name == attribute}
    chosen = sorted(set(codes.split(",")) & known)
    if kind == "choice" and shape in ("any", "not") and chosen:
        return {"level": level, "constraint": {shape: chosen}}
    if kind == "quantity":
        return {"level": level, "constraint": _read_amount(rest, str(said.names["unit"][attribute]))}
    raise Unclear(_("Choose one of the values."))


def _read_amount(text: str, unit: str) -> dict[str, Any]:
    match = _AMOUNT.match(text.strip())
    if match is None:
        raise Unclear(_("Write an amount such as 16, 16-18, >=16 or <=18."))
    low, high = float(match["low"]), float(match["high"] or match["low"])
    if match["sign"] in (">=", "≥"):
        return {"min": low, "max": None, "unit": unit}
    if match["sign"] in ("<=", "≤"):
        return {"min": None, "max": low, "unit": unit}
    return {"min": min(low, high), "max": max(low, high), "unit": unit}
