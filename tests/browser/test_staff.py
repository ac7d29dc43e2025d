"""The staff site in a real browser: whole pages are accessible and fit, decisions are taken, a stage is watched."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

import demand.demo
from demand.models import OutboxEvent, OutboxTask, Pool, Run, SamePerson, SignalSource, User, Wish
from demand.reading.service import import_catalog
from tests.demand import market
from tests.signing_in import sign_in_fully

SHOTS = os.environ.get("WISHMILL_SHOTS", "")


@pytest.fixture
def sam(transactional_db: None) -> User:
    """A member of staff, in a market with something of everything that waits for a person."""
    now = timezone.now()
    folder = Path(demand.demo.__file__).parent / "data"
    import_catalog(document=json.loads((folder / "catalogue.json").read_text()), now=now)
    sold = market.crowd(3, text="17 inch gaming laptop, max 7000", name="a", now=now)
    market.crowd(2, text="down jacket, knee length, black, to Shanghai", name="b", now=now)
    market.campaign(sold, now=now)
    first, second = User.objects.order_by("pk")[:2]
    market.wish_of(first, "something nice for the evening, perhaps with lights", now=now)
    Wish.objects.filter(state="asking").update(reading_state="doubtful")
    SamePerson.objects.create(user=first, other=second, reason="device", found_at=now)
    SignalSource.objects.create(name="Shop", key_prefix="wm_abc", key_hash="x" * 64, created_at=now)
    event = OutboxEvent.objects.create(topic="x", aggregate="a", aggregate_id=1, created_at=now)
    OutboxTask.objects.create(event=event, consumer="c", state="parked", next_try_at=now)
    Run.objects.create(stage="pooling", subject="laptop", state="done", started_at=now, finished_at=now, wall_seconds=2)
    Run.objects.create(stage="planning", subject="maker-a", state="failed", started_at=now, finished_at=now)
    return User.objects.create_user(
        email="sam@example.com", name="Sam", email_verified_at=now, is_staff=True, is_superuser=True
    )


def opened(browser: Browser, url: str, user: User, *, width: int, language: str = "en") -> BrowserContext:
    """A browser in which this person is signed in, second factor passed."""
    client = Client()
    sign_in_fully(client, user)
    context = browser.new_context(viewport={"width": width, "height": 900}, locale=language)
    for name, value in (
        (settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value),
        (settings.LANGUAGE_COOKIE_NAME, language),
    ):
        context.add_cookies([{"name": name, "value": value, "url": url}])
    return context


def addresses() -> dict[str, str]:
    pool = Pool.objects.order_by("-people", "pk")[0]
    wish = Wish.objects.filter(state="open", category__isnull=False, seeded=False).order_by("pk")[0]
    event = OutboxEvent.objects.create(
        topic="run.requested",
        aggregate="run",
        aggregate_id=0,
        payload={"stage": "pooling", "subject": "*"},
        created_at=Run.objects.order_by("started_at")[0].started_at,
    )
    return {
        "dashboard": reverse("admin:index"),
        "list": reverse("admin:demand_pool_changelist"),
        "wishes": reverse("admin:demand_wish_changelist"),
        "row": reverse("admin:demand_pool_change", args=[pool.pk]),
        "decision": reverse("admin:demand_pool_decide", args=["override"]) + f"?ids={pool.pk}",
        "split": reverse("admin:demand_pool_decide", args=["split"]) + f"?ids={Pool.objects.get(state='open').pk}",
        "queue": reverse("admin:demand_wish_queue"),
        "ask": reverse("admin:demand_run_ask"),
        "pin": reverse("admin:demand_wish_decide", args=["pin"]) + f"?ids={wish.pk}",
        "log": reverse("admin:demand_run_changelist"),
        "watch": reverse("admin:demand_run_watch", args=[event.pk]),
        "events": reverse("admin:demand_signalsource_events"),
        "market": reverse("admin:demand_finding_market"),
    }


@pytest.mark.parametrize(("width", "language"), [(390, "en"), (390, "zh-hans"), (1280, "en"), (1280, "zh-hans")])
def test_whole_pages_are_accessible_and_fit(
    browser: Browser, live_server: LiveServer, sam: User, width: int, language: str
) -> None:
    context = opened(browser, live_server.url, sam, width=width, language=language)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    found: dict[str, Any] = {}
    for name, address in addresses().items():
        answer = page.goto(live_server.url + address)
        assert answer is not None
        assert answer.status == 200, name
        shot(page, f"{name}-{width}-{language}")
        problems = _violations(page)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if problems or wide > 0:
            found[name] = (problems, wide)
    context.close()
    assert found == {}
    assert errors == []


def _violations(page: Page) -> list[tuple[str, Any, int]]:
    """What axe finds on the whole page, the theme's frame included."""
    rules = Axe().run(page).response["violations"]
    return [(rule["id"], rule["nodes"][0]["target"], len(rule["nodes"])) for rule in rules]


def shot(page: Page, name: str) -> None:
    """Keep a picture where ``WISHMILL_SHOTS`` names a folder."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"staff-{name}.png"), full_page=True)


@pytest.fixture
def desk(browser: Browser, live_server: LiveServer, sam: User) -> Iterator[Page]:
    context = opened(browser, live_server.url, sam, width=1280)
    page = context.new_page()
    page.goto(live_server.url + reverse("admin:index"))
    yield page
    context.close()


def test_a_sentence_leads_to_the_pair_and_the_decision_is_taken(desk: Page) -> None:
    desk.get_by_role("link", name="1 pair of accounts may be one person.").click()
    desk.locator("#result_list tbody th a, #result_list tbody a").first.click()
    desk.get_by_role("link", name="Two people").click()
    desk.get_by_role("button", name="Two people").click()
    desk.get_by_text("Done for 1 row.").wait_for()
    assert SamePerson.objects.get().state == "different"


def test_a_stage_is_asked_for_and_seen_to_end(desk: Page, live_server: LiveServer) -> None:
    desk.goto(live_server.url + reverse("admin:demand_run_ask"))
    desk.get_by_label("Stage").select_option("pooling")
    desk.get_by_label("Over what").fill("laptop")
    desk.get_by_role("button", name="Run it").click()
    desk.get_by_text("Waiting for a worker").wait_for()
    event = OutboxEvent.objects.get(topic="run.requested")
    run = Run.objects.create(stage="pooling", subject="laptop", started_at=event.created_at)
    desk.get_by_text("It is running").wait_for()
    OutboxTask.objects.filter(event=event).update(state="done")
    Run.objects.filter(pk=run.pk).update(
        state="done", finished_at=event.created_at, objective=120, bound=100, counts={"pools_kept": 3}
    )
    desk.get_by_text("It has ended.").wait_for()
    assert desk.get_by_text("pools kept 3").is_visible()
    assert "hx-get" not in desk.locator("#progress").evaluate("node => node.outerHTML")
