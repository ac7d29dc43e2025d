"""Counter-offers: what a maker changed, what it costs in units and surplus, and the platform's answer."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from demand.staff import BAD, GOOD, WATCH, Decision, PlainForm, StaffAdmin, Taken, column, register, state_column
from demand.staff_json import name_of
from demand.staff_words import needs_words
from demand.templatetags.wishmill import day, money
from manufacturers.admin.makers import permille
from manufacturers.models import Counter
from manufacturers.negotiating import service as negotiating

COUNTERS = {"open": WATCH, "agreed": GOOD, "refused": BAD}


def agree(counter: Counter, taken: Taken) -> None:
    negotiating.answer_counter(counter_id=counter.pk, agree=True, by_id=taken.by_id, now=taken.now)


def refuse(counter: Counter, taken: Taken) -> None:
    negotiating.answer_counter(counter_id=counter.pk, agree=False, by_id=taken.by_id, now=taken.now)


@register(Counter)
class CounterAdmin(StaffAdmin):
    list_display = ("proposal_id", "maker", "round", "changed", "effect_words", "standing", "created_at", "answered_at")
    list_filter = ("state", "proposal__offer__maker")
    search_fields = ("note", "proposal__offer__title")
    list_select_related = ("proposal__offer__maker", "proposal__pool__category", "from_version")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    exported = ("id", "proposal__id", "round", "changes", "effect", "note", "state", "created_at", "answered_at")
    standing = state_column(COUNTERS)
    decisions = (
        Decision(
            name="agree",
            label=_("Agree"),
            explains=_("The proposal gets a version with the maker's changes, and the maker is bound by it."),
            perform=agree,
            form=PlainForm,
            offered=lambda counter: counter.state == Counter.State.OPEN,
        ),
        Decision(
            name="refuse",
            label=_("Refuse"),
            explains=_("The version before it is with the maker again, for at least three days."),
            perform=refuse,
            form=PlainForm,
            offered=lambda counter: counter.state == Counter.State.OPEN,
            grave=True,
        ),
    )

    def words_for(self, row: Any) -> str:
        return f"{row.proposal.offer.maker} · {self.changed(row)} · {row.note}"

    @column(_("maker"), ordering="proposal__offer__maker")
    def maker(self, row: Counter) -> str:
        return str(row.proposal.offer.maker)

    @column(_("changes"))
    def changed(self, row: Counter) -> str:
        return changed_words(row)

    @column(_("effect"))
    def effect_words(self, row: Counter) -> str:
        return effect_words(row.effect)


def changed_words(row: Counter) -> str:
    """What a counter changes of the version it answers: "price before VAT ¥90 → ¥95, minimum 500 → 400"."""
    before, changes = row.from_version, row.changes
    said = []
    for name, label in (
        ("unit_price_minor", gettext("price before VAT")),
        ("units", gettext("units")),
        ("min_units", gettext("minimum")),
        ("window_to", gettext("Ready by")),
    ):
        if name in changes:
            new = date.fromisoformat(changes[name]) if name == "window_to" else changes[name]
            said.append(f"{label} {_shown(name, getattr(before, name))} → {_shown(name, new)}")
    said += [f"{name_of(key)} ≤ {units:,}" for key, units in changes.get("lines", {}).items()]
    wanted = changes.get("specification", {})
    decided = {name: one for name, one in wanted.items() if before.specification.get(name) != one}
    if decided:
        said.append(needs_words(row.proposal.pool.category.code, decided))
    return ", ".join(said) or "–"


def effect_words(effect: dict[str, Any]) -> str:
    """What a counter does: expected units, what is left to shoppers, price and chance, before and after."""
    said = []
    for name, label in (
        ("units", gettext("expected units")),
        ("surplus_minor", gettext("left to shoppers")),
        ("delivered_minor", gettext("delivered price")),
        ("chance_permille", gettext("chance of the minimum")),
    ):
        pair = effect.get(name)
        if isinstance(pair, list) and len(pair) == 2:
            said.append(f"{label} {_shown(name, pair[0])} → {_shown(name, pair[1])}")
    if effect.get("reaches_minimum") is False:
        said.append(gettext("minimum not reached"))
    return ", ".join(said) or "–"


def _shown(name: str, value: Any) -> str:
    if name == "window_to":
        return day(value)
    if name.endswith("_minor"):
        return money(value)
    return permille(value) if name.endswith("_permille") else f"{value:,}"
