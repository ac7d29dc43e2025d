"""Capable-to-promise: when a maker could have units ready beside everything that is planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from demand.errors import NotThere
from manufacturers.models import LineRate, Offer
from manufacturers.planning import kernel
from manufacturers.planning.kernel.promise import earliest_finish
from manufacturers.planning.kernel.splitting import PART_HOURS, parts_of
from manufacturers.planning.reads.situation import Situation, placed, read, work_minutes
from manufacturers.planning.trials import REVIEW_MINUTES, trial_units


def promise(*, offer_id: int, units: int, first: int = 0, now: datetime) -> date | None:
    """The first day on which ``units`` of an offer would be ready, where the maker is; ``None`` where no line can.

    The offer's lead time is the least (materials have to come); full lines make it later. A large order is placed part
    by part, as its release will be, behind a trial of ``first`` units where it has one. No planned lot is moved.
    """
    offer = Offer.objects.select_related("maker").filter(pk=offer_id).first()
    if offer is None:
        raise NotThere
    situation = read(offer.maker_id, now=now)
    rates = LineRate.objects.filter(line__maker=offer.maker, line__active=True, family_id=offer.family_id)
    speeds = {str(rate.line_id): rate.units_per_hour for rate in rates}
    if not speeds:
        return None
    most, trial = max(speeds.values()) * PART_HOURS, trial_units(units, first=first, multiple=offer.lot_multiple)
    parts = [parts_of(x, most=most, multiple=offer.lot_multiple) for x in (trial, units - trial) if x]
    end = _last_end(situation, str(offer.family_id), speeds, parts)
    if end is None:
        return None
    zone = ZoneInfo(offer.maker.time_zone)
    least = now.astimezone(zone).date() + timedelta(days=offer.lead_days)
    return max(least, situation.moment(end).astimezone(zone).date())


def _last_end(
    situation: Situation, family: str, speeds: Mapping[str, int], batches: Sequence[Sequence[int]]
) -> int | None:
    """When the last part ends, each put where it ends first beside the plan and the parts before it.

    A second batch is released when the first was made and looked at.
    """
    problem, plan, release, end = situation.problem, placed(situation), situation.minute(situation.now), 0
    for number, units in enumerate(one for batch in batches for one in batch):
        if number == len(batches[0]):
            release = end + REVIEW_MINUTES
        order = kernel.Order(
            id=f"promise:{number}",
            family=family,
            release=release,
            due=situation.minute(situation.end),
            minutes={line: work_minutes(units, speed) for line, speed in speeds.items()},
        )
        found = earliest_finish(problem, plan, order)
        if found is None:
            return None
        end = max(end, found.lot.end)
        problem = replace(problem, orders=(*problem.orders, order))
        plan = kernel.Plan(lots=(*plan.lots, found.lot))
    return end
