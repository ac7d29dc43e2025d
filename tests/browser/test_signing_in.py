"""Signing up, in and on, as people do it: by mailed and texted code, wish first, with a second factor, on a phone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from django.core.cache import cache
from django.db import transaction
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

import demand.demo
from demand.collecting.service import AddressValues, save_address
from demand.models import User, Wish
from demand.notices import Message, tell
from demand.reading.service import import_catalog
from demand.web import demo_logins
from tests.demand.conftest import NOW
from tests.demand.sms import KeptSender

pytestmark = pytest.mark.django_db(transaction=True)
PHONE: ViewportSize = {"width": 390, "height": 844}
HOME = AddressValues(
    recipient="Ana Lin", phone="+8613800138000", region="CN-SH", city="浦东新区", street="世纪大道 100 号"
)


@pytest.fixture(autouse=True)
def _senders(settings: Any) -> None:
    settings.SMS_SENDER = "tests.demand.sms.KeptSender"
    settings.ACCOUNT_RATE_LIMITS = {"confirm_email": "20/m/key", "verify_phone": "20/m/key"}
    KeptSender.outbox.clear()
    cache.clear()


@pytest.fixture(params=["en-GB", "zh-CN"])
def phone(request: pytest.FixtureRequest, browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    yield from opened(browser, live_server, str(request.param))


@pytest.fixture
def english(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    yield from opened(browser, live_server, "en-GB")


def opened(browser: Browser, live_server: LiveServer, locale: str) -> Iterator[Page]:
    """A phone's browser; whatever it complains of fails the test."""
    complaints: list[str] = []
    context: BrowserContext = browser.new_context(base_url=live_server.url, viewport=PHONE, locale=locale)
    page = context.new_page()
    page.set_default_timeout(8000)
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert [line for line in complaints if "404" not in line] == []


def sound(page: Page) -> None:
    """Accessible, and no wider than the screen."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], page.url


def go_on(page: Page) -> None:
    page.locator("main form:not(#resend):not(#leave) button.act").first.click()


def mailed() -> str:
    found = re.search(r"^\d{6}$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found
    return found.group()


def texted() -> str:
    found = re.search(r"\d{6}", KeptSender.outbox[-1][1])
    assert found
    return found.group()


def enter(page: Page, code: str) -> None:
    page.locator("#id_code").fill(code)
    go_on(page)


def sign_in(page: Page, login: str, after: str = "") -> None:
    page.goto("/accounts/login/" + (f"?next={after}" if after else ""))
    page.locator("#id_login").fill(login)
    go_on(page)
    page.wait_for_url("**/login/code/confirm/**")


def test_signing_up_by_mail(phone: Page) -> None:
    phone.goto("/accounts/login/")
    sound(phone)
    phone.locator('main a[href^="/accounts/signup/"]').click()
    sound(phone)
    phone.locator("#id_contact").fill("nobody")
    go_on(phone)
    expect(phone.locator("#id_contact_error")).to_be_visible()
    sound(phone)
    phone.locator("#id_contact").fill("dora@example.org")
    phone.locator("#id_name").fill("Dora")
    phone.locator("#id_region").select_option("CN-ZJ")
    go_on(phone)
    phone.wait_for_url("**/confirm-email/")
    sound(phone)
    enter(phone, "000000")
    expect(phone.locator("#id_code_error")).to_be_visible()
    enter(phone, mailed())
    phone.wait_for_url(re.compile(r"/$"))
    dora = User.objects.get()
    assert (dora.name, dora.region, dora.is_verified) == ("Dora", "CN-ZJ", True)
    phone.goto("/me/")
    sound(phone)


def test_signing_up_and_in_by_phone(english: Page) -> None:
    english.goto("/accounts/signup/")
    english.locator("#id_contact").fill("138 0013 8000")
    go_on(english)
    english.wait_for_url("**/phone/verify/")
    sound(english)
    enter(english, texted())
    english.wait_for_url(re.compile(r"/$"))
    english.context.clear_cookies()
    sign_in(english, "13800138000", "/me/")
    sound(english)
    enter(english, texted())
    english.wait_for_url("**/me/")
    assert User.objects.get().phone_verified_at is not None


def test_a_wish_typed_first_is_ones_own_after_signing_in(english: Page) -> None:
    document = json.loads((Path(demand.demo.__file__).parent / "data" / "catalogue.json").read_text(encoding="utf-8"))
    import_catalog(document=document, now=NOW)
    english.goto("/wish/")
    english.locator("textarea[name=text]").fill("17 inch gaming laptop, under 7000, two please")
    english.locator("main form button.act").last.click()
    english.wait_for_url(re.compile(r"/wish/[0-9a-f-]{36}/"))
    assert Wish.objects.get().state == "draft"
    english.locator('main a[href^="/accounts/login/"]').click()
    english.locator('main a[href^="/accounts/signup/"]').click()
    english.locator("#id_contact").fill("dora@example.org")
    go_on(english)
    enter(english, mailed())
    english.wait_for_url(re.compile(r"/wish/[0-9a-f-]{36}/"))
    wish = Wish.objects.get()
    assert (wish.state, wish.user) == ("open", User.objects.get())


def test_staff_set_up_their_second_factor(english: Page, live_server: LiveServer) -> None:
    User.objects.create_user(email="sam@example.com", email_verified_at=NOW, is_staff=True, is_superuser=True)
    sign_in(english, "sam@example.com", "/admin/")
    enter(english, mailed())
    english.wait_for_url("**/2fa/totp/activate/")
    sound(english)
    key = User.objects.create_user(email="authenticator@example.com")
    demo_logins.enrol_totp(key, english.locator("#authenticator_secret").input_value())
    english.locator("#id_code").fill(demo_logins.totp_now(key))
    english.locator("main form.panel button").first.click()
    english.wait_for_url("**/2fa/reauthenticate/**")
    sound(english)
    english.locator("#id_code").fill(demo_logins.totp_now(key))
    english.locator("main form.panel button").first.click()
    english.wait_for_url("**/2fa/recovery-codes/**")
    sound(english)
    answer = english.goto("/admin/")
    assert answer is not None
    assert answer.ok
    assert english.url == live_server.url + "/admin/"


def test_ones_own_pages(phone: Page) -> None:
    ana = User.objects.create_user(email="ana@example.com", name="Ana", email_verified_at=NOW)
    sign_in(phone, "ana@example.com", "/notices/")
    enter(phone, mailed())
    phone.wait_for_url("**/notices/")
    sound(phone)
    with transaction.atomic():
        tell(
            [
                Message(user_id=ana.pk, kind="wish.withdrawn", params={"wish": f"w{n}"}, event_key=str(n), link="/me/")
                for n in range(35)
            ],
            now=NOW,
        )
    phone.goto("/notices/")
    sound(phone)
    phone.locator(".notices li.unread form[action$='/open/'] button").first.click()
    phone.wait_for_url("**/me/")
    assert ana.notices.filter(read_at__isnull=False).count() == 1
    save_address(user_id=ana.pk, values=replace(HOME, invoice_title="Lin & Co"), now=NOW)
    for path in ("/me/addresses/", "/me/addresses/new/", "/me/leave/", "/accounts/email/", "/accounts/phone/change/"):
        phone.goto(path)
        sound(phone)
    phone.goto("/accounts/2fa/")
    sound(phone)
