"""A campaign also asks wishes of other pools that it suits: never bound by themselves, and a wish is sold once."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from demand.campaigning import service as campaigning
from demand.campaigning.errors import PlaceElsewhere
from demand.campaigning.reads import commitments_of
from demand.collecting.drafts import WishDraft
from demand.models import Campaign, Commitment, CountedWish, DemandCell, Notice, Policy, Pool, PoolMembership, Wish
from demand.pooling import service as pooling
from demand.pooling.reads.lines import demand_lines
from tests.demand.conftest import NOW, person
from tests.demand.market import GAMING, campaign, crowd
from tests.demand.ordering import DAY, confirm

pytestmark = pytest.mark.usefixtures("catalogue")


def two_pools(*, ceiling_minor: int = 690_000) -> tuple[Pool, Pool]:
    """Two people for a gaming laptop, and in a pool of its own an opted-in pre-order for the same."""
    gaming = crowd(2, text=GAMING, name="g", now=NOW)
    draft = WishDraft(text=GAMING, kind="preorder", ceiling_minor=ceiling_minor, confirmed=True, auto_bind=True)
    pooling.place(draft=draft, user_id=person("any").pk, now=NOW)
    other = Pool.objects.create(
        category=gaming.category,
        specification=gaming.specification,
        spec_hash="other",
        people=1,
        units=1,
        firm_units=1,
        created_at=NOW,
        updated_at=NOW,
    )
    PoolMembership.objects.filter(wish__user__name="any").update(pool=other)
    return gaming, other


def states() -> dict[str, str]:
    rows = Commitment.objects.order_by("pk").values_list("user__email", "campaign__source_key", "state")
    return {f"{str(email).partition('@')[0]} {key}": state for email, key, state in rows}


def missed(deal: Campaign, *, now: datetime) -> None:
    """Close a campaign under its minimum."""
    Policy.objects.update(on_missed="cancel")
    Campaign.objects.filter(pk=deal.pk).update(closes_at=now)
    assert campaigning.close(campaign_id=deal.pk, now=now) == "missed"


def place(key: str) -> Commitment:
    return Commitment.objects.get(user__name="any", campaign__source_key=key)


def test_wishes_of_other_pools_are_asked_and_never_bound_by_themselves() -> None:
    gaming, _other = two_pools()
    campaign(gaming, now=NOW, source_key="a")

    assert states() == {"g0 a": "asked", "g1 a": "asked", "any a": "asked"}
    assert list(Notice.objects.filter(kind="campaign.invited").values_list("user__name", flat=True)) == ["any"]
    assert campaigning.bind_due(now=NOW + 2 * DAY) == 0
    assert place("a").state == "asked"


@pytest.mark.parametrize(
    "must",
    [
        {"use": {"any": ["office"]}},
        {"weight": {"min": None, "max": 1.5, "unit": "kg"}},
    ],
)
def test_a_must_that_is_not_met_or_not_spoken_of_is_not_asked(must: dict[str, Any]) -> None:
    gaming, _other = two_pools()
    wish = Wish.objects.get(user__name="any")
    cell = DemandCell.objects.get(pk=CountedWish.objects.get(wish_id=wish.pk).cell_id)
    cell.needs = wish.needs = {"must": wish.needs["must"] | must, "nice": {}}
    cell.save(update_fields=["needs"])
    wish.save(update_fields=["needs"])

    campaign(gaming, now=NOW, source_key="a")

    assert states() == {"g0 a": "asked", "g1 a": "asked"}


def test_a_price_above_the_ceiling_is_not_asked() -> None:
    gaming, _other = two_pools(ceiling_minor=500_000)
    campaign(gaming, now=NOW, source_key="a")
    assert states() == {"g0 a": "asked", "g1 a": "asked"}


def test_who_is_bound_in_one_campaign_is_not_bound_in_another() -> None:
    gaming, other = two_pools()
    campaign(gaming, now=NOW, source_key="a")
    campaign(other, now=NOW, source_key="b")
    assert (place("a").state, place("b").state) == ("asked", "announced")

    with pytest.raises(PlaceElsewhere):
        confirm(place("a"))
    assert place("a").state == "asked"
    campaigning.refuse(commitment_id=place("b").pk, now=NOW)
    assert confirm(place("a")).state == "confirmed"
    with pytest.raises(PlaceElsewhere):
        confirm(place("b"))
    wish = Wish.objects.get(user__name="any")
    assert commitments_of([wish.pk])[wish.pk].campaign.source_key == "a"


def test_the_end_of_an_invitation_leaves_the_place_taken_elsewhere() -> None:
    gaming, other = two_pools()
    first = campaign(gaming, now=NOW, source_key="a")
    campaign(other, now=NOW, source_key="b")
    Commitment.objects.filter(pk=place("b").pk).update(state="asked", binds_at=None)
    confirm(place("b"))

    campaigning.cancel(campaign_id=first.pk, now=NOW)

    assert (place("a").state, place("b").state) == ("returned", "confirmed")
    assert Wish.objects.get(user__name="any").state == "committed"
    assert not Notice.objects.filter(user__name="any", kind="campaign.cancelled").exists()


def test_answers_teach_what_a_line_of_demand_counts_for() -> None:
    gaming, _other = two_pools()
    deal = campaign(gaming, now=NOW, source_key="a")
    confirm(Commitment.objects.get(user__email="g0@example.com"))
    missed(deal, now=NOW + DAY)
    Commitment.objects.update(updated_at=NOW + DAY)
    Wish.objects.filter(user__name="any").update(updated_at=NOW + 2 * DAY)

    kinds = {line.kind: line.units for line in demand_lines(gaming.category_id)}

    assert kinds == {"willing": 1, "silent": 1, "preorder": 1}

    second = campaign(gaming, now=NOW + 3 * DAY, source_key="c")
    missed(second, now=NOW + 4 * DAY)
    Commitment.objects.filter(campaign=second).update(updated_at=NOW + 4 * DAY)

    units: Counter[str] = Counter()
    for line in demand_lines(gaming.category_id):
        units[line.kind] += line.units

    assert units == {"silent": 2, "silent_again": 1}


def test_the_page_says_why_one_is_asked_and_where_one_has_a_place(client: Client) -> None:
    now = timezone.now()
    gaming, other = two_pools()
    campaign(gaming, now=now, source_key="a")
    client.force_login(place("a").user)

    asked = client.get(f"/my/orders/{place('a').public_id}/").content.decode()
    campaign(other, now=now, source_key="b")
    taken = client.get(f"/my/orders/{place('a').public_id}/").content.decode()

    assert "Why you are asked" in asked
    assert "already has a place in another offer" in taken
    assert 'id="decide"' not in taken
