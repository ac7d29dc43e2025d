"""A database of its own with a generated market of any size, for the benchmarks of pooling and of its pages."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

DATABASE = "wishmill_bench"
BATCH = 20_000
DISTINCT_SHARE = 10
"""Of ten wishes one says something new."""


def prepare(*, fresh: bool) -> None:
    """Servers, Django on the benchmark's own database (emptied when ``fresh``), and every migration."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    os.environ["WISHMILL_DATABASE_NAME"] = DATABASE
    from config import embedded

    embedded.ensure()
    import django

    django.setup()
    from django.core.management import call_command

    _create(fresh)
    call_command("prepare")


def prepare_worker() -> None:
    """Django in a process of its own; the servers run already."""
    from django.apps import apps

    if not apps.ready:
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        os.environ["WISHMILL_DATABASE_NAME"] = DATABASE
        import django

        django.setup()


def _create(fresh: bool) -> None:
    import psycopg
    from django.db import connection
    from psycopg import sql

    parameters = {**connection.get_connection_params(), "dbname": "postgres"}
    for name in ("cursor_factory", "context", "prepare_threshold", "pool"):
        parameters.pop(name, None)
    with psycopg.connect(**parameters, autocommit=True) as server:
        if fresh:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
        found = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if found is None:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def load(wishes: int, *, seed: int, now: datetime) -> None:
    """The shipped catalogue, shoppers, and ``wishes`` unread wishes of which a tenth are distinct texts."""
    from demand.demo.loading import load_cast, load_catalogue
    from demand.demo.wishes import generate_wishes, shopper_count

    load_catalogue(now=now)
    load_cast(now=now)
    first = _people(shopper_count(wishes), now)
    stream = iter(generate_wishes(seed, wishes, distinct_texts=max(1, wishes // DISTINCT_SHARE)))
    done = 0
    while batch := list(islice(stream, BATCH)):
        _copy("demand_wish", _COLUMNS, (_row(one, first, now) for one in batch))
        done += len(batch)
        sys.stderr.write(f"\r{done:,} wishes loaded")
    sys.stderr.write("\n")
    _execute("ANALYZE")


def _people(count: int, now: datetime) -> tuple[int, int]:
    """Keys of the first shopper and the first person; the others follow in order."""
    person = _highest("demand_person") + 1
    user = _highest("demand_user") + 1
    _copy("demand_person", ("id", "created_at"), ((person + i, now) for i in range(count)))
    columns = _required("demand_user")
    values = {"password": "!", "language": "zh-hans", "region": "CN-SH", "created_at": now, "date_joined": now}
    _copy(
        "demand_user",
        ("id", "person_id", "email", *columns),
        (
            (
                user + i,
                person + i,
                f"bench{i}@example.com",
                *(values.get(name, uuid4() if default is None else default) for name, default in columns.items()),
            )
            for i in range(count)
        ),
    )
    for table in ("demand_person", "demand_user"):
        _execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
    return user, person


def _required(table: str) -> dict[str, Any]:
    """Columns that must be given and a plain value of their type."""
    from django.db import connection

    plain = {
        "boolean": False,
        "uuid": None,
        "timestamp with time zone": None,
        "integer": 0,
        "bigint": 0,
        "smallint": 0,
        "jsonb": "[]",
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s AND is_nullable = 'NO'"
            " AND column_default IS NULL AND is_identity = 'NO' AND column_name NOT IN ('id', 'email', 'person_id')",
            [table],
        )
        return {name: plain.get(kind, "") for name, kind in cursor.fetchall()}


_COLUMNS = (
    *("public_id", "user_id", "person_id", "claim_hash", "kind", "state", "text", "language", "source", "source_key"),
    *("seeded", "needs", "needs_hash", "reading", "reading_state", "reader_version", "catalog_version", "question"),
    *("intent", "quantity", "tolerance", "ceiling_minor", "region", "needed_by", "auto_bind", "hidden_reason"),
    *("revision", "created_at", "updated_at"),
)


def _row(one: Any, first: tuple[int, int], now: datetime) -> tuple[Any, ...]:
    made = now - timedelta(days=one.age_days, minutes=one.number % 1440)
    preorder = one.kind == "preorder"
    needed_by: date | None = None if one.needed_by_days is None else now.date() + timedelta(days=one.needed_by_days)
    ceiling = max((price for _units, price in one.price_steps), default=one.ceiling_minor)
    return (
        UUID(int=(7 << 76) | (2 << 62) | one.number),
        first[0] + one.shopper,
        first[1] + one.shopper,
        "",
        "preorder" if preorder else "interest",
        "open",
        one.text,
        "en" if one.language == "en" else "zh-hant" if one.language == "zh-hant" else "zh-hans",
        "bench",
        str(one.number),
        False,
        '{"must": {}, "nice": {}}',
        "",
        "{}",
        "pending",
        "",
        "",
        "",
        "quantity",
        one.quantity,
        one.tolerance,
        ceiling,
        one.region,
        needed_by,
        preorder and one.number % 2 == 0,
        "",
        1,
        made,
        made,
    )


def _copy(table: str, columns: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> None:
    from django.db import connection, transaction

    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # nobody's history: these rows are a stage set
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)


def _highest(table: str) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
        return int(cursor.fetchone()[0])


def _execute(statement: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
