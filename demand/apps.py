"""The demand app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemandConfig(AppConfig):
    name = "demand"
    verbose_name = _("Demand")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from demand import consumers
        from demand.models import wording

        wording.name_all(self.get_models(), named=wording.MODELS, fields=wording.FIELDS)
        consumers.register()
