"""The web process's way in."""

from __future__ import annotations

import os
from logging.config import dictConfig

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("WISHMILL_ROLE", "web")

from django.conf import settings
from django.core.checks.urls import check_url_config
from django.core.wsgi import get_wsgi_application

from config import embedded

embedded.ensure()
application = get_wsgi_application()

from demand.reading import reads  # noqa: E402 — models can be imported from here on

# All pages are imported now, or the first visitor of each process would wait seconds for it.
check_url_config(None)
reads.wake()
# Commands print for people; only what serves writes the log.
dictConfig(settings.LOGGING)
