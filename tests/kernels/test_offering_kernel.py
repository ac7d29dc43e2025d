"""Calendars through clock changes and midnight, delivered prices to the cent, sizes that are one size."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manufacturers.offering.kernel import (
    ShiftRule,
    Stretch,
    accepted,
    cannot_make,
    expand,
    fits,
    same_size,
    spread,
    week_of,
)
from manufacturers.offering.pricing import delivered_price, freight


def utc(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def rule(weekday: int, starts: int, ends: int) -> ShiftRule:
    return ShiftRule(weekday=weekday, starts=time(starts), ends=time(ends))


def test_a_local_shift_is_utc_half_open() -> None:
    found = expand([rule(0, 8, 17)], [], zone="Asia/Shanghai", start=utc(11, 2, 0), end=utc(11, 9, 0))
    assert found == ((utc(11, 2, 0), utc(11, 2, 9)),)


def test_a_shift_past_midnight_runs_into_the_next_day_and_is_cut_at_the_ends() -> None:
    rules = [rule(6, 20, 6)]
    found = expand(rules, [], zone="Asia/Shanghai", start=utc(11, 1, 18), end=utc(11, 8, 13))
    assert found == ((utc(11, 1, 18), utc(11, 1, 22)), (utc(11, 8, 12), utc(11, 8, 13)))


def test_a_shift_that_ends_at_midnight() -> None:
    assert expand([rule(0, 16, 0)], [], zone="UTC", start=utc(11, 1, 0), end=utc(11, 4, 0)) == (
        (utc(11, 2, 16), utc(11, 3, 0)),
    )


def test_a_night_shift_is_an_hour_shorter_in_spring_and_longer_in_autumn() -> None:
    spring = expand([rule(5, 22, 6)], [], zone="Europe/Berlin", start=utc(3, 28, 0), end=utc(3, 30, 0))
    autumn = expand([rule(5, 22, 6)], [], zone="Europe/Berlin", start=utc(10, 24, 0), end=utc(10, 26, 0))
    assert [b - a for a, b in spring] == [timedelta(hours=7)]
    assert [b - a for a, b in autumn] == [timedelta(hours=9)]


def test_a_shift_within_the_skipped_hour_is_read_with_the_offset_before() -> None:
    rules = [ShiftRule(weekday=6, starts=time(2, 15), ends=time(2, 45))]
    found = expand(rules, [], zone="Europe/Berlin", start=utc(3, 29, 0), end=utc(3, 30, 0))
    assert found == ((utc(3, 29, 1, 15), utc(3, 29, 1, 45)),)


def test_closed_stretches_are_taken_out_and_extra_work_is_joined() -> None:
    stretches = [
        Stretch(starts_at=utc(11, 2, 12), ends_at=utc(11, 2, 13)),
        Stretch(starts_at=utc(11, 2, 17), ends_at=utc(11, 2, 19), working=True),
        Stretch(starts_at=utc(11, 2, 18, 30), ends_at=utc(11, 3, 0)),
    ]
    found = expand([rule(0, 8, 17)], stretches, zone="UTC", start=utc(11, 2, 0), end=utc(11, 3, 0))
    assert found == ((utc(11, 2, 8), utc(11, 2, 12)), (utc(11, 2, 13), utc(11, 2, 18, 30)))


def test_shifts_that_overlap_are_worked_once() -> None:
    found = expand([rule(0, 8, 12), rule(0, 10, 14)], [], zone="UTC", start=utc(11, 2, 0), end=utc(11, 3, 0))
    assert found == ((utc(11, 2, 8), utc(11, 2, 14)),)


@given(
    hours=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 23), st.integers(0, 23)), max_size=5),
    closed=st.lists(st.tuples(st.integers(0, 200), st.integers(1, 30), st.booleans()), max_size=4),
)
def test_law_intervals_rise_and_an_hour_is_open_as_its_rules_say(
    hours: list[tuple[int, int, int]], closed: list[tuple[int, int, bool]]
) -> None:
    start = utc(11, 2, 0)
    rules = [rule(*one) for one in hours]
    stretches = [
        Stretch(
            starts_at=start + timedelta(hours=begin), ends_at=start + timedelta(hours=begin + length), working=working
        )
        for begin, length, working in closed
    ]
    found = expand(rules, stretches, zone="UTC", start=start, end=start + timedelta(days=9))
    assert all(a < b for a, b in found)
    assert all(one[1] < other[0] for one, other in pairwise(found))
    for hour in range(9 * 24):
        moment = start + timedelta(hours=hour)
        shut = any(x.starts_at <= moment < x.ends_at and not x.working for x in stretches)
        extra = any(x.starts_at <= moment < x.ends_at and x.working for x in stretches)
        shift = any(_in_shift(one, moment) for one in rules)
        assert any(a <= moment < b for a, b in found) == ((extra or shift) and not shut)


def _in_shift(one: ShiftRule, moment: datetime) -> bool:
    today, yesterday = moment.weekday() == one.weekday, (moment.weekday() - 1) % 7 == one.weekday
    if one.ends > one.starts:
        return today and one.starts <= moment.time() < one.ends
    return (today and moment.time() >= one.starts) or (yesterday and moment.time() < one.ends)


@dataclass
class Terms:
    vat_permille: int = 130
    freight_minor: dict[str, int] = field(default_factory=lambda: {"CN-SC": 38, "*": 25})


@pytest.mark.parametrize(
    ("price", "region", "expected"),
    [(10_000, "", 11_639), (10_000, "CN-SC", 11_677), (10_000, "CN-GD", 11_664), (50, "", 59), (1, "", 1)],
)
def test_a_delivered_price_rounds_half_up(price: int, region: str, expected: int) -> None:
    # 10,000 + 1,300 VAT = 11,300; 3 % of it is 339. 50 + 6.5 -> 57; 1.71 -> 2.
    assert delivered_price(Terms(), price, region, fee_permille=30) == expected


def test_without_a_rate_freight_is_free() -> None:
    assert freight({}, "CN-GD") == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (15.6, 15.6, True),
        (15.6, 15.21, True),
        (15.6, 15.2, False),
        (13.3, 13.6, True),
        (14, 13.3, False),
        (40, 39, True),
    ],
)
def test_sizes_within_two_and_a_half_percent_are_one(one: float, other: float, same: bool) -> None:
    assert same_size(one, other) is same
    assert same_size(other, one) is same


MAKES: dict[str, dict[str, Any]] = {
    "screen_size": {"sizes": [13, 14, 15.6], "unit": "inch"},
    "use": {"any": ["office", "study"]},
    "rgb": {"is": [False]},
}


def test_what_a_constraint_accepts_of_what_is_made() -> None:
    assert accepted({"min": 13.9, "max": 13.9, "unit": "inch"}, MAKES["screen_size"]) == ("14",)
    assert accepted({"min": 13.5, "max": None, "unit": "inch"}, MAKES["screen_size"]) == ("14", "15.6")
    assert accepted({"min": 14, "max": 14, "unit": "cm"}, MAKES["screen_size"]) == ()
    assert accepted({"not": ["office"]}, MAKES["use"]) == ("study",)
    assert accepted({"is": False}, MAKES["rgb"]) == ("false",)
    assert accepted({"is": True}, MAKES["rgb"]) == ()


def test_a_specification_fits_or_names_what_is_missing() -> None:
    asked: dict[str, dict[str, Any]] = {
        "screen_size": {"min": 17, "max": 17, "unit": "inch"},
        "touch": {"is": True},
        "use": {"any": ["office"]},
    }
    assert cannot_make(asked, MAKES) == ["screen_size", "touch"]
    assert not fits(asked, MAKES)
    assert fits({}, MAKES)


def test_units_spread_over_weeks_in_order() -> None:
    assert spread([(1, 30), (2, 0), (3, 50)], 60) == [(1, 30), (3, 30)]
    assert spread([(1, 30), (3, 50)], 81) is None


def test_a_week_is_named_by_its_monday() -> None:
    assert [week_of(date(2027, 1, day)) for day in (3, 4)] == [date(2026, 12, 28), date(2027, 1, 4)]
