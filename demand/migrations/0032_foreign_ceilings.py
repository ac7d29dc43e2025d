"""Ceilings that were read from prices in another currency go; the next reading asks the shopper for one in ours."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import migrations

FORGET = """
UPDATE demand_wish SET ceiling_minor = NULL, kind = 'interest', auto_bind = false
WHERE state IN ('draft', 'open', 'asking') AND reading_state IN ('read', 'doubtful')
    AND reading ->> 'currency_said' <> %s AND ceiling_minor = (reading -> 'max_price_minor' ->> 'value')::bigint
"""


def forget(_apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(FORGET, [settings.CURRENCY])


class Migration(migrations.Migration):
    dependencies = [("demand", "0031_gathered")]

    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
