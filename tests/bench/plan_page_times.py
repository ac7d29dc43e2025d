"""Measuring the plan's page: server time in this process, first paint in Chromium. Django is set up by the caller."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import sync_playwright

from config import building
from config.addresses import free_port, wait_until_ready
from manufacturers.models import Maker
from tests.bench.plan_page_market import factory, scratch_database
from tests.manufacturers.makers import member_of
from tests.signing_in import sign_in_fully

VIEWS = {
    "whole": "/maker/plan/",
    "late": "/maker/plan/?late=1",
    "needs": "/maker/plan/?needs=1&page=3",
    "chinese": "/maker/plan/?zoom=weeks",
}
ASKED_SERVER_MS, ASKED_PAINT_MS = 150, 1500


def measured(lots: int, rounds: int) -> dict[str, Any]:
    """The report, as it is printed."""
    building.collect_static()
    with scratch_database() as name:
        client = signed_in(factory(lots, now=timezone.now()))
        served = {view: server_times(client, view, address, rounds) for view, address in VIEWS.items()}
        with web_server(name) as address:
            painted = first_paints(client, address, max(5, rounds // 8))
    every = [ms for times, _cpu in served.values() for ms in times]
    views = {view: figures(times) | {"cpu": cpu} for view, (times, cpu) in served.items()}
    return {
        "name": "plan_page",
        "ours": percentile(every, 95),
        "peer": ASKED_SERVER_MS,
        "ratio": round(percentile(every, 95) / ASKED_SERVER_MS, 3),
        "unit": "ms of server time, 95th percentile; the peer is what was asked for",
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "n": lots,
        "views": views,
        "first_paint": figures(painted) | {"asked": ASKED_PAINT_MS},
    }


def figures(times: list[float]) -> dict[str, float]:
    """The middle and the 95th percentile."""
    return {"p50": percentile(times, 50), "p95": percentile(times, 95)}


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def signed_in(maker: Maker) -> Client:
    """A client of the maker's owner."""
    client = Client()
    sign_in_fully(client, member_of(maker, "mira").user)
    return client


def server_times(client: Client, view: str, address: str, rounds: int) -> tuple[list[float], float]:
    """Milliseconds of each request after two to warm up, and mean milliseconds of CPU."""
    if view == "chinese":
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    found = []
    for _warm in range(2):
        assert client.get(address).status_code == 200
    cpu = time.process_time()
    for _round in range(rounds):
        begun = time.perf_counter()
        size = len(client.get(address).content)
        found.append((time.perf_counter() - begun) * 1000)
    cpu = (time.process_time() - cpu) * 1000 / rounds
    told = figures(found)
    say(f"{view}: {told['p50']} ms, 95 % under {told['p95']} ms, {cpu:.0f} ms of CPU, {size:,} bytes")
    return found, round(cpu, 1)


def percentile(values: list[float], share: int) -> float:
    """The value that ``share`` per cent do not exceed."""
    ordered = sorted(values)
    return round(ordered[max(0, -(-len(ordered) * share // 100) - 1)], 1)


@contextmanager
def web_server(database: str, *, workers: int = 1) -> Iterator[str]:
    """The product's web server over this database."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--worker-class", "gthread", "--workers", str(workers)]
    process = subprocess.Popen(
        [*command, "--threads", "4", "--bind", f"127.0.0.1:{port}", "--log-level", "error"],
        env={**os.environ, "WISHMILL_ROLE": "web", "WISHMILL_DATABASE_NAME": database},
        cwd=settings.BASE_DIR,
    )
    try:
        yield wait_until_ready(process, lambda: f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait()


def first_paints(client: Client, address: str, rounds: int) -> list[float]:
    """Milliseconds to the first contentful paint of the page, each in a fresh browser context."""
    found = []
    with sync_playwright() as driver:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        cookie: Any = {
            "name": settings.SESSION_COOKIE_NAME,
            "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
        }
        for _round in range(rounds):
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            context.add_cookies([cookie | {"url": address}])
            found.append(_first_paint(context.new_page(), f"{address}/maker/plan/?zoom=months"))
            context.close()
        browser.close()
    say(f"first paint: {percentile(found, 50)} ms, 95 % under {percentile(found, 95)} ms")
    return found


def _first_paint(page: Any, address: str) -> float:
    page.goto(address, wait_until="load")
    page.locator("[data-board] .lot").first.wait_for()
    entry = "performance.getEntriesByName('first-contentful-paint')[0]"
    while not (painted := page.evaluate(f"{entry}?.startTime")):
        page.wait_for_timeout(20)
    return float(painted)
