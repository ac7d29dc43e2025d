"""Which pool an order is put to its maker for, so that it does not draw away whom dearer orders count on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from manufacturers.proposing.kernel import BulkOrder, Offer, ProposingProblem, Tier, build, lines_from_rows
from manufacturers.proposing.straying import weights_by_pool

ATTRIBUTES = {"size": ["s", "l"], "colour": ["red", "blue"]}


def problem(rows: Sequence[tuple[int, int, dict[str, list[str]]]]) -> ProposingProblem:
    """Lines of (ceiling, days, accepts), one unit each that surely buys; an offer that makes all, one without blue."""
    lines = [(str(k), 1, 1000, ceiling, days, accepts) for k, (ceiling, days, accepts) in enumerate(rows)]
    makes = {"size": ("s", "l"), "colour": ("red", "blue")}
    common: dict[str, Any] = {
        "lead_days": 10,
        "moq": 1,
        "capacity": 99,
        "opening_cost": 0,
        "tiers": (Tier(min_units=1, unit_price=100),),
    }
    return build(
        attributes=ATTRIBUTES,
        shared=["size"],
        max_orders=9,
        offers=[
            Offer(id="all", makes=makes, value_cost={"colour": {"blue": 7}}, **common),
            Offer(id="red", makes=makes | {"colour": ("red",)}, **common),
        ],
        lines=lines_from_rows(attributes=ATTRIBUTES, rows=lines),
    )


def order(offer: str, size: str, price: int, *lines: int) -> BulkOrder:
    return BulkOrder(
        offer_id=offer,
        specification={"size": size},
        tier=0,
        unit_price=price,
        volume_permille=1000 * len(lines),
        line_ids=tuple(map(str, lines)),
    )


def test_what_an_order_counts_on_and_what_would_stray_to_it_are_told_apart() -> None:
    posed = problem([(200, 30, {}), (200, 30, {}), (200, 30, {}), (90, 30, {})])
    cheap, dear = order("all", "s", 100, 0), order("all", "l", 120, 1, 2)

    counted, straying = weights_by_pool(posed, [cheap, dear], np.array([1, 1, 2, 2]))

    assert counted == [{1: 1000}, {1: 1000, 2: 1000}]
    assert straying == [{1: 1000, 2: 1000}, {}]


@pytest.mark.parametrize(
    ("cheap", "line"),
    [
        (order("all", "s", 100), (200, 30, {"size": ["l"]})),
        (order("all", "s", 100), (200, 9, {})),
        (order("all", "s", 100), (99, 30, {})),
        (order("all", "s", 100), (106, 30, {"colour": ["blue"]})),
        (order("red", "s", 100), (200, 30, {"colour": ["blue"]})),
        (order("all", "s", 120), (200, 30, {})),
    ],
    ids=["another size", "too late", "too dear", "its colour too dear", "not in its colour", "not cheaper"],
)
def test_nobody_strays_to_what_they_would_not_take_or_pays_as_much(
    cheap: BulkOrder, line: tuple[int, int, dict[str, list[str]]]
) -> None:
    posed = problem([line])
    _counted, straying = weights_by_pool(posed, [cheap, order("all", "l", 120, 0)], np.array([1]))
    assert straying[0] == {}
