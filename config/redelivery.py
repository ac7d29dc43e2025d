"""Jobs of a killed worker come back when it starts again, not after the time that the longest job may take.

Redis keeps what was handed out and not yet acknowledged. By default all workers share one list of that, so nobody can
tell a running job from an orphaned one before ``visibility_timeout`` is over. Here each worker has a list under its own
name: what stands there when a worker of that name starts was left by its dead predecessor and goes back to its queue.
What a host that never came back left is returned by any start after ``visibility_timeout``. Jobs are safe to run twice.
"""

from __future__ import annotations

import time
from typing import Any

from celery import Celery

NODES_KEY = "unacked_nodes"


def keys_of(node: str) -> dict[str, str]:
    """The transport options that give a worker its own list."""
    return {
        "unacked_key": f"unacked:{node}",
        "unacked_index_key": f"unacked_index:{node}",
        "unacked_mutex_key": f"unacked_mutex:{node}",
    }


def take_over(app: Celery, node: str) -> int:
    """Give the worker its own list and put back what its predecessor left; how many jobs went back to their queues."""
    app.conf.broker_transport_options = {**app.conf.broker_transport_options, **keys_of(node)}
    with app.connection_for_write() as connection:
        channel: Any = connection.default_channel
        client = channel.client
        client.sadd(NODES_KEY, node)
        others = {name.decode() for name in client.smembers(NODES_KEY)} - {node}
    lost_before = time.time() - app.conf.broker_transport_options["visibility_timeout"]
    returned = _put_back(app, node, handed_out_before=time.time())
    return returned + sum(_put_back(app, other, handed_out_before=lost_before) for other in sorted(others))


def _put_back(app: Celery, node: str, *, handed_out_before: float) -> int:
    with app.connection_for_write(transport_options=keys_of(node)) as connection:
        channel: Any = connection.default_channel
        # kombu's client adds the key prefix to few commands; ZRANGE is one, ZRANGEBYSCORE is not.
        found = channel.client.zrange(channel.unacked_index_key, 0, -1, withscores=True)
        tags = [tag for tag, handed_out in found if handed_out <= handed_out_before]
        for tag in tags:
            channel.qos.restore_by_tag(tag.decode(), channel.client)
    return len(tags)
