"""Imports the product once, then forks a real Celery worker for each line it reads; the line names the worker's log.

Importing solvers takes longer than most of what a worker is asked to do in a test. The clock of these workers starts
at the moment given as argument and goes on from there, so that no test leans on the day on which it is run.
Answers each line with the worker's process id, which is also its process group.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from datetime import datetime

import django
import time_machine

ARGUMENTS = ["worker", "-n", "flow@%h", "-c", "1", "--without-gossip", "--without-mingle", "-l", "INFO"]


def become_worker(log: str) -> None:
    """Never returns."""
    os.setsid()
    # Celery waits for its own children.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    from config.celery import QUEUES, app

    app.worker_main([*ARGUMENTS, "-Q", ",".join(QUEUES)])
    os._exit(0)


def main() -> None:
    django.setup()
    from config.celery import app

    app.loader.import_default_modules()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    time_machine.travel(datetime.fromisoformat(sys.argv[1]), tick=True).start()
    # The clock begins to tick when it is first read; read after the fork, it would begin anew in each worker.
    time.time()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            become_worker(line.strip())
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
