"""Addresses of one's own account: addresses, notices, settings."""

from __future__ import annotations

from django.urls import URLPattern, path

from demand.web import people_views as views

urlpatterns: list[URLPattern] = [
    path("notices/", views.notices, name="notices"),
    path("notices/read/", views.notices_read, name="notices_read"),
    path("notices/<int:notice_id>/open/", views.notice_open, name="notice_open"),
    path("me/", views.settings, name="settings"),
    path("me/data/", views.my_data, name="settings_data"),
    path("me/leave/", views.leave, name="settings_leave"),
    path("me/addresses/", views.address_list, name="addresses"),
    path("me/addresses/new/", views.address_new, name="address_new"),
    path("me/addresses/<uuid:public_id>/", views.address_edit, name="address_edit"),
    path("me/addresses/<uuid:public_id>/remove/", views.address_retire, name="address_retire"),
]
