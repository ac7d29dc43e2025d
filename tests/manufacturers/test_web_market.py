"""The makers' market page: growth with its range, bursts beside last year, and the same as a file."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from demand.models import Finding, SignalRollup
from manufacturers.models import Maker
from tests.manufacturers.portal import offer_of

pytestmark = pytest.mark.django_db


def signals(maker: Maker, recent: int, before: int) -> None:
    """So many a day in the last four weeks and the four before, in the category that the maker offers in."""
    category, now = offer_of(maker).category, timezone.localtime()
    SignalRollup.objects.bulk_create(
        SignalRollup(
            hour=(now - timedelta(days=back)).replace(hour=12, minute=0, second=0, microsecond=0),
            category=category,
            kind="view",
            events=recent if back <= 28 else before,
            units=1,
            persons=0,
        )
        for back in range(1, 57)
        if (recent if back <= 28 else before)
    )
    Finding.objects.create(
        kind="burst",
        category=category,
        subject=category.code,
        starts_on=now.date(),
        multiple_permille=3100,
        evidence={"multiple_of_last_year": 2.4},
        found_at=now,
    )


def test_growth_stands_with_its_range_and_bursts_beside_last_year(maker_a: Maker, mira: Client) -> None:
    signals(maker_a, 20, 10)

    text = mira.get("/maker/market/").content.decode()
    lines = mira.get("/maker/market.csv").content.decode("utf-8-sig").splitlines()

    assert "× 2.00" in text
    assert "1.73–2.31" in text
    assert ">2.4<" in text
    assert "growth,laptop,,,,2.0,1.733,2.309," in lines
    assert lines[-1].split(",")[5:] == ["3.1", "", "", "2.4"]


def test_nothing_is_said_of_few(maker_a: Maker, mira: Client) -> None:
    signals(maker_a, 20, 0)

    assert "× " not in mira.get("/maker/market/").content.decode()
