"""Home, search and pools: what is shown to whom, and in how many queries."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from demand.models import Campaign, Pool, Signal, User
from demand.pooling import service as pooling
from tests.demand import market


def shown(client: Client, name: str, *args: Any, **data: Any) -> str:
    response = client.get(reverse(f"demand:{name}", args=args), data)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


@pytest.fixture
def signed_in(client: Client, ana: User) -> Client:
    client.force_login(ana, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.usefixtures("catalogue")
def test_home_offers_a_first_step_where_nothing_is(client: Client) -> None:
    page = shown(client, "home")

    assert "Nothing is close yet" in page
    assert reverse("demand:wish_new") in page


@pytest.mark.usefixtures("catalogue")
def test_home_shows_what_is_near_its_minimum_and_what_looks_for_a_maker(client: Client) -> None:
    now = timezone.now()
    near = market.crowd(8, text=market.GAMING, name="a", firm=6, now=now)
    market.terms(near, min_units=8, now=now)
    market.crowd(6, text="down jacket, knee length", name="b", now=now)

    page = shown(client, "home")

    assert "6 units firm. <strong>2 more</strong> and it costs ¥6,899." in page
    assert "6 people want this. A maker is being looked for." in page


@pytest.mark.usefixtures("catalogue")
def test_fewer_than_k_people_are_only_a_few(client: Client) -> None:
    now = timezone.now()
    few = market.crowd(4, text=market.GAMING, name="a", firm=3, now=now)
    page = shown(client, "pool", few.public_id)
    assert "A few people want this. A maker is being looked for." in page
    assert "4 people" not in page

    market.terms(few, min_units=10, now=now)
    page = shown(client, "pool", few.public_id)
    assert "A few units are firm. <strong>10 are needed</strong>" in page
    assert "7 more" not in page


@pytest.mark.usefixtures("catalogue")
def test_a_pool_without_an_offer_never_shows_a_distance(client: Client) -> None:
    now = timezone.now()
    pool = market.crowd(6, text=market.GAMING, name="a", firm=5, now=now)
    page = shown(client, "pool", pool.public_id)

    assert "more</strong>" not in page
    assert "The more people, the lower the price" not in page


@pytest.mark.usefixtures("catalogue")
def test_a_pool_that_is_being_made_says_so_and_invites_to_the_next_order(client: Client) -> None:
    now = timezone.now()
    pool = market.crowd(6, text=market.GAMING, name="a", firm=5, now=now)
    market.terms(pool, min_units=20, now=now)
    market.campaign(pool, now=now)
    Campaign.objects.update(state="production")

    for page in (shown(client, "pool", pool.public_id), shown(client, "pools")):
        assert "An order of this is being made" in page
        assert "20 are needed" not in page
        assert "more</strong>" not in page
        assert "A maker is being looked for" not in page
    page = shown(client, "pool", pool.public_id)
    assert "Want the same? Say so here: it starts the next one." in page
    assert "You are in for the next order and decide at a firm price." in page


@pytest.mark.usefixtures("catalogue")
def test_a_search_is_read_like_a_wish_and_recorded(client: Client) -> None:
    now = timezone.now()
    gaming = market.crowd(5, text=market.GAMING, name="a", now=now)
    market.crowd(6, text="14 inch office laptop", name="b", now=now)
    market.crowd(5, text="down jacket", name="c", now=now)

    page = shown(client, "pools", q="游戏本 17寸")
    assert page.index(str(gaming.public_id)) == min(
        page.index(str(one.public_id)) for one in Pool.objects.filter(category__code="laptop")
    )
    assert "down jacket" not in page.lower().split("<main")[1].split("</form>", 1)[1]
    assert Signal.objects.filter(kind="search", query="游戏本 17寸").count() == 1

    page = shown(client, "pools", q="zzzqqq")
    assert "Nobody asked for this yet" in page
    assert Signal.objects.filter(kind="search_zero", query="zzzqqq").count() == 1


@pytest.mark.usefixtures("catalogue")
def test_a_merged_pool_leads_on_and_an_unknown_one_is_not_there(client: Client, sam: User) -> None:
    now = timezone.now()
    one = market.crowd(2, text=market.GAMING, name="a", now=now)
    other = market.crowd(2, text="14 inch office laptop", name="b", now=now)
    pooling.merge_pools(from_id=one.pk, into_id=other.pk, reason="same", by_id=sam.pk, now=now)

    response = client.get(reverse("demand:pool", args=[one.public_id]))
    assert response["Location"] == reverse("demand:pool", args=[other.public_id])
    assert client.get(reverse("demand:pool", args=[uuid.uuid4()])).status_code == 404


@pytest.mark.usefixtures("catalogue")
def test_joining_wishes_for_the_same_thing(signed_in: Client, ana: User) -> None:
    now = timezone.now()
    pool = market.crowd(5, text=market.GAMING, name="a", now=now)
    address = reverse("demand:pool_join", args=[pool.public_id])

    refused = signed_in.post(address, {"quantity": "1000000000"})
    assert refused.status_code == 422
    assert "We can take up to 100000" in refused.content.decode()

    signed_in.post(address, {"quantity": "2", "option_colour": "black", "key": "k1"})
    signed_in.post(address, {"quantity": "2", "option_colour": "black", "key": "k1"})
    pool.refresh_from_db()
    assert (pool.people, pool.units) == (6, 7)
    wish = ana.wishes.get()
    assert wish.needs["must"]["colour"] == {"any": ["black"]}
    assert "You want 2 of these." in shown(signed_in, "pool", pool.public_id)


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


@pytest.mark.usefixtures("catalogue")
def test_pages_ask_as_many_queries_at_200_rows_as_at_2(signed_in: Client, ana: User) -> None:
    now = timezone.now()
    texts = [f"{size} inch gaming laptop" for size in (13, 17)]
    for place, text in enumerate(texts):
        market.terms(market.crowd(1, text=text, name=f"x{place}", firm=1, now=now), now=now)
        market.wish_of(ana, text, now=now)
    market.wish_of(ana, "14 inch office laptop", now=now)
    names = ("home", "pools", "my_wishes")
    pool = Pool.objects.order_by("pk")[0]
    addresses = [reverse(f"demand:{name}") for name in names] + [
        reverse("demand:pool", args=[pool.public_id]),
        reverse("demand:pools") + "?q=gaming",
    ]
    few = {address: queries(signed_in, address) for address in addresses}

    for place in range(200):
        Pool.objects.create(
            category=pool.category,
            specification={"screen_size": {"min": place, "max": place, "unit": "inch"}},
            spec_hash=f"h{place}",
            people=1,
            units=1,
            search_text="gaming",
            created_at=now,
            updated_at=now,
        )
        if place % 10 == 0:
            market.wish_of(ana, f"{place + 20} inch office laptop", now=now)
    many = {address: queries(signed_in, address) for address in addresses}

    assert {address: count for address, count in many.items() if count > few[address]} == {}
    assert max(many.values()) <= 26
