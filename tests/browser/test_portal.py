"""The makers' portal in a real browser: accessible and fitting on a phone and a wide screen, and lots that move."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page

from manufacturers.models import CalendarException, Lot, Maker, Offer, Plan, ProductionOrder, Proposal, Release
from tests.manufacturers import portal
from tests.manufacturers.makers import member_of, store_a
from tests.signing_in import sign_in_fully

pytestmark = pytest.mark.django_db(transaction=True)
# Playwright's own event loop runs in the thread of the test.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture
def market(transactional_db: None) -> Maker:
    now = timezone.now()
    portal.catalogue()
    maker = store_a()
    Offer.objects.filter(maker=maker).update(valid_to="2030-12-31")
    offered = Offer.objects.get(maker=maker)
    for number in range(3):
        portal.proposal(offered, f"p{number}", now=now, fit_permille=900 - 150 * number)
    portal.release(offered, "2026-0043", now=now)
    portal.plan(maker, 12, now=now)
    # At any time of the day: no lot is held because it begins soon.
    Maker.objects.update(plan_dirty_at=None, frozen_hours=0)
    return maker


def opened(browser: Browser, live_server: Any, maker: Maker, *, width: int, language: str = "en") -> BrowserContext:
    """A browser in which mira is signed in."""
    client = Client()
    sign_in_fully(client, member_of(maker, "mira").user)
    context = browser.new_context(viewport={"width": width, "height": 900}, locale=language)
    for name, value in (
        (settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value),
        (settings.LANGUAGE_COOKIE_NAME, language),
    ):
        context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    return context


def addresses(maker: Maker) -> dict[str, str]:
    sent = Proposal.objects.filter(offer__maker=maker, state="sent").order_by("-fit_permille")[0]
    order = ProductionOrder.objects.filter(release__maker=maker).order_by("part")[4]
    behind = Release.objects.get(number="R-2026-0043")
    offered = Offer.objects.get(maker=maker)
    return {
        "inbox": "",
        "proposal": f"proposals/{sent.public_id}/",
        "plan": f"plan/?lot={order.public_id}",
        "offers": "offers/",
        "offer": f"offers/{offered.public_id}/",
        "capacity": f"offers/{offered.public_id}/capacity/",
        "calendar": "calendar/",
        "line": f"lines/{maker.lines.all()[0].public_id}/",
        "order": f"orders/{order.public_id}/",
        "releases": "releases/",
        "release": f"releases/{behind.public_id}/",
        "claims": "claims/",
        "market": "market/",
    }


@pytest.mark.parametrize(("width", "language"), [(390, "en"), (390, "zh-hans"), (1280, "en"), (1280, "zh-hans")])
def test_every_page_is_accessible_and_fits(
    browser: Browser, live_server: Any, market: Maker, width: int, language: str
) -> None:
    context = opened(browser, live_server, market, width=width, language=language)
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    found = {}
    for name, address in addresses(market).items():
        answer = page.goto(f"{live_server.url}/maker/{address}")
        assert answer is not None
        assert answer.status == 200, name
        rules = Axe().run(page).response["violations"]
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        problems = [(rule["id"], rule["nodes"][0]["target"], len(rule["nodes"])) for rule in rules]
        if problems or wide > 0:
            found[name] = (problems, wide)
    context.close()
    assert found == {}
    assert complaints == []


@pytest.fixture
def board(browser: Browser, live_server: Any, market: Maker) -> Iterator[Page]:
    context = opened(browser, live_server, market, width=1280)
    page = context.new_page()
    page.goto(f"{live_server.url}/maker/plan/?zoom=days")
    yield page
    context.close()


def test_a_lot_is_dragged_its_cost_seen_and_undone(board: Page, market: Maker) -> None:
    key = str(Lot.objects.get(order__part=7).order.public_id)
    box = board.locator(f"[data-lot='{key}'] .lot-box")
    box.scroll_into_view_if_needed()
    place = box.bounding_box()
    assert place is not None
    x, y = place["x"] + place["width"] / 2, place["y"] + 18
    board.mouse.move(x, y)
    board.mouse.down()
    board.mouse.move(x + 120, y, steps=6)
    board.mouse.move(x + 200, y, steps=4)
    board.mouse.up()
    board.get_by_text("Late lots:").wait_for(timeout=30_000)
    assert Plan.objects.count() == 1
    assert board.locator(f"[data-lot='{key}'].tried").count() == 1
    board.get_by_role("button", name="Undo").click()
    assert board.locator(f"[data-lot='{key}']").get_attribute("transform") is None
    assert board.locator(".lot.tried").count() == 0


def test_the_keyboard_moves_a_lot_and_enter_asks_the_cost(board: Page, market: Maker) -> None:
    lot = board.locator("[data-lot]").nth(6)
    lot.focus()
    board.keyboard.press("Enter")
    board.locator("#lot-panel h2").wait_for(timeout=30_000)
    lot = board.locator("[data-lot].selected")
    lot.focus()
    for _step in range(3):
        board.keyboard.press("Shift+ArrowRight")
    assert "translate(24 0)" in (lot.get_attribute("transform") or "")
    board.keyboard.press("Enter")
    board.locator("#trial-says").get_by_text(".").wait_for(timeout=30_000)
    board.keyboard.press("Escape")
    assert board.locator("#trial").is_hidden()


def test_a_what_if_stands_beside_the_plan_and_is_adopted(board: Page, market: Maker) -> None:
    day = (timezone.localdate() + timedelta(days=2)).isoformat()
    form = board.locator("form[data-what-if]")
    form.get_by_label("Line").select_option(label="L1")
    form.get_by_label("From").fill(f"{day}T18:00")
    form.get_by_label("To").fill(f"{day}T23:00")
    form.get_by_role("button", name="Try it").click()
    board.locator("#compared [data-other-board] svg").wait_for(timeout=30_000)
    tried = Plan.objects.get(state="what_if")
    assert tried.title.startswith("one more shift on L1")
    assert board.locator("#compared dt", has_text="Late in all").count() == 1
    board.get_by_role("button", name="Make this the plan").click()
    board.get_by_text("This is the plan now.").wait_for(timeout=30_000)
    tried.refresh_from_db()
    assert tried.state == "current"
    assert CalendarException.objects.filter(working=True).count() == 1


def test_zooming_draws_again_without_asking_the_server(board: Page, market: Maker) -> None:
    wide = int(board.locator("[data-plan-board] svg").get_attribute("width") or 0)
    board.get_by_role("link", name="Weeks").click()
    narrow = int(board.locator("[data-plan-board] svg").get_attribute("width") or 0)
    assert (wide, board.url.endswith("?zoom=weeks")) == (narrow * 4, True)
    assert board.locator("[data-plan-board] .lot").count() == 12


def test_paper_holds_every_lot_of_the_stretch_on_the_screen(board: Page, market: Maker) -> None:
    board.get_by_role("link", name="Months").click()
    board.evaluate("dispatchEvent(new Event('beforeprint'))")
    board.emulate_media(media="print")
    names = board.locator(".paper tbody th").all_inner_texts()
    assert sorted(names) == sorted(f"R-2026-0042-{part}" for part in range(1, 13))
    assert board.locator(".paper tbody tr", has_text="Changeovers before it take the time").count() == 2
    assert board.locator("#lots").is_hidden()
    assert board.locator("[data-plan-board] svg").count() >= 1
    board.emulate_media(media="screen")
    board.evaluate("dispatchEvent(new Event('afterprint'))")
    assert board.locator(".paper").count() == 0
    assert board.locator("#lots").is_visible()


def test_a_report_takes_two_taps_on_a_phone(browser: Browser, live_server: Any, market: Maker) -> None:
    context = opened(browser, live_server, market, width=390)
    page = context.new_page()
    order = ProductionOrder.objects.get(part=1)
    page.goto(f"{live_server.url}/maker/orders/{order.public_id}/")
    page.get_by_role("button", name="Started").click()
    page.get_by_text("Shoppers see it.").wait_for()
    context.close()
    order.refresh_from_db()
    assert order.state == "started"
