"""Every address: shopper pages at the root, then the portal, accounts, staff, API and health."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from config import health
from config.api import api
from demand.web.views import language

# Staff sign in where everyone does, second factor included; the admin's own form would ask for a password alone.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("api/v1/", api.urls),
    path("accounts/", include("allauth.urls")),
    path("i18n/setlang/", language.choose, name="set_language"),
    path("admin/", admin.site.urls),
    path("", include("manufacturers.urls")),
    path("", include("demand.urls")),
]
