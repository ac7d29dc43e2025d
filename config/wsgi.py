"""The web process's way in."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("WISHMILL_ROLE", "web")

from django.core.wsgi import get_wsgi_application

from config import embedded

embedded.ensure()
application = get_wsgi_application()
