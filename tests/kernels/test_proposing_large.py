"""Markets of many lines: a part of them is searched first, and rows are found by sorted names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from manufacturers.proposing.kernel import SolveLimits, from_folder, sampling, solve, verify, violations
from tests.kernels.test_proposing_folder import wide_market


def test_a_sample_keeps_every_so_many_th_line_with_the_units_of_its_neighbours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    problem = from_folder(wide_market(tmp_path, seed=3))
    assert sampling.sampled(problem) is None
    monkeypatch.setattr(sampling, "SAMPLE", len(problem.lines) // 9)

    part = sampling.sampled(problem)

    assert part is not None
    assert part.lines.ids.tolist() == problem.lines.ids[::9].tolist()
    assert (part.lines.units == 9 * problem.lines.units[::9]).all()
    assert part.offers == problem.offers


def test_a_market_searched_by_a_sample_first_is_answered_for_all_its_lines(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    problem = from_folder(wide_market(tmp_path, seed=4))
    monkeypatch.setattr(sampling, "SAMPLE", len(problem.lines) // 10)
    monkeypatch.setattr("manufacturers.proposing.kernel.solving.MOST_PLACES", 0)

    found = solve(problem, limits=SolveLimits(seconds=1.0), seed=0)

    assert found.plan is not None
    assert violations(problem, found.plan) == []
    assert verify.surplus(problem, found.plan) == found.objective <= found.bound
    assert found.objective > 0


def test_the_verifier_names_a_line_that_does_not_exist_among_those_that_do(tmp_path: Path) -> None:
    problem = from_folder(wide_market(tmp_path, seed=3))
    plan = solve(problem, limits=SolveLimits(iterations=2), seed=0).plan
    assert plan is not None
    first = plan.orders[0]
    strange = replace(first, line_ids=(*first.line_ids, "zz", first.line_ids[0]))

    broken = violations(problem, replace(plan, orders=(strange, *plan.orders[1:])))

    assert "line: order 0 holds 'zz', which does not exist" in broken
    assert f"once: line {first.line_ids[0]} is placed more than once" in broken
