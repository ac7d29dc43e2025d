"""Who sees which pages of the portal and may press which buttons."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from manufacturers.models import Line, Lot, Maker, Milestone, Plan, ProductionOrder, Proposal, Release
from tests.manufacturers import portal
from tests.manufacturers.makers import person
from tests.manufacturers.portal import offer_of, signed_in

pytestmark = pytest.mark.django_db


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


def test_the_api_shows_own_proposals_only(maker_a: Maker, mira: Client, noor: Client) -> None:
    sent = portal.proposal(offer_of(maker_a), "one", now=timezone.now())
    assert [row["id"] for row in mira.get("/api/v1/proposals").json()] == [str(sent.public_id)]
    assert noor.get("/api/v1/proposals").json() == []
    assert mira.get(f"/api/v1/proposals/{sent.public_id}").json()["lines"][0]["key"] == "black"
    assert noor.get(f"/api/v1/proposals/{sent.public_id}").status_code == 404
    assert Client().get("/api/v1/proposals").status_code == 401
