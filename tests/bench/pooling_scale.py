"""`python -m tests.bench.pooling_scale --wishes N`: N unread wishes are read, pooled and written, then 1 % change.

Two worker processes that are up already, as Celery's are, on a machine of two cores. The database stays for
`make bench-pages`. Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import time
from multiprocessing.pool import Pool
from typing import Any

from tests.bench import pooling_market as market

WORKERS = 2
SEED = 1


def read_shard(shard: int) -> float:
    """One worker reads its share of the wishes that wait; its peak memory in MB."""
    market.prepare_worker()
    from django.utils import timezone

    from demand.reading import service

    now = timezone.now()
    service.read_pending(
        today=timezone.localdate(now), claimed_by=f"bench-{shard}", now=now, shard=shard, shards=WORKERS
    )
    return _peak()


def pool_category(code: str) -> tuple[str, dict[str, Any], float, float]:
    """One worker pools one category: its code, what was done, seconds, its peak memory in MB."""
    market.prepare_worker()
    from dataclasses import asdict

    from django.utils import timezone

    from demand.pooling import service

    began = time.perf_counter()
    done = service.rebuild_category(category=code, seed=0, claimed_by=f"bench-{code}", now=timezone.now())
    return code, asdict(done), time.perf_counter() - began, _peak()


def whole(workers: Pool, codes: list[str]) -> dict[str, float]:
    """Read everything that waits and pool every category: seconds of both and the highest peak of a process."""
    began = time.perf_counter()
    peaks = workers.map(read_shard, range(WORKERS))
    read = time.perf_counter() - began
    for code, done, seconds, peak in workers.imap_unordered(pool_category, codes):
        peaks.append(peak)
        _say(
            f"  {code:16} {seconds:7.1f} s  {done['wishes']:>9,} wishes {done['cells']:>7,} cells"
            f" {done['pools']:>4} pools {done['moved']:>6} moved  {done['status']}"
        )
    total = time.perf_counter() - began
    return {"read_seconds": read, "pool_seconds": total - read, "seconds": total, "peak_mb": max(peaks)}


def change(share: int) -> int:
    """Take one wish in ``share``, wherever they stand, back to unread under its neighbour's words, as people change
    their minds; how many.
    """
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE demand_wish SET text = (SELECT o.text FROM demand_wish o WHERE o.id = demand_wish.id - 1),"
            " reading_state = 'pending', updated_at = now() WHERE abs(hashint8(id)) %% %s = 0"
            " AND EXISTS (SELECT 1 FROM demand_wish o WHERE o.id = demand_wish.id - 1)",
            [share],
        )
        return int(cursor.rowcount)


def main() -> None:
    """Load, run twice, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wishes", type=int, default=10_000)
    parser.add_argument("--only-load", action="store_true", help="load them, and stop")
    parser.add_argument("--loaded", action="store_true", help="go on with what an earlier --only-load left")
    options = parser.parse_args()
    market.prepare(fresh=not options.loaded)
    from django.utils import timezone

    from demand.models import Category

    if not options.loaded:
        began = time.perf_counter()
        market.load(options.wishes, seed=SEED, now=timezone.now())
        _say(f"loaded in {time.perf_counter() - began:.0f} s")
    if options.only_load:
        return
    codes = list(Category.objects.filter(retired_at__isnull=True).values_list("code", flat=True))
    with multiprocessing.get_context("spawn").Pool(WORKERS, market.prepare_worker) as workers:
        workers.map(len, ["up"] * WORKERS, 1)
        first = whole(workers, codes)
        _say(json.dumps(first))
        changed = change(100)
        again = whole(workers, codes)
        _say(json.dumps(again))
    line = {
        "name": "pooling-scale",
        "n": options.wishes,
        **{name: round(value, 1) for name, value in first.items()},
        "changed": changed,
        "again_seconds": round(again["seconds"], 1),
        "again_share": round(again["seconds"] / first["seconds"], 3),
    }
    sys.stdout.write(json.dumps(line) + "\n")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    main()
