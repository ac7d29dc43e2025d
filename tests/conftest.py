"""What every test shares: servers and a migrated database, made when the first test asks for one."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.utils import translation
from pytest_django import DjangoDbBlocker

from config import building, embedded

TEMPLATE_LOCK = 7_302_001


def pytest_configure(config: pytest.Config) -> None:
    """Pages speak three languages in a fresh clone too; the processes that xdist starts come after."""
    if not hasattr(config, "workerinput"):
        building.compile_translations()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """Find or start PostgreSQL and Redis, migrate once for all processes and runs; kernels' tests never get here."""
    embedded.ensure()
    with django_db_blocker.unblock():
        settings.DATABASES["default"]["TEST"]["TEMPLATE"] = migrated_template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Before the test database goes, end what still holds it: a server thread or a killed worker on its way out."""
    yield
    with django_db_blocker.unblock(), maintenance() as cursor:
        name = connection.settings_dict["NAME"]
        connection.close()
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [name],
        )


@pytest.fixture
def outside_environment(transactional_db: None) -> dict[str, str]:
    """The environment in which a real worker or command sees this test's database and queues."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "WISHMILL_DATABASE_NAME": str(connection.settings_dict["NAME"]),
        "WISHMILL_REDIS_PREFIX": settings.REDIS_PREFIX,
    }


def migrated_template() -> str:
    """The name of a database with every migration applied; test databases are copies of it.

    Named by what the migrations say, so that a changed migration makes a new one.
    """
    name = f"wishmill_template_{migrations_digest()}"
    with maintenance() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, 'wishmill_template_')")
        found = {row[0] for row in cursor.fetchall()}
        if name not in found:
            build_template(cursor, name)
        cursor.execute("SELECT pg_advisory_unlock(%s)", [TEMPLATE_LOCK])
    return name


def build_template(cursor: Any, name: str) -> None:
    """Migrate a draft in a process of its own, then give it its name; older templates go."""
    draft = f"{name}_draft"
    cursor.execute(
        "SELECT datname FROM pg_database d WHERE starts_with(datname, 'wishmill_template_')"
        " AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)"
    )
    for (old,) in cursor.fetchall():
        cursor.execute(f'DROP DATABASE IF EXISTS "{old}"')
    cursor.execute(f'CREATE DATABASE "{draft}"')
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        check=True,
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "WISHMILL_DATABASE_NAME": draft},
    )
    cursor.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')


@contextmanager
def maintenance() -> Iterator[Any]:
    """A cursor outside any test database."""
    with connection._nodb_cursor() as cursor:
        yield cursor


def migrations_digest() -> str:
    """A short mark of every migration file of every installed app."""
    mark = hashlib.sha256()
    for app in sorted(apps.get_app_configs(), key=lambda each: each.label):
        for file in sorted(Path(app.path, "migrations").glob("*.py")):
            mark.update(f"{app.label}/{file.name}\n".encode() + file.read_bytes())
    return mark.hexdigest()[:12]


@pytest.fixture(autouse=True)
def _language_of_nobody() -> None:
    """A test begins in the settings' language: a page asked for by the one before leaves its own in the process."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def what_migrations_store(request: pytest.FixtureRequest) -> Iterator[None]:
    """The rows that migrations store, put back where an earlier test with real commits emptied every table; and the
    raw signals emptied after such a test, which nobody else does for a table without a managed model.
    """
    marker = request.node.get_closest_marker("django_db")
    names = set(request.fixturenames)
    commits = bool(names & {"transactional_db", "live_server"}) or bool(marker and marker.kwargs.get("transaction"))
    if marker is None and not commits and "db" not in names:
        yield
        return
    request.getfixturevalue("transactional_db" if commits else "db")
    from demand.models import Policy

    Policy.objects.get_or_create(category=None, version=1, defaults={"created_at": datetime(2026, 1, 1, tzinfo=UTC)})
    yield
    if commits:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE demand_signal")
