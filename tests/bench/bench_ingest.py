"""`make bench-ingest`: events a second through HTTP beside bare COPY and the ORM, on an empty and on a large table.

    python -m tests.bench.bench_ingest [--rows N] [--clients N] [--batches N] [--rounds N]

The supervisor runs as it always does, on data of its own that is thrown away. Each way has the same number of client
processes and the same batches of 1,000, in turns. The last line is the JSON of CONTRACTS.md for the table with the
lower ratio of ours (HTTP) to the peer (COPY into a temporary table, then INSERT … ON CONFLICT, into the same table).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from config import embedded, supervisor
from config.addresses import AddressTaken
from config.places import CLONE, places
from tests.bench.ingest_clients import BATCH, Client, Measured, Target, at_once, batches, by_copy, by_orm, through_http

WAYS: dict[str, Client] = {"http": through_http, "copy": by_copy, "orm": by_orm}
DAYS = 60
EMPTIED = ("demand_signal", "demand_dirty_hour", "demand_query_reading", "demand_signal_rollup")
INDEXED = "SELECT indexdef FROM pg_indexes WHERE tablename = 'demand_signal' ORDER BY 1"
MONTHS_ONCE = "SELECT indexname, indexdef FROM pg_indexes WHERE indexname ~ '^demand_signal_.*_once$' ORDER BY 1"


@contextmanager
def served(kept: Path | None) -> Iterator[tuple[str, str]]:
    """The product on a database without signals: its address and the database's. ``kept`` outlives the run."""
    folder = kept or Path(tempfile.mkdtemp(prefix="wishmill-bench-", dir="/tmp"))
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    os.environ.update(WISHMILL_DATA_DIR=str(folder / "data"), DJANGO_SETTINGS_MODULE="config.settings")
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    os.environ.setdefault("PORT", "8700")
    try:
        embedded.ensure()
        subprocess.run([sys.executable, "manage.py", "prepare"], cwd=CLONE, check=True, stdout=subprocess.DEVNULL)
        database = f"host={places().runtime} user=postgres dbname=wishmill"
        with psycopg.connect(database) as connection:
            connection.execute(f"TRUNCATE {', '.join(EMPTIED)}")
        with supervisor.alongside(web=True, log=folder / "log") as url:
            assert url is not None
            yield url, database
    except AddressTaken as error:
        raise SystemExit(f"bench-ingest: {error}; it is in the folder given with --folder") from error
    finally:
        embedded.release()
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


def prepared(url: str, database: str, *, now: datetime) -> Target:
    """A source that may send as fast as it can, and the months the events fall in."""
    import django

    django.setup()
    from demand.collecting import service as collecting
    from demand.collecting.service.partitions import ensure_months

    ensure_months([(now - timedelta(days=day)).date() for day in range(DAYS + 1)])
    source, key = collecting.create_source(
        name=f"bench {now:%Y-%m-%d %H:%M:%S}", events_per_minute=2_000_000_000, now=now
    )
    return Target(url=url, key=key, database=database, source_id=source.pk)


def fill(database: str, rows: int) -> None:
    """Bring the table to this many rows, spread over two months; its indexes are built after, as for any bulk load."""
    begun = time.monotonic()
    with psycopg.connect(database, autocommit=True) as connection:
        definitions = [row[0] for row in connection.execute(INDEXED).fetchall()]
        once = connection.execute(MONTHS_ONCE).fetchall()
        connection.execute(f"DROP INDEX signal_by_time, signal_by_pool, {', '.join(name for name, _ in once)}")
        connection.execute(
            "INSERT INTO demand_signal (source_id, event_id, occurred_at, received_at, kind, query, region)"
            " SELECT 1000000 + g %% 3, md5(g::text), now() - interval '1 second' * (g::bigint * 7919 %% (%s * 86400)),"
            " now(), 'search', 'query ' || g %% 5000, 'CN-SH' FROM generate_series(1, %s) g",
            [DAYS, rows],
        )
        for definition in [*definitions, *(definition for _, definition in once)]:
            connection.execute(definition)
        connection.execute("ANALYZE demand_signal")
        connection.execute("CHECKPOINT")
    sys.stderr.write(f"filled with {rows:,} rows in {time.monotonic() - begun:.0f} s\n")


def compare(target: Target, *, clients: int, number: int, rounds: int, seed: int, now: datetime) -> dict[str, Measured]:
    """Each way in turn, round by round; the ORM, which is slow, with a fifth of the batches. Means over the rounds."""
    found: dict[str, list[Measured]] = {name: [] for name in WAYS}
    for turn in range(rounds):
        for place, (name, client) in enumerate(WAYS.items()):
            share = number if name != "orm" else max(1, number // 5)
            own = [batches(share, seed=seed + 1000 * (3 * turn + place) + one, now=now) for one in range(clients)]
            bare = replace(target, source_id=target.source_id + 1 + place)
            found[name].append(at_once(client, bare, own))
            sys.stderr.write(f"  {name:5} {found[name][-1].events_per_second:9,.0f} events/s\n")
    return {
        name: Measured(
            events_per_second=len(runs) / sum(1 / run.events_per_second for run in runs),
            p99_ms=max(run.p99_ms for run in runs),
        )
        for name, runs in found.items()
    }


def web_peak_mb() -> int:
    """The most memory that the web processes had, together."""
    own = _children(int((places().data / "supervisor").read_text()))
    web = [pid for pid in own if b"gunicorn" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    found = [pid for parent in web for pid in (parent, *_children(parent))]
    status = [Path(f"/proc/{pid}/status").read_text() for pid in found]
    return sum(int(text.split("VmHWM:")[1].split()[0]) for text in status) // 1024


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def report(tables: dict[int, dict[str, Measured]], *, clients: int, peak_mb: int, sent: int) -> None:
    """A table on standard error, one line of JSON on standard output."""
    for rows, found in tables.items():
        sys.stderr.write(f"{clients} clients, batches of {BATCH}, table of {rows:,} rows\n")
        for name, measured in found.items():
            share = measured.events_per_second / found["copy"].events_per_second
            sys.stderr.write(
                f"  {name:5}{measured.events_per_second:12,.0f} events/s{share:8.2f} of COPY"
                f"{measured.p99_ms:9.0f} ms p99 of a batch\n"
            )
    ratios = {rows: found["http"].events_per_second / found["copy"].events_per_second for rows, found in tables.items()}
    worst = min(ratios, key=lambda rows: ratios[rows])
    line = {
        "name": "ingest",
        "ours": round(tables[worst]["http"].events_per_second),
        "peer": round(tables[worst]["copy"].events_per_second),
        "ratio": round(ratios[worst], 3),
        "unit": "events/s",
        "peak_mb": peak_mb,
        "n": sent,
        "p99_ms": round(tables[worst]["http"].p99_ms),
        "ratios": {str(rows): round(ratio, 3) for rows, ratio in ratios.items()},
    }
    sys.stdout.write(json.dumps(line) + "\n")


def main(arguments: Sequence[str]) -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=int(os.environ.get("ROWS", "5000000")))
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--batches", type=int, default=25, help="of each client and round")
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("SEEDS", "2")))
    parser.add_argument("--folder", type=Path, help="keep the database here for the next run")
    options = parser.parse_args(arguments)
    with served(options.folder) as (url, database):
        now = datetime.now(UTC)
        target = prepared(url, database, now=now)
        tables: dict[int, dict[str, Measured]] = {}
        for rows in (0, options.rows):
            if rows:
                fill(database, rows)
            tables[rows] = compare(
                target,
                clients=options.clients,
                number=options.batches,
                rounds=options.rounds,
                seed=100_000 * len(tables),
                now=datetime.now(UTC),
            )
        sent = BATCH * options.batches * options.rounds * options.clients * len(tables)
        report(tables, clients=options.clients, peak_mb=web_peak_mb(), sent=sent)


if __name__ == "__main__":
    main(sys.argv[1:])
