"""Variables of the environment, typed and checked once; a missing or bad one ends the start in one line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar
from urllib.parse import parse_qs, urlsplit

import environ

T = TypeVar("T")
env = environ.Env()


def refuse(name: str, why: str) -> NoReturn:
    """End the start: name the variable and say what was expected."""
    sys.stderr.write(f"wishmill: {name}: {why}\n")
    raise SystemExit(2)


def read(name: str, kind: Callable[..., T], default: T, expected: str) -> T:
    """The variable as ``kind`` reads it, or ``default`` when it is unset or empty."""
    if not os.environ.get(name):
        return default
    try:
        return kind(name)
    except (ValueError, environ.ImproperlyConfigured):
        refuse(name, f"expected {expected}, found {os.environ[name]!r}")


def text(name: str, default: str) -> str:
    return read(name, env.str, default, "text")


def flag(name: str, default: bool) -> bool:
    if os.environ.get(name, "").lower() not in {"", "0", "1", "true", "false", "yes", "no", "on", "off"}:
        refuse(name, f"expected on or off, found {os.environ[name]!r}")
    return read(name, env.bool, default, "on or off")


def whole(name: str, default: int, *, at_least: int, at_most: int) -> int:
    expected = f"a whole number from {at_least} to {at_most}"
    value = read(name, env.int, default, expected)
    if not at_least <= value <= at_most:
        refuse(name, f"expected {expected}, found {value}")
    return value


def names(name: str, default: list[str]) -> list[str]:
    return read(name, env.list, default, "names separated by commas")


def one_of(name: str, default: str, allowed: frozenset[str]) -> str:
    value = text(name, default)
    if value not in allowed:
        refuse(name, f"expected one of {', '.join(sorted(allowed))}, found {value!r}")
    return value


def database(name: str) -> dict[str, Any] | None:
    """Django's dictionary for a PostgreSQL URL, ``None`` when unset; ``?host=/folder`` names a socket folder."""
    value = os.environ.get(name)
    if not value:
        return None
    parts = urlsplit(value)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        refuse(name, "expected postgres://user:password@host:port/name")
    try:
        found: dict[str, Any] = dict(env.db_url(name))
    except (ValueError, environ.ImproperlyConfigured):
        refuse(name, "expected postgres://user:password@host:port/name")
    found["ENGINE"] = "django.db.backends.postgresql"
    options = found.setdefault("OPTIONS", {})
    if "host" in options:
        found["HOST"] = options.pop("host")
    return found


def redis(name: str) -> tuple[str, str] | None:
    """The URL as redis-py spells it and as Celery spells it, ``None`` when unset."""
    value = os.environ.get(name)
    if not value:
        return None
    parts = urlsplit(value)
    if parts.scheme == "unix" and parts.path:
        return value, socket_broker(parts.path, parse_qs(parts.query).get("db", ["0"])[0])
    if parts.scheme in {"redis", "rediss"} and parts.hostname:
        return value, value
    refuse(name, "expected redis://host:port/0, rediss://host:port/0 or unix:///path/redis.sock")


def socket_broker(path: str, number: str = "0") -> str:
    """Celery's spelling of a Redis on a Unix socket."""
    return f"redis+socket://{path}?virtual_host={number}"
