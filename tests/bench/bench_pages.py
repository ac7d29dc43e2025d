"""`make bench-pages`: the web server over a market of a million wishes, asked by a second process.

    python -m tests.bench.bench_pages [--wishes N] [--rate R] [--seconds S] [--workers W]

A market of at least N wishes is made by ``pooling_scale`` where the benchmark's database holds fewer. New wishes come
open-loop at R a second, half of them in words never read before; their time counts from when they were due to the whole
answer of the page they lead to being sent, queueing included. Then the pages people look at, then more and more wishes
until the server falls behind. The last line is the JSON of CONTRACTS.md; the peer is what was asked for.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from random import Random
from typing import Any
from urllib.parse import quote

from tests.bench import pooling_market as market
from tests.bench.pages_load import Answered, Asked, open_loop

ASKED_WISH_MS, ASKED_PAGE_MS = 60, 100
PAGE_RATE = 10.0
WRONG_SHARE = 0.02
"""Wishes with a price in another currency are asked for theirs in ours (422): an answer like another."""
RAMP = (30.0, 40.0, 60.0, 80.0)
SHOPPERS = 40
TOKEN = "a" * 32
"""Django compares a form's token with the cookie's: the same in both is a sound pair."""
QUERIES = ("17寸游戏本", "gaming laptop", "羽绒服 长款", "保溫杯", "robot vacuum with mop", "cat bed", "静音")


def main() -> None:
    """Prepare, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wishes", type=int, default=1_000_000)
    parser.add_argument("--rate", type=float, default=20.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    market.prepare(fresh=False)
    from config import building
    from demand.models import Wish

    building.compile_translations()
    building.collect_static()

    if (held := Wish.objects.count()) < options.wishes:
        scale = [sys.executable, "-m", "tests.bench.pooling_scale", "--wishes", str(options.wishes)]
        subprocess.run(scale, check=True, stdout=sys.stderr)
        held = Wish.objects.count()
    _furnish()
    from tests.bench.plan_page_times import web_server

    with web_server(market.DATABASE, workers=options.workers) as address:
        report = measured(address, rate=options.rate, seconds=options.seconds)
    wish = report["new wish"]["p95"]
    line = {
        "name": "pages",
        "ours": wish,
        "peer": ASKED_WISH_MS,
        "ratio": round(wish / ASKED_WISH_MS, 3),
        "unit": f"ms from due to answered, 95th percentile of new wishes at {options.rate:g}/s",
        "peak_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
        "n": held,
        "views": report,
    }
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


def _furnish() -> None:
    """A price ladder on every large pool, and the hour's snapshot."""
    from django.utils import timezone

    from demand.models import Pool
    from demand.pooling import service

    now = timezone.now()
    for key in Pool.objects.filter(state="open", terms=None).order_by("-people").values_list("pk", flat=True)[:60]:
        service.set_terms(
            pool_id=key,
            source_key=f"bench:{key}",
            min_units=500,
            lead_days=30,
            makers=2,
            state="offer",
            tiers=((500, 60_000), (1000, 55_000), (5000, 50_000)),
            revision=1,
            now=now,
        )
    service.take_snapshots(now=now)


def measured(address: str, *, rate: float, seconds: float) -> dict[str, Any]:
    """Figures by what was asked for."""
    rng = Random(1)
    cookies = _signed_in(SHOPPERS)
    open_loop(address, _wishes(rng, cookies, 40), per_second=10.0)
    for pages in _pages(rng, cookies, 8).values():
        open_loop(address, pages, per_second=5.0)
    report = {
        "new wish": _told(
            "new wish", rate, open_loop(address, _wishes(rng, cookies, int(rate * seconds)), per_second=rate)
        )
    }
    for name, pages in _pages(rng, cookies, int(PAGE_RATE * seconds / 2)).items():
        report[name] = _told(name, PAGE_RATE, open_loop(address, pages, per_second=PAGE_RATE))
    for faster in RAMP:
        found = _told(
            "new wish", faster, open_loop(address, _wishes(rng, cookies, int(faster * 10)), per_second=faster)
        )
        report[f"new wish at {faster:g}/s"] = found
        if found["per_second"] < 0.9 * faster or found["p95"] > 20 * ASKED_WISH_MS:
            break
    return report


def _told(name: str, rate: float, found: Answered) -> dict[str, float]:
    from tests.bench.plan_page_times import percentile, say

    if len(found.wrong) > WRONG_SHARE * len(found.times):
        raise RuntimeError(f"{name}: {len(found.wrong)} wrong answers, first {found.wrong[0]}")
    told = {f"p{share}": percentile(found.times, share) for share in (50, 95, 99)}
    told["per_second"] = round(found.per_second, 1)
    shares = f"{told['p50']} ms, 95 % under {told['p95']}, 99 % under {told['p99']}"
    say(f"{name} at {rate:g}/s: {shares}; {told['per_second']}/s answered")
    return told


def _signed_in(count: int) -> list[str]:
    """Cookies of shoppers of the market who are signed in."""
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from demand.models import User

    cookies = []
    chosen = User.objects.filter(email__startswith="bench").order_by("pk")[:count]
    User.objects.filter(pk__in=[one.pk for one in chosen]).update(is_active=True, email_verified_at=timezone.now())
    for user in User.objects.filter(pk__in=[one.pk for one in chosen]).order_by("pk"):
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookies.append(f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={TOKEN}")
    return cookies


def _wishes(rng: Random, cookies: list[str], count: int) -> list[Asked]:
    from demand.models import Wish

    highest = Wish.objects.order_by("-pk").values_list("pk", flat=True)[0]
    drawn = Wish.objects.filter(pk__in=rng.sample(range(1, highest), 4 * count))
    texts = list(drawn.values_list("text", flat=True))
    asked = []
    for place in range(count):
        text = texts[place % len(texts)][:300]
        if place % 2:
            text = f"{text} {''.join(rng.choices('bcdfghjk', k=9))}"
        form = {"text": text, "do": "wish", "key": f"{rng.getrandbits(64):x}", "csrfmiddlewaretoken": TOKEN}
        asked.append(Asked(path="/wish/", cookies=rng.choice(cookies), form=form, status=302))
    return asked


def _pages(rng: Random, cookies: list[str], count: int) -> dict[str, list[Asked]]:
    from demand.models import Pool

    largest = [
        str(one)
        for one in Pool.objects.filter(state="open").order_by("-people").values_list("public_id", flat=True)[:60]
    ]
    paths = {
        "pool": [f"/pool/{rng.choice(largest)}/" for _ in range(count)],
        "home": ["/"] * count,
        "search": [f"/pools/?q={quote(rng.choice(QUERIES))}" for _ in range(count)],
        "my wishes": ["/my/"] * count,
    }
    return {name: [Asked(path=path, cookies=rng.choice(cookies)) for path in some] for name, some in paths.items()}


if __name__ == "__main__":
    main()
