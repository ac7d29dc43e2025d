"""A wish as it comes in, before anything is stored: plain values and the sentence for each rule it breaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from demand.collecting.kernel import WishFault, WishInput, WishLimits, wish_faults
from demand.errors import DomainError
from demand.models import MAX_TEXT, MAX_UNITS

SENTENCES: dict[str, str | Promise] = {
    "TEXT_EMPTY": _("Say in your own words what you would like."),
    "TEXT_TOO_LONG": _("That is more than %(bound)s characters. A few sentences are enough."),
    "TEXT_UNREADABLE": _("Some characters cannot be read. Please type it again."),
    "QUANTITY_TOO_SMALL": _("Say how many you want: 1 or more."),
    "QUANTITY_TOO_LARGE": _("We can take up to %(bound)s. Write to us about larger orders."),
    "TOLERANCE_NEGATIVE": _("Extra units cannot be less than none."),
    "TOLERANCE_TOO_LARGE": _("We can take up to %(bound)s."),
    "CEILING_NOT_POSITIVE": _("Your highest price must be more than 0. Leave it empty if any price is fine."),
    "CEILING_TOO_LARGE": _("That price is too large to be meant. Please check it."),
    "CEILING_MISSING": _("A pre-order needs your highest price, so that nothing above it can be charged."),
    "BUDGET_MISSING": _("Say how much you want to spend in all."),
    "BUDGET_NOT_POSITIVE": _("Your budget must be more than 0."),
    "BUDGET_TOO_LARGE": _("That budget is too large to be meant. Please check it."),
    "CURRENCY_FOREIGN": _("Prices here are in %(currency)s. Please say your highest price in %(currency)s."),
    "STEPS_TOO_MANY": _("At most %(bound)s price steps."),
    "STEPS_NOT_FALLING": _("Each further step needs a lower price and more units."),
    "STEP_OUT_OF_RANGE": _("Each step needs a price above 0 and at least 1 unit."),
    "REGION_UNKNOWN": _("We do not deliver there yet. Choose a region from the list."),
    "DATE_PAST": _("This date is over. Choose a day from today on."),
    "DATE_TOO_FAR": _("Choose a day within the next three years."),
}

# A wish of emoji or digits alone is kept: it becomes a wish with one question, never an error.
ASKED_INSTEAD = frozenset({"TEXT_WITHOUT_WORDS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WishDraft:
    """What a shopper typed and set. ``None``: take what was read. ``corrections`` as in ``reading.steps.resolve``.

    ``steps`` are (units in all, ceiling in minor units). ``confirmed``: the shopper saw category, musts, ceiling and
    date on screen and said yes; a pre-order needs it.
    """

    text: str
    kind: str = "interest"
    intent: str = "quantity"
    quantity: int | None = None
    tolerance: int = 0
    ceiling_minor: int | None = None
    budget_minor: int | None = None
    currency: str | None = None
    steps: tuple[tuple[int, int], ...] = ()
    region: str = ""
    needed_by: date | None = None
    auto_bind: bool = False
    confirmed: bool = False
    corrections: Mapping[str, Any] = field(default_factory=dict)

    def all_corrections(self) -> dict[str, Any]:
        """Everything set by hand, the form's own fields included."""
        given: dict[str, Any] = dict(self.corrections)
        for name in ("quantity", "ceiling_minor", "needed_by"):
            value = getattr(self, name)
            if value is not None:
                given[name] = value
        if self.region:
            given["region"] = self.region
        if self.steps:
            given["quantity"] = min(units for units, _price in self.steps)
            given["ceiling_minor"] = max(price for _units, price in self.steps)
        return given


class InvalidDraft(DomainError):
    """A draft that breaks rules, with one sentence for each field; nothing was stored."""

    code = "INVALID_WISH"
    message = _("Please look at the marked places.")

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__(field=next(iter(errors), None))


def check_draft(draft: WishDraft, *, today: date, ceiling_read_minor: int | None = None) -> None:
    """Raise :class:`InvalidDraft` naming every field that breaks a rule.

    ``ceiling_read_minor`` is the ceiling that the text said, for a pre-order without one of its own.
    """
    typed = WishInput(
        text=draft.text,
        kind=draft.kind,
        intent=draft.intent,
        quantity=1 if draft.quantity is None else draft.quantity,
        tolerance=draft.tolerance,
        ceiling_minor=draft.ceiling_minor if draft.ceiling_minor is not None else ceiling_read_minor,
        budget_minor=draft.budget_minor,
        currency=draft.currency,
        steps=draft.steps,
        region=draft.region,
        needed_by=draft.needed_by,
    )
    limits = WishLimits(currency=settings.CURRENCY, most_units=MAX_UNITS, most_text=MAX_TEXT)
    faults = [one for one in wish_faults(typed, limits=limits, today=today) if one.reason not in ASKED_INSTEAD]
    if faults:
        raise InvalidDraft({fault.field: sentence(fault) for fault in faults})


def sentence(fault: WishFault) -> str:
    """The sentence for one broken rule, in the language of the moment."""
    return str(SENTENCES[fault.reason]) % {"bound": fault.bound, "currency": settings.CURRENCY}
