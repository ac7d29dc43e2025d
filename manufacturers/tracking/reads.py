"""What was reported of orders, and what it means for the campaign behind a release."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Max, Min, Sum

from demand.models import CampaignProgress
from manufacturers.models import Lot, Milestone, Plan, ProductionOrder

# How far an order has come; reports only move it forward.
FORWARD = ("set_aside", "planned", "started", "finished", "shipped", "delivered")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One step to show to the shoppers of a campaign, as ``campaigning.service.record_progress`` takes it."""

    campaign_id: int
    source_key: str
    kind: str
    units: int
    happened_at: datetime
    expected_from: date | None
    expected_to: date | None
    note: str


def reported_units(order_ids: Iterable[int]) -> dict[tuple[int, str], int]:
    """Units reported of each (order, kind) so far."""
    rows = Milestone.objects.filter(order_id__in=list(order_ids)).order_by("order_id", "kind")
    found: dict[tuple[int, str], int] = defaultdict(int)
    for row in rows.values("order_id", "kind").annotate(units=Sum("units")):
        found[row["order_id"], row["kind"]] = row["units"]
    return found


def held_since(order_ids: Iterable[int]) -> bool:
    """Whether one of these orders was held for quality and nobody said since that it is in order."""
    rows = Milestone.objects.filter(order_id__in=list(order_ids), kind__in=["quality_hold", "passed"])
    last = dict(rows.order_by("happened_at", "pk").values_list("order_id", "kind"))
    return "quality_hold" in last.values()


def progress_of(milestone_id: int) -> Progress | None:
    """What a report means for shoppers; ``None`` where it is not yet news: parts of a release are still behind.

    started: the first of a release. finished, shipped, delivered: when every order of the release is. quality_hold and
    delayed: each report. trial: the trial of a release is made and in order, and the rest of it follows.
    """
    rows = Milestone.objects.select_related("order__release__proposal")
    milestone = rows.filter(pk=milestone_id).first()
    if milestone is None or milestone.order.release.proposal.campaign_id is None:
        return None
    release = milestone.order.release
    orders = list(ProductionOrder.objects.filter(release=release).order_by("part"))
    kind = str(milestone.kind)
    trial = [order for order in orders if order.trial]
    if milestone.order.trial and kind in ("finished", "passed"):
        if not _all_reached(trial, "finished") or held_since(one.pk for one in trial):
            return None
        kind = "trial"
    if kind in ("finished", "shipped", "delivered") and not _all_reached(orders, kind):
        return None
    once = kind in ("trial", "started", "finished", "shipped", "delivered")
    campaign_id = release.proposal.campaign_id
    assert campaign_id is not None
    return Progress(
        campaign_id=campaign_id,
        source_key=f"release:{release.pk}:{kind}" if once else f"milestone:{milestone.pk}",
        kind=kind,
        units=_units(kind, milestone.units, trial if kind == "trial" else orders),
        happened_at=milestone.happened_at,
        expected_from=None,
        expected_to=milestone.expected_on,
        note=milestone.note,
    )


def _units(kind: str, reported: int, orders: list[ProductionOrder]) -> int:
    whole = kind in ("trial", "finished", "shipped", "delivered")
    return sum(order.units for order in orders) if whole else reported


def _all_reached(orders: list[ProductionOrder], kind: str) -> bool:
    units = reported_units(order.pk for order in orders)
    return all(units[order.pk, kind] >= order.units for order in orders)


def progress_of_plan(plan_id: int) -> list[Progress]:
    """What a new plan means for shoppers: "planned" once a campaign, "delayed" where it ends past what was said.

    A plan that is no longer the current one means nothing.
    """
    plan = Plan.objects.select_related("maker").filter(pk=plan_id, state=Plan.State.CURRENT).first()
    if plan is None:
        return []
    zone = ZoneInfo(plan.maker.time_zone)
    lots = Lot.objects.filter(plan=plan, order__release__proposal__campaign__isnull=False)
    rows = lots.order_by("order__release_id").values(
        "order__release_id",
        "order__release__proposal__campaign_id",
        "order__release__proposal__campaign__promised_to",
        "order__release__proposal__campaign__expected_on",
    )
    behind = set(
        ProductionOrder.objects.filter(release__maker=plan.maker, state="set_aside").values_list(
            "release_id", flat=True
        )
    )
    found: list[Progress] = []
    for row in rows.annotate(first=Min("ends_at"), last=Max("ends_at"), units=Sum("units")):
        if row["order__release_id"] in behind:
            continue
        campaign_id = row["order__release__proposal__campaign_id"]
        first, last = (row[name].astimezone(zone).date() for name in ("first", "last"))
        said = max(
            row["order__release__proposal__campaign__promised_to"],
            row["order__release__proposal__campaign__expected_on"] or date.min,
        )
        common = {"campaign_id": campaign_id, "units": row["units"], "happened_at": plan.created_at, "note": ""}
        known = f"release:{row['order__release_id']}"
        found.append(
            Progress(source_key=f"{known}:planned", kind="planned", expected_from=first, expected_to=last, **common)
        )
        if last > said:
            found.append(
                Progress(
                    source_key=f"{known}:delayed:{last.isoformat()}",
                    kind="delayed",
                    expected_from=first,
                    expected_to=last,
                    **common,
                )
            )
    return _unknown(found)


def _unknown(found: list[Progress]) -> list[Progress]:
    """Without what shoppers were shown already."""
    keys = [one.source_key for one in found]
    shown = set(CampaignProgress.objects.filter(source_key__in=keys).values_list("source_key", flat=True))
    return [one for one in found if one.source_key not in shown]
