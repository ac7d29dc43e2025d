"""Laws of what a place costs: what a shopper is shown is what everyone is paid, to the minor unit."""

from __future__ import annotations

from dataclasses import astuple, dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from demand.campaigning.kernel import Parts, leave_terms, parts_of, shared_by, unit_total
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
