"""The shipped catalogue, for flows too."""

from __future__ import annotations

from tests.demand.conftest import catalogue

__all__ = ["catalogue"]
