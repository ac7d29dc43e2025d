"""One wish at once: read outside any transaction, then stored, counted and pooled inside one."""

from __future__ import annotations

from datetime import datetime

from demand import locking
from demand.collecting.drafts import WishDraft
from demand.models import (
    User,
    Wish,
    WishState,
)
from demand.pooling.service.storing import (
    PlacedWish,
    announce,
    attach,
    fill,
    label,
    locked_wish,
    new_wish,
    read_draft,
    standing,
    state_of,
    store,
    store_steps,
)
from demand.reading import reads as reading


def place(
    *,
    draft: WishDraft,
    user_id: int | None,
    now: datetime,
    claim_hash: str = "",
    source: str = "site",
    seeded: bool = False,
    idempotency_key: str = "",
) -> PlacedWish:
    """Store a wish, count it in its demand cell and put it into the pool that suits it best.

    Reads the text outside any transaction; then one transaction that holds the category (advisory) and its pool.
    Without an account the wish is kept as a draft under ``claim_hash`` and counts once it is claimed. The same
    ``idempotency_key`` of one source returns the first result.

    Raises
    ------
    InvalidDraft
        With a sentence for each field that breaks a rule; nothing was stored.
    """
    resolved = read_draft(draft, now=now)
    catalogue = reading.current_catalogue()
    with locking.transaction():
        earlier = Wish.objects.filter(source=source, source_key=idempotency_key or None).first()
        if idempotency_key and earlier is not None:
            return standing(earlier)
        user = User.objects.filter(pk=user_id).first() if user_id is not None else None
        wish = new_wish(draft, user=user, source=source, seeded=seeded, now=now)
        wish.claim_hash, wish.source_key = claim_hash, idempotency_key or None
        fill(wish, draft, resolved, catalog_version=catalogue.version, now=now)
        wish.save(force_insert=True)
        store_steps(wish, draft)
        label(wish, resolved, draft.all_corrections(), by_id=user_id, now=now)
        placed = attach(wish, now=now)
        announce(wish, "wish.placed", now=now)
    return placed


def claim(*, claim_hash: str, user_id: int, now: datetime) -> tuple[PlacedWish, ...]:
    """Give the drafts that a browser wrote before signing in to the account that signed in; they count from now on."""
    keys = list(
        Wish.objects.filter(claim_hash=claim_hash, state=WishState.DRAFT, user__isnull=True)
        .exclude(claim_hash="")
        .order_by("pk")
        .values_list("pk", flat=True)[:20]
    )
    return tuple(_claim_one(key, user_id=user_id, now=now) for key in keys)


def _claim_one(wish_id: int, *, user_id: int, now: datetime) -> PlacedWish:
    with locking.transaction():
        wish = locked_wish(wish_id)
        if wish.state != WishState.DRAFT:
            return standing(wish)
        user = User.objects.get(pk=user_id)
        wish.user, wish.person_id = user, user.person_id
        wish.state = state_of(wish)
        Wish.objects.filter(pk=wish.pk).update(user=user, person_id=user.person_id, claim_hash="", state=wish.state)
        store(wish, now=now)
        placed = attach(wish, now=now)
        announce(wish, "wish.placed", now=now)
    return placed
