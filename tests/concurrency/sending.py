"""A client of `POST /api/v1/signals` in a process of its own: sends batches until each is acknowledged, and says so.

    python -m tests.concurrency.sending PORT KEY FILE SEED

``FILE`` holds one batch, a JSON list, a line; three rounds in an order of its own. A line of standard output per
acknowledged batch: its number. Waits when asked to, and sends again when the connection broke.
"""

from __future__ import annotations

import gzip
import http.client
import random
import sys
from pathlib import Path

from config.waiting import tries

ROUNDS = 3
PATIENCE_SECONDS = 30.0


def main(port: int, key: str, file: Path, seed: int) -> None:
    batches = file.read_bytes().splitlines()
    rng = random.Random(seed)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for _ in range(ROUNDS):
        for number in rng.sample(range(len(batches)), len(batches)):
            connection = acknowledged(connection, key, batches[number], zipped=bool(number % 2))
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()


def acknowledged(
    connection: http.client.HTTPConnection, key: str, body: bytes, *, zipped: bool
) -> http.client.HTTPConnection:
    """Send a batch until it is answered with 200; the connection that it got through on."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    if zipped:
        headers["Content-Encoding"], body = "gzip", gzip.compress(body)
    for _ in tries(seconds=PATIENCE_SECONDS):
        try:
            connection.request("POST", "/api/v1/signals", body, headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            continue
        if answer.status == 200:
            return connection
        if answer.status != 429:
            raise SystemExit(f"answered {answer.status}")
    raise SystemExit(f"not acknowledged in {PATIENCE_SECONDS:.0f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
