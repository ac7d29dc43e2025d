"""Bursts and unmet demand against what makers make, and how soon."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from demand.models import Finding
from manufacturers.offering.descriptions import DescribedOffer
from manufacturers.proposing import findings
from tests.manufacturers import deals
from tests.manufacturers.makers import NOW, laptop

pytestmark = pytest.mark.django_db
# An answer takes up to 7 days, a campaign 14, the maker's lead time is 10.
SOONEST = 31


def finding(kind: str, *, days: int = 0, needs: dict[str, Any] | None = None) -> Finding:
    first = NOW.date() - timedelta(days=days)
    return Finding.objects.create(
        kind=kind,
        category=laptop(),
        subject=f"{kind}{days}{needs}"[:200],
        starts_on=first,
        ends_on=NOW.date() - timedelta(days=1) if kind == "burst" else None,
        evidence={"needs": needs or {}},
        found_at=NOW,
    )


def supply_of(row: Finding) -> tuple[str, int, int, int | None, int]:
    row.refresh_from_db()
    return (
        row.supply["verdict"],
        row.supply["makers"],
        row.supply["in_time"],
        row.supply["soonest_days"],
        row.supply["window_days"],
    )


def test_a_burst_is_compared_with_lead_times() -> None:
    deals.maker_with()
    short, long = finding("burst", days=10), finding("burst", days=31)

    assert findings.judge_finding(finding_id=short.pk, now=NOW) == 2
    assert findings.judge_category(category_id=laptop().pk, now=NOW) == 0

    assert supply_of(short) == ("nobody_in_time", 1, 0, SOONEST, 28)
    assert supply_of(long) == ("one_maker", 1, 1, SOONEST, 31)


def test_unmet_demand_is_compared_with_what_is_made() -> None:
    deals.maker_with()
    deals.maker_with(DescribedOffer(values=deals.offer(code="b-slim"), units_per_week=100), code="maker-b")
    office = finding("unmet", needs={"use": {"any": ["office"]}, "colour": {"not": ["red"]}})
    gaming = finding("unmet", needs={"use": {"any": ["gaming"]}})

    findings.judge_category(category_id=laptop().pk, now=NOW)

    assert supply_of(office) == ("several", 2, 2, SOONEST, 90)
    assert supply_of(gaming) == ("nobody_makes", 0, 0, None, 90)


def test_a_maker_without_room_for_the_minimum_is_not_in_time() -> None:
    deals.maker_with(DescribedOffer(values=deals.offer(), units_per_week=1))
    row = finding("unmet")

    findings.judge_category(category_id=laptop().pk, now=NOW)

    assert supply_of(row)[0] == "nobody_in_time"


def test_a_finding_that_names_no_category_is_left_alone() -> None:
    row = Finding.objects.create(kind="unmet", subject="chair", starts_on=date(2026, 10, 1), found_at=NOW)
    assert findings.judge_finding(finding_id=row.pk, now=NOW) == 0
    assert Finding.objects.get().supply == {}
