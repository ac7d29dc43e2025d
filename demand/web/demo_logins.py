"""Signing in as the demo's people, whose mail reaches nobody: a code that ``make run`` prints, and an authenticator.

The risk: whoever reads the printed codes can sign in as any account under ``example.com`` of this deployment. So they
are accepted only with ``DEMO_CODES`` (off unless ``WISHMILL_DEMO`` or ``DEBUG`` is on), differ from clone to clone
because they are derived from ``SECRET_KEY``, work for reserved addresses alone (RFC 2606), and do not replace the
second factor of staff and makers.
"""

from __future__ import annotations

import time
from typing import TypeGuard

from allauth.account.stages import LoginByCodeStage, LoginStageController
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt, encrypt
from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

from demand.models import User

DOMAIN = "@example.com"


def demo_code(user: User) -> str:
    """The sign-in code of a demo account in this clone: six digits, always the same."""
    digest = salted_hmac("demand.demo-code", user.email or "", algorithm="sha256").digest()
    return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06d}"


def is_demo(user: User | None) -> TypeGuard[User]:
    """Whether the account is one of the demo's, and this deployment lets those in by a printed code."""
    return bool(settings.DEMO_CODES and user is not None and (user.email or "").endswith(DOMAIN))


def accepts(request: HttpRequest, typed: str) -> bool:
    """Whether ``typed`` is the printed code of the demo account that is signing in right now."""
    stage = LoginStageController.enter(request, LoginByCodeStage.key)
    user = stage.login.user if stage is not None else None
    return is_demo(user) and constant_time_compare("".join(typed.split()).replace("-", ""), demo_code(user))


def enrol_totp(user: User, secret: str) -> None:
    """Give an account an authenticator with this base32 secret; an authenticator it has is given the secret."""
    changed = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).update(
        data={"secret": encrypt(secret)}
    )
    if not changed:
        TOTP.activate(user, secret)


def totp_now(user: User, *, at: float | None = None) -> str:
    """The code the account's authenticator shows (RFC 6238) at a Unix time, now by default.

    Raises ``Authenticator.DoesNotExist`` for an account without one.
    """
    authenticator = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    moment = time.time() if at is None else at
    return str(format_hotp_value(hotp_value(decrypt(authenticator.data["secret"]), int(moment) // 30)))
