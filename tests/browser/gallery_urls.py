"""Addresses the frame links to, answered by one empty page, so that the pieces can be drawn without the pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


demand = [path(f"{name}/", nothing, name=name) for name in ("home", "wish_new", "my_wishes", "notices", "pools")]
makers = [path(f"{name}/", nothing, name=name) for name in ("inbox", "offers", "plan", "market")]
staff = [path("", nothing, name="index")]

urlpatterns = [
    path("", include((demand, "demand"))),
    path("makers/", include((makers, "manufacturers"))),
    path("staff/", include((staff, "admin"))),
    path("login/", nothing, name="account_login"),
    path("logout/", nothing, name="account_logout"),
    path("signup/", nothing, name="account_signup"),
    path("language/", nothing, name="set_language"),
]
