"""A wish that its shopper changes, takes back or makes firm, and one that staff hide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from demand import locking
from demand.collecting.drafts import WishDraft
from demand.errors import Changed, DomainError, NotThere
from demand.models import (
    ReadingState,
    Wish,
    WishKind,
    WishState,
)
from demand.notices import Message, tell
from demand.pooling.service.storing import (
    PlacedWish,
    announce,
    attach,
    detach,
    fill,
    label,
    locked_wish,
    placed,
    read_draft,
    standing,
    state_of,
    store,
    store_steps,
)
from demand.reading import reads as reading


class WishLocked(DomainError):
    """The wish is bound in a campaign; it changes there, or after leaving it."""

    code = "WISH_LOCKED"
    message = _("This wish is part of a confirmed order. Leave the order first, then change the wish.")


def change(*, wish_id: int, seen_revision: int, draft: WishDraft, now: datetime) -> PlacedWish:
    """Read and pool a wish again with what its shopper changed. Raises :class:`WishLocked` once it is confirmed."""
    resolved = read_draft(draft, now=now)
    version = reading.catalog_version()
    with locking.transaction():
        wish = locked_wish(wish_id)
        _check_editable(wish, seen_revision)
        detach(wish, now=now)
        wish.text, wish.kind = draft.text.strip(), draft.kind if wish.user_id is not None else WishKind.INTEREST
        wish.auto_bind = draft.auto_bind and wish.kind == WishKind.PREORDER
        fill(wish, draft, resolved, catalog_version=version, now=now)
        store(wish, now=now)
        store_steps(wish, draft)
        label(wish, resolved, draft.all_corrections(), by_id=wish.user_id, now=now)
        placed = attach(wish, now=now)
        announce(wish, "wish.changed", now=now)
    return placed


def _check_editable(wish: Wish, seen_revision: int) -> None:
    if wish.state not in (WishState.DRAFT, WishState.ASKING, WishState.OPEN):
        raise WishLocked
    if wish.commitments.filter(state__in=["announced", "queued", "confirmed"]).exists():
        raise WishLocked
    if wish.revision != seen_revision:
        raise Changed


def draft_of(wish: Wish, corrections: Mapping[str, Any] | None = None) -> WishDraft:
    """The draft that would give this wish as it stands, with further corrections laid over."""
    needs: dict[str, Any] = {
        f"needs.{attribute}": {"level": level, "constraint": constraint}
        for level in ("must", "nice")
        for attribute, constraint in wish.needs[level].items()
    }
    read = [need["attribute"] for need in wish.reading.get("evidence", [])]
    gone: dict[str, Any] = {f"needs.{name}": None for name in read if f"needs.{name}" not in needs}
    gone |= {f"words.{word}": None for word in wish.reading.get("unwanted_words", [])}
    category: dict[str, Any] = {"category": wish.category.code} if wish.category is not None else {}
    firm = wish.kind == WishKind.PREORDER
    return WishDraft(
        text=wish.text,
        kind=wish.kind,
        intent=wish.intent,
        tolerance=wish.tolerance,
        budget_minor=wish.budget_minor,
        steps=tuple((step.quantity, step.ceiling_minor) for step in wish.steps.all()),
        auto_bind=wish.auto_bind,
        # An imported pre-order was confirmed where it came from.
        confirmed=wish.reading_state == ReadingState.CONFIRMED or (firm and wish.source != "site"),
        corrections=category
        | {
            "quantity": wish.quantity,
            "ceiling_minor": wish.ceiling_minor,
            "needed_by": wish.needed_by,
            "region": wish.region,
        }
        | needs
        | gone
        | dict(corrections or {}),
    )


def correct(*, wish_id: int, seen_revision: int, corrections: Mapping[str, Any], now: datetime) -> PlacedWish:
    """Lay a shopper's corrections (see ``reading.steps.resolve``) over a wish, and pool it again."""
    wish = Wish.objects.filter(pk=wish_id).prefetch_related("steps").select_related("category").first()
    if wish is None:
        raise NotThere
    return change(wish_id=wish_id, seen_revision=seen_revision, draft=draft_of(wish, corrections), now=now)


def make_preorder(
    *,
    wish_id: int,
    seen_revision: int,
    ceiling_minor: int,
    needed_by: date | None,
    auto_bind: bool,
    now: datetime,
) -> PlacedWish:
    """Make a wish firm: its shopper saw category, musts, ceiling and date and confirmed them."""
    wish = Wish.objects.filter(pk=wish_id).prefetch_related("steps").select_related("category").first()
    if wish is None:
        raise NotThere
    draft = replace(
        draft_of(wish, {"ceiling_minor": ceiling_minor, "needed_by": needed_by}),
        kind=WishKind.PREORDER,
        auto_bind=auto_bind,
        confirmed=True,
        steps=(),
    )
    return change(wish_id=wish_id, seen_revision=seen_revision, draft=draft, now=now)


def withdraw(*, wish_id: int, now: datetime) -> PlacedWish:
    """Take a wish back; repeating it changes nothing. Raises :class:`WishLocked` once it is confirmed."""
    return _retire(wish_id, WishState.WITHDRAWN, now=now, reason="")


def hide(*, wish_id: int, reason: str, now: datetime) -> PlacedWish:
    """Staff take a wish off the list; its shopper is told why. Repeating it changes nothing."""
    return _retire(wish_id, WishState.HIDDEN, now=now, reason=reason)


def _retire(wish_id: int, state: WishState, *, now: datetime, reason: str) -> PlacedWish:
    with locking.transaction():
        wish = locked_wish(wish_id)
        if wish.state == state:
            return standing(wish)
        _check_editable(wish, wish.revision)
        detach(wish, now=now)
        wish.state = state
        store(wish, now=now)
        Wish.objects.filter(pk=wish.pk).update(hidden_reason=reason)
        if wish.user_id is not None:
            kind = "wish.hidden" if state == WishState.HIDDEN else "wish.withdrawn"
            message = Message(
                user_id=wish.user_id,
                kind=kind,
                params={"wish": wish.text[:40], "reason": reason},
                event_key=f"{kind}:{wish.pk}:{wish.revision}",
                link="/my/",
            )
            tell([message], now=now)
        announce(wish, "wish.withdrawn", now=now)
    return placed(wish, None)


def unhide(*, wish_id: int, now: datetime) -> PlacedWish:
    """Put a hidden or withdrawn wish back where it belongs now."""
    with locking.transaction():
        wish = locked_wish(wish_id)
        if wish.state not in (WishState.HIDDEN, WishState.WITHDRAWN):
            return standing(wish)
        wish.state = state_of(wish)
        store(wish, now=now)
        placed = attach(wish, now=now)
        announce(wish, "wish.changed", now=now)
    return placed
