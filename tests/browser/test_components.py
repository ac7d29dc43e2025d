"""The pieces of the look in a real browser: both themes, two languages, a phone and a wide screen."""

from __future__ import annotations

import gzip
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from playwright.sync_api import Browser, Page, Route

from tests.browser.gallery import render, render_page

POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'"
ADDRESS = "http://wishmill.example/"


@dataclass(slots=True)
class Shown:
    """A page on screen, what the browser complained of, and what travelled."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    sent: dict[str, bytes] = field(default_factory=dict)


def show(page: Page, html: str) -> Shown:
    shown = Shown(page)

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ADDRESS)
        if not path.startswith("static/"):
            shown.sent[path] = html.encode()
            headers = {"Content-Security-Policy": POLICY}
            route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=headers)
            return
        found = finders.find(path.removeprefix("static/"))
        assert isinstance(found, str), f"{path} is not a static file"
        with open(found, "rb") as source:
            body = source.read()
        shown.sent[path] = body
        route.fulfill(body=body, content_type=mimetypes.guess_type(found)[0])

    page.on("console", lambda message: shown.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: shown.complaints.append(str(error)))
    page.route("**/*", answer)
    page.goto(ADDRESS)
    page.wait_for_load_state("networkidle")
    return shown


@pytest.fixture(autouse=True)
def _frame_addresses(settings: object) -> None:
    settings.ROOT_URLCONF = "tests.browser.gallery_urls"  # type: ignore[attr-defined]


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        yield context.new_page()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_pieces_are_accessible_and_fit(browser: Browser, language: str, width: int, scheme: str) -> None:
    with browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme) as context:  # type: ignore[arg-type]
        shown = show(context.new_page(), render(language))
        for menu in shown.page.locator("details.menu > summary, details.more > summary").all():
            menu.click()
        found = Axe().run(shown.page).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["target"]) for rule in found] == []
        assert shown.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert shown.complaints == []


@pytest.mark.parametrize(
    "name", ["400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html", "portal_base.html"]
)
def test_refusals_and_the_portal_frame_are_accessible(phone: Page, name: str) -> None:
    shown = show(phone, render_page(name, "en"))
    # The portal's frame alone has no heading: its pages bring one.
    rules = {rule["id"] for rule in Axe().run(phone).response["violations"]} - {"page-has-heading-one"}
    assert rules == set()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert shown.complaints == []


def test_print_is_dark_on_light_whatever_the_screen_shows(browser: Browser) -> None:
    with browser.new_context(color_scheme="dark") as context:
        page = show(context.new_page(), render("en")).page
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        page.emulate_media(media="print")
        colours = "getComputedStyle(document.body).color + getComputedStyle(document.body).backgroundColor"
        assert page.evaluate(colours) == "rgb(0, 0, 0)rgb(255, 255, 255)"
        assert page.locator(".places").is_hidden()


def test_a_page_with_every_piece_weighs_under_200_kb(phone: Page) -> None:
    shown = show(phone, render("en"))
    weights = {path: len(gzip.compress(body)) for path, body in shown.sent.items()}
    assert sum(weights.values()) < 200_000, weights


def test_touch_targets_are_44_pixels_high(phone: Page) -> None:
    show(phone, render("en"))
    low = phone.evaluate(
        "[...document.querySelectorAll('button, summary, .places a, .button, select, .form-control')]"
        ".filter(e => e.checkVisibility()).filter(e => e.getBoundingClientRect().height < 43.9).map(e => e.outerHTML)"
    )
    assert low == []


def test_the_total_on_the_button_follows_the_quantity(phone: Page) -> None:
    show(phone, render("en"))
    phone.locator("#id_quantity").fill("3")
    assert phone.locator(".confirm .amount").text_content() == "¥20,697"
    phone.locator("#id_quantity").fill("-1")
    assert phone.locator(".confirm .amount").text_content() == "¥20,697"


def test_the_theme_is_kept_in_a_cookie(phone: Page) -> None:
    show(phone, render("en"))
    phone.locator("[data-theme-toggle]").click()
    assert phone.evaluate("document.documentElement.dataset.theme") == "dark"
    assert "theme=dark" in phone.evaluate("document.cookie")


def test_a_chip_opens_and_closes_with_the_keyboard(phone: Page) -> None:
    show(phone, render("en"))
    summary = phone.locator(".chip summary").first
    summary.focus()
    phone.keyboard.press("Enter")
    assert phone.locator(".chip[open] button[name=chip_remove]").is_visible()
    phone.keyboard.press("Escape")
    assert phone.locator(".chip[open]").count() == 0


def test_pieces_are_readable_without_scripts(browser: Browser) -> None:
    with browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False) as context:
        shown = show(context.new_page(), render("en"))
        assert shown.page.locator("[data-theme-toggle]").is_hidden()
        assert shown.page.get_by_text("412 units firm.").first.is_visible()
        shown.page.locator(".chip summary").first.click()
        assert shown.page.locator(".chip[open] select").first.is_visible()


def test_no_piece_carries_an_inline_style_or_script() -> None:
    html = render("en")
    assert " style=" not in html
    assert "<script>" not in html
    assert " onclick=" not in html
