"""The staff site's first page says what needs a person, each sentence a link, at a fixed cost."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config import countables, dashboard, market_state
from demand.collecting.drafts import WishDraft
from demand.models import (
    Campaign,
    Commitment,
    Hold,
    OutboxEvent,
    OutboxTask,
    Pool,
    RejectedWish,
    Run,
    SamePerson,
    User,
    Wish,
)
from demand.pooling import service as pooling
from tests.demand import market
from tests.demand.conftest import NOW, person
from tests.signing_in import sign_in_fully


@pytest.fixture
def boss(db: None, client: Client) -> Client:
    sign_in_fully(client, person("boss", is_staff=True, is_superuser=True))
    return client


def campaign(pool: Pool, *, firm: int, key: str) -> Campaign:
    now = timezone.now()
    with mock.patch.object(timezone, "now", return_value=now):
        return Campaign.objects.create(
            pool=pool,
            policy_id=_policy(),
            source_key=key,
            maker_name="Lakeside",
            specification={},
            max_price_minor=5000,
            min_units=20,
            max_units=90,
            firm_units=firm,
            opens_at=now - timedelta(days=5),
            closes_at=now + timedelta(hours=6),
            promised_from=now.date(),
            promised_to=now.date(),
            created_at=now,
            updated_at=now,
        )


def _policy() -> int:
    from demand.models import Policy

    return Policy.objects.order_by("pk").values_list("pk", flat=True)[0]


def test_an_empty_market_says_so(boss: Client) -> None:
    text = boss.get(reverse("admin:index")).content.decode()
    assert "The market is empty" in text
    assert "Nothing waits for you" in text


@pytest.mark.usefixtures("catalogue")
def test_what_waits_is_said_in_sentences_with_links(boss: Client, ana: User, ben: User) -> None:
    pooling.place(draft=WishDraft(text="17 inch gaming laptop"), user_id=ana.pk, now=NOW)
    Wish.objects.update(reading_state="doubtful")
    campaign(Pool.objects.get(), firm=6, key="c1")
    SamePerson.objects.create(user=ana, other=ben, reason="device", found_at=NOW)
    event = OutboxEvent.objects.create(topic="x", aggregate="a", aggregate_id=1, created_at=NOW)
    OutboxTask.objects.create(event=event, consumer="c", state="parked", next_try_at=NOW)
    text = boss.get(reverse("admin:index")).content.decode()
    for said in (
        "1 wish waits for a reading you can settle in a minute.",
        "1 campaign closes within a day, one 14 units short.",
        "1 pair of accounts may be one person.",
        "1 consequence failed too often and is parked.",
    ):
        assert said in text
    assert reverse("admin:demand_wish_queue") in text


@pytest.mark.usefixtures("catalogue")
def test_every_sentence_leads_to_a_page(boss: Client) -> None:
    for _name, sentence, address, _tone, _needs in countables.countables(NOW):
        assert "7,000" in sentence % {"number": 7000, "count": "7,000"}
        assert boss.get(address).status_code == 200, address


@pytest.mark.usefixtures("catalogue")
def test_a_sentence_leads_to_exactly_what_it_counts(boss: Client, ana: User) -> None:
    now = timezone.now()
    pool = market.crowd(3, text="17 inch gaming laptop", name="a", now=now)
    offer = market.campaign(pool, now=now)
    Campaign.objects.filter(pk=offer.pk).update(closes_at=now + timedelta(days=9))
    campaign(market.crowd(1, text="down jacket, knee length, black", name="b", now=now), firm=1, key="soon")
    for number, mended in enumerate((True, False, False)):
        place = Commitment.objects.order_by("pk")[number]
        Hold.objects.create(
            commitment=place,
            amount_minor=1,
            state="failed",
            mend_by=None if mended else now,
            created_at=now,
            updated_at=now,
        )
        RejectedWish.objects.create(
            source="file", source_key=str(number), reason="r", received_at=now, replayed_at=now if mended else None
        )
    state = market_state.read(now=now)
    leads = {name: (state.counts[name], address) for name, _s, address, _t, _n in countables.countables(now)}
    leads["closing"] = (len(state.closing), next(dashboard._closing(state, now)).address)
    for name, expected in (("holds_failed", 2), ("rejected_wishes", 2), ("closing", 1)):
        count, address = leads[name]
        assert count == expected, name
        answer = boss.get(address)
        shown = answer.context["cl"].result_count if "cl" in answer.context else 1
        assert shown == expected, name


@pytest.mark.usefixtures("catalogue")
def test_it_costs_the_same_however_much_there_is(boss: Client, ana: User) -> None:
    costs = []
    for count in (2, 40):
        OutboxEvent.objects.bulk_create(
            [OutboxEvent(topic="x", aggregate="a", aggregate_id=1, created_at=NOW) for _ in range(count)]
        )
        for number in range(count):
            Run.objects.create(
                stage="pooling", subject=f"{count}-{number}", state="done", started_at=NOW, finished_at=NOW
            )
        with CaptureQueriesContext(connection) as asked:
            market_state.read(now=NOW)
        costs.append(len(asked))
    assert costs[0] == costs[1] <= 25
    with CaptureQueriesContext(connection) as asked:
        boss.get(reverse("admin:index"))
    assert len(asked) <= 30


def test_sentences_are_only_for_who_may_look(client: Client, sam: User) -> None:
    event = OutboxEvent.objects.create(topic="x", aggregate="a", aggregate_id=1, created_at=NOW)
    OutboxTask.objects.create(event=event, consumer="c", state="parked", next_try_at=NOW)
    sign_in_fully(client, sam)
    assert "parked" not in client.get(reverse("admin:index")).content.decode()


def test_a_failed_stage_is_seen(boss: Client) -> None:
    Run.objects.create(stage="pooling", state="failed", error="boom", started_at=NOW, finished_at=NOW)
    state = market_state.read(now=NOW)
    lines = {line.name: line for line in dashboard._stages(state, NOW)}
    assert lines["Pooling"].tone == "act"
    assert lines["Reading"].text == "never ran"
