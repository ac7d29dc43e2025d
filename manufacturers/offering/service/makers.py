"""A whole manufacturer stored from a plain description: the demo's, or a customer's move from another system."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext_lazy as _

from demand import locking
from demand.errors import InvalidValue
from manufacturers.models import (
    CalendarException,
    CapacityWindow,
    Changeover,
    Family,
    Line,
    Maker,
    Offer,
    Reliability,
)
from manufacturers.offering import steps
from manufacturers.offering.checks import check_line, check_offer
from manufacturers.offering.descriptions import DescribedMaker, DescribedOffer
from manufacturers.offering.kernel import week_of
from manufacturers.offering.service.lines import write_line
from manufacturers.offering.service.offers import write_capacity, write_offer

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMaker:
    """The maker's key and its offers' keys by code."""

    maker_id: int
    offers: dict[str, int]


def store_maker(*, described: DescribedMaker, now: datetime) -> StoredMaker:
    """Store a maker with families, changeovers, lines, calendar, offers and weekly capacity; all or nothing.

    Idempotent by code: a repeat brings the stored rows to the description (booked capacity stays booked) and makes
    none twice. Families and lines it no longer names stay as they are. Raises ``InvalidValue`` with its field.
    """
    for line in described.lines:
        check_line(line)
    for offer in described.offers:
        check_offer(offer.values)
    with locking.transaction():
        locking.advisory(f"maker:{described.code}")
        known = list(CapacityWindow.objects.filter(offer__maker__code=described.code).values_list("pk", flat=True))
        offers = list(Offer.objects.filter(maker__code=described.code).values_list("pk", flat=True))
        locked = locking.lock((CapacityWindow, known), (Offer, offers))
        maker = _maker(described, now)
        _families(maker, described)
        _changeovers(maker, described)
        for line in described.lines:
            write_line(maker, Line.objects.filter(maker=maker, code=line.code).first(), line)
        _closed(maker, described)
        by_code = {row.code: row for row in locked.all(Offer)}
        stored = {}
        for offer in described.offers:
            key = write_offer(maker, by_code.get(offer.values.code), offer.values, now).offer_id
            windows = {row.week: row for row in locked.all(CapacityWindow) if row.offer_id == key}
            _capacity(Offer.objects.get(pk=key), offer, windows)
            stored[offer.values.code] = key
        steps.ask_replan(maker, now)
    return StoredMaker(maker_id=maker.pk, offers=stored)


def _maker(described: DescribedMaker, now: datetime) -> Maker:
    columns = {
        "names": dict(described.names),
        "city": described.city,
        "region": described.region,
        "time_zone": described.time_zone,
        "certificates": list(described.certificates),
        "frozen_hours": described.frozen_hours,
    }
    maker, _new = Maker.objects.update_or_create(
        code=described.code, defaults=columns, create_defaults=columns | {"created_at": now}
    )
    if described.record is not None:
        Reliability.objects.get_or_create(maker=maker, defaults=asdict(described.record) | {"computed_at": now})
    return maker


def _families(maker: Maker, described: DescribedMaker) -> None:
    for position, (code, names) in enumerate(described.families.items()):
        Family.objects.update_or_create(
            maker=maker, code=code, defaults={"names": dict(names), "position": position, "retired_at": None}
        )


def _changeovers(maker: Maker, described: DescribedMaker) -> None:
    families = {one.code: one for one in Family.objects.filter(maker=maker)}
    unknown = sorted({code for pair in described.changeovers for code in pair} - set(families))
    if unknown:
        raise InvalidValue(_("A changeover names a family that does not exist."), field="changeovers", code=unknown[0])
    Changeover.objects.filter(from_family__maker=maker).delete()
    Changeover.objects.bulk_create(
        [
            Changeover(from_family=families[one], to_family=families[other], minutes=minutes, cost_minor=cost)
            for (one, other), (minutes, cost) in described.changeovers.items()
        ]
    )


def _closed(maker: Maker, described: DescribedMaker) -> None:
    for closed in described.closed:
        CalendarException.objects.update_or_create(
            maker=maker,
            line=None,
            starts_at=closed.starts_at,
            ends_at=closed.ends_at,
            working=False,
            defaults={"reason": closed.reason},
        )


def _capacity(offer: Offer, described: DescribedOffer, known: dict[date, CapacityWindow]) -> None:
    """The same units every week of the validity; never less than is booked."""
    week, wanted = week_of(offer.valid_from), {row.week: row.units for row in known.values()}
    while week <= offer.valid_to:
        booked = known[week].booked if week in known else 0
        wanted[week] = max(described.units_per_week, booked)
        week += WEEK
    write_capacity(offer, wanted, known)
