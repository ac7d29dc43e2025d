"""Offers and their weekly capacity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from demand import locking, outbox
from demand.errors import Changed, InvalidValue, NotThere
from demand.models import Category
from manufacturers.models import CapacityWindow, Family, Maker, Material, Offer, OfferState, OfferTier
from manufacturers.offering.checks import MOST_UNITS, check_offer
from manufacturers.offering.descriptions import OfferValues
from manufacturers.offering.errors import CapacityBooked, OfferRetired
from manufacturers.offering.kernel import week_of
from manufacturers.offering.service.members import owner

_APART = ("category", "family", "tiers", "materials")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedOffer:
    """An offer as it stands after the call."""

    offer_id: int
    public_id: UUID
    revision: int
    state: str


def save_offer(
    *, member_id: int, offer_id: int | None, seen_revision: int | None, values: OfferValues, now: datetime
) -> SavedOffer:
    """Store a new offer (``offer_id`` None) or change one that the member saw at ``seen_revision``.

    One transaction; locks the offer. An edit raises the revision and ``offer.changed`` is written; sent proposals keep
    the terms frozen in their version. A new offer whose code the maker already has returns that one where it says the
    same, so a form sent twice makes one offer. Raises ``InvalidValue`` with its field, ``Changed``, ``OfferRetired``.
    """
    check_offer(values)
    with locking.transaction():
        maker = owner(member_id).maker
        found = (
            locking.lock((Offer, [offer_id])).get(Offer, offer_id)
            if offer_id is not None
            else Offer.objects.filter(maker=maker, code=values.code).first()
        )
        if offer_id is None:
            return _repeated(found, values) if found else write_offer(maker, None, values, now)
        if found is None or found.maker_id != maker.pk:
            raise NotThere
        if found.state == OfferState.RETIRED:
            raise OfferRetired
        if found.revision != seen_revision:
            raise Changed
        if Offer.objects.filter(maker=maker, code=values.code).exclude(pk=found.pk).exists():
            raise _code_taken()
        return write_offer(maker, found, values, now)


def _code_taken() -> InvalidValue:
    return InvalidValue(_("Another of your offers has this number."), field="code")


def _repeated(found: Offer, values: OfferValues) -> SavedOffer:
    plain = _columns(values)
    if any(getattr(found, name) != value for name, value in plain.items()) or _tiers_of(found) != list(values.tiers):
        raise _code_taken()
    return saved(found)


def _tiers_of(offer: Offer) -> list[tuple[int, int]]:
    return list(offer.tiers.order_by("min_units").values_list("min_units", "unit_price_minor"))


def saved(offer: Offer) -> SavedOffer:
    return SavedOffer(offer_id=offer.pk, public_id=offer.public_id, revision=offer.revision, state=str(offer.state))


def write_offer(maker: Maker, found: Offer | None, values: OfferValues, now: datetime) -> SavedOffer:
    """Store checked values with tiers and materials; belongs in the caller's transaction, which holds ``found``."""
    columns = _columns(values) | {
        "category": _category(values.category),
        "family": _family(maker, values.family),
        "updated_at": now,
    }
    if found is None:
        offer = Offer.objects.create(maker=maker, created_at=now, **columns)
    else:
        Offer.objects.filter(pk=found.pk).update(revision=F("revision") + 1, **columns)
        offer = Offer.objects.get(pk=found.pk)
    OfferTier.objects.filter(offer=offer).delete()
    OfferTier.objects.bulk_create(
        [OfferTier(offer=offer, min_units=units, unit_price_minor=price) for units, price in values.tiers]
    )
    Material.objects.filter(offer=offer).delete()
    Material.objects.bulk_create(
        [
            Material(offer=offer, name=one.name, unit=one.unit, milli_per_unit=one.milli_per_unit)
            for one in values.materials
        ]
    )
    tell_changed(offer, now)
    return saved(offer)


def _columns(values: OfferValues) -> dict[str, Any]:
    """The columns that hold plain values, as they are stored."""
    return {name: _json(getattr(values, name)) for name in values.__dataclass_fields__ if name not in _APART}


def _json(value: Any) -> Any:
    """As it comes back from a JSON column; other values stay."""
    if isinstance(value, Mapping):
        return {str(key): _json(one) for key, one in value.items()}
    return [_json(one) for one in value] if isinstance(value, list | tuple) else value


def _category(code: str) -> Category:
    found = Category.objects.filter(code=code, retired_at__isnull=True).first()
    if found is None:
        raise InvalidValue(_("Choose a category of the catalogue."), field="category")
    return found


def _family(maker: Maker, code: str) -> Family:
    found = Family.objects.filter(maker=maker, code=code, retired_at__isnull=True).first()
    if found is None:
        raise InvalidValue(_("Choose one of your product families."), field="family")
    return found


def tell_changed(offer: Offer, now: datetime) -> None:
    """Write ``offer.changed``."""
    outbox.write(
        "offer.changed",
        aggregate="offer",
        aggregate_id=offer.pk,
        revision=offer.revision,
        payload={"offer_id": offer.pk, "category_id": offer.category_id},
        now=now,
    )


def pause_offer(*, member_id: int, offer_id: int, now: datetime) -> SavedOffer:
    """Stop new proposals on an offer; those that are out stay. A paused offer stays paused."""
    return _move(member_id, offer_id, OfferState.PAUSED, now)


def resume_offer(*, member_id: int, offer_id: int, now: datetime) -> SavedOffer:
    """Show a draft or paused offer. A live one stays live."""
    return _move(member_id, offer_id, OfferState.LIVE, now)


def retire_offer(*, member_id: int, offer_id: int, now: datetime) -> SavedOffer:
    """End an offer for good; proposals that are out stay. A retired one stays retired."""
    return _move(member_id, offer_id, OfferState.RETIRED, now)


def _move(member_id: int, offer_id: int, state: OfferState, now: datetime) -> SavedOffer:
    with locking.transaction():
        offer = _locked_offer(member_id, offer_id)
        if offer.state == state:
            return saved(offer)
        if offer.state == OfferState.RETIRED:
            raise OfferRetired
        Offer.objects.filter(pk=offer.pk).update(state=state, revision=F("revision") + 1, updated_at=now)
        moved = Offer.objects.get(pk=offer.pk)
        tell_changed(moved, now)
        return saved(moved)


def _locked_offer(member_id: int, offer_id: int) -> Offer:
    maker_id = owner(member_id).maker_id
    offer = locking.lock((Offer, [offer_id])).get(Offer, offer_id)
    if offer is None or offer.maker_id != maker_id:
        raise NotThere
    return offer


def set_capacity(*, member_id: int, offer_id: int, weeks: Mapping[date, int], now: datetime) -> int:
    """Say how many units an offer can make in each ISO week (any day of it names it); the number of weeks changed.

    One transaction; locks the windows, then the offer. Nothing is stored unless all of it can be. Raises
    :class:`CapacityBooked` where a week would get less than is booked, ``InvalidValue`` for units out of range.
    """
    wanted = {week_of(day): units for day, units in weeks.items()}
    for units in wanted.values():
        if not 0 <= units <= MOST_UNITS:
            raise InvalidValue(_("Expected 0 to %(most)s units."), field="units", most=MOST_UNITS)
    with locking.transaction():
        maker_id = owner(member_id).maker_id
        keys = CapacityWindow.objects.filter(offer_id=offer_id, week__in=wanted).values_list("pk", flat=True)
        locked = locking.lock((CapacityWindow, list(keys)), (Offer, [offer_id]))
        offer = locked.get(Offer, offer_id)
        if offer is None or offer.maker_id != maker_id:
            raise NotThere
        changed = write_capacity(offer, wanted, {row.week: row for row in locked.all(CapacityWindow)})
        if changed:
            tell_changed(offer, now)
        return changed


def write_capacity(offer: Offer, wanted: Mapping[date, int], known: Mapping[date, CapacityWindow]) -> int:
    """Store units by week; ``known`` are the windows that exist, held by the caller."""
    changed = [row for week, row in known.items() if row.units != wanted[week]]
    for row in changed:
        if row.booked > wanted[row.week]:
            raise CapacityBooked(field=row.week.isoformat(), booked=row.booked, week=row.week.isoformat())
        row.units = wanted[row.week]
    CapacityWindow.objects.bulk_update(changed, ["units"])
    fresh = [CapacityWindow(offer=offer, week=week, units=wanted[week]) for week in sorted(set(wanted) - set(known))]
    CapacityWindow.objects.bulk_create(fresh)
    return len(changed) + len(fresh)
