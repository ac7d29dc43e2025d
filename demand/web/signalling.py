"""What visitors of our own pages do, noted as signals under a pseudonymous key."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.http import HttpRequest

from demand import access
from demand.collecting.service import record_site_event
from demand.models import Category, Pool

SESSION_KEY = "visitor"


def visitor_key(request: HttpRequest) -> str:
    """A random key for this browser's session, made when it first does something that counts."""
    if SESSION_KEY not in request.session:
        request.session[SESSION_KEY] = secrets.token_urlsafe(16)
    return str(request.session[SESSION_KEY])


def viewed(request: HttpRequest, pool: Pool, *, now: datetime) -> None:
    """A look at a pool's page."""
    _note(request, kind="view", now=now, category_id=pool.category_id, pool_id=pool.pk)


def searched(request: HttpRequest, query: str, *, found: int, category: str | None, now: datetime) -> None:
    """A search over pools, with or without a result."""
    category_id = Category.objects.filter(code=category).values_list("pk", flat=True).first() if category else None
    _note(request, kind="search" if found else "search_zero", now=now, query=query, category_id=category_id)


def _note(
    request: HttpRequest,
    *,
    kind: str,
    now: datetime,
    query: str = "",
    category_id: int | None = None,
    pool_id: int | None = None,
) -> None:
    person = request.user if access.signed_in(request.user) else None
    record_site_event(
        kind=kind,
        visitor_key=visitor_key(request),
        now=now,
        person_id=None if person is None else person.person_id,
        consent=person is not None and person.signals_consent,
        query=query,
        category_id=category_id,
        pool_id=pool_id,
        region="" if person is None else person.region,
    )
