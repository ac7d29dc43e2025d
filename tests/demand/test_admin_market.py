"""The staff's market page: trends with their interval, bursts and unmet needs, and the same as a file."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from demand.estimating import service as estimating
from demand.estimating.market import staff_market
from demand.models import Category, Estimate, EstimatePoint, Finding, Pool, SignalRollup, User
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


def words(answer: Any) -> str:
    """A page's text without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).replace(" ;", ";")


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


def test_the_page_of_an_estimate_says_what_it_is_made_of_and_how_staff_corrected_it(ana: User) -> None:
    now = timezone.now()
    category = Category.objects.create(code="cat", names={"en": "Cat"})
    pool = Pool.objects.create(category=category, specification={}, spec_hash="h", created_at=now, updated_at=now)
    kept = {"pool": pool, "model_version": "m", "pool_revision": 1, "input_hash": "h", "computed_at": now}
    old, new = (Estimate.objects.create(version=version, **kept) for version in (1, 2))
    for row in (old, new):
        EstimatePoint.objects.create(
            estimate=row,
            price_minor=70_000,
            firm_units=4,
            expected_units=20,
            low80=15,
            high80=25,
            low95=12,
            high95=30,
            evidence=[
                {"kind": "firm", "count": 4, "rate_permille": 950, "units": 3.8},
                {"kind": "wish", "count": 40, "rate_permille": 405, "units": 16.2},
            ],
        )
    estimating.override(pool_id=pool.pk, factor_permille=1500, reason="A school asked.", by_id=ana.pk, now=now)
    client = staff("view_estimate")

    text = words(client.get(reverse("admin:demand_estimate_change", args=[new.pk])))
    assert "¥700 30 = 4 firm + 40 % of 40 wishes; 80 % sure of 23–38" in text
    assert "20 were computed before the correction." in text
    assert "Corrected by staff, × 1.5: A school asked." in text
    before = words(client.get(reverse("admin:demand_estimate_change", args=[old.pk])))
    assert "¥700 20 = 4 firm + 40 % of 40 wishes; 80 % sure of 15–25" in before
    assert "Corrected by staff" not in before
