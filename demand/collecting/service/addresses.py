"""Where shoppers' units go. An address never changes: another takes its place, so that old orders keep theirs."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from demand import locking
from demand.collecting.service.persons import suspect
from demand.errors import DomainError, NotThere
from demand.models import Address, SamePerson, User

MOST_ADDRESSES = 20
LONGEST = {
    "recipient": 80,
    "phone": 20,
    "region": 8,
    "city": 80,
    "street": 200,
    "postal_code": 12,
    "invoice_title": 120,
    "invoice_tax_number": 40,
}
WANTED: dict[str, str | Promise] = {
    "recipient": _("Say who receives it."),
    "phone": _("The carrier needs a phone number."),
    "region": _("Choose the region."),
    "city": _("Say the city or district."),
    "street": _("Say street, number and door."),
}
TOO_LONG = _("At most %(bound)s characters.")
TAX_NUMBER_WRONG = _("A tax number has letters and digits only, 8 to 20 of them.")
TAX_NUMBER_ALONE = _("Say whose tax number it is: the invoice needs a title.")
_GAPS = re.compile(r"[\W_]+")
_TAX_NUMBER = re.compile(r"[0-9A-Z]{8,20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressValues:
    """What a shopper typed. ``phone`` is E.164; ``invoice_tax_number`` needs ``invoice_title``."""

    recipient: str
    phone: str
    region: str
    city: str
    street: str
    postal_code: str = ""
    invoice_title: str = ""
    invoice_tax_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedAddress:
    address_id: int
    public_id: UUID


class InvalidAddress(DomainError):
    """An address that cannot be used, with one sentence for each field; nothing was stored."""

    code = "INVALID_ADDRESS"
    message = _("Please look at the marked places.")

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__(field=next(iter(errors), None))


class TooManyAddresses(DomainError):
    """The account holds as many addresses as it may."""

    code = "TOO_MANY_ADDRESSES"
    message = _("You have %(most)s addresses, as many as we keep. Remove one first.")


def faults(values: AddressValues) -> Iterator[tuple[str, str]]:
    """Every (field, sentence) that stands in the way, in the order of the fields."""
    for field in fields(values):
        text = getattr(values, field.name)
        if not text and field.name in WANTED:
            yield field.name, str(WANTED[field.name])
        elif len(text) > LONGEST[field.name]:
            yield field.name, str(TOO_LONG) % {"bound": LONGEST[field.name]}
    if values.invoice_tax_number and not _TAX_NUMBER.fullmatch(values.invoice_tax_number):
        yield "invoice_tax_number", str(TAX_NUMBER_WRONG)
    if values.invoice_tax_number and not values.invoice_title:
        yield "invoice_title", str(TAX_NUMBER_ALONE)


def save_address(*, user_id: int, values: AddressValues, now: datetime, replaces: UUID | None = None) -> SavedAddress:
    """Store an address, in the place of another of the same person where one is named.

    Saving what is stored already returns the stored one. Another account at the same door is noted for staff, and
    the two count as one person until staff say otherwise.

    Raises
    ------
    InvalidAddress
        With a sentence for each field.
    NotThere
        If ``replaces`` names no address of this person that is in use.
    TooManyAddresses
        If they hold :data:`MOST_ADDRESSES` in use.
    """
    wrong = dict(faults(values))
    if wrong:
        raise InvalidAddress(wrong)
    with locking.transaction():
        locking.lock((User, [user_id]))
        mine = Address.objects.filter(user_id=user_id, retired_at__isnull=True)
        if replaces is not None and not mine.filter(public_id=replaces).exists():
            raise NotThere
        same = mine.filter(**asdict(values)).first()
        if replaces is not None and (same is None or same.public_id != replaces):
            mine.filter(public_id=replaces).update(retired_at=now)
        if same is None and mine.count() >= MOST_ADDRESSES:
            raise TooManyAddresses(most=MOST_ADDRESSES)
        stored = same or Address.objects.create(
            user_id=user_id, fingerprint=fingerprint(values), created_at=now, **asdict(values)
        )
        others = Address.objects.filter(fingerprint=stored.fingerprint).exclude(user_id=user_id)
        suspect(
            user_id=user_id,
            other_ids=list(others.order_by("user_id").values_list("user_id", flat=True).distinct()[:20]),
            reason=SamePerson.Reason.ADDRESS,
            now=now,
        )
    return SavedAddress(address_id=stored.pk, public_id=stored.public_id)


def retire_address(*, user_id: int, public_id: UUID, now: datetime) -> None:
    """Take an address off the list; orders that go there keep it. Raises :class:`NotThere`; repeating does nothing."""
    rows = Address.objects.filter(user_id=user_id, public_id=public_id)
    if not rows.filter(retired_at__isnull=True).update(retired_at=now) and not rows.exists():
        raise NotThere


def fingerprint(values: AddressValues) -> str:
    """One mark for one door, whoever receives there: region, city and street without case, width and punctuation."""
    parts = (values.region, values.city, values.street)
    plain = "|".join(_GAPS.sub("", unicodedata.normalize("NFKC", part).casefold()) for part in parts)
    return hashlib.sha256(plain.encode()).hexdigest()
