"""Estimates of pools: stored with their evidence, unchanged ones left alone, staff's word beside the computed value."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch

import pytest

from demand.collecting import service as collecting
from demand.collecting.drafts import WishDraft
from demand.errors import InvalidValue
from demand.estimating import past, reads
from demand.estimating import service as estimating
from demand.estimating.past import fitted
from demand.models import (
    Campaign,
    Category,
    ConversionModel,
    Estimate,
    Finding,
    OutboxEvent,
    PastCampaign,
    Policy,
    Pool,
    Run,
    SignalRollup,
    User,
)
from demand.pooling import service as pooling
from tests.demand.conftest import NOW, person

LAPTOP = "想要一台17寸游戏本,预算7000以内,不要红色"


LINES = [
    {"kind": "wish", "persons": 100, "units": 100, "age_days": 5, "headroom": 0.1, "bought": 40},
    {"kind": "preorder", "persons": 20, "units": 20, "age_days": 5, "headroom": 0.1, "bought": 18},
]


def past_campaigns(number: int = 30) -> None:
    """Closed campaigns in which four in ten wishes were bought."""
    PastCampaign.objects.bulk_create(
        PastCampaign(
            source_key=f"past-{index}",
            closed_on=date(2025, 3, 1) + timedelta(days=10 * index),
            category="laptop",
            lines=LINES,
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
def test_a_visit_is_joined_to_a_wish_only_while_its_shopper_consents(ana: User, ben: User) -> None:
    place(ana)
    pool = Pool.objects.get()
    User.objects.filter(pk=ana.pk).update(signals_consent=True)
    for person_id, consent in ((ana.person_id, True), (ben.person_id, False)):
        collecting.record_site_event(
            kind="view", visitor_key="v", now=NOW, person_id=person_id, consent=consent, pool_id=pool.pk
        )

    def counted() -> list[tuple[str, int]]:
        run()
        (view,) = reads.newest([pool.pk]).values()
        return [(part["kind"], part["count"]) for part in view.points[0].evidence]

    assert counted() == [("wish", 1), ("view", 1)]
    User.objects.filter(pk=ana.pk).update(signals_consent=False)
    assert counted() == [("wish", 1), ("view", 2)]


@pytest.mark.usefixtures("catalogue")
def test_a_pool_without_any_price_waits(ana: User) -> None:
    place(ana, text="想要一台游戏本")

    assert run() == estimating.Estimated(category="laptop", estimates=0, unchanged=0)


@pytest.mark.usefixtures("catalogue")
def test_staff_correct_an_estimate_and_the_computed_value_stays(ana: User, sam: User) -> None:
    place(ana, kind="preorder", ceiling_minor=700_000, confirmed=True)
    run()
    pool = Pool.objects.get()
    computed = reads.newest([pool.pk])[pool.pk].at(700_000).expected_units

    with pytest.raises(InvalidValue):
        estimating.override(pool_id=pool.pk, factor_permille=3000, reason=" ", by_id=sam.pk, now=NOW)
    estimating.override(pool_id=pool.pk, factor_permille=3000, reason="A school asked for it.", by_id=sam.pk, now=NOW)

    view = reads.newest([pool.pk])[pool.pk]
    assert (view.at(700_000).expected_units, view.at(700_000).computed_units) == (3 * computed, computed)
    assert reads.line(view, 700_000)["reason"] == "A school asked for it."
    assert estimating.undo_override(pool_id=pool.pk, now=NOW) is True
    assert reads.newest([pool.pk])[pool.pk].override is None


@pytest.mark.usefixtures("catalogue")
def test_a_closed_campaign_is_learnt_from_once(ana: User, ben: User) -> None:
    place(ana)
    place(ben)
    pool = Pool.objects.get()
    campaign = Campaign.objects.create(
        pool=pool,
        source_key="k",
        policy=Policy.objects.get(),
        maker_name="A",
        specification={},
        max_price_minor=560_000,
        min_units=1,
        max_units=9,
        opens_at=NOW + timedelta(days=10),
        closes_at=NOW + timedelta(days=20),
        promised_from=date(2026, 5, 1),
        promised_to=date(2026, 5, 9),
        created_at=NOW,
        updated_at=NOW,
    )

    for _ in range(2):
        estimating.learn_from(campaign_id=campaign.pk, now=NOW + timedelta(days=20))

    past = PastCampaign.objects.get()
    assert (past.category, past.closed_on) == ("laptop", date(2026, 3, 22))
    assert past.lines == [{"kind": "wish", "persons": 2, "units": 2, "age_days": 10, "headroom": 0.25, "bought": 0}]


def rollups(code: str, days: dict[date, int], *, kind: str = "view", need: str = "") -> None:
    category = Category.objects.get(code=code) if code else None
    SignalRollup.objects.bulk_create(
        SignalRollup(
            hour=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
            category=category,
            need=need,
            kind=kind,
            events=events,
            units=events,
            persons=0,
        )
        for day, events in days.items()
    )


@pytest.mark.usefixtures("catalogue")
def test_a_burst_is_found_once_and_brought_up_to_date() -> None:
    today = NOW.date()
    days = {today - timedelta(days=back): 100 for back in range(1, 120)}
    days |= {today - timedelta(days=back): 500 for back in (1, 2, 3)}
    rollups("laptop", days)

    assert estimating.find_bursts(today=today, now=NOW) == 1
    assert estimating.find_bursts(today=today, now=NOW) == 0

    finding = Finding.objects.get()
    assert (finding.kind, finding.subject, finding.starts_on) == ("burst", "laptop", today - timedelta(days=3))
    assert finding.evidence["count"] == 1500
    assert OutboxEvent.objects.filter(topic="finding.made").count() == 1


@pytest.mark.usefixtures("catalogue")
def test_unmet_demand_opens_a_draft_pool_with_its_evidence() -> None:
    today = NOW.date()
    lately = {today - timedelta(days=back): 5 for back in range(1, 21)}
    rollups("laptop", lately, kind="search_zero", need="colour=!red&screen_size=17..17&use=gaming")
    rollups("", lately, kind="search", need="massage chair")

    assert estimating.find_unmet(today=today, now=NOW) == 2
    assert estimating.find_unmet(today=today, now=NOW) == 0

    known = Finding.objects.get(category__code="laptop")
    assert known.pool is not None
    assert (known.pool.state, known.evidence["zero_result"]) == ("draft", 100)
    assert known.pool.specification == {
        "screen_size": {"min": 17.0, "max": 17.0, "unit": "inch"},
        "use": {"any": ["gaming"]},
    }
    assert known.evidence["needs"]["colour"] == {"not": ["red"]}
    assert known.evidence["reasons"] == ["UNSERVED", "GROWING"]

    supply = {"verdict": "one_maker", "makers": 1, "in_time": 1, "soonest_days": 31, "window_days": 90}
    assert estimating.set_supply({known.pk: supply}) == 1
    assert estimating.set_supply({known.pk: supply}) == 0
    estimating.find_unmet(today=today, now=NOW)
    known.refresh_from_db()
    assert (known.supply, known.evidence["reasons"]) == (supply, ["NO_POOL", "GROWING"])
    assert Finding.objects.get(category__isnull=True).pool is None


@pytest.mark.usefixtures("catalogue")
def test_a_night_asks_for_everything_again() -> None:
    asked = estimating.request_nightly(now=NOW)

    stages = [
        payload["stage"] for payload in OutboxEvent.objects.values_list("payload", flat=True) if "stage" in payload
    ]
    assert asked == Category.objects.count() + 1
    assert (stages.count("reading"), stages.count("pooling")) == (1, Category.objects.count())


@pytest.mark.django_db
def test_a_specification_keeps_its_own_share_as_far_as_it_is_known() -> None:
    lines = [
        {"kind": "preorder", "persons": 20, "units": 20, "age_days": 5, "headroom": 0.1, "bought": bought}
        for bought in (20, 8)
    ]
    PastCampaign.objects.bulk_create(
        PastCampaign(
            source_key=f"{specification}-{index}",
            closed_on=date(2025, 3, 1),
            category="laptop",
            specification=specification,
            lines=[lines[place]],
        )
        for place, specification in enumerate(("loved", "sent back"))
        for index in range(2)
    )

    learnt = fitted()

    # 56 of 80 in the category and 36 of 40 believed: 92 of 120; then 40 and 16 of 40 with as many at that rate.
    assert learnt.keep_rate("laptop") == pytest.approx(0.7667, abs=1e-4)
    assert learnt.keep_rate("laptop", "loved") == pytest.approx(0.8833, abs=1e-4)
    assert learnt.keep_rate("laptop", "sent back") == pytest.approx(0.5833, abs=1e-4)
    assert learnt.keep_rate("laptop", "never made") == learnt.keep_rate("laptop")
    assert learnt.keep_rate("chair", "never made") == pytest.approx(0.9)


@pytest.mark.django_db
def test_learning_goes_on_from_the_kept_model_and_ends_where_a_whole_fit_ends() -> None:
    past_campaigns(6)
    estimating.learn_rates(now=NOW)
    PastCampaign.objects.create(source_key="later", closed_on=date(2025, 6, 1), category="laptop", lines=LINES)
    past._fitted.cache_clear()

    with patch.object(past, "fit", side_effect=AssertionError("fitted all of it again")):
        version = estimating.learn_rates(now=NOW)
    went_on = fitted()

    ConversionModel.objects.all().delete()
    past._fitted.cache_clear()
    whole = fitted()
    assert went_on.version == whole.version == version
    assert went_on.model.state.mean.tobytes() == whole.model.state.mean.tobytes()
    assert went_on.model.state.covariance.tobytes() == whole.model.state.covariance.tobytes()
    assert (went_on.preordered, went_on.kept) == (whole.preordered, whole.kept)


@pytest.mark.django_db
def test_a_campaign_that_closed_before_the_last_one_learnt_is_put_in_its_place() -> None:
    past_campaigns(3)
    estimating.learn_rates(now=NOW)
    PastCampaign.objects.create(source_key="earlier", closed_on=date(2025, 1, 1), category="laptop", lines=LINES)
    past._fitted.cache_clear()

    estimating.learn_rates(now=NOW)

    kept = ConversionModel.objects.filter(state__isnull=False)
    assert list(kept.values_list("campaigns", flat=True)) == [4]
    ConversionModel.objects.all().delete()
    learnt = fitted().model.state.mean
    past._fitted.cache_clear()
    assert learnt.tobytes() == fitted().model.state.mean.tobytes()
