"""What runs by the clock. Staff may change times and switch rows off; a later migration adds what is new."""

from __future__ import annotations

from django.conf import settings
from django.db import migrations

# Name, task, period in seconds: the task is sent again each period and is gone when it was not begun by the next.
EVERY = (
    ("Outbox", "demand.consume_outbox", 2),
    ("Notices by mail and text message", "demand.send_notices", 10),
    ("Campaigns that bind or close", "demand.close_campaigns", 60),
    ("Signals by the hour", "demand.roll_up", 60),
)
# Name, task, minute, hour, in the deployment's time zone.
AT = (
    ("Snapshots of pools", "demand.take_snapshots", "5", "*"),
    ("Housekeeping", "demand.keep_house", "20", "*"),
    ("Months of signals", "demand.make_partitions", "40", "1"),
    ("Everything again", "demand.nightly", "0", "3"),
    ("Bursts and unmet demand", "demand.find_early", "30", "5"),
)


def store(apps, schema_editor):
    interval = apps.get_model("django_celery_beat", "IntervalSchedule")
    crontab = apps.get_model("django_celery_beat", "CrontabSchedule")
    for name, task, seconds in EVERY:
        when, _made = interval.objects.get_or_create(every=seconds, period="seconds")
        keep(apps, name, task, interval=when, expire_seconds=max(seconds, 10))
    for name, task, minute, hour in AT:
        when = crontab.objects.filter(minute=minute, hour=hour, day_of_week="*", timezone=settings.TIME_ZONE).first()
        when = when or crontab.objects.create(minute=minute, hour=hour, timezone=settings.TIME_ZONE)
        keep(apps, name, task, crontab=when)


def keep(apps, name, task, **when):
    row = apps.get_model("django_celery_beat", "PeriodicTask")
    row.objects.update_or_create(name=name, defaults={"task": task, **when})


def forget(apps, schema_editor):
    names = [row[0] for row in (*EVERY, *AT)]
    apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(name__in=names).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("demand", "0004_imported_preorders"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(store, forget)]
