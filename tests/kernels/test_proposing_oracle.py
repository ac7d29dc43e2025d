"""The proposing solver against brute force on tiny markets, and laws between proven optima."""

from __future__ import annotations

from dataclasses import replace
from unittest import mock

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from manufacturers.proposing.kernel import ProposingProblem, SolveLimits, solve, solving, violations
from tests.oracles.proposing_brute_force import best_surplus
from tests.strategies.proposing_markets import markets

LIMITS = SolveLimits(iterations=2)
slow = settings(
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@settings(slow, max_examples=1000)
@given(problem=markets())
def test_tiny_markets_are_solved_to_the_proven_optimum(problem: ProposingProblem) -> None:
    outcome = solve(problem, limits=LIMITS, seed=1)
    assert outcome.plan is not None
    assert violations(problem, outcome.plan) == []
    assert (outcome.status, outcome.objective, outcome.bound) == ("optimal", best_surplus(problem), outcome.objective)


@settings(slow, max_examples=200)
@given(problem=markets())
def test_a_mixed_integer_program_goes_on_where_the_search_stood(problem: ProposingProblem) -> None:
    with mock.patch.multiple(solving, MOST_PLACES=-1, SEARCHED=0.0):
        outcome = solve(problem, limits=SolveLimits(seconds=60.0), seed=1)
    assert outcome.plan is not None
    assert violations(problem, outcome.plan) == []
    assert outcome.objective == best_surplus(problem)
    assert outcome.objective <= outcome.bound <= outcome.objective + 2 + outcome.objective // 10**6


def heuristic(problem: ProposingProblem) -> tuple[int, int]:
    """Objective and bound of the route that large markets take."""
    most, solving.MOST_PLACES = solving.MOST_PLACES, -1
    try:
        outcome = solve(problem, limits=LIMITS, seed=1)
    finally:
        solving.MOST_PLACES = most
    assert outcome.plan is not None
    assert violations(problem, outcome.plan) == []
    return outcome.objective, outcome.bound


@settings(slow, max_examples=400)
@given(problem=markets())
def test_the_route_of_large_markets_keeps_every_rule_and_a_valid_bound(problem: ProposingProblem) -> None:
    objective, bound = heuristic(problem)
    optimum = best_surplus(problem)
    assert optimum is not None
    assert 0 <= objective <= optimum <= bound


@slow
@given(problem=markets(most_lines=9), which=st.integers(0, 2))
def test_more_capacity_never_costs_surplus(problem: ProposingProblem, which: int) -> None:
    offers = list(problem.offers)
    k = which % len(offers)
    offers[k] = replace(offers[k], capacity=offers[k].capacity + 3)
    before = solve(problem, limits=LIMITS, seed=1)
    after = solve(replace(problem, offers=tuple(offers)), limits=LIMITS, seed=1)
    assert (before.status, after.status) == ("optimal", "optimal")
    assert after.objective >= before.objective


@slow
@given(problem=markets(most_lines=9), which=st.integers(0, 2))
def test_a_lower_minimum_never_costs_surplus(problem: ProposingProblem, which: int) -> None:
    offers = list(problem.offers)
    k = which % len(offers)
    offers[k] = replace(offers[k], moq=max(0, offers[k].moq - 1))
    before = solve(problem, limits=LIMITS, seed=1)
    after = solve(replace(problem, offers=tuple(offers)), limits=LIMITS, seed=1)
    assert (before.status, after.status) == ("optimal", "optimal")
    assert after.objective >= before.objective


@slow
@given(problem=markets(), data=st.data())
def test_the_order_of_lines_and_offers_changes_no_optimum(problem: ProposingProblem, data: st.DataObject) -> None:
    rows = np.array(data.draw(st.permutations(range(len(problem.lines)))), dtype=np.int64)
    lines = problem.lines
    shuffled = replace(
        lines,
        **{name: getattr(lines, name)[rows] for name in ("ids", "units", "permille", "ceiling", "within_days")},
        accepts={name: mask[rows] for name, mask in lines.accepts.items()},
    )
    before = solve(problem, limits=LIMITS, seed=1)
    after = solve(replace(problem, lines=shuffled, offers=problem.offers[::-1]), limits=LIMITS, seed=1)
    assert (before.status, after.status) == ("optimal", "optimal")
    assert after.objective == before.objective
