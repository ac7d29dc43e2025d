"""Taking more of a confirmed place before closing: who may, what is held, and what a refused payment loses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from demand.campaigning import service as campaigning
from demand.campaigning.errors import AlreadyDecided, CampaignClosed, NoRoom, OthersWait, TotalChanged
from demand.errors import Changed, InvalidValue
from demand.models import Campaign, CampaignVariant, Commitment, Hold, Notice, Policy, User
from tests.demand import market
from tests.demand.conftest import NOW
from tests.demand.market import GAMING, campaign, crowd
from tests.demand.ordering import DAY, balanced, confirm, drain, more, places, received

pytestmark = pytest.mark.usefixtures("catalogue")


def deal(people: int = 2, **over: Any) -> Campaign:
    """At 6,020.00 delivered, from 4 units 5,520.00."""
    tiers = [(2, 600_000), (4, 550_000)]
    return campaign(crowd(people, text=GAMING, name="c", now=NOW), now=NOW, **({"tiers": tiers} | over))


def test_more_units_at_the_confirmed_price_bring_the_lower_price_for_everyone() -> None:
    offer = deal()
    ana, ben = places()
    confirm(ana)
    confirm(ben)
    near_the_end = offer.closes_at - timedelta(hours=1)

    done = more(ana, units=3, now=near_the_end)
    drain(near_the_end)
    campaigning.close_due(now=offer.closes_at)
    drain(offer.closes_at)

    assert (done.state, done.units, done.total_minor) == ("confirmed", 3, 1_806_000)
    assert Campaign.objects.get().firm_units == 4
    assert list(Commitment.objects.order_by("pk").values_list("units", "total_minor", "charged_minor")) == [
        (3, 1_656_000, 1_656_000),
        (1, 552_000, 552_000),
    ]
    held = Hold.objects.filter(commitment=ana).order_by("pk")
    assert list(held.values_list("purpose", "units", "amount_minor", "captured_minor")) == [
        ("place", 0, 602_000, 602_000),
        ("more", 2, 1_204_000, 1_054_000),
    ]
    balanced()
    assert received(ana) == 1_656_000


def test_taking_more_twice_with_one_key_takes_more_once() -> None:
    deal()
    ana, _ben = places()
    confirm(ana)
    first = more(ana, units=3, key="k")

    again = more(ana, units=3, key="k")

    assert again == first
    assert Campaign.objects.get().firm_units == CampaignVariant.objects.get(key="black").firm_units == 3
    assert Hold.objects.count() == 2
    assert Notice.objects.filter(kind="campaign.raised").count() == 1


def test_what_is_refused_changes_nothing() -> None:
    offer = deal(people=3, max_units=4)
    ana, ben, eve = places()
    confirm(ana, units=2)
    seen = Commitment.objects.get(pk=ana.pk).revision

    with pytest.raises(InvalidValue):
        more(ana, units=2)
    with pytest.raises(InvalidValue):
        more(ana, units=1)
    with pytest.raises(NoRoom) as full:
        more(ana, units=5)
    with pytest.raises(TotalChanged):
        more(ana, units=3, shown=1)
    with pytest.raises(AlreadyDecided):
        more(ben, units=2)
    with pytest.raises(CampaignClosed):
        more(ana, units=3, now=offer.closes_at)
    confirm(eve, units=3)
    with pytest.raises(OthersWait):
        more(ana, units=3)

    assert full.value.details == {"left": 2}
    ana.refresh_from_db()
    assert (ana.units, ana.revision, Campaign.objects.get().firm_units) == (2, seen, 2)
    assert Hold.objects.filter(commitment=ana).count() == 1
    with pytest.raises(Changed):
        campaigning.raise_units(
            commitment_id=ana.pk, seen_revision=1, units=3, shown_total_minor=1, idempotency_key="s", now=NOW
        )


def test_while_shoppers_are_asked_again_nothing_else_moves() -> None:
    offer = deal()
    ana, _ben = places()
    confirm(ana)
    changes = {"promised_to": "2026-06-01"}
    campaigning.ask_consent(campaign_id=offer.pk, source_key="c", reason="date", changes=changes, now=NOW)
    with pytest.raises(CampaignClosed):
        more(ana, units=3)
    assert Campaign.objects.get().firm_units == 1


def test_a_refused_payment_for_more_loses_only_the_added_units() -> None:
    Policy.objects.update(hold_repair_days=2)
    # Two more come to an amount that the sandbox refuses.
    deal(max_price_minor=599_201, tiers=[(2, 599_201)], freight_minor={"*": 0})
    ana, _ben = places()
    confirm(ana)
    drain()
    more(ana, units=3)
    drain()

    assert list(Hold.objects.order_by("pk").values_list("state", flat=True)) == ["held", "failed"]
    assert campaigning.lapse_unmended(now=NOW + DAY) == 0
    assert campaigning.lapse_unmended(now=NOW + 2 * DAY) == 1
    assert campaigning.lapse_unmended(now=NOW + 2 * DAY) == 0
    drain(NOW + 2 * DAY)

    ana.refresh_from_db()
    assert (ana.state, ana.units, ana.total_minor) == ("confirmed", 1, 599_201)
    taken = CampaignVariant.objects.get(commitments=ana)
    assert (Campaign.objects.get().firm_units, taken.firm_units) == (1, 1)
    assert list(Hold.objects.order_by("pk").values_list("state", flat=True)) == ["held", "released"]
    assert Notice.objects.get(kind="campaign.less").params["more"] == 2


def test_leaving_gives_every_part_back() -> None:
    deal()
    ana, _ben = places()
    confirm(ana)
    more(ana, units=2)
    drain()
    ana.refresh_from_db()

    left = campaigning.leave(commitment_id=ana.pk, seen_revision=ana.revision, now=NOW)
    drain(NOW + DAY)

    assert left.fee_minor == 0
    assert list(Hold.objects.values_list("state", flat=True)) == ["released", "released"]
    assert (Campaign.objects.get().firm_units, received(ana)) == (0, 0)
    balanced()


def test_the_page_shows_the_total_of_more_on_the_button(client: Client, ana: User) -> None:
    client.force_login(ana, backend="django.contrib.auth.backends.ModelBackend")
    now = timezone.now()
    pool = crowd(1, text=GAMING, name="c", now=now)
    market.wish_of(ana, GAMING, now=now)
    campaign(pool, now=now, max_units=3)
    place = Commitment.objects.get(user=ana)
    confirm(place, now=now)
    place.refresh_from_db()
    url = reverse("demand:commitment", args=[place.public_id])

    assert "¥18,060" in client.get(url, {"units": "3"}).content.decode()
    field = {"key": "k", "revision": str(place.revision), "units": "4", "shown_total": "2408000"}
    refused = client.post(reverse("demand:commitment_more", args=[place.public_id]), field)
    assert (refused.status_code, "Only 2 more can be made." in refused.content.decode()) == (422, True)
    field |= {"units": "3", "shown_total": "1806000"}
    taken = client.post(reverse("demand:commitment_more", args=[place.public_id]), field)
    assert taken.status_code == 302
    place.refresh_from_db()
    assert (place.units, place.total_minor) == (3, 1_806_000)
    assert "Take more?" not in client.get(url).content.decode()
