"""Reports add up, move an order forward only, and reach shoppers once, whole."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from demand.campaigning import service as campaigning
from demand.errors import InvalidValue, NotThere
from demand.models import Campaign, CampaignProgress, OutboxEvent, Pool
from manufacturers.models import Maker, MakerMember, Milestone, Offer, ProductionOrder, Proposal, Release, Reliability
from manufacturers.negotiating import service as negotiating
from manufacturers.offering import service as offering
from manufacturers.planning import service as planning
from manufacturers.tracking import service
from manufacturers.tracking.errors import KeyUsed, NotReported, TooManyUnits
from tests.manufacturers.makers import NOW, campaign, maker_b, member_of, release, store_a

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(minutes=1)
DUE = date(2026, 11, 20)


def orders_of(units: int, *, promised_to: date = DUE) -> list[ProductionOrder]:
    """The production orders of a release of maker A with a campaign behind it."""
    made = release(Offer.objects.get(code="a-slim"), units, due_on=DUE)
    Proposal.objects.filter(pk=made.proposal_id).update(campaign=campaign(made.proposal.pool, promised_to=promised_to))
    keys = planning.orders_for_release(release_id=made.pk, now=NOW).order_ids
    return list(ProductionOrder.objects.filter(pk__in=keys).order_by("part"))


def say(order: ProductionOrder, member: MakerMember, kind: str, units: int, **changed: Any) -> service.Reported:
    values: dict[str, Any] = {
        "order_id": order.pk,
        "member_id": member.pk,
        "kind": kind,
        "units": units,
        "expected_on": None,
        "note": "",
        "idempotency_key": f"{order.pk}:{kind}:{Milestone.objects.count()}",
        "now": LATER,
    }
    return service.report(**(values | changed))


def pass_all_on() -> list[tuple[str, int]]:
    """Give every report to the consumer, twice; what shoppers see then."""
    for _again in range(2):
        for key in Milestone.objects.order_by("pk").values_list("pk", flat=True):
            service.pass_on(milestone_id=key, now=LATER)
    return list(CampaignProgress.objects.order_by("pk").values_list("kind", "units"))


def test_parts_add_up_to_the_order() -> None:
    mira = member_of(store_a(), "mira")
    (order,) = orders_of(100)
    assert say(order, mira, "started", 100).order_state == "started"
    part = say(order, mira, "finished", 40)
    assert (part.order_state, part.open_units) == ("started", 60)
    assert say(order, mira, "shipped", 40).order_state == "started"
    assert say(order, mira, "finished", 60).order_state == "finished"
    assert say(order, mira, "started", 1).order_state == "finished"
    assert say(order, mira, "shipped", 60).order_state == "shipped"
    assert say(order, mira, "delivered", 100).open_units == 0
    assert Release.objects.get().state == "done"
    assert pass_all_on() == [("started", 100), ("finished", 100), ("shipped", 100), ("delivered", 100)]


def test_a_repeat_returns_the_first_answer() -> None:
    maker = store_a()
    mira = member_of(maker, "mira")
    (order,) = orders_of(100)
    first = say(order, mira, "started", 100, idempotency_key="tap")
    again = say(order, mira, "started", 100, idempotency_key="tap")
    assert first.new
    assert not again.new
    assert first.milestone_id == again.milestone_id
    with pytest.raises(KeyUsed):
        say(order, mira, "finished", 100, idempotency_key="tap")
    assert OutboxEvent.objects.filter(topic="milestone.reported").count() == 1
    assert Maker.objects.get().plan_dirty_at == LATER


@pytest.mark.parametrize(
    ("kind", "units", "changed", "refusal", "field"),
    [
        ("finished", 101, {}, TooManyUnits, "units"),
        ("shipped", 1, {}, NotReported, "kind"),
        ("delivered", 1, {}, NotReported, "kind"),
        ("finished", 0, {}, InvalidValue, "units"),
        ("burnt", 1, {}, InvalidValue, "kind"),
        ("delayed", 1, {}, InvalidValue, "expected_on"),
        ("delayed", 1, {"expected_on": date(2026, 11, 1)}, InvalidValue, "expected_on"),
        ("started", 1, {"note": "x" * 301}, InvalidValue, "note"),
        ("started", 1, {"idempotency_key": ""}, InvalidValue, "idempotency_key"),
    ],
)
def test_a_report_that_cannot_be_changes_nothing(
    kind: str, units: int, changed: dict[str, Any], refusal: type[Exception], field: str
) -> None:
    mira = member_of(store_a(), "mira")
    (order,) = orders_of(100)
    with pytest.raises(refusal) as refused:
        say(order, mira, kind, units, **changed)
    assert getattr(refused.value, "field") == field  # noqa: B009
    assert Milestone.objects.count() == 0
    assert ProductionOrder.objects.get().state == "planned"


def test_another_makers_member_finds_nothing() -> None:
    store_a()
    other = offering.store_maker(described=maker_b(), now=NOW)
    noor = member_of(Maker.objects.get(pk=other.maker_id), "noor")
    (order,) = orders_of(100)
    with pytest.raises(NotThere):
        say(order, noor, "started", 100)


def test_shoppers_hear_of_a_release_when_all_its_orders_are_there() -> None:
    mira = member_of(store_a(), "mira")
    first, second = orders_of(600)
    say(first, mira, "started", first.units)
    say(second, mira, "started", second.units)
    say(first, mira, "finished", first.units)
    assert pass_all_on() == [("started", 300)]
    say(second, mira, "finished", second.units)
    assert pass_all_on() == [("started", 300), ("finished", 600)]


def test_what_is_delivered_is_closed_when_the_time_to_claim_is_over() -> None:
    mira = member_of(store_a(), "mira")
    (order,) = orders_of(20)
    Campaign.objects.update(state="released")
    proposal = Proposal.objects.get()
    Proposal.objects.update(state="released")
    for kind in ("finished", "shipped", "delivered"):
        say(order, mira, kind, 20)
    pass_all_on()
    order.refresh_from_db()
    assert (order.state, Campaign.objects.get().state) == ("delivered", "delivered")

    key = f"proposal:{proposal.pk}:v1"
    Campaign.objects.update(source_key=key)
    Pool.objects.update(state="campaign")
    assert campaigning.finish_due(now=LATER + timedelta(days=7) - timedelta(seconds=1)) == 0
    over = LATER + timedelta(days=7)
    assert campaigning.finish_due(now=over) == 1
    assert campaigning.finish_due(now=over) == 0
    assert negotiating.finish_for(proposal_id=proposal.pk, now=over)
    assert not negotiating.finish_for(proposal_id=proposal.pk, now=over)

    assert (Proposal.objects.get().state, Release.objects.get().state) == ("closed", "done")
    assert Pool.objects.get().state == "done"
    event = OutboxEvent.objects.get(topic="campaign.finished")
    assert event.payload["source_key"] == key


def test_a_delay_reaches_shoppers_with_its_date() -> None:
    mira = member_of(store_a(), "mira")
    (order,) = orders_of(100)
    say(order, mira, "delayed", 100, expected_on=date(2026, 12, 1), note="Panels are late")
    say(order, mira, "quality_hold", 10)
    assert pass_all_on() == [("delayed", 100), ("quality_hold", 10)]
    shown = CampaignProgress.objects.get(kind="delayed")
    assert (shown.expected_to, shown.note) == (date(2026, 12, 1), "Panels are late")
    assert Campaign.objects.get().expected_on == date(2026, 12, 1)


def test_a_plan_is_told_once_and_again_only_when_it_ends_past_what_was_said() -> None:
    maker = store_a()
    orders_of(100, promised_to=date(2026, 11, 20))
    ProductionOrder.objects.update(release_at=datetime(2026, 11, 16, 0, tzinfo=UTC))
    planned = planning.replan(maker_id=maker.pk, seed=1, seconds=0.1, now=NOW)
    assert service.pass_on_plan(plan_id=planned.plan_id, now=NOW) == 1
    assert service.pass_on_plan(plan_id=planned.plan_id, now=NOW) == 0
    shown = CampaignProgress.objects.get()
    assert (shown.kind, shown.units) == ("planned", 100)
    assert shown.expected_to is not None
    assert shown.expected_to <= date(2026, 11, 21)
    begin = datetime(2026, 11, 23, 0, tzinfo=UTC)
    ProductionOrder.objects.update(release_at=begin, due_at=begin + timedelta(hours=1))
    moved = planning.replan(maker_id=maker.pk, seed=1, seconds=0.1, now=LATER)
    assert service.pass_on_plan(plan_id=planned.plan_id, now=LATER) == 0
    assert service.pass_on_plan(plan_id=moved.plan_id, now=LATER) == 1
    assert service.pass_on_plan(plan_id=moved.plan_id, now=LATER) == 0
    late = CampaignProgress.objects.get(kind="delayed")
    assert (late.expected_from, late.expected_to) == (date(2026, 11, 23), date(2026, 11, 23))


def test_reliability_is_what_finished_releases_say() -> None:
    maker = store_a()
    mira = member_of(maker, "mira")
    (order,) = orders_of(20)
    assert not service.compute_reliability(maker_id=maker.pk, now=LATER)
    for kind in ("finished", "shipped", "delivered"):
        say(order, mira, kind, 20)
    assert service.compute_reliability(maker_id=maker.pk, now=LATER)
    row = Reliability.objects.get()
    assert (row.releases, row.on_time_permille, row.accepted_permille) == (1, 1000, 1000)
    assert row.claimed_permille is None
    Milestone.objects.update(happened_at=datetime(2026, 11, 22, tzinfo=UTC))
    service.compute_reliability(maker_id=maker.pk, now=LATER)
    assert Reliability.objects.get().on_time_permille == 0
