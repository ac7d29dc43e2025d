"""Unmet demand: what is a finding, why, and in which order."""

from __future__ import annotations

import pytest

from demand.estimating.kernel.problem import InvalidProblem
from demand.estimating.kernel.unmet import SearchedNeed, unmet_demand

STEADY = SearchedNeed(category="laptop", need="colour=grey", searches=1000, searches_before=1000, pools=3, offers=2)


def test_a_need_that_nothing_serves_is_a_finding() -> None:
    red = SearchedNeed(category="laptop", need="colour=red", searches=40, searches_before=40, zero_result=40)
    (found,) = unmet_demand([STEADY, red])
    assert (found.need, found.reasons, found.missed) == ("colour=red", ("UNSERVED",), 40.0)
    assert found.growth == pytest.approx(1.0)
    assert found.growth_low == pytest.approx(0.629, abs=0.001)
    assert found.growth_high == pytest.approx(1.590, abs=0.001)


def test_an_offer_without_a_pool_is_told_apart() -> None:
    red = SearchedNeed(category="laptop", need="colour=red", searches=40, searches_before=40, offers=1)
    assert unmet_demand([STEADY, red])[0].reasons == ("NO_POOL",)


def test_growth_beyond_chance_is_a_finding_and_shrinking_offers_with_it() -> None:
    red = SearchedNeed(
        category="laptop", need="colour=red", searches=90, searches_before=30, pools=1, offers=1, offers_before=3
    )
    (found,) = unmet_demand([STEADY, red])
    assert found.reasons == ("GROWING", "OFFERS_SHRINK")
    assert found.growth == pytest.approx(3.0)
    assert found.missed == pytest.approx(60.0)


def test_a_season_that_lifts_the_whole_category_is_no_finding() -> None:
    lifted = [
        SearchedNeed(category="laptop", need=need, searches=900, searches_before=300, pools=1)
        for need in ("colour=red", "colour=grey", "use=gaming")
    ]
    assert unmet_demand(lifted) == []


def test_few_searches_say_nothing() -> None:
    assert unmet_demand([SearchedNeed(category="laptop", need="colour=red", searches=4, searches_before=0)]) == []


def test_few_searches_say_nothing_of_growth() -> None:
    needs = [
        SearchedNeed(category="laptop", need=f"use={number}", searches=number, searches_before=0, pools=1)
        for number in (19, 20)
    ]
    assert [(found.need, found.reasons) for found in unmet_demand([STEADY, *needs])] == [("use=20", ("GROWING",))]


def test_the_largest_missed_demand_comes_first_whatever_the_order_of_the_input() -> None:
    small = SearchedNeed(category="laptop", need="colour=red", searches=30, searches_before=30)
    large = SearchedNeed(category="laptop", need="colour=blue", searches=300, searches_before=300)
    assert [found.need for found in unmet_demand([small, STEADY, large])] == ["colour=blue", "colour=red"]
    assert unmet_demand([small, STEADY, large]) == unmet_demand([large, small, STEADY])


def test_a_need_never_searched_before_has_no_growth_figure() -> None:
    (found,) = unmet_demand(
        [STEADY, SearchedNeed(category="laptop", need="colour=red", searches=40, searches_before=0, pools=1)]
    )
    assert (found.reasons, found.growth, found.growth_high) == (("GROWING",), None, None)


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(InvalidProblem, match="within the searches"):
        SearchedNeed(category="laptop", need="colour=red", searches=3, searches_before=0, zero_result=4)
