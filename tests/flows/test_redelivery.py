"""A job whose worker was killed goes back to its queue when a worker of that name starts, and only then, and once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings

from config import embedded, redelivery
from config.celery import app
from config.places import CLONE

PREFIX = f"{settings.REDIS_PREFIX}redelivery:"
DIE_WITH_A_JOB = """
import os, signal
from config import redelivery
from config.celery import app
redelivery.take_over(app, "ana@host")
with app.connection_for_write() as connection:
    message = connection.SimpleQueue("solve").get(timeout=10)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def broker() -> Iterator[redis.Redis]:
    """A broker of this test's own; under it the plain client."""
    embedded.ensure()
    before = app.conf.broker_transport_options
    app.conf.broker_transport_options = {**before, "global_keyprefix": PREFIX}
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        yield client
        client.delete(*client.keys(f"{PREFIX}*"))
    app.conf.broker_transport_options = before


def waiting(broker: redis.Redis) -> int:
    return int(broker.llen(f"{PREFIX}solve"))


def test_job_of_a_killed_worker_goes_back_once(broker: redis.Redis) -> None:
    with app.connection_for_write() as connection:
        connection.SimpleQueue("solve").put({"job": 1})
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "WISHMILL_REDIS_PREFIX": PREFIX,
    }
    dead = subprocess.run([sys.executable, "-c", DIE_WITH_A_JOB], cwd=CLONE, env=environment, check=False)
    assert dead.returncode == -signal.SIGKILL
    assert waiting(broker) == 0

    # Ben cannot know whether ana still works on it; ana's successor can.
    assert redelivery.take_over(app, "ben@host") == 0
    assert waiting(broker) == 0
    assert redelivery.take_over(app, "ana@host") == 1
    assert waiting(broker) == 1
    assert redelivery.take_over(app, "ana@host") == 0
    assert waiting(broker) == 1
