"""Rows as the portal's templates want them: words, shares and curves. Plain values, no queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from demand.pooling.reads.titles import SIGNS
from demand.templatetags.wishmill import region
from manufacturers.models import Proposal, ProposalLine, ProposalVersion
from manufacturers.offering.reads_pages import Term
from manufacturers.web.frame import language

Vocabulary = Mapping[str, Term]


# Kinds of demand that stand firm.
FIRM = ("firm", "preorder")


def exponent() -> int:
    """Digits of the deployment's currency after the point."""
    return int(settings.CURRENCY_EXPONENT)


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
    """What a bulk order is for: the category and the values that tell it apart."""
    parts = [category.name_in(language())]
    for name, asked in list(specification.items())[:4]:
        if asked.get("is") is False:
            continue
        term = words.get(name)
        parts.append(
            (term.name(language()) if term else name) if "is" in asked else constraint_text(name, asked, words)
        )
    return " · ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecRow:
    """One attribute of a specification; ``asked_units`` asked for it at all, as a share of the units in the pool."""

    label: str
    value: str
    asked_units: int | None
    share: float | None


def spec_rows(version: ProposalVersion, words: Vocabulary) -> list[SpecRow]:
    """The blueprint of a version with the share behind each attribute, from its frozen evidence."""
    behind = version.evidence.get("attributes", {})
    asked = {name: max(values.values(), default=None) for name, values in behind.items()}
    most = max((units for units in asked.values() if units), default=0)
    whole = max(most, int(version.evidence.get("people") or 0))
    rows = []
    for name, constraint in version.specification.items():
        units, term = asked.get(name), words.get(name)
        rows.append(
            SpecRow(
                label=term.name(language()) if term else name,
                value=constraint_text(name, constraint, words),
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


def evidence_of(version: ProposalVersion) -> dict[str, Any]:
    """The frozen evidence for ``components/evidence_line.html``."""
    guess = version.evidence.get("estimate", {})
    names = {
        "interest": _("wishes"),
        "wish": _("wishes"),
        "cart": _("put in a cart"),
        "search": _("searches"),
        "view": _("views"),
    }
    line = version.evidence.get("line", [])
    if isinstance(line, Mapping):
        return dict(line)
    parts = [row for row in line if row.get("kind") not in FIRM]
    return {
        "total": guess.get("units", version.units),
        "firm_units": sum(row["units"] for row in line if row.get("kind") in FIRM),
        "parts": [
            {"share": row["rate_permille"] / 1000, "of": row["count"], "label": names.get(row["kind"], row["kind"])}
            for row in parts
        ],
        "level": 0.8,
        "low": guess.get("low80", version.low_units),
        "high": guess.get("high80", version.high_units),
    }


def region_parts(version: ProposalVersion) -> list[dict[str, Any]]:
    """Regions with their units, the largest first."""
    found = version.evidence.get("regions", {})
    return [
        {"label": region(name), "units": units}
        for name, units in sorted(found.items(), key=lambda pair: (-(pair[1] or 0), pair[0]))[:10]
    ]


def growth_points(version: ProposalVersion) -> list[dict[str, Any]]:
    """How many people joined by when, oldest first."""
    found = [(date.fromisoformat(str(day)[:10]), count) for day, count in version.evidence.get("growth", [])]
    return [{"label": short_day(day), "units": count} for day, count in sorted(found)]


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
