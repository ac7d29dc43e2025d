"""Laws of what a place costs: what a shopper is shown is what everyone is paid, to the minor unit."""

from __future__ import annotations

from dataclasses import astuple, dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demand.campaigning.kernel import (
    Parts,
    Want,
    leave_terms,
    most_of,
    parts_of,
    reached_price,
    shared_by,
    unit_total,
    units_at,
)
from manufacturers.offering.pricing import delivered_price, share

PRICE = st.integers(1, 10_000_000)
UNITS = st.integers(1, 100_000)
PERMILLE = st.integers(0, 1000)


@dataclass
class Terms:
    vat_permille: int
    freight_minor: dict[str, int] = field(default_factory=dict)


def test_a_place_of_three_units_is_taken_apart_as_it_was_put_together() -> None:
    # 100.00 + 13 % = 113.00; 3 % of it 3.39; freight 20.00: 136.39 a unit.
    found = parts_of(total_minor=40_917, units=3, freight_minor=2_000, vat_permille=130, fee_permille=30)
    assert found == Parts(maker_minor=30_000, vat_minor=3_900, freight_minor=6_000, fee_minor=1_017)


@given(PRICE, UNITS, PERMILLE, PERMILLE, st.integers(0, 100_000), st.sampled_from(["CN-SC", "CN-GD"]))
def test_law_what_was_shown_is_what_everyone_is_paid(
    price: int, units: int, vat: int, fee: int, rate: int, region: str
) -> None:
    freight = {"CN-SC": rate, "*": 7}
    shown = unit_total(
        price_minor=delivered_price(Terms(vat), price, fee_permille=fee),
        adder_minor=0,
        freight_minor=freight,
        region=region,
    )
    assert shown == delivered_price(Terms(vat, freight), price, region, fee_permille=fee)

    found = parts_of(
        total_minor=shown * units,
        units=units,
        freight_minor=freight.get(region, 7),
        vat_permille=vat,
        fee_permille=fee,
    )

    assert sum(astuple(found)) == shown * units
    with_vat = price + share(price, vat)
    assert found == Parts(
        maker_minor=units * price,
        vat_minor=units * (with_vat - price),
        freight_minor=units * freight.get(region, 7),
        fee_minor=units * share(with_vat, fee),
    )


@given(PRICE, st.integers(0, 50_000), UNITS, PERMILLE, PERMILLE)
def test_law_any_total_is_taken_apart_without_loss(price: int, freight: int, units: int, vat: int, fee: int) -> None:
    total = units * (price + freight)
    found = parts_of(total_minor=total, units=units, freight_minor=freight, vat_permille=vat, fee_permille=fee)
    assert sum(astuple(found)) == total
    assert min(astuple(found)) >= 0


@given(
    st.dictionaries(st.sampled_from("abcd"), st.integers(0, 10**9), min_size=1),
    st.lists(st.integers(0, 10**9), max_size=4),
)
def test_law_refunds_take_from_each_no_more_than_it_has(balances: dict[str, int], refunds: list[int]) -> None:
    left = dict(balances)
    for asked in refunds:
        amount = min(asked, sum(left.values()))
        taken = shared_by(amount, left)
        assert sum(taken.values()) == amount
        left = {name: left[name] - taken.get(name, 0) for name in left}
        assert min(left.values()) >= 0
    shared = shared_by(sum(left.values()), left)
    assert shared in (left, {})


@given(
    st.sampled_from(["open", "consent", "locked", "released", "production", "shipped"]),
    st.integers(1, 10**9),
    st.integers(1, 50),
    st.integers(0, 100),
    st.booleans(),
    st.integers(0, 30),
    PERMILLE,
    PERMILLE,
)
def test_law_refund_and_fee_are_what_was_captured_in_every_bracket(
    state: str, captured: int, units: int, firm: int, taken_over: bool, late: int, late_fee: int, released_fee: int
) -> None:
    terms = leave_terms(
        state=state,
        total_minor=captured,
        units=units,
        firm_units=firm,
        min_units=20,
        taken_over=taken_over,
        days_late=late,
        late_days_free=14,
        late_fee_permille=late_fee,
        released_fee_permille=released_fee,
    )
    assert 0 <= terms.fee_minor <= captured
    parts = parts_of(total_minor=captured * units, units=units, freight_minor=0, vat_permille=130, fee_permille=30)
    paid = dict(zip("abcd", astuple(parts), strict=True))
    refund = captured * units - terms.fee_minor
    kept = sum(paid.values()) - sum(shared_by(refund, paid).values())
    assert kept == terms.fee_minor
    if state in ("open", "consent") or late >= 14:
        assert terms.fee_minor == 0


def want(**said: Any) -> Want:
    """One unit, any price."""
    plain: dict[str, Any] = {"quantity": 1, "ceiling_minor": None, "budget_minor": None, "intent": "quantity"}
    return Want(**({"steps": (), "region": "", "needed_by": None} | plain | said))


@pytest.mark.parametrize(
    ("said", "price", "units", "most"),
    [
        ({"quantity": 2, "ceiling_minor": 700}, 700, 2, 2_100),
        ({"quantity": 2, "ceiling_minor": 700}, 701, 0, 2_100),
        ({"quantity": 2}, 10**9, 2, None),
        ({"ceiling_minor": 700, "steps": ((1, 700), (2, 550))}, 600, 1, 1_100),
        ({"ceiling_minor": 700, "steps": ((1, 700), (2, 550))}, 550, 2, 1_100),
        ({"budget_minor": 1_000, "intent": "budget"}, 300, 3, 1_000),
        ({"budget_minor": 1_000, "intent": "budget", "ceiling_minor": 290}, 300, 0, 1_000),
        ({"quantity": 2, "ceiling_minor": 700, "intent": "best_price"}, 700, 2, 2_100),
    ],
)
def test_what_a_wish_takes_at_a_price_and_the_most_it_may_come_to(
    said: dict[str, Any], price: int, units: int, most: int | None
) -> None:
    assert units_at(want(**said), price) == units
    assert most_of(want(**said), 1) == most


@given(
    PRICE,
    st.sampled_from(["quantity", "budget", "best_price"]),
    st.integers(1, 50),
    st.one_of(st.none(), PRICE),
    st.one_of(st.none(), PRICE),
    st.lists(st.tuples(st.integers(1, 50), PRICE), max_size=3),
    st.integers(0, 5),
)
def test_law_nobody_takes_more_than_was_said_on_the_button(
    price: int,
    intent: str,
    quantity: int,
    ceiling: int | None,
    budget: int | None,
    steps: list[tuple[int, int]],
    spare: int,
) -> None:
    highest = max((each for _units, each in steps), default=ceiling)
    asked = want(intent=intent, quantity=quantity, ceiling_minor=highest, budget_minor=budget, steps=tuple(steps))
    taken, most = units_at(asked, price), most_of(asked, spare)
    if highest is not None and price > highest:
        assert taken == 0
    if taken and most is not None:
        assert taken * price <= most


@given(
    st.lists(st.tuples(st.integers(1, 60), PRICE), min_size=1, max_size=5),
    st.integers(0, 60),
    st.integers(0, 20),
    PRICE,
)
def test_law_a_joining_shopper_never_raises_the_price(
    tiers: list[tuple[int, int]], firm: int, joins: int, highest: int
) -> None:
    before = reached_price(tiers=tiers, firm_units=firm, max_price_minor=highest)
    after = reached_price(tiers=tiers, firm_units=firm + joins, max_price_minor=highest)
    assert after <= before <= highest
