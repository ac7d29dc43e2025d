"""What a unit costs the shopper: maker's price, VAT, platform fee, and freight to the region apart. Whole numbers."""

from __future__ import annotations

from collections.abc import Mapping
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
