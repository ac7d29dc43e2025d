"""The cast and the catalogue that demand's tests share."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import demand.demo
from demand.models import User
from demand.reading.service import import_catalog

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@pytest.fixture
def catalogue(db: None) -> str:
    """The shipped catalogue in force; its version."""
    document = json.loads((Path(demand.demo.__file__).parent / "data" / "catalogue.json").read_text())
    return import_catalog(document=document, now=NOW).version


def person(name: str, **fields: Any) -> User:
    """A verified shopper of the cast."""
    return User.objects.create_user(email=f"{name}@example.com", name=name, email_verified_at=NOW, **fields)


@pytest.fixture
def ana(db: None) -> User:
    return person("ana", region="CN-SH")


@pytest.fixture
def ben(db: None) -> User:
    return person("ben", region="CN-GD", language="en")


@pytest.fixture
def sam(db: None) -> User:
    return person("sam", is_staff=True)
