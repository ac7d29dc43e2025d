"""Steps that several services compose. They open no transaction and take no lock."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F

from demand import outbox
from manufacturers.models import CapacityBooking, CapacityWindow, Maker, Proposal
from manufacturers.offering.errors import CapacityTaken
from manufacturers.offering.kernel import spread, week_of

State = CapacityBooking.State


def today_of(now: datetime) -> date:
    """The day in the deployment's zone, in which weeks are counted."""
    return now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def book(proposal: Proposal, offer_id: int, units: int, before_date: date, now: datetime) -> int:
    """Reserve ``units`` of an offer for a proposal, earliest weeks first, up to the week of ``before_date``.

    The caller holds the windows (``reads.window_ids``, and ``reads.booked_window_ids`` where it held units before)
    and the proposal. A repeat with the same units books nothing more; other units replace what was booked. Returns
    the units booked. Raises :class:`CapacityTaken`, with nothing changed, where too few are free.
    """
    held = list(CapacityBooking.objects.filter(proposal=proposal).exclude(state=State.FREED))
    if held and sum(one.units for one in held) == units:
        return units
    own = {one.window_id: one.units for one in held}
    rows = CapacityWindow.objects.filter(offer_id=offer_id, week__gte=week_of(today_of(now)), week__lte=before_date)
    windows = {row.pk: row.units - row.booked + own.get(row.pk, 0) for row in rows.order_by("week", "pk")}
    parts = spread(list(windows.items()), units)
    if parts is None:
        raise CapacityTaken(
            field="units", units=units, free=sum(windows.values()), before=before_date.isoformat(), offer_id=offer_id
        )
    free(proposal, now)
    for window_id, part in parts:
        _take(window_id, part, units=units, before=before_date)
        CapacityBooking.objects.update_or_create(
            window_id=window_id,
            proposal=proposal,
            defaults={"units": part, "state": State.RESERVED, "updated_at": now},
        )
    return units


def _take(window_id: int, part: int, *, units: int, before: date) -> None:
    """Counted against what is booked now, so that even a caller without the lock never overbooks."""
    rows = CapacityWindow.objects.filter(pk=window_id, booked__lte=F("units") - part)
    if not rows.update(booked=F("booked") + part):
        raise CapacityTaken(field="units", units=units, free=0, before=before.isoformat())


def bind(proposal: Proposal, now: datetime) -> int:
    """Turn what a proposal reserved into what its acceptance binds; the units bound. A repeat changes nothing."""
    rows = CapacityBooking.objects.filter(proposal=proposal)
    rows.filter(state=State.RESERVED).update(state=State.BOUND, updated_at=now)
    return sum(rows.filter(state=State.BOUND).values_list("units", flat=True))


def free(proposal: Proposal, now: datetime) -> int:
    """Give back what a proposal holds; the units freed. A repeat frees nothing. The caller holds the windows."""
    freed = 0
    for booking in CapacityBooking.objects.filter(proposal=proposal).exclude(state=State.FREED).order_by("window_id"):
        changed = CapacityBooking.objects.filter(pk=booking.pk).exclude(state=State.FREED)
        if changed.update(state=State.FREED, updated_at=now):
            CapacityWindow.objects.filter(pk=booking.window_id).update(booked=F("booked") - booking.units)
            freed += booking.units
    return freed


def ask_replan(maker: Maker, now: datetime) -> None:
    """Mark a maker's plan as out of date and ask for a new one when the transaction commits."""
    Maker.objects.filter(pk=maker.pk).update(plan_dirty_at=now)
    outbox.write(
        "run.requested",
        aggregate="maker",
        aggregate_id=maker.pk,
        payload={"stage": "planning", "subject": maker.code, "requested_by_id": None},
        now=now,
    )
