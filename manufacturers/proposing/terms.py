"""The best terms a pool could be made on: what shoppers see as the minimum and the next prices. Plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from manufacturers.offering.pricing import freight
from manufacturers.proposing.blueprints import ladder_of
from manufacturers.proposing.markets import Market, OfferSide, PoolSide, completed

if TYPE_CHECKING:
    from manufacturers.proposing.reads import Alive

STATE_SHOWN = {"sent": "proposed", "countered": "negotiating", "accepted": "accepted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Terms of one offer for one pool; ``makers``: how many could make it.

    ``tiers`` are (units, delivered price), freight to a region without a rate of its own included, so that a card shows
    what the campaign will charge.
    """

    source_key: str
    min_units: int
    lead_days: int
    makers: int
    state: str
    tiers: tuple[tuple[int, int], ...]


def best_terms(pool: PoolSide, market: Market, *, out: Alive | None) -> Terms | None:
    """The terms of the offer that a maker is deciding on, else of the best offer that fits; ``None`` without one.

    Best: reaches its minimum with the units pooled now, then the lowest price those units reach, then the smallest
    minimum, then the shortest lead time.
    """
    fitting = [
        (side, ladder_of(side, fit[1]))
        for side in market.offers
        if (fit := completed(pool, side, market.shared)) is not None
    ]
    if not fitting:
        return None
    chosen, ladder = min(fitting, key=lambda pair: _rank(pool, *pair))
    state = "offer"
    if out is not None:
        state = STATE_SHOWN[out.state]
        chosen, ladder = next((pair for pair in fitting if pair[0].offer.pk == out.offer_id), (chosen, ladder))
    return Terms(
        source_key=f"offer:{chosen.offer.pk}",
        min_units=ladder[0][0],
        lead_days=chosen.offer.lead_days,
        makers=len({side.offer.maker_id for side, _steps in fitting}),
        state=state,
        tiers=tuple(
            (units, delivered + freight(chosen.offer.freight_minor, "")) for units, _price, delivered in ladder
        ),
    )


def _rank(pool: PoolSide, side: OfferSide, ladder: tuple[tuple[int, int, int], ...]) -> tuple[bool, int, int, int, int]:
    reached = [delivered for units, _price, delivered in ladder if units <= pool.units]
    return (
        not reached,
        reached[-1] if reached else ladder[0][2],
        ladder[0][0],
        side.offer.lead_days,
        side.offer.pk,
    )
