"""Canonical needs: one spelling, one hash, and an intersection that accepts what both accept."""

# ruff: noqa: E501 (tables of wide characters)
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demand.reading.kernel import needs

CODES = st.sampled_from(["a", "b", "c"])
ENDS = [(low, high) for low in (None, *range(5)) for high in (None, *range(5)) if (low, high) != (None, None)]
RANGES = st.sampled_from([(low, high) for low, high in ENDS if low is None or high is None or low <= high])
CONSTRAINTS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.sets(CODES, min_size=1).map(lambda codes: {"any": sorted(codes)}),
    st.sets(CODES, min_size=1).map(lambda codes: {"not": sorted(codes)}),
    st.booleans().map(lambda value: {"is": value}),
    RANGES.map(lambda ends: {"min": ends[0], "max": ends[1], "unit": "kg"}),
)
VALUES: list[needs.Value] = ["a", "b", "c", "d", True, False, 0, 1, 2, 2.5, 3, 4, 5]


def test_equal_needs_have_one_spelling() -> None:
    untidy = {"nice": {}, "must": {"size": {"unit": "cm", "max": 20.00001, "min": 10.0}, "colour": {"any": ["red", "blue", "red"]},
                                   "hood": {"not": []}, "weight": {"min": None, "max": None, "unit": "kg"}}}  # fmt: skip
    tidy = {"must": {"colour": {"any": ["blue", "red"]}, "size": {"min": 10, "max": 20, "unit": "cm"}}, "nice": {}}
    assert needs.canonical(untidy) == tidy
    assert needs.needs_hash(untidy) == needs.needs_hash(tidy)
    assert needs.needs_hash({}) == "4441b9226f27c51a0f062a625bb4b0ae99c09ff8d1ccfb27d7e49f3b475c24d7"


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ({"must": {"colour": {"any": []}}}, "must.colour"),
        ({"nice": {"size": {"min": 3, "max": 2, "unit": "cm"}}}, "nice.size"),
        ({"must": {"size": {"min": float("nan"), "max": None, "unit": "cm"}}}, "must.size"),
        ({"must": {"hood": {"is": 1}}}, "must.hood"),
        ({"should": {}}, "should"),
        ({"must": {"colour": {"any": ["red"], "not": ["blue"]}}}, "must.colour"),
    ],
)
def test_what_is_wrong_is_named(bad: dict[str, Any], named: str) -> None:
    with pytest.raises(needs.NeedsError, match=named):
        needs.canonical(bad)


@pytest.mark.parametrize(
    ("a", "b", "both"),
    [
        ({"any": ["a", "b"]}, {"any": ["b", "c"]}, {"any": ["b"]}),
        ({"any": ["a", "b"]}, {"not": ["a"]}, {"any": ["b"]}),
        ({"not": ["a"]}, {"not": ["b"]}, {"not": ["a", "b"]}),
        ({"any": ["a"]}, {"any": ["b"]}, None),
        ({"is": True}, {"is": False}, None),
        (
            {"min": 1, "max": None, "unit": "kg"},
            {"min": None, "max": 3, "unit": "kg"},
            {"min": 1, "max": 3, "unit": "kg"},
        ),
        ({"min": 4, "max": None, "unit": "kg"}, {"min": None, "max": 3, "unit": "kg"}, None),
        ({"min": 1, "max": 1, "unit": "kg"}, {"min": 1, "max": 1, "unit": "g"}, None),
    ],
)
def test_intersection(a: dict[str, Any], b: dict[str, Any], both: dict[str, Any] | None) -> None:
    assert needs.intersect(a, b) == both
    assert needs.intersect(b, a) == both


@given(CONSTRAINTS, CONSTRAINTS)
def test_an_intersection_accepts_what_both_accept(a: dict[str, Any], b: dict[str, Any]) -> None:
    both = needs.intersect(a, b)
    for value in VALUES:
        accepted = needs.accepts(a, value) and needs.accepts(b, value)
        assert accepted == (both is not None and needs.accepts(both, value)) or (both is None and not accepted)
    assert needs.intersect(a, a) == a


@given(st.dictionaries(CODES, CONSTRAINTS), st.dictionaries(CODES, CONSTRAINTS))
def test_needs_conflict_exactly_when_they_cannot_be_combined(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert (needs.combine(a, b) is None) == bool(needs.conflicts(a, b))
    spelled = needs.canonical({"must": a, "nice": b})
    assert needs.canonical(spelled) == spelled
