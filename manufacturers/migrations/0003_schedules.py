"""What runs by the clock for makers; demand's own rows stand in its migrations."""

from __future__ import annotations

from django.conf import settings
from django.db import migrations


def store(apps, schema_editor):
    interval = apps.get_model("django_celery_beat", "IntervalSchedule")
    crontab = apps.get_model("django_celery_beat", "CrontabSchedule")
    row = apps.get_model("django_celery_beat", "PeriodicTask")
    minutely, _made = interval.objects.get_or_create(every=60, period="seconds")
    row.objects.update_or_create(
        name="Proposals that lapse",
        defaults={"task": "manufacturers.expire_proposals", "interval": minutely, "expire_seconds": 60},
    )
    at = {"minute": "30", "hour": "4", "timezone": settings.TIME_ZONE}
    nightly = crontab.objects.filter(**at, day_of_week="*").first() or crontab.objects.create(**at)
    row.objects.update_or_create(
        name="Reliability of makers", defaults={"task": "manufacturers.compute_reliability", "crontab": nightly}
    )


def forget(apps, schema_editor):
    names = ["Proposals that lapse", "Reliability of makers"]
    apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(name__in=names).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("manufacturers", "0002_offer_code"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(store, forget)]
