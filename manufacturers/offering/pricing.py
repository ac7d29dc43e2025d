"""What a unit costs the shopper: maker's price, VAT, platform fee, and freight to the region apart. Whole numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol


class Terms(Protocol):
    """The part of an offer that prices depend on."""

    vat_permille: int
    freight_minor: Any


def share(amount_minor: int, permille: int) -> int:
    """``permille`` of an amount, rounded half up."""
    return (amount_minor * permille + 500) // 1000


def delivered_price(offer: Terms, unit_price_minor: int, region: str = "", *, fee_permille: int) -> int:
    """The delivered unit price: with VAT, then with the fee on both, each rounded half up; with a region's freight
    where one is named. Without ``region`` it is the price that campaigns and pools show before freight.

    The ledger takes what is captured apart by the same rule (``demand.campaigning.kernel.parts_of``).
    """
    with_vat = unit_price_minor + share(unit_price_minor, offer.vat_permille)
    price = with_vat + share(with_vat, fee_permille)
    return price + freight(offer.freight_minor, region) if region else price


def freight(freight_minor: Mapping[str, int], region: str) -> int:
    """Freight per unit to a region: its own rate, else that of ``*``, else none."""
    return int(freight_minor.get(region, freight_minor.get("*", 0)))


def highest_maker_price(offer: Terms, delivered_minor: int, region: str = "", *, fee_permille: int) -> int:
    """The highest maker's price whose delivered price is at most ``delivered_minor``; below 0 where none is.

    What a shopper's ceiling leaves for the maker: charges come off the ceiling before anything is solved.
    """
    if region:
        delivered_minor -= freight(offer.freight_minor, region)
    price = max(0, delivered_minor) * 1_000_000 // ((1000 + offer.vat_permille) * (1000 + fee_permille)) + 2
    while price >= 0 and delivered_price(offer, price, fee_permille=fee_permille) > delivered_minor:
        price -= 1
    return price


def tier_price(tiers: Iterable[tuple[int, int]], units: int) -> int | None:
    """The unit price of the deepest (min units, unit price) tier that ``units`` reach; ``None`` where none is."""
    reached = [(least, price) for least, price in tiers if least <= units]
    return max(reached)[1] if reached else None
