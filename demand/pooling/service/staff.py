"""What staff decide about pools: kept as decisions that bind every later pooling, with undo."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from demand import locking, outbox
from demand.errors import DomainError, InvalidValue, NotThere
from demand.models import Finding, Pool, PoolDecision, PoolMembership, PoolState, WishToCount
from demand.pooling.reads.problem import cell_of, cells_of_pool
from demand.pooling.service import totals
from demand.pooling.steps import spec_hash


class DifferentCategories(DomainError):
    """Pools of two categories are never one."""

    code = "DIFFERENT_CATEGORIES"
    message = _("These pools are of different categories and cannot be merged.")


class PoolInCampaign(DomainError):
    """A pool with a campaign is settled until the campaign ends."""

    code = "POOL_IN_CAMPAIGN"
    message = _("This pool has a campaign. Wait until it ends, or cancel the campaign first.")


class NoDraft(DomainError):
    """Only a draft can be opened or dismissed."""

    code = "NO_DRAFT"
    message = _("This pool is no draft any more; somebody decided about it already.")


class AlreadyPooled(DomainError):
    """An open pool is for exactly what a draft is for."""

    code = "ALREADY_POOLED"
    message = _("Pool %(pool)s is already open for exactly this. Dismiss the draft instead.")


class PeopleJoined(DomainError):
    """A pool with people in it does not become a draft again."""

    code = "PEOPLE_JOINED"
    message = _("People have joined this pool since. It stays open for them.")


def split_pool(*, pool_id: int, cell_ids: Collection[int], reason: str, by_id: int, now: datetime) -> int:
    """Part some demand cells of a pool from the rest for good; the decision's key. Takes effect with the next pooling,
    which is asked for at once."""
    with locking.transaction():
        pool = _changeable(pool_id)
        held = set(_cells_of(pool_id))
        left = sorted(held & set(cell_ids))
        right = sorted(held - set(cell_ids))
        if not left or not right:
            raise InvalidValue(_("Choose some of the groups, not none and not all."), field="cells")
        return _decide(pool, "split", {"pool": pool_id, "left": left, "right": right}, reason, by_id, now)


def merge_pools(*, from_id: int, into_id: int, reason: str, by_id: int, now: datetime) -> int:
    """Make one pool of two; links to the first lead on to the second. The next pooling keeps them together."""
    with locking.transaction():
        locked = locking.lock((Pool, [from_id, into_id]))
        source, target = locked.get(Pool, from_id), locked.get(Pool, into_id)
        if source is None or target is None or from_id == into_id:
            raise NotThere
        if source.category_id != target.category_id:
            raise DifferentCategories
        if source.state != PoolState.OPEN or target.state not in (PoolState.OPEN, PoolState.CAMPAIGN):
            raise PoolInCampaign
        cells = sorted({*_cells_of(from_id), *_cells_of(into_id)})
        moved = PoolMembership.objects.filter(pool=source)
        WishToCount.objects.bulk_create(
            WishToCount(category_id=source.category_id, wish_id=key) for key in moved.values_list("wish_id", flat=True)
        )
        moved.update(pool=target, reason="merged")
        Pool.objects.filter(pk=from_id).update(
            state=PoolState.MERGED,
            leads_to=target,
            people=0,
            units=0,
            firm_units=0,
            revision=F("revision") + 1,
            updated_at=now,
        )
        totals.recount([into_id], now=now)
        payload = {"from": from_id, "into": into_id, "cells": cells}
        return _decide(target, "merge", payload, reason, by_id, now)


def pin_wish(*, wish_id: int, pool_id: int, reason: str, by_id: int, now: datetime) -> int:
    """Keep a wish (its demand cell) in a pool whatever later poolings would do; the decision's key."""
    return _about_wish("pin", wish_id, pool_id, reason, by_id, now)


def forbid_wish(*, wish_id: int, pool_id: int, reason: str, by_id: int, now: datetime) -> int:
    """Keep a wish (its demand cell) apart for good from a pool and from those in it now, wherever later poolings put
    them; the decision's key."""
    return _about_wish("forbid", wish_id, pool_id, reason, by_id, now)


def lock_pool(*, pool_id: int, locked: bool, reason: str, by_id: int, now: datetime) -> int:
    """Freeze a pool's specification and members against pooling, or free it again; the decision's key."""
    with locking.transaction():
        pool = _changeable(pool_id)
        Pool.objects.filter(pk=pool.pk).update(locked=locked, revision=F("revision") + 1, updated_at=now)
        if not locked:
            PoolDecision.objects.filter(kind="lock", payload__pool=pool_id, undone_at__isnull=True).update(
                undone_at=now, undone_by_id=by_id
            )
            return 0
        return _decide(pool, "lock", {"pool": pool_id}, reason, by_id, now)


def open_draft(*, pool_id: int, reason: str, by_id: int, now: datetime) -> int:
    """Show a draft to everyone and let wishes join it, though nobody is in it yet; the decision's key.

    Its finding counts as taken up. Raises :class:`NoDraft`, and :class:`AlreadyPooled` where an open pool is for
    exactly the same.
    """
    with locking.transaction():
        pool, findings = _draft(pool_id, PoolState.DRAFT)
        digest = spec_hash(pool.specification)
        same = Pool.objects.filter(category_id=pool.category_id, spec_hash=digest, state__in=("open", "campaign"))
        existing = same.filter(locked=False).order_by("pk").first()
        if existing is not None:
            raise AlreadyPooled(pool=f"#{existing.pk}")
        Pool.objects.filter(pk=pool_id).update(
            state=PoolState.OPEN, kept_open=True, spec_hash=digest, revision=F("revision") + 1, updated_at=now
        )
        _settle(findings, Finding.State.TAKEN)
        return _decide(pool, "open", {"pool": pool_id}, reason, by_id, now)


def drop_draft(*, pool_id: int, reason: str, by_id: int, now: datetime) -> int:
    """Decide against a draft: it is never shown, and its finding counts as dismissed; the decision's key."""
    with locking.transaction():
        pool, findings = _draft(pool_id, PoolState.DRAFT)
        Pool.objects.filter(pk=pool_id).update(state=PoolState.DROPPED, revision=F("revision") + 1, updated_at=now)
        _settle(findings, Finding.State.DISMISSED)
        return _decide(pool, "drop", {"pool": pool_id}, reason, by_id, now)


def undo_decision(*, decision_id: int, by_id: int, now: datetime) -> None:
    """Take a decision back; the next pooling no longer keeps it. Repeating it changes nothing.

    A merged pool's wishes return to where pooling puts them; the merged row itself keeps leading on. A draft opened or
    dismissed is a draft again; raises :class:`PeopleJoined` once somebody is in it.
    """
    with locking.transaction():
        decision = PoolDecision.objects.select_for_update().filter(pk=decision_id).first()
        if decision is None:
            raise NotThere
        if decision.undone_at is not None:
            return
        PoolDecision.objects.filter(pk=decision.pk).update(undone_at=now, undone_by_id=by_id)
        if decision.kind in (PoolDecision.Kind.OPEN, PoolDecision.Kind.DROP):
            _draft_again(decision.payload["pool"], now)
        if decision.kind == PoolDecision.Kind.LOCK:
            Pool.objects.filter(pk=decision.payload["pool"]).update(locked=False, updated_at=now)
        _ask_for_pooling(decision.category_id, decision.category.code, by_id, now)


def _draft(pool_id: int, *states: str) -> tuple[Pool, list[int]]:
    """The pool in one of these states, and the keys of its findings, all held."""
    found = Finding.objects.filter(pool_id=pool_id).values_list("pk", flat=True)
    locked = locking.lock((Pool, [pool_id]), (Finding, list(found)))
    pool = locked.get(Pool, pool_id)
    if pool is None:
        raise NotThere
    if pool.state not in states:
        raise NoDraft
    return pool, [row.pk for row in locked.all(Finding)]


def _draft_again(pool_id: int, now: datetime) -> None:
    pool, findings = _draft(pool_id, PoolState.OPEN, PoolState.DROPPED, PoolState.EMPTY)
    if PoolMembership.objects.filter(pool=pool).exists():
        raise PeopleJoined
    Pool.objects.filter(pk=pool_id).update(
        state=PoolState.DRAFT, kept_open=False, revision=F("revision") + 1, updated_at=now
    )
    _settle(findings, Finding.State.OPEN)


def _settle(findings: Collection[int], state: str) -> None:
    Finding.objects.filter(pk__in=findings).update(state=state)


def _about_wish(kind: str, wish_id: int, pool_id: int, reason: str, by_id: int, now: datetime) -> int:
    with locking.transaction():
        pool = _changeable(pool_id)
        cell_id = cell_of(category_id=pool.category_id, wish_id=wish_id)
        if cell_id is None:
            raise NotThere
        payload: dict[str, object] = {"wish": wish_id, "cell": cell_id, "pool": pool_id}
        if kind == PoolDecision.Kind.FORBID:
            payload["apart"] = [cell for cell in _cells_of(pool_id) if cell != cell_id]
        return _decide(pool, kind, payload, reason, by_id, now)


def _changeable(pool_id: int) -> Pool:
    pool = locking.lock((Pool, [pool_id])).get(Pool, pool_id)
    if pool is None:
        raise NotThere
    if pool.state != PoolState.OPEN:
        raise PoolInCampaign
    return pool


def _cells_of(pool_id: int) -> list[int]:
    return list(cells_of_pool(pool_id).order_by("pk").values_list("pk", flat=True))


def _decide(pool: Pool, kind: str, payload: Mapping[str, object], reason: str, by_id: int, now: datetime) -> int:
    if not reason.strip():
        raise InvalidValue(_("Say why, so that others can follow it later."), field="reason")
    decision = PoolDecision.objects.create(
        category_id=pool.category_id,
        kind=kind,
        payload=dict(payload),
        reason=reason.strip()[:200],
        by_id=by_id,
        created_at=now,
    )
    _ask_for_pooling(pool.category_id, pool.category.code, by_id, now)
    return decision.pk


def _ask_for_pooling(category_id: int, code: str, by_id: int, now: datetime) -> None:
    outbox.write(
        "run.requested",
        aggregate="category",
        aggregate_id=category_id,
        payload={"stage": "pooling", "subject": code, "requested_by_id": by_id},
        now=now,
    )
