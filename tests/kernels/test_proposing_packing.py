"""The best orders whose minima fit their offer's capacity, against trying every set."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from manufacturers.proposing.kernel.packing import pack
from manufacturers.proposing.kernel.problem import Floats, Ints

OFFERS, PAIRS, TIERS = 3, 3, 2  # pairs an offer, tiers a pair


def _drawn(seed: int, count: int) -> tuple[Ints, Ints, Ints, Floats, Ints]:
    """Offer, pair, minimum and value of some candidates, sorted by offer and pair; and what is left of each offer."""
    random = np.random.default_rng(seed)
    place = np.sort(random.choice(OFFERS * PAIRS * TIERS, size=count, replace=False))
    offer, pair = place // (PAIRS * TIERS), place // TIERS
    tier_minimum = np.sort(random.integers(0, 60, (OFFERS, TIERS)), axis=1) * 10  # so that rounding is exact
    minimum = tier_minimum[offer, place % TIERS]
    return offer, pair, minimum, np.round(random.uniform(-20, 100, count), 1), np.full(OFFERS, 1000)


def _by_trying(offer: Ints, pair: Ints, minimum: Ints, value: Floats, left: Ints, room: int) -> float:
    best = 0.0
    for size in range(1, room + 1):
        for chosen in combinations(range(len(offer)), size):
            at = list(chosen)
            used = np.bincount(offer[at], weights=minimum[at], minlength=len(left))
            if len(set(pair[at])) == size and (used <= left).all():
                best = max(best, float(value[at].sum()))
    return best


@pytest.mark.parametrize("seed", range(60))
def test_the_best_orders_within_capacity_are_found(seed: int) -> None:
    drawn = _drawn(seed, count=9)
    room = 1 + seed % 4
    chosen, worth, fewer = pack(*drawn, room)
    offer, pair, minimum, value, left = drawn
    assert worth == pytest.approx(_by_trying(*drawn, room))
    assert value[chosen].sum() == pytest.approx(worth)
    assert len(chosen) <= room
    assert len(set(pair[chosen])) == len(chosen)
    assert (np.bincount(offer[chosen], weights=minimum[chosen], minlength=OFFERS) <= left).all()
    assert _by_trying(*drawn, room - 1) - 1e-9 <= fewer <= worth + 1e-9


def test_minima_between_the_parts_of_a_capacity_never_cost_a_set_that_fits() -> None:
    minimum = np.array([333_333, 333_333, 333_334], dtype=np.int64)
    chosen, worth, _ = pack(
        np.zeros(3, dtype=np.int64), np.arange(3), minimum, np.array([1.0, 2.0, 3.0]), np.array([1_000_000]), 3
    )
    assert (chosen.tolist(), worth) == ([0, 1, 2], 6.0)


def test_many_open_orders_of_one_offer_are_packed_too() -> None:
    count = 300
    value = np.arange(count, dtype=np.float64)
    minimum = np.full(count, 10, dtype=np.int64)
    chosen, worth, _ = pack(np.zeros(count, dtype=np.int64), np.arange(count), minimum, value, np.array([2000]), count)
    assert chosen.tolist() == list(range(100, 300))
    assert worth == value[100:].sum()


def test_nothing_worth_opening_opens_nothing() -> None:
    chosen, worth, fewer = pack(
        np.zeros(2, dtype=np.int64), np.arange(2), np.ones(2, dtype=np.int64), np.array([-1.0, 0.0]), np.array([5]), 2
    )
    assert (len(chosen), worth, fewer) == (0, 0.0, 0.0)
    nobody = np.zeros(0, dtype=np.int64)
    assert pack(nobody, nobody, nobody, np.zeros(0), np.array([5]), 0)[1] == 0.0
