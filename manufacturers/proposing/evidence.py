"""What is frozen with a version: the estimate, its curve, and who asked for what, never of fewer than k people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from manufacturers.proposing.blueprints import Blueprint
from manufacturers.proposing.choosing import curve
from manufacturers.proposing.markets import Market

CURVE_STEPS = (850, 900, 950, 1000, 1050, 1100, 1150)


def frozen(blueprint: Blueprint, market: Market, *, background: Mapping[str, Any], k: int) -> dict[str, Any]:
    """The evidence of a version. Units are rounded to 5, so that two versions do not tell one shopper apart.

    ``curve`` rows are [delivered price, low 80 %, expected, high 80 %] around the price and at each tier.
    """
    prices = [blueprint.delivered_minor * step // 1000 for step in CURVE_STEPS]
    prices += [delivered for _units, _price, delivered in blueprint.ladder]
    points = curve(market.lines, market, prices, pool_id=blueprint.pool_id)
    return {
        "estimate": {
            "units": rounded(blueprint.units),
            "low80": rounded(blueprint.low_units),
            "high80": rounded(blueprint.high_units),
            "chance_permille": blueprint.chance_permille,
        },
        "curve": [[price, rounded(guess.low), rounded(guess.units), rounded(guess.high)] for price, guess in points],
        "regions": dict(background["regions"]),
        "growth": list(background["growth"]),
        "variants": dict(background["variants"]),
        "attributes": {
            name: {label(constraint): background["asked"][name]}
            for name, constraint in blueprint.specification.items()
            if name in background["asked"]
        },
        "line": kinds(blueprint.pool_id, market, k=k),
        "people": background["people"],
    }


def kinds(pool_id: int, market: Market, *, k: int) -> list[dict[str, Any]]:
    """What the expected units are made of, by kind of demand; a kind with fewer than ``k`` units asked is left out."""
    found: dict[str, list[int]] = {}
    for line in market.lines:
        if line.pool_id == pool_id:
            entry = found.setdefault(line.kind, [0, 0])
            entry[0] += line.units
            entry[1] += line.units * market.chances.of(line)
    return [
        {
            "kind": kind,
            "count": rounded(units),
            "rate_permille": weighed // units,
            "units": rounded(round(weighed / 1000)),
        }
        for kind, (units, weighed) in sorted(found.items())
        if units >= k
    ]


def label(constraint: Mapping[str, Any]) -> str:
    """A decided constraint as one short word, for the key of a share."""
    if "any" in constraint:
        return "|".join(map(str, constraint["any"]))
    if "is" in constraint:
        return str(constraint["is"]).lower()
    return f"{constraint.get('min')}{constraint.get('unit', '')}"


def rounded(units: int) -> int:
    """To the nearest 5."""
    return 5 * round(units / 5)
