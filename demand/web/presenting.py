"""Reads turned into what the components of ``templates/components`` take."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from demand.pooling.reads.cards import ROUND_TO, PoolCard, TierView
from demand.pooling.reads.titles import SIGNS, facts, say, title
from demand.reading import reads as reading
from demand.regions import region_name
from demand.templatetags.wishmill import money, short_day, units

MOST_PARTS = 8
BEFORE_UNIT = re.compile(r"(?<=\d) (?=[^\W\d_])")


@dataclass(frozen=True, slots=True)
class Words:
    """The catalogue's names in the reader's language, looked up once for a page."""

    language: str
    names: Mapping[str, Any]

    def category(self, code: str) -> str:
        return str(self.names["category"].get(code, code))

    def title(self, specification: Mapping[str, Any], category: str) -> str:
        """A pool's title; its dots never begin a line, and an amount keeps its unit."""
        said = title(category, specification, self.language, self.names).replace(" · ", "\u00a0· ")
        return BEFORE_UNIT.sub("\u00a0", said)

    def attribute(self, code: str) -> str:
        return str(self.names["attribute"].get(code, code))

    def unit(self, attribute: str) -> str:
        """The unit beside a field for an amount, as readings of it are written."""
        unit = str(self.names["unit"].get(attribute) or "")
        return SIGNS.get(unit, unit)

    def say(self, attribute: str, constraint: Mapping[str, Any]) -> str:
        return say(attribute, constraint, self.names)

    def facts(self, constraints: Mapping[str, Any]) -> list[tuple[str, str]]:
        return facts(constraints, self.names)

    def value(self, attribute: str, value: Any) -> str:
        """One value as a campaign's variant or a breakdown names it."""
        if isinstance(value, bool):
            return self.say(attribute, {"is": value})
        if isinstance(value, int | float):
            unit = self.names["unit"].get(attribute, "")
            return self.say(attribute, {"min": value, "max": value, "unit": unit})
        return self.say(attribute, {"any": [str(value)]})

    def variant(self, values: Mapping[str, Any]) -> str:
        """A version on offer; without any values there is only one."""
        return " · ".join(self.value(code, value) for code, value in values.items()) or _("as specified")


def words() -> Words:
    """The names for the language of the moment; one small query."""
    language = get_language() or "en"
    return Words(language=language, names=reading.labels(language))


def major(minor: int | None) -> str:
    """Minor units as a shopper types them: ``699900`` is ``6999``, ``45950`` is ``459.50``."""
    if minor is None:
        return ""
    whole = 10**settings.CURRENCY_EXPONENT
    if minor % whole == 0:
        return str(minor // whole)
    return f"{minor / whole:.{settings.CURRENCY_EXPONENT}f}"


def progress(card: PoolCard) -> dict[str, Any]:
    """The bar of ``progress_to_minimum.html``."""
    first = card.tiers[0] if card.tiers else None
    ahead = card.ahead
    return {
        "firm_units": card.firm_units,
        "few_firm": card.few_firm,
        "being_made": card.being_made,
        "minimum_units": card.min_units,
        "price_minor": None if first is None else first.price_minor,
        "next_units": None if ahead is None else ahead.min_units,
        "next_price_minor": None if ahead is None else ahead.price_minor,
        "next_missing_units": None if ahead is None else ahead.more_units,
        "people": card.people,
        "trend": [people for _week, people in card.breakdown.get("growth", [])][-12:],
    }


def pool_card(card: PoolCard, said: Words) -> dict[str, Any]:
    """A pool as ``pool_card.html`` takes it."""
    kind, text = state(card)
    people = ""
    if card.people is not None and card.min_units is not None:
        people = ngettext("%(people)s person", "%(people)s people", card.people) % {"people": units(card.people)}
    return {
        "url": pool_url(card),
        "title": said.title(card.specification, card.category),
        "progress": progress(card),
        "state_kind": kind,
        "state_text": text,
        "closes_at": card.closes_at,
        "facts": people,
    }


def pool_cards(cards: Iterable[PoolCard], said: Words) -> list[dict[str, Any]]:
    return [pool_card(card, said) for card in cards]


def pool_url(card: PoolCard) -> str:
    """Where a shopper decides: the campaign while one is open, else the pool."""
    if card.campaign_id is not None:
        return reverse("demand:campaign", args=[card.campaign_id])
    return reverse("demand:pool", args=[card.public_id])


def state(card: PoolCard) -> tuple[str, str]:
    """Kind and words of a card's badge; both empty where the bar says enough."""
    if card.campaign_id is not None:
        return "good", _("decide now")
    if card.being_made:
        return "plain", _("being made")
    if card.min_units is None:
        return "", ""
    share = card.firm_units / card.min_units
    if share >= 1:
        return "good", _("minimum reached")
    if share >= 0.7:
        return "warn", _("almost there")
    return "", ""


def ladder(tiers: Iterable[TierView]) -> list[dict[str, Any]]:
    """Steps of ``price_ladder.html``."""
    return [
        {"min_units": tier.min_units, "price_minor": tier.price_minor, "reached": tier.reached,
         "more_units": tier.more_units}
        for tier in tiers
    ]  # fmt: skip


def people_sentence(card: PoolCard) -> str:
    """How many people want this, hiding groups under k."""
    if card.people is None:
        return _("A few people want this.")
    return ngettext("%(people)s person wants this.", "%(people)s people want this.", card.people) % {
        "people": units(card.people)
    }


def distance_sentence(card: PoolCard) -> str:
    """People first, then how far it is; a distance only where an offer exists."""
    first = card.tiers[0] if card.tiers else None
    if card.being_made:
        return _("An order of this is being made. Who wants it now is in for the next one.")
    if card.min_units is None or first is None:
        looking = _("A maker is being looked for.")
        return f"{people_sentence(card)} {looking}"
    if card.firm_units >= card.min_units:
        ahead, reached = card.ahead, _("The minimum is reached.")
        if ahead is None or ahead.more_units is None:
            return f"{people_sentence(card)} {reached}"
        more = _("%(more)s more and it costs %(price)s.") % {
            "more": units(ahead.more_units), "price": money(ahead.price_minor)}  # fmt: skip
        return f"{people_sentence(card)} {reached} {more}"
    if card.few_firm:
        needed = _("%(minimum)s firm units are needed; a few are there.") % {"minimum": units(card.min_units)}
        return f"{people_sentence(card)} {needed}"
    more = _("%(more)s more and it costs %(price)s.") % {
        "more": units(card.min_units - card.firm_units), "price": money(first.price_minor)}  # fmt: skip
    return f"{people_sentence(card)} {more}"


def mixes(card: PoolCard, said: Words) -> list[dict[str, Any]]:
    """A bar mix for each variant attribute of the newest snapshot, of everybody in the pool."""
    shown = card.breakdown.get("variants", {})
    return [
        {
            "title": said.attribute(code)[:1].upper() + said.attribute(code)[1:],
            "parts": _mix(
                card,
                {said.say(code, {"any": [value]}): count for value, count in shown[code].items()},
                rest=_("others, or no preference"),
            ),
        }
        for code in sorted(shown)
    ]


def region_mix(card: PoolCard) -> list[dict[str, Any]]:
    """The regions of the newest snapshot, of everybody in the pool."""
    shown = {region_name(code): count for code, count in card.breakdown.get("regions", {}).items() if code != "*"}
    return _mix(card, shown, rest=_("elsewhere, or not said")) if shown else []


def _mix(card: PoolCard, counts: Mapping[str, int], *, rest: str) -> list[dict[str, Any]]:
    """Parts of ``bar_mix.html``, most units first, and whoever is in none of them, as far as the totals tell."""
    rows = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_PARTS]
    others = card.breakdown.get("units", 0) - sum(count for _label, count in rows)
    parts = [{"label": label, "units": count} for label, count in rows]
    return [*parts, {"label": rest, "units": others, "rest": True}] if others >= ROUND_TO else parts


def growth(card: PoolCard) -> list[dict[str, Any]]:
    """People who joined, week by week, summed up."""
    points, total = [], 0
    for week, people in card.breakdown.get("growth", []):
        total += people
        points.append({"label": short_day(date.fromisoformat(week)), "units": total})
    return points[-16:]
