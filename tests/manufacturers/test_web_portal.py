"""Portal pages: who sees what, what each button does, and that no page asks more of the database for more rows."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from manufacturers.models import (
    CapacityWindow,
    Line,
    Lot,
    Maker,
    Milestone,
    Offer,
    Plan,
    ProductionOrder,
    Proposal,
    Release,
    Shift,
    ThreadMessage,
)
from tests.manufacturers import portal
from tests.manufacturers.makers import maker_b, member_of, person, store_a
from tests.signing_in import sign_in_fully

pytestmark = pytest.mark.django_db


@pytest.fixture
def maker_a() -> Maker:
    portal.catalogue()
    made = store_a()
    Offer.objects.filter(maker=made).update(valid_to="2030-12-31")
    return made


@pytest.fixture
def mira(maker_a: Maker) -> Client:
    return signed_in(maker_a, "mira")


@pytest.fixture
def noor() -> Client:
    from manufacturers.offering import service

    stored = service.store_maker(described=maker_b(), now=timezone.now())
    return signed_in(Maker.objects.get(pk=stored.maker_id), "noor")


def signed_in(maker: Maker, name: str, role: str = "owner") -> Client:
    client = Client()
    sign_in_fully(client, member_of(maker, name, role).user)
    return client


def offer_of(maker: Maker) -> Offer:
    return Offer.objects.get(maker=maker)


def everything(maker: Maker) -> list[str]:
    """The address of every page that shows one of a maker's rows."""
    now = timezone.now()
    offered, sent = offer_of(maker), portal.proposal(offer_of(maker), "one", now=now)
    plan = portal.plan(maker, 3, now=now)
    behind = Release.objects.get(maker=maker)
    order = ProductionOrder.objects.filter(release__maker=maker)[0]
    line = Line.objects.filter(maker=maker)[0]
    rows: dict[str, tuple[Any, tuple[str, ...]]] = {
        "proposals": (sent, ("", "proposal.csv", "proposal.json")),
        "offers": (offered, ("", "capacity/")),
        "lines": (line, ("",)),
        "orders": (order, ("",)),
        "releases": (behind, ("", "release.csv")),
    }
    found = [f"/maker/{name}/{row.public_id}/{end}" for name, (row, ends) in rows.items() for end in ends]
    return [*found, f"/maker/plan/{plan.public_id}/lots/{order.public_id}/"]


PAGES = [
    "",
    "plan/",
    "offers/",
    "calendar/",
    "lines/new/",
    "releases/",
    "claims/",
    "market/",
    "offers/new/?category=laptop",
]
FILES = ["proposals.csv", "market.csv"]
PLAN_FILES = ["plan/plan.csv", "plan/plan.xlsx", "plan/plan.ics", "plan/plan.json"]


@pytest.mark.parametrize("page", PAGES + FILES)
def test_pages_open_empty(mira: Client, page: str) -> None:
    answer = mira.get(f"/maker/{page}")
    assert answer.status_code == 200, page
    assert b" style=" not in answer.content


def test_every_row_is_for_its_maker_only(maker_a: Maker, mira: Client, noor: Client) -> None:
    addresses = everything(maker_a)
    assert {mira.get(one).status_code for one in addresses} == {200}
    assert {noor.get(one).status_code for one in addresses} == {404}


def test_shoppers_and_strangers_find_no_portal(maker_a: Maker) -> None:
    stranger, shopper = Client(), Client()
    shopper.force_login(person("ana"))
    addresses = [f"/maker/{page}" for page in PAGES + FILES + PLAN_FILES] + everything(maker_a)
    for client in (stranger, shopper):
        assert {client.get(one).status_code for one in addresses if one != "/maker/"} == {404}
    assert shopper.get("/maker/").status_code == 404
    assert stranger.get("/maker/").headers["Location"] == "/accounts/login/?next=/maker/"


def test_another_maker_cannot_act(maker_a: Maker, mira: Client, noor: Client) -> None:
    everything(maker_a)
    sent, plan = Proposal.objects.get(state="sent"), Plan.objects.get()
    lot, behind = Lot.objects.filter(plan=plan)[0], Release.objects.get()
    posts = [f"proposals/{sent.public_id}/{name}/" for name in ("accept", "decline", "counter", "message")]
    posts += [f"plan/{plan.public_id}/lots/{lot.order.public_id}/{name}/" for name in ("move", "freeze")]
    posts += [f"plan/{plan.public_id}/{name}/" for name in ("adopt", "drop")]
    posts += [f"offers/{offer_of(maker_a).public_id}/{name}/" for name in ("state", "capacity")]
    posts += [f"releases/{behind.public_id}/acknowledge/", f"orders/{lot.order.public_id}/"]
    for one in posts:
        assert noor.post(f"/maker/{one}", {"frozen": "1", "action": "pause"}).status_code == 404, one
    sent.refresh_from_db()
    assert (sent.state, offer_of(maker_a).state, Milestone.objects.count()) == ("sent", "live", 0)


def test_a_viewer_looks_and_does_nothing(maker_a: Maker) -> None:
    viewer = signed_in(maker_a, "vito", "viewer")
    everything(maker_a)
    sent, order = Proposal.objects.get(state="sent"), ProductionOrder.objects.all()[0]
    page = viewer.get(f"/maker/proposals/{sent.public_id}/")
    assert page.status_code == 200
    assert b"/accept/" not in page.content
    for one in (f"proposals/{sent.public_id}/accept/", f"orders/{order.public_id}/", "plan/what-if/", "calendar/"):
        assert viewer.post(f"/maker/{one}", {}).status_code == 403, one
    assert viewer.get("/maker/lines/new/").status_code == 403
    sent.refresh_from_db()
    assert sent.state == "sent"


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


@pytest.mark.parametrize("address", ["", "?order=deadline", "?show=going", "releases/", "proposals.csv"])
def test_lists_ask_the_same_at_2_and_200_rows(maker_a: Maker, mira: Client, address: str) -> None:
    now, offered = timezone.now(), offer_of(maker_a)

    def fill(first: int, last: int) -> None:
        for number in range(first, last):
            portal.proposal(offered, f"p{number}", now=now)
            portal.release(offered, f"r{number}", now=now)

    fill(0, 2)
    few = queries(mira, f"/maker/{address}")
    fill(2, 200)
    assert queries(mira, f"/maker/{address}") == few


def test_the_plan_asks_the_same_at_2_and_200_lots(maker_a: Maker, mira: Client) -> None:
    now = timezone.now()
    portal.plan(maker_a, 2, now=now)
    order = ProductionOrder.objects.all()[0]
    few = [queries(mira, f"/maker/plan/{end}") for end in ("", f"?lot={order.public_id}", "plan.csv")]
    Lot.objects.all().delete()
    Plan.objects.all().delete()
    ProductionOrder.objects.all().delete()
    portal.plan(maker_a, 200, now=now, key="2026-0043")
    order = ProductionOrder.objects.all()[0]
    assert [queries(mira, f"/maker/plan/{end}") for end in ("", f"?lot={order.public_id}", "plan.csv")] == few


def test_accepting_says_what_it_binds_to_and_binds(maker_a: Maker, mira: Client) -> None:
    now = timezone.now()
    first = timezone.localdate(now) - timedelta(days=timezone.localdate(now).weekday())
    CapacityWindow.objects.filter(offer__maker=maker_a).delete()
    CapacityWindow.objects.bulk_create(
        [CapacityWindow(offer=offer_of(maker_a), week=first + timedelta(weeks=n), units=500) for n in range(12)]
    )
    sent = portal.proposal(offer_of(maker_a), "one", now=now)
    page = mira.get(f"/maker/proposals/{sent.public_id}/").content.decode()
    assert "Accept 500–1,400 units" in page
    answer = mira.post(f"/maker/proposals/{sent.public_id}/accept/", {"seen_revision": sent.revision}, follow=True)
    sent.refresh_from_db()
    assert sent.state == "accepted"
    assert "accepted, shoppers are deciding" in answer.content.decode()


def test_a_stale_page_accepts_nothing(maker_a: Maker, mira: Client) -> None:
    sent = portal.proposal(offer_of(maker_a), "one", now=timezone.now())
    answer = mira.post(f"/maker/proposals/{sent.public_id}/accept/", {"seen_revision": "7"}, follow=True)
    assert "changed since you opened it" in answer.content.decode()
    sent.refresh_from_db()
    assert sent.state == "sent"


def test_declining_needs_a_reason(maker_a: Maker, mira: Client) -> None:
    sent = portal.proposal(offer_of(maker_a), "one", now=timezone.now())
    address = f"/maker/proposals/{sent.public_id}/decline/"
    assert mira.post(address, {"seen_revision": 1}).status_code == 422
    answer = mira.post(address, {"seen_revision": 1, "decline-reason": "price", "decline-note": "too low"})
    assert answer.status_code == 302
    sent.refresh_from_db()
    assert (sent.state, sent.decline_reason) == ("declined", "price")


def test_an_unchanged_counter_is_refused_beside_the_form(maker_a: Maker, mira: Client) -> None:
    sent = portal.proposal(offer_of(maker_a), "one", now=timezone.now())
    version = sent.versions.get()
    same = {
        "seen_revision": 1,
        "counter-unit_price": "90",
        "counter-units": 1200,
        "counter-min_units": 500,
        "counter-window_to": version.window_to.isoformat(),
        "counter-line_0": 800,
        "counter-line_1": 400,
    }
    answer = mira.post(f"/maker/proposals/{sent.public_id}/counter/", same)
    assert answer.status_code == 422
    assert "Nothing is changed yet" in answer.content.decode()
    assert not sent.counters.exists()


def test_a_message_reaches_the_thread(maker_a: Maker, mira: Client) -> None:
    sent = portal.proposal(offer_of(maker_a), "one", now=timezone.now())
    answer = mira.post(f"/maker/proposals/{sent.public_id}/message/", {"message-text": "Is 14.1 inch fine?"})
    assert answer.status_code == 302
    row = ThreadMessage.objects.get()
    assert (row.text, row.from_staff) == ("Is 14.1 inch fine?", False)


def offer_fields(**changed: Any) -> dict[str, Any]:
    return {
        "title": "Slim 15",
        "code": "slim-15",
        "family": "slim",
        "moq": 100,
        "lot_multiple": 10,
        "variant_min_units": 0,
        "lead_days": 30,
        "sample_days": 7,
        "vat_percent": "13",
        "deposit_percent": 30,
        "balance_trigger": "shipment",
        "quantity_tolerance_percent": 5,
        "opening_cost": "0",
        "tooling": "1200.50",
        "tooling_payer": "maker",
        "certificates": "CCC, ISO 9001",
        "valid_from": "2026-01-01",
        "valid_to": "2030-01-01",
        "materials": "Display panel, 1, pcs\nAluminium, 0.4, kg",
        "tier_units_0": 100,
        "tier_price_0": "2999.90",
        "tier_units_1": 500,
        "tier_price_1": "2799",
        "region_0": "*",
        "freight_0": "20",
        "makes_screen_size": "14, 15.6: 50",
        "makes_use__office": "on",
        "makes_use__gaming": "on",
        "cost_use__gaming": "80",
        "makes_rgb__true": "on",
    } | changed


def test_a_new_offer_is_stored_as_typed(maker_a: Maker, mira: Client) -> None:
    answer = mira.post("/maker/offers/new/?category=laptop", offer_fields())
    assert answer.status_code == 302, answer.content.decode()
    made = Offer.objects.get(code="slim-15")
    assert made.makes == {
        "screen_size": {"sizes": [14, 15.6], "unit": "inch"},
        "use": {"any": ["office", "gaming"]},
        "rgb": {"is": [True]},
    }
    assert made.value_cost == {"screen_size": {"15.6": 5000}, "use": {"gaming": 8000}}
    assert list(made.tiers.values_list("min_units", "unit_price_minor")) == [(100, 299_990), (500, 279_900)]
    assert (made.tooling_minor, made.vat_permille, made.freight_minor) == (120_050, 130, {"*": 2000})
    assert made.certificates == ["CCC", "ISO 9001"]
    assert list(made.materials.values_list("name", "milli_per_unit")) == [("Display panel", 1000), ("Aluminium", 400)]


def test_an_offer_survives_being_opened_and_stored(maker_a: Maker, mira: Client) -> None:
    mira.post("/maker/offers/new/?category=laptop", offer_fields())
    before = Offer.objects.get(code="slim-15")
    page = mira.get(f"/maker/offers/{before.public_id}/")
    form = page.context["form"]
    shown = {name: form[name].value() for name in form.fields}
    typed = {name: value for name, value in shown.items() if value is not None and value is not False and value != ""}
    answer = mira.post(f"/maker/offers/{before.public_id}/", typed | {"seen_revision": before.revision})
    assert answer.status_code == 302, answer.context["form"].errors
    after = Offer.objects.get(code="slim-15")
    for name in ("makes", "value_cost", "freight_minor", "moq", "tooling_minor", "certificates", "valid_to"):
        assert getattr(after, name) == getattr(before, name)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("moq", "0", "greater than or equal to 1"),
        ("tier_units_0", "200", "must begin at the minimum"),
        ("tier_price_1", "3500", "must not cost more"),
        ("valid_to", "2020-01-01", "must not be before the first"),
        ("makes_screen_size", "big", "Write numbers with commas"),
        ("materials", "steel", "write name, amount and unit"),
        ("title", "", "required"),
    ],
)
def test_a_wrong_offer_says_where(maker_a: Maker, mira: Client, field: str, value: str, said: str) -> None:
    answer = mira.post("/maker/offers/new/?category=laptop", offer_fields(**{field: value}))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Offer.objects.filter(code="slim-15").exists()


def test_pausing_and_retiring(maker_a: Maker, mira: Client) -> None:
    address = f"/maker/offers/{offer_of(maker_a).public_id}/state/"
    for action, state in (("pause", "paused"), ("resume", "live"), ("retire", "retired")):
        assert mira.post(address, {"action": action}).status_code == 302
        assert offer_of(maker_a).state == state


def test_capacity_is_stored_by_week_or_not_at_all(maker_a: Maker, mira: Client) -> None:
    week = timezone.localdate() - timedelta(days=timezone.localdate().weekday())
    address = f"/maker/offers/{offer_of(maker_a).public_id}/capacity/"
    assert mira.post(address, {f"week-{week}": "70", "week-2026-99-99": "1"}).status_code == 422
    assert mira.post(address, {f"week-{week}": "70"}).status_code == 302
    row = CapacityWindow.objects.get(offer__maker=maker_a, week=week)
    assert row.units == 70
    CapacityWindow.objects.filter(pk=row.pk).update(booked=60)
    answer = mira.post(address, {f"week-{week}": "50"})
    assert answer.status_code == 422
    assert "already booked" in answer.content.decode()


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


def test_the_api_shows_own_proposals_only(maker_a: Maker, mira: Client, noor: Client) -> None:
    sent = portal.proposal(offer_of(maker_a), "one", now=timezone.now())
    assert [row["id"] for row in mira.get("/api/v1/proposals").json()] == [str(sent.public_id)]
    assert noor.get("/api/v1/proposals").json() == []
    assert mira.get(f"/api/v1/proposals/{sent.public_id}").json()["lines"][0]["key"] == "black"
    assert noor.get(f"/api/v1/proposals/{sent.public_id}").status_code == 404
    assert Client().get("/api/v1/proposals").status_code == 401


@pytest.mark.parametrize("zoom", ["hours", "days", "weeks", "months"])
def test_the_board_shows_every_lot_of_its_window(maker_a: Maker, mira: Client, zoom: str) -> None:
    portal.plan(maker_a, 4, now=timezone.now())
    page = mira.get(f"/maker/plan/?zoom={zoom}").content.decode()
    assert page.count('class="lot"') == 4
    assert "data-pixels-a-day" in page
