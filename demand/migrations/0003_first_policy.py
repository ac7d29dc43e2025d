"""The general policy that holds until staff store another."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import migrations


def store(apps, schema_editor):
    policy = apps.get_model("demand", "Policy")
    policy.objects.get_or_create(category=None, version=1, defaults={"created_at": datetime(2026, 1, 1, tzinfo=UTC)})


class Migration(migrations.Migration):
    dependencies = [("demand", "0002_signals_ledger_search")]

    operations = [migrations.RunPython(store, migrations.RunPython.noop)]
