"""Forms of one's own account. What an address may be is checked where it is stored; these only read fields."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from demand.collecting.service.accounts import AccountSettings
from demand.collecting.service.people import BOUNDS, AddressValues
from demand.models import Address, Language, User
from demand.regions import region_choices
from demand.web.account_forms import PHONE_WANTED
from demand.web.phones import e164

CONTROL = {"class": "form-control"}
SELECT = {"class": "form-select"}
CHECK = {"class": "form-check-input"}
AUTOCOMPLETE = {
    "recipient": "name",
    "phone": "tel",
    "city": "address-level2",
    "street": "street-address",
    "postal_code": "postal-code",
    "invoice_title": "organization",
}


def _text(name: str, label: Any, **more: Any) -> forms.CharField:
    attributes = CONTROL | ({"autocomplete": AUTOCOMPLETE[name]} if name in AUTOCOMPLETE else {})
    if name == "phone":
        attributes |= {"type": "tel"}
    return forms.CharField(
        label=label, required=False, max_length=BOUNDS[name], widget=forms.TextInput(attrs=attributes), **more
    )


class AddressForm(forms.Form):
    """An address as typed."""

    recipient = _text("recipient", _("Who receives it"))
    phone = _text("phone", _("Phone for the carrier"))
    region = forms.ChoiceField(label=_("Region"), required=False, widget=forms.Select(attrs=SELECT))
    city = _text("city", _("City and district"))
    street = _text("street", _("Street, number, door"))
    postal_code = _text("postal_code", _("Postal code (optional)"))
    invoice_title = _text("invoice_title", _("Invoice made out to (optional)"))
    invoice_tax_number = _text("invoice_tax_number", _("Tax number for the invoice (optional)"))

    def __init__(self, *args: Any, address: Address | None = None, user: User | None = None, **more: Any) -> None:
        region = user.region if user is not None else ""
        if address is not None:
            region = address.region
            more.setdefault("initial", {name: getattr(address, name) for name in BOUNDS})
        elif user is not None:
            more.setdefault("initial", {"recipient": user.name, "phone": user.phone or "", "region": user.region})
        super().__init__(*args, **more)
        choices = forms.ChoiceField(choices=region_choices(current=region, empty=_("Choose …"))).choices
        self.fields["region"].choices = choices  # type: ignore[attr-defined]

    def clean_phone(self) -> str:
        typed = self.cleaned_data["phone"]
        number = e164(typed) if typed else ""
        if number is None:
            raise ValidationError(PHONE_WANTED)
        return number

    def clean_invoice_tax_number(self) -> str:
        return str(self.cleaned_data["invoice_tax_number"]).replace(" ", "").upper()

    def values(self) -> AddressValues:
        return AddressValues(**{name: self.cleaned_data.get(name, "") for name in BOUNDS})


class SettingsForm(forms.Form):
    """Name, language, region, channels and consent."""

    name = forms.CharField(
        label=_("What should we call you? (optional)"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs=CONTROL | {"autocomplete": "name"}),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=Language.choices, widget=forms.Select(attrs=SELECT | {"autocomplete": "language"})
    )
    region = forms.ChoiceField(
        label=_("Where should things be sent?"), required=False, widget=forms.Select(attrs=SELECT)
    )
    by_mail = forms.BooleanField(
        label=_("Tell me by e-mail too"), required=False, widget=forms.CheckboxInput(attrs=CHECK)
    )
    by_sms = forms.BooleanField(
        label=_("Tell me by text message too"), required=False, widget=forms.CheckboxInput(attrs=CHECK)
    )
    signals_consent = forms.BooleanField(
        label=_("Count my searches and visits under my account"),
        help_text=_(
            "Makers see only how many people want a thing, never who. Without this you count for 90 days at most."
        ),
        required=False,
        widget=forms.CheckboxInput(attrs=CHECK),
    )

    def __init__(self, *args: Any, user: User, **more: Any) -> None:
        more.setdefault(
            "initial",
            {
                "name": user.name,
                "language": user.language,
                "region": user.region,
                "by_mail": "mail" in user.notice_channels,
                "by_sms": "sms" in user.notice_channels,
                "signals_consent": user.signals_consent,
            },
        )
        super().__init__(*args, **more)
        choices = forms.ChoiceField(choices=region_choices(current=user.region, empty=_("Later"))).choices
        self.fields["region"].choices = choices  # type: ignore[attr-defined]
        if not user.email_verified_at:
            self.fields.pop("by_mail")
        if not user.phone_verified_at:
            self.fields.pop("by_sms")

    def values(self) -> AccountSettings:
        data = self.cleaned_data
        return AccountSettings(
            name=data["name"],
            language=data["language"],
            region=data["region"],
            notice_channels=tuple(one for one in ("mail", "sms") if data.get(f"by_{one}")),
            signals_consent=data["signals_consent"],
        )
