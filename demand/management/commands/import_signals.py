"""`manage.py import_signals FILE.csv`: events of a website, or a list of searches, go in once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from demand.collecting import service as collecting
from demand.collecting.rows import UnusableFile
from demand.management import answers


class Command(BaseCommand):
    help = "Store the events of a CSV or JSON-lines file; wrong rows are named and kept, right ones go in once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.csv")
        parser.add_argument("--source", default="file", help="the name the events are kept under (file)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = collecting.import_signals(path=options["file"], source=options["source"], now=timezone.now())
        except UnusableFile as error:
            answers.refuse(self, error)
        else:
            answers.imported(self, done)
