"""The whole story in a browser, with a real worker: ana's wish becomes a lot on a line, and she sees it begin.

ana wishes, ben wishes and refuses, mira counters, noor accepts, sam agrees, closes and approves; nobody else acts
except the shoppers around ana, whose wishes and confirmations go through the services the pages call.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from demand import locking, outbox
from demand.campaigning import service as campaigning
from demand.campaigning import steps as campaign_steps
from demand.collecting.drafts import WishDraft
from demand.collecting.service import AddressValues, save_address
from demand.demo.loading import give_addresses
from demand.models import Campaign, Commitment, Estimate, Wish
from demand.pooling import service as pooling
from manufacturers.models import Lot, Proposal, Release
from tests.browser.story_stage import SLIM, Stage, decide, happens, look, sign_in, stage, visit
from tests.demand.conftest import catalogue

__all__ = ["catalogue", "stage"]
pytestmark = pytest.mark.django_db(transaction=True)
SLIM_HANS = "14寸办公笔记本,1.1公斤以内,6000以内"


def test_from_a_wish_to_the_line(stage: Stage) -> None:
    wish = ana_wishes(stage)
    ben_wishes(stage)
    the_market_is_put_to_makers()
    mira_counters(stage)
    noor_accepts(stage)
    sam_agrees(stage)
    campaign = the_campaign_opens(wish)
    ana_confirms(stage, wish)
    ben_refuses(stage, campaign)
    others_confirm(campaign)
    sam_closes_and_approves(stage, campaign)
    lot = mira_acknowledges(stage, campaign)
    mira_reports_the_start(stage, lot)
    ana_sees_it(stage, wish)
    place = Commitment.objects.get(wish=wish)
    assert (place.state, place.units, lot.order.state) == ("confirmed", 3, "started")
    assert place.campaign_id == campaign.pk == lot.order.release.proposal.campaign_id


def ana_wishes(stage: Stage) -> Wish:
    """She types before she signs in, corrects a chip, and is in the group of those who want the same."""
    with visit(stage, "ana", "/", width=390) as page:
        look(page, "01-home")
        page.goto(reverse("demand:wish_new"))
        page.locator("#id_text").press_sequentially(f"{SLIM}, two please")
        page.locator("#reading .chip > summary", has_text="× 2").click()
        page.locator("#chip-quantity").fill("3")
        page.locator(".chip[open] button[name=chip_change]").click()
        page.locator("#reading .chip > summary", has_text="× 3").wait_for()
        page.get_by_text("You are not alone.").wait_for()
        page.locator("button[value=wish]").click()
        page.wait_for_url(re.compile(r"/wish/[0-9a-f-]{36}/"))
        look(page, "02-wish-draft")
        page.get_by_role("link", name="Sign in to make it count").click()
        sign_in(page, stage.cast["ana"])
        expect(page.get_by_role("heading", name="People who want the same")).to_be_visible()
        look(page, "03-wish-open")
        page.locator("main a[href^='/pool/']").first.click()
        page.wait_for_url("**/pool/**")
        look(page, "04-pool")
    wish = Wish.objects.get(user=stage.cast["ana"])
    assert (wish.quantity, wish.ceiling_minor, wish.state) == (3, 600_000, "open")
    return wish


def ben_wishes(stage: Stage) -> None:
    ben = stage.cast["ben"]
    placed = pooling.place(draft=WishDraft(text=SLIM_HANS), user_id=ben.pk, now=timezone.now())
    assert placed.pool_public_id == Wish.objects.get(user=stage.cast["ana"]).membership.pool.public_id


def the_market_is_put_to_makers() -> None:
    """The stages as they run at night: estimate, then propose."""
    pooling.take_snapshots(now=timezone.now())
    with locking.transaction():
        asked = {"stage": "estimating", "subject": "laptop", "requested_by_id": None}
        outbox.write("run.requested", aggregate="test", aggregate_id=0, payload=asked, now=timezone.now())
    happens(lambda: Estimate.objects.exists(), "estimates")
    happens(lambda: Proposal.objects.filter(state="sent").count() == 2, "a proposal to each maker")


def mira_counters(stage: Stage) -> None:
    with visit(stage, "mira", "/maker/") as page:
        look(page, "05-inbox")
        page.locator("table.rows th a").first.click()
        page.wait_for_url("**/maker/proposals/**")
        look(page, "06-proposal")
        page.get_by_text("Counter", exact=True).click()
        price = page.get_by_label("Your price per unit, before VAT")
        price.fill(f"{float(price.input_value()) * 1.01:.2f}")
        page.get_by_role("button", name="Send the counter").click()
        page.locator("#counter").wait_for()
        look(page, "07-countered")


def noor_accepts(stage: Stage) -> None:
    with visit(stage, "noor", "/maker/", width=390) as page:
        page.locator("table.rows th a").first.click()
        page.get_by_role("button", name=re.compile(r"^Accept \d+")).click()
        page.get_by_text("You are bound until").wait_for()
        look(page, "08-accepted")


def sam_agrees(stage: Stage) -> None:
    with visit(stage, "sam", "/admin/") as page:
        look(page, "09-dashboard")
        decide(page, "manufacturers_counter", "agree", "Agree")


def the_campaign_opens(wish: Wish) -> Campaign:
    happens(lambda: Commitment.objects.filter(wish=wish, state="asked").exists(), "ana to be asked")
    return Campaign.objects.get(commitments__wish=wish)


def ana_confirms(stage: Stage, wish: Wish) -> None:
    """With the address, and the total on the button."""
    home = AddressValues(
        recipient="Ana Lin", phone="+8613800138000", region="CN-SH", city="浦东新区", street="世纪大道 100 号"
    )
    save_address(user_id=stage.cast["ana"].pk, values=home, now=timezone.now())
    with visit(stage, "ana", "/my/", width=390) as page:
        look(page, "12-my-wishes")
        page.goto(reverse("demand:wish", args=[wish.public_id]))
        look(page, "13-wish-asked")
        page.locator(".split .buttons a.act").first.click()
        page.wait_for_url("**/my/orders/**")
        look(page, "14-place")
        page.locator("#confirm-total button").click()
        page.get_by_text("You are in with 3").wait_for()
        look(page, "15-confirmed")
    place = Commitment.objects.get(wish=wish)
    assert (place.state, place.units) == ("confirmed", 3)


def ben_refuses(stage: Stage, campaign: Campaign) -> None:
    place = Commitment.objects.get(campaign=campaign, user=stage.cast["ben"])
    address = reverse("demand:commitment", args=[place.public_id])
    with visit(stage, "ben", address, width=390, language="zh-hans") as page:
        page.locator("form[action$='/refuse/'] button").click()
        page.locator("form[action$='/refuse/']").wait_for(state="detached")
        page.get_by_text("你拒绝了这份报价。").wait_for()
        look(page, "16-refused")
    place.refresh_from_db()
    assert place.state == "refused"


def others_confirm(campaign: Campaign) -> None:
    """Everyone else who was asked says yes."""
    places = Commitment.objects.filter(campaign=campaign, state__in=["asked", "announced"]).select_related("variant")
    addresses = give_addresses(user_ids=[one.user_id for one in places], now=timezone.now())
    for place in places:
        assert place.variant is not None
        campaigning.confirm(
            commitment_id=place.pk,
            seen_revision=place.revision,
            variant_id=place.variant.pk,
            units=place.units,
            address_id=addresses[place.user_id],
            shown_total_minor=campaign_steps.price_of(campaign, place.variant, "CN-SH") * place.units,
            idempotency_key=f"story-{place.pk}",
            now=timezone.now(),
        )


def sam_closes_and_approves(stage: Stage, campaign: Campaign) -> None:
    """The minimum is reached, so sam closes before the date; the sample is right, so the release goes out."""
    with visit(stage, "sam", "/admin/") as page:
        page.goto(reverse("admin:demand_campaign_change", args=[campaign.pk]))
        page.locator(".wm-decisions a", has_text="Close").first.click()
        look(page, "17-close")
        page.get_by_label("Why?").fill("The minimum is reached, and everyone answered.")
        page.locator("form.wm-form button[type=submit]").click()
        page.get_by_text("Done for 1 row.").wait_for()
        happens(lambda: Release.objects.filter(state="sample").exists(), "a release that waits for its sample")
        proposal = Proposal.objects.get(offer__maker__code="maker-a")
        page.goto(reverse("admin:manufacturers_proposal_change", args=[proposal.pk]))
        look(page, "18-admin-proposal")
        page.locator(".wm-decisions a", has_text="Approve the sample").click()
        page.locator("form.wm-form button[type=submit]").click()
        page.get_by_text("Done for 1 row.").wait_for()


def mira_acknowledges(stage: Stage, campaign: Campaign) -> Lot:
    """She takes the exact order on, and it is a lot on her board."""
    with visit(stage, "mira", "/maker/releases/") as page:
        look(page, "19-releases")
        page.locator("table.rows th a").first.click()
        look(page, "20-release")
        page.get_by_role("button", name=re.compile("^Acknowledge")).click()
        happens(lambda: Lot.objects.filter(plan__state="current").exists(), "a lot in the current plan")
        lot = Lot.objects.filter(plan__state="current").select_related("order__release").order_by("starts_at")[0]
        assert lot.order.release.units >= Campaign.objects.get(pk=campaign.pk).firm_units
        page.goto(f"/maker/plan/?from={timezone.localdate(lot.starts_at) - timedelta(days=1)}")
        expect(page.locator(f"[data-lot='{lot.order.public_id}'] .lot-box")).to_be_visible()
        look(page, "21-plan")
    return lot


def mira_reports_the_start(stage: Stage, lot: Lot) -> None:
    """Two taps on a phone: the order, and what happened."""
    with visit(stage, "mira", "/maker/plan/", width=390) as page:
        page.locator("#lots th a").first.click()
        page.get_by_role("link", name="Report on this order").click()
        look(page, "22-order")
        page.get_by_role("button", name="Started").click()
        page.get_by_text("Shoppers see it.").wait_for()
    lot.order.refresh_from_db()
    assert lot.order.state == "started"


def ana_sees_it(stage: Stage, wish: Wish) -> None:
    """In her notices, and on the way of her wish."""
    ana = stage.cast["ana"]
    happens(lambda: ana.notices.filter(kind="progress.started").exists(), "ana to be told")
    with visit(stage, "ana", "/notices/", width=390) as page:
        told = page.locator(".notices li", has_text=re.compile("Production of .* has started"))
        expect(told.first).to_be_visible()
        look(page, "23-notices")
        page.goto(reverse("demand:wish", args=[wish.public_id]))
        expect(page.locator("[aria-labelledby=way-title] [aria-current=step]")).to_contain_text("Production")
        look(page, "24-wish-made")
        page.goto("/my/")
        look(page, "25-my-wishes")
