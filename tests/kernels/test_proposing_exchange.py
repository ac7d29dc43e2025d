"""Exchanges of open orders: what the pool weighs at once is what the orders are worth one set at a time."""

from __future__ import annotations

import numpy as np
import pytest

from manufacturers.proposing.kernel import Lines, Offer, ProposingProblem, Tier, build
from manufacturers.proposing.kernel.exchange import Pool
from manufacturers.proposing.kernel.ladders import class_prices
from manufacturers.proposing.kernel.model import Model, compile_model


def _market(seed: int, *, moq: int = 0, capacity: int = 10**6, max_orders: int = 3) -> ProposingProblem:
    random = np.random.default_rng(seed)
    count = 400
    lines = Lines(
        ids=np.arange(count).astype(np.str_),
        units=random.integers(1, 9, count),
        permille=random.integers(100, 1000, count),
        ceiling=random.integers(700, 1500, count),
        within_days=random.integers(5, 40, count),
        accepts={"colour": random.integers(1, 8, count), "size": random.integers(1, 8, count)},
    )
    offers = [
        Offer(
            id=f"o{m}",
            makes={"colour": ("a", "b", "c")[: 2 + m % 2], "size": ("s", "t", "u")},
            lead_days=int(random.integers(1, 30)),
            moq=moq,
            capacity=capacity,
            opening_cost=int(random.integers(0, 500)),
            tiers=(Tier(min_units=moq, unit_price=int(random.integers(600, 1100))),),
        )
        for m in range(4)
    ]
    attributes = {"colour": ("a", "b", "c"), "size": ("s", "t", "u")}
    return build(attributes=attributes, shared=("colour", "size"), max_orders=max_orders, offers=offers, lines=lines)


def _surplus(model: Model, chosen: tuple[int, ...]) -> float:
    """Every cell on its cheapest order, counted one class at a time."""
    if not chosen:
        return 0.0
    lowest = class_prices(model, np.array(chosen)).min(axis=1)[model.cells.cls]
    gain = np.maximum(model.cells.ceiling - lowest, 0.0) * model.cells.weight
    return float(gain.sum() - model.candidates.opening[list(chosen)].sum())


@pytest.mark.parametrize("seed", range(5))
def test_without_minima_an_exchange_gains_what_it_seems_to(seed: int) -> None:
    model = compile_model(_market(seed))
    pool = Pool(model, np.arange(len(model.candidates)))
    chosen = tuple(int(k) for k in np.random.default_rng(seed).choice(len(model.candidates), 3, replace=False))
    base = _surplus(model, chosen)
    found = {tuple(sorted(other)): gain for other, gain in pool.exchanges(chosen)}
    closing, swapping = 3, 3 * (len(model.candidates) - 3)
    assert len(found) == closing + swapping
    assert [found[key] for key in found] == pytest.approx([_surplus(model, key) - base for key in found])


def test_an_opening_gains_what_it_seems_to_while_there_is_room() -> None:
    model = compile_model(_market(9))
    pool = Pool(model, np.arange(len(model.candidates)))
    added = pool.additions((0, 5))
    assert [gain for _, gain in added] == sorted((gain for _, gain in added), reverse=True)
    assert dict(added) == pytest.approx(
        {
            k: _surplus(model, (0, 5, k)) - _surplus(model, (0, 5))
            for k in range(len(model.candidates))
            if k not in (0, 5)
        }
    )
    assert pool.additions((0, 5, 7)) == []


def test_a_minimum_hard_to_reach_and_a_capacity_overrun_count_against_an_exchange() -> None:
    free = compile_model(_market(3))
    every = np.arange(len(free.candidates))
    freely = dict(Pool(free, every).additions(()))
    for bound in (compile_model(_market(3, moq=900, capacity=10**6)), compile_model(_market(3, capacity=20))):
        held = dict(Pool(bound, every).additions(()))
        assert held.keys() == freely.keys()
        assert all(held[k] <= freely[k] for k in held)
        assert sum(held.values()) < sum(freely.values())


def test_a_set_outside_the_pool_is_not_held() -> None:
    model = compile_model(_market(1))
    pool = Pool(model, np.array([1, 4]))
    assert pool.holds(())
    assert pool.holds((4, 1))
    assert not pool.holds((1, 2))
