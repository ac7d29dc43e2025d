"""From open orders and placed lines to a plan, and the plan's surplus recomputed from its lines."""

from __future__ import annotations

import numpy as np

from .model import NEVER, Model
from .problem import BulkOrder, Ints, Offer, Proposals, ProposingProblem


def plan_of(problem: ProposingProblem, model: Model, chosen: tuple[int, ...], where: Ints) -> Proposals:
    """The plan in which line ``model.line[i]`` is on order ``where[i]`` (-1: none) of ``chosen``."""
    c = model.candidates
    weight = problem.lines.units * problem.lines.permille
    orders = []
    for k, candidate in enumerate(chosen):
        rows = np.sort(model.line[where == k])
        spec = model.spec_value[c.spec[candidate]]
        orders.append(
            BulkOrder(
                offer_id=problem.offers[c.offer[candidate]].id,
                specification={a: problem.attributes[a][v] for a, v in zip(problem.shared, spec, strict=True)},
                tier=int(c.tier[candidate]),
                unit_price=int(c.price[candidate]),
                volume_permille=int(weight[rows].sum()),
                line_ids=tuple(problem.lines.ids[rows].tolist()),
            )
        )
    return Proposals(orders=tuple(orders))


def surplus_permille(problem: ProposingProblem, plan: Proposals) -> int:
    """Sum of (ceiling - unit price) x units x permille over the lines served, less opening costs x 1000."""
    offers = {offer.id: offer for offer in problem.offers}
    lines = problem.lines
    order = np.argsort(lines.ids)
    total = 0
    for bulk in plan.orders:
        offer = offers[bulk.offer_id]
        ids = np.array(bulk.line_ids, dtype=lines.ids.dtype)
        rows = order[np.searchsorted(lines.ids, ids, sorter=order)]
        price = bulk.unit_price + _variants(problem, offer, rows)
        total += int(((lines.ceiling[rows] - price) * lines.units[rows] * lines.permille[rows]).sum())
        total -= 1000 * offer.opening_cost
    return total


def ceiling_bound(problem: ProposingProblem) -> int:
    """Every line served at the lowest price any offer names: above any plan, and needs no solving."""
    lowest = [
        min(tier.unit_price for tier in offer.tiers)
        + sum(min((cost.get(v, 0) for v in offer.makes.get(a, ())), default=0) for a, cost in offer.value_cost.items())
        for offer in problem.offers
    ] + [fixed.unit_price for fixed in problem.fixed if fixed.unit_price is not None]
    if not lowest or problem.max_orders == 0:
        return 0
    room = np.maximum(problem.lines.ceiling - min(lowest) + _discount(problem), 0)
    return int((room * problem.lines.units * problem.lines.permille).sum())


def _discount(problem: ProposingProblem) -> int:
    """The most that variants can take off a price fixed by a counter."""
    if not any(fixed.unit_price is not None for fixed in problem.fixed):
        return 0
    return -min(
        sum(min((0, *offer.value_cost.get(a, {}).values())) for a in problem.variants) for offer in problem.offers
    )


def _variants(problem: ProposingProblem, offer: Offer, rows: Ints) -> Ints:
    """What the cheapest accepted variants add to the price of each row."""
    added = np.zeros(len(rows), dtype=np.int64)
    for name in problem.variants:
        least = np.full(len(rows), NEVER, dtype=np.int64)
        for k, value in enumerate(problem.attributes[name]):
            if value in offer.makes.get(name, ()):
                adds = offer.value_cost.get(name, {}).get(value, 0)
                taken = (problem.lines.accepts[name][rows] >> k) & 1 == 1
                least = np.where(taken, np.minimum(least, adds), least)
        added += least
    return added
