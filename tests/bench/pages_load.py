"""Open-loop load on the web server from a process of its own: requests leave on time, whether or not answers came."""

from __future__ import annotations

import http.client
import multiprocessing
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

THREADS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request; ``form`` makes it a POST. ``status`` is what it must be answered with."""

    path: str
    cookies: str
    form: dict[str, str] | None = None
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Milliseconds from when each request was due to its whole answer, and how many a second were answered."""

    times: list[float]
    per_second: float
    wrong: list[str]


def open_loop(address: str, requests: Sequence[Asked], *, per_second: float) -> Answered:
    """Send the requests at a steady pace from another process and wait for the last answer."""
    with multiprocessing.get_context("spawn").Pool(1) as process:
        return process.apply(_send, (address, list(requests), per_second))


def _send(address: str, requests: list[Asked], per_second: float) -> Answered:
    begin = time.perf_counter() + 0.2
    due = [begin + place / per_second for place in range(len(requests))]
    times: list[float] = [0.0] * len(requests)
    wrong: list[str] = []
    ahead = iter(range(len(requests)))
    taking, idle = threading.Lock(), threading.Event()

    def work() -> None:
        server = urlsplit(address)
        while True:
            with taking:
                place = next(ahead, None)
            if place is None:
                return
            idle.wait(max(0.0, due[place] - time.perf_counter()))
            status = _ask(server.hostname or "localhost", server.port or 80, requests[place])
            times[place] = (time.perf_counter() - due[place]) * 1000
            if status != requests[place].status:
                wrong.append(f"{requests[place].path}: {status}")

    workers = [threading.Thread(target=work) for _ in range(THREADS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seconds = max(when + took / 1000 for when, took in zip(due, times, strict=True)) - begin
    return Answered(times=times, per_second=len(requests) / seconds, wrong=wrong)


def _ask(host: str, port: int, asked: Asked) -> int:
    connection = http.client.HTTPConnection(host, port, timeout=60)
    headers: dict[str, Any] = {"Cookie": asked.cookies, "Accept-Language": "zh-hans"}
    body = None if asked.form is None else urlencode(asked.form)
    if body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request("GET" if body is None else "POST", asked.path, body=body, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status
