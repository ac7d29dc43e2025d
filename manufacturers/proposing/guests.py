"""Whom else an order serves: lines of other pools that would take what is made for one. Plain Python.

They count at the rates of the pool they are served with. A line belongs to one order of a plan at most.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from demand.pooling.reads.lines import DemandLine
from manufacturers.offering.kernel import accepted
from manufacturers.proposing.markets import Market, OfferSide, PoolSide, completed, within_days

# Who only looked or searched is not asked by another pool's campaign.
ASKED_KINDS = ("preorder", "interest", "willing", "silent")


def around(
    market: Market,
    pool_id: int,
    specification: Mapping[str, Mapping[str, Any]],
    side: OfferSide | None,
    *,
    elsewhere: Collection[int] = (),
) -> Market:
    """The market as one pool's order sees it: its own lines, and as its own those of others who would take it.

    ``elsewhere`` are the indices of lines that other orders of the plan count on; guests whom an order counts on that
    is out already are not seen either.
    """
    known: dict[int, bool] = {}
    skipped = set(elsewhere)
    lines = []
    for index, line in enumerate(market.lines):
        if index in skipped:
            continue
        if line.pool_id == pool_id:
            lines.append(line)
        elif line.earmarked_for in (None, pool_id) and is_guest(line, market, specification, side, known):
            lines.append(replace(line, pool_id=pool_id))
    return replace(market, lines=tuple(lines))


def is_guest(
    line: DemandLine,
    market: Market,
    specification: Mapping[str, Mapping[str, Any]],
    side: OfferSide | None,
    known: dict[int, bool],
) -> bool:
    """Whether a line of another pool would take what is made, in time.

    ``known`` remembers the answer by the identity of needs: lines that want the same share one document.
    """
    if line.kind not in ASKED_KINDS or (side is not None and within_days(line, market) < side.offer.lead_days):
        return False
    key = id(line.needs)
    if key not in known:
        must = line.needs.get("must", {})
        known[key] = all(_met(name, wanted, market, specification, side) for name, wanted in must.items())
    return known[key]


def _met(
    name: str,
    wanted: Mapping[str, Any],
    market: Market,
    specification: Mapping[str, Mapping[str, Any]],
    side: OfferSide | None,
) -> bool:
    if name in specification:
        return within(specification[name], wanted)
    if name not in market.variants:
        return False
    return side is None or bool(accepted(wanted, side.offer.makes.get(name, {})))


def within(decided: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether every value that a decided constraint leaves is one that is wanted."""
    if "any" in decided:
        return len(accepted(wanted, {"any": list(decided["any"])})) == len(decided["any"])
    if "is" in decided:
        return bool(accepted(wanted, {"is": [decided["is"]]}))
    ends = [decided[end] for end in ("min", "max") if decided.get(end) is not None]
    return bool(ends) and len(accepted(wanted, {"sizes": ends, "unit": decided.get("unit", "")})) == len(ends)


def fits_pool(decided: Mapping[str, Mapping[str, Any]], pool: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether what is decided is, for every attribute of a pool, what the pool asks for or a part of it."""
    return all(
        name in decided and (decided[name] == asked or within(decided[name], asked)) for name, asked in pool.items()
    )


def for_offer(market: Market, pool: PoolSide, side: OfferSide) -> Market:
    """The market around a pool as the plainest that an offer makes of it; unchanged where it cannot be made."""
    fit = completed(pool, side, market.shared)
    return market if fit is None else around(market, pool.pool_id, fit[0], side)


def counted_on(
    market: Market,
    pool_id: int,
    specification: Mapping[str, Mapping[str, Any]],
    side: OfferSide | None,
    *,
    units: int,
    delivered_minor: int,
) -> set[int]:
    """The lines that an order for a pool counts on that no plan chose: its own, and as many guests whom no other order
    counts on as make up its ``units``.
    """
    found = {index for index, line in enumerate(market.lines) if line.pool_id == pool_id}
    missing = 1000 * units - _weight(market, found, delivered_minor)
    known: dict[int, bool] = {}
    for index, line in enumerate(market.lines):
        if missing <= 0:
            break
        pays = line.ceiling_minor is None or line.ceiling_minor >= delivered_minor
        if (
            line.earmarked_for is None
            and index not in found
            and pays
            and is_guest(line, market, specification, side, known)
        ):
            found.add(index)
            missing -= line.units * market.chances.of(line)
    return found


def _weight(market: Market, lines: Collection[int], delivered_minor: int) -> int:
    return sum(
        line.units * market.chances.of(line)
        for line in (market.lines[index] for index in lines)
        if line.ceiling_minor is None or line.ceiling_minor >= delivered_minor
    )


def guests(lines: Sequence[DemandLine], pool_id: int) -> tuple[int, int]:
    """(persons, units) of lines that belong to other pools than the one they are served with."""
    outside = [line for line in lines if line.pool_id != pool_id]
    return sum(line.persons for line in outside), sum(line.units for line in outside)
