"""Two changes that were made at the same time, neither of which needs the other."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("demand", "0025_earmarks"), ("demand", "0025_trial_lots")]
    operations: list[migrations.operations.base.Operation] = []
