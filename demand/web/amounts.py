"""Amounts as people type them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from demand.collecting.drafts import SENTENCES
from demand.templatetags.wishmill import SYMBOLS

_NUMBER = re.compile(r"\d{1,13}(?:\.\d{1,3})?")
_OWN = re.compile(r"^(?:元|块|塊|rmb|cny)|(?:元|块|塊|rmb|cny)$", re.IGNORECASE)


def parse_money(text: str) -> int | None:
    """Minor units of an amount in the deployment's currency (``6,900``, ``¥459.50``); ``None``: it is not one."""
    plain = text.strip().replace(",", "").replace("，", "").replace(" ", "").replace("￥", "¥")
    plain = plain.removeprefix(SYMBOLS.get(settings.CURRENCY, "")).removeprefix(settings.CURRENCY)
    if settings.CURRENCY == "CNY":
        plain = _OWN.sub("", plain)
    negative = plain.startswith(("-", "−"))
    plain = plain.lstrip("-−")
    if not _NUMBER.fullmatch(plain):
        return None
    minor = int(Decimal(plain).scaleb(settings.CURRENCY_EXPONENT).to_integral_value())
    return -minor if negative else minor


class MoneyField(forms.CharField):
    """A price typed in major units; its value is minor units or ``None``."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=options.pop("required", False), max_length=24, **options)
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        if not text:
            return None
        amount = parse_money(text)
        if amount is None and any(sign in text.lower() for sign in ("$", "€", "£", "usd", "eur", "gbp", "jpy", "twd")):
            raise ValidationError(str(SENTENCES["CURRENCY_FOREIGN"]) % {"currency": settings.CURRENCY})
        if amount is None:
            raise ValidationError(_("Write the price as a number, such as 6999."))
        return amount

    def validate(self, value: Any) -> None:
        if self.required and value is None:
            raise ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        """Bounds are the draft's rules; nothing further is checked here."""
