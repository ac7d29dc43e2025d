"""What a version or a counter-offer changed, line by line, and what it does to demand, in words."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from demand.templatetags.wishmill import money
from manufacturers.models import Counter, ProposalVersion
from manufacturers.web import presenting
from manufacturers.web.frame import language


def version_changes(before: ProposalVersion, after: ProposalVersion) -> list[dict[str, Any]]:
    """What one version changed of the one before, for the difference view."""
    watched = [
        (_("Price per unit"), "unit_price_minor", "money"),
        (_("Units"), "units", "units"),
        (_("At least"), "min_units", "units"),
        (_("At most"), "max_units", "units"),
        (_("Ready by"), "window_to", "day"),
    ]
    return [
        {"label": label, "old": getattr(before, name), "new": getattr(after, name), "kind": kind}
        for label, name, kind in watched
        if getattr(before, name) != getattr(after, name)
    ]


def of_counter(row: Counter, words: presenting.Vocabulary) -> dict[str, Any]:
    """A counter for its panel: changed lines, what they do, how it was answered."""
    states = {
        "open": ("warn", _("being answered")),
        "agreed": ("good", _("agreed")),
        "refused": ("plain", _("not agreed")),
    }
    return {
        "row": row,
        "lines": counter_changes(row, words),
        "effect": effect_sentence(row.effect),
        "state_kind": states[str(row.state)][0],
        "state_text": states[str(row.state)][1],
    }


def effect_sentence(effect: dict[str, Any]) -> str:
    """What a counter does to demand, in words; empty while it is not known."""
    units, kept = _difference(effect.get("units")), _difference(effect.get("surplus_minor"))
    if units is None or kept is None:
        return ""
    count = f"{abs(units):,}"
    if units < 0:
        lost = ngettext("It costs %(n)s unit", "It costs %(n)s units", -units) % {"n": count}
    elif units > 0:
        lost = ngettext("It brings %(n)s unit more", "It brings %(n)s units more", units) % {"n": count}
    else:
        lost = _("It costs nobody")
    amount = {"lost": lost, "money": money(abs(kept))}
    if not kept:
        return _("%(lost)s, and shoppers pay what they would have paid.") % amount
    if kept > 0:
        return _("%(lost)s, and shoppers keep %(money)s more in total.") % amount
    if units < 0:
        return _("%(lost)s, and shoppers keep %(money)s less in total.") % amount
    return _("%(lost)s, but shoppers keep %(money)s less in total.") % amount


def _difference(pair: Any) -> int | None:
    """After less before of an effect's [before, after]."""
    return int(pair[1]) - int(pair[0]) if isinstance(pair, list | tuple) and len(pair) == 2 else None


def counter_changes(row: Counter, words: presenting.Vocabulary) -> list[dict[str, Any]]:
    """A counter's changed lines beside the version it answers."""
    before, changes = row.from_version, row.changes
    watched = [
        (_("Price per unit"), "unit_price_minor", "money"),
        (_("Units"), "units", "units"),
        (_("At least"), "min_units", "units"),
    ]
    found = [
        {"label": label, "old": getattr(before, name), "new": changes[name], "kind": kind}
        for label, name, kind in watched
        if name in changes
    ]
    if "window_to" in changes:
        found.append(
            {
                "label": _("Ready by"),
                "old": before.window_to,
                "new": date.fromisoformat(changes["window_to"]),
                "kind": "day",
            }
        )
    rows = list(before.lines.all())
    named = {line.variant_key: presenting.variant_text(line.variant, words, line.variant_key) for line in rows}
    most_of = {line.variant_key: line.max_units for line in rows}
    found += [
        {"label": _at_most(named.get(key, key)), "old": most_of.get(key), "new": units, "kind": "units"}
        for key, units in changes.get("lines", {}).items()
    ]
    for name, asked in changes.get("specification", {}).items():
        found.append(
            {
                "label": words[name].name(language()) if name in words else name,
                "old": None,
                "new": presenting.constraint_text(name, asked, words),
                "kind": "text",
            }
        )
    return found


def _at_most(variant: str) -> str:
    return _("%(variant)s, at most") % {"variant": variant}
