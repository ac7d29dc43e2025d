"""Which stage of demand acts on which event of the outbox."""

from __future__ import annotations


def register() -> None:
    """Called once when the app is ready."""
