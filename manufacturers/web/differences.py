"""What a version or a counter-offer changed, line by line, and what it does to demand, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from demand.templatetags.wishmill import money
from manufacturers.models import Counter, ProposalVersion
from manufacturers.web import blueprint, presenting
from manufacturers.web.frame import language


def version_changes(
    before: ProposalVersion, after: ProposalVersion, words: presenting.Vocabulary
) -> list[dict[str, Any]]:
    """What one version changed of the one before, for the difference view. Both with their lines loaded."""
    watched = [
        (_("Price per unit"), "unit_price_minor", "money"),
        (_("Units"), "units", "units"),
        (_("At least"), "min_units", "units"),
        (_("At most"), "max_units", "units"),
        (_("Ready by"), "window_to", "day"),
    ]
    found = [
        {"label": label, "old": getattr(before, name), "new": getattr(after, name), "kind": kind}
        for label, name, kind in watched
        if getattr(before, name) != getattr(after, name)
    ]
    found += _specification(before.specification, after.specification, words)
    return found + _variants(before, after, words) + _terms(before, after)


def _specification(
    before: Mapping[str, Any], after: Mapping[str, Any], words: presenting.Vocabulary
) -> list[dict[str, Any]]:
    """The attributes that are decided otherwise."""
    names = [name for name, _asked in presenting.ordered({**before, **after}, words)]
    return [
        {
            "label": words[name].name(language()) if name in words else name,
            "old": presenting.constraint_text(name, before[name], words) if name in before else None,
            "new": presenting.constraint_text(name, after[name], words) if name in after else _("left open"),
            "kind": "text",
        }
        for name in names
        if before.get(name) != after.get(name)
    ]


def _variants(before: ProposalVersion, after: ProposalVersion, words: presenting.Vocabulary) -> list[dict[str, Any]]:
    """Per variant what is expected of it and the bounds that acceptance binds to, where they moved."""
    old, new = ({row.variant_key: row for row in version.lines.all()} for version in (before, after))
    found: list[dict[str, Any]] = []
    for key, row in {**old, **new}.items():
        name = presenting.variant_text(row.variant, words, key)
        was, now = old.get(key), new.get(key)
        if was is None or now is None:
            texts = {"old": None if was is None else _("made"), "new": _("not made") if now is None else _("made")}
            found.append({"label": name, "kind": "text"} | texts)
            continue
        sides = (
            (_("%(variant)s, expected"), was.units, now.units),
            (_("%(variant)s, at least"), was.min_units, now.min_units),
            (_("%(variant)s, at most"), was.max_units, now.max_units),
        )
        found += [
            {"label": label % {"variant": name}, "old": one, "new": other, "kind": "units"}
            for label, one, other in sides
            if one != other
        ]
    return found


def _terms(before: ProposalVersion, after: ProposalVersion) -> list[dict[str, Any]]:
    """The other terms, and the steps of the price ladder, that are not as they were."""
    old, new = (blueprint.in_words(version) for version in (before, after))
    return [
        {"label": label, "old": old.get(label), "new": new.get(label, _("none")), "kind": "text"}
        for label in {**old, **new}
        if old.get(label) != new.get(label)
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
    if "specification" in changes:
        found += _specification(before.specification, changes["specification"], words)
    return found


def _at_most(variant: str) -> str:
    return _("%(variant)s, at most") % {"variant": variant}
