"""The last places of a campaign: forty people press at once. First what happens with the locks off, then with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, models

from demand import locking, outbox
from demand.campaigning import service as campaigning
from demand.campaigning.service import VariantOffer
from demand.errors import DomainError
from demand.models import (
    Address,
    Campaign,
    CampaignVariant,
    Category,
    Commitment,
    GatewayCall,
    Hold,
    OutboxTask,
    Person,
    Pool,
    PoolMembership,
    User,
    Wish,
)

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
CROWD = 200
CONNECTIONS = 20
PLACES = 20
PRICE_MINOR = 600_000


def meet(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls at once on up to ``CONNECTIONS`` connections; their results, or the refusals they met."""
    lanes = [calls[start::CONNECTIONS] for start in range(min(CONNECTIONS, len(calls)))]
    start = Barrier(len(lanes))

    def tried(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except (DomainError, IntegrityError) as refusal:
            return refusal

    def run(lane: Sequence[Callable[[], Any]]) -> list[Any]:
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            return [tried(call) for call in lane]
        finally:
            connection.close()

    with ThreadPoolExecutor(len(lanes)) as threads:
        futures = [threads.submit(run, lane) for lane in lanes]
        return [result for future in futures for result in future.result(timeout=90)]


def crowd(count: int) -> Pool:
    """A pool of ``count`` people who each want one."""
    category = Category.objects.create(code="laptop", names={"en": "Laptop"})
    pool = Pool.objects.create(
        category=category, specification={}, spec_hash="one", people=count, units=count, created_at=NOW, updated_at=NOW
    )
    for number in range(count):
        user = User.objects.create(
            email=f"shopper{number}@example.com",
            name=f"shopper{number}",
            person=Person.objects.create(created_at=NOW),
            email_verified_at=NOW,
            region="CN-SH",
        )
        wish = Wish.objects.create(
            user=user,
            person=user.person,
            state="open",
            text="laptop",
            category=category,
            needs_hash="one",
            region="CN-SH",
            created_at=NOW,
            updated_at=NOW,
        )
        PoolMembership.objects.create(
            wish=wish, pool=pool, person=user.person, units=1, firm_units=0, reason="asked", joined_at=NOW
        )
        Address.objects.create(
            user=user,
            recipient=user.name,
            phone="13800000000",
            region="CN-SH",
            city="上海",
            street="南京路 1",
            fingerprint=user.name,
            created_at=NOW,
        )
    return pool


def opened(people: int, places: int) -> list[Commitment]:
    """A campaign with this many places that asked everyone; what each was asked."""
    black = VariantOffer(key="black", values={"colour": "black"}, adder_minor=0, min_units=0, max_units=places)
    campaigning.open_campaign(
        source_key="p1",
        pool_id=crowd(people).pk,
        maker_name="Maker A",
        specification={},
        max_price_minor=PRICE_MINOR,
        tiers=[(1, PRICE_MINOR)],
        freight_minor={"*": 0},
        vat_permille=130,
        fee_permille=30,
        variants=[black],
        min_units=1,
        max_units=places,
        lot_multiple=1,
        promised_from=date(2026, 5, 1),
        promised_to=date(2026, 5, 10),
        return_terms={},
        now=NOW,
    )
    asked = list(Commitment.objects.order_by("pk"))
    assert len(asked) == people
    return asked


def confirming(asked: Commitment, key: str = "tap") -> Callable[[], Any]:
    variant_id = CampaignVariant.objects.get().pk
    address_id = Address.objects.get(user=asked.user_id).pk
    return lambda: campaigning.confirm(
        commitment_id=asked.pk,
        seen_revision=asked.revision,
        variant_id=variant_id,
        units=1,
        address_id=address_id,
        shown_total_minor=PRICE_MINOR,
        idempotency_key=key,
        now=NOW,
    )


def test_control_without_locks_the_last_place_is_sold_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    ana, ben = opened(people=2, places=1)
    read_by_both = Barrier(2)

    def plain_select(model: type[models.Model], keys: Collection[int]) -> list[Any]:
        rows = list(model._default_manager.filter(pk__in=keys).order_by("pk"))
        if model is Commitment:
            read_by_both.wait(timeout=10)
        return rows

    monkeypatch.setattr(locking, "_rows_for_update", plain_select)
    results = meet(confirming(ana), confirming(ben))

    # Both saw the place free. The database's own bound undid one of them, and not as a fact that a person can act on.
    assert sorted(type(result).__name__ for result in results) == ["Answered", "IntegrityError"]
    assert Commitment.objects.filter(state="queued").count() == 0


def test_two_hundred_people_get_the_last_twenty_places() -> None:
    asked = opened(people=CROWD, places=PLACES)

    results = meet(*(confirming(one) for one in asked))

    assert Counter(result.state for result in results) == {"confirmed": PLACES, "queued": CROWD - PLACES}
    assert Counter(Commitment.objects.values_list("state", flat=True)) == {"confirmed": 20, "queued": 180}
    assert list(Campaign.objects.values_list("firm_units", "variants__firm_units")) == [(20, 20)]
    held = Hold.objects.values_list("commitment_id", flat=True)
    assert len(held) == len(set(held)) == PLACES
    assert set(held) == set(Commitment.objects.filter(state="confirmed").values_list("pk", flat=True))


def test_double_click_takes_one_place() -> None:
    ana, _ben = opened(people=2, places=2)

    results = meet(confirming(ana, "same"), confirming(ana, "same"))

    assert [result.state for result in results] == ["confirmed", "confirmed"]
    assert Campaign.objects.get().firm_units == 1
    assert Hold.objects.count() == 1


def test_two_workers_drain_the_outbox_and_each_task_is_done_once() -> None:
    for call in [confirming(one) for one in opened(people=10, places=10)]:
        call()
    waiting = OutboxTask.objects.filter(state="waiting").count()
    assert waiting >= Hold.objects.count() == 10

    done = meet(
        lambda: outbox.drain(now=lambda: NOW, claimed_by="one"), lambda: outbox.drain(now=lambda: NOW, claimed_by="two")
    )

    assert sum(done) == OutboxTask.objects.filter(state="done").count() >= waiting
    assert set(OutboxTask.objects.values_list("state", "attempts")) == {("done", 1)}
    assert list(Hold.objects.values_list("state", flat=True)) == ["held"] * 10
    assert GatewayCall.objects.count() == 10
