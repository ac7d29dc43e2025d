"""Wishes typed before signing in: the browser holds a secret, the draft its hash."""

from __future__ import annotations

import hashlib
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from demand import access
from demand.pooling import service as pooling
from demand.pooling.service import PlacedWish

COOKIE = "wish_key"
SECONDS = 90 * 86400


def secret_of(request: HttpRequest) -> str:
    """The secret this browser holds; empty if it holds none."""
    return str(request.COOKIES.get(COOKIE, ""))[:100]


def claim_hash(secret: str) -> str:
    """What a draft keeps of the secret."""
    return hashlib.sha256(secret.encode()).hexdigest() if secret else ""


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def hold(response: HttpResponse, secret: str) -> None:
    """Let the browser keep the secret."""
    response.set_cookie(
        COOKIE, secret, max_age=SECONDS, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )


def claim_drafts(request: HttpRequest) -> tuple[PlacedWish, ...]:
    """Give what this browser wrote before signing in to the account that signed in; those that now count."""
    digest = claim_hash(secret_of(request))
    if not digest or not access.signed_in(request.user):
        return ()
    return pooling.claim(claim_hash=digest, user_id=request.user.pk, now=timezone.now())
