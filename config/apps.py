"""The product as one Django app: what is done once every app is loaded."""

from __future__ import annotations

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ConfigConfig(AppConfig):
    """Makes the job queue known to every process that sets Django up, so that tasks find it."""

    name = "config"

    def ready(self) -> None:
        from config import celery  # noqa: F401  (its import is its effect)

        name_what_libraries_do_not()


def name_what_libraries_do_not() -> None:
    """Chinese names for the lists of account libraries, which have English ones only."""
    from demand.models import wording

    apps.get_app_config("axes").verbose_name = _("Attempts to sign in")
    apps.get_app_config("mfa").verbose_name = _("Second factors")
    wording.name_all(
        apps.get_app_config("mfa").get_models(),
        named={"Authenticator": (pgettext_lazy("row", "second factor"), pgettext_lazy("row", "second factors"))},
        fields={**wording.FIELDS, "type": wording.FIELDS["kind"]},
    )
