"""Which role the frame of a page shows; the context processor stands after demand's, which cannot know of makers."""

from __future__ import annotations

from django.http import HttpRequest

from config.second_factor import membership
from demand.access import is_staff, signed_in


def role(request: HttpRequest) -> dict[str, str]:
    """``role`` "maker" for a manufacturer's member who is not staff; else nothing, and demand's answer stands."""
    visitor = getattr(request, "user", None)
    if visitor is None or not signed_in(visitor) or is_staff(visitor) or membership(request) is None:
        return {}
    return {"role": "maker"}
