"""Where only a part is held: the deposit at the lock, the rest at the stated moment, and what a refused rest does."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from demand.campaigning import service as campaigning
from demand.models import Campaign, Commitment, GatewayCall, Hold, LedgerEntry, Notice, Policy
from tests.demand.conftest import NOW
from tests.demand.market import GAMING, campaign, crowd
from tests.demand.ordering import DAY, balanced, confirm, drain, places, received

pytestmark = pytest.mark.usefixtures("catalogue")


def locked(price_minor: int = 600_000, **policy: Any) -> Campaign:
    """Two places of one unit, 30 % captured at the lock."""
    Policy.objects.update(hold_permille=300, **policy)
    pool = crowd(2, text=GAMING, name="c", now=NOW)
    offer = campaign(pool, now=NOW, max_price_minor=price_minor, tiers=[(2, price_minor)], freight_minor={"*": 2_001})
    for place in places():
        confirm(place)
    drain()
    campaigning.close_due(now=offer.closes_at)
    drain(offer.closes_at)
    return Campaign.objects.get()


def charged() -> list[int]:
    return list(Commitment.objects.order_by("pk").values_list("charged_minor", flat=True))


def test_the_rest_is_charged_at_the_release_and_everything_adds_up() -> None:
    offer = locked()
    ana, ben = places()
    assert charged() == [180_600, 180_600]

    for _repeat in range(2):
        campaigning.mark_released(campaign_id=offer.pk, now=offer.closes_at + DAY)
        drain(offer.closes_at + DAY)

    assert charged() == [602_001, 602_001]
    assert list(
        Hold.objects.filter(commitment=ana).order_by("pk").values_list("purpose", "captured_minor", "state")
    ) == [
        ("place", 180_600, "captured"),
        ("balance", 421_401, "captured"),
    ]
    balanced()
    assert received(ana) == received(ben) == 602_001
    rows = LedgerEntry.objects.filter(transfer__commitment=ana, transfer__kind="capture").exclude(account="held")
    sums: dict[str, int] = {}
    for account, amount in rows.values_list("account", "amount_minor"):
        sums[account] = sums.get(account, 0) + amount
    # As in one capture: 6,000.00 is 5,155.08 for the maker with 670.16 VAT, 174.76 fee; 20.01 freight.
    assert sums == {"maker_payable": 515_508, "vat": 67_016, "freight": 2_001, "platform_fees": 17_476}
    assert Notice.objects.filter(kind="campaign.balance").count() == 2


def test_the_rest_is_charged_at_shipment_where_the_policy_says_so() -> None:
    offer = locked(balance_at="shipment")
    later = offer.closes_at + 20 * DAY
    campaigning.mark_released(campaign_id=offer.pk, now=later)
    drain(later)
    assert charged() == [180_600, 180_600]
    for key in ("first part", "second part", "second part"):
        campaigning.record_progress(
            campaign_id=offer.pk, source_key=key, kind="shipped", units=1, happened_at=later,
            expected_from=None, expected_to=None, note="", now=later,
        )  # fmt: skip
        drain(later)
    assert charged() == [602_001, 602_001]
    assert GatewayCall.objects.filter(action="capture").count() == 4


def released_and_refused(**policy: Any) -> tuple[Campaign, Commitment]:
    """The rest comes to an amount that the sandbox refuses."""
    # 6,005.74 delivered: a deposit of 1,801.72, then 4,204.02.
    offer = locked(price_minor=598_573, hold_repair_days=2, **policy)
    campaigning.mark_released(campaign_id=offer.pk, now=offer.closes_at)
    drain(offer.closes_at)
    return offer, places()[0]


def test_a_refused_rest_has_days_to_be_mended_then_the_place_goes_on_the_terms_of_leaving() -> None:
    offer, ana = released_and_refused()
    rest = Hold.objects.get(commitment=ana, purpose="balance")
    assert (rest.amount_minor, rest.state, rest.mend_by) == (420_402, "failed", offer.closes_at + 2 * DAY)
    assert Notice.objects.filter(kind="hold.failed", user=ana.user).count() == 1
    assert campaigning.lapse_unmended(now=offer.closes_at + DAY) == 0

    late = offer.closes_at + 2 * DAY
    assert campaigning.lapse_unmended(now=late) == 2
    assert campaigning.lapse_unmended(now=late) == 0
    drain(late)

    ana.refresh_from_db()
    # The fee is 30 % of 6,005.74: the whole deposit.
    assert (ana.state, ana.charged_minor, ana.fee_minor) == ("lapsed", 180_172, 180_172)
    assert (Campaign.objects.get().firm_units, received(ana)) == (0, 180_172)
    assert Notice.objects.get(kind="campaign.unpaid", user=ana.user).params["fee_minor"] == 180_172
    balanced()


def test_a_mended_rest_is_charged_and_the_place_stays(settings: Any) -> None:
    offer, ana = released_and_refused()
    settings.PAYMENT_GATEWAY = "tests.demand.ordering.AnotherCard"
    campaigning.mend_hold(commitment_id=ana.pk, now=offer.closes_at + DAY)
    campaigning.mend_hold(commitment_id=ana.pk, now=offer.closes_at + DAY)
    drain(offer.closes_at + DAY)

    assert campaigning.lapse_unmended(now=offer.closes_at + 3 * DAY) == 1
    ana.refresh_from_db()
    assert (ana.state, ana.charged_minor) == ("confirmed", 600_574)
    assert received(ana) == 600_574
    balanced()


def test_a_payment_mended_after_the_lock_is_captured() -> None:
    Policy.objects.update(hold_permille=1000)
    pool = crowd(2, text=GAMING, name="c", now=NOW)
    offer = campaign(pool, now=NOW, max_price_minor=600_402, tiers=[(2, 600_402)], freight_minor={"*": 0})
    ana, ben = places()
    confirm(ana)
    confirm(ben)
    drain()
    offer = Campaign.objects.get()
    assert set(Hold.objects.values_list("state", flat=True)) == {"failed"}
    campaigning.close_due(now=offer.closes_at)
    Commitment.objects.filter(pk=ana.pk).update(total_minor=600_401)
    Hold.objects.filter(commitment=ana).update(amount_minor=600_401)
    campaigning.mend_hold(commitment_id=ana.pk, now=offer.closes_at)
    drain(offer.closes_at)
    ana.refresh_from_db()
    assert (ana.charged_minor, received(ana)) == (600_401, 600_401)


def test_leaving_after_the_release_costs_a_share_of_the_whole_at_most_what_was_paid() -> None:
    offer = locked()
    campaigning.mark_released(campaign_id=offer.pk, now=offer.closes_at)
    drain(offer.closes_at)
    ana, _ben = places()
    left = campaigning.leave(commitment_id=ana.pk, seen_revision=ana.revision, now=offer.closes_at + DAY)
    drain(offer.closes_at + DAY)
    assert (left.fee_minor, left.refund_minor, received(ana)) == (180_600, 421_401, 180_600)
    balanced()


def test_the_deposit_and_the_rest_are_said_before_confirming_and_after(client: Client) -> None:
    Policy.objects.update(hold_permille=300)
    pool = crowd(1, text=GAMING, name="c", now=NOW)
    offer = campaign(pool, now=NOW)
    (ana,) = places()
    page = client.get(reverse("demand:campaign", args=[offer.public_id])).content.decode()
    assert (
        "30 % of the total is held now and charged when the order locks; the rest when the maker gets the order."
        in page
    )
    client.force_login(ana.user, backend="django.contrib.auth.backends.ModelBackend")
    confirm(ana)
    drain()
    shown = client.get(reverse("demand:commitment", args=[ana.public_id])).content.decode()
    assert "¥4,214 at most, charged when the maker gets the order" in shown


def test_what_is_owed_of_a_delivered_place_is_tried_again_and_then_left_to_staff(client: Client) -> None:
    offer, ana = released_and_refused()
    campaigning.record_progress(
        campaign_id=offer.pk, source_key="all", kind="delivered", units=2, happened_at=offer.closes_at,
        expected_from=None, expected_to=None, note="", now=offer.closes_at,
    )  # fmt: skip
    tried = []
    for days in (1, 2, 3, 4, 6, 8):
        tried.append(campaigning.retry_unpaid(now=offer.closes_at + days * DAY))
        drain(offer.closes_at + days * DAY)
    assert tried == [0, 2, 0, 2, 0, 0]
    assert campaigning.lapse_unmended(now=offer.closes_at + 9 * DAY) == 0
    ana.refresh_from_db()
    assert (ana.state, ana.charged_minor) == ("delivered", 180_172)
    owed = Notice.objects.filter(kind="hold.owed", user=ana.user)
    assert list(owed.values_list("params__rest_minor", flat=True)) == [420_402, 420_402]
    # Staff see each part that is owed once, its newest try.
    waiting = Hold.objects.filter(commitment=ana, state="failed", mend_by__isnull=False)
    assert (Hold.objects.filter(commitment=ana, state="failed").count(), waiting.count()) == (3, 1)
    client.force_login(ana.user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("demand:commitment", args=[ana.public_id])).content.decode()
    assert "You have received it, so this is still to be paid." in page
    assert "to keep your place" not in page


def test_what_is_owed_is_charged_once_the_payment_goes_through(settings: Any) -> None:
    offer, ana = released_and_refused()
    campaigning.record_progress(
        campaign_id=offer.pk, source_key="all", kind="delivered", units=2, happened_at=offer.closes_at,
        expected_from=None, expected_to=None, note="", now=offer.closes_at,
    )  # fmt: skip
    settings.PAYMENT_GATEWAY = "tests.demand.ordering.AnotherCard"
    for _again in range(2):
        campaigning.retry_unpaid(now=offer.closes_at + 2 * DAY)
        drain(offer.closes_at + 2 * DAY)
    ana.refresh_from_db()
    assert (ana.charged_minor, received(ana)) == (600_574, 600_574)
    assert not Hold.objects.filter(state="failed", mend_by__isnull=False).exists()
    balanced()
