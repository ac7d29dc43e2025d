"""Settings of every process, read from the environment once and checked; nothing is started by importing them.

Without ``DATABASE_URL`` or ``REDIS_URL`` they point at the sockets of this clone's own servers, which
:func:`config.embedded.ensure` starts when a process first needs them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bootstrap_wrapper
from babel.numbers import get_currency_precision

from config import places as _places
from config.settings import environment as env
from config.settings import staff as _staff
from config.settings.logs import logging_config

BASE_DIR = _places.CLONE
PLACES = _places.places()

# ── the process ──────────────────────────────────────────────────────────────────────────────────────────────────────
ROLE = env.one_of("WISHMILL_ROLE", "command", frozenset({"command", "web", "worker", "beat"}))
WEB_THREADS = env.whole("WEB_THREADS", 8, at_least=1, at_most=64)
DEBUG = env.flag("DEBUG", False)
HTTPS = env.flag("HTTPS", False)
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS", [])
SITE_URL = env.text("SITE_URL", "http://localhost:8000")
CURRENCY = env.text("CURRENCY", "CNY")
if not (len(CURRENCY) == 3 and CURRENCY.isascii() and CURRENCY.isupper()):
    env.refuse("CURRENCY", f"expected an ISO 4217 code such as CNY, found {CURRENCY!r}")
CURRENCY_EXPONENT = get_currency_precision(CURRENCY)
# Wishes of a category that one pooling task counts or places; more are split among tasks.
POOLING_PART = env.whole("POOLING_PART", 100_000, at_least=1, at_most=10_000_000)
PROPOSALS_AUTO_SEND = env.flag("PROPOSALS_AUTO_SEND", True)
try:
    SECRET_KEY = env.text("SECRET_KEY", "") or _places.secret_key(PLACES)
except OSError as _error:
    env.refuse("SECRET_KEY", f"unset, and none can be kept in {PLACES.data}: {_error.strerror}")

# ── what it is made of ───────────────────────────────────────────────────────────────────────────────────────────────
INSTALLED_APPS = [
    "config",
    "manufacturers",
    "demand",
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "pgtrigger",
    "pghistory",
    "django_celery_beat",
    "django_htmx",
    "import_export",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.middleware.StaffPagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.second_factor.SecondFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "demand.web.context.base",
                "config.roles.role",  # after demand's, whose role it makes more exact
            ]
        },
    }
]

# ── PostgreSQL and Redis ─────────────────────────────────────────────────────────────────────────────────────────────
_database: dict[str, Any] = env.database("DATABASE_URL") or {
    "ENGINE": "django.db.backends.postgresql",
    "HOST": str(PLACES.runtime),
    "USER": "postgres",
    "NAME": "wishmill",
}
_database["NAME"] = env.text("WISHMILL_DATABASE_NAME", _database["NAME"])
_options = _database.setdefault("OPTIONS", {})
_options.setdefault("application_name", f"wishmill {ROLE}")
# For the few statements that ask to be prepared; every other one is sent whole.
_options.setdefault("prepare_threshold", 5)
if ROLE == "web":
    _options["pool"] = {"min_size": 1, "max_size": WEB_THREADS + 2, "timeout": 10}
else:
    # One connection for each process; a Celery child opens its own after the fork.
    _database.update(CONN_MAX_AGE=300, CONN_HEALTH_CHECKS=True)
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL, BROKER_URL = env.redis("REDIS_URL") or (
    f"unix://{PLACES.redis_socket}?db=0",
    env.socket_broker(str(PLACES.redis_socket)),
)
REDIS_PREFIX = env.text("WISHMILL_REDIS_PREFIX", "wishmill:")
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": REDIS_PREFIX + "cache",
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "demand.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_ADAPTER = "demand.web.accounts.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "demand.web.account_forms.LoginForm",
    "signup": "demand.web.account_forms.SignupForm",
    "request_login_code": "demand.web.account_forms.RequestLoginCodeForm",
    "confirm_login_code": "demand.web.account_forms.ConfirmLoginCodeForm",
}
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
# The sign-up form shows one field for either; see ACCOUNT_FORMS.
ACCOUNT_SIGNUP_FIELDS = ["email*", "phone"]
ACCOUNT_CHANGE_EMAIL = True
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_REQUIRED = False
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Wishmill"
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "demand.web.accounts.axes_username"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Wishmill <no-reply@localhost>")
SMS_SENDER = env.text("SMS_SENDER", "demand.sending.ConsoleSender")
# Lets the demo's people in by codes that `make run` prints; see demand.web.demo_logins for the risk.
DEMO_CODES = env.flag("WISHMILL_DEMO", DEBUG)

# ── language and time ────────────────────────────────────────────────────────────────────────────────────────────────
LANGUAGE_CODE = "en"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文"), ("zh-hant", "繁體中文")]
LOCALE_PATHS = [BASE_DIR / "demand" / "locale", BASE_DIR / "manufacturers" / "locale"]
USE_I18N = True
TIME_ZONE = env.text("TIME_ZONE", "Asia/Shanghai")
USE_TZ = True

# ── static files ─────────────────────────────────────────────────────────────────────────────────────────────────────
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
_bootstrap = Path(bootstrap_wrapper.get_bootstrap_dir())
STATICFILES_DIRS = [("bootstrap/css", _bootstrap / "css"), ("bootstrap/js", _bootstrap / "js")]
MEDIA_ROOT = PLACES.data / "media"
MEDIA_URL = "/media/"
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.compression.QuicklyCompressedStorage"},
}
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("map", "png", "jpg", "webp", "woff", "woff2", "gz", "br", "zip")
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

# ── what a browser may do ────────────────────────────────────────────────────────────────────────────────────────────
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024

# ── logs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
LOG_LEVEL = env.one_of("LOG_LEVEL", "INFO", frozenset({"DEBUG", "INFO", "WARNING", "ERROR"}))
LOGGING_CONFIG = None
LOGGING = logging_config(LOG_LEVEL)

# ── the staff site ───────────────────────────────────────────────────────────────────────────────────────────────────
UNFOLD = _staff.UNFOLD
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
