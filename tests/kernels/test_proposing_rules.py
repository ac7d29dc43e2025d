"""Each rule of proposing on a market small enough to check by hand, and the verifier on plans broken on purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from manufacturers.proposing.kernel import (
    BadProblem,
    BulkOrder,
    FixedOrder,
    Offer,
    Outcome,
    Proposals,
    ProposingProblem,
    SolveLimits,
    Tier,
    build,
    lines_from_rows,
    solve,
    violations,
    with_fixed,
)

VALUES = {"size": ("s", "m"), "colour": ("red", "blue")}
Row = tuple[str, int, int, int, int, Mapping[str, Sequence[str]]]
THREE: list[Row] = [
    ("ana", 1, 1000, 100, 30, {}),
    ("ben", 2, 500, 90, 30, {"size": ["s"]}),
    ("cho", 1, 1000, 80, 30, {"size": ["m"]}),
]


def offer(**changes: Any) -> Offer:
    """Maker A: size s or m, minimum 2 units, 60 each and 50 from 3 on, opening 10."""
    plain: dict[str, Any] = {
        "id": "a",
        "makes": {"size": ("s", "m"), "colour": ("red", "blue")},
        "lead_days": 14,
        "moq": 2,
        "capacity": 10,
        "opening_cost": 10,
        "tiers": (Tier(min_units=2, unit_price=60), Tier(min_units=3, unit_price=50)),
        "value_cost": {},
    }
    return Offer(**{**plain, **changes})


def market(*offers: Offer, rows: list[Row], max_orders: int = 2, shared: Sequence[str] = ("size",)) -> ProposingProblem:
    lines = lines_from_rows(attributes=VALUES, rows=rows)
    return build(attributes=VALUES, shared=shared, max_orders=max_orders, offers=offers, lines=lines)


def solved(problem: ProposingProblem) -> Outcome:
    outcome = solve(problem, limits=SolveLimits(iterations=2), seed=0)
    assert outcome.plan is not None
    assert violations(problem, outcome.plan) == []
    assert outcome.status == "optimal"
    assert outcome.bound == outcome.objective
    return outcome


def served(outcome: Outcome) -> list[tuple[str, ...]]:
    assert outcome.plan is not None
    return [order.line_ids for order in outcome.plan.orders]


def test_the_lines_that_share_a_specification_are_pooled_to_the_minimum() -> None:
    outcome = solved(market(offer(), rows=THREE))
    assert served(outcome) == [("ana", "ben")]
    assert outcome.objective == (40 + 30 - 10) * 1000


def test_a_deeper_tier_prices_every_unit() -> None:
    outcome = solved(market(offer(), rows=[*THREE, ("dee", 1, 1000, 55, 30, {})]))
    assert served(outcome) == [("ana", "ben", "dee")]
    assert outcome.objective == (50 + 40 + 5 - 10) * 1000
    assert outcome.plan is not None
    assert (outcome.plan.orders[0].tier, outcome.plan.orders[0].unit_price) == (1, 50)


def test_a_minimum_that_is_missed_opens_nothing() -> None:
    outcome = solved(market(offer(moq=3, tiers=(Tier(min_units=3, unit_price=50),)), rows=THREE[:2]))
    assert (served(outcome), outcome.objective) == ([], 0)


def test_expected_volume_counts_units_times_chance() -> None:
    rows: list[Row] = [("ana", 4, 250, 100, 30, {}), ("ben", 1, 999, 100, 30, {})]
    assert served(solved(market(offer(), rows=rows))) == []
    assert served(solved(market(offer(), rows=[*rows, ("cho", 1, 1, 60, 30, {})]))) == [("ana", "ben", "cho")]


def test_nobody_pays_above_the_ceiling() -> None:
    assert served(solved(market(offer(), rows=[("ana", 2, 1000, 60, 30, {}), ("ben", 2, 1000, 49, 30, {})]))) == []
    rows: list[Row] = [("ana", 2, 1000, 66, 30, {}), ("ben", 2, 1000, 59, 30, {})]
    assert served(solved(market(offer(tiers=(Tier(min_units=2, unit_price=60),)), rows=rows))) == [("ana",)]


def test_a_line_that_can_pay_just_the_lowest_price_helps_the_minimum() -> None:
    rows: list[Row] = [("ana", 1, 1000, 100, 30, {}), ("ben", 1, 1000, 60, 30, {})]
    outcome = solved(market(offer(tiers=(Tier(min_units=2, unit_price=60),)), rows=rows))
    assert (served(outcome), outcome.objective) == ([("ana", "ben")], (40 - 10) * 1000)


def test_nobody_waits_longer_than_said() -> None:
    rows: list[Row] = [("ana", 2, 1000, 100, 14, {}), ("ben", 2, 1000, 100, 13, {})]
    assert served(solved(market(offer(), rows=rows))) == [("ana",)]


def test_capacity_holds_over_all_orders_of_an_offer() -> None:
    rows: list[Row] = [("ana", 2, 1000, 100, 30, {"size": ["s"]}), ("ben", 2, 1000, 90, 30, {"size": ["m"]})]
    assert served(solved(market(offer(capacity=4), rows=rows))) == [("ana",), ("ben",)]
    assert served(solved(market(offer(capacity=3), rows=rows))) == [("ana",)]


def test_no_more_orders_than_allowed() -> None:
    rows: list[Row] = [("ana", 2, 1000, 100, 30, {"size": ["s"]}), ("ben", 2, 1000, 90, 30, {"size": ["m"]})]
    assert served(solved(market(offer(), rows=rows, max_orders=1))) == [("ana",)]
    assert served(solved(market(offer(), rows=rows, max_orders=0))) == []


def test_an_order_that_does_not_repay_its_opening_is_not_opened() -> None:
    assert served(solved(market(offer(opening_cost=69), rows=THREE[:2]))) == [("ana", "ben")]
    assert served(solved(market(offer(opening_cost=71), rows=THREE[:2]))) == []


def test_a_variant_is_the_cheapest_accepted_value_made() -> None:
    costs = {"colour": {"red": 5, "blue": -3}}
    rows: list[Row] = [("ana", 2, 1000, 100, 30, {"colour": ["red"]}), ("ben", 2, 1000, 90, 30, {})]
    outcome = solved(market(offer(value_cost=costs), rows=rows))
    assert served(outcome) == [("ana", "ben")]
    assert outcome.objective == (2 * (100 - 55) + 2 * (90 - 47) - 10) * 1000
    only_blue = {"size": ("s",), "colour": ("blue",)}
    assert served(solved(market(offer(value_cost=costs, makes=only_blue), rows=rows))) == [("ben",)]


def test_nothing_to_sell_and_nobody_to_serve_are_answered_plainly() -> None:
    for problem in (market(rows=THREE), market(offer(), rows=[]), market(rows=[]), market(offer(moq=99), rows=THREE)):
        outcome = solved(problem)
        assert (served(outcome), outcome.objective, outcome.gap) == ([], 0, 0.0)


def test_a_counter_is_kept_and_the_rest_solved_around_it() -> None:
    problem = market(offer(), offer(id="b", moq=1, tiers=(Tier(min_units=1, unit_price=70),)), rows=THREE)
    free = solved(problem)
    counter = FixedOrder(offer_id="a", specification={"size": "s"}, tier=0, unit_price=75)
    bound = solved(with_fixed(problem, counter))
    assert bound.plan is not None
    assert bound.plan.orders[0].unit_price == 75
    assert bound.objective == (25 + 15 - 10) * 1000
    assert free.objective == (40 + 30 - 10) * 1000


def test_a_counter_that_cannot_be_kept_is_infeasible() -> None:
    counter = FixedOrder(offer_id="a", specification={"size": "m"}, tier=1, unit_price=90)
    outcome = solve(with_fixed(market(offer(), rows=THREE), counter), limits=SolveLimits(iterations=2), seed=0)
    assert (outcome.status, outcome.plan) == ("infeasible", None)


def test_without_any_allowance_the_status_is_honest() -> None:
    problem = market(offer(), rows=THREE)
    for limits in (SolveLimits(seconds=0), SolveLimits(iterations=0)):
        outcome = solve(problem, limits=limits, seed=0)
        assert (outcome.status, outcome.plan, outcome.objective) == ("feasible", Proposals(), 0)
        assert outcome.bound >= 60_000
        counter = FixedOrder(offer_id="a", specification={"size": "s"}, tier=0)
        held = solve(with_fixed(problem, counter), limits=limits, seed=0)
        assert (held.status, held.plan) == ("unknown", None)


GOOD = BulkOrder(
    offer_id="a",
    specification={"size": "s"},
    tier=0,
    unit_price=60,
    volume_permille=2000,
    line_ids=("ana", "ben"),
)


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("offer", {"offer_id": "z"}),
        ("specification", {"specification": {"size": "l"}}),
        ("specification", {"specification": {}}),
        ("tier", {"tier": 2}),
        ("price", {"unit_price": 59}),
        ("line", {"line_ids": ("ana", "ben", "zoe")}),
        ("accepts", {"line_ids": ("ana", "cho")}),
        ("lead time", {"line_ids": ("ana", "eve")}),
        ("ceiling", {"line_ids": ("ana", "fay")}),
        ("variant", {"line_ids": ("ana", "gus")}),
        ("volume", {"volume_permille": 1999}),
        ("minimum", {"line_ids": ("ana",), "volume_permille": 1000}),
        ("minimum", {"tier": 1, "unit_price": 50}),
        ("capacity", {"line_ids": ("ana", "ben", "hal"), "volume_permille": 5000}),
    ],
)
def test_the_verifier_names_exactly_the_rule_broken(rule: str, changes: dict[str, Any]) -> None:
    extra: list[Row] = [
        ("eve", 1, 1000, 100, 13, {}),
        ("fay", 1, 1000, 59, 30, {}),
        ("gus", 1, 1000, 100, 30, {"colour": ["blue"]}),
        ("hal", 3, 1000, 100, 30, {}),
    ]
    problem = market(offer(capacity=4, makes={"size": ("s", "m"), "colour": ("red",)}), rows=[*THREE, *extra])
    assert violations(problem, Proposals(orders=(GOOD,))) == []
    broken = violations(problem, Proposals(orders=(replace(GOOD, **changes),)))
    assert [text.split(":")[0] for text in broken] == [rule]


def test_the_verifier_names_rules_between_orders() -> None:
    problem = market(offer(), rows=THREE, max_orders=1)
    twice = violations(problem, Proposals(orders=(GOOD, GOOD)))
    assert [text.split(":")[0] for text in twice] == ["orders", "once", "once"]
    counter = FixedOrder(offer_id="a", specification={"size": "m"}, tier=0)
    missing = violations(with_fixed(problem, counter), Proposals(orders=(GOOD,)))
    assert [text.split(":")[0] for text in missing] == ["fixed"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"moq": -1}, "offers.a.moq"),
        ({"capacity": 1.5}, "offers.a.capacity"),
        ({"tiers": ()}, "offers.a.tiers"),
        ({"tiers": (Tier(min_units=3, unit_price=1), Tier(min_units=3, unit_price=0))}, "offers.a.tiers"),
        ({"makes": {"shape": ("round",)}}, "offers.a.makes.shape"),
        ({"value_cost": {"size": {"xl": 1}}}, "offers.a.value_cost.size"),
    ],
)
def test_an_offer_that_cannot_be_used_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(BadProblem) as caught:
        market(offer(**changes), rows=THREE)
    assert str(caught.value).split(":")[0] == field


def test_a_line_twice_is_refused() -> None:
    with pytest.raises(BadProblem, match="no line id twice"):
        market(offer(), rows=[THREE[0], THREE[0]])
