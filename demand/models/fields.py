"""Field makers that every table shares, so that one thing is declared one way."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models


def public_id_field() -> models.UUIDField[Any, Any]:
    """The random identity that URLs, the API and exports show; the bigint key stays inside."""
    return models.UUIDField(unique=True, default=uuid.uuid4, editable=False)


def minor_field(**options: Any) -> models.BigIntegerField[Any, Any]:
    """Money in integer minor units of the deployment's one currency."""
    return models.BigIntegerField(**options)


def needs_default() -> dict[str, dict[str, Any]]:
    """Canonical needs of a wish that says none."""
    return {"must": {}, "nice": {}}
