"""`manage.py import_wishes FILE`: wishes from JSON lines or CSV go in once; workers read and pool them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from demand.collecting import service as collecting
from demand.collecting.rows import UnusableFile
from demand.management import answers


class Command(BaseCommand):
    help = "Store the wishes of a JSON-lines or CSV file; wrong rows are named and kept, right ones go in once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--source", default="file", help="rows are told apart within this name (file)")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            done = collecting.import_wishes(
                path_or_rows=options["file"], source=options["source"], now=now, today=timezone.localdate(now)
            )
        except UnusableFile as error:
            answers.refuse(self, error)
        else:
            answers.imported(self, done)
