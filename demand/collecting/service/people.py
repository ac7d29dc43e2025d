"""Who is who: devices and addresses that accounts share, and persons that count once until staff say otherwise."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Min
from django.utils.translation import gettext_lazy as _

from demand import locking
from demand.errors import DomainError, NotThere
from demand.models import Address, Commitment, Device, Person, SamePerson, User, Wish

REQUIRED = ("recipient", "phone", "region", "city", "street")
BOUNDS = {
    "recipient": 80,
    "phone": 20,
    "region": 8,
    "city": 80,
    "street": 200,
    "postal_code": 12,
    "invoice_title": 120,
    "invoice_tax_number": 40,
}


MOST_ADDRESSES = 20
_TAX_NUMBER = re.compile(r"[0-9A-Z]{8,20}")


class InvalidAddress(DomainError):
    """Fields that cannot be used, with one sentence for each; nothing was stored."""

    code = "INVALID_ADDRESS"
    message = _("Please look at the marked places.")

    def __init__(self, errors: dict[str, str]) -> None:
        self.errors = errors
        super().__init__(field=next(iter(errors), None))


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressValues:
    """An address as typed."""

    recipient: str
    phone: str
    region: str
    city: str
    street: str
    postal_code: str = ""
    invoice_title: str = ""
    invoice_tax_number: str = ""


class TooManyAddresses(DomainError):
    """The account holds as many addresses as it may."""

    code = "TOO_MANY_ADDRESSES"
    message = _("You have %(most)s addresses, as many as we keep. Remove one first.")


def save_address(*, user_id: int, values: AddressValues, now: datetime, replaces: int | None = None) -> int:
    """Keep an address of a user, its key; the same one again is the same row.

    One that ``replaces`` another retires it: an address never changes, so that old orders keep theirs. Accounts with
    an address in common count as one person from now on. Raises :class:`InvalidAddress`,
    :class:`TooManyAddresses`, and ``NotThere`` if ``replaces`` is not an address in use of this user.
    """
    cleaned = _checked(values)
    mark = fingerprint(cleaned)
    with locking.transaction():
        locking.advisory("people")
        mine = Address.objects.filter(user_id=user_id, retired_at__isnull=True)
        found = mine.filter(fingerprint=mark, **_fields(cleaned)).values_list("pk", flat=True).first()
        if replaces is not None and replaces != found and not mine.filter(pk=replaces).update(retired_at=now):
            raise NotThere
        if found is not None:
            return found
        if mine.count() >= MOST_ADDRESSES:
            raise TooManyAddresses(most=MOST_ADDRESSES)
        row = Address.objects.create(user_id=user_id, fingerprint=mark, created_at=now, **_fields(cleaned))
        others = Address.objects.filter(fingerprint=mark).exclude(user_id=user_id).values_list("user_id", flat=True)
        _suspect(user_id, set(others), SamePerson.Reason.ADDRESS, now=now)
    return row.pk


def retire_address(*, user_id: int, address_id: int, now: datetime) -> None:
    """Offer an address no longer; orders that use it keep it. Raises ``NotThere``."""
    with locking.transaction():
        own = Address.objects.filter(pk=address_id, user_id=user_id)
        if not own.filter(retired_at__isnull=True).update(retired_at=now) and not own.exists():
            raise NotThere


def note_device(*, user_id: int, key_hash: str, now: datetime) -> None:
    """Remember the browser that a user came with. Accounts that share one count as one person from now on."""
    with locking.transaction():
        locking.advisory("people")
        _row, made = Device.objects.update_or_create(
            user_id=user_id,
            key_hash=key_hash,
            defaults={"last_seen_at": now},
            create_defaults={"last_seen_at": now, "first_seen_at": now},
        )
        if made:
            others = Device.objects.filter(key_hash=key_hash).exclude(user_id=user_id)
            _suspect(user_id, set(others.values_list("user_id", flat=True)), SamePerson.Reason.DEVICE, now=now)


def note_phone(*, user_id: int, phone: str, now: datetime) -> None:
    """A user gave this phone number with an address or to sign in; whose account it is too is one person."""
    mark = _digits(phone)
    with locking.transaction():
        locking.advisory("people")
        others = User.objects.filter(phone__endswith=mark[-11:]).exclude(pk=user_id) if len(mark) >= 8 else ()
        _suspect(user_id, {one.pk for one in others}, SamePerson.Reason.PHONE, now=now)


def review_same_person(*, finding_id: int, same: bool, by_id: int, now: datetime) -> None:
    """Staff decide: the same person (nothing changes), or two (each counts again). A later review may turn it.

    Wishes, places in campaigns, demand cells and pools count the new persons at once. Two accounts still joined through
    other findings stay one person. Locks people, then the categories of the wishes that change hands. Raises
    ``NotThere``.
    """
    with locking.transaction():
        locking.advisory("people")
        finding = SamePerson.objects.filter(pk=finding_id).first()
        if finding is None:
            raise NotThere
        state = SamePerson.State.SAME if same else SamePerson.State.DIFFERENT
        pair = SamePerson.objects.filter(user_id=finding.user_id, other_id=finding.other_id)
        pair.update(state=state, reviewed_at=now, reviewed_by_id=by_id)
        _recount({finding.user_id, finding.other_id}, now=now)


def fingerprint(values: AddressValues) -> str:
    """Equal for addresses that a courier would call the same; hash of what is said, without spelling."""
    said = "|".join(_plain(part) for part in (values.region, values.city, values.street, values.recipient))
    return hashlib.sha256(f"{said}|{_digits(values.phone)}".encode()).hexdigest()


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if char.isalnum())


def _digits(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text) if char.isdigit())


def _checked(values: AddressValues) -> AddressValues:
    cleaned = {name: str(getattr(values, name)).replace("\x00", "").strip() for name in BOUNDS}
    errors = {name: str(_("Please fill this in.")) for name in REQUIRED if not cleaned[name]}
    errors |= {
        name: str(_("At most %(bound)s characters.")) % {"bound": bound}
        for name, bound in BOUNDS.items()
        if len(cleaned[name]) > bound
    }
    if "phone" not in errors and not 5 <= len(_digits(cleaned["phone"])) <= 15:
        errors["phone"] = str(_("Give a phone number the courier can call."))
    if cleaned["invoice_tax_number"]:
        if not _TAX_NUMBER.fullmatch(cleaned["invoice_tax_number"]):
            errors["invoice_tax_number"] = str(_("A tax number has letters and digits only, 8 to 20 of them."))
        if not cleaned["invoice_title"]:
            errors["invoice_title"] = str(_("Say whose tax number it is: the invoice needs a title."))
    if errors:
        raise InvalidAddress(errors)
    return AddressValues(**cleaned)


def _fields(values: AddressValues) -> dict[str, str]:
    return {name: getattr(values, name) for name in BOUNDS}


def _suspect(user_id: int, others: Collection[int], reason: str, *, now: datetime) -> None:
    """Note that these accounts may be one person and count them once, unless staff said that they are two."""
    if not others:
        return
    pairs = [(min(user_id, other), max(user_id, other)) for other in sorted(others)]
    SamePerson.objects.bulk_create(
        [SamePerson(user_id=low, other_id=high, reason=reason, found_at=now) for low, high in pairs],
        ignore_conflicts=True,
    )
    _recount({user_id, *others}, now=now)


def _recount(users: Collection[int], *, now: datetime) -> None:
    """Give each group of joined accounts one person, and everything they asked for with it."""
    links = _links()
    left = set(users)
    while left:
        group = _group(left.pop(), links)
        left -= group
        _unite(group, now=now)


def _links() -> dict[int, set[int]]:
    """Which accounts count as one: pairs with a finding, none of which staff called different."""
    pairs: dict[tuple[int, int], bool] = {}
    for low, high, state in SamePerson.objects.values_list("user_id", "other_id", "state"):
        pairs[low, high] = pairs.get((low, high), True) and state != SamePerson.State.DIFFERENT
    found: dict[int, set[int]] = {}
    for (low, high), joined in pairs.items():
        found.setdefault(low, set())
        found.setdefault(high, set())
        if joined:
            found[low].add(high)
            found[high].add(low)
    return found


def _group(user_id: int, links: dict[int, set[int]]) -> set[int]:
    group, frontier = {user_id}, [user_id]
    while frontier:
        fresh = links.get(frontier.pop(), set()) - group
        group |= fresh
        frontier += fresh
    return group


def _unite(group: set[int], *, now: datetime) -> None:
    """One person for the group: the lowest of theirs whose first account is in the group, else a new one."""
    held = dict(User.objects.filter(pk__in=group).values_list("pk", "person_id"))
    first = User.objects.filter(person__in=set(held.values())).values_list("person_id").annotate(first=Min("pk"))
    own = sorted(person for person, account in first if account in group)
    person_id = own[0] if own else Person.objects.create(created_at=now).pk
    moved = sorted(user for user, person in held.items() if person != person_id)
    if not moved:
        return
    categories = Wish.objects.filter(user_id__in=moved, category__isnull=False).values_list("category_id", flat=True)
    for category_id in sorted(set(categories)):
        locking.advisory(f"pooling:{category_id}")
    User.objects.filter(pk__in=moved).update(person_id=person_id)
    Commitment.objects.filter(user_id__in=moved).update(person_id=person_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE demand_wish SET person_id = %s, updated_at = %s WHERE user_id = ANY(%s)", [person_id, now, moved]
        )
        cursor.execute(
            "UPDATE demand_counted_wish k SET person_id = w.person_id FROM demand_wish w WHERE w.user_id = ANY(%s)"
            " AND k.category_id = w.category_id AND k.wish_id = w.id RETURNING k.cell_id",
            [moved],
        )
        cursor.execute(_PERSONS, [now, sorted({row[0] for row in cursor.fetchall()})])
        cursor.execute(
            "UPDATE demand_pool_membership m SET person_id = %s FROM demand_wish w"
            " WHERE w.id = m.wish_id AND w.user_id = ANY(%s) RETURNING m.pool_id",
            [person_id, moved],
        )
        pools = sorted({row[0] for row in cursor.fetchall()})
        cursor.execute(_PEOPLE, [pools])


_PERSONS = """
UPDATE demand_cell c SET persons = t.persons, updated_at = %s FROM (
    SELECT cell_id, count(DISTINCT coalesce(person_id, -wish_id)) AS persons FROM demand_counted_wish
    WHERE cell_id = ANY(%s) AND units > 0 GROUP BY cell_id) t
WHERE c.id = t.cell_id AND c.persons <> t.persons
"""

_PEOPLE = """
UPDATE demand_pool p SET people = t.people FROM (
    SELECT pool_id, count(DISTINCT coalesce(person_id, -wish_id)) FILTER (WHERE units > 0) AS people
    FROM demand_pool_membership WHERE pool_id = ANY(%s) GROUP BY pool_id) t
WHERE p.id = t.pool_id AND p.people <> t.people
"""
