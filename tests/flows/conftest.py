"""The shipped catalogue, for flows too, and where their workers come from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.demand.conftest import catalogue
from tests.flows.workers import Workers, empty_queues
from tests.manufacturers.makers import NOW

__all__ = ["catalogue"]


@pytest.fixture(scope="session")
def started_workers() -> Iterator[list[Workers]]:
    """What :func:`workers` started; ended with the session."""
    started: list[Workers] = []
    yield started
    for one in started:
        one.close()


@pytest.fixture
def workers(outside_environment: dict[str, str], started_workers: list[Workers]) -> Workers:
    """Workers on this test's database and empty queues; their clock starts at the cast's first Monday."""
    empty_queues()
    if not started_workers:
        started_workers.append(Workers(outside_environment, clock=NOW))
    return started_workers[0]
