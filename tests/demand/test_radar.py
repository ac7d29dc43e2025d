"""A shop's list of searches, as it comes, ends in findings that a person can read."""

from __future__ import annotations

from pathlib import Path

import pytest

from demand.collecting import service as collecting
from demand.errors import NotThere
from demand.estimating import service as estimating
from demand.models import Category, Finding, OutboxEvent, Pool
from demand.staff_words import origin_words
from tests.demand.conftest import NOW

# Real searches of a furniture shop with the product class it knew (Wayfair WANDS, MIT).
QUERIES = """query_id\tquery\tquery_class
3\tturquoise pillows\tAccent Pillows
14\tbeds that have leds\tBeds
20\tchair and a half recliner\tRecliners
21\tsofa bed\tBeds
35\tbed side table\tBeds
40\tgrey bed\tBeds
52\tking size bed\tBeds
60\tkids bed with desk\tBeds
61\t17 inch gaming laptop\t
62\tgaming laptop 17 inch\t
63\t17 inch gaming laptop quiet\t
64\tlaptop for gaming 17 inch\t
65\t17 inch laptop gaming\t
"""


@pytest.mark.usefixtures("catalogue")
def test_a_stream_of_searches_ends_in_readable_findings(tmp_path: Path) -> None:
    file = tmp_path / "queries.csv"
    file.write_text(QUERIES)
    collecting.import_signals(path=file, source="shop", now=NOW)
    estimating.roll_up(now=NOW)

    assert estimating.find_unmet(today=NOW.date(), now=NOW) == 2

    class_of_the_shop = Finding.objects.get(subject="Beds")
    assert class_of_the_shop.evidence["searches"] == 6
    assert class_of_the_shop.evidence["reasons"] == ["UNSERVED"]
    understood = Finding.objects.get(category__code="laptop")
    assert understood.subject == "screen_size=17..17&use=gaming"
    assert understood.pool is not None
    assert (understood.pool.state, understood.pool.specification["use"]) == ("draft", {"any": ["gaming"]})
    assert understood.pool.note == "searched:5:28:screen_size=17..17&use=gaming"
    assert origin_words(understood.pool.note) == "5 searches in 28 days"
    assert OutboxEvent.objects.filter(topic="finding.made").count() == 2


@pytest.mark.usefixtures("catalogue")
def test_staff_name_the_category_of_a_need_that_nobody_understood() -> None:
    need = Finding.objects.create(
        kind="unmet", subject="Beds", starts_on=NOW.date(), evidence={"searches": 6, "days": 28}, found_at=NOW
    )
    laptop = Category.objects.get(code="laptop")

    key = estimating.draft_finding(finding_id=need.pk, category_id=laptop.pk, now=NOW)
    again = estimating.draft_finding(finding_id=need.pk, category_id=laptop.pk, now=NOW)

    pool = Pool.objects.get()
    assert key == again == pool.pk
    assert (pool.state, pool.category_id, pool.specification) == ("draft", laptop.pk, {})
    assert origin_words(pool.note) == "6 searches in 28 days · Beds"
    assert origin_words("Named at the fair: 5") == "Named at the fair: 5"
    need.refresh_from_db()
    assert need.pool_id == pool.pk


@pytest.mark.usefixtures("catalogue")
def test_only_an_unmet_need_gets_a_draft() -> None:
    laptop = Category.objects.get(code="laptop")
    burst = Finding.objects.create(kind="burst", subject="laptop", starts_on=NOW.date(), found_at=NOW)

    with pytest.raises(NotThere):
        estimating.draft_finding(finding_id=burst.pk, category_id=laptop.pk, now=NOW)
    assert not Pool.objects.exists()
