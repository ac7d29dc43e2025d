"""`manage.py serve`: web, workers and beat under one supervisor until Ctrl-C."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    """Becomes the supervisor, so that nothing of this process stays in memory."""

    help = "Run web, workers and beat with one log; Ctrl-C stops everything."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-web", action="store_true", help="workers and beat only")

    def handle(self, *args: Any, **options: Any) -> None:
        arguments = ["--no-web"] if options["no_web"] else []
        os.execv(sys.executable, [sys.executable, "-m", "config.supervisor", *arguments])
