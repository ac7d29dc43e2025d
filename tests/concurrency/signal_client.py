"""`python -m tests.concurrency.signal_client ADDRESS KEY SEED [HALT]`: sends the lines of standard input, shuffled.

Three times over, in batches of a hundred. Says a line for each batch that was acknowledged; at batch HALT it sends half
of the body, says ``half`` and waits to be killed.
"""

from __future__ import annotations

import http.client
import json
import random
import sys
from urllib.parse import urlsplit

BATCH = 100
TURNS = 3


def batches(events: list[object], seed: int) -> list[bytes]:
    """The bodies in the order in which they are sent."""
    rng = random.Random(seed)
    made = []
    for _turn in range(TURNS):
        rng.shuffle(events)
        made += [json.dumps(events[start : start + BATCH]).encode() for start in range(0, len(events), BATCH)]
    return made


def main(address: str, key: str, seed: str, halt: str = "-1") -> None:
    """Send; whatever is not 200 ends the process with an error."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
    events = [json.loads(line) for line in sys.stdin]
    for number, body in enumerate(batches(events, int(seed))):
        connection.putrequest("POST", "/api/v1/signals")
        connection.putheader("Authorization", f"Bearer {key}")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders()
        if number == int(halt):
            connection.send(body[: len(body) // 2])
            sys.stdout.write("half\n")
            sys.stdout.flush()
            connection.sock.recv(1)  # nobody answers half a body
        connection.send(body)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{answer.status}: {said[:300]!r}")
        sys.stdout.write(f"{json.loads(said)['stored']}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
