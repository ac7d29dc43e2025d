"""The whole story in a browser, with a real worker: ana's wish becomes a lot on a line, and she sees it begin.

ana wishes, ben wishes and refuses, mira counters, noor accepts, sam agrees, closes and approves; nobody else acts
except the shoppers around ana, whose wishes and confirmations go through the services the pages call.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as deployment
from django.core import mail
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from config.celery import QUEUES
from config.places import CLONE
from demand import locking, outbox
from demand.campaigning import service as campaigning
from demand.campaigning import steps as campaign_steps
from demand.collecting.drafts import WishDraft
from demand.collecting.service import AddressValues, save_address
from demand.demo.loading import give_addresses, load_cast
from demand.models import Campaign, Commitment, Estimate, Person, Policy, User, Wish
from demand.pooling import service as pooling
from demand.web import demo_logins
from manufacturers.management.demo.loading import load_makers, load_members
from manufacturers.models import Lot, Proposal, Release
from tests.demand.conftest import catalogue
from tests.flows.workers import empty_queues, until

__all__ = ["catalogue"]
pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("WISHMILL_SHOTS", "")
SECRET = "JBSWY3DPEHPK3PXP"
SLIM = "14 inch laptop for work, at most 1.1 kg, under 6000 yuan"
SLIM_HANS = "14寸办公笔记本,1.1公斤以内,6000以内"
POWER = "15.6 inch laptop for programming, under 8000 yuan"
# With ana's 3 units a whole number of lots of 5: nobody has to be asked who pays for a rest.
AROUND = 27


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Who acts, and where."""

    browser: Browser
    url: str
    cast: dict[str, User]
    signed_in: dict[str, Any]


@pytest.fixture
def stage(
    browser: Browser,
    live_server: LiveServer,
    catalogue: str,
    outside_environment: dict[str, str],
    tmp_path: Path,
    settings: Any,
) -> Iterator[Stage]:
    """Two makers, a crowd for each, and a worker that does what follows from whatever people do."""
    now = timezone.now()
    cache.clear()
    empty_queues()
    settings.ACCOUNT_RATE_LIMITS = {}
    Policy.objects.get_or_create(category=None, version=2, defaults={"notice_hours": 0, "created_at": now})
    cast = load_cast(now=now)
    load_makers(now=now)
    load_members(owners={"maker-a": cast["mira"], "maker-b": cast["noor"]}, now=now)
    for name in ("mira", "noor", "sam"):
        demo_logins.enrol_totp(cast[name], SECRET)
    _crowd("slim", SLIM, ceiling_minor=600_000)
    _crowd("power", POWER, ceiling_minor=800_000)
    with _worker(outside_environment, tmp_path / "worker.log"):
        yield Stage(browser=browser, url=live_server.url, cast=cast, signed_in={})


@contextmanager
def _worker(environment: dict[str, str], log: Path) -> Iterator[None]:
    """A Celery worker on today's clock, as the pages are; the forked ones of the flows keep the cast's first Monday."""
    command = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "-n", "story@%h", "-c", "1"]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*command, "-Q", ",".join(QUEUES), "--without-gossip", "--without-mingle"],
            cwd=CLONE,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _crowd(name: str, text: str, *, ceiling_minor: int) -> None:
    """So many shoppers who pre-order the same thing."""
    now = timezone.now()
    for place in range(AROUND):
        user = User.objects.create_user(
            email=f"{name}{place}@example.com",
            region="CN-SH",
            email_verified_at=now,
            person=Person.objects.create(created_at=now),
        )
        draft = WishDraft(text=text, kind="preorder", ceiling_minor=ceiling_minor, region="CN-SH", confirmed=True)
        pooling.place(draft=draft, user_id=user.pk, now=now)


@contextmanager
def visit(stage: Stage, name: str, address: str, *, width: int = 1280, language: str = "en") -> Iterator[Page]:
    """One's own browser at an address, signed in from the second visit on; what it complains of fails the test."""
    complaints: list[str] = []
    context = stage.browser.new_context(
        base_url=stage.url, viewport={"width": width, "height": 844}, storage_state=stage.signed_in.get(name)
    )
    speak(context, stage.url, language)
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    if name in stage.signed_in or address == "/":
        page.goto(address)
    else:
        page.goto(f"/accounts/login/?next={address}")
        sign_in(page, stage.cast[name])
        expect(page).to_have_url(stage.url + address)
    yield page
    stage.signed_in[name] = context.storage_state()
    context.close()
    assert complaints == []


def speak(context: BrowserContext, url: str, language: str) -> None:
    context.add_cookies([{"name": deployment.LANGUAGE_COOKIE_NAME, "value": language, "url": url}])


def look(page: Page, name: str) -> None:
    """Keep how a page looks, where WISHMILL_SHOTS names a folder for it."""
    if not SHOTS:
        return
    before, size = page.context.cookies(), page.viewport_size
    for language in ("en", "zh-hans"):
        speak(page.context, page.url, language)
        page.reload()
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            page.screenshot(path=f"{SHOTS}/{name}-{language}-{width}.png", full_page=True)
    page.context.add_cookies(before)  # type: ignore[arg-type]
    page.set_viewport_size(size or {"width": 1280, "height": 844})
    page.reload()


def go_on(page: Page) -> None:
    page.locator("main form:not(#resend):not(#leave) button.act").first.click()


def sign_in(page: Page, user: User) -> None:
    """As people do: an address, the mailed code, and for makers and staff the authenticator's code."""
    page.wait_for_url("**/accounts/login/**")
    page.locator("#id_login").fill(user.email or "")
    go_on(page)
    page.wait_for_url("**/login/code/confirm/**")
    found = re.search(r"^\d{6}$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found
    page.locator("#id_code").fill(found.group())
    go_on(page)
    if user.name.split()[0] in ("Mira", "Noor", "Sam"):
        page.wait_for_url("**/2fa/authenticate/**")
        page.locator("#id_code").fill(demo_logins.totp_now(user))
        page.locator("main form button").first.click()
    page.wait_for_url(lambda url: "/accounts/" not in url)


def happens(condition: Callable[[], bool], what: str) -> None:
    """Wait for the worker; the outbox is looked at now and then, as beat would have it done."""
    outbox.dispatch(outbox.CONSUME_TASK)
    until(condition, what, seconds=60)


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


def decide(page: Page, listed: str, name: str, label: str) -> None:
    """Choose every row of a list and take a decision on them; where none is needed, nothing is there to choose."""
    page.goto(reverse(f"admin:{listed}_changelist"))
    look(page, f"10-{listed}")
    page.locator("table#result_list tbody tr a").first.click()
    page.locator(".wm-decisions a", has_text=label).first.click()
    look(page, f"11-{listed}-{name}")
    page.locator("form.wm-form button[type=submit]").click()
    page.get_by_text("Done for 1 row.").wait_for()


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
