from __future__ import annotations

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Makes the job queue known to every process that sets Django up, so that tasks find it."""

    name = "config"

    def ready(self) -> None:
        from config import celery  # noqa: F401  (its import is its effect)
