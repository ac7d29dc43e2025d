"""Staff and makers act with two factors: a session that has not passed the second one gets no further than setting
it up. Shoppers need none.

It stands in ``config`` because who is a maker's member is known to ``manufacturers`` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from demand.access import Visitor, signed_in
from manufacturers.models import MakerMember

GUARDED = ("/admin/", "/maker/")
API = "/api/"
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
REFUSAL = {"code": "SECOND_FACTOR_NEEDED", "message": "Sign in with the second factor first."}


class SecondFactorMiddleware:
    """Guards ``/admin/``, ``/maker/`` and, for signed-in browsers, ``/api/``; leads to the set-up after signing in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.refusal(request) or self.get_response(request)

    def refusal(self, request: HttpRequest) -> HttpResponse | None:
        """Where the visitor has to go first; ``None`` where they may go on."""
        visitor = request.user
        guarded = request.path.startswith(GUARDED)
        if not signed_in(visitor) or not (guarded or request.path.startswith(API) or request.path == "/"):
            return None
        if passed(request) or not needs_second_factor(request):
            return None
        if request.path.startswith(API):
            return JsonResponse(REFUSAL, status=403)
        enrolled = Authenticator.objects.filter(user_id=visitor.pk, type__in=FACTORS).exists()
        if not enrolled:
            messages.info(request, _("Your role needs a second factor. Set it up once, then you can go on."))
            return HttpResponseRedirect(reverse("mfa_activate_totp"))
        if not guarded:
            return None
        query = urlencode({"next": request.get_full_path() if request.method == "GET" else request.path})
        return HttpResponseRedirect(f"{reverse('mfa_reauthenticate')}?{query}")


def passed(request: HttpRequest) -> bool:
    """Whether this session gave a second factor of the account it belongs to."""
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


def needs_second_factor(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_staff", False)) or membership(request) is not None


def membership(request: HttpRequest) -> MakerMember | None:
    """The visitor's membership of an active maker, asked of the database once a request."""
    if not hasattr(request, "maker_membership"):
        request.maker_membership = _membership(request.user)  # type: ignore[attr-defined]
    found: MakerMember | None = request.maker_membership  # type: ignore[attr-defined]
    return found


def _membership(visitor: Visitor) -> MakerMember | None:
    if not signed_in(visitor):
        return None
    return MakerMember.objects.select_related("maker").filter(user=visitor, maker__active=True).first()
