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
    "gap_limit": pgettext_lazy("code", "close enough to the bound"),
    "empty": pgettext_lazy("code", "nothing to do"),
    "greedy": pgettext_lazy("code", "quick answer"),
    # Queues of the broker.
    "default": pgettext_lazy("queue", "everything else"),
    "outbox": pgettext_lazy("queue", "consequences"),
    "ingest": pgettext_lazy("queue", "signals and imports"),
    "solve": pgettext_lazy("queue", "pooling, proposing, planning"),
    # Why a signal was kept aside, and the field it was for.
    "NOT_AN_OBJECT": pgettext_lazy("fault", "is no JSON object"),
    "NOT_UTF8": pgettext_lazy("fault", "is no UTF-8 text"),
    "MISSING": pgettext_lazy("fault", "is missing"),
    "WRONG_TYPE": pgettext_lazy("fault", "is of the wrong type"),
    "EMPTY": pgettext_lazy("fault", "is empty"),
    "TOO_LONG": pgettext_lazy("fault", "is too long"),
    "BAD_TEXT": pgettext_lazy("fault", "has characters that cannot be kept"),
    "UNKNOWN_KIND": pgettext_lazy("fault", "is a kind of event we do not know"),
    "BAD_TIME": pgettext_lazy("fault", "is no time we can read"),
    "NO_ZONE": pgettext_lazy("fault", "has no time zone"),
    "IN_FUTURE": pgettext_lazy("fault", "lies in the future"),
    "TOO_OLD": pgettext_lazy("fault", "is too long ago"),
    "OUT_OF_RANGE": pgettext_lazy("fault", "is out of range"),
    "OTHER_TIME": pgettext_lazy("fault", "says another time than the same event before"),
    "UNKNOWN_CATEGORY": pgettext_lazy("fault", "is no category of ours"),
    "UNKNOWN_POOL": pgettext_lazy("fault", "is no pool of ours"),
    "event_id": pgettext_lazy("field", "event id"),
    "occurred_at": pgettext_lazy("field", "time of the event"),
    "kind": pgettext_lazy("field", "kind"),
    "person": pgettext_lazy("field", "shopper"),
    "consent": pgettext_lazy("field", "consent"),
    "need": pgettext_lazy("field", "need"),
    "query": pgettext_lazy("field", "search words"),
    "pool": pgettext_lazy("field", "pool"),
    "units": pgettext_lazy("field", "units"),
    "price_minor": pgettext_lazy("field", "price"),
    "region": pgettext_lazy("field", "region"),
    # What happened, in the outbox, and what it is about.
    "run.requested": pgettext_lazy("topic", "a run was asked for"),
    "wishes.imported": pgettext_lazy("topic", "wishes were imported"),
    "catalog.changed": pgettext_lazy("topic", "the catalogue changed"),
    "pools.rebuilt": pgettext_lazy("topic", "pools were built again"),
    "estimates.made": pgettext_lazy("topic", "estimates were made"),
    "finding.made": pgettext_lazy("topic", "something was noticed"),
    "offer.changed": pgettext_lazy("topic", "an offer changed"),
    "plan.changed": pgettext_lazy("topic", "a plan changed"),
    "claim.opened": pgettext_lazy("topic", "a claim was made"),
    "hold.requested": pgettext_lazy("topic", "a payment hold was asked for"),
    "milestone.reported": pgettext_lazy("topic", "a maker reported"),
    "release.made": pgettext_lazy("topic", "a release was made"),
    "release.acknowledged": pgettext_lazy("topic", "a release was acknowledged"),
    "proposal.sent": pgettext_lazy("topic", "a proposal was sent"),
    "proposal.accepted": pgettext_lazy("topic", "a proposal was accepted"),
    "proposal.countered": pgettext_lazy("topic", "a proposal was countered"),
    "proposal.declined": pgettext_lazy("topic", "a proposal was declined"),
    "proposal.lapsed": pgettext_lazy("topic", "a proposal lapsed"),
    "proposal.expired": pgettext_lazy("topic", "a proposal expired"),
    "proposal.counter_agreed": pgettext_lazy("topic", "a counter-offer was agreed"),
    "campaign.opened": pgettext_lazy("topic", "a campaign opened"),
    "campaign.locked": pgettext_lazy("topic", "a campaign was locked"),
    "campaign.missed": pgettext_lazy("topic", "a campaign missed its minimum"),
    "campaign.cancelled": pgettext_lazy("topic", "a campaign was cancelled"),
    "campaign.finished": pgettext_lazy("topic", "a campaign finished"),
    "campaign.changed": pgettext_lazy("topic", "a campaign changed"),
    # What a staff decision speaks of.
    "from": pgettext_lazy("code", "from pool"),
    "into": pgettext_lazy("code", "into pool"),
    "wish": pgettext_lazy("code", "wish"),
    "cell": pgettext_lazy("code", "group"),
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
