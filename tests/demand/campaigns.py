"""What the tests of campaigning share: wishes in one pool, a small campaign over it, and the shopper's button."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Sum

from demand import outbox
from demand.campaigning import service as campaigning
from demand.campaigning.service import VariantOffer
from demand.collecting.drafts import WishDraft
from demand.models import Address, Campaign, Commitment, LedgerEntry, Pool, User
from demand.pooling import service as pooling
from tests.demand.conftest import NOW
from tests.demand.market import GAMING, address, campaign

DAY = timedelta(days=1)
TERMS: dict[str, Any] = {
    "source_key": "p1",
    "specification": {},
    "tiers": [(2, 600_000), (4, 550_000)],
    "freight_minor": {"*": 0},
    "variants": [VariantOffer(key="black", values={"colour": "black"}, adder_minor=0, min_units=0, max_units=4)],
    "max_units": 4,
    "promised_from": date(2026, 5, 1),
    "promised_to": date(2026, 5, 10),
}


def wishes(*users: User, **draft: Any) -> int:
    """One wish of each, all in one pool; the pool's key."""
    for user in users:
        pooling.place(draft=WishDraft(text=GAMING, **draft), user_id=user.pk, now=NOW)
    return Pool.objects.get().pk


def opened(pool_id: int, **over: Any) -> Campaign:
    """A campaign of 2 to 4 units at 6,000.00, from 4 units at 5,500.00, free delivery."""
    return campaign(Pool.objects.get(pk=pool_id), now=NOW, **(TERMS | over))


def confirm(
    user: User,
    *,
    units: int = 1,
    now: datetime = NOW,
    key: str = "",
    shown: int | None = None,
    seen: int | None = None,
) -> campaigning.Answered:
    """What the shopper's button does; ``seen`` and ``shown`` where the page behind it is an older or another one."""
    place = Commitment.objects.get(user=user)
    home = Address.objects.filter(user=user).first() or address(user, now=NOW)
    return campaigning.confirm(
        commitment_id=place.pk,
        seen_revision=seen or place.revision,
        variant_id=place.variant_id or 0,
        units=units,
        address_id=home.pk,
        shown_total_minor=shown or 600_000 * units,
        idempotency_key=key or f"{user.name}{place.revision}",
        now=now,
    )


def leave(user: User, *, now: datetime) -> campaigning.Left:
    """What the shopper's other button does."""
    place = Commitment.objects.get(user=user)
    return campaigning.leave(commitment_id=place.pk, seen_revision=place.revision, now=now)


def close(deal: Campaign) -> None:
    """The closing time comes, and what follows from it is done."""
    campaigning.close_due(now=deal.closes_at)
    drain(deal.closes_at)


def drain(now: datetime = NOW) -> None:
    outbox.drain(now=lambda: now)


def balances(user: User) -> dict[str, int]:
    """What each account holds of a shopper's place."""
    rows = LedgerEntry.objects.filter(transfer__commitment__user=user).values_list("account")
    return {account: total for account, total in rows.annotate(n=Sum("amount_minor")).order_by("account") if total}
