"""Settings under pytest: own database and Redis keys for each suffix and each xdist process, and nothing leaves."""

from __future__ import annotations

import os

from config.settings import *  # noqa: F403
from config.settings import CACHES, DATABASES, STORAGES

_suffix = os.environ.get("WISHMILL_TEST_SUFFIX", "")
_process = os.environ.get("PYTEST_XDIST_WORKER", "")
TEST_MARK = "_".join(part for part in (_suffix, _process) if part)

# pytest-django adds the name of the xdist process itself.
DATABASES["default"]["TEST"] = {"NAME": f"test_wishmill_{_suffix}" if _suffix else "test_wishmill"}
REDIS_PREFIX = f"test_wishmill_{TEST_MARK}:"
CACHES["default"] |= {"BACKEND": "tests.caching.OwnKeysCache", "KEY_PREFIX": REDIS_PREFIX + "cache"}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# Static files straight from the apps: a fresh clone has collected none yet.
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
