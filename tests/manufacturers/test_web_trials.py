"""What a maker and a shopper see of a trial batch."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from demand.models import Campaign, CampaignProgress
from demand.web.ordering import progress_steps
from demand.web.paying import batch_terms
from manufacturers.models import Lot, Maker, ProductionOrder, Release
from tests.manufacturers import portal

pytestmark = pytest.mark.django_db


@pytest.fixture
def orders(maker_a: Maker) -> list[ProductionOrder]:
    """A planned trial of 20 units, and 30 that wait for it."""
    portal.plan(maker_a, 2, now=timezone.now())
    Release.objects.update(trial_units=20)
    ProductionOrder.objects.filter(part=1).update(trial=True)
    ProductionOrder.objects.filter(part=2).update(waits=True)
    return list(ProductionOrder.objects.order_by("part"))


def tap(client: Client, order: ProductionOrder, kind: str) -> Any:
    """Open the order's page and report: two taps. What the page says then."""
    address = f"/maker/orders/{order.public_id}/"
    form = client.get(address).context["form"]
    fields = {name: form[name].value() for name in ("units", "idempotency_key")}
    client.post(address, fields | {"kind": kind, "note": ""})
    return client.get(address)


def kinds(page: Any) -> list[str]:
    return [button["kind"] for button in page.context["buttons"]]


def test_the_rest_is_offered_once_the_trial_is_in_order(orders: list[ProductionOrder], mira: Client) -> None:
    trial, rest = orders
    page = mira.get(f"/maker/orders/{rest.public_id}/")
    assert kinds(page) == ["quality_hold"]
    assert "Waits for the trial batch of 20 units" in page.content.decode()
    assert str(trial.public_id) in page.content.decode()
    assert "30 more units are made once" in tap(mira, trial, "started").content.decode()
    held = tap(mira, trial, "quality_hold")
    assert kinds(held) == ["passed", "finished", "quality_hold"]
    assert "held for quality, and 30 more units wait" in held.content.decode()
    tap(mira, trial, "finished")
    assert kinds(mira.get(f"/maker/orders/{rest.public_id}/")) == ["quality_hold"]
    assert kinds(tap(mira, trial, "passed")) == ["shipped", "quality_hold"]
    assert kinds(mira.get(f"/maker/orders/{rest.public_id}/")) == ["started", "quality_hold"]


def test_the_plan_and_its_exports_name_the_trial(orders: list[ProductionOrder], mira: Client) -> None:
    page = mira.get("/maker/plan/")
    assert [row["trial"] for row in page.context["lot_rows"]] == ["trial batch", "waits for its trial batch"]
    assert sorted(lot[10] for lot in page.context["board"]["lots"]) == [1, 2]
    rows = list(csv.DictReader(StringIO(mira.get("/maker/plan/plan.csv").content.decode("utf-8-sig"))))
    assert [row["trial"] for row in rows] == ["trial", "waits"]
    lots = mira.get("/maker/plan/plan.json").json()["lots"]
    assert [(lot["trial"], lot["waits_for_trial"]) for lot in lots] == [(True, False), (False, True)]
    events = Calendar.from_ical(mira.get("/maker/plan/plan.ics").content).walk("VEVENT")
    assert [str(event["summary"]).split(" · ")[2:] for event in events] == [
        ["trial batch"],
        ["waits for its trial batch"],
    ]
    release = Release.objects.get()
    said = mira.get(f"/maker/releases/{release.public_id}/").content.decode()
    assert "20 units first as a trial batch, then 580 once they are in order." in said
    panel = mira.get(f"/maker/plan/?lot={Lot.objects.get(order=orders[1]).order.public_id}").content.decode()
    assert panel.count("waits for its trial batch") > 2


def test_a_shopper_reads_of_the_trial() -> None:
    step = CampaignProgress(kind="trial", units=20, happened_at=timezone.now() - timedelta(days=1))

    class View:
        progress = (step,)

    (shown,) = progress_steps(View())  # type: ignore[arg-type]
    assert (shown["label"], shown["note"]) == ("Trial batch in order", "20 units are made; the rest follows.")
    said = batch_terms(Campaign(batch={"trial": {"first_units": 200, "then_units": 1800}}))
    assert said[1] == "If at least twice as many are ordered, 200 are made and looked at before the rest is."
