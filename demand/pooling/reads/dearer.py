"""What a higher ceiling would bring a wish: the price it misses, and how much is wanted there."""

from __future__ import annotations

from dataclasses import dataclass

from demand.models import Intent, Wish
from demand.pooling.reads.cards import PoolCard


@dataclass(frozen=True, slots=True, kw_only=True)
class Dearer:
    """With ``more_minor`` on its ceiling a wish counts at ``price_minor``, where about ``units`` are wanted already."""

    more_minor: int
    price_minor: int
    units: int


def dearer(wish: Wish, card: PoolCard | None) -> Dearer | None:
    """The nearest price of the pool's ladder above the wish's ceiling, if others stand there.

    The units come from the hour's snapshot, so they are of at least k people a price and rounded. ``None`` where no
    maker named a dearer price, or the wish named no ceiling of its own a piece.
    """
    if card is None or wish.ceiling_minor is None or wish.intent == Intent.BUDGET:
        return None
    above = [tier.price_minor for tier in card.tiers if tier.price_minor > wish.ceiling_minor]
    if not above:
        return None
    price = min(above)
    units = sum(wanted for rung, wanted in card.breakdown.get("prices", ()) if rung >= price)
    if not units:
        return None
    return Dearer(more_minor=price - wish.ceiling_minor, price_minor=price, units=units)
