"""What the demo's manufacturers offer: capability, minimum, tiers and terms, credible against what shoppers would pay.

Minima are such that a market of 2,000 wishes already fills several offers while some pools miss theirs. The content
stands in ``data/offers.json``; money there is in whole yuan, here in minor units.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from manufacturers.management.demo.makers import MAKER_BY_CODE
from manufacturers.management.demo.shapes import DemoMaterial, DemoOffer

VAT_PERMILLE = 130
FREIGHT_FAR = ("CN-SC", "CN-LN")
FREIGHT_OFFSHORE = ("TW", "HK", "SG")
_TIER_PRICES = (1.0, 0.94, 0.88, 0.83)


@lru_cache(maxsize=1)
def demo_offers() -> tuple[DemoOffer, ...]:
    """Every offer of the demo, in a fixed order."""
    content = json.loads((Path(__file__).parent / "data" / "offers.json").read_text(encoding="utf-8"))
    return tuple(_offer(row, content["categories"][row["category"]]) for row in content["offers"])


def _offer(row: dict[str, Any], common: dict[str, Any]) -> DemoOffer:
    maker = MAKER_BY_CODE[row["maker"]]
    rate = next(family.units_per_hour for family in maker.families if family.code == row["family"])
    return DemoOffer(
        code=row["code"],
        maker=maker.code,
        category=row["category"],
        family=row["family"],
        title=row["title"],
        makes={**common["makes"], **row["makes"]},
        value_cost=_minor({**common["value_cost"], **row.get("value_cost", {})}),
        moq=row["tiers"][0],
        lot_multiple=row["lot"],
        variant_min_units=row.get("variant_min", 0),
        tiers=tuple(
            (units, round(row["price"] * 100 * share)) for units, share in zip(row["tiers"], _TIER_PRICES, strict=False)
        ),
        lead_days=row["lead"],
        minutes_per_unit=round(60 / rate, 2),
        units_per_week=rate * 40 // 10 * 10,
        opening_cost_minor=row.get("opening", 200) * 100,
        tooling_minor=row.get("tooling", 0) * 100,
        tooling_payer=row.get("tooling_payer", "maker"),
        vat_permille=VAT_PERMILLE,
        freight_minor=_freight(common["freight"]),
        deposit_percent=row.get("deposit", 30),
        balance_trigger=row.get("balance", "shipment"),
        certificates=maker.certificates,
        sample_days=row.get("sample", 7),
        quantity_tolerance_percent=row.get("tolerance", 5),
        partial_shipments=row.get("partial", False),
        quality_permille=maker.reliability.quality_permille,
        valid_days=row.get("valid", 180),
        materials=tuple(
            DemoMaterial(name=name, unit=unit, milli_per_unit=milli) for name, unit, milli in common["materials"]
        ),
    )


def _minor(costs: dict[str, dict[str, float]]) -> dict[str, dict[str, int]]:
    return {name: {value: round(cost * 100) for value, cost in added.items()} for name, added in costs.items()}


def _freight(near: int) -> dict[str, int]:
    """Freight per unit by region: half as much again to far provinces, three times overseas."""
    return {
        **dict.fromkeys(FREIGHT_FAR, near * 150),
        **dict.fromkeys(FREIGHT_OFFSHORE, near * 300),
        "*": near * 100,
    }
