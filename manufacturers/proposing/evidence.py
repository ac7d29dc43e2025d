"""What is frozen with a version: the estimate, its curve, and who asked for what, never of fewer than k people."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from manufacturers.proposing.blueprints import Blueprint
from manufacturers.proposing.choosing import curve
from manufacturers.proposing.guests import guests
from manufacturers.proposing.markets import Market

MOST_GROUPS = 12
CURVE_STEPS = (850, 900, 950, 1000, 1050, 1100, 1150)


def frozen(blueprint: Blueprint, market: Market, *, background: Mapping[str, Any], k: int) -> dict[str, Any]:
    """The evidence of a version. Units are rounded to 5, so that two versions do not tell one shopper apart.

    ``curve`` rows are [delivered price, low 80 %, expected, high 80 %] around the price and at each tier. ``estimate``
    is its point at the proposed price, and the units of ``line`` add up to it, as do, but for rounding, those of each
    of ``spread``. ``units`` is of the whole snapshot, small groups included, for shares.
    """
    prices = [blueprint.delivered_minor * step // 1000 for step in CURVE_STEPS]
    prices += [delivered for _units, _price, delivered in blueprint.ladder]
    points = curve(market.lines, market, prices, pool_id=blueprint.pool_id)
    here = dict(points)[blueprint.delivered_minor]
    shares = market.chances.shares.get(blueprint.pool_id, {})
    return {
        "estimate": {
            "units": rounded(here.units),
            "low80": rounded(here.low),
            "high80": rounded(here.high),
            "chance_permille": blueprint.chance_permille,
        },
        "curve": [[price, rounded(guess.low), rounded(guess.units), rounded(guess.high)] for price, guess in points],
        "regions": dict(background["regions"]),
        "spread": {
            "region": spread(shares.get("region", {}), background["regions"], total=rounded(here.units)),
            "week": spread(shares.get("week", {}), background["weeks"], total=rounded(here.units)),
        },
        "growth": list(background["growth"]),
        "variants": dict(background["variants"]),
        "attributes": {
            name: {label(constraint): background["asked"][name]}
            for name, constraint in blueprint.specification.items()
            if name in background["asked"]
        },
        "said": {name: background["said"][name] for name in blueprint.specification if name in background["said"]},
        "line": kinds(blueprint, market, total=rounded(here.units), k=k),
        "people": background["people"],
        "units": background["units"],
    }


def kinds(blueprint: Blueprint, market: Market, *, total: int, k: int) -> list[dict[str, Any]]:
    """What the expected units at the proposed price are made of, by kind of demand.

    A kind with fewer than ``k`` units asked is left out; what it adds, and what rounding took, stands as ``others``.
    """
    found: dict[str, list[int]] = {}
    for line in market.lines:
        buys = line.ceiling_minor is None or line.ceiling_minor >= blueprint.delivered_minor
        if line.pool_id == blueprint.pool_id and buys:
            entry = found.setdefault(line.kind, [0, 0])
            entry[0] += line.units
            entry[1] += line.units * market.chances.of(line)
    shown: list[dict[str, Any]] = [
        {
            "kind": kind,
            "count": rounded(units),
            "rate_permille": weighed // units,
            "units": rounded(round(weighed / 1000)),
        }
        for kind, (units, weighed) in sorted(found.items())
        if units >= k
    ]
    rest = total - sum(row["units"] for row in shown)
    return [*shown, {"kind": "others", "count": 0, "rate_permille": 0, "units": rest}] if rest > 0 else shown


def spread(shares: Mapping[str, float], shown: Collection[str], *, total: int) -> list[list[Any]]:
    """The expected units as [key, units], the most first; only keys ``shown`` of enough people, the rest as ``others``.

    Nothing where the estimate does not say how they divide, or nobody may be shown.
    """
    named = {key: rounded(round(total * share)) for key, share in shares.items() if key and key in shown}
    ordered = sorted(named.items(), key=lambda pair: (-pair[1], pair[0]))
    ranked: list[list[Any]] = [[key, units] for key, units in ordered[:MOST_GROUPS] if units]
    rest = total - sum(units for _key, units in ranked)
    return [*ranked, ["others", rest]] if ranked and rest > 0 else ranked


def guests_of(blueprint: Blueprint, market: Market, lines: Collection[int], *, k: int) -> dict[str, Any]:
    """What the order counts on beyond its pool: wishes collected in other groups that would take what is made.

    {"guests": {"people", "units"}}, rounded to 5; nothing where they are fewer than ``k`` people.
    """
    people, units = guests([market.lines[index] for index in sorted(lines)], blueprint.pool_id)
    return {"guests": {"people": rounded(people), "units": rounded(units)}} if people >= k else {}


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
