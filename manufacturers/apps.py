from __future__ import annotations

from django.apps import AppConfig


class ManufacturersConfig(AppConfig):
    name = "manufacturers"
    default_auto_field = "django.db.models.BigAutoField"
