"""The stage of the whole story: two makers, a crowd, a worker, and what anyone does on a page of their own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
from demand import outbox
from demand.collecting.drafts import WishDraft
from demand.demo.loading import load_cast
from demand.models import Person, Policy, User
from demand.pooling import service as pooling
from demand.web import demo_logins
from manufacturers.management.demo.loading import load_makers, load_members
from tests.flows.workers import empty_queues, until

SHOTS = os.environ.get("WISHMILL_SHOTS", "")
SECRET = "JBSWY3DPEHPK3PXP"
SLIM = "14 inch laptop for work, at most 1.1 kg, under 6000 yuan"
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


def decide(page: Page, listed: str, name: str, label: str) -> None:
    """Choose every row of a list and take a decision on them; where none is needed, nothing is there to choose."""
    page.goto(reverse(f"admin:{listed}_changelist"))
    look(page, f"10-{listed}")
    page.locator("table#result_list tbody tr a").first.click()
    page.locator(".wm-decisions a", has_text=label).first.click()
    look(page, f"11-{listed}-{name}")
    page.locator("form.wm-form button[type=submit]").click()
    page.get_by_text("Done for 1 row.").wait_for()
