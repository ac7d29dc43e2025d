"""Notices as sentences in their reader's language: amounts as money, dates with their weekday, pools by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from demand.models import Notice, Pool
from demand.notices import SENTENCES
from demand.pooling.reads import titles
from demand.reading import reads as reading
from demand.templatetags.wishmill import day, money, units

UNSAID = "—"
DECISIONS: dict[str, str | Promise] = {
    "replace": _("you get a new one"),
    "part_refund": _("part of your money comes back"),
    "refund": _("your money comes back"),
    "refused": _("it was found to be as agreed"),
}


class Filled(dict[str, str]):
    """Values for a sentence's places; one that an older notice lacks is a dash, never an error page."""

    def __missing__(self, name: str) -> str:
        return UNSAID


def render(notice: Notice, *, language: str | None = None) -> str:
    """The sentence of one notice; in the language of the moment unless one is named."""
    return render_all([notice], language=language)[0]


def render_all(notices: Sequence[Notice], *, language: str | None = None) -> list[str]:
    """The sentences of notices, in their order, with two queries however many there are."""
    spoken = titles.spoken(language or get_language() or "en")
    named = pool_titles({one.params["pool_id"] for one in notices if one.params.get("pool_id")}, spoken)
    with override(spoken):
        return [_sentence(one, named) for one in notices]


def pool_titles(pool_ids: set[int], language: str) -> dict[int, str]:
    """What pools are called, by key."""
    if not pool_ids:
        return {}
    names = reading.labels(language)
    rows = Pool.objects.filter(pk__in=pool_ids).values_list("pk", "category__code", "specification")
    return {key: titles.title(category, specification, language, names) for key, category, specification in rows}


def _sentence(notice: Notice, named: Mapping[int, str]) -> str:
    values = Filled({name: _shown(name, value) for name, value in notice.params.items() if value is not None})
    if notice.params.get("pool_id") in named:
        values["pool"] = named[notice.params["pool_id"]]
    return str(SENTENCES.get(_kind(notice), "%(text)s")) % values


def _kind(notice: Notice) -> str:
    """The notice's kind; one that names a range of a single day has a sentence of its own."""
    first, last = (str(notice.params.get(name) or "")[:10] for name in ("from_on", "to_on"))
    alone = f"{notice.kind}_day"
    return alone if first and first == last and alone in SENTENCES else notice.kind


def _shown(name: str, value: Any) -> str:
    if name.endswith("_minor"):
        return money(value)
    if name.endswith("_on"):
        return _day(str(value))
    if name == "decision":
        return str(DECISIONS.get(str(value), value))
    if name in {"version", "number"} or not isinstance(value, int | float):
        return str(value)
    return units(value)


def _day(text: str) -> str:
    try:
        return day(datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text))
    except ValueError:
        return text
