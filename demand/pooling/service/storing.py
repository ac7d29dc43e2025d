"""A wish's row from a draft and its reading, counted and pooled: what placing and changing share."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from demand import locking, outbox
from demand.collecting.drafts import InvalidDraft, WishDraft, check_draft
from demand.errors import Changed, NotThere
from demand.models import (
    Pool,
    ReadingLabel,
    ReadingState,
    User,
    Wish,
    WishKind,
    WishState,
    WishStep,
)
from demand.pooling import steps
from demand.pooling.reads.problem import attributes_of
from demand.reading import reads as reading
from demand.reading.service import understand
from demand.reading.steps import Resolved, is_foreign, resolve


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedWish:
    """How a wish stands after it was placed or changed. ``people`` and ``units`` are its pool's totals."""

    wish_id: int
    public_id: uuid.UUID
    state: str
    question: str
    pool_public_id: uuid.UUID | None
    people: int
    units: int
    revision: int


def read_draft(draft: WishDraft, *, now: datetime) -> Resolved:
    today = timezone.localdate(now)
    check_draft(replace(draft, kind=WishKind.INTEREST), today=today)
    understood = understand(texts=[draft.text], today=today, now=now)[0]
    given = draft.all_corrections()
    resolved = resolve(understood.reading, given)
    said = None if "ceiling_minor" in given else understood.reading.currency_said
    check_draft(
        replace(draft, currency=draft.currency or said),
        today=today,
        ceiling_read_minor=resolved.ceiling_minor,
    )
    if draft.kind == WishKind.PREORDER:
        _check_preorder(draft, resolved)
    return _sound(resolved, today)


def _check_preorder(draft: WishDraft, resolved: Resolved) -> None:
    if resolved.category is None:
        raise InvalidDraft({"category": str(_("Say what kind of thing it is, then you can pre-order it."))})
    if not draft.confirmed:
        raise InvalidDraft({"confirmed": str(_("Look at what we understood, and confirm it, to pre-order."))})


def _sound(resolved: Resolved, today: date) -> Resolved:
    """What was read but cannot be stored (0 units, a date that is over, a price of nothing) is asked about instead."""
    if resolved.needed_by is not None and resolved.needed_by < today:
        resolved = replace(resolved, needed_by=None, question=resolved.question or "needed_by")
    if resolved.ceiling_minor is not None and resolved.ceiling_minor <= 0:
        resolved = replace(resolved, ceiling_minor=None, question=resolved.question or "max_price")
    if not 1 <= resolved.quantity <= 100_000:
        resolved = replace(resolved, quantity=1, question=resolved.question or "quantity")
    return resolved


def new_wish(draft: WishDraft, *, user: User | None, source: str, seeded: bool, now: datetime) -> Wish:
    return Wish(
        user=user,
        person_id=None if user is None else user.person_id,
        kind=draft.kind if user is not None else WishKind.INTEREST,
        auto_bind=draft.auto_bind and draft.kind == WishKind.PREORDER and user is not None,
        text=draft.text.strip(),
        source=source,
        seeded=seeded,
        created_at=now,
    )


def fill(wish: Wish, draft: WishDraft, resolved: Resolved, *, catalog_version: str, now: datetime) -> None:
    """Set what was understood and given on a wish row that is not stored here."""
    wish.category_id = reading.category_id_by_code().get(resolved.category or "")
    wish.needs, wish.needs_hash = dict(resolved.needs), resolved.needs_hash
    wish.reading, wish.question = dict(resolved.reading), resolved.question
    wish.reader_version, wish.catalog_version = str(resolved.reading["reader_version"]), catalog_version
    wish.reading_state = (
        ReadingState.CONFIRMED
        if draft.confirmed
        else ReadingState.CORRECTED
        if resolved.corrected
        else ReadingState.DOUBTFUL
        if resolved.question
        else ReadingState.READ
    )
    wish.language = wish.language or resolved.language
    wish.quantity, wish.ceiling_minor = resolved.quantity, resolved.ceiling_minor
    wish.needed_by, wish.region = resolved.needed_by, resolved.region[:8]
    wish.intent, wish.budget_minor, wish.tolerance = draft.intent, draft.budget_minor, draft.tolerance
    wish.state = state_of(wish)
    wish.updated_at = now


def state_of(wish: Wish) -> WishState:
    """Where a live wish stands: without an account only what was imported or seeded is more than a draft."""
    if wish.user_id is None and wish.source == "site" and not wish.seeded:
        return WishState.DRAFT
    return WishState.ASKING if wish.category_id is None else WishState.OPEN


def store_steps(wish: Wish, draft: WishDraft) -> None:
    WishStep.objects.filter(wish=wish).delete()
    WishStep.objects.bulk_create(
        [WishStep(wish=wish, quantity=units, ceiling_minor=price) for units, price in draft.steps]
    )


def label(wish: Wish, resolved: Resolved, corrections: Mapping[str, Any], *, by_id: int | None, now: datetime) -> None:
    """Keep what the shopper set against what was read, as labels for the reader to learn from."""
    if by_id is None:
        return
    read = {
        "category": (resolved.reading.get("category") or {}).get("value"),
        "quantity": resolved.reading["quantity"]["value"],
        "ceiling_minor": None
        if is_foreign(resolved.reading["currency_said"])
        else (resolved.reading.get("max_price_minor") or {}).get("value"),
    }
    rows = [
        ReadingLabel(wish=wish, field=name[:60], was=read.get(name), became=_plain(value), by_id=by_id, created_at=now)
        for name, value in corrections.items()
        if name not in read or read[name] != value
    ]
    ReadingLabel.objects.bulk_create(rows)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def attach(wish: Wish, *, now: datetime) -> PlacedWish:
    """Count and pool an open wish; a wish in another state only stands."""
    pool: Pool | None = None
    if wish.state == WishState.OPEN and wish.category is not None:
        locking.advisory(f"pooling:{wish.category_id}")
        cell_id = steps.add_to_cell(wish, now=now)
        attributes = attributes_of(reading.current_catalogue(), wish.category.code)
        pool = steps.join_pool(wish, attributes, cell_id=cell_id, now=now).pool
    return placed(wish, pool)


def placed(wish: Wish, pool: Pool | None) -> PlacedWish:
    return PlacedWish(
        wish_id=wish.pk,
        public_id=wish.public_id,
        state=wish.state,
        question=wish.question,
        pool_public_id=None if pool is None else pool.public_id,
        people=0 if pool is None else pool.people,
        units=0 if pool is None else pool.units,
        revision=wish.revision,
    )


def standing(wish: Wish) -> PlacedWish:
    return placed(wish, Pool.objects.filter(memberships__wish=wish).first())


def detach(wish: Wish, *, now: datetime) -> None:
    if wish.category_id is not None:
        locking.advisory(f"pooling:{wish.category_id}")
    steps.leave_pool(wish, now=now)
    steps.take_from_cell(wish, now=now)


def announce(wish: Wish, topic: str, *, now: datetime) -> None:
    outbox.write(
        topic,
        aggregate="wish",
        aggregate_id=wish.pk,
        revision=wish.revision,
        payload={"wish_id": wish.pk, "category_id": wish.category_id},
        now=now,
    )


def locked_wish(wish_id: int) -> Wish:
    wish = locking.lock((Wish, [wish_id])).get(Wish, wish_id)
    if wish is None:
        raise NotThere
    return wish


_FIELDS = (
    "kind",
    "auto_bind",
    "text",
    "category_id",
    "needs",
    "needs_hash",
    "reading",
    "question",
    "reader_version",
    "catalog_version",
    "reading_state",
    "language",
    "quantity",
    "ceiling_minor",
    "needed_by",
    "region",
    "intent",
    "budget_minor",
    "tolerance",
    "state",
)


def store(wish: Wish, *, now: datetime) -> None:
    """Write a locked wish's fields with the next revision."""
    changed = Wish.objects.filter(pk=wish.pk, revision=wish.revision).update(
        **{name: getattr(wish, name) for name in _FIELDS}, revision=F("revision") + 1, updated_at=now
    )
    if changed != 1:
        raise Changed
    wish.revision += 1
