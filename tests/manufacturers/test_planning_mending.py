"""What one more shift would mend is worked out after a plan was stored, kept while it is current, and shown."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from demand.models import OutboxTask
from manufacturers.models import Lot, Maker, Offer, Plan, ProductionOrder
from manufacturers.planning import reads_pages, service
from manufacturers.web.mending import mended_by
from tests.manufacturers import portal
from tests.manufacturers.makers import NOW, release, store_a

LATER = NOW + timedelta(minutes=1)
HOUR = timedelta(hours=1)
page_db = pytest.mark.django_db
real_db = pytest.mark.django_db(transaction=True)


def late_plan() -> service.Planned:
    """One order of 15 hours for L1, due before its second day is over: late by the hours after the first evening."""
    maker = store_a(frozen_hours=0)
    released = release(Offer.objects.get(), 150, due_on=date(2026, 11, 2))
    service.orders_for_release(release_id=released.pk, now=NOW)
    return service.replan(maker_id=maker.pk, seed=1, seconds=0.1, now=NOW)


def mend(plan_id: int) -> bool:
    return service.mend(plan_id=plan_id, seed=1, seconds=5.0, now=LATER - timedelta(hours=1))


@real_db
def test_a_shift_that_brings_a_late_order_on_time_is_kept_with_the_plan() -> None:
    planned = late_plan()
    assert planned.late == 1
    assert OutboxTask.objects.filter(consumer="planning.mending").count() == 1
    assert mend(planned.plan_id)
    plan = Plan.objects.get(pk=planned.plan_id)
    evening = datetime(2026, 11, 2, 10, tzinfo=UTC)
    assert plan.mends == [
        {
            "line": plan.lots.get().line_id,
            "starts_at": evening.isoformat(),
            "ends_at": (evening + 8 * HOUR).isoformat(),
            "on_time": [ProductionOrder.objects.get().pk],
            "late_now": 1,
            "late": 0,
            "less_late": plan.lots.get().late_minutes,
        }
    ]
    assert reads_pages.mends(plan, now=evening) == []


@real_db
def test_only_the_current_plan_is_mended() -> None:
    first = late_plan()
    second = service.replan(maker_id=Maker.objects.get().pk, seed=1, seconds=0.1, now=LATER)
    assert not mend(first.plan_id)
    assert mend(second.plan_id)
    assert not mend(second.plan_id + 1)
    assert Plan.objects.get(pk=first.plan_id).mends is None


@real_db
def test_nothing_is_said_to_help_where_no_shift_does() -> None:
    planned = late_plan()
    Maker.objects.update(frozen_hours=240)
    assert mend(planned.plan_id)
    assert Plan.objects.get(pk=planned.plan_id).mends == []


def shown_mends(maker: Maker, **changed: Any) -> tuple[Plan, Lot, dict[str, Any]]:
    """A plan with a late lot and a shift for it that begins in an hour."""
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    plan = portal.plan(maker, 7, now=now)
    lot = plan.lots.get(late_minutes__gt=0)
    row = {
        "line": lot.line_id,
        "starts_at": (now + HOUR).isoformat(),
        "ends_at": (now + 9 * HOUR).isoformat(),
        "on_time": [lot.order_id],
        "late_now": 3,
        "late": 4,
        "less_late": 600,
    } | changed
    Plan.objects.update(mends=[row])
    plan.refresh_from_db()
    return plan, lot, row


@page_db
def test_the_page_says_what_would_mend_the_plan_and_tries_it(maker_a: Maker, mira: Client) -> None:
    plan, lot, row = shown_mends(maker_a)
    page = mira.get("/maker/plan/").content.decode()
    assert "One more shift on line L1" in page
    assert "1 of 3 late lots on time. 2 other lots would be late. 10 hours less lateness in all." in page
    assert page.count("On time with one more shift on line L1") == 1
    panel = mira.get(f"/maker/plan/{plan.public_id}/lots/{lot.order.public_id}/").content.decode()
    assert "On time with one more shift on line L1" in panel
    [offered] = mira.get("/maker/plan/").context["mends"]
    typed = {"try-kind": "shift"} | {f"try-{name}": offered[name] for name in ("line", "starts_at", "ends_at")}
    answer = mira.post("/maker/plan/what-if/", typed)
    tried = Plan.objects.get(state="what_if")
    assert answer["Location"].startswith(f"/maker/plan/?compare={tried.public_id}")
    [shift] = tried.changes["shifts"]
    assert datetime.fromisoformat(shift["starts_at"]) == datetime.fromisoformat(row["starts_at"])


@page_db
def test_files_and_the_api_say_it_too(maker_a: Maker, mira: Client) -> None:
    portal.plan(maker_a, 2, now=timezone.now())
    assert mira.get("/api/v1/plan").json()["mends"] is None
    Plan.objects.update(mends=[])
    assert mira.get("/maker/plan/plan.json").json()["mends"] == []


@page_db
def test_the_api_names_the_orders(maker_a: Maker, mira: Client) -> None:
    _plan, lot, _row = shown_mends(maker_a)
    [said] = mira.get("/api/v1/plan").json()["mends"]
    assert (said["line"], said["on_time"]) == ("L1", [str(lot.order.public_id)])
    assert (said["late_lots_now"], said["late_lots"], said["late_minutes_less"]) == (3, 4, 600)


@page_db
def test_who_only_looks_on_sees_it_but_cannot_try_it(maker_a: Maker) -> None:
    shown_mends(maker_a)
    viewer = portal.signed_in(maker_a, "vera", "viewer")
    page = viewer.get("/maker/plan/").content.decode()
    assert "One more shift on line L1" in page
    assert "try-line" not in page
    assert viewer.post("/maker/plan/what-if/", {"try-kind": "shift"}).status_code == 403


@page_db
def test_the_page_says_that_nothing_helps_but_nothing_before_it_knows(maker_a: Maker, mira: Client) -> None:
    plan, lot, _row = shown_mends(maker_a, on_time=[])
    assert "No late lot on time. 1 other lot would be late. 10 hours" in mira.get("/maker/plan/").content.decode()
    assert mended_by(reads_pages.mends(plan, now=timezone.now()), [lot.line], lot.order_id) == ""
    Plan.objects.update(mends=[])
    assert "No single shift helps" in mira.get("/maker/plan/").content.decode()
    Plan.objects.update(mends=None)
    assert "What would mend it" not in mira.get("/maker/plan/").content.decode()
