"""Waiting for what another process does and tells nobody; whatever can be waited for itself is not asked here."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from threading import Event


def tries(*, seconds: float = math.inf, every: float = 0.05) -> Iterator[None]:
    """Once at once, then again after each pause, until so many seconds have passed."""
    pause, began = Event(), time.monotonic()
    yield
    while time.monotonic() - began < seconds:
        pause.wait(every)
        yield


def until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Whether ``condition`` came to hold within so many seconds; returns as soon as it does."""
    return any(condition() for _ in tries(seconds=seconds))
