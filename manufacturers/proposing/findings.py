"""What makers could do about bursts and unmet demand: who makes it, and who could still deliver in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from demand.campaigning.reads import policy_for
from demand.estimating import service as estimating
from demand.models import Finding
from manufacturers.offering.kernel import cannot_make
from manufacturers.offering.reads import offers_for
from manufacturers.offering.steps import today_of
from manufacturers.proposing.markets import OfferSide, minimum
from manufacturers.proposing.reads import days_before_making, offer_sides

# A burst is taken to go on for as long again as it has lasted, and for four weeks at least.
LEAST_BURST_DAYS = 28
# What is searched for and not served is counted by the quarter.
UNMET_DAYS = 90


def judge_finding(*, finding_id: int, now: datetime) -> int:
    """Compare the findings of a new finding's category with its makers; how many answers changed."""
    category_id = Finding.objects.filter(pk=finding_id).values_list("category_id", flat=True).first()
    return 0 if category_id is None else judge_category(category_id=category_id, now=now)


def judge_category(*, category_id: int, now: datetime) -> int:
    """Say of each open finding of a category who makes it and who could deliver within its window; how many changed.

    Five queries, then one transaction of demand's own. A maker's time counts from today: an answer, a campaign, the
    lead time. Only offers above the quality floor with room for their minimum count.
    """
    today = today_of(now)
    policy = policy_for(category_id)
    sides = offer_sides(offers_for(category_id, today=today), policy=policy, today=today)
    before = days_before_making(policy)
    rows = Finding.objects.filter(category_id=category_id, state__in=["open", "taken"]).order_by("pk")
    return estimating.set_supply({row.pk: _supply(row, sides, before_days=before) for row in rows})


def _supply(row: Finding, sides: Sequence[OfferSide], *, before_days: int) -> dict[str, Any]:
    needs = row.evidence.get("needs", {})
    fitting = [side for side in sides if not cannot_make(needs, side.offer.makes)]
    days = {side.offer.pk: before_days + side.offer.lead_days for side in fitting}
    window = window_days(row)
    able = [side for side in fitting if days[side.offer.pk] <= window and side.free_units >= minimum(side)]
    makers = len({side.offer.maker_id for side in fitting})
    in_time = len({side.offer.maker_id for side in able})
    return {
        "verdict": verdict(makers=makers, in_time=in_time),
        "makers": makers,
        "in_time": in_time,
        "soonest_days": min(days.values(), default=None),
        "window_days": window,
    }


def window_days(row: Finding) -> int:
    """For how many days from now something delivered would still meet the demand."""
    if row.kind != Finding.Kind.BURST or row.ends_on is None:
        return UNMET_DAYS
    return max(LEAST_BURST_DAYS, (row.ends_on - row.starts_on).days + 1)


def verdict(*, makers: int, in_time: int) -> str:
    """nobody_makes | nobody_in_time | one_maker | several."""
    if not makers:
        return "nobody_makes"
    if not in_time:
        return "nobody_in_time"
    return "one_maker" if in_time == 1 else "several"
