"""A release becomes production orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Max

from demand import locking
from demand.errors import NotThere
from manufacturers.models import LineRate, Maker, ProductionOrder, Release
from manufacturers.offering import steps as offering
from manufacturers.planning.errors import NotAcknowledged
from manufacturers.planning.kernel.splitting import PART_HOURS, parts_of
from manufacturers.planning.reads.situation import whole_minute

# A trial is due in the first quarter of the time there is, so that the rest keeps most of it.
TRIAL_SHARE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeOrders:
    """The production orders of a release; ``new`` is false where they were there already."""

    order_ids: tuple[int, ...]
    new: bool


def orders_for_release(*, release_id: int, now: datetime) -> MadeOrders:
    """Make the production orders of an acknowledged release and ask for a new plan.

    One transaction; locks the release, then the maker. What is made is the released units, which hold the approved risk
    units; a large release is split into parts in the offer's lot multiple, and those of its trial come first. Due is
    the end of the release's last day where the maker is. A repeat returns the orders there are. Raises ``NotThere``,
    :class:`NotAcknowledged`.
    """
    with locking.transaction():
        maker_id = Release.objects.filter(pk=release_id).values_list("maker_id", flat=True).first()
        locked = locking.lock((Release, [release_id]), (Maker, [maker_id] if maker_id else []))
        release = locked.get(Release, release_id)
        if release is None or maker_id is None:
            raise NotThere
        known = list(ProductionOrder.objects.filter(release=release).order_by("part").values_list("pk", flat=True))
        if known:
            return MadeOrders(order_ids=tuple(known), new=False)
        if release.state != Release.State.ACKNOWLEDGED:
            raise NotAcknowledged
        maker = locked.all(Maker)[0]
        rows = ProductionOrder.objects.bulk_create(_orders(release, maker, now))
        offering.ask_replan(maker, now)
    return MadeOrders(order_ids=tuple(row.pk for row in rows), new=True)


def _orders(release: Release, maker: Maker, now: datetime) -> list[ProductionOrder]:
    offer = release.proposal.offer
    rates = LineRate.objects.filter(line__maker=maker, line__active=True, family_id=offer.family_id)
    fastest = rates.aggregate(most=Max("units_per_hour"))["most"] or 1
    begin = whole_minute(now)
    day_after = datetime.combine(release.due_on + timedelta(days=1), time(0), ZoneInfo(maker.time_zone))
    most, first = int(fastest) * PART_HOURS, release.trial_units
    trial = parts_of(first, most=most, multiple=offer.lot_multiple) if first else []
    rest = parts_of(release.units - first, most=most, multiple=offer.lot_multiple)
    due = max(day_after, begin + timedelta(hours=1))
    early = whole_minute(begin + (due - begin) / TRIAL_SHARE)
    return [
        ProductionOrder(
            release=release,
            part=number,
            trial=number <= len(trial),
            waits=bool(trial) and number > len(trial),
            family_id=offer.family_id,
            units=units,
            release_at=begin,
            due_at=early if number <= len(trial) else due,
            created_at=now,
        )
        for number, units in enumerate([*trial, *rest], start=1)
    ]
