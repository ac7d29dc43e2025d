"""Forms of the portal. They turn what was typed into plain values; what is allowed is for the services to say."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from manufacturers.models import Family, Line, ProposalVersion
from manufacturers.negotiating.service import DECLINE_REASONS
from manufacturers.proposing.markets import as_constraint, made_values
from manufacturers.web import presenting
from manufacturers.web.frame import language

MOST = 10_000_000
MOST_BYTES = 5_000_000


def text_field(*, label: Any, most: int, required: bool = True, rows: int = 0, help_text: Any = "") -> forms.CharField:
    """A line of text, or an area of ``rows``."""
    attrs = {"class": "form-control"} | ({"rows": rows} if rows else {})
    widget = forms.Textarea(attrs=attrs) if rows else forms.TextInput(attrs=attrs)
    return forms.CharField(label=label, max_length=most, required=required, widget=widget, help_text=help_text)


def whole_field(*, label: Any, least: int = 0, required: bool = True, help_text: Any = "") -> forms.IntegerField:
    """A count."""
    widget = forms.NumberInput(attrs={"class": "form-control num", "inputmode": "numeric"})
    return forms.IntegerField(
        label=label, min_value=least, max_value=MOST, required=required, widget=widget, help_text=help_text
    )


def money_field(*, label: Any, required: bool = True, help_text: Any = "", least: int = 0) -> forms.DecimalField:
    """An amount in major units, from ``least`` minor units on; the label says of which currency."""
    widget = forms.NumberInput(attrs={"class": "form-control num", "inputmode": "decimal", "step": "any"})
    return forms.DecimalField(
        label=format_lazy("{label}, {sign}", label=label, sign=presenting.currency_sign()),
        min_value=major_decimal(least),
        max_digits=12,
        decimal_places=presenting.exponent(),
        required=required,
        widget=widget,
        help_text=help_text,
    )


def date_field(*, label: Any, required: bool = True, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"class": "form-control", "type": "date"})
    return forms.DateField(label=label, required=required, widget=widget, help_text=help_text)


def moment_field(*, label: Any, required: bool = True, help_text: Any = "") -> forms.DateTimeField:
    """A moment where the maker is."""
    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"class": "form-control", "type": "datetime-local"})
    return forms.DateTimeField(
        label=label,
        required=required,
        widget=widget,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"],
        help_text=help_text,
    )


def choice_field(*, label: Any, choices: Any, required: bool = True) -> forms.ChoiceField:
    widget = forms.Select(attrs={"class": "form-select"})
    return forms.ChoiceField(label=label, choices=choices, required=required, widget=widget)


def minor(amount: Decimal | None) -> int:
    """What was typed in major units, in minor units."""
    return int((amount or Decimal(0)).scaleb(presenting.exponent()))


def major_decimal(amount: int) -> Decimal:
    """Minor units as a field shows them."""
    return Decimal(amount).scaleb(-presenting.exponent())


DECLINE_CHOICES = [("", gettext_lazy("Choose a reason")), *DECLINE_REASONS.items()]


class DeclineForm(forms.Form):
    """Why a proposal is turned down."""

    prefix = "decline"
    reason = choice_field(label=gettext_lazy("Reason"), choices=DECLINE_CHOICES)
    note = text_field(
        label=gettext_lazy("In a few words"),
        most=500,
        required=False,
        rows=2,
        help_text=gettext_lazy("We use it to send you better proposals."),
    )


class MessageForm(forms.Form):
    """A message to Wishmill about a proposal, with a file if need be."""

    prefix = "message"
    text = text_field(label=gettext_lazy("Message"), most=4000, rows=3)
    attachment = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        help_text=gettext_lazy("PDF, JPEG, PNG, XLSX or DOCX, at most 5 MB."),
        widget=forms.ClearableFileInput(attrs={"class": "form-control"}),
    )

    def clean_attachment(self) -> UploadedFile | None:
        sent: UploadedFile | None = self.cleaned_data["attachment"]
        if sent and (sent.size or 0) > MOST_BYTES:
            raise forms.ValidationError(_("This file is larger than 5 MB."))
        return sent


class CounterForm(forms.Form):
    """A counter-offer: what is left as it is stays as proposed. A variant's field holds the most units of it.

    An attribute that the offer can make otherwise than the version says has a choice of what else it makes.
    """

    prefix = "counter"
    unit_price = money_field(label=gettext_lazy("Your price per unit, before VAT"), least=1)
    units = whole_field(label=gettext_lazy("Units"), least=1)
    min_units = whole_field(label=gettext_lazy("At least"), least=1)
    window_to = date_field(label=gettext_lazy("Ready by"))
    note = text_field(label=gettext_lazy("Why"), most=500, required=False, rows=2)

    def __init__(self, *args: Any, version: ProposalVersion, words: presenting.Vocabulary, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "unit_price": major_decimal(version.unit_price_minor),
            "units": version.units,
            "min_units": version.min_units,
            "window_to": version.window_to,
        }
        super().__init__(*args, **kwargs)
        self.version = version
        self.line_keys: dict[str, str] = {}
        lines = list(version.lines.all())
        for place, row in enumerate(lines if len(lines) > 1 else []):
            name = f"line_{place}"
            self.line_keys[name] = row.variant_key
            label = presenting.variant_text(row.variant, words, row.variant_key)
            self.fields[name] = whole_field(label=label)
            self.fields[name].initial = row.max_units
        self.made = version.proposal.offer.makes
        self.attributes: dict[str, str] = {}
        for place, (attribute, asked) in enumerate(presenting.ordered(version.specification, words)):
            self._choice_of(f"spec_{place}", attribute, asked, words)

    def _choice_of(self, name: str, attribute: str, asked: dict[str, Any], words: presenting.Vocabulary) -> None:
        made = self.made.get(attribute, {})
        others = [(value, as_constraint(made, value)) for value in made_values(made)]
        others = [(value, one) for value, one in others if one != asked]
        if len(others) == len(made_values(made)) == 1 or not others:
            return
        term = words.get(attribute)
        same = _("%(value)s, as proposed") % {"value": presenting.constraint_text(attribute, asked, words)}
        choices = [("", same), *((value, presenting.constraint_text(attribute, one, words)) for value, one in others)]
        label = term.name(language()) if term else attribute
        self.fields[name] = choice_field(label=label, choices=choices, required=False)
        self.attributes[name] = attribute

    @property
    def spec_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.attributes]

    @property
    def line_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.line_keys]

    def changes(self) -> dict[str, Any]:
        """Only what differs from the version, in the shape of ``Counter.changes``."""
        typed, version = self.cleaned_data, self.version
        wanted: dict[str, Any] = {
            "unit_price_minor": minor(typed["unit_price"]),
            "units": typed["units"],
            "min_units": typed["min_units"],
        }
        changes = {name: value for name, value in wanted.items() if value != getattr(version, name)}
        if typed["window_to"] != version.window_to:
            changes["window_to"] = typed["window_to"].isoformat()
        before = {row.variant_key: row.max_units for row in version.lines.all()}
        lines = {key: typed[name] for name, key in self.line_keys.items() if typed[name] != before[key]}
        chosen = {
            attribute: as_constraint(self.made[attribute], typed[name])
            for name, attribute in self.attributes.items()
            if typed[name]
        }
        specification = {"specification": {**version.specification, **chosen}} if chosen else {}
        return changes | ({"lines": lines} if lines else {}) | specification

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if not self.errors and not self.changes():
            raise forms.ValidationError(_("Nothing is changed yet. To take it as it is, accept it."))
        return typed


class MoveForm(forms.Form):
    """Where a lot should stand."""

    line = choice_field(label=gettext_lazy("Line"), choices=[])
    starts_at = moment_field(label=gettext_lazy("Start"))

    def __init__(self, *args: Any, lines: list[Line], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = {str(row.public_id): row for row in lines}
        self.fields["line"].choices = [(key, row.code) for key, row in self.lines.items()]  # type: ignore[attr-defined]

    def line_id(self) -> int:
        return int(self.lines[self.cleaned_data["line"]].pk)


class WhatIfForm(forms.Form):
    """A shift more, an order more, or a line more, tried beside the plan."""

    prefix = "try"
    title = text_field(label=gettext_lazy("Name"), most=120, required=False)
    kind = choice_field(
        label=gettext_lazy("What if"),
        choices=[
            ("shift", gettext_lazy("one more shift")),
            ("order", gettext_lazy("one more order")),
            ("line", gettext_lazy("one more line like")),
        ],
    )
    line = choice_field(label=gettext_lazy("Line"), choices=[], required=False)
    starts_at = moment_field(label=gettext_lazy("From"), required=False)
    ends_at = moment_field(label=gettext_lazy("To"), required=False)
    family = choice_field(label=gettext_lazy("Family"), choices=[], required=False)
    units = whole_field(label=gettext_lazy("Units"), least=1, required=False)
    due_at = moment_field(label=gettext_lazy("Due"), required=False)

    NEEDED = {"shift": ("line", "starts_at", "ends_at"), "order": ("family", "units", "due_at"), "line": ("line",)}

    def __init__(
        self, *args: Any, lines: list[Line], families: list[Family], names: dict[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lines = {str(row.public_id): row for row in lines}
        self.families = {str(row.code): row for row in families}
        self.fields["line"].choices = [(key, row.code) for key, row in self.lines.items()]  # type: ignore[attr-defined]
        self.fields["family"].choices = [(code, names[code]) for code in self.families]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        for name in self.NEEDED.get(typed.get("kind", ""), ()):
            if name not in self.errors and typed.get(name) in (None, ""):
                self.add_error(name, _("This is needed for what you want to try."))
        start, end = typed.get("starts_at"), typed.get("ends_at")
        if isinstance(start, datetime) and isinstance(end, datetime) and start >= end:
            self.add_error("ends_at", _("The end must come after the beginning."))
        return typed


class ReportForm(forms.Form):
    """What happened to a production order."""

    units = whole_field(label=gettext_lazy("Units"), least=1)
    note = text_field(label=gettext_lazy("Note"), most=300, required=False)
    expected_on = date_field(label=gettext_lazy("New date"), required=False)
    idempotency_key = forms.CharField(max_length=64, widget=forms.HiddenInput())


class AnswerForm(forms.Form):
    """A maker's answer to a claim."""

    answer = text_field(label=gettext_lazy("Your answer"), most=2000, rows=3)
