"""Walking forward: strictly earlier days only, the figures by hand, and calibration on a market of known truth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from demand.estimating.kernel import ClosedCampaign, OutcomeLine
from demand.estimating.kernel.scoring import Units
from demand.estimating.kernel.walking import Estimator, summary, walk
from demand.management.evaluating import BadFile
from demand.management.evaluating.estimating import read, run
from tests.oracles.simulated_market import market


def campaign(key: str, closed: str, *, bought: int, units: int = 10) -> ClosedCampaign:
    line = OutcomeLine(kind="wish", persons=units, units=units, bought=bought)
    return ClosedCampaign(key=key, closed=date.fromisoformat(closed), category="laptop", lines=(line,))


class Always:
    """Predicts 4 or 6, evenly, and notes what it was taught before each prediction."""

    def __init__(self) -> None:
        self.learnt: list[str] = []
        self.before: dict[str, list[str]] = {}

    def predict(self, campaign: ClosedCampaign) -> Units:
        self.before[campaign.key] = list(self.learnt)
        return np.array([4] * 50 + [6] * 50)

    def learn(self, campaigns: Sequence[ClosedCampaign]) -> None:
        self.learnt += [one.key for one in campaigns]


def test_campaigns_of_one_day_are_predicted_before_any_of_them_is_learnt() -> None:
    forecaster = Always()
    history = [
        campaign("d", "2026-03-01", bought=1),
        campaign("b", "2026-02-01", bought=1),
        campaign("a", "2026-01-01", bought=1),
        campaign("c", "2026-03-01", bought=1),
    ]
    walk(history, forecaster, learn_days=1)
    assert forecaster.before == {"b": ["a"], "c": ["a", "b"], "d": ["a", "b"]}


def test_the_figures_by_hand() -> None:
    history = [campaign("a", "2026-01-01", bought=5), campaign("b", "2026-02-01", bought=9)]
    assert summary(walk(history, Always(), learn_days=0)) == {
        "n": 2,
        "wape": round(4 / 14, 4),
        "coverage80": 0.5,
        "coverage95": 0.5,
        "width80": round(2 / 7, 4),
        "crps": 2.0,
        "crps_relative": round(2 / 7, 4),
        "bias": round(-4 / 14, 4),
    }


def test_nothing_bought_leaves_relative_figures_unsaid() -> None:
    figures = summary(walk([campaign("a", "2026-01-01", bought=0)], Always(), learn_days=2))
    assert (figures["n"], figures["wape"], figures["crps_relative"]) == (1, None, None)


def test_what_was_bought_is_not_looked_at() -> None:
    history = market(campaigns=12, persons=60, seed=2)
    last = history[-1]
    hidden = replace(last, lines=tuple(replace(line, bought=0) for line in last.lines))
    model = Estimator(history, seed=0, draws=300)
    model.learn(history[:-1])
    assert np.array_equal(model.predict(last), model.predict(hidden))


def test_a_known_market_is_estimated_without_bias_and_with_honest_intervals() -> None:
    history = market(campaigns=90, persons=150, seed=5)
    ours = summary(walk(history, Estimator(history, seed=0, draws=4000), learn_days=10))
    assert abs(ours["bias"] or 0) <= 0.03
    # 70 campaigns are scored: two standard errors of a coverage are 9.6 points at 80 % and 5.2 at 95 %.
    assert 0.704 <= (ours["coverage80"] or 0) <= 0.896
    assert (ours["coverage95"] or 0) >= 0.898


def write(folder: Path, *lines: str) -> dict[str, Any]:
    file = folder / "campaigns.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    return {"file": str(file)}


LINE = {"kind": "wish", "units": 1, "age_days": 12, "headroom": 0.15, "bought": 1}


def closed(key: str = "c1", day: str = "2026-03-01", **changed: Any) -> str:
    return json.dumps({"id": key, "closed": day, "category": "laptop", "lines": [{**LINE, **changed}] * 3})


def test_a_file_is_read_and_scored(tmp_path: Path) -> None:
    days = ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"]
    options = write(tmp_path, *(closed(f"c{number}", day) for number, day in enumerate(days)), "")
    answer = run(options)
    assert (answer["n"], answer["learnt_only"]) == (2, 2)
    assert set(answer) == {
        *("n", "wape", "coverage80", "coverage95", "width80", "crps", "crps_relative", "bias", "learnt_only")
    }
    assert run(options) == answer


def test_a_person_may_ask_for_several_units_and_buy_more(tmp_path: Path) -> None:
    (one,) = read(Path(write(tmp_path, closed(units=3, bought=4, headroom=None))["file"]))
    assert one.lines[0] == OutcomeLine(kind="wish", persons=1, units=3, bought=4, age_days=12, headroom=None)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((), "holds no campaign"),
        (("{",), r":1: is not JSON"),
        (("[]",), r":1: expected a JSON object"),
        ((closed(), closed()), r":2: id: 'c1' was used before"),
        ((closed(day="March"),), r":1: closed: expected a date like 2026-03-01"),
        ((closed("x", kind="purchase"),), r":1: lines\[0\].kind: expected one of"),
        ((closed(units=0),), r"lines\[0\].units: expected a whole number from 1"),
        ((closed(bought=-1),), r"lines\[0\].bought: expected a whole number from 0"),
        ((closed(age_days=1.5),), r"lines\[0\].age_days: expected a whole number"),
        ((closed(units=True),), r"lines\[0\].units: expected a whole number"),
        ((closed(headroom="much"),), r"lines\[0\].headroom: expected a number or null"),
        ((closed(headroom=float("nan")),), r"lines\[0\].headroom: expected a number or null"),
        (('{"id": "c1", "closed": "2026-03-01", "category": "laptop"}',), ":1: lines: expected a list"),
        (('{"id": 1}',), ":1: id: expected a text"),
    ],
)
def test_a_bad_file_is_refused_by_name(tmp_path: Path, lines: tuple[str, ...], said: str) -> None:
    with pytest.raises(BadFile, match=said):
        run(write(tmp_path, *lines))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        run({"file": str(tmp_path / "none.jsonl")})
