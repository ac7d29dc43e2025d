"""Ports and whether somebody answers there."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable

from config.waiting import tries

PORTS_TRIED = 20
WAIT_SECONDS = 180.0  # a busy machine loads two web processes and three workers at once


class AddressTaken(Exception):
    """No port could be had; the message says which were tried."""


def free_port() -> int:
    """``PORT`` (8000 when unset), or the next free one, which is then said."""
    asked = os.environ.get("PORT") or "8000"
    if not asked.isdigit() or not 0 < int(asked) < 65536:
        raise AddressTaken(f"PORT: expected a whole number from 1 to 65535, found {asked!r}")
    first = int(asked)
    bind = os.environ.get("BIND", "127.0.0.1")
    for port in range(first, min(first + PORTS_TRIED, 65536)):
        if _is_free(bind, port):
            if port != first:
                sys.stderr.write(f"wishmill | port {first} is taken; using {port}\n")
            return port
    raise AddressTaken(f"the ports from {first} to {first + PORTS_TRIED - 1} are all taken; set PORT to another")


def wait_until_ready(process: subprocess.Popen[bytes], address: Callable[[], str | None]) -> str:
    """The address once its pages answer.

    Raises
    ------
    AddressTaken
        If ``process`` ends first, or does not serve in time.
    """
    for _ in tries(seconds=WAIT_SECONDS, every=0.1):
        if process.poll() is not None:
            break
        found = address()
        if found is not None and answers(f"{found}/health/live"):
            return found
    raise AddressTaken("the web process did not become ready; its log says why")


def answers(url: str) -> bool:
    """Whether a GET is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _is_free(bind: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in bind else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError:
            return False
    return True
