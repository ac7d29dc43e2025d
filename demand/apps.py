from __future__ import annotations

from django.apps import AppConfig


class DemandConfig(AppConfig):
    name = "demand"
    default_auto_field = "django.db.models.BigAutoField"
