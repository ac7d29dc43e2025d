"""A list of each shape of the staff site, and a row's page of each: accessible, and within a phone's width."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib import admin
from django.db.models import JSONField, Model
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from demand.models import User
from demand.pooling import service as pooling
from manufacturers.models import Offer
from tests.browser.test_staff import opened, sam
from tests.manufacturers import portal
from tests.manufacturers.makers import member_of, store_a

__all__ = ["sam"]
# The theme's frame is looked at on whole pages in ``test_staff``.
PART = {"include": [["#main"]]}
ONLY = {"resultTypes": ["violations"]}


@pytest.fixture
def market(sam: User) -> User:
    """Supply beside sam's demand."""
    now = timezone.now()
    maker = store_a()
    member_of(maker, "mira")
    offered = Offer.objects.get(maker=maker)
    portal.proposal(offered, "p", now=now)
    portal.release(offered, "2026-0043", now=now)
    portal.plan(maker, 3, now=now)
    pooling.take_snapshots(now=now)
    return sam


def list_shape(of: Any) -> tuple[bool, ...]:
    """What lists differ in beside their columns: the tools around them."""
    tools = ("decisions", "exported", "search_fields", "list_filter", "date_hierarchy", "list_before_template")
    return (*(bool(getattr(of, name, ())) for name in tools), "has_add_permission" in type(of).__dict__)


def row_shape(of: Any) -> tuple[bool, ...]:
    """What row pages differ in: forms or texts, rows of other lists below, decisions, what is stored as JSON."""
    holds_json = any(isinstance(field, JSONField) for field in of.model._meta.get_fields())
    edited = "has_change_permission" in type(of).__dict__
    return bool(getattr(of, "decisions", ())), bool(of.inlines), holds_json, edited


def pages() -> Iterator[tuple[str, str]]:
    """One list of each shape, and the newest row of the first list of each shape of rows that has one."""
    seen: set[tuple[str, tuple[bool, ...]]] = set()
    for model, of in sorted(admin.site._registry.items(), key=lambda pair: pair[0]._meta.label):
        meta = model._meta
        base = f"admin:{meta.app_label}_{meta.model_name}"
        row: Model | None = model._default_manager.order_by("-pk").first()
        if row is None:
            continue
        if ("list", list_shape(of)) not in seen:
            yield f"{meta.label} list", reverse(f"{base}_changelist")
        if ("row", row_shape(of)) not in seen:
            yield f"{meta.label} row", reverse(f"{base}_change", args=[row.pk])
        seen |= {("list", list_shape(of)), ("row", row_shape(of))}


def test_every_shape_of_list_and_of_row_is_accessible_and_fits(
    browser: Browser, live_server: LiveServer, market: User
) -> None:
    context = opened(browser, live_server.url, market, width=390)
    page = context.new_page()
    found: dict[str, Any] = {}
    looked = dict(pages())
    for name, address in looked.items():
        answer = page.goto(live_server.url + address, wait_until="domcontentloaded")
        rules = Axe().run(page, context=PART, options=ONLY).response["violations"]
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        status = 0 if answer is None else answer.status
        if (rules, wide > 0, status) != ([], False, 200):
            found[name] = ([(rule["id"], rule["nodes"][0]["html"][:200]) for rule in rules], wide, status)
    context.close()
    assert found == {}
    kinds = [name.rsplit(" ", 1)[1] for name in looked]
    assert kinds.count("list") >= 8
    assert kinds.count("row") >= 6
