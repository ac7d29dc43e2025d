"""The staff's market page: trends with their interval, bursts and unmet needs, and the same as a file."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from demand.estimating.market import staff_market
from demand.models import Category, Finding, SignalRollup, User
from tests.signing_in import sign_in_fully

PAGE, FILE = "admin:demand_finding_market", "admin:demand_finding_market_csv"


@pytest.fixture
def asked_for(catalogue: None) -> None:
    """Laptops asked for twice as often as a month ago, a burst of them, and a need that nobody serves."""
    now = timezone.now()
    laptop = Category.objects.get(code="laptop")
    SignalRollup.objects.bulk_create(
        SignalRollup(
            hour=(now - timedelta(days=back)).replace(hour=12, minute=0, second=0, microsecond=0),
            category=laptop,
            kind="view",
            events=20 if back <= 28 else 10,
            units=1,
            persons=0,
        )
        for back in range(1, 57)
    )
    found = {"category": laptop, "starts_on": now.date(), "found_at": now}
    Finding.objects.create(kind="burst", subject="laptop", multiple_permille=3100, **found)
    supply = {"verdict": "nobody_makes"}
    Finding.objects.create(
        kind="unmet", subject="=cat()", evidence={"searches": 40, "missed": 40}, supply=supply, **found
    )


def staff(*permissions: str) -> Client:
    sam = User.objects.create_user(email="sam@example.com", name="Sam", email_verified_at=timezone.now(), is_staff=True)
    sam.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    sign_in_fully(client, sam)
    return client


@pytest.mark.usefixtures("asked_for")
def test_the_page_shows_growth_with_its_interval_and_what_was_found() -> None:
    text = staff("view_finding").get(reverse(PAGE)).content.decode()

    assert "× 2.00" in text
    assert "1.73–2.31" in text
    assert "× 3.1" in text
    assert "Nobody makes this." in text


@pytest.mark.usefixtures("asked_for")
def test_the_file_says_the_same_and_starts_no_formula() -> None:
    answer = staff("view_finding").get(reverse(FILE))

    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[1].startswith("trend,laptop,,,560,2.0,1.733,2.309,")
    assert lines[2].split(",")[:3] == ["burst", "laptop", "laptop"]
    assert lines[3].split(",")[:3] == ["unmet", "laptop", "'=cat()"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", [PAGE, FILE])
def test_only_who_may_see_findings_sees_it(name: str) -> None:
    assert staff().get(reverse(name)).status_code == 403


@pytest.mark.usefixtures("asked_for")
def test_it_takes_four_queries_however_many_categories_there_are() -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = staff_market(today=timezone.now().date())
    assert [row.category.code for row in found.rows] == ["laptop"]
    assert len(queries) == 4
