"""Signing in without walking through the pages, for tests that are about what comes after."""

from __future__ import annotations

import time

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client

from demand.models import User


def sign_in_fully(client: Client, user: User) -> None:
    """Sign in as ``user`` with the second factor passed, as staff and makers do."""
    client.force_login(user)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "mfa", "at": time.time(), "id": 0, "type": "totp"}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
