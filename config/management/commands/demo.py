"""`manage.py demo`: the demo market from wishes to a plan through real workers; `--serve` goes on serving."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from config import building, supervisor
from config.addresses import AddressTaken
from config.demo import acting, telling
from config.demo.waiting import progress, until_quiet
from config.places import places
from config.waiting import tries
from demand.demo.loading import load_catalogue, load_demand
from manufacturers.management.demo.loading import load_makers


class Command(BaseCommand):
    """Loads what is missing, lets the workers do every stage, plays the people's parts once, prints where it stands."""

    help = "Run the demo market end to end through real workers and print what it arrived at."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--wishes", type=int, default=2000, help="how many wishes the market holds (2000)")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--signals-per-day", type=float, default=120.0, help="0: no signals")
        parser.add_argument("--codes", action="store_true", help="only print how the demo's people sign in now")
        parser.add_argument("--serve", action="store_true", help="go on serving until Ctrl-C")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["codes"]:
            telling.tell_codes()
            return
        os.environ["WISHMILL_DEMO"] = "1"  # the supervisor's children let the demo's people in by their printed codes
        try:
            self._show(options)
        except AddressTaken as error:
            progress(str(error))
            sys.exit(2)
        except building.StepFailed as error:
            sys.exit(error.code)

    def _show(self, options: dict[str, Any]) -> None:
        log = places().data / "demo.log"
        began = time.monotonic()
        building.prepare_deployment()
        with supervisor.alongside(web=options["serve"], log=log) as address:
            progress(f"the workers' log is in {log}")
            seconds = _run(options)
            answer = telling.tell(address=address, seconds=seconds | {"total": time.monotonic() - began})
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            self.stdout.flush()
            if options["serve"]:
                progress("serving; Ctrl-C stops everything")
                _wait_for_the_end()


def _run(options: dict[str, Any]) -> dict[str, float]:
    now = timezone.now()
    began = time.monotonic()
    progress("loading makers, people, wishes and signals")
    load_catalogue(now=now)
    load_makers(now=now)
    loaded = load_demand(
        seed=options["seed"], wishes=options["wishes"], signals_per_day=options["signals_per_day"], now=now
    )
    acting.enrol(now=now)
    loading = time.monotonic() - began
    progress(f"{loaded.wishes} wishes ({loaded.new_wishes} new) of {loaded.shoppers} shoppers in {loading:.0f} s")
    pipeline = until_quiet(seconds=1800, say=progress)
    began = time.monotonic()
    acting.play(say=progress)
    return {"loading": loading, "pipeline": pipeline, "people": time.monotonic() - began}


def _wait_for_the_end() -> None:
    try:
        for _ in tries(every=0.5):
            if not supervisor.is_running():
                progress("no longer serving: `make stop`, or what the log says")
                break
    except KeyboardInterrupt:
        progress("stopping")
