"""What shopper pages show of pools and wishes: each page in a fixed number of queries, each list in a total order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection
from django.db.models import Case, F, FloatField, IntegerField, Q, QuerySet, Subquery, When
from django.db.models.functions import Cast

from demand.models import Category, Pool, PoolMembership, PoolState, Wish, WishState
from demand.pooling.kernel import Attribute, OpenPool, best_pool
from demand.pooling.kernel.encoding import decided_value
from demand.pooling.kernel.preference import serves
from demand.pooling.kernel.reasons import blocking
from demand.pooling.reads.cards import PoolCard, cards
from demand.pooling.reads.problem import JOINABLE, attributes_of, open_pools, run_extras
from demand.reading import reads as reading
from demand.reading.kernel.needs import Needs
from demand.reading.kernel.reading import Reading

LOOKED_AT = 400
LIKELY = 0.35


def _shown() -> QuerySet[Pool]:
    return Pool.objects.filter(Q(people__gt=0) | Q(kept_open=True), state__in=JOINABLE).select_related("category")


def almost_there(*, limit: int) -> list[PoolCard]:
    """Open offers by closing date, then pools with terms by their share of the minimum, nearest first."""
    deciding = _shown().filter(state=PoolState.CAMPAIGN, campaigns__state="open")
    first = list(deciding.order_by("campaigns__closes_at", "pk")[:limit])
    share = Cast(F("firm_units"), FloatField()) / Cast(F("terms__min_units"), FloatField())
    near = _shown().filter(state=PoolState.OPEN, terms__isnull=False).order_by(share.desc(), "-people", "-pk")
    return cards([*first, *near[: limit - len(first)]])


def growing(*, limit: int) -> list[PoolCard]:
    """The most wanted pools that nobody makes yet."""
    rows = _shown().filter(state=PoolState.OPEN, terms__isnull=True)
    return cards(list(rows.order_by("-people", "-pk")[:limit]))


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPools:
    """One page of a search. ``category`` is the code the words were understood as, if any."""

    cards: list[PoolCard]
    total: int
    category: str | None


def search(*, query: str, category: str, today: date, limit: int, offset: int) -> FoundPools:
    """Pools that suit the words, most alike first; without words the most wanted. ``category`` (code) narrows.

    Words are read like a wish: what they ask for ranks pools of the category; other words are compared by trigrams.
    """
    rows = _shown()
    if category:
        rows = rows.filter(category__code=category)
    understood: str | None = None
    order: list[Any] = []
    if query:
        _likeness()
        read = reading.current_reader().read(query, today=today)
        understood = None if read.category is None else str(read.category.value)
        rows, order = _ranked(rows, query, read)
    rows = rows.order_by(*order, "-people", "-pk")
    return FoundPools(cards=cards(list(rows[offset : offset + limit])), total=rows.count(), category=understood)


def _likeness() -> None:
    """Set what ``%>`` takes for alike on this connection: the operator, unlike the function, can use an index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, false)", [str(LIKELY)])


def _ranked(rows: QuerySet[Pool], query: str, read: Reading) -> tuple[QuerySet[Pool], list[Any]]:
    """The pools that hold the words or something alike, or are of the category read; both by an index."""
    rows = rows.annotate(alike=TrigramWordSimilarity(query.lower(), "search_text"))
    wanted = Q(search_text__trigram_word_similar=query.lower()) | Q(search_text__contains=query.lower())
    if read.category is not None:
        wanted |= Q(category_id=Subquery(Category.objects.filter(code=read.category.value).values("pk")[:1]))
    hits = [
        Case(When(specification__contains={need.attribute: dict(need.constraint)}, then=1), default=0)
        for need in read.evidence
    ]
    if not hits:
        return rows.filter(wanted), ["-alike"]
    score = hits[0]
    for hit in hits[1:]:
        score = score + hit  # type: ignore[assignment]
    return rows.filter(wanted).annotate(hits=Cast(score, IntegerField())), ["-hits", "-alike"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Pools that could serve a wish, the one it would join first (``None``: it opens one of its own).

    ``typical`` holds, by attribute, the amount that most people of the category want, as an example for the next one.
    """

    joins: PoolCard | None
    others: list[PoolCard]
    typical: Mapping[str, float]


def matches(*, category: str | None, needs: Needs, limit: int) -> Matches:
    """Pools of the category whose specification meets every must, by people; fixed queries."""
    found = Category.objects.filter(code=category or "").first()
    if found is None:
        return Matches(joins=None, others=[], typical={})
    attributes = attributes_of(reading.current_catalogue(), found.code)
    pools = open_pools(found.pk)
    choice = best_pool(pools, needs, attributes=attributes, run_extras=run_extras(pools))
    shared = {one.code: one for one in attributes if one.scope == "shared"}
    serving = [pool for pool in pools if not blocking(shared, needs["must"], pool.specification)]
    serving.sort(key=lambda pool: (-pool.persons, pool.pool_id))
    first = [] if choice is None else [choice.pool_id]
    keys = first + [pool.pool_id for pool in serving if pool.pool_id not in first]
    rows = {row.pk: row for row in _shown().filter(pk__in=keys[:limit])}
    listed = {card.pool_id: card for card in cards([rows[key] for key in keys[:limit] if key in rows])}
    return Matches(
        joins=listed.pop(first[0], None) if first else None,
        others=list(listed.values()),
        typical=typical_amounts(pools),
    )


def typical_amounts(pools: Sequence[OpenPool]) -> dict[str, float]:
    """The amount of each attribute that the most people are in pools of; ties go to the smaller one."""
    people: dict[str, Counter[float]] = defaultdict(Counter)
    for pool in pools:
        for code, constraint in pool.specification.items():
            value = decided_value(constraint)
            if isinstance(value, int | float) and not isinstance(value, bool):
                people[code][float(value)] += pool.persons
    return {code: min(counts, key=lambda value: (-counts[value], value)) for code, counts in people.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPage:
    """A pool's page: the card, and what the viewer alone may know (``own_units`` 0: not in it)."""

    card: PoolCard
    own_units: int
    own_wish: Wish | None


def pool_page(pool: Pool, *, viewer_id: int | None) -> PoolPage:
    """Everything the page of a pool shows; eight queries."""
    own: list[PoolMembership] = []
    if viewer_id is not None:
        mine = PoolMembership.objects.filter(pool=pool, wish__user_id=viewer_id).select_related("wish__category")
        own = list(mine.order_by("-joined_at", "-pk"))
    return PoolPage(
        card=cards([pool])[0],
        own_units=sum(place.units for place in own),
        own_wish=own[0].wish if own else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyHere:
    """Why a wish is in its pool, by attribute codes.

    ``asked`` it shares with the pool, ``extras`` the pool has unasked, ``missed`` it would have liked. Without the
    must ``blocked_by`` it would join ``larger``.
    """

    reason: str
    asked: tuple[str, ...]
    extras: tuple[str, ...]
    missed: tuple[str, ...]
    blocked_by: str
    larger: PoolCard | None


def why_here(wish: Wish, membership: PoolMembership | None) -> WhyHere | None:
    """The reason for a wish's place and the one thing that would move it to a larger pool; ``None`` without a place."""
    if membership is None or wish.category is None:
        return None
    attributes = attributes_of(reading.current_catalogue(), wish.category.code)
    shared = {one.code: one for one in attributes if one.scope == "shared"}
    specification = membership.pool.specification
    values = {code: decided_value(constraint) for code, constraint in specification.items()}
    named = wish.needs["must"].keys() | wish.needs["nice"].keys()
    missed = [
        code
        for code, nice in wish.needs["nice"].items()
        if code in shared and not serves(nice, values.get(code, shared[code].kind != "flag" and ""))
    ]
    blocked_by, larger = _larger(wish, membership, shared)
    return WhyHere(
        reason=membership.reason,
        asked=tuple(code for code in specification if code in named and code not in missed),
        extras=tuple(code for code, value in values.items() if code not in named and value is not False),
        missed=tuple(missed),
        blocked_by=blocked_by,
        larger=larger,
    )


def _larger(wish: Wish, membership: PoolMembership, shared: Mapping[str, Attribute]) -> tuple[str, PoolCard | None]:
    """The largest pool with more people that one must alone keeps the wish out of."""
    rows = _shown().filter(category=wish.category, state=PoolState.OPEN, people__gt=membership.pool.people)
    for pool in rows.order_by("-people", "-pk")[:LOOKED_AT]:
        missed = blocking(shared, wish.needs["must"], pool.specification)
        if len(missed) == 1:
            return missed[0], cards([pool])[0]
    return "", None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWish:
    """A wish in its shopper's list with its pool; ``card`` is ``None`` while it is in none."""

    wish: Wish
    membership: PoolMembership | None
    card: PoolCard | None


def own_wishes(user_id: int) -> QuerySet[Wish]:
    """A shopper's wishes for paging, newest first; those staff hid are left out."""
    return (
        Wish.objects.filter(user_id=user_id)
        .exclude(state=WishState.HIDDEN)
        .annotate(over=Case(When(state__in=["withdrawn", "expired"], then=1), default=0))
        .order_by("over", "-created_at", "-pk")
    )


def with_pools(wishes: QuerySet[Wish] | list[Wish]) -> list[OwnWish]:
    """Wishes with the pools they are in; eight queries whatever their number."""
    rows = list(wishes)
    held = PoolMembership.objects.filter(wish__in=[row.pk for row in rows]).select_related("pool__category")
    by_wish = {row.wish_id: row for row in held}
    pools = {row.pool_id: row.pool for row in by_wish.values()}
    by_pool = {card.pool_id: card for card in cards(list(pools.values()))}
    return [
        OwnWish(wish=row, membership=place, card=None if place is None else by_pool[place.pool_id])
        for row in rows
        for place in [by_wish.get(row.pk)]
    ]


def categories() -> list[tuple[str, dict[str, str]]]:
    """Codes and names of the categories in force, in their order."""
    return list(Category.objects.filter(retired_at__isnull=True).values_list("code", "names"))


def open_wishes(user_id: int) -> int:
    """How many wishes of a shopper are still going, for the badge."""
    return Wish.objects.filter(user_id=user_id, state__in=["open", "asking", "committed"]).count()
