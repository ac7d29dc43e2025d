"""Addresses of one's own account: addresses, notices, settings."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
