"""Choosing the language of the pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.views.i18n import set_language

from demand import access
from demand.collecting.service import accounts
from demand.models import Language
from demand.web.accounts import CHOSEN_LANGUAGE


def choose(request: HttpRequest) -> HttpResponseBase:
    """Show the pages in a language from now on, keep it with the account, or with the one that signs in next."""
    language = request.POST.get("language", "")
    if request.method == "POST" and language in Language.values:
        if access.signed_in(request.user):
            accounts.save_language(user_id=request.user.pk, language=language)
        else:
            request.session[CHOSEN_LANGUAGE] = language
    return set_language(request)
