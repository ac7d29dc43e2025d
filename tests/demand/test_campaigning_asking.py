"""How many campaigns ask one wish at once, who asks next, and that a shopper sees every open question."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from demand.campaigning import service as campaigning
from demand.collecting.drafts import WishDraft
from demand.models import Campaign, Commitment, Notice, Pool, PoolMembership, Wish
from demand.pooling import service as pooling
from tests.demand.conftest import NOW, person
from tests.demand.market import GAMING, campaign, crowd
from tests.demand.ordering import DAY

pytestmark = pytest.mark.usefixtures("catalogue")
PRICES = {"a": 610_000, "b": 600_000, "c": 620_000, "d": 590_000, "e": 580_000}


def wished() -> Wish:
    """Ana's wish for a gaming laptop, alone in its pool."""
    placed = pooling.place(draft=WishDraft(text=GAMING, ceiling_minor=690_000), user_id=person("ana").pk, now=NOW)
    return Wish.objects.get(pk=placed.wish_id)


def offered(wish: Wish, *names: str, now: datetime = NOW) -> None:
    """A campaign of another pool for the same thing, at the price of its name."""
    own = Pool.objects.get(memberships__wish=wish)
    for name in names:
        pool = Pool.objects.create(
            category=own.category, specification=own.specification, spec_hash=name, created_at=NOW, updated_at=NOW
        )
        campaign(pool, now=now, source_key=name, max_price_minor=PRICES[name], tiers=[(2, PRICES[name])])


def asking(wish: Wish) -> list[str]:
    rows = Commitment.objects.filter(wish=wish, state="asked").order_by("pk")
    return list(rows.values_list("campaign__source_key", flat=True))


def test_three_campaigns_of_other_pools_ask_a_wish_and_the_cheapest_that_waits_asks_next() -> None:
    wish = wished()
    offered(wish, *"abcde")
    assert asking(wish) == ["a", "b", "c"]

    assert campaigning.ask_more(now=NOW + DAY) == 0
    dearest = Commitment.objects.get(campaign__source_key="c")
    campaigning.refuse(commitment_id=dearest.pk, now=NOW + DAY)
    assert [campaigning.ask_more(now=NOW + DAY) for _again in range(2)] == [1, 0]
    assert asking(wish) == ["a", "b", "e"]

    campaigning.cancel(campaign_id=Campaign.objects.get(source_key="a").pk, now=NOW + DAY)
    assert campaigning.ask_more(now=NOW + DAY) == 1
    assert asking(wish) == ["b", "e", "d"]
    invited = Notice.objects.filter(kind="campaign.invited", user=wish.user)
    assert invited.count() == 5


def test_its_own_pools_campaign_always_asks() -> None:
    wish = wished()
    offered(wish, *"abc")
    campaign(Pool.objects.get(memberships__wish=wish), now=NOW, source_key="own")
    assert asking(wish) == ["a", "b", "c", "own"]


def test_who_comes_while_a_campaign_runs_is_asked_until_its_last_hours() -> None:
    pool = crowd(2, text=GAMING, name="c", now=NOW)
    deal = campaign(pool, now=NOW)
    PoolMembership.objects.filter(wish=wished()).update(pool=pool)

    assert campaigning.ask_more(now=deal.closes_at - timedelta(hours=47)) == 0
    assert campaigning.ask_more(now=deal.closes_at - timedelta(hours=48)) == 1
    assert Commitment.objects.get(user__name="ana").state == "asked"
    assert Notice.objects.filter(kind="campaign.opened", user__name="ana").count() == 1


def test_my_wishes_shows_the_cheapest_question_first_and_every_other_one(client: Client) -> None:
    wish, now = wished(), timezone.now()
    offered(wish, *"abc", now=now)
    assert wish.user is not None
    client.force_login(wish.user, backend="django.contrib.auth.backends.ModelBackend")

    for address in ("/my/", f"/wish/{wish.public_id}/"):
        page = client.get(address).content.decode()
        places = [
            page.index(f"/my/orders/{Commitment.objects.get(campaign__source_key=name).public_id}/") for name in "bac"
        ]
        assert places == sorted(places)
        assert "A maker can make it for ¥6,020 each or less" in page
        assert page.count("each or less, answer by") == 2
