"""`manage.py import_catalog FILE`: put a catalogue file in force, all or nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from demand.management import answers
from demand.reading import service as reading
from demand.reading.kernel.catalogue import CatalogueError


class Command(BaseCommand):
    help = "Load a catalogue file; what it no longer names is retired. The same file again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        try:
            document = json.loads(path.read_text(encoding="utf-8-sig"))
            done = reading.import_catalog(document=document, now=timezone.now())
        except OSError as error:
            self._refuse(f"{path}: cannot be read ({error.strerror}); expected a catalogue file")
        except CatalogueError as error:
            self._refuse(f"{path}: {error}")
        except ValueError as error:
            self._refuse(f"{path}: is not JSON in UTF-8 ({error})")
        else:
            answers.answer(
                self,
                {
                    "version": done.version,
                    "categories": done.categories,
                    "attributes": done.attributes,
                    "values": done.values,
                    "retired": done.retired,
                    "changed": done.changed,
                },
            )

    def _refuse(self, sentence: str) -> None:
        self.stderr.write(sentence)
        sys.exit(2)
