"""One command runs web, workers and beat; a killed one comes back; Ctrl-C stops all of them; none outlives it."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.places import CLONE


class Running:
    """A supervisor and what it says."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Read on until a line matches; fails when the supervisor ends first."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)
            found = re.search(pattern, line)
            if found:
                return found
        pytest.fail(f"ended without {pattern!r}:\n{''.join(self.said)}")

    def children(self) -> dict[str, int]:
        """Process id by what runs."""
        pid = self.process.pid
        found = {}
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            words = Path(f"/proc/{child}/cmdline").read_text().split("\0")
            name = next(word for word in words if word in {"gunicorn", "solve@%h", "light@%h", "beat"})
            found[name] = int(child)
        return found


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Data of its own, kept from test to test so that it is migrated once."""
    base = Path(tempfile.mkdtemp(prefix="wishmill-test-", dir="/tmp"))
    base.chmod(0o755)
    yield base
    environment = {**os.environ, "WISHMILL_DATA_DIR": str(base / "data")}
    subprocess.run([sys.executable, "-m", "config.embedded", "stop"], cwd=CLONE, env=environment, check=True)
    shutil.rmtree(base)


@pytest.fixture
def running(folder: Path) -> Iterator[Running]:
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    environment = {**kept, "WISHMILL_DATA_DIR": str(folder / "data"), "PORT": "18000", "SOLVE_PROCESSES": "1"}
    environment |= {"LIGHT_PROCESSES": "1", "WEB_PROCESSES": "1", "WISHMILL_ROLE": "command"}
    process = subprocess.Popen(
        [sys.executable, "-m", "config.supervisor"],
        cwd=CLONE,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    yield Running(process)
    process.kill()
    process.wait()
    assert process.stderr is not None
    process.stderr.close()


def has_ended(pid: int) -> bool:
    """Whether a process that is not our child has ended; waits for it, at most half a minute."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], 30)[0])
    finally:
        os.close(descriptor)


def test_killed_child_comes_back_and_ctrl_c_stops_all(running: Running) -> None:
    address = running.wait_for(r"serving at (http://localhost:\d+)")[1]
    with urllib.request.urlopen(f"{address}/", timeout=30) as page:
        assert b"favicon" in page.read()  # a page finds its static files where they were collected
    with urllib.request.urlopen(f"{address}/health/ready", timeout=30) as answer:
        assert answer.status == 200
    first = running.children()
    assert set(first) == {"gunicorn", "solve@%h", "light@%h", "beat"}

    os.kill(first["light@%h"], signal.SIGKILL)
    running.wait_for(r"wishmill \| light ended with -9; starting it again in 1 s")
    running.wait_for(r"wishmill \| light started again")
    second = running.children()
    assert second["light@%h"] != first["light@%h"]
    assert second["gunicorn"] == first["gunicorn"]

    running.process.send_signal(signal.SIGINT)
    running.wait_for(r"wishmill \| stopping")
    running.wait_for(r"wishmill \| servers stopped")
    running.wait_for(r"wishmill \| stopped")
    assert running.process.wait(timeout=30) == 0
    assert all(has_ended(pid) for pid in second.values())


def test_no_child_outlives_a_killed_supervisor(running: Running) -> None:
    running.wait_for(r"serving at")
    started = running.children()
    running.process.kill()
    assert all(has_ended(pid) for pid in started.values())


def test_second_supervisor_says_what_holds_the_place_and_stop_ends_the_first(running: Running, folder: Path) -> None:
    running.wait_for(r"serving at")
    started = running.children()
    environment = {**os.environ, "WISHMILL_DATA_DIR": str(folder / "data")}

    def beside(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "config.supervisor", *arguments]
        return subprocess.run(command, cwd=CLONE, env=environment, capture_output=True, text=True, check=False)

    second = beside()
    assert second.returncode == 2
    said = f"wishmill | already running as process {running.process.pid}; stop that one first (Ctrl-C there)\n"
    assert second.stderr == said

    done = beside("stop")
    assert (done.returncode, done.stderr) == (0, "wishmill | stopped\n")
    running.wait_for(r"wishmill \| stopped")
    assert running.process.wait(timeout=30) == 0
    assert all(has_ended(pid) for pid in started.values())
    done = beside("stop")
    assert (done.returncode, done.stderr) == (0, "wishmill | nothing was running\n")
