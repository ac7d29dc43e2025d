"""The API for programs: one OpenAPI document, refusals as ``{code, message, details}``."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError

from demand.api import router as signals
from demand.errors import DomainError, NotThere
from manufacturers.api import router as makers

api = NinjaAPI(title="Wishmill", version="1.0.0", urls_namespace="api", docs_url="/docs")
api.add_router("", signals)
api.add_router("", makers)


@api.exception_handler(DomainError)
def _refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A refusal is a conflict with how things stand; what is absent, or not this caller's, is not found."""
    body = {"code": error.code, "message": error.sentence(), "details": error.details}
    return api.create_response(request, body, status=404 if isinstance(error, NotThere) else 409)


@api.exception_handler(AuthenticationError)
def _unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """No key, or one that is not in force."""
    body = {"code": "UNKNOWN_KEY", "message": "Send a valid API key.", "details": {}}
    return api.create_response(request, body, status=401)
