"""Two campaigns confirm one wish at the same moment. First what happens without the constraint, then with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, models

from demand.campaigning import reads
from demand.campaigning import service as campaigning
from demand.campaigning.service import VariantOffer
from demand.campaigning.service.places import SOLD_ONCE
from demand.errors import DomainError
from demand.models import (
    Address,
    Campaign,
    Category,
    Commitment,
    Hold,
    Notice,
    Person,
    Pool,
    PoolMembership,
    User,
    Wish,
)

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
PRICE_MINOR = 600_000


@pytest.fixture
def asked() -> list[Commitment]:
    """Ana's one wish, asked by the campaign of her own pool and by that of another one."""
    category = Category.objects.create(code="laptop", names={"en": "Laptop"})
    ana = User.objects.create(
        email="ana@example.com", name="ana", person=Person.objects.create(created_at=NOW), email_verified_at=NOW
    )
    common: dict[str, Any] = {"category": category, "created_at": NOW, "updated_at": NOW}
    wish = Wish.objects.create(
        user=ana, person=ana.person, state="open", text="laptop", needs_hash="one", region="CN-SH", **common
    )
    pools = [Pool.objects.create(specification={}, spec_hash=name, people=1, units=1, **common) for name in "ab"]
    PoolMembership.objects.create(
        wish=wish, pool=pools[0], person=ana.person, units=1, firm_units=0, reason="asked", joined_at=NOW
    )
    Address.objects.create(
        user=ana, recipient="ana", phone="1", region="CN-SH", city="上海", street="1", fingerprint="a", created_at=NOW
    )
    for pool in pools:
        campaigning.place_for(
            campaign_id=opened(pool).pk, wish_id=wish.pk, variant_id=pool.campaigns.get().variants.get().pk, now=NOW
        )
    return list(Commitment.objects.order_by("campaign"))


def opened(pool: Pool) -> Campaign:
    """A campaign of four places."""
    done = campaigning.open_campaign(
        source_key=f"p{pool.pk}",
        pool_id=pool.pk,
        maker_name="Maker A",
        specification={},
        max_price_minor=PRICE_MINOR,
        tiers=[(1, PRICE_MINOR)],
        freight_minor={"*": 0},
        vat_permille=130,
        fee_permille=30,
        variants=[VariantOffer(key="black", values={}, adder_minor=0, min_units=0, max_units=4)],
        min_units=1,
        max_units=4,
        lot_multiple=1,
        promised_from=date(2026, 5, 1),
        promised_to=date(2026, 5, 10),
        return_terms={},
        now=NOW,
    )
    return Campaign.objects.get(pk=done.campaign_id)


@pytest.fixture
def both_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each confirmation looks for a place elsewhere, finds none, and waits until the other has looked too."""
    both, real = Barrier(2), reads.place_elsewhere

    def after_both(place: Commitment) -> Commitment | None:
        found = real(place)
        both.wait(timeout=20)
        return found

    monkeypatch.setattr(reads, "place_elsewhere", after_both)


@pytest.fixture
def sold_twice_allowed(asked: list[Commitment]) -> Iterator[None]:
    """The database without its last word; put back over empty tables, because what came of it would break it."""
    (constraint,) = [one for one in Commitment._meta.constraints if one.name == SOLD_ONCE]
    assert isinstance(constraint, models.UniqueConstraint)
    with connection.schema_editor() as editor:
        editor.remove_constraint(Commitment, constraint)
    yield
    Hold.objects.all().delete()
    Commitment.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(Commitment, constraint)


def side_by_side(calls: list[Callable[[], Any]]) -> list[str]:
    """What each came to, each on a connection of its own."""

    def alone(call: Callable[[], Any]) -> str:
        try:
            return str(call().state)
        except DomainError as refusal:
            return type(refusal).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(alone, calls, timeout=60))


def confirming(place: Commitment) -> Callable[[], Any]:
    address_id = Address.objects.get().pk
    return lambda: campaigning.confirm(
        commitment_id=place.pk,
        seen_revision=place.revision,
        variant_id=place.variant_id or 0,
        units=1,
        address_id=address_id,
        shown_total_minor=PRICE_MINOR,
        idempotency_key=f"tap{place.pk}",
        now=NOW,
    )


@pytest.mark.usefixtures("sold_twice_allowed", "both_looked")
def test_control_without_the_constraint_one_wish_is_sold_twice(asked: list[Commitment]) -> None:
    assert side_by_side([confirming(place) for place in asked]) == ["confirmed", "confirmed"]
    assert Hold.objects.count() == 2


@pytest.mark.usefixtures("both_looked")
def test_of_two_campaigns_one_has_the_place(asked: list[Commitment]) -> None:
    assert sorted(side_by_side([confirming(place) for place in asked])) == ["PlaceElsewhere", "confirmed"]

    assert sorted(Commitment.objects.values_list("state", flat=True)) == ["asked", "confirmed"]
    assert sorted(Campaign.objects.values_list("firm_units", flat=True)) == [0, 1]
    assert sorted(Campaign.objects.values_list("variants__firm_units", flat=True)) == [0, 1]
    assert Hold.objects.count() == Notice.objects.filter(kind="campaign.bound").count() == 1
    assert Wish.objects.get().state == "committed"
