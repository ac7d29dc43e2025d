"""After the lock: who leaves and pays, who moves up, who is paid what, what is delivered and claimed."""

from __future__ import annotations

from typing import Any

import pytest

from demand.campaigning import service as campaigning
from demand.models import Commitment, Hold, Notice, User, Wish
from tests.demand.campaigns import DAY, balances, close, confirm, drain, leave, opened, wishes

pytestmark = pytest.mark.usefixtures("catalogue")


def test_leaving_after_the_lock_costs_only_where_the_minimum_breaks(ana: User, ben: User) -> None:
    campaign = opened(wishes(ana, ben))
    confirm(ana, units=2)
    confirm(ben, units=1)
    drain()
    close(campaign)

    free = leave(ben, now=campaign.closes_at)
    paid = leave(ana, now=campaign.closes_at)
    drain(campaign.closes_at)

    assert (free.fee_minor, free.reason, free.refund_minor) == (0, "minimum_holds", 600_000)
    assert (paid.fee_minor, paid.reason, paid.refund_minor) == (120_000, "after_lock", 1_080_000)
    assert Hold.objects.get(commitment__user=ana).refunded_minor == 1_080_000


def test_what_was_shown_is_what_maker_state_carrier_and_platform_get(ana: User) -> None:
    # 5,000.00 + 13 % VAT 650.00 + 3 % of both 169.50, and 20.00 freight: 5,839.50 a unit.
    campaign = opened(
        wishes(ana), max_price_minor=581_950, tiers=[(2, 581_950)], freight_minor={"CN-SH": 2_000, "*": 3_000}
    )
    confirm(ana, units=2, shown=1_167_900)
    drain()
    close(campaign)

    assert balances(ana) == {
        "freight": 4_000,
        "maker_payable": 1_000_000,
        "platform_fees": 33_900,
        "shopper": -1_167_900,
        "vat": 130_000,
    }

    left = leave(ana, now=campaign.closes_at)
    drain(campaign.closes_at)

    assert left.fee_minor == 116_790
    assert balances(ana) == {
        "freight": 400,
        "maker_payable": 100_000,
        "platform_fees": 3_390,
        "shopper": -116_790,
        "vat": 13_000,
    }


def test_leaving_before_the_capture_is_carried_out_still_costs_the_fee(ana: User) -> None:
    campaign = opened(wishes(ana))
    confirm(ana, units=2)
    drain()
    campaigning.close_due(now=campaign.closes_at)
    left = leave(ana, now=campaign.closes_at)
    drain(campaign.closes_at)

    assert (left.fee_minor, left.refund_minor) == (120_000, 1_080_000)
    hold = Hold.objects.get()
    assert (hold.state, hold.captured_minor, hold.refunded_minor) == ("captured", 1_200_000, 1_080_000)
    assert balances(ana)["shopper"] == -120_000


def test_who_moves_up_after_the_lock_is_charged_the_final_price(ana: User, ben: User) -> None:
    campaign = opened(wishes(ana, ben), tiers=[(2, 600_000), (4, 550_000)])
    confirm(ana, units=4)
    confirm(ben, units=4)
    drain()
    close(campaign)
    left = leave(ana, now=campaign.closes_at)
    drain(campaign.closes_at)

    assert (left.fee_minor, left.reason) == (0, "taken_over")
    assert list(Commitment.objects.order_by("pk").values_list("state", "charged_minor")) == [
        ("left", 2_200_000),
        ("confirmed", 2_200_000),
    ]
    assert Hold.objects.get(commitment__user=ben).state == "captured"


def test_progress_is_told_once_and_delivery_opens_the_claim_window(ana: User, sam: User) -> None:
    campaign = opened(wishes(ana))
    confirm(ana, units=2)
    drain()
    close(campaign)
    moment = campaign.closes_at + 30 * DAY
    report: dict[str, Any] = {
        "campaign_id": campaign.pk,
        "source_key": "m1",
        "kind": "delivered",
        "units": 2,
        "happened_at": moment,
        "expected_from": None,
        "expected_to": None,
        "note": "",
        "now": moment,
    }

    assert campaigning.record_progress(**report) is True
    assert campaigning.record_progress(**report) is False

    place = Commitment.objects.get()
    claim = campaigning.file_claim(
        commitment_id=place.pk, kind="damaged", text="The lid is broken", photos=[], now=moment + DAY
    )
    campaigning.decide_claim(
        claim_id=claim.pk, decision="part_refund", refund_minor=50_000, by_id=sam.pk, now=moment + 2 * DAY
    )
    drain(moment + 2 * DAY)
    assert (place.state, Wish.objects.get().state) == ("delivered", "fulfilled")
    assert Hold.objects.get().refunded_minor == 50_000
    assert Notice.objects.filter(user=ana, kind="claim.decided").count() == 1


def test_a_delay_is_told_with_the_refund_bracket_it_puts_shoppers_in(ana: User) -> None:
    campaign = opened(wishes(ana))
    confirm(ana, units=2)
    drain()
    close(campaign)
    campaign.refresh_from_db()
    for number, days in enumerate((3, campaign.policy.late_days_free)):
        campaigning.record_progress(
            campaign_id=campaign.pk,
            source_key=f"late {number}",
            kind="delayed",
            units=2,
            happened_at=campaign.closes_at,
            expected_from=None,
            expected_to=campaign.promised_to + days * DAY,
            note="",
            now=campaign.closes_at,
        )
    some, free = Notice.objects.filter(user=ana, kind__startswith="progress.").order_by("pk")
    assert (some.kind, some.params["share"], some.params["days"]) == ("progress.delayed_fee", "10 %", 14)
    assert some.params["to_on"] == (campaign.promised_to + 3 * DAY).isoformat()
    assert (free.kind, "share" in free.params) == ("progress.delayed_free", False)
    assert leave(ana, now=campaign.closes_at).fee_minor == 0
