"""The sheet a wish is written on: form, chips, matching pools, and the panel that makes it a pre-order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from demand.campaigning.kernel import Want, most_of
from demand.campaigning.reads import policy_for
from demand.collecting.drafts import sentence
from demand.collecting.kernel.wishes import WishFault
from demand.models import MAX_TEXT, Intent
from demand.pooling.reads import pages
from demand.reading import reads as reading
from demand.reading.kernel.reading import Reading
from demand.reading.steps import is_foreign, resolve
from demand.templatetags.wishmill import money
from demand.web import chips, presenting
from demand.web.forms import CEILING_NEEDED, STEPS, WishForm
from demand.web.presenting import Words

MATCHES = 4

__all__ = [
    "CEILING_NEEDED",
    "STEPS",
    "Sheet",
    "WishForm",
    "lay",
    "preorder_panel",
    "replace",
    "typed_want",
    "understood",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One state of the sheet. ``corrections`` as in ``reading.steps.resolve``; ``sets`` as the form holds them."""

    form: WishForm
    reading: Reading | None
    shown: chips.Shown | None
    sets: Mapping[str, str]
    corrections: Mapping[str, Any]
    chip_errors: Mapping[str, str]


def lay(data: QueryDict, *, said: Words, today: date) -> Sheet:
    """Read what a form holds, with a pressed chip button laid in. Stores nothing."""
    text = data.get("text", "")[:MAX_TEXT]
    read = reading.current_reader().read(text, today=today) if text.strip() else None
    before = chips.corrections(chips.sets(data), said)[0]
    data = chips.apply(data, None if read is None else chips.of_reading(resolve(read, before)))
    form = WishForm(data, said=said)
    form.full_clean()
    fixed, errors = chips.corrections(chips.sets(data), said)
    shown = None if read is None else chips.of_reading(resolve(read, fixed | _typed(form)))
    return Sheet(form=form, reading=read, shown=shown, sets=chips.sets(data), corrections=fixed, chip_errors=errors)


def _typed(form: WishForm) -> dict[str, Any]:
    """Corrections that the form's own fields make, as far as they can be used."""
    data = form.cleaned_data
    typed = {"quantity": data.get("quantity"), "ceiling_minor": data.get("ceiling"), "needed_by": data.get("needed_by")}
    typed |= {"category": data.get("category"), "region": data.get("region")}
    return {name: value for name, value in typed.items() if value}


def understood(sheet: Sheet, *, said: Words) -> dict[str, Any]:
    """Context of ``demand/reading.html``: chips and matching pools."""
    if sheet.reading is None or sheet.shown is None:
        return {"sets": sheet.sets}
    found = pages.matches(category=sheet.shown.category, needs=sheet.shown.needs, limit=MATCHES)
    wanted = chips.fields(attributes(sheet.shown.category), sheet.form.data, said, typical=found.typical)
    others = [*filter(None, [found.joins]), *found.others]
    return {
        "read": True,
        "sets": {key: value for key, value in sheet.sets.items() if f"want.{key}" not in sheet.form.data},
        "chips": chips.chips(sheet.shown, sheet.reading, str(sheet.form.data.get("text", "")), said),
        "chip_errors": list(sheet.chip_errors.values()),
        "question": question(sheet.shown.question, sheet.reading.currency_said),
        "joins": None if found.joins is None else presenting.pool_card(found.joins, said),
        "joins_sentence": "" if found.joins is None else presenting.distance_sentence(found.joins),
        "matches": presenting.pool_cards(others[:MATCHES], said),
        "category_known": sheet.shown.category is not None,
        "category_fields": wanted,
        "amounts": any(not one["options"] for one in wanted),
    }


def attributes(category: str | None) -> tuple[str, ...]:
    """Attribute codes of a category in the catalogue's order."""
    catalogue = reading.current_catalogue()
    return next((one.attributes for one in catalogue.categories if one.code == category), ())


def question(code: str, currency_said: str | None) -> str:
    """The one question worth asking, in words; empty where nothing is open. The currency is that of the price read."""
    if code == "max_price" and is_foreign(currency_said):
        return sentence(WishFault(reason="CURRENCY_FOREIGN", field="ceiling"))
    return {
        "category": _("What kind of thing is it? Choose it, or say it in other words."),
        "max_price": _("What is the most you would pay for one, delivered?"),
        "quantity": _("How many would you like?"),
        "needed_by": _("When do you need it? The day we read is over."),
    }.get(code, "")


def typed_want(sheet: Sheet) -> tuple[Want, int]:
    """What a sheet asks for as the campaign arithmetic sees it, and how many more would fill a lot."""
    data, shown = sheet.form.cleaned_data, sheet.shown
    rows = [(data.get(f"step_units_{place}"), data.get(f"step_price_{place}")) for place in range(STEPS)]
    want = Want(
        quantity=1 if shown is None else shown.quantity,
        ceiling_minor=None if shown is None else shown.ceiling_minor,
        budget_minor=data.get("budget"),
        intent=data.get("intent") or Intent.QUANTITY,
        steps=tuple((units, price) for units, price in rows if units and price),
        region="",
        needed_by=None,
    )
    return want, data.get("tolerance") or 0


def preorder_panel(shown: chips.Shown, *, want: Want, tolerance: int, said: Words) -> dict[str, Any]:
    """What the pre-order button does: what is confirmed, the most it can cost, and what happens next."""
    ids = reading.category_id_by_code()
    policy = policy_for(ids.get(shown.category or ""))
    ceiling = shown.ceiling_minor
    fills = tolerance if want.intent == Intent.QUANTITY and not want.steps else 0
    most = most_of(want, fills)
    return {
        "facts": said.facts(shown.needs["must"]),
        "nice": said.facts(shown.needs["nice"]),
        "category": "" if shown.category is None else said.category(shown.category),
        "quantity": shown.quantity,
        "needed_by": shown.needed_by,
        "ceiling_minor": ceiling,
        "fills": fills,
        "budget_minor": want.budget_minor if want.intent == Intent.BUDGET else None,
        "price_steps": want.steps if want.intent != Intent.BUDGET else (),
        "most_minor": None if ceiling is None else most,
        "hours": policy.auto_bind_hours,
        "promise": promise(None if ceiling is None else most, policy.hold_permille),
    }


def promise(most_minor: int | None, hold_permille: int) -> str:
    """What happens to the money of a pre-order."""
    free = _("You may leave free of charge until the order locks.")
    if most_minor is None:
        return _("Nothing is charged now.") + " " + free
    if hold_permille >= 1000:
        held = _(
            "Nothing is charged now. When a maker agrees, at most %(most)s is held. It is charged only if the order"
            " reaches its minimum."
        )
    else:
        held = _(
            "Nothing is charged now. When a maker agrees, a part of %(most)s is held. It is charged only if the order"
            " reaches its minimum."
        )
    return held % {"most": money(most_minor)} + " " + free
