"""A small market for page tests: pools with and without terms, a campaign, addresses."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from demand.campaigning import service as campaigning
from demand.campaigning.service import VariantOffer
from demand.collecting.drafts import WishDraft
from demand.models import Address, Campaign, Pool, User, Wish
from demand.pooling import service as pooling

GAMING = "17 inch gaming laptop, max 7000"


def crowd(count: int, *, text: str, name: str, now: datetime, firm: int = 0, ceiling_minor: int = 700_000) -> Pool:
    """So many people with one wish each, the first ``firm`` of them pre-orders; their pool."""
    placed = None
    for place in range(count):
        user = User.objects.create_user(email=f"{name}{place}@example.com", email_verified_at=now)
        draft = WishDraft(text=text)
        if place < firm:
            draft = WishDraft(text=text, kind="preorder", ceiling_minor=ceiling_minor, confirmed=True)
        placed = pooling.place(draft=draft, user_id=user.pk, now=now)
    assert placed is not None
    assert placed.pool_public_id is not None
    return Pool.objects.get(public_id=placed.pool_public_id)


def terms(pool: Pool, *, now: datetime, min_units: int = 20, tiers: tuple[tuple[int, int], ...] = ()) -> None:
    """An offer for a pool."""
    pooling.set_terms(
        pool_id=pool.pk,
        source_key="o1",
        min_units=min_units,
        lead_days=30,
        makers=1,
        state="offer",
        tiers=tiers or ((min_units, 689_900), (min_units * 2, 649_900), (min_units * 5, 599_900)),
        revision=1,
        now=now,
    )


def campaign(pool: Pool, *, now: datetime, **over: Any) -> Campaign:
    """An open campaign of 2 to 50 units at 6,000.00, 5,500.00 from 20, freight 20.00."""
    given: dict[str, Any] = {
        "source_key": f"p{pool.pk}",
        "pool_id": pool.pk,
        "maker_name": "Hangzhou Bright Works",
        "specification": pool.specification,
        "max_price_minor": 600_000,
        "tiers": [(2, 600_000), (20, 550_000)],
        "freight_minor": {"*": 2_000},
        "vat_permille": 130,
        "fee_permille": 30,
        "variants": [
            VariantOffer(key="black", values={"colour": "black"}, adder_minor=0, min_units=0, max_units=40),
            VariantOffer(key="white", values={"colour": "white"}, adder_minor=5_000, min_units=0, max_units=10),
        ],
        "min_units": 2,
        "max_units": 50,
        "lot_multiple": 1,
        "promised_from": date(now.year, now.month, 1) + timedelta(days=70),
        "promised_to": date(now.year, now.month, 1) + timedelta(days=80),
        "return_terms": {},
        "now": now,
    }
    done = campaigning.open_campaign(**(given | over))
    return Campaign.objects.get(pk=done.campaign_id)


def address(user: User, *, now: datetime) -> Address:
    return Address.objects.create(
        user=user,
        recipient="Ana",
        phone="13800000000",
        region="CN-SH",
        city="上海",
        street="南京路 1",
        fingerprint=f"a{user.pk}",
        created_at=now,
    )


def wish_of(user: User, text: str, *, now: datetime) -> Wish:
    placed = pooling.place(draft=WishDraft(text=text), user_id=user.pk, now=now)
    return Wish.objects.get(pk=placed.wish_id)
