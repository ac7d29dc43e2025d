"""What pages write and the figures they draw by: exact words, exact positions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.template import Context, Engine
from django.test import RequestFactory, override_settings
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from demand.templatetags import wishmill
from demand.web import drawing

NOW = datetime(2026, 3, 3, 4, 0, tzinfo=UTC)


def written(source: str, **values: Any) -> str:
    engine = Engine(libraries={"wishmill": "demand.templatetags.wishmill"}, builtins=["demand.templatetags.wishmill"])
    return engine.from_string(source).render(Context(values))


@pytest.mark.parametrize(
    ("minor", "text"),
    [(690000, "¥6,900"), (45950, "¥459.50"), (0, "¥0"), (-1250000, "−¥12,500"), (5, "¥0.05"), (None, "")],
)
def test_money_has_its_currency_and_decimals_only_where_there_are_some(minor: int | None, text: str) -> None:
    assert wishmill.money(minor) == text


@pytest.mark.parametrize(
    ("currency", "text"), [("JPY", "¥6,900"), ("USD", "$69"), ("KWD", "KWD\u202f6.900"), ("TWD", "NT$69")]
)
def test_money_knows_how_many_digits_a_currency_has(currency: str, text: str) -> None:
    with override_settings(CURRENCY=currency):
        assert wishmill.money(6900) == text


def test_effects_carry_their_sign() -> None:
    assert wishmill.signed_money(100) == "+¥1"
    assert wishmill.signed_money(-100) == "−¥1"
    assert wishmill.signed_money(0) == "¥0"
    assert wishmill.signed_units(40) == "+40"
    assert wishmill.signed_units(-1240) == "−1,240"


@pytest.mark.parametrize(("count", "text"), [(1240, "1,240"), (1239.6, "1,240"), (0, "0"), (-3, "−3"), (None, "")])
def test_units_are_whole_with_thousands_apart(count: float | None, text: str) -> None:
    assert wishmill.units(count) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.314, "31 %"), (0, "0 %"), (0.002, "under 1 %"), (0.998, "99 %"), (1, "100 %"), (1.04, "104 %")],
)
def test_a_share_never_says_all_or_nothing_for_what_is_not(share: float, text: str) -> None:
    assert wishmill.percent(share) == text


@pytest.mark.parametrize(
    ("after", "text"),
    [
        (timedelta(minutes=20), "within the hour"),
        (timedelta(hours=5), "in 5 hours"),
        (timedelta(hours=25), "tomorrow"),
        (timedelta(days=9), "in 9 days"),
        (timedelta(days=28), "in 4 weeks"),
        (timedelta(days=122), "in 4 months"),
        (timedelta(hours=-2), "today"),
        (timedelta(days=-1), "yesterday"),
        (timedelta(days=-5), "5 days ago"),
    ],
)
def test_the_distance_of_a_date_is_in_words(after: timedelta, text: str) -> None:
    assert wishmill.distance_from(NOW + after, NOW) == text


def test_a_date_counts_in_the_readers_zone() -> None:
    late = datetime(2026, 3, 3, 17, 30, tzinfo=UTC)
    with timezone.override("Asia/Shanghai"):
        assert wishmill.distance_from(late, datetime(2026, 3, 2, 4, 0, tzinfo=UTC)) == "in 2 days"
    with timezone.override("UTC"):
        assert wishmill.distance_from(late, datetime(2026, 3, 2, 4, 0, tzinfo=UTC)) == "tomorrow"


def test_a_day_of_another_year_says_its_year() -> None:
    assert wishmill.day(date(2019, 3, 1)) == "Fri 1 March 2019"
    assert wishmill.day(None) == ""


def test_when_is_a_time_element_with_weekday_and_distance() -> None:
    with timezone.override("Asia/Shanghai"):
        html = written(
            "{% when moment %}",
            moment=datetime(2019, 3, 12, 4, 0, tzinfo=UTC),
            now=datetime(2019, 3, 3, 4, 0, tzinfo=UTC),
        )
    assert html == '<time datetime="2019-03-12T04:00:00+00:00">Tue 12 March 2019, in 9 days</time>'


def test_a_range_of_one_day_is_one_date() -> None:
    day = date(2019, 3, 12)
    assert wishmill.day_range(day, day) == "Tue 12 March 2019"
    assert wishmill.day_range(None, day) == "Tue 12 March 2019"
    assert wishmill.day_range(day, date(2019, 3, 14)) == "Tue 12 March 2019 – Thu 14 March 2019"


def test_a_query_keeps_what_it_does_not_change() -> None:
    request = RequestFactory().get("/", {"q": "cat bed", "page": "2", "tag": ["a", "b"]})
    assert written("{% query_with page=3 %}", request=request) == "?q=cat+bed&amp;tag=a&amp;tag=b&amp;page=3"
    assert written("{% query_with page=None %}", request=request) == "?q=cat+bed&amp;tag=a&amp;tag=b"


def test_a_scrolling_table_can_be_reached_and_escapes_its_name() -> None:
    html = written("{% scroll_table label=name %}<table></table>{% endscroll_table %}", name='"a"')
    assert (
        html == '<div class="table-scroll" role="region" tabindex="0" aria-label="&quot;a&quot;"><table></table></div>'
    )


def test_the_bar_measures_firm_expected_minimum_and_next_tier() -> None:
    drawn = drawing.progress({"firm_units": 400, "expected_units": 100, "minimum_units": 500, "next_units": 1000})
    assert (drawn["firm"], drawn["expected"]) == ("38.46%", "9.62%")
    assert drawn["minimum"] == {"at": "48.08%", "anchor": "middle"}
    assert drawn["next"] == {"at": "96.15%", "anchor": "end"}
    assert (drawn["missing_units"], drawn["next_missing_units"], drawn["reached"]) == (100, 600, False)


def test_expected_units_never_reach_a_minimum() -> None:
    drawn = drawing.progress({"firm_units": 499, "expected_units": 9000, "minimum_units": 500})
    assert (drawn["reached"], drawn["missing_units"]) == (False, 1)


def test_without_an_offer_nothing_is_measured() -> None:
    assert drawing.progress({"firm_units": 40, "people": 40, "minimum_units": None}) == {"seeking": True}


def test_the_deepest_reached_step_is_where_we_are() -> None:
    steps = [
        {"min_units": 1000, "price_minor": 500, "reached": False, "more_units": 80},
        {"min_units": 100, "price_minor": 700, "reached": False, "more_units": 0},
        {"min_units": 500, "price_minor": 600, "reached": True},
    ]
    rows = drawing.ladder(steps)
    assert [(row["price_minor"], row["reached"], row["here"], row["next"]) for row in rows] == [
        (700, True, False, False),
        (600, True, True, False),
        (500, False, False, True),
    ]
    assert [row["here"] for row in drawing.ladder([{"min_units": 5, "price_minor": 1}])] == [False]


def test_a_mix_measures_against_its_largest_and_keeps_small_groups_unknown() -> None:
    rows = drawing.mix([{"label": "a", "units": 30}, {"label": "b", "units": 10}, {"label": "c", "units": None}])
    assert [(row["width"], row["share"]) for row in rows] == [("100%", 0.75), ("33.33%", 0.25), ("0%", None)]


def test_a_spark_needs_two_points() -> None:
    assert drawing.spark([3]) == {}
    assert drawing.spark([0, 10])["line"] == "0,29 100,2"


def test_a_growth_line_ends_at_a_round_number() -> None:
    drawn = drawing.growth([{"label": "W1", "units": 10}, {"label": "W2", "units": 55}])
    assert [tick["units"] for tick in drawn["y_ticks"]] == [0, 30.0, 60.0]
    assert drawn["line"] == "0,83.33 100,8.33"
    assert drawing.growth([{"label": "W1", "units": 10}]) == {}


def test_a_demand_curve_places_price_band_and_minimum() -> None:
    points = [
        {"price_minor": 700, "units": 20, "low": 10, "high": 30},
        {"price_minor": 500, "units": 80, "low": 60, "high": 100},
    ]
    drawn = drawing.curve({"points": points, "moq": 50, "here_price_minor": 500})
    assert drawn["line"] == "0,20 100,80"
    assert drawn["band"] == "0,0 100,70 100,90 0,40"
    assert drawn["moq"] == {"units": 50, "at": "45.5%", "dy": -6}
    assert drawn["here"] == {"x": "14%", "y": "22.4%", "anchor": "start", "units": 80.0, "price_minor": 500}


def test_figures_of_a_drawing_have_a_point_in_every_language() -> None:
    with translation.override("zh-hans"):
        drawn = drawing.progress({"firm_units": 1, "minimum_units": 3})
        assert written("{{ at }}", at=drawn["firm"]) == "32.05%"


@given(
    firm=st.integers(0, 3000),
    expected=st.integers(0, 3000),
    minimum=st.integers(1, 3000),
    following=st.none() | st.integers(1, 6000),
)
def test_a_bar_never_leaves_its_box(firm: int, expected: int, minimum: int, following: int | None) -> None:
    drawn = drawing.progress(
        {"firm_units": firm, "expected_units": expected, "minimum_units": minimum, "next_units": following}
    )
    assert float(drawn["firm"][:-1]) + float(drawn["expected"][:-1]) <= 100
    assert float(drawn["minimum"]["at"][:-1]) <= 100
    assert drawn["reached"] == (drawn["missing_units"] == 0)
