"""The job queue: every job may run twice or late, and one whose worker was killed comes back within seconds."""

from __future__ import annotations

import logging
import os
from functools import cache
from logging.config import dictConfig
from typing import Any

from celery import Celery
from celery.signals import celeryd_init, setup_logging, worker_init
from kombu import Exchange, Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

from config import embedded, redelivery

STAGES = ["demand", "manufacturers"]
QUEUES = ("default", "outbox", "ingest", "read", "solve")
LONGEST_TASK_SECONDS = 900
# Longer than any task may take: Redis hands a job out again after this time, running or not.
VISIBILITY_SECONDS = 1200

log = logging.getLogger(__name__)
app = Celery("wishmill")


@cache
def queue_by_task() -> dict[str, str]:
    """The queue that each task names as its ``lane``, so that a job sent by name lands in the same one."""
    app.autodiscover_tasks(STAGES, force=True)
    return {name: queue for name, task in app.tasks.items() if (queue := getattr(task, "lane", None))}


def route(name: str, *_arguments: Any, **_details: Any) -> dict[str, str] | None:
    """Celery's question where a job belongs; ``None`` leaves it to the default queue."""
    queue = queue_by_task().get(name)
    return {"queue": queue} if queue else None


app.conf.update(
    broker_url=settings.BROKER_URL,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "global_keyprefix": settings.REDIS_PREFIX,
        "visibility_timeout": VISIBILITY_SECONDS,
        # kombu looks for the jobs of dead workers every interval x throttle; its own figures make that 97 s.
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 2,
    },
    task_default_queue="default",
    # Each with an exchange of its own: queues that share one all get a copy of every job.
    task_queues=[Queue(name, Exchange(name), routing_key=name) for name in QUEUES],
    task_routes=(route,),
    task_create_missing_queues=False,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_time_limit=LONGEST_TASK_SECONDS,
    task_soft_time_limit=LONGEST_TASK_SECONDS - 60,
    task_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=1,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    beat_scheduler="django_celery_beat.schedulers:DatabaseScheduler",
    timezone=settings.TIME_ZONE,
    enable_utc=True,
)
app.autodiscover_tasks(STAGES)


@setup_logging.connect
def _log_as_django_does(**_details: Any) -> None:
    """Write the project's log in its own format, not in Celery's."""
    dictConfig(settings.LOGGING)


@celeryd_init.connect
def _before_a_worker_starts(sender: str, **_details: Any) -> None:
    embedded.ensure()
    returned = redelivery.take_over(app, sender)
    if returned:
        log.warning("%s jobs of a killed worker went back to their queues", returned)


@worker_init.connect
def _before_it_forks(**_details: Any) -> None:
    """Load the encoder once for all processes of a worker that is kept running, before the first wish waits for it."""
    if settings.ROLE == "worker":
        from demand.reading import reads

        reads.wake()
