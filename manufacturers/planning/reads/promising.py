"""Capable-to-promise: when a maker could have units ready beside everything that is planned."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from demand.errors import NotThere
from manufacturers.models import LineRate, Offer
from manufacturers.planning import kernel
from manufacturers.planning.kernel.promise import earliest_finish
from manufacturers.planning.reads.situation import placed, read, work_minutes


def promise(*, offer_id: int, units: int, now: datetime) -> date | None:
    """The first day on which ``units`` of an offer would be ready, where the maker is; ``None`` where no line can.

    The offer's lead time is the least (materials have to come); full lines make it later. No planned lot is moved.
    """
    offer = Offer.objects.select_related("maker").filter(pk=offer_id).first()
    if offer is None:
        raise NotThere
    situation = read(offer.maker_id, now=now)
    rates = LineRate.objects.filter(line__maker=offer.maker, line__active=True, family_id=offer.family_id)
    order = kernel.Order(
        id="promise",
        family=str(offer.family_id),
        release=situation.minute(situation.now),
        due=situation.minute(situation.end),
        minutes={str(rate.line_id): work_minutes(units, rate.units_per_hour) for rate in rates},
    )
    found = earliest_finish(situation.problem, placed(situation), order)
    if found is None:
        return None
    zone = ZoneInfo(offer.maker.time_zone)
    least = now.astimezone(zone).date() + timedelta(days=offer.lead_days)
    return max(least, situation.moment(found.lot.end).astimezone(zone).date())
