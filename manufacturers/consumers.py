"""Which stage of manufacturers acts on which event of the outbox, demand's included."""

from __future__ import annotations


def register() -> None:
    """Called once when the app is ready."""
