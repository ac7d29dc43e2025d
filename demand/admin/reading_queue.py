"""The reading queue: doubtful wishes one beneath the other, each settled with one press."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget

from demand.errors import DomainError
from demand.models import ReadingState, Wish, WishState
from demand.pooling import service as pooling
from demand.pooling.reads import titles
from demand.reading import reads as reading
from demand.staff import StaffAdmin
from demand.staff_words import needs_words
from demand.templatetags.wishmill import money, region

ON_A_PAGE = 20
QUESTIONS = {
    "category": gettext_lazy("What is it?"),
    "max_price": gettext_lazy("What is the most they would pay for one?"),
    "quantity": gettext_lazy("How many do they want?"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A wish that was read with a question, and how it can be settled."""

    wish: Wish
    question: str
    understood: str
    facts: tuple[str, ...]
    as_read: bool


class SettleForm(forms.Form):
    """One press: as it was read, or with the answer that was missing."""

    wish = forms.IntegerField()
    revision = forms.IntegerField()
    category = forms.CharField(required=False, max_length=60)
    quantity = forms.IntegerField(required=False, min_value=1, max_value=100_000)

    def corrections(self) -> dict[str, Any]:
        """What was answered, as ``pooling.service.correct`` takes it."""
        given = {name: self.cleaned_data[name] for name in ("category", "quantity")}
        return {name: value for name, value in given.items() if value not in (None, "")}


def queue_view(listed: StaffAdmin) -> Callable[[HttpRequest], HttpResponse]:
    """The queue's page, for people who may decide about wishes."""

    def view(request: HttpRequest) -> HttpResponse:
        if not listed.may_decide(request):
            raise PermissionDenied
        if request.method == "POST":
            _settle(request, listed)
            return HttpResponseRedirect(reverse("admin:demand_wish_queue"))
        waiting = _waiting()
        context = {
            **listed.admin_site.each_context(request),
            "opts": listed.opts,
            "title": _("Wishes waiting for a reading"),
            "doubts": [_doubt(wish) for wish in waiting[:ON_A_PAGE]],
            "more": len(waiting) > ON_A_PAGE,
            "categories": _category_widget(),
        }
        return TemplateResponse(request, "admin/staff/reading_queue.html", context)

    return view


def _waiting() -> list[Wish]:
    rows = Wish.objects.filter(
        reading_state=ReadingState.DOUBTFUL, state__in=(WishState.ASKING, WishState.OPEN)
    ).select_related("category")
    return list(rows.order_by("pk")[: ON_A_PAGE + 1])


def _doubt(wish: Wish) -> Doubt:
    facts = [_("× %(units)d") % {"units": wish.quantity}]
    if wish.ceiling_minor:
        facts.append(_("at most %(price)s each") % {"price": money(wish.ceiling_minor)})
    if wish.region:
        facts.append(region(wish.region))
    return Doubt(
        wish=wish,
        question=str(QUESTIONS.get(wish.question, "")),
        understood=needs_words(wish.category.code, {**wish.needs["must"], **wish.needs["nice"]})
        if wish.category
        else "",
        facts=tuple(facts),
        as_read=wish.category is not None,
    )


def _category_widget() -> str:
    names = reading.labels(titles.spoken(get_language() or "en"))["category"]
    codes = sorted(reading.category_id_by_code(), key=lambda code: str(names.get(code, code)))
    widget = UnfoldAdminSelectWidget(
        choices=[("", _("Choose …")), *((code, names.get(code, code)) for code in codes)],
        attrs={"aria-label": _("Category"), "required": True},
    )
    return str(widget.render("category", ""))


def _settle(request: HttpRequest, listed: StaffAdmin) -> None:
    form = SettleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please check this value."))
        return
    wish = Wish.objects.select_related("category").filter(pk=form.cleaned_data["wish"]).first()
    if wish is None:
        messages.error(request, _("We cannot find that. It may have moved."))
        return
    corrections = form.corrections() or {"quantity": wish.quantity}
    try:
        pooling.correct(
            wish_id=wish.pk,
            seen_revision=form.cleaned_data["revision"],
            corrections=corrections,
            now=timezone.now(),
        )
    except DomainError as refusal:
        messages.error(request, refusal.sentence())
        return
    listed.log_change(request, wish, f"reading settled {corrections}")
    messages.success(request, _("Settled: %(wish)s") % {"wish": wish.text[:60]})
