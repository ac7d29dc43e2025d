"""What differs below the admin's address: a looser content policy, and names that are asked for once a page."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from demand.staff_words import asking_once

ADMIN_POLICY = {
    "script-src": ["'self'", "'unsafe-inline'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}


class StaffPagesMiddleware:
    """Relaxes script and style below the admin's address and nowhere else, since the theme brings inline styles and
    evaluates expressions; and lets each page there ask for the catalogue's names once.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(reverse("admin:index")):
            return self.get_response(request)
        with asking_once():
            response = self.get_response(request)
        response._csp_replace = ADMIN_POLICY  # type: ignore[attr-defined]
        return response
