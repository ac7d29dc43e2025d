"""The demo market's demand as rows: catalogue, people, wishes, signals, history. Loading it again adds nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from demand import locking, outbox
from demand.collecting import service as collecting
from demand.copying import copy_rows
from demand.demo.history import generate_history
from demand.demo.people import CAST, DemoPerson, generate_people
from demand.demo.signals import DemoSignal, generate_signals
from demand.demo.wishes import DemoWish, generate_wishes, shopper_count
from demand.estimating.service import history_grew
from demand.models import Address, PastCampaign, Person, Policy, SignalSource, User, Wish, WishStep
from demand.reading.service import import_catalog
from demand.regions import region_name

SOURCE = "demo"
CATALOGUE = Path(__file__).parent / "data" / "catalogue.json"
BATCH = 5000
LANGUAGES = {"zh-hans": "zh-hans", "zh-hant": "zh-hant", "en": "en", "mixed": "zh-hans"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedDemand:
    """What the demo's demand holds now, and how much of it was new."""

    shoppers: int
    wishes: int
    new_wishes: int
    signals: int


def load_demand(*, seed: int, wishes: int, signals_per_day: float, now: datetime) -> LoadedDemand:
    """Bring the demo's demand to ``wishes`` wishes; what is there already stays. New wishes wait for their reading."""
    load_catalogue(now=now)
    _policy(now)
    _store_history(seed, now)  # first, so that the model of buying is learnt while the rest is loaded
    load_cast(now=now)
    known = Wish.objects.filter(source=SOURCE).count()
    people = generate_people(seed, shopper_count(wishes))
    users = _store_people(people, now=now)
    new = _store_wishes(generate_wishes(seed, wishes), users, skip=known, now=now)
    signals = 0 if known else _store_signals(seed, signals_per_day, now=now)
    if new:
        with locking.transaction():
            outbox.write(
                "wishes.imported",
                aggregate="import",
                aggregate_id=0,
                payload={"source": SOURCE, "wishes": new},
                now=now,
            )
    return LoadedDemand(shoppers=len(users), wishes=known + new, new_wishes=new, signals=signals)


def load_catalogue(*, now: datetime) -> str:
    """The shipped catalogue in force; its version."""
    return import_catalog(document=json.loads(CATALOGUE.read_text(encoding="utf-8")), now=now).version


def _policy(now: datetime) -> None:
    """The demo's campaigns may lock without the usual 48 hours of notice, so that a visitor sees one through."""
    Policy.objects.get_or_create(category=None, version=2, defaults={"notice_hours": 0, "created_at": now})


def load_cast(*, now: datetime) -> dict[str, User]:
    """ana, ben, mira, noor and sam by name, each with a verified e-mail address."""
    rows = _store_people(CAST, now=now)
    staff = [one.email for one in CAST if one.role == "staff"]
    User.objects.filter(email__in=staff).update(is_staff=True, is_superuser=True)
    return {one.username: rows[index] for index, one in enumerate(CAST)}


def _store_people(people: Iterable[DemoPerson], *, now: datetime) -> list[User]:
    """Accounts in the order of ``people``; those there already are kept as they are."""
    wanted = list(people)
    stored = {row.email: row for row in User.objects.filter(email__in=[one.email for one in wanted])}
    fresh = [one for one in wanted if one.email not in stored]
    unusable = make_password(None)
    with locking.transaction():
        persons = copy_rows(Person, [{"created_at": now} for _one in fresh])
        copy_rows(
            User,
            [
                {
                    "email": one.email,
                    "name": one.name,
                    "language": one.language,
                    "region": one.region,
                    "person_id": person,
                    "password": unusable,
                    "email_verified_at": now,
                }
                for one, person in zip(fresh, persons, strict=True)
            ],
        )
    stored |= {row.email: row for row in User.objects.filter(email__in=[one.email for one in fresh])}
    return [stored[one.email] for one in wanted]


def _store_wishes(wishes: Iterator[DemoWish], users: list[User], *, skip: int, now: datetime) -> int:
    total = 0
    rest = islice(wishes, skip, None)
    while batch := list(islice(rest, BATCH)):
        with locking.transaction():
            keys = copy_rows(Wish, [_wish(one, users[one.shopper], now) for one in batch])
            copy_rows(
                WishStep,
                [
                    {"wish_id": key, "quantity": units, "ceiling_minor": price}
                    for key, one in zip(keys, batch, strict=True)
                    for units, price in one.price_steps
                ],
            )
        total += len(batch)
    return total


def _wish(one: DemoWish, user: User, now: datetime) -> dict[str, Any]:
    made = now - timedelta(days=one.age_days, minutes=one.number % 1440)
    preorder = one.kind == "preorder"
    needed_by = None if one.needed_by_days is None else timezone.localdate(now) + timedelta(days=one.needed_by_days)
    return {
        "user_id": user.pk,
        "person_id": user.person_id,
        "kind": "preorder" if preorder else "interest",
        "auto_bind": preorder and one.number % 2 == 0,
        "text": one.text,
        "language": LANGUAGES[one.language],
        "source": SOURCE,
        "source_key": str(one.number),
        "quantity": one.quantity,
        "tolerance": one.tolerance,
        "ceiling_minor": max((price for _units, price in one.price_steps), default=one.ceiling_minor),
        "region": one.region,
        "needed_by": needed_by,
        "created_at": made,
        "updated_at": now,
    }


def _store_signals(seed: int, per_day: float, *, now: datetime) -> int:
    if per_day <= 0:
        return 0
    source = SignalSource.objects.filter(name="demo shop").first()
    if source is None:
        source, _key = collecting.create_source(name="demo shop", scopes=["signals"], now=now)
    start = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=365)
    stored = 0
    events = generate_signals(seed, start, days=365, per_day=per_day)
    while batch := list(islice(events, 10_000)):
        done = collecting.record_signals(source_id=source.pk, events=[_event(one) for one in batch], now=now)
        stored += done.stored
        collecting.note_use(source_id=source.pk, now=now)
    return stored


def _event(one: DemoSignal) -> dict[str, object]:
    said = {
        "event_id": one.event_id,
        "kind": one.kind,
        "occurred_at": one.occurred_at.isoformat(),
        "person": one.shopper_key,
        "consent": True,
        "category": one.category,
        "query": one.query,
        "region": one.region,
        "units": one.units,
    }
    return {name: value for name, value in said.items() if value is not None}


def _store_history(seed: int, now: datetime) -> None:
    known = PastCampaign.objects.count()
    rows = [
        PastCampaign(
            source_key=f"{SOURCE}:{one.code}",
            closed_on=one.closed,
            category=one.category,
            lines=[
                {
                    "kind": line.kind,
                    "units": line.units,
                    "age_days": line.age_days,
                    "headroom": line.headroom,
                    "bought": line.bought,
                }
                for line in one.lines
            ],
        )
        for one in generate_history(seed, timezone.localdate(now))
    ]
    with locking.transaction():
        PastCampaign.objects.bulk_create(rows, ignore_conflicts=True)
        if PastCampaign.objects.count() > known:
            history_grew(now=now)


def give_addresses(*, user_ids: Iterable[int], now: datetime) -> dict[int, int]:
    """An address for each shopper who has none; the address to deliver to, by user."""
    wanted = sorted(set(user_ids))
    missing = User.objects.filter(pk__in=wanted).exclude(addresses__retired_at__isnull=True, addresses__pk__gt=0)
    with locking.transaction():
        Address.objects.bulk_create(
            [
                Address(
                    user=user,
                    recipient=user.name,
                    phone=f"+86138{user.pk:08d}",
                    region=user.region or "CN-SH",
                    city=region_name(user.region or "CN-SH"),
                    street=f"Demo Road {user.pk}",
                    fingerprint=f"demo-{user.pk}",
                    created_at=now,
                )
                for user in missing.order_by("pk")
            ]
        )
    rows = Address.objects.filter(user_id__in=wanted, retired_at__isnull=True).order_by("pk")
    return dict(rows.values_list("user_id", "pk"))
