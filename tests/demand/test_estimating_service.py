"""Estimates of pools: stored with their evidence, unchanged ones left alone, staff's word beside the computed value."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from demand.collecting.drafts import WishDraft
from demand.estimating import reads
from demand.estimating import service as estimating
from demand.models import Estimate, OutboxEvent, PastCampaign, Pool, Run, User
from demand.pooling import service as pooling
from tests.demand.conftest import NOW, person

LAPTOP = "想要一台17寸游戏本,预算7000以内,不要红色"


def past_campaigns(number: int = 30) -> None:
    """Closed campaigns in which four in ten wishes were bought."""
    PastCampaign.objects.bulk_create(
        PastCampaign(
            source_key=f"past-{index}",
            closed_on=date(2025, 3, 1) + timedelta(days=10 * index),
            category="laptop",
            lines=[
                {"kind": "wish", "persons": 100, "units": 100, "age_days": 5, "headroom": 0.1, "bought": 40},
                {"kind": "preorder", "persons": 20, "units": 20, "age_days": 5, "headroom": 0.1, "bought": 18},
            ],
        )
        for index in range(number)
    )


def place(user: User, text: str = LAPTOP, **fields: object) -> None:
    pooling.place(draft=WishDraft(text=text, **fields), user_id=user.pk, now=NOW)  # type: ignore[arg-type]


def run() -> estimating.Estimated:
    return estimating.estimate_category(category="laptop", seed=0, claimed_by="t", now=NOW)


@pytest.mark.usefixtures("catalogue")
def test_an_estimate_says_what_it_is_made_of() -> None:
    past_campaigns()
    for index in range(40):
        place(person(f"shopper{index}"))

    assert run() == estimating.Estimated(category="laptop", estimates=1, unchanged=0)

    pool = Pool.objects.get()
    view = reads.newest([pool.pk])[pool.pk]
    point = view.at(700_000)
    assert point.price_minor == 700_000
    assert 10 <= point.expected_units <= 22
    assert point.low95 <= point.low80 <= point.expected_units <= point.high80 <= point.high95
    (part,) = point.evidence
    assert (part["kind"], part["count"]) == ("wish", 40)
    shown = reads.line(view, 700_000)
    assert shown["total"] == point.expected_units
    assert shown["parts"][0]["of"] == 40
    assert Run.objects.get(stage="estimating").counts == {"estimates": 1, "unchanged": 0}
    assert OutboxEvent.objects.get(topic="estimates.made").payload["category"] == "laptop"


@pytest.mark.usefixtures("catalogue")
def test_nothing_is_estimated_twice_for_the_same_demand(ana: User, ben: User) -> None:
    place(ana)
    run()
    assert run().unchanged == 1
    assert Estimate.objects.count() == 1

    place(ben)
    assert run().estimates == 1
    assert sorted(Estimate.objects.values_list("version", flat=True)) == [1, 2]


@pytest.mark.usefixtures("catalogue")
def test_one_person_counts_once_at_the_strongest_thing_they_did(ana: User, ben: User) -> None:
    place(ana)
    place(ana)
    place(ben, kind="preorder", ceiling_minor=700_000, confirmed=True)
    place(ben)

    run()

    pool = Pool.objects.get()
    point = reads.newest([pool.pk])[pool.pk].at(700_000)
    assert [(part["kind"], part["count"]) for part in point.evidence] == [("firm", 1), ("wish", 1)]
    assert point.firm_units == 1


@pytest.mark.usefixtures("catalogue")
def test_a_pool_without_any_price_waits(ana: User) -> None:
    place(ana, text="想要一台游戏本")

    assert run() == estimating.Estimated(category="laptop", estimates=0, unchanged=0)
