"""From a reading and what the shopper set by hand to the fields of a wish. Opens no transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings

from demand.reading.kernel.needs import Needs, canonical, needs_hash
from demand.reading.kernel.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The fields of a wish after reading and corrections; money in minor units per unit, ``None``: not said."""

    category: str | None
    needs: Needs
    quantity: int
    ceiling_minor: int | None
    needed_by: date | None
    region: str
    language: str
    question: str
    corrected: bool
    reading: Mapping[str, Any]

    @property
    def needs_hash(self) -> str:
        return needs_hash(self.needs)


MOST_READ_UNITS = 200
"""More units than this are not believed from words alone: the shopper is asked, and one counts meanwhile."""

LANGUAGES = {"zh-hans": "zh-hans", "zh-hant": "zh-hant", "en": "en", "mixed": "zh-hans"}


def resolve(reading: Reading, corrections: Mapping[str, Any] | None = None) -> Resolved:
    """Lay what the shopper set over what was read.

    ``corrections`` by field: ``category`` (code or ``None``), ``needs.<attribute>`` ({"level", "constraint"} or
    ``None`` to remove), ``quantity``, ``ceiling_minor``, ``needed_by``, ``region``, ``words.<word>`` (``None``: this
    unknown word is not meant); a field that is present wins even when it is ``None``. A corrected category drops needs
    of the old one's attributes (they say nothing there). A price said in another currency than the deployment's is no
    ceiling: nobody said what it is worth here, so the shopper is asked.
    """
    fixed = dict(corrections or {})
    category = fixed.get("category", _value(reading.category))
    parts: dict[str, dict[str, Any]] = {"must": {}, "nice": {}}
    if category == _value(reading.category):
        read = reading.needs
        parts = {"must": read["must"], "nice": read["nice"]}
    for name, correction in fixed.items():
        if name.startswith("needs."):
            _correct(parts, name.removeprefix("needs."), correction)
    foreign = is_foreign(reading.currency_said)
    question = "category" if category is None else reading.question or ""
    if foreign and fixed.get("ceiling_minor") is None and question != "category":
        question = "max_price"
    read_units = int(reading.quantity.value)
    if read_units > MOST_READ_UNITS or read_units < 1:
        read_units, question = 1, question or "quantity"
    settled = {"max_price": "ceiling_minor", "category": "category", "quantity": "quantity"}.get(question, question)
    if settled in fixed and fixed[settled] is not None:
        question = ""
    return Resolved(
        category=category,
        needs=canonical(parts),
        quantity=fixed.get("quantity", read_units) or 1,
        ceiling_minor=fixed.get("ceiling_minor", None if foreign else _value(reading.max_price_minor)),
        needed_by=fixed.get("needed_by", _value(reading.needed_by)),
        region=fixed.get("region", _value(reading.region)) or "",
        language=LANGUAGES.get(reading.language, "en"),
        question=question,
        corrected=bool(fixed),
        reading=_without_words(reading, {name.removeprefix("words.") for name in fixed if name.startswith("words.")}),
    )


def is_foreign(currency_said: str | None) -> bool:
    """Whether a price was said in another currency than the deployment's; ``None``: in none."""
    return currency_said not in (None, settings.CURRENCY)


def _without_words(reading: Reading, unwanted: set[str]) -> dict[str, Any]:
    """A reading as it is stored; unknown words that its shopper removed are kept apart and no longer counted."""
    kept = reading.to_json()
    if unwanted:
        kept["unknown_words"] = [word for word in kept["unknown_words"] if word not in unwanted]
        kept["unwanted_words"] = sorted(unwanted)
    return kept


def _correct(parts: dict[str, dict[str, Any]], attribute: str, correction: Mapping[str, Any] | None) -> None:
    parts["must"].pop(attribute, None)
    parts["nice"].pop(attribute, None)
    if correction is not None:
        parts[str(correction["level"])][attribute] = correction["constraint"]


def _value(found: Any) -> Any:
    return None if found is None else found.value
