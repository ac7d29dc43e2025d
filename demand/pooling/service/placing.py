"""One wish at once: read outside any transaction, then stored, counted and pooled inside one."""

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
from demand.errors import Changed, DomainError, NotThere
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
from demand.notices import Message, tell
from demand.pooling import steps
from demand.pooling.reads.problem import attributes_of
from demand.reading import reads as reading
from demand.reading.kernel.reading import READER_VERSION
from demand.reading.service import understand
from demand.reading.steps import Resolved, resolve


class WishLocked(DomainError):
    """The wish is bound in a campaign; it changes there, or after leaving it."""

    code = "WISH_LOCKED"
    message = _("This wish is part of a confirmed order. Leave the order first, then change the wish.")


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
    resolved = _read(draft, now=now)
    catalogue = reading.current_catalogue()
    with locking.transaction():
        earlier = Wish.objects.filter(source=source, source_key=idempotency_key or None).first()
        if idempotency_key and earlier is not None:
            return _standing(earlier)
        user = User.objects.filter(pk=user_id).first() if user_id is not None else None
        wish = _new_wish(draft, user=user, source=source, seeded=seeded, now=now)
        wish.claim_hash, wish.source_key = claim_hash, idempotency_key or None
        _fill(wish, draft, resolved, catalog_version=catalogue.version, now=now)
        wish.save(force_insert=True)
        _store_steps(wish, draft)
        _label(wish, resolved, draft.all_corrections(), by_id=user_id, now=now)
        placed = _attach(wish, now=now)
        _announce(wish, "wish.placed", now=now)
    return placed


def _read(draft: WishDraft, *, now: datetime) -> Resolved:
    today = timezone.localdate(now)
    check_draft(replace(draft, kind=WishKind.INTEREST), today=today)
    understood = understand(texts=[draft.text], today=today, now=now)[0]
    resolved = resolve(understood.reading, draft.all_corrections())
    said = understood.reading.currency_said
    check_draft(
        replace(draft, currency=draft.currency or (said if draft.ceiling_minor is None else None)),
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


def _new_wish(draft: WishDraft, *, user: User | None, source: str, seeded: bool, now: datetime) -> Wish:
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


def _fill(wish: Wish, draft: WishDraft, resolved: Resolved, *, catalog_version: str, now: datetime) -> None:
    """Set what was understood and given on a wish row that is not stored here."""
    wish.category_id = reading.category_id_by_code().get(resolved.category or "")
    wish.needs, wish.needs_hash = dict(resolved.needs), resolved.needs_hash
    wish.reading, wish.question = dict(resolved.reading), resolved.question
    wish.reader_version, wish.catalog_version = READER_VERSION, catalog_version
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
    if draft.steps:
        wish.quantity = min(units for units, _price in draft.steps)
        wish.ceiling_minor = max(price for _units, price in draft.steps)
    wish.state = _state_of(wish)
    wish.updated_at = now


def _state_of(wish: Wish) -> WishState:
    """Where a live wish stands: without an account only what was imported or seeded is more than a draft."""
    if wish.user_id is None and wish.source == "site" and not wish.seeded:
        return WishState.DRAFT
    return WishState.ASKING if wish.category_id is None else WishState.OPEN


def _store_steps(wish: Wish, draft: WishDraft) -> None:
    WishStep.objects.filter(wish=wish).delete()
    WishStep.objects.bulk_create(
        [WishStep(wish=wish, quantity=units, ceiling_minor=price) for units, price in draft.steps]
    )


def _label(wish: Wish, resolved: Resolved, corrections: Mapping[str, Any], *, by_id: int | None, now: datetime) -> None:
    """Keep what the shopper set against what was read, as labels for the reader to learn from."""
    if by_id is None:
        return
    read = {
        "category": (resolved.reading.get("category") or {}).get("value"),
        "quantity": resolved.reading["quantity"]["value"],
        "ceiling_minor": (resolved.reading.get("max_price_minor") or {}).get("value"),
    }
    rows = [
        ReadingLabel(wish=wish, field=name, was=read.get(name), became=_plain(value), by_id=by_id, created_at=now)
        for name, value in corrections.items()
        if name not in read or read[name] != value
    ]
    ReadingLabel.objects.bulk_create(rows)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _attach(wish: Wish, *, now: datetime) -> PlacedWish:
    """Count and pool an open wish; a wish in another state only stands."""
    pool: Pool | None = None
    if wish.state == WishState.OPEN and wish.category is not None:
        locking.advisory(f"pooling:{wish.category_id}")
        cell_id = steps.add_to_cell(wish, now=now)
        Wish.objects.filter(pk=wish.pk).update(demand_cell_id=cell_id)
        wish.demand_cell_id = cell_id
        attributes = attributes_of(reading.current_catalogue(), wish.category.code)
        pool = steps.join_pool(wish, attributes, now=now).pool
    return _placed(wish, pool)


def _placed(wish: Wish, pool: Pool | None) -> PlacedWish:
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


def _standing(wish: Wish) -> PlacedWish:
    return _placed(wish, Pool.objects.filter(memberships__wish=wish).first())


def _detach(wish: Wish, *, now: datetime) -> None:
    if wish.category_id is not None:
        locking.advisory(f"pooling:{wish.category_id}")
    steps.leave_pool(wish, now=now)
    steps.take_from_cell(wish, now=now)
    Wish.objects.filter(pk=wish.pk).update(demand_cell_id=None)
    wish.demand_cell_id = None


def _announce(wish: Wish, topic: str, *, now: datetime) -> None:
    outbox.write(
        topic,
        aggregate="wish",
        aggregate_id=wish.pk,
        revision=wish.revision,
        payload={"wish_id": wish.pk, "category_id": wish.category_id},
        now=now,
    )


def _locked(wish_id: int) -> Wish:
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


def _store(wish: Wish, *, now: datetime) -> None:
    """Write a locked wish's fields with the next revision."""
    changed = Wish.objects.filter(pk=wish.pk, revision=wish.revision).update(
        **{name: getattr(wish, name) for name in _FIELDS}, revision=F("revision") + 1, updated_at=now
    )
    if changed != 1:
        raise Changed
    wish.revision += 1


def change(*, wish_id: int, seen_revision: int, draft: WishDraft, now: datetime) -> PlacedWish:
    """Read and pool a wish again with what its shopper changed. Raises :class:`WishLocked` once it is confirmed."""
    resolved = _read(draft, now=now)
    version = reading.catalog_version()
    with locking.transaction():
        wish = _locked(wish_id)
        _check_editable(wish, seen_revision)
        _detach(wish, now=now)
        wish.text, wish.kind = draft.text.strip(), draft.kind if wish.user_id is not None else WishKind.INTEREST
        wish.auto_bind = draft.auto_bind and wish.kind == WishKind.PREORDER
        _fill(wish, draft, resolved, catalog_version=version, now=now)
        _store(wish, now=now)
        _store_steps(wish, draft)
        _label(wish, resolved, draft.all_corrections(), by_id=wish.user_id, now=now)
        placed = _attach(wish, now=now)
        _announce(wish, "wish.changed", now=now)
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
        wish = _locked(wish_id)
        if wish.state == state:
            return _standing(wish)
        _check_editable(wish, wish.revision)
        _detach(wish, now=now)
        wish.state = state
        _store(wish, now=now)
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
        _announce(wish, "wish.withdrawn", now=now)
    return _placed(wish, None)


def unhide(*, wish_id: int, now: datetime) -> PlacedWish:
    """Put a hidden or withdrawn wish back where it belongs now."""
    with locking.transaction():
        wish = _locked(wish_id)
        if wish.state not in (WishState.HIDDEN, WishState.WITHDRAWN):
            return _standing(wish)
        wish.state = _state_of(wish)
        _store(wish, now=now)
        placed = _attach(wish, now=now)
        _announce(wish, "wish.changed", now=now)
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
        wish = _locked(wish_id)
        if wish.state != WishState.DRAFT:
            return _standing(wish)
        user = User.objects.get(pk=user_id)
        wish.user, wish.person_id = user, user.person_id
        wish.state = _state_of(wish)
        Wish.objects.filter(pk=wish.pk).update(user=user, person_id=user.person_id, claim_hash="", state=wish.state)
        _store(wish, now=now)
        placed = _attach(wish, now=now)
        _announce(wish, "wish.placed", now=now)
    return placed
