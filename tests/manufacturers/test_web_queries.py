"""No page of the portal asks more of the database for more rows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from manufacturers.models import Lot, Maker, Plan, ProductionOrder
from tests.manufacturers import portal
from tests.manufacturers.portal import offer_of

pytestmark = pytest.mark.django_db


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
