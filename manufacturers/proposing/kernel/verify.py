"""Check a plan against the rules, one line and one order at a time; shares no code with the solver."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .problem import BulkOrder, FixedOrder, Ints, Offer, Proposals, ProposingProblem


def violations(problem: ProposingProblem, plan: Proposals) -> list[str]:
    """Name each rule of the problem that the plan breaks; empty: it may be stored.

    Every text begins with the rule: ``offer``, ``specification``, ``tier``, ``price``, ``line``, ``once``, ``accepts``,
    ``variant``, ``ceiling``, ``lead time``, ``volume``, ``minimum``, ``capacity``, ``orders`` or ``fixed``.
    """
    offers = {offer.id: offer for offer in problem.offers}
    rows = _Rows(problem)
    broken: list[str] = []
    seen = np.zeros(len(problem.lines), np.bool_)
    used: dict[str, int] = {}
    if len(plan.orders) > problem.max_orders:
        broken.append(f"orders: {len(plan.orders)} opened, at most {problem.max_orders} allowed")
    for number, order in enumerate(plan.orders):
        offer = offers.get(order.offer_id)
        if offer is None:
            broken.append(f"offer: order {number} names {order.offer_id!r}, which does not exist")
            continue
        found = _order_rules(problem, number, order, offer)
        broken += found
        if any(text.startswith(("specification", "tier")) for text in found):
            continue
        volume = 0
        for name, k in zip(order.line_ids, rows.of(order.line_ids), strict=True):
            if k < 0:
                broken.append(f"line: order {number} holds {name!r}, which does not exist")
                continue
            if seen[k]:
                broken.append(f"once: line {name} is placed more than once")
            seen[k] = True
            volume += int(problem.lines.units[k]) * int(problem.lines.permille[k])
            broken += _line_rules(problem, order, offer, name, k)
        used[offer.id] = used.get(offer.id, 0) + volume
        broken += _volume_rules(number, order, offer, volume)
    for name, volume in used.items():
        if volume > 1000 * offers[name].capacity:
            broken.append(f"capacity: {name} gets {volume} permille of a unit, has {1000 * offers[name].capacity}")
    return broken + [f"fixed: {f.offer_id} is not opened as fixed" for f in problem.fixed if not _kept(f, plan)]


def surplus(problem: ProposingProblem, plan: Proposals) -> int:
    """Surplus in permille of a minor unit, line by line, for comparison with the objective an answer claims."""
    offers = {offer.id: offer for offer in problem.offers}
    rows = _Rows(problem)
    total = 0
    for order in plan.orders:
        total -= 1000 * offers[order.offer_id].opening_cost
        for k in rows.of(order.line_ids):
            price = order.unit_price + (_variant_cost(problem, offers[order.offer_id], k) or 0)
            gain = int(problem.lines.ceiling[k]) - price
            total += gain * int(problem.lines.units[k]) * int(problem.lines.permille[k])
    return total


class _Rows:
    """Where lines stand in a problem; a million names as Python's own strings would weigh more than the problem."""

    def __init__(self, problem: ProposingProblem) -> None:
        self._order: Ints = np.argsort(problem.lines.ids, kind="stable")
        self._sorted = problem.lines.ids[self._order]

    def of(self, names: Sequence[str]) -> list[int]:
        """The row of each name, -1 where there is none."""
        if not names or not len(self._sorted):
            return [-1] * len(names)
        asked = np.array(names, dtype=np.str_)
        at = np.minimum(np.searchsorted(self._sorted, asked), len(self._sorted) - 1)
        rows: list[int] = np.where(self._sorted[at] == asked, self._order[at], -1).tolist()
        return rows


def _same_place(order: BulkOrder, fixed: FixedOrder) -> bool:
    return order.offer_id == fixed.offer_id and dict(order.specification) == dict(fixed.specification)


def _kept(fixed: FixedOrder, plan: Proposals) -> bool:
    return any(_same_place(order, fixed) and order.tier == fixed.tier for order in plan.orders)


def _order_rules(problem: ProposingProblem, number: int, order: BulkOrder, offer: Offer) -> list[str]:
    if set(order.specification) != set(problem.shared) or any(
        value not in offer.makes.get(name, ()) for name, value in order.specification.items()
    ):
        return [f"specification: order {number} is not one that {offer.id} makes"]
    if not 0 <= order.tier < len(offer.tiers):
        return [f"tier: {offer.id} has no tier {order.tier}"]
    price = offer.tiers[order.tier].unit_price
    for name, value in order.specification.items():
        price += offer.value_cost.get(name, {}).get(value, 0)
    for fixed in problem.fixed:
        if _same_place(order, fixed) and fixed.tier == order.tier and fixed.unit_price is not None:
            price = fixed.unit_price
    return [] if order.unit_price == price else [f"price: order {number} costs {price}, not {order.unit_price}"]


def _line_rules(problem: ProposingProblem, order: BulkOrder, offer: Offer, name: str, row: int) -> list[str]:
    broken = []
    for attribute, value in order.specification.items():
        bit = problem.attributes[attribute].index(value)
        if not int(problem.lines.accepts[attribute][row]) & (1 << bit):
            broken.append(f"accepts: line {name} does not take {attribute} {value}")
    if offer.lead_days > int(problem.lines.within_days[row]):
        broken.append(f"lead time: line {name} waits {problem.lines.within_days[row]} days, not {offer.lead_days}")
    added = _variant_cost(problem, offer, row)
    if added is None:
        broken.append(f"variant: {offer.id} makes no variant that line {name} takes")
    elif order.unit_price + added > int(problem.lines.ceiling[row]):
        broken.append(f"ceiling: line {name} pays {order.unit_price + added}, at most {problem.lines.ceiling[row]}")
    return broken


def _variant_cost(problem: ProposingProblem, offer: Offer, row: int) -> int | None:
    total = 0
    for attribute, values in problem.attributes.items():
        if attribute in problem.shared:
            continue
        mask = int(problem.lines.accepts[attribute][row])
        costs = [
            offer.value_cost.get(attribute, {}).get(value, 0)
            for bit, value in enumerate(values)
            if mask & (1 << bit) and value in offer.makes.get(attribute, ())
        ]
        if not costs:
            return None
        total += min(costs)
    return total


def _volume_rules(number: int, order: BulkOrder, offer: Offer, volume: int) -> list[str]:
    broken = []
    if volume != order.volume_permille:
        broken.append(f"volume: order {number} holds {volume} permille of a unit, says {order.volume_permille}")
    if volume < 1000 * offer.moq:
        broken.append(f"minimum: order {number} holds {volume} permille of a unit, needs {1000 * offer.moq} (MOQ)")
    elif volume < 1000 * offer.tiers[order.tier].min_units:
        least = 1000 * offer.tiers[order.tier].min_units
        broken.append(f"minimum: order {number} holds {volume} permille of a unit, needs {least} (tier)")
    return broken
