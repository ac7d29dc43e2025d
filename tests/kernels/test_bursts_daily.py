"""Bursts in daily counts: by hand, planted in noise, and what must not alarm."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from demand.estimating.kernel.bursts import Burst, find_bursts
from demand.estimating.kernel.problem import InvalidProblem
from tests.oracles.simulated_counts import Planted, series

START = date(2024, 1, 1)


def test_three_high_days_in_a_flat_series() -> None:
    counts = [100] * 100
    counts[80:83] = [300, 300, 300]
    (found,) = find_bursts(counts, start=START)
    assert (found.first, found.last, found.detected) == (date(2024, 3, 21), date(2024, 3, 23), date(2024, 3, 21))
    assert found.count == 900
    assert found.expected == pytest.approx(300)
    assert found.multiple == pytest.approx(3)
    assert found.multiple_of_last_year is None


def test_last_year_is_the_same_weekday_52_weeks_before() -> None:
    counts = [100] * 500
    counts[450 - 364] = 150
    counts[450] = 600
    found = find_bursts(counts, start=START)
    assert [burst.first for burst in found][-1] == date(2025, 3, 26)
    assert found[-1].multiple_of_last_year == pytest.approx(4)


@pytest.mark.parametrize("counts", [[], [5] * 56, [0] * 200, [0, 1] * 100, [100, 100, 100, 100, 160, 220, 180] * 30])
def test_what_is_ordinary_does_not_alarm(counts: list[int]) -> None:
    assert find_bursts(counts, start=START) == []


def test_a_slow_rise_is_not_a_burst() -> None:
    assert find_bursts([round(100 * 1.004**day) for day in range(300)], start=START) == []


def test_a_lasting_step_becomes_the_new_ordinary() -> None:
    found = find_bursts([100] * 100 + [300] * 200, start=START)
    assert found[0].first == date(2024, 4, 10)
    assert found[-1].last < date(2024, 4, 10) + timedelta(days=60)


def test_later_days_change_nothing_already_told() -> None:
    counts = list(series(rate=50, bursts=3, seed=4).counts)
    whole = find_bursts(counts, start=START)
    cut = find_bursts(counts[:600], start=START)
    ended = START + timedelta(days=590)
    assert [burst for burst in whole if burst.last < ended] == [burst for burst in cut if burst.last < ended]


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(InvalidProblem):
        find_bursts([1, -1], start=START)


def _caught(planted: Planted, found: list[Burst]) -> bool:
    first = START + timedelta(days=planted.first)
    last = first + timedelta(days=planted.days)
    return any(burst.first <= last and burst.last >= first for burst in found)


def _explained(burst: Burst, planted: tuple[Planted, ...]) -> bool:
    return any(
        START + timedelta(days=one.first - 1) <= burst.last
        and burst.first <= START + timedelta(days=one.first + one.days + 7)
        for one in planted
    )


def test_planted_bursts_are_found_and_little_else() -> None:
    caught = planted = alarms = 0
    cases = [(rate, seed) for rate in (10, 60, 400) for seed in range(4)]
    for rate, seed in cases:
        market = series(rate=rate, bursts=5, seed=seed)
        found = find_bursts(market.counts, start=START)
        planted += len(market.planted)
        caught += sum(_caught(one, found) for one in market.planted)
        alarms += sum(not _explained(burst, market.planted) for burst in found)
    assert caught / planted >= 0.95
    assert alarms / (len(cases) * (730 - 56) / 365) <= 1.0
