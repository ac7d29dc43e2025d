"""The first page and the search over pools."""

from __future__ import annotations

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from demand.pooling.reads import pages
from demand.web import presenting, signalling

PER_PAGE = 12
MOST_QUERY = 200


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What people near completion want, what grows, and the box to say what one wants."""
    said = presenting.words()
    context = {
        "almost": presenting.pool_cards(pages.almost_there(limit=6), said),
        "growing": presenting.pool_cards(pages.growing(limit=6), said),
    }
    return render(request, "demand/home.html", context)


@require_GET
def pools(request: HttpRequest) -> HttpResponse:
    """Pools by words and category, a page at a time."""
    now = timezone.now()
    query = request.GET.get("q", "").replace("\x00", "").strip()[:MOST_QUERY]
    said = presenting.words()
    category = request.GET.get("category", "")
    category = category if category in said.names["category"] else ""
    number = page_number(request)
    found = pages.search(
        query=query, category=category, today=timezone.localdate(now), limit=PER_PAGE, offset=(number - 1) * PER_PAGE
    )
    if query and number == 1:
        signalling.searched(request, query, found=found.total, category=found.category or category, now=now)
    context = {
        "query": query,
        "category": category,
        "categories": list(said.names["category"].items()),
        "pools": presenting.pool_cards(found.cards, said),
        "total": found.total,
        "page_obj": page_of(number, found.total),
    }
    return render(request, "demand/pools.html", context)


def page_number(request: HttpRequest) -> int:
    """The page asked for; anything that is no number is the first."""
    text = request.GET.get("page", "1")
    return max(1, min(int(text), 10_000)) if text.isdecimal() and len(text) < 6 else 1


def page_of(number: int, total: int, per_page: int = PER_PAGE) -> Page[int]:
    """A page for the pager, counted elsewhere; beyond the end is the last one."""
    return Paginator(range(total), per_page).get_page(number)
