"""Accounts that may be one person: noted with the reason, counted once, and settled by staff."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Q

from demand import locking, outbox
from demand.errors import NotThere
from demand.models import Category, Commitment, Device, Person, PoolMembership, SamePerson, User, Wish

SEEN_AGAIN_AFTER = timedelta(hours=1)


def note_device(*, user_id: int, key_hash: str, now: datetime) -> bool:
    """Remember that an account used a browser; whether other accounts did too.

    Those are noted for staff and count as one person with this one until staff say otherwise. Repeating it only moves
    the time it was last seen.
    """
    with locking.transaction():
        locking.lock((User, [user_id]))
        device, new = Device.objects.get_or_create(
            user_id=user_id, key_hash=key_hash, defaults={"first_seen_at": now, "last_seen_at": now}
        )
        if not new:
            if device.last_seen_at < now - SEEN_AGAIN_AFTER:
                Device.objects.filter(pk=device.pk, last_seen_at__lt=now).update(last_seen_at=now)
            return Device.objects.filter(key_hash=key_hash).exclude(user_id=user_id).exists()
        others = Device.objects.filter(key_hash=key_hash).exclude(user_id=user_id).order_by("user_id")
        other_ids = list(others.values_list("user_id", flat=True)[:20])
        suspect(user_id=user_id, other_ids=other_ids, reason=SamePerson.Reason.DEVICE, now=now)
    return bool(other_ids)


def suspect(*, user_id: int, other_ids: Collection[int], reason: str, now: datetime) -> int:
    """Note each pair that staff have not settled for this reason, and count its accounts as one person; how many.

    Belongs in the transaction of what gave the reason.
    """
    pairs = [(min(user_id, other), max(user_id, other)) for other in other_ids if other != user_id]
    known = set(SamePerson.objects.filter(_either(user_id), reason=reason).values_list("user_id", "other_id"))
    fresh = [pair for pair in pairs if pair not in known]
    SamePerson.objects.bulk_create(
        [SamePerson(user_id=low, other_id=high, reason=reason, found_at=now) for low, high in fresh],
        ignore_conflicts=True,
    )
    for low, high in fresh:
        if not SamePerson.objects.filter(user_id=low, other_id=high, state=SamePerson.State.DIFFERENT).exists():
            _count_as_one(low, high, now=now)
    return len(fresh)


def review_same_person(*, finding_id: int, same: bool, by_id: int, now: datetime) -> str:
    """Staff settle a finding: one person for good, or two who count apart from now on; the state it has then.

    Settling it the same way again changes nothing. Raises :class:`NotThere` for an absent finding.
    """
    state = SamePerson.State.SAME if same else SamePerson.State.DIFFERENT
    with locking.transaction():
        finding = SamePerson.objects.select_for_update(of=("self",)).filter(pk=finding_id).first()
        if finding is None:
            raise NotThere
        if finding.state == state:
            return state.value
        SamePerson.objects.filter(pk=finding.pk).update(state=state, reviewed_at=now, reviewed_by_id=by_id)
        if same:
            _count_as_one(finding.user_id, finding.other_id, now=now)
        else:
            _count_apart(finding, now=now)
    return state.value


def _either(user_id: int) -> Q:
    return Q(user_id=user_id) | Q(other_id=user_id)


def _count_as_one(low_id: int, high_id: int, *, now: datetime) -> None:
    """Both accounts, and all that already share a person with either, share the older person."""
    persons = set(User.objects.filter(pk__in=(low_id, high_id)).values_list("person_id", flat=True))
    kept = min(persons)
    moved = list(User.objects.filter(person_id__in=persons - {kept}).order_by("pk").values_list("pk", flat=True))
    _give(moved, kept, now=now)


def _count_apart(finding: SamePerson, *, now: datetime) -> None:
    """The younger account gets a person of its own, unless another finding still binds the two."""
    pair = SamePerson.objects.filter(user_id=finding.user_id, other_id=finding.other_id)
    bound = pair.exclude(pk=finding.pk).exclude(state=SamePerson.State.DIFFERENT).exists()
    persons = set(User.objects.filter(pk__in=(finding.user_id, finding.other_id)).values_list("person_id", flat=True))
    if not bound and len(persons) == 1:
        _give([finding.other_id], Person.objects.create(created_at=now).pk, now=now)


def _give(user_ids: list[int], person_id: int, *, now: datetime) -> None:
    """Accounts, and what they asked for, count as this person; pools are counted again by the nightly run's stage."""
    if not user_ids:
        return
    User.objects.filter(pk__in=user_ids).update(person_id=person_id)
    Wish.objects.filter(user_id__in=user_ids).update(person_id=person_id)
    PoolMembership.objects.filter(wish__user_id__in=user_ids).update(person_id=person_id)
    Commitment.objects.filter(user_id__in=user_ids).update(person_id=person_id)
    codes = Category.objects.filter(wishes__user_id__in=user_ids, wishes__state="open").distinct().order_by("pk")
    for key, code in codes.values_list("pk", "code"):
        outbox.write(
            "run.requested",
            aggregate="category",
            aggregate_id=key,
            payload={"stage": "pooling", "subject": code, "requested_by_id": None},
            now=now,
        )
