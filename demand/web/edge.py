"""The thin edge: a refusal becomes a page, a message or a sentence beside a field."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase

from demand.campaigning.errors import TotalChanged
from demand.errors import DomainError, NotThere
from demand.templatetags.wishmill import money

View = Callable[..., HttpResponseBase]


def found_or_404(view: View) -> View:
    """Answer 404 for a row that is absent or somebody else's."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except NotThere as absent:
            raise Http404 from absent

    return guarded


def sentence(error: DomainError) -> str:
    """A refusal in words, its amounts written as money."""
    if isinstance(error, TotalChanged):
        return str(error.message) % {"total": money(error.details["total"])}
    return error.sentence()


def put_beside(form: forms.Form, error: DomainError) -> None:
    """A refusal beside the field it speaks of, else above the form."""
    field = error.field if error.field in form.fields else None
    form.add_error(field, sentence(error))


def say_refused(request: HttpRequest, error: DomainError) -> None:
    """A refusal in the banner of the next page; an absent row is no refusal."""
    if isinstance(error, NotThere):
        raise error
    messages.error(request, sentence(error))


def act(request: HttpRequest, call: Callable[[], object], *, done: str) -> None:
    """One service call of a button: what happened, or why not, stands in the banner of the next page."""
    try:
        call()
    except DomainError as refused:
        say_refused(request, refused)
    else:
        messages.success(request, done)


def seen_revision(request: HttpRequest) -> int:
    """The revision on the page the person decided from; none decides nothing."""
    text = request.POST.get("revision", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0
