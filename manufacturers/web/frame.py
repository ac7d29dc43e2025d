"""What every portal view does alike: who is asking, what they may do, and how refusals look."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.views.decorators.http import require_http_methods

from demand.errors import DomainError, NotThere
from manufacturers import access
from manufacturers.models import MakerMember

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, MakerMember, P], HttpResponse]
Role = Callable[[MakerMember], MakerMember]


def looks(member: MakerMember) -> MakerMember:
    """Every member may look."""
    return member


def portal(
    *methods: str, role: Role = looks
) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], HttpResponse]]:
    """A view for members of a maker, in the maker's time zone. Others get 404, a member without the role 403."""

    def decorated(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @require_http_methods([*(methods or ("GET", "HEAD"))])
        @wraps(view)
        def shown(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            try:
                member = access.member(request.user)
                with timezone.override(member.maker.time_zone):
                    return view(request, role(member), *args, **kwargs)
            except NotThere as missing:
                raise Http404 from missing
            except access.NotYourRole as refused:
                return render(
                    request,
                    "manufacturers/not_your_role.html",
                    {"role": "maker", "sentence": refused.sentence()},
                    status=403,
                )

        return shown

    return decorated


def show(
    request: HttpRequest, member: MakerMember, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page of the portal with what its frame needs."""
    frame = {
        "role": "maker",
        "member": member,
        "maker_name": maker_name(member),
        "may_decide": member.role == MakerMember.Role.OWNER,
        "may_plan": member.role != MakerMember.Role.VIEWER,
        "now": timezone.now(),
    }
    return render(request, template, frame | context, status=status)


def maker_name(member: MakerMember) -> str:
    names = member.maker.names
    return str(names.get(language()) or names.get("en") or member.maker.code)


def language() -> str:
    """The language of the moment, as catalogue names are kept."""
    return translation.get_language() or "en"


def act(request: HttpRequest, call: Callable[[], object], *, done: str | Promise, back: str) -> HttpResponse:
    """One service call of a button: what happened, or why not, stands on the page it leads back to."""
    try:
        call()
    except (NotThere, access.NotYourRole):
        raise
    except DomainError as refused:
        messages.error(request, refused.sentence())
    else:
        messages.success(request, str(done))
    return redirect(back)


def put_beside(form: forms.Form, refused: DomainError) -> None:
    """A refusal beside the field it speaks of, else above the form; an absent row is no refusal."""
    if isinstance(refused, NotThere):
        raise refused
    form.add_error(refused.field if refused.field in form.fields else None, refused.sentence())
