"""The forms of signing up and in: one field for an e-mail address or a phone number, then a code."""

from __future__ import annotations

from typing import Any

from allauth.account.fields import PhoneField as AllauthPhoneField
from allauth.account.forms import ConfirmLoginCodeForm as AllauthConfirmLoginCodeForm
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import RequestLoginCodeForm as AllauthRequestLoginCodeForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.core import context
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from demand.regions import region_choices
from demand.web import demo_logins
from demand.web.phones import e164

PHONE_WANTED = _("Type the number with its country code, for example +86 138 0013 8000.")
CONTACT_WANTED = _("Type an e-mail address, or a phone number with its country code, like +86 138 0013 8000.")


class PhoneField(AllauthPhoneField):  # type: ignore[misc]
    """A phone number in any common spelling; its value is E.164."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Phone"))
        options["validators"] = []
        options["widget"] = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "class": "form-control"})
        super().__init__(**options)

    def clean(self, value: Any) -> str:
        typed = forms.CharField.clean(self, value)
        number = e164(typed) if typed else ""
        if number is None:
            raise ValidationError(PHONE_WANTED, code="invalid_phone")
        return number


def contact_field(**attributes: str) -> forms.CharField:
    """The one field that takes an e-mail address or a phone number."""
    widget = forms.TextInput(attrs={"class": "form-control", "autocapitalize": "none", **attributes})
    return forms.CharField(label=_("E-mail or phone"), max_length=254, widget=widget)


class LoginForm(AllauthLoginForm):  # type: ignore[misc]
    """Signs in by a code sent to the contact typed; by password where one was typed."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["login"] = contact_field(autocomplete="username")
        self.order_fields(["login", "password"])

    def _setup_password_field(self) -> None:
        field = self.fields["password"]
        field.required = False
        field.help_text = ""
        field.widget = forms.PasswordInput(attrs={"autocomplete": "current-password", "class": "form-control"})

    def clean_login(self) -> str:
        return contact_of(super().clean_login())


def contact_of(typed: str) -> str:
    """The e-mail address or E.164 number that was typed; raises ``ValidationError`` where it is neither."""
    if "@" in typed:
        validate_email(typed)
        return typed.lower()
    number = e164(typed)
    if number is None:
        raise ValidationError(CONTACT_WANTED, code="invalid_contact")
    return number


class SignupForm(AllauthSignupForm):  # type: ignore[misc]
    """A contact, and what helps from the first wish on: a name to be called by and where things should go."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for replaced in ("email", "phone"):
            self.fields.pop(replaced)
        self.fields["contact"] = contact_field(autocomplete="email")
        self.fields["contact"].help_text = _("We send a code there. No password needed.")
        self.fields["name"] = forms.CharField(
            label=_("What should we call you? (optional)"),
            max_length=80,
            required=False,
            widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "name"}),
        )
        self.fields["region"] = forms.ChoiceField(
            label=_("Where should things be sent? (optional)"),
            choices=region_choices(empty=_("Later")),
            required=False,
            widget=forms.Select(attrs={"class": "form-select"}),
        )
        self.order_fields(["contact", "name", "region"])

    def clean_contact(self) -> str:
        return contact_of(self.cleaned_data["contact"].strip())

    def clean(self) -> dict[str, Any]:
        contact = self.cleaned_data.get("contact", "")
        by_email = "@" in contact
        self.cleaned_data["email"] = contact if by_email else ""
        self.cleaned_data["phone"] = "" if by_email else contact
        if by_email:
            self.cleaned_data["email"] = self.clean_email()
        cleaned: dict[str, Any] = super().clean()
        return cleaned


class RequestLoginCodeForm(AllauthRequestLoginCodeForm):  # type: ignore[misc]
    """Asks for a code by either contact; allauth's own view breaks where neither was typed."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if not self.errors and not cleaned.get("email") and not cleaned.get("phone"):
            raise ValidationError(CONTACT_WANTED, code="invalid_contact")
        return cleaned


class ConfirmLoginCodeForm(AllauthConfirmLoginCodeForm):  # type: ignore[misc]
    """The code that was sent, or the printed one of a demo account where demo codes are on."""

    def clean_code(self) -> str:
        typed: str = self.cleaned_data["code"]
        if demo_logins.accepts(context.request, typed):
            return typed
        code: str = super().clean_code()
        return code
