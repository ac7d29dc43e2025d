"""`manage.py prepare`: the database as this version needs it, and the one currency that its amounts are in."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from demand.models import Deployment


class Command(BaseCommand):
    """Migrates; keeps the currency of the first start and refuses another one afterwards (exit 2)."""

    help = "Migrate, and refuse a currency other than that of the stored amounts."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        stored, _new = Deployment.objects.get_or_create(
            pk=1, defaults={"currency": settings.CURRENCY, "since": timezone.now()}
        )
        if stored.currency != settings.CURRENCY:
            self.stderr.write(
                f"CURRENCY: amounts are stored in {stored.currency}, found {settings.CURRENCY!r};"
                " start with the stored one, or with an empty database"
            )
            sys.exit(2)
