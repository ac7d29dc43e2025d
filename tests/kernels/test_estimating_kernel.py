"""Expected units of a pool: cases checkable by hand, and what must hold whatever the numbers."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demand.estimating.kernel import (
    ClosedCampaign,
    DemandGroup,
    EstimatingProblem,
    FirmLine,
    InvalidProblem,
    OutcomeLine,
    estimate,
    fit,
)
from demand.estimating.kernel.scoring import crps, interval

DAY = date(2026, 1, 1)
UNLEARNT = fit([])


def campaign(number: int, *, wishes: int = 1000, bought: int = 500, category: str = "laptop") -> ClosedCampaign:
    return ClosedCampaign(
        key=f"c{number}",
        closed=DAY - timedelta(days=30 - number),
        category=category,
        lines=(OutcomeLine(kind="wish", persons=wishes, units=wishes, bought=bought),),
    )


def problem(**changed: object) -> EstimatingProblem:
    plain: dict[str, object] = {"category": "laptop", "as_of": DAY, "price_points_minor": (500_000, 600_000)}
    return EstimatingProblem(**{**plain, **changed})  # type: ignore[arg-type]


def test_firm_units_alone_are_certain_and_count_up_to_their_ceiling() -> None:
    firm = (FirmLine(units=300, ceiling_minor=550_000, variant="red"), FirmLine(units=112, variant="blue"))
    found = estimate(UNLEARNT, problem(firm=firm))
    low, high = found.points
    assert (low.firm_units, low.mean, low.interval80.low, low.interval80.high) == (412, 412.0, 412, 412)
    assert (high.firm_units, high.mean, high.interval95.low, high.interval95.high) == (112, 112.0, 112, 112)
    assert low.share_by_variant == {"blue": pytest.approx(112 / 412), "red": pytest.approx(300 / 412)}
    assert (low.probability_at_least(412), low.probability_at_least(413)) == (1.0, 0.0)


def test_a_haircut_takes_its_share_of_the_firm_units() -> None:
    point = estimate(UNLEARNT, problem(firm=(FirmLine(units=1000),), firm_keep_rate=0.9)).at(500_000)
    assert (point.firm_units, point.firm_expected, point.mean) == (1000, 900.0, 900.0)
    assert 885 <= point.interval80.low < 900 < point.interval80.high <= 915


def test_a_pool_without_demand_is_zero() -> None:
    point = estimate(UNLEARNT, problem()).points[0]
    assert (point.mean, point.interval95.high, point.contributions, point.share_by_week) == (0.0, 0, (), {})


def test_half_of_the_wishes_bought_twenty_times_means_half_of_the_next() -> None:
    model = fit([campaign(number) for number in range(20)])
    point = estimate(model, problem(groups=(DemandGroup(kind="wish", persons=400),))).at(500_000)
    assert point.mean == pytest.approx(200, abs=6)
    assert point.contributions[0].count == 400
    assert point.contributions[0].rate == pytest.approx(point.mean / 400)
    assert 170 <= point.interval80.low < 200 < point.interval80.high <= 230
    assert estimate(model, problem()).campaigns_learnt == 20


def test_the_mean_is_firm_plus_the_contributions() -> None:
    groups = (
        DemandGroup(kind="wish", persons=2310),
        DemandGroup(kind="cart", persons=1400, units_each=2),
        DemandGroup(kind="view", persons=90, ceiling_minor=520_000),
    )
    point = estimate(UNLEARNT, problem(firm=(FirmLine(units=412),), groups=groups)).at(500_000)
    assert [(part.kind, part.persons, part.count) for part in point.contributions] == [
        ("wish", 2310, 2310),
        ("cart", 1400, 2800),
        ("view", 90, 90),
    ]
    assert point.mean == pytest.approx(412 + sum(part.rate * part.count for part in point.contributions))
    assert point.interval95.low <= point.interval80.low <= point.mean <= point.interval80.high <= point.interval95.high


def test_a_ceiling_counts_at_every_price_up_to_it_and_at_none_above() -> None:
    groups = (DemandGroup(kind="wish", persons=10, ceiling_minor=550_000),)
    low, high = estimate(UNLEARNT, problem(groups=groups)).points
    assert low.contributions[0].count == 10
    assert (high.contributions, high.mean) == ((), 0.0)


def test_old_campaigns_count_less_than_new_ones() -> None:
    old = [campaign(-400 - number, bought=100) for number in range(5)]
    new = [campaign(number, bought=800) for number in range(5)]
    point = estimate(fit(old + new), problem(groups=(DemandGroup(kind="wish", persons=100),))).points[0]
    assert point.mean > 70


def test_few_campaigns_of_a_category_lean_on_the_others() -> None:
    others = [campaign(number, category=f"other{number % 3}", bought=500) for number in range(15)]
    own = campaign(16, wishes=4, bought=0)
    rate = estimate(fit([*others, own]), problem(groups=(DemandGroup(kind="wish", persons=100),))).points[0].mean
    assert 30 < rate < 52


def test_fewer_campaigns_mean_a_wider_interval() -> None:
    groups = (DemandGroup(kind="wish", persons=1000),)
    few = estimate(fit([campaign(1)]), problem(groups=groups)).points[0].interval80
    many = estimate(fit([campaign(number) for number in range(25)]), problem(groups=groups)).points[0].interval80
    assert few.high - few.low > many.high - many.low


GROUPS = st.lists(
    st.builds(
        DemandGroup,
        kind=st.sampled_from(["wish", "cart", "search", "view"]),
        persons=st.integers(1, 60),
        units_each=st.sampled_from([1, 1, 2, 7]),
        age_days=st.integers(0, 200),
        ceiling_minor=st.sampled_from([None, 90, 100, 104, 119, 150, 400]),
        variant=st.sampled_from(["", "red"]),
    ),
    max_size=8,
)
FIRM = st.lists(
    st.builds(FirmLine, units=st.integers(1, 40), ceiling_minor=st.sampled_from([None, 95, 120])), max_size=3
)
LEARNT = fit([campaign(number) for number in range(3)])


def small(groups: list[DemandGroup], firm: list[FirmLine]) -> EstimatingProblem:
    return problem(price_points_minor=(90, 100, 118, 150), groups=tuple(groups), firm=tuple(firm), firm_keep_rate=0.95)


@settings(max_examples=60, deadline=None)
@given(GROUPS, FIRM)
def test_a_higher_price_never_raises_anything(groups: list[DemandGroup], firm: list[FirmLine]) -> None:
    points = estimate(LEARNT, small(groups, firm), draws=200).points
    for cheap, dear in pairwise(points):
        assert dear.mean <= cheap.mean + 1e-9
        assert dear.firm_units <= cheap.firm_units
        for fresh, before in ((dear.interval80, cheap.interval80), (dear.interval95, cheap.interval95)):
            assert fresh.low <= before.low
            assert fresh.high <= before.high
        assert all(dear.probability_at_least(units) <= cheap.probability_at_least(units) for units in (1, 20, 100))


@settings(max_examples=60, deadline=None)
@given(GROUPS, FIRM)
def test_intervals_nest_shares_add_up_and_units_stay_within_the_demand(
    groups: list[DemandGroup], firm: list[FirmLine]
) -> None:
    for point in estimate(LEARNT, small(groups, firm), draws=200).points:
        wide, narrow = point.interval95, point.interval80
        assert 0 <= wide.low <= narrow.low <= narrow.high <= wide.high
        asked = point.firm_units + sum(part.count for part in point.contributions)
        assert point.mean <= asked + 1e-9
        shares = (point.share_by_variant, point.share_by_region, point.share_by_week)
        assert all(sum(share.values()) == pytest.approx(1 if asked else 0) for share in shares)


@settings(max_examples=30, deadline=None)
@given(GROUPS, FIRM, st.randoms(use_true_random=False))
def test_shuffling_the_demand_changes_nothing(groups: list[DemandGroup], firm: list[FirmLine], random: object) -> None:
    mixed = list(groups)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    one = estimate(LEARNT, small(groups, firm), seed=3, draws=200)
    other = estimate(LEARNT, small(mixed, firm[::-1]), seed=3, draws=200)
    for left, right in zip(one.points, other.points, strict=True):
        assert (left.mean, left.interval80, left.contributions) == (right.mean, right.interval80, right.contributions)
        assert np.array_equal(left.sorted_units, right.sorted_units)


def test_shuffling_the_history_changes_nothing() -> None:
    history = [campaign(number, bought=100 * (number % 5)) for number in range(12)]
    asked = problem(groups=(DemandGroup(kind="wish", persons=50), DemandGroup(kind="cart", persons=5)))
    one, other = estimate(fit(history), asked).points[0], estimate(fit(history[::-1]), asked).points[0]
    assert (one.mean, one.interval80, one.interval95) == (other.mean, other.interval80, other.interval95)


def test_a_person_split_over_groups_counts_as_one_crowd() -> None:
    one = estimate(LEARNT, problem(groups=(DemandGroup(kind="wish", persons=40),))).points[0]
    two = estimate(LEARNT, problem(groups=(DemandGroup(kind="wish", persons=15), DemandGroup(kind="wish", persons=25))))
    assert two.points[0].mean == pytest.approx(one.mean)
    assert np.array_equal(two.points[0].sorted_units, one.sorted_units)


@pytest.mark.parametrize(
    "make",
    [
        lambda: problem(price_points_minor=()),
        lambda: problem(price_points_minor=(200, 100)),
        lambda: problem(price_points_minor=(0, 100)),
        lambda: problem(firm_keep_rate=0.0),
        lambda: DemandGroup(kind="purchase", persons=1),
        lambda: DemandGroup(kind="wish", persons=0),
        lambda: DemandGroup(kind="wish", persons=1, ceiling_minor=0),
        lambda: FirmLine(units=0),
        lambda: OutcomeLine(kind="wish", persons=2, units=1, bought=0),
        lambda: OutcomeLine(kind="wish", persons=1, units=1, bought=-1),
    ],
)
def test_a_problem_that_contradicts_itself_is_refused(make: object) -> None:
    with pytest.raises(InvalidProblem):
        make()  # type: ignore[operator]


def test_the_interval_is_the_nearest_to_its_level() -> None:
    found = interval(np.arange(1, 11), 0.8)
    assert (found.low, found.high) == (2, 9)
    assert found.probability == pytest.approx(0.8)
    mostly = np.array([0] * 8 + [1, 2])
    assert (interval(mostly, 0.8).low, interval(mostly, 0.8).high) == (0, 0)


def test_crps_of_a_certain_forecast_is_the_distance() -> None:
    assert crps(np.array([4, 4]), 7) == 3.0
    assert crps(np.array([0, 2]), 1) == 0.5
