"""`manage.py solve proposing FOLDER` and `manage.py solve planning FILE`: one instance in, one verified answer out."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from manufacturers.management.solving import BadFile

NAMES = ("proposing", "planning")


class Command(BaseCommand):
    """Progress on standard error; one line of JSON last on standard output; exit 2 on a file that cannot be used."""

    help = "Solve one instance file; opens no connection and writes no row."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        stages = parser.add_subparsers(dest="stage", required=True)
        for name in NAMES:
            import_module(f"manufacturers.management.solving.{name}").add_arguments(stages.add_parser(name))

    def handle(self, *args: Any, **options: Any) -> None:
        module = import_module(f"manufacturers.management.solving.{options['stage']}")
        try:
            answer = module.run(options)
        except BadFile as error:
            self.stderr.write(str(error))
            sys.exit(2)
        self.stdout.write(json.dumps(answer, ensure_ascii=False))
