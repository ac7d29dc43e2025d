"""Demand for the cast's makers: wishes of many people in one pool, and a proposal brought to a state by services."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from demand import outbox
from demand.models import (
    Attribute,
    CategoryAttribute,
    Person,
    Pool,
    PoolMembership,
    User,
    Wish,
)
from demand.pooling.steps import spec_hash
from manufacturers.models import Maker, MakerMember, Proposal
from manufacturers.negotiating import service as negotiating
from manufacturers.offering.descriptions import DescribedOffer
from manufacturers.proposing import service as proposing
from tests.manufacturers.makers import NOW, laptop, member_of, offer_values, store_a

OFFICE = {"use": {"any": ["office"]}}
YEAR_END = date(2027, 12, 31)


def attributes() -> None:
    """Size and use are decided for a whole run; colour may be mixed."""
    for code, kind, unit, scope in (
        ("screen_size", "quantity", "inch", "shared"),
        ("use", "choice", "", "shared"),
        ("colour", "choice", "", "variant"),
    ):
        row, _new = Attribute.objects.get_or_create(code=code, defaults={"kind": kind, "unit": unit, "scope": scope})
        CategoryAttribute.objects.get_or_create(category=laptop(), attribute=row)


def maker_with(*offers: DescribedOffer, code: str = "maker-a") -> Maker:
    """A maker of the cast with these offers, or with one that makes office laptops from 20 on."""
    attributes()
    chosen = offers or (DescribedOffer(values=offer(), units_per_week=100),)
    return store_a(code=code, offers=chosen)


def offer(**changed: Any) -> Any:
    """From 20 at 100.00, from 50 at 90.00, office 2.00 more; delivered 118.72 and 107.08 before freight of 0.25."""
    makes = {
        "screen_size": {"sizes": [13, 14], "unit": "inch"},
        "use": {"any": ["office", "study"]},
        "colour": {"any": ["black", "red"]},
    }
    return offer_values(**({"makes": makes, "valid_to": YEAR_END} | changed))


def pool_of(specification: dict[str, Any] | None = None) -> Pool:
    wanted = OFFICE if specification is None else specification
    return Pool.objects.create(
        category=laptop(), specification=wanted, spec_hash=spec_hash(wanted), created_at=NOW, updated_at=NOW
    )


def wish_for(pool: Pool, count: int, *, verified: bool = True, **asked: Any) -> list[Wish]:
    """``count`` people who each want the same; pool totals are kept. ``asked`` is as :func:`_wish` takes it."""
    first = User.objects.count()
    people = [_person(number, asked.get("region", "CN-SH"), verified) for number in range(first, first + count)]
    made = Wish.objects.bulk_create([_wish(pool, user, **asked) for user in people])
    _joined(pool, made)
    return made


def _person(number: int, region: str, verified: bool) -> User:
    return User.objects.create(
        email=f"shopper{number}@example.com",
        name=f"shopper{number}",
        person=Person.objects.create(created_at=NOW),
        email_verified_at=NOW if verified else None,
        region=region,
    )


def _wish(
    pool: Pool,
    user: User,
    *,
    kind: str = "preorder",
    ceiling_minor: int | None = 15_000,
    quantity: int = 1,
    region: str = "CN-SH",
    needed_by: date | None = None,
    needs: dict[str, Any] | None = None,
    auto_bind: bool = False,
) -> Wish:
    wanted = needs or {"must": dict(pool.specification), "nice": {}}
    return Wish(
        user=user,
        person=user.person,
        kind=kind,
        state="open",
        text="office laptop",
        category=pool.category,
        needs=wanted,
        needs_hash=spec_hash(wanted),
        quantity=quantity,
        ceiling_minor=ceiling_minor,
        region=region,
        needed_by=needed_by,
        auto_bind=auto_bind,
        created_at=NOW,
        updated_at=NOW,
    )


def _joined(pool: Pool, wishes: list[Wish]) -> None:
    """Put wishes into a pool and count them there."""
    rows = [
        PoolMembership(
            wish=wish,
            pool=pool,
            person=wish.person,
            units=wish.quantity,
            firm_units=wish.quantity if wish.kind == "preorder" else 0,
            reason="asked",
            joined_at=NOW,
        )
        for wish in wishes
    ]
    PoolMembership.objects.bulk_create(rows)
    pool.people += len(rows)
    pool.units += sum(row.units for row in rows)
    pool.firm_units += sum(row.firm_units for row in rows)
    pool.save(update_fields=["people", "units", "firm_units"])


def propose(seed: int = 0) -> proposing.Proposed:
    return proposing.propose_category(category_id=laptop().pk, seed=seed, seconds=2.0, now=NOW)


def sent_proposal(count: int = 40, maker: Maker | None = None, **wish: Any) -> Proposal:
    """Forty pre-orders for office laptops, proposed to maker A."""
    chosen = maker or maker_with()
    wish_for(pool_of(), count, **wish)
    propose()
    return Proposal.objects.select_related("offer").get(offer__maker=chosen)


def mira(maker: Maker, role: str = "owner") -> MakerMember:
    return member_of(maker, "mira", role)


def accepted_proposal(count: int = 40, maker: Maker | None = None, **wish: Any) -> tuple[Proposal, MakerMember]:
    """The same, accepted by mira, its campaign open."""
    proposal = sent_proposal(count, maker, **wish)
    member = mira(proposal.offer.maker)
    negotiating.accept(proposal_id=proposal.pk, member_id=member.pk, seen_revision=proposal.revision, now=NOW)
    negotiating.open_for(proposal_id=proposal.pk, now=NOW)
    proposal.refresh_from_db()
    return proposal, member


def drained() -> int:
    """Everything the outbox holds due, done now."""
    return outbox.drain(now=lambda: NOW + timedelta(seconds=5))
