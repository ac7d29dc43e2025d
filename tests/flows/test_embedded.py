"""The servers of a clone: found by whoever comes second, whole after kill -9, gone when nobody needs them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import psycopg
import pytest
import redis

from config import guardian
from config.places import CLONE, Places, places

HOLD = "import sys; from config import embedded; embedded.ensure(); print('ready', flush=True); sys.stdin.read()"


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Iterator[Places]:
    """A data folder of its own, with a path longer than a socket may have."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    base = Path(tempfile.mkdtemp(prefix="wishmill-test-", dir="/tmp"))
    base.chmod(0o755)
    monkeypatch.setenv("WISHMILL_DATA_DIR", str(base / ("long" * 30)))
    where = places()
    yield where
    subprocess.run([sys.executable, "-m", "config.embedded", "stop"], cwd=CLONE, check=True, capture_output=True)
    shutil.rmtree(base)
    shutil.rmtree(where.runtime)


@pytest.fixture
def holders() -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that hold a lease; each ends when its input closes."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for each in started:
        let_go(each)


def hold(started: list[subprocess.Popen[str]]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=CLONE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    started.append(process)
    assert pipe(process.stdout).readline() == "ready\n"


def let_go(process: subprocess.Popen[str]) -> None:
    pipe(process.stdin).close()
    process.wait(timeout=30)
    pipe(process.stdout).close()


def pipe(found: IO[str] | None) -> IO[str]:
    assert found is not None
    return found


def guardian_pid(where: Places) -> int:
    return int(where.lock.read_text())


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def connect(where: Places) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host=str(where.runtime), user="postgres", dbname="wishmill", autocommit=True)


def test_second_process_attaches(own: Places, holders: list[subprocess.Popen[str]]) -> None:
    hold(holders)
    first = guardian_pid(own)
    hold(holders)
    assert guardian_pid(own) == first
    # The one that started them may go; the other keeps them.
    let_go(holders.pop(0))
    with connect(own) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert guardian_pid(own) == first


def test_kill_of_everything_loses_nothing(own: Places, holders: list[subprocess.Popen[str]]) -> None:
    hold(holders)
    with connect(own) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    with redis.Redis(unix_socket_path=str(own.redis_socket)) as client:
        client.set("kept", "7")
    watcher = guardian_pid(own)
    victims = [*children_of(watcher), watcher]
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    let_go(holders.pop())
    hold(holders)
    assert guardian_pid(own) != watcher
    with connect(own) as connection:
        assert connection.execute("SELECT n FROM kept").fetchall() == [(7,)]
    with redis.Redis(unix_socket_path=str(own.redis_socket), decode_responses=True) as client:
        assert client.get("kept") == "7"


def test_killed_server_is_started_again(own: Places, holders: list[subprocess.Popen[str]]) -> None:
    hold(holders)
    watcher = guardian_pid(own)
    for pid in children_of(watcher):
        os.kill(pid, signal.SIGKILL)
    hold(holders)
    assert guardian_pid(own) == watcher
    assert len(children_of(watcher)) == 2


def test_servers_stop_when_nobody_needs_them(own: Places, holders: list[subprocess.Popen[str]]) -> None:
    hold(holders)
    let_go(holders.pop())
    # Blocks until the guardian has ended; the test's own time limit is the deadline.
    subprocess.run(["flock", str(own.lock), "true"], check=True, timeout=60)
    assert not (own.postgres_data / "postmaster.pid").exists()
    assert not own.redis_socket.exists()


def test_permissions_of_other_folders_stay(own: Places, holders: list[subprocess.Popen[str]]) -> None:
    above = own.data.parent
    before = above.stat().st_mode
    hold(holders)
    assert above.stat().st_mode == before
    assert own.runtime.stat().st_mode & 0o777 == 0o700
    assert own.postgres_data.stat().st_mode & 0o777 == 0o700


def test_note_of_a_postmaster_whose_id_another_program_has_is_forgotten(tmp_path: Path) -> None:
    note = tmp_path / "postmaster.pid"
    note.write_text(f"{os.getpid()}\n")
    guardian.forget_dead_postmaster(tmp_path)
    assert not note.exists()
