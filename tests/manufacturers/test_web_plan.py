"""Lines, calendars, the plan, orders and releases in the portal."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from manufacturers.models import Line, Lot, Maker, Milestone, ProductionOrder, Shift
from tests.manufacturers import portal
from tests.manufacturers.portal import offer_of

pytestmark = pytest.mark.django_db


def test_a_line_keeps_its_week(maker_a: Maker, mira: Client) -> None:
    line = Line.objects.get(maker=maker_a, code="L1")
    form = mira.get(f"/maker/lines/{line.public_id}/").context["form"]
    shown = {name: form[name].value() for name in form.fields}
    typed = {name: value for name, value in shown.items() if value not in (None, "")}
    typed |= {"from_5_0": "08:00", "to_5_0": "12:00"}
    assert mira.post(f"/maker/lines/{line.public_id}/", typed).status_code == 302
    assert Shift.objects.filter(line=line).count() == 6
    assert mira.post(f"/maker/lines/{line.public_id}/", typed | {"to_5_0": ""}).status_code == 422


def test_a_closed_day_is_added_and_removed(maker_a: Maker, mira: Client) -> None:
    fields = {
        "exception-line": "",
        "exception-working": "no",
        "exception-starts_at": "2030-05-01T00:00",
        "exception-ends_at": "2030-05-02T00:00",
        "exception-reason": "Repair",
    }
    assert mira.post("/maker/calendar/", fields).status_code == 302
    row = maker_a.calendar_exceptions.get(reason="Repair")
    assert row.starts_at.isoformat() == "2030-04-30T16:00:00+00:00"
    assert mira.post("/maker/calendar/", fields | {"exception-ends_at": "2030-04-01T00:00"}).status_code == 422
    assert mira.post(f"/maker/calendar/exceptions/{row.pk}/drop/").status_code == 302
    assert not maker_a.calendar_exceptions.filter(reason="Repair").exists()


def test_a_report_takes_one_tap_and_counts_once(maker_a: Maker, mira: Client) -> None:
    portal.plan(maker_a, 1, now=timezone.now())
    order = ProductionOrder.objects.get()
    address = f"/maker/orders/{order.public_id}/"
    key = mira.get(address).context["form"]["idempotency_key"].value()
    fields = {"kind": "started", "units": 20, "idempotency_key": key, "note": ""}
    for _time in range(2):
        assert mira.post(address, fields).status_code == 302
    assert Milestone.objects.get().kind == "started"
    answer = mira.post(address, {"kind": "delayed", "units": 20, "idempotency_key": uuid4().hex})
    assert answer.status_code == 422
    assert "Give the new date" in answer.content.decode()


def test_a_release_is_acknowledged(maker_a: Maker, mira: Client) -> None:
    behind = portal.release(offer_of(maker_a), "r1", now=timezone.now())
    assert mira.post(f"/maker/releases/{behind.public_id}/acknowledge/").status_code == 302
    behind.refresh_from_db()
    assert behind.state == "acknowledged"


def test_plan_files_hold_every_lot(maker_a: Maker, mira: Client) -> None:
    portal.plan(maker_a, 7, now=timezone.now())
    assert mira.get("/maker/plan/plan.csv").content.decode().count("\n") == 8
    assert mira.get("/maker/plan/plan.ics").content.decode().count("BEGIN:VEVENT") == 7
    assert len(json.loads(mira.get("/maker/plan/plan.json").content)["lots"]) == 7
    assert mira.get("/maker/plan/plan.xlsx").content[:2] == b"PK"
    assert len(mira.get("/api/v1/plan").json()["lots"]) == 7


def test_every_lot_is_on_the_page_for_printing(maker_a: Maker, mira: Client) -> None:
    portal.plan(maker_a, 23, now=timezone.now())
    paged = mira.get("/maker/plan/")
    assert len(paged.context["lot_rows"]) == 20
    assert "?all=1#lots" in paged.content.decode()
    whole = mira.get("/maker/plan/?all=1&page=2")
    assert len(whole.context["lot_rows"]) == 23
    assert "all=1" not in whole.content.decode().split('id="lots"')[1].split('id="needs"')[0].split("</table>")[1]


def test_the_board_holds_every_lot_in_minutes(maker_a: Maker, mira: Client) -> None:
    now = timezone.now()
    portal.plan(maker_a, 4, now=now)
    page = mira.get("/maker/plan/")
    board = page.context["board"]
    first = Lot.objects.order_by("order__part")[0]
    key, name, lane, family, units, change, start, end, late, fixed, trial, due, why = board["lots"][0]
    assert len(board["lots"]) == 4
    assert (key, name, lane, family, units) == (str(first.order.public_id), "R-2026-0042-1", 0, 0, 20)
    assert (start - change, end - start, late, fixed, trial) == (60, 480, "", 1, 0)
    due_minute = first.order.due_at.replace(second=0, microsecond=0)
    assert (board["start"] + due * 60_000, why) == (due_minute.timestamp() * 1000, "")
    assert board["start"] + start * 60_000 == first.starts_at.timestamp() * 1000
    assert [line["name"] for line in board["lines"]] == ["L1", "L2"]
    assert b'id="board-data"' in page.content
    assert b"The board needs scripts" in page.content


def test_milestones_are_offered_in_their_order(maker_a: Maker, mira: Client) -> None:
    portal.plan(maker_a, 1, now=timezone.now())
    order = ProductionOrder.objects.get()
    address = f"/maker/orders/{order.public_id}/"

    def offered() -> list[str]:
        return [button["kind"] for button in mira.get(address).context["buttons"]]

    def report(kind: str, units: int) -> None:
        answer = mira.post(address, {"kind": kind, "units": units, "idempotency_key": uuid4().hex, "note": ""})
        assert answer.status_code == 302

    assert offered() == ["started", "quality_hold"]
    report("quality_hold", 20)
    assert offered() == ["started", "quality_hold"]
    report("started", 20)
    assert offered() == ["finished", "quality_hold"]
    report("finished", 5)
    assert offered() == ["finished", "shipped", "quality_hold"]
    report("shipped", 5)
    assert offered() == ["finished", "delivered", "quality_hold"]


def test_an_empty_plan_says_nothing_of_lateness(maker_a: Maker, mira: Client) -> None:
    portal.plan(maker_a, 1, now=timezone.now())
    Lot.objects.all().delete()
    page = mira.get("/maker/plan/").content.decode()
    assert "Nothing is planned yet." in page
    assert "No lot is late." not in page
    assert "on time" not in page.split("<aside")[0]
