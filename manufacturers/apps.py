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
        from manufacturers import consumers

        locking.register_ranks(RANKS)
        consumers.register()
