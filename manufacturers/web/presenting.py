"""Rows as the portal's templates want them: words, shares and curves. Plain values, no queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from demand.pooling.reads.titles import SIGNS
from demand.templatetags.wishmill import SYMBOLS, region
from manufacturers.models import Proposal, ProposalLine, ProposalVersion
from manufacturers.offering.reads_pages import Term
from manufacturers.web.frame import language

Vocabulary = Mapping[str, Term]


# Kinds of demand that stand firm.
FIRM = ("firm", "preorder")
MOST_SAID = 4
OTHERS = "others"


def exponent() -> int:
    """Digits of the deployment's currency after the point."""
    return int(settings.CURRENCY_EXPONENT)


def currency_sign() -> str:
    """The deployment's currency as it stands before an amount."""
    return SYMBOLS.get(settings.CURRENCY, str(settings.CURRENCY))


def major(minor: int | None) -> str:
    """Money for files and fields: a plain number in major units."""
    if minor is None:
        return ""
    digits = exponent()
    sign, amount = ("-" if minor < 0 else ""), abs(minor)
    whole, rest = divmod(amount, 10**digits)
    return f"{sign}{whole}.{rest:0{digits}d}" if digits else f"{sign}{whole}"


def number(value: Any) -> str:
    """A figure without needless digits: 17.0 is 17."""
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def short_day(day: date) -> str:
    """A date for the small space of an axis."""
    # Translators: a Django date format for the axis of a chart; in Chinese "n月j日".
    return date_format(day, pgettext("short date", "j M"))


def constraint_text(name: str, asked: Mapping[str, Any], words: Vocabulary) -> str:
    """A constraint of a specification in words."""
    term = words.get(name)
    if "any" in asked or "not" in asked:
        codes = asked.get("any") or asked.get("not") or []
        named = " / ".join(term.value(code, language()) if term else str(code) for code in codes)
        return named if "any" in asked else _("not %(values)s") % {"values": named}
    if "is" in asked:
        return _("yes") if asked["is"] else _("no")
    return _range_text(asked.get("min"), asked.get("max"), str(asked.get("unit", "")))


def _range_text(low: Any, high: Any, unit: str) -> str:
    if low is not None and high is not None and low != high:
        return f"{number(low)}–{amount(high, unit)}"
    if low is not None and high is not None:
        return amount(low, unit)
    return f"≥ {amount(low, unit)}" if low is not None else f"≤ {amount(high, unit)}"


def amount(value: Any, unit: str) -> str:
    """A number with its unit, as shoppers read it: ``14″``, ``1.2 kg``."""
    return f"{number(value)}{SIGNS.get(unit) or ' ' + unit}"


def value_text(name: str, value: Any, words: Vocabulary) -> str:
    """One value of a variant in words."""
    term = words.get(name)
    if isinstance(value, Mapping):
        return constraint_text(name, value, words)
    if isinstance(value, bool):
        label = term.name(language()) if term else name
        return label if value else _("without %(attribute)s") % {"attribute": label}
    if term is None:
        return number(value)
    return amount(value, term.unit) if term.unit else term.value(str(value), language())


def variant_text(values: Mapping[str, Any], words: Vocabulary, key: str = "") -> str:
    """A variant in words; the plain one says so."""
    if not values:
        return _("one version") if key in ("", "plain") else key.replace("|", " · ")
    return " · ".join(value_text(name, value, words) for name, value in values.items())


def title(category: Any, specification: Mapping[str, Any], words: Vocabulary) -> str:
    """What a bulk order is for: the category and the values that tell it apart; a size says of what it is."""
    parts = [category.name_in(language())]
    for name, asked in ordered(specification, words)[:4]:
        if asked.get("is") is False:
            continue
        parts.append(_named(name, asked, words))
    return " · ".join(parts)


def ordered(specification: Mapping[str, Any], words: Vocabulary) -> list[tuple[str, Any]]:
    """A specification in the order of the catalogue; the database keeps none."""
    places = {name: place for place, name in enumerate(words)}
    return sorted(specification.items(), key=lambda pair: (places.get(pair[0], len(places)), pair[0]))


def _named(name: str, asked: Mapping[str, Any], words: Vocabulary) -> str:
    term = words.get(name)
    label = term.name(language()) if term else name
    if "is" in asked:
        return label
    value = constraint_text(name, asked, words)
    # Translators: an attribute and its size in a title, such as "width 140 cm".
    return value if "any" in asked else _("%(attribute)s %(size)s") % {"attribute": label, "size": value}


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecRow:
    """One attribute of a specification; ``asked_units`` asked for it at all, as a share of the units in the pool."""

    label: str
    value: str
    said: tuple[tuple[str, int], ...]
    asked_units: int | None
    share: float | None


def spec_rows(version: ProposalVersion, words: Vocabulary) -> list[SpecRow]:
    """The blueprint of a version with the share behind each attribute, from its frozen evidence."""
    behind = version.evidence.get("attributes", {})
    asked = {name: max(values.values(), default=None) for name, values in behind.items()}
    most = max((units for units in asked.values() if units), default=0)
    whole = max(most, int(version.evidence.get("people") or 0))
    rows = []
    for name, constraint in ordered(version.specification, words):
        units, term = asked.get(name), words.get(name)
        rows.append(
            SpecRow(
                label=term.name(language()) if term else name,
                value=constraint_text(name, constraint, words),
                said=tuple(
                    (constraint_text(name, one["constraint"], words), one["units"])
                    for one in version.evidence.get("said", {}).get(name, [])[:MOST_SAID]
                ),
                asked_units=units,
                share=units / whole if units and whole else None,
            )
        )
    return rows


def curve_of(version: ProposalVersion) -> dict[str, Any]:
    """The frozen demand curve for ``components/demand_curve.html``; the price proposed is one of its points."""
    points = {
        int(price): {"price_minor": int(price), "units": units, "low": low, "high": high}
        for price, low, units, high in version.evidence.get("curve", [])
    }
    return {
        "points": [points[price] for price in sorted(points)],
        "moq": version.min_units,
        "here_price_minor": version.delivered_minor,
        "level": 0.8,
    }


def estimate_of(version: ProposalVersion) -> dict[str, int]:
    """The one estimate that every place of a page shows: the frozen curve's point at the price of this version.

    Where the curve has none, as after a counter, the version's own figures, rounded to 5 like every other.
    """
    for price, low, units, high in version.evidence.get("curve", []):
        if int(price) == version.delivered_minor:
            return {"units": int(units), "low": int(low), "high": int(high)}
    figures = {"units": version.units, "low": version.low_units, "high": version.high_units}
    return {name: 5 * round(value / 5) for name, value in figures.items()}


def evidence_of(version: ProposalVersion) -> dict[str, Any]:
    """The frozen evidence for ``components/evidence_line.html``; its parts add up to the estimate."""
    names = {
        "interest": _("wishes"),
        "willing": _("confirmed once before"),
        "silent": _("asked before, without a yes"),
        "silent_again": _("asked more than once, without a yes"),
        "wish": _("wishes"),
        "cart": _("put in a cart"),
        "search": _("searches"),
        "view": _("views"),
    }
    line, guess = version.evidence.get("line", []), estimate_of(version)
    if isinstance(line, Mapping):
        return dict(line)
    firm = sum(row["units"] for row in line if row.get("kind") in FIRM)
    parts = [row for row in line if row.get("kind") not in (*FIRM, "others")]
    return {
        "total": guess["units"],
        "firm_units": firm,
        "parts": [
            {"share": row["rate_permille"] / 1000, "of": row["count"], "label": names.get(row["kind"], row["kind"])}
            for row in parts
        ],
        "others": max(0, guess["units"] - firm - sum(row["units"] for row in parts)),
        "level": 0.8,
        "low": guess["low"],
        "high": guess["high"],
    }


def region_parts(version: ProposalVersion) -> list[dict[str, Any]]:
    """Regions with their units, the largest first; the rest, small groups included, as one part of the whole."""
    found = version.evidence.get("regions", {})
    ranked = sorted(found.items(), key=lambda pair: (-(pair[1] or 0), pair[0]))
    parts = [{"label": region(name), "units": units} for name, units in ranked[:10]]
    rest = int(version.evidence.get("units") or 0) - sum(units or 0 for _name, units in ranked[:10])
    return [*parts, {"label": _("others"), "units": 5 * round(rest / 5)}] if parts and rest >= 5 else parts


def region_units(version: ProposalVersion) -> list[dict[str, Any]]:
    """How the expected units divide by region; empty for a version frozen before this was kept."""
    found = _spread(version, "region")
    return [{"label": _("others") if name == OTHERS else region(name), "units": units} for name, units in found]


def week_units(version: ProposalVersion) -> list[dict[str, Any]]:
    """How the expected units divide by the week they are needed in, the first week first, then the rest."""
    found = _spread(version, "week")
    dated = sorted((str(name), units) for name, units in found if name != OTHERS)
    weeks = [
        {"label": _("week of %(day)s") % {"day": short_day(date.fromisoformat(name))}, "units": units}
        for name, units in dated
    ]
    return weeks + [{"label": _("no date said, or few"), "units": units} for name, units in found if name == OTHERS]


def _spread(version: ProposalVersion, by: str) -> list[tuple[str, int]]:
    return [(str(name), int(units)) for name, units in version.evidence.get("spread", {}).get(by, [])]


def growth_points(version: ProposalVersion) -> list[dict[str, Any]]:
    """How many people had joined by when, oldest first; the evidence has those who came in each week."""
    found = sorted((date.fromisoformat(str(day)[:10]), count) for day, count in version.evidence.get("growth", []))
    summed = accumulate(count for _day, count in found)
    return [{"label": short_day(day), "units": total} for (day, _count), total in zip(found, summed, strict=True)]


def mix_parts(lines: Iterable[ProposalLine], words: Vocabulary) -> list[dict[str, Any]]:
    """The variants of a version as a mix."""
    return [{"label": variant_text(row.variant, words, row.variant_key), "units": row.units} for row in lines]


def ladder_steps(version: ProposalVersion) -> list[dict[str, Any]]:
    """The maker's price ladder; what the expected units reach is filled."""
    return [
        {
            "min_units": least,
            "price_minor": price,
            "delivered_minor": delivered,
            "reached": version.units >= least,
            "more_units": max(0, least - version.units) or None,
        }
        for least, price, delivered in version.ladder
    ]


def state_of(proposal: Proposal, now: datetime) -> tuple[str, str]:
    """A proposal's state as (kind, words)."""
    if proposal.state == "sent" and proposal.expires_at and proposal.expires_at <= now:
        return "bad", _("time is over")
    named = {
        "sent": ("warn", _("waits for your answer")),
        "countered": ("plain", _("your counter is being answered")),
        "accepted": ("good", _("accepted, shoppers are deciding")),
        "declined": ("plain", _("declined")),
        "expired": ("bad", _("expired")),
        "lapsed": ("plain", _("lapsed")),
        "released": ("good", _("ordered")),
        "closed": ("plain", _("closed")),
    }
    return named.get(str(proposal.state), ("plain", str(proposal.state)))


def offer_state(state: str) -> tuple[str, str]:
    """An offer's state as (kind, words)."""
    return {
        "live": ("good", _("live")),
        "draft": ("plain", _("draft")),
        "paused": ("warn", _("paused")),
        "retired": ("plain", _("retired")),
    }[state]


def late_text(minutes: int) -> str:
    """How late, in the largest unit that says enough."""
    if minutes <= 0:
        return ""
    if minutes < 60:
        return ngettext("%(n)d minute late", "%(n)d minutes late", minutes) % {"n": minutes}
    if minutes < 48 * 60:
        hours = round(minutes / 60)
        return ngettext("%(n)d hour late", "%(n)d hours late", hours) % {"n": hours}
    days = round(minutes / 1440)
    return ngettext("%(n)d day late", "%(n)d days late", days) % {"n": days}


def moment(value: datetime) -> str:
    """Weekday, date and time where the maker is."""
    # Translators: a Django date format for a moment in the plan; in Chinese "n月j日 D H:i".
    return date_format(timezone.localtime(value), pgettext("moment in the plan", "D j M H:i"))


def due_text(value: datetime) -> str:
    """A due moment; the midnight after a day is the end of that day, as it stands on the release."""
    local = timezone.localtime(value)
    if (local.hour, local.minute) != (0, 0):
        return moment(value)
    # Translators: a Django date format for a day in the plan; in Chinese "n月j日 D".
    day = date_format(local.date() - timedelta(days=1), pgettext("day in the plan", "D j M"))
    return _("%(day)s, end of day") % {"day": day}


def stretch_text(start: datetime, end: datetime) -> str:
    """From when to when; the day once where it is the same."""
    first, last = timezone.localtime(start), timezone.localtime(end)
    if first.date() == last.date():
        return f"{moment(start)}–{date_format(last, 'H:i')}"
    return f"{moment(start)} – {moment(end)}"
