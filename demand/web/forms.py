"""Forms of the shopper pages. What a wish may say is checked by ``collecting.drafts``; forms only read fields."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from demand.collecting.drafts import InvalidDraft, WishDraft
from demand.models import Claim, Intent
from demand.regions import region_choices
from demand.web.amounts import MoneyField
from demand.web.presenting import Words

CONTROL = {"class": "form-control"}
SELECT = {"class": "form-select"}
CHECK = {"class": "form-check-input"}
COUNT = CONTROL | {"min": 1, "inputmode": "numeric"}
HIGHEST = _("Delivered, with VAT and every fee. You never pay more.")
CEILING_NEEDED = _("A pre-order needs your highest price, so that nothing above it can be charged.")
STEPS = 3


def _select() -> forms.Select:
    return forms.Select(attrs=SELECT)


def _day() -> forms.DateInput:
    return forms.DateInput(attrs=CONTROL | {"type": "date"}, format="%Y-%m-%d")


class WishForm(forms.Form):
    """A wish in words, and the structured way in beside it. Empty fields are taken from what was read."""

    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    text = forms.CharField(
        label=_("What do you wish existed?"),
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 3, "autocomplete": "off", "placeholder": _("a quiet 17-inch gaming laptop under ¥7,000")}
        ),
    )
    category = forms.ChoiceField(label=_("What kind of thing"), required=False, widget=_select())
    quantity = forms.IntegerField(
        label=_("How many"),
        required=False,
        widget=forms.NumberInput(attrs=COUNT),
    )
    tolerance = forms.IntegerField(
        label=_("Would take more, if it helps"),
        required=False,
        widget=forms.NumberInput(attrs=CONTROL | {"min": 0, "inputmode": "numeric"}),
        help_text=_("May fill up a production lot; never needed for one."),
    )
    ceiling = MoneyField(
        label=_("Highest price for one"),
        widget=forms.TextInput(attrs=CONTROL),
        help_text=HIGHEST,
    )
    intent = forms.ChoiceField(
        label=_("What counts for you"),
        required=False,
        choices=[
            (Intent.QUANTITY, _("this many, at my highest price or below")),
            (Intent.BUDGET, _("as many as a fixed budget buys")),
            (Intent.BEST_PRICE, _("only at the best price of the ladder")),
        ],
        widget=_select(),
    )
    budget = MoneyField(label=_("Budget in all"), widget=forms.TextInput(attrs=CONTROL))
    region = forms.ChoiceField(label=_("Deliver to"), required=False, widget=_select())
    needed_by = forms.DateField(
        label=_("Needed by"),
        required=False,
        widget=_day(),
    )
    auto_bind = forms.BooleanField(
        label=_("Confirm for me when a maker agrees at my price or below"), required=False,
        widget=forms.CheckboxInput(attrs=CHECK),
    )  # fmt: skip
    confirmed = forms.BooleanField(
        label=_("This is what I want."), required=False, widget=forms.CheckboxInput(attrs=CHECK)
    )

    def __init__(self, *args: Any, said: Words, region: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        categories = [("", _("take it from my words")), *said.names["category"].items()]
        self._choices("category", categories)
        self._choices("region", region_choices(empty=_("anywhere")))
        if not self.is_bound:
            self.initial.setdefault("key", uuid.uuid4().hex)
            self.initial.setdefault("region", region)
        for place in range(STEPS):
            self.fields[f"step_units_{place}"] = forms.IntegerField(
                label=_("How many in all"), required=False, widget=forms.NumberInput(attrs=COUNT)
            )
            self.fields[f"step_price_{place}"] = MoneyField(
                label=_("at this price or below"), widget=forms.TextInput(attrs=CONTROL)
            )
        self.steps_error = ""

    def _choices(self, name: str, choices: Any) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def step_rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The fields of the shopper's own price steps, row by row."""
        return [(self[f"step_units_{place}"], self[f"step_price_{place}"]) for place in range(STEPS)]

    def draft(self, corrections: Mapping[str, Any], *, kind: str = "interest") -> WishDraft:
        """The draft of a valid form; what chips set lies under what the fields say."""
        data = self.cleaned_data
        fixed = dict(corrections)
        if data["category"]:
            fixed["category"] = data["category"]
        steps = [(data[f"step_units_{place}"], data[f"step_price_{place}"]) for place in range(STEPS)]
        return WishDraft(
            text=data["text"],
            kind=kind,
            intent=data["intent"] or Intent.QUANTITY,
            quantity=data["quantity"],
            tolerance=data["tolerance"] or 0,
            ceiling_minor=data["ceiling"],
            budget_minor=data["budget"],
            steps=tuple((units or 0, price or 0) for units, price in steps if units is not None or price is not None),
            region=data["region"],
            needed_by=data["needed_by"],
            auto_bind=data["auto_bind"],
            confirmed=data["confirmed"],
            corrections=fixed,
        )

    def put_errors(self, invalid: InvalidDraft) -> None:
        """Each sentence beside its field."""
        for name, said in invalid.errors.items():
            if name == "steps":
                self.steps_error = said
                self.add_error(None, said)
            else:
                self.add_error(name if name in self.fields else None, said)


class PreorderForm(forms.Form):
    """What makes a wish firm: the highest price, the date, and the opt-in to automatic binding."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    ceiling = MoneyField(
        label=_("Highest price for one"),
        required=True,
        widget=forms.TextInput(attrs=CONTROL),
        help_text=HIGHEST,
        error_messages={
            "required": _("A pre-order needs your highest price, so that nothing above it can be charged.")
        },
    )
    needed_by = forms.DateField(
        label=_("Needed by"),
        required=False,
        widget=_day(),
    )
    auto_bind = forms.BooleanField(
        label=_("Confirm for me when a maker agrees at my price or below"), required=False,
        widget=forms.CheckboxInput(attrs=CHECK),
    )  # fmt: skip
    confirmed = forms.BooleanField(
        label=_("This is what I want."),
        widget=forms.CheckboxInput(attrs=CHECK),
        error_messages={"required": _("Look at what we understood, and confirm it, to pre-order.")},
    )


class JoinForm(forms.Form):
    """One's own quantity and options in somebody else's pool."""

    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    quantity = forms.IntegerField(label=_("How many"), initial=1, widget=forms.NumberInput(attrs=COUNT))
    ceiling = MoneyField(
        label=_("Highest price for one"),
        widget=forms.TextInput(attrs=CONTROL),
        help_text=_("Leave it empty if you want to see the price first."),
    )

    def __init__(self, *args: Any, said: Words, variants: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.variants = variants
        if not self.is_bound:
            self.initial.setdefault("key", uuid.uuid4().hex)
        for code in variants:
            values = [(value, name) for (attribute, value), name in said.names["value"].items() if attribute == code]
            name = said.attribute(code)
            self.fields[f"option_{code}"] = forms.ChoiceField(
                label=name[:1].upper() + name[1:],
                required=False,
                choices=[("", _("any")), *values],
                widget=_select(),
            )

    def options(self) -> dict[str, str]:
        """The chosen values by attribute."""
        chosen = {code: self.cleaned_data.get(f"option_{code}", "") for code in self.variants}
        return {code: value for code, value in chosen.items() if value}

    def option_fields(self) -> list[forms.BoundField]:
        return [self[f"option_{code}"] for code in self.variants]


class ConfirmForm(forms.Form):
    """A place in a campaign: version, units, address, and the total that the button shows."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64)
    revision = forms.IntegerField(widget=forms.HiddenInput)
    shown_total = forms.IntegerField(widget=forms.HiddenInput)
    units = forms.IntegerField(label=_("How many"), widget=forms.NumberInput(attrs=COUNT))
    spare = forms.IntegerField(
        label=_("Up to how many more, if they fill the last lot"),
        required=False,
        widget=forms.NumberInput(attrs=CONTROL | {"min": 0, "inputmode": "numeric"}),
        help_text=_("Made in whole lots: units missing in the last one go to those who allow it, one each in turn."),
    )
    variant = forms.TypedChoiceField(label=_("Version"), coerce=int, widget=_select())
    address = forms.TypedChoiceField(
        label=_("Deliver to"), coerce=int, empty_value=None, required=False, widget=_select()
    )

    def __init__(
        self, *args: Any, variants: list[tuple[int, str]], addresses: list[tuple[int, str]], **more: Any
    ) -> None:
        super().__init__(*args, **more)
        for name, choices in (("variant", variants), ("address", addresses)):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices


class MoreForm(forms.Form):
    """More units of a confirmed place, and the total that the button shows."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64)
    revision = forms.IntegerField(widget=forms.HiddenInput)
    shown_total = forms.IntegerField(widget=forms.HiddenInput)
    units = forms.IntegerField(label=_("How many in all"), widget=forms.NumberInput(attrs=COUNT))


class ManyFiles(forms.ClearableFileInput):
    """A file field that takes several."""

    allow_multiple_selected = True


class ClaimForm(forms.Form):
    """What is wrong with a delivery. Photos are read by the view and checked by the service."""

    kind = forms.ChoiceField(
        label=_("What is wrong"),
        choices=[
            (Claim.Kind.MISSING, _("something is missing")),
            (Claim.Kind.DAMAGED, _("it is damaged")),
            (Claim.Kind.NOT_AS_SPECIFIED, _("it is not what was agreed")),
        ],
        widget=_select(),
    )
    text = forms.CharField(
        label=_("In a few words"), required=False, widget=forms.Textarea(attrs=CONTROL | {"rows": 3}), max_length=2000
    )
    photos = forms.FileField(
        label=_("Photos"),
        required=False,
        widget=ManyFiles(attrs=CONTROL | {"accept": "image/jpeg,image/png"}),
        help_text=_("Up to six, JPEG or PNG, at most 4 MB each."),
    )
