"""What members of a pool would take of an order that another one counts on. No Django.

A campaign asks its own pool's members whatever the plan says, and whoever is asked twice takes the cheaper place. So a
pool is the wrong one for an order where that would draw its members away from dearer orders that count on them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from manufacturers.proposing.kernel import BulkOrder, Offer, ProposingProblem

Ints = NDArray[np.int64]
# No line pays this.
NEVER = np.int64(2**62)


def weights_by_pool(
    problem: ProposingProblem, orders: Sequence[BulkOrder], pools: Ints
) -> tuple[list[dict[int, int]], list[dict[int, int]]]:
    """Per order and pool what it counts on, and what would stray to it from dearer orders; in permille of a unit.

    ``pools`` names the pool of each of the problem's lines; pools with nothing stand in neither.
    """
    weight = problem.lines.units * problem.lines.permille
    row = {name: k for k, name in enumerate(problem.lines.ids.tolist())}
    prices = [_prices(problem, order) for order in orders]
    paid, taker = np.full(len(weight), NEVER), np.full(len(weight), -1)
    for number, order in enumerate(orders):
        lines = [row[name] for name in order.line_ids]
        paid[lines], taker[lines] = prices[number][lines], number
    counted = [_sums(weight, pools, taker == number) for number in range(len(orders))]
    straying = [
        _sums(weight, pools, (taker >= 0) & (taker != number) & (prices[number] < paid))
        for number in range(len(orders))
    ]
    return counted, straying


def _sums(weight: Ints, pools: Ints, these: NDArray[np.bool_]) -> dict[int, int]:
    keys, at = np.unique(pools[these], return_inverse=True)
    sums = np.zeros(len(keys), np.int64)
    np.add.at(sums, at, weight[these])
    return dict(zip(keys.tolist(), sums.tolist(), strict=True))


def _prices(problem: ProposingProblem, order: BulkOrder) -> Ints:
    """What each line would pay of an order, or ``NEVER`` where it would not take it."""
    lines = problem.lines
    offer = next(one for one in problem.offers if one.id == order.offer_id)
    takes = lines.within_days >= offer.lead_days
    for name, value in order.specification.items():
        takes &= (lines.accepts[name] >> problem.attributes[name].index(value)) & 1 == 1
    price = np.full(len(lines), order.unit_price, np.int64)
    for name in problem.variants:
        masks, at = np.unique(lines.accepts[name], return_inverse=True)
        costs = [_cheapest(problem, offer, name, mask) for mask in masks.tolist()]
        takes &= np.array([cost is not None for cost in costs])[at]
        price += np.array([cost or 0 for cost in costs], np.int64)[at]
    found: Ints = np.where(takes & (price <= lines.ceiling), price, NEVER)
    return found


def _cheapest(problem: ProposingProblem, offer: Offer, name: str, mask: int) -> int | None:
    """The least that an accepted variant value adds; ``None`` where the offer makes none of them."""
    costs = offer.value_cost.get(name, {})
    made = offer.makes.get(name, ())
    return min(
        (
            costs.get(value, 0)
            for bit, value in enumerate(problem.attributes[name])
            if mask >> bit & 1 and value in made
        ),
        default=None,
    )
