"""kill -9 of a worker in the middle of each stage: the work is picked up, nothing is lost, nothing happens twice.

A gate (a table lock held by the test) stops the stage in the middle of its work; the worker is killed there, the gate
opens, and a new worker finishes what was begun.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from demand import locking, outbox
from demand.campaigning import service as campaigning
from demand.collecting import service as collecting
from demand.collecting.drafts import WishDraft
from demand.models import (
    Campaign,
    CampaignProgress,
    Commitment,
    Estimate,
    Hold,
    LedgerTransfer,
    OutboxEvent,
    OutboxTask,
    Pool,
    PoolMembership,
    Run,
    SignalRollup,
    Wish,
)
from demand.pooling import service as pooling
from manufacturers.models import CapacityBooking, Lot, Milestone, Plan, Proposal, ProposalVersion
from manufacturers.negotiating import service as negotiating
from manufacturers.tracking import service as tracking
from tests.demand.conftest import person
from tests.flows.workers import Workers, gate, until
from tests.manufacturers import deals
from tests.manufacturers.makers import NOW, member_of, store_a
from tests.manufacturers.test_tracking_service import orders_of

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = ("17 inch gaming laptop, max 7000", "想要17寸游戏本,预算7000以内", "14寸轻薄本 5000左右")


@pytest.fixture
def killed_in_the_middle(workers: Workers, tmp_path: Path) -> Callable[..., None]:
    """Start the work, kill the worker while it stands at the gate of a table, and let a new worker finish it."""

    def run(*, table: str, start: Callable[[], object], done: Callable[[], bool]) -> None:
        with gate(table) as somebody_waits, workers.one(tmp_path / "first") as kill:
            start()
            until(somebody_waits, f"work to reach {table}")
            kill()
        assert not done()
        with workers.one(tmp_path / "second"):
            until(done, "the work to be done by the second worker")
            until(nothing_waits, "the outbox to be empty")

    return run


def nothing_waits() -> bool:
    return not OutboxTask.objects.filter(state="waiting").exists()


def pending(*texts: str) -> None:
    """Wishes that came by import and wait to be read."""
    users = [person(f"shopper{index}") for index, _text in enumerate(texts)]
    Wish.objects.bulk_create(
        [
            Wish(
                user=user,
                person=user.person,
                text=text,
                source="import",
                source_key=str(index),
                created_at=NOW,
                updated_at=NOW,
            )
            for index, (user, text) in enumerate(zip(users, texts, strict=True))
        ]
    )


def placed(*texts: str) -> None:
    for index, text in enumerate(texts):
        pooling.place(draft=WishDraft(text=text), user_id=person(f"placer{index}").pk, now=NOW)


def request(stage: str, subject: str) -> None:
    with locking.transaction():
        outbox.write(
            "run.requested",
            aggregate="test",
            aggregate_id=0,
            payload={"stage": stage, "subject": subject, "requested_by_id": None},
            now=NOW,
        )
    outbox.dispatch(outbox.CONSUME_TASK)


def states(stage: str) -> list[str]:
    return sorted(Run.objects.filter(stage=stage).values_list("state", flat=True))


@pytest.mark.usefixtures("catalogue")
def test_collecting_counts_an_hour_again(killed_in_the_middle: Callable[..., None]) -> None:
    collecting.make_partitions(now=NOW)
    source, _key = collecting.create_source(name="shop", scopes=["signals"], now=NOW)
    event = {"kind": "search", "query": "laptop", "category": "laptop", "occurred_at": NOW.isoformat()}
    events = [event | {"event_id": f"e{index}"} for index in range(20)]
    collecting.record_signals(source_id=source.pk, events=events, now=NOW)

    killed_in_the_middle(
        table="demand_signal_rollup",
        start=lambda: request("rollup", "*"),
        done=lambda: SignalRollup.objects.exists(),
    )

    assert sum(SignalRollup.objects.values_list("events", flat=True)) == 20


@pytest.mark.usefixtures("catalogue")
def test_reading_goes_on_where_it_stopped(killed_in_the_middle: Callable[..., None]) -> None:
    pending(*TEXTS)

    killed_in_the_middle(
        table="demand_wish",
        start=lambda: request("reading", "*"),
        done=lambda: not Wish.objects.filter(reading_state="pending").exists(),
    )

    assert sorted(Wish.objects.values_list("category__code", flat=True)) == ["laptop", "laptop", "laptop"]


@pytest.mark.usefixtures("catalogue")
def test_pooling_ends_in_the_same_pools(killed_in_the_middle: Callable[..., None]) -> None:
    placed(*TEXTS)
    PoolMembership.objects.all().delete()
    Pool.objects.update(people=0, units=0, firm_units=0, state="empty")

    killed_in_the_middle(
        table="demand_pool_membership",
        start=lambda: request("pooling", "laptop"),
        done=lambda: "done" in states("pooling"),
    )

    assert PoolMembership.objects.count() == 3
    assert sum(Pool.objects.values_list("units", flat=True)) == 3
    assert states("pooling") == ["abandoned", "done"]


@pytest.mark.usefixtures("catalogue")
def test_a_split_pooling_goes_on_with_the_part_that_was_killed(killed_in_the_middle: Callable[..., None]) -> None:
    placed(*TEXTS)
    before = sorted(PoolMembership.objects.values_list("wish_id", "pool_id"))

    def split() -> None:
        with locking.transaction():
            payload = {"category": "laptop", "step": "count", "parts": 3, "most": 1}
            outbox.write("pooling.split", aggregate="category", aggregate_id=0, payload=payload, now=NOW)
        outbox.dispatch(outbox.CONSUME_TASK)

    killed_in_the_middle(table="demand_counted_wish", start=split, done=lambda: "done" in states("pooling"))

    assert sorted(PoolMembership.objects.values_list("wish_id", "pool_id")) == before
    assert sum(Pool.objects.values_list("units", flat=True)) == 3
    assert "abandoned" in states("pooling-count")
    assert Run.objects.filter(stage="pooling-count", state="done").values("subject").distinct().count() == 3


@pytest.mark.usefixtures("catalogue")
def test_estimating_stores_each_estimate_once(killed_in_the_middle: Callable[..., None]) -> None:
    placed(*TEXTS)

    killed_in_the_middle(
        table="demand_estimate",
        start=lambda: request("estimating", "laptop"),
        done=lambda: "done" in states("estimating"),
    )

    assert Estimate.objects.count() == Pool.objects.filter(state="open").count()
    assert set(Estimate.objects.values_list("version", flat=True)) == {1}
    assert states("estimating") == ["abandoned", "done"]


def test_proposing_sends_one_proposal_and_reserves_once(killed_in_the_middle: Callable[..., None]) -> None:
    deals.maker_with()
    deals.wish_for(deals.pool_of(), 40)

    killed_in_the_middle(
        table="proposal_version",
        start=lambda: request("proposing", "laptop"),
        done=lambda: "done" in states("proposing"),
    )

    assert list(Proposal.objects.values_list("state", flat=True)) == ["sent"]
    assert ProposalVersion.objects.count() == 1
    assert sum(CapacityBooking.objects.filter(state="reserved").values_list("units", flat=True)) == 60
    assert states("proposing") == ["abandoned", "done"]


def test_negotiating_opens_one_campaign(killed_in_the_middle: Callable[..., None]) -> None:
    proposal = deals.sent_proposal()
    mira = deals.mira(proposal.offer.maker)

    killed_in_the_middle(
        table="demand_campaign",
        start=lambda: negotiating.accept(
            proposal_id=proposal.pk, member_id=mira.pk, seen_revision=proposal.revision, now=NOW
        ),
        done=lambda: Campaign.objects.exists(),
    )

    proposal.refresh_from_db()
    assert Campaign.objects.get().pk == proposal.campaign_id
    assert Commitment.objects.filter(state="asked").count() == 40
    assert OutboxEvent.objects.filter(topic="campaign.opened").count() == 1


def test_campaigning_locks_once_and_asks_for_each_capture_once(killed_in_the_middle: Callable[..., None]) -> None:
    deals.accepted_proposal(auto_bind=True)
    Commitment.objects.update(binds_at=NOW)
    deals.drained()
    campaigning.bind_due(now=NOW)
    deals.drained()
    # Due whatever the moment is at which the worker, whose clock begins at NOW, comes to it.
    Campaign.objects.update(notice_sent_at=NOW, opens_at=NOW - timedelta(minutes=1), closes_at=NOW)

    killed_in_the_middle(
        table="demand_campaign",
        start=lambda: request("closing", "*"),
        done=lambda: Campaign.objects.filter(state__in=["locked", "released"]).exists(),
    )

    assert OutboxEvent.objects.filter(topic="campaign.locked").count() == 1
    assert OutboxEvent.objects.filter(topic="hold.capture_requested").count() == 40
    assert Hold.objects.filter(state="captured").count() == 40
    assert LedgerTransfer.objects.filter(kind="capture").count() == 40


def test_planning_stores_one_plan_with_each_unit_once(killed_in_the_middle: Callable[..., None]) -> None:
    store_a()
    orders_of(100)

    killed_in_the_middle(
        table="lot",
        start=lambda: request("planning", "maker-a"),
        done=lambda: "done" in states("planning"),
    )

    assert Plan.objects.filter(state="current").count() == 1
    assert sum(Lot.objects.filter(plan__state="current").values_list("units", flat=True)) == 100
    assert states("planning") == ["abandoned", "done"]


def test_tracking_tells_shoppers_of_a_milestone_once(killed_in_the_middle: Callable[..., None]) -> None:
    maker = store_a()
    mira = member_of(maker, "mira")
    (order,) = orders_of(100, promised_to=date(2026, 11, 20))
    OutboxTask.objects.update(state="done", done_at=NOW)

    killed_in_the_middle(
        table="demand_campaign_progress",
        start=lambda: tracking.report(
            order_id=order.pk,
            member_id=mira.pk,
            kind="started",
            units=100,
            expected_on=None,
            note="",
            idempotency_key="tap",
            now=NOW,
        ),
        done=lambda: CampaignProgress.objects.exists(),
    )

    assert Milestone.objects.count() == 1
    assert list(CampaignProgress.objects.values_list("kind", "units")) == [("started", 100)]
