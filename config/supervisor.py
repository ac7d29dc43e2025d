"""One process that runs the product: servers, then migrations, then web, workers and beat; one log; one Ctrl-C.

Children die with it, come back with growing pauses when they die alone, and stop in the reverse of the order they
started in. ``python -m config.supervisor`` or ``manage.py serve``; ``--no-web`` runs workers and beat only.
``python -m config.supervisor stop`` ends the one that runs.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from config import building, embedded, guardian
from config.addresses import AddressTaken, answers, free_port, wait_until_ready
from config.children import bound_to_this_process
from config.places import CLONE, PlaceUnusable, places, prepare
from config.waiting import until

STOP_SECONDS = 15.0
MOST_STOP_SECONDS = 4 * STOP_SECONDS
"""Of beat, then workers, then web, and something for what lies between."""
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
# Everything here may run as root in a container; jobs are JSON, so Celery's reason for its long warning is absent.
ROOT_IS_FINE = "ignore:You're running the worker with superuser"
PYTHON = [sys.executable, "-u", "-m"]


class AlreadyRunning(Exception):
    """Another supervisor of this clone is at work; the message says which process."""


@dataclass(slots=True, kw_only=True)
class Child:
    """A program that is kept running."""

    name: str
    command: list[str]
    role: str
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause_seconds: float = 1.0
    again_at: float | None = None
    unfinished: bytes = field(default=b"")


def children(*, port: int | None) -> list[Child]:
    """What runs, in the order it starts; without a port no web."""
    celery = [*PYTHON, "celery", "-q", "-A", "config.celery"]
    quiet = ["--without-gossip", "--without-mingle", "--loglevel", os.environ.get("LOG_LEVEL", "INFO")]
    heavy = os.environ.get("SOLVE_PROCESSES", str(min(os.cpu_count() or 1, 4)))
    light = os.environ.get("LIGHT_PROCESSES", "2")
    found = [
        Child(
            name="solve",
            role="worker",
            command=[*celery, "worker", "-n", "solve@%h", "-Q", "solve,read", "-c", heavy, *quiet],
        ),
        Child(
            name="light",
            role="worker",
            command=[*celery, "worker", "-n", "light@%h", "-Q", "outbox,default,ingest", "-c", light, *quiet],
        ),
        Child(name="beat", role="beat", command=[*celery, "beat", "--loglevel", "WARNING", "--pidfile="]),
    ]
    if port is not None:
        found.insert(0, Child(name="web", role="web", command=_gunicorn(port)))
    return found


def main(arguments: list[str]) -> int:
    """Run until Ctrl-C or SIGTERM; 0 after stopping in order, 2 with a line saying why it could not start."""
    if arguments == ["stop"]:
        return _stop_from_outside()
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda which, _frame: stopping.append(which))
    try:
        embedded.ensure()
        with _only_one(), contextlib.closing(selectors.DefaultSelector()) as output:
            building.prepare_deployment(stopping)
            port = None if "--no-web" in arguments else free_port()
            _keep_running(children(port=port), output, stopping, port)
    except (AlreadyRunning, AddressTaken, PlaceUnusable, embedded.ServersMissing) as error:
        say(str(error))
        return 2
    except building.StepFailed as error:
        return error.code
    finally:
        if embedded.release():
            say("servers stopped")
    say("stopped")
    return 0


@contextlib.contextmanager
def alongside(*, web: bool, log: Path | None = None) -> Iterator[str | None]:
    """A supervisor beside the caller for as long as the block lasts; its address when it serves pages.

    A supervisor that is already at work is used and left running. Its log goes to ``log``, or where the caller's goes.
    """
    if is_running():
        yield _address() if web else None
        return
    arguments = [] if web else ["--no-web"]
    with contextlib.ExitStack() as stack:
        output = None if log is None else stack.enter_context(log.open("ab"))
        process = subprocess.Popen(
            [*PYTHON, "config.supervisor", *arguments],
            cwd=CLONE,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=bound_to_this_process(signal.SIGTERM),
        )
        try:
            yield wait_until_ready(process, _address) if web else None
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def is_running() -> bool:
    """Whether a supervisor of this clone is at work."""
    lock = places().data / "supervisor"
    if not lock.exists():
        return False
    free = guardian.lock_exclusively(lock)
    if free is None:
        return True
    os.close(free)
    return False


def _stop_from_outside() -> int:
    """End the supervisor of this clone in order, then the servers, also those that run without one; 2 when it fails."""
    was_running = is_running()
    if was_running:
        try:
            os.kill(int((places().data / "supervisor").read_text()), signal.SIGTERM)
        except ProcessLookupError:
            pass  # it ended by itself meanwhile
        except PermissionError:
            say("it was started by another user; stop it as that user")
            return 2
        if not until(lambda: not is_running(), seconds=MOST_STOP_SECONDS):
            say(f"what runs did not stop in {MOST_STOP_SECONDS:.0f} s")
            return 2
    try:
        stopped = embedded.stop()
    except embedded.ServersMissing as error:
        say(str(error))
        return 2
    say("stopped" if was_running or stopped else "nothing was running")
    return 0


def say(sentence: str) -> None:
    sys.stderr.write(f"wishmill | {sentence}\n")
    sys.stderr.flush()


def _gunicorn(port: int) -> list[str]:
    bind = f"{os.environ.get('BIND', '127.0.0.1')}:{port}"
    threads = os.environ.get("WEB_THREADS", "8")
    options = ["--worker-class", "gthread", "--workers", os.environ.get("WEB_PROCESSES", "2"), "--threads", threads]
    # Pages, catalogues and the encoder are loaded once, before the processes fork.
    return [
        *PYTHON,
        "gunicorn",
        "config.wsgi",
        "--preload",
        "--no-control-socket",
        *options,
        "--bind",
        bind,
        "--timeout",
        "60",
    ]


@contextlib.contextmanager
def _only_one() -> Iterator[None]:
    where = places()
    prepare(where)
    file = where.data / "supervisor"
    lock = guardian.lock_exclusively(file)
    if lock is None:
        raise AlreadyRunning(f"already running as process {file.read_text()}; stop that one first (Ctrl-C there)")
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    try:
        yield
    finally:
        _address_file().unlink(missing_ok=True)
        os.close(lock)


def _keep_running(wanted: list[Child], output: selectors.BaseSelector, stopping: list[int], port: int | None) -> None:
    try:
        for child in wanted:
            _start(child, output, port)
        if port is not None:
            _address_file().write_text(f"http://localhost:{port}")
            say("starting - Ctrl-C stops everything")
        waiting = port is not None
        while not stopping:
            _copy_output(output, seconds=0.25)
            if waiting and answers(f"http://localhost:{port}/health/live"):
                waiting = False
                say(f"serving at http://localhost:{port} - Ctrl-C stops everything")
            for child in wanted:
                _look_after(child, output, port)
    finally:
        say("stopping")
        for role in ("beat", "worker", "web"):
            _stop([child for child in wanted if child.role == role], output, stopping)


def _start(child: Child, output: selectors.BaseSelector, port: int | None) -> None:
    environment = {**os.environ, "WISHMILL_ROLE": child.role, "DJANGO_SETTINGS_MODULE": "config.settings"}
    environment.setdefault("PYTHONWARNINGS", ROOT_IS_FINE)
    if port is not None:
        environment.setdefault("SITE_URL", f"http://localhost:{port}")
    child.process = subprocess.Popen(
        child.command,
        cwd=CLONE,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=bound_to_this_process(signal.SIGTERM),
    )
    child.started, child.again_at = time.monotonic(), None
    assert child.process.stdout is not None
    os.set_blocking(child.process.stdout.fileno(), False)
    output.register(child.process.stdout, selectors.EVENT_READ, child)


def _look_after(child: Child, output: selectors.BaseSelector, port: int | None) -> None:
    now = time.monotonic()
    if child.again_at is not None:
        if now >= child.again_at:
            _start(child, output, port)
            say(f"{child.name} started again")
        return
    if child.process is None or child.process.poll() is None:
        return
    # What a killed worker had started itself would go on with jobs that are handed out again.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.process.pid, signal.SIGKILL)
    if now - child.started > STEADY_SECONDS:
        child.pause_seconds = 1.0
    say(f"{child.name} ended with {child.process.returncode}; starting it again in {child.pause_seconds:.0f} s")
    child.again_at = now + child.pause_seconds
    child.pause_seconds = min(child.pause_seconds * 2, LONGEST_PAUSE_SECONDS)


def _stop(leaving: list[Child], output: selectors.BaseSelector, stopping: list[int]) -> None:
    """End these together and wait; whoever is still there in the end, or at a second Ctrl-C, is killed."""
    alive = [child.process for child in leaving if child.process is not None and child.process.poll() is None]
    asked = len(stopping)
    for process in alive:
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    while alive and time.monotonic() < deadline and len(stopping) == asked:
        _copy_output(output, seconds=0.05)
        alive = [process for process in alive if process.poll() is None]
    for process in alive:
        say("killing what does not stop; its jobs are picked up again")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    _copy_output(output, seconds=0)


def _copy_output(output: selectors.BaseSelector, *, seconds: float) -> None:
    """Write what the children said, a whole line at a time, each with the child's name."""
    for key, _events in output.select(seconds):
        child: Child = key.data
        said = os.read(key.fd, 65536)
        if not said:
            output.unregister(key.fileobj)
            continue
        *lines, child.unfinished = (child.unfinished + said).split(b"\n")
        for line in lines:
            sys.stderr.write(f"{child.name:<8} | {line.decode(errors='replace')}\n")
        sys.stderr.flush()


def _address_file() -> Path:
    return places().data / "address"


def _address() -> str | None:
    file = _address_file()
    return file.read_text() if file.exists() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
