"""One's own wishes: the list, and each with where it is and what can be done."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from demand import access
from demand.campaigning import reads as campaigning
from demand.campaigning import steps
from demand.collecting.drafts import InvalidDraft
from demand.errors import DomainError
from demand.models import LIVE_STATES, Commitment, Wish
from demand.pooling import service as pooling
from demand.pooling.reads import pages
from demand.pooling.reads.dearer import dearer
from demand.reading.kernel.reading import Reading
from demand.web import chips, claiming, edge, presenting, sheet, standing
from demand.web.amounts import parse_money
from demand.web.forms import PreorderForm
from demand.web.presenting import Words, major
from demand.web.views.home import page_number

PER_PAGE = 20


def _own(request: HttpRequest, public_id: UUID) -> Wish:
    return access.own_wish(request.user, public_id, claim_hash=claiming.claim_hash(claiming.secret_of(request)))


@login_required
@require_GET
def my_wishes(request: HttpRequest) -> HttpResponse:
    """One's wishes, those still going first, each with a sentence and its short way."""
    page = Paginator(pages.own_wishes(request.user.pk or 0), PER_PAGE).get_page(page_number(request))
    own = pages.with_pools(list(page.object_list))
    keys = [one.wish.pk for one in own]
    places, said = campaigning.commitments_of(keys), presenting.words()
    open_ones = campaigning.open_questions(keys, now=timezone.now())
    rows = [
        _row(one, places.get(one.wish.pk), said)
        | {"questions": standing.questions(open_ones.get(one.wish.pk, []), places.get(one.wish.pk), said)}
        for one in own
    ]
    return render(request, "demand/my_wishes.html", {"rows": rows, "page_obj": page})


def _row(own: pages.OwnWish, place: Any, said: Words) -> dict[str, Any]:
    return {
        "wish": own.wish,
        "standing": standing.of(own, place),
        "steps": standing.timeline(own, place),
        "progress": None if own.card is None else presenting.progress(own.card),
        "title": None if own.card is None else said.title(own.card.specification, own.card.category),
    }


@require_GET
@edge.found_or_404
def wish(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A wish of one's own. ``ceiling`` in the query shows what a pre-order would come to at that price."""
    found = _own(request, public_id)
    tried = parse_money(request.GET.get("ceiling", ""))
    return render(request, "demand/wish.html", _page(found, ceiling_minor=tried))


def _page(
    found: Wish, *, preorder: PreorderForm | None = None, chip_errors: Any = (), ceiling_minor: int | None = None
) -> dict[str, Any]:
    own = pages.with_pools([found])[0]
    place = campaigning.commitments_of([found.pk]).get(found.pk)
    said = presenting.words()
    open_ones = campaigning.open_questions([found.pk], now=timezone.now()).get(found.pk, [])
    read = Reading.from_json(found.reading) if found.reading else None
    shown = chips.of_wish(found)
    editable = found.state in ("draft", "asking", "open") and (
        place is None or place.state not in ("announced", "queued", "confirmed")
    )
    context = {
        "wish": found,
        "own": own,
        "standing": standing.of(own, place),
        "steps": standing.timeline(own, place),
        "editable": editable,
        "chips": chips.chips(shown, read, found.text, said),
        "chip_errors": chip_errors,
        "question": sheet.question(found.question, _currency(found, read)) if editable else "",
        "place": place,
        "questions": standing.questions(open_ones, place, said),
        # Whose order is settled needs no distance to a minimum; the group may gather for a next one.
        "pool": None if own.card is None or _settled(place) else presenting.pool_card(own.card, said),
        "why": _why(pages.why_here(found, own.membership), said),
        "dearer": dearer(found, own.card),
    }
    if editable and found.state == "open" and found.kind == "interest":
        # A pre-order of a wish drops its price steps: the one highest price takes their place.
        want = replace(
            steps.want(found), steps=(), ceiling_minor=shown.ceiling_minor if ceiling_minor is None else ceiling_minor
        )
        shown = replace(shown, ceiling_minor=want.ceiling_minor)
        context["preorder"] = sheet.preorder_panel(shown, want=want, tolerance=found.tolerance, said=said)
        context["preorder_form"] = preorder or PreorderForm(
            initial={
                "revision": found.revision,
                "ceiling": major(found.ceiling_minor),
                "needed_by": found.needed_by,
            }
        )
        context["preorder_open"] = preorder is not None
    return context


def _currency(wish: Wish, read: Reading | None) -> str | None:
    """The currency of the price that the wish's text says, where no price is known."""
    return read.currency_said if read is not None and wish.ceiling_minor is None else None


def _settled(place: Commitment | None) -> bool:
    return place is not None and place.state in ("confirmed", "delivered") and place.campaign.state not in LIVE_STATES


def _why(why: pages.WhyHere | None, said: Words) -> dict[str, Any] | None:
    if why is None:
        return None
    return {
        "reason": why.reason,
        "asked": [said.attribute(code) for code in why.asked],
        "extras": [said.attribute(code) for code in why.extras],
        "missed": [said.attribute(code) for code in why.missed],
        "blocked_by": said.attribute(why.blocked_by) if why.blocked_by else "",
        "larger": None if why.larger is None else presenting.pool_card(why.larger, said),
        "larger_people": None if why.larger is None else why.larger.people,
    }


@require_POST
@edge.found_or_404
def wish_correct(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """A chip changed or removed."""
    found = _own(request, public_id)
    said = presenting.words()
    written = chips.sets(chips.apply(request.POST, chips.of_wish(found)))
    fixed, errors = chips.corrections(written, said)
    if errors:
        return render(request, "demand/wish.html", _page(found, chip_errors=list(errors.values())), status=422)
    try:
        pooling.correct(
            wish_id=found.pk, seen_revision=edge.seen_revision(request), corrections=fixed, now=timezone.now()
        )
    except InvalidDraft as invalid:
        answer = _page(found, chip_errors=list(invalid.errors.values()))
        return render(request, "demand/wish.html", answer, status=422)
    except DomainError as refused:
        edge.say_refused(request, refused)
        return redirect("demand:wish", found.public_id)
    messages.success(request, _("Changed. We looked again who wants the same."))
    return redirect("demand:wish", found.public_id)


@require_http_methods(["GET", "POST"])
@edge.found_or_404
def wish_withdraw(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Take a wish back, after a question; it can be put back."""
    found = _own(request, public_id)
    if request.method == "GET":
        return render(request, "demand/wish_withdraw.html", {"wish": found})
    edge.act(
        request,
        lambda: pooling.withdraw(wish_id=found.pk, now=timezone.now()),
        done=_("You took the wish back. Nothing is charged."),
    )
    return redirect("demand:wish", found.public_id)


@require_POST
@edge.found_or_404
def wish_restore(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Put a withdrawn wish back."""
    found = _own(request, public_id)
    pooling.unhide(wish_id=found.pk, now=timezone.now())
    messages.success(request, _("Your wish counts again."))
    return redirect("demand:wish", found.public_id)


@login_required
@require_POST
@edge.found_or_404
def wish_claim(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Make what this browser wrote before signing in count."""
    found = _own(request, public_id)
    claimed = claiming.claim_drafts(request)
    if claimed:
        messages.success(request, _("Your wish counts from now on. Nothing is charged."))
    return redirect("demand:wish", found.public_id)


@login_required
@require_POST
@edge.found_or_404
def wish_preorder(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Make a wish firm."""
    found = _own(request, public_id)
    form = PreorderForm(request.POST)
    if not form.is_valid():
        return render(request, "demand/wish.html", _page(found, preorder=form), status=422)
    data = form.cleaned_data
    try:
        pooling.make_preorder(
            wish_id=found.pk,
            seen_revision=data["revision"],
            ceiling_minor=data["ceiling"],
            needed_by=data["needed_by"],
            auto_bind=data["auto_bind"],
            now=timezone.now(),
        )
    except InvalidDraft as invalid:
        for name, sentence in invalid.errors.items():
            form.add_error(name if name in form.fields else None, sentence)
        return render(request, "demand/wish.html", _page(found, preorder=form), status=422)
    except DomainError as refused:
        edge.say_refused(request, refused)
    else:
        messages.success(request, _("Pre-ordered. Nothing is charged unless the minimum is reached."))
    return redirect("demand:wish", found.public_id)
