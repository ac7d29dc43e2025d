"""Settings are checked at start: a bad variable ends it in one line that names it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from django.test import Client

from config.places import CLONE

BAD = [
    ("DATABASE_URL", "mysql://localhost/x", "expected postgres://user:password@host:port/name"),
    ("DATABASE_URL", "postgres://localhost", "expected postgres://user:password@host:port/name"),
    ("REDIS_URL", "memcached://x", "expected redis://host:port/0, rediss://host:port/0 or unix:///path/redis.sock"),
    ("DEBUG", "maybe", "expected on or off, found 'maybe'"),
    ("WEB_THREADS", "many", "expected a whole number from 1 to 64, found 'many'"),
    ("WEB_THREADS", "0", "expected a whole number from 1 to 64, found 0"),
    ("CURRENCY", "yuan", "expected an ISO 4217 code such as CNY, found 'yuan'"),
    ("WISHMILL_ROLE", "king", "expected one of beat, command, web, worker, found 'king'"),
]


def run(command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    environment = {**kept, "DJANGO_SETTINGS_MODULE": "config.settings", **variables}
    return subprocess.run(
        [sys.executable, *command], cwd=CLONE, env=environment, capture_output=True, text=True, check=False
    )


def load(**variables: str) -> subprocess.CompletedProcess[str]:
    return run(
        ["-c", "from django.conf import settings as s; print(s.DATABASES, s.REDIS_URL, s.BROKER_URL)"], **variables
    )


@pytest.mark.parametrize(("name", "value", "why"), BAD, ids=lambda part: str(part)[:24])
def test_bad_variable_is_named_in_one_line(name: str, value: str, why: str) -> None:
    done = load(**{name: value})
    assert done.returncode == 2
    assert done.stderr == f"wishmill: {name}: {why}\n"
    assert done.stdout == ""


def test_urls_of_other_servers_are_used() -> None:
    done = load(DATABASE_URL="postgres://me:word@db.example:5433/market", REDIS_URL="redis://queue.example:6379/3")
    assert done.returncode == 0
    assert "'HOST': 'db.example'" in done.stdout
    assert "'NAME': 'market'" in done.stdout
    assert done.stdout.endswith("redis://queue.example:6379/3 redis://queue.example:6379/3\n")


def test_socket_urls_are_spelt_for_each_client() -> None:
    done = load(DATABASE_URL="postgres://me@/market?host=/run/pg", REDIS_URL="unix:///run/r.sock?db=2")
    assert "'HOST': '/run/pg'" in done.stdout
    assert done.stdout.endswith("unix:///run/r.sock?db=2 redis+socket:///run/r.sock?virtual_host=2\n")


@pytest.mark.parametrize(("role", "pooled"), [("web", True), ("worker", False), ("command", False)])
def test_only_web_processes_pool_connections(role: str, pooled: bool) -> None:
    assert ("'pool'" in load(WISHMILL_ROLE=role).stdout) is pooled


def test_commands_without_a_database_start_no_server() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for command in (["help"], ["solve", "planning", "nowhere.json"]):
            run(["manage.py", *command], WISHMILL_DATA_DIR=folder)
        assert not Path(folder, "lock").exists()


def test_secret_is_made_once_and_is_its_owners() -> None:
    show = ["-c", "from django.conf import settings; print(settings.SECRET_KEY)"]
    with tempfile.TemporaryDirectory() as folder:
        first = run(show, WISHMILL_DATA_DIR=folder).stdout
        assert len(first) > 50
        assert run(show, WISHMILL_DATA_DIR=folder).stdout == first
        assert Path(folder, "secret_key").stat().st_mode & 0o777 == 0o600


def test_pages_allow_own_sources_only_and_the_admin_more(client: Client, db: None) -> None:
    strict = client.get("/health/live").headers["Content-Security-Policy"]
    assert "script-src 'self';" in f"{strict};"
    assert "unsafe" not in strict
    loose = client.get("/admin/login/").headers["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-inline' 'unsafe-eval'" in loose
    assert "default-src 'self'" in loose


def test_health_names_what_answers(client: Client, db: None) -> None:
    assert client.get("/health/live").json() == {"status": "live"}
    assert client.get("/health/ready").json() == {
        "status": "ready",
        "database": True,
        "broker": True,
        "oldest_unread_seconds": None,
    }
