"""The manufacturers app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

# Locked before anything of demand: capacity first, then what holds it.
RANKS = {
    "manufacturers.CapacityWindow": 10,
    "manufacturers.Offer": 20,
    "manufacturers.Proposal": 30,
    "manufacturers.Counter": 40,
    "manufacturers.Release": 50,
    "manufacturers.ProductionOrder": 60,
    "manufacturers.Maker": 70,
    "manufacturers.Plan": 80,
}


class ManufacturersConfig(AppConfig):
    name = "manufacturers"
    verbose_name = _("Manufacturers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from demand import locking
        from demand.models import wording as shared
        from manufacturers import consumers
        from manufacturers.models import wording

        locking.register_ranks(RANKS)
        fields = {**shared.FIELDS, **wording.FIELDS}
        shared.name_all(self.get_models(), named=wording.MODELS, fields=fields)
        consumers.register()
