"""The shipped catalogue, for tests that need rows of every kind."""

from __future__ import annotations

from tests.demand.conftest import catalogue

__all__ = ["catalogue"]
