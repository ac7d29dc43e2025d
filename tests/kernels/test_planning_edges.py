"""What cannot be planned is named with its cause; promises and reasons for lateness; the instance format."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from manufacturers.management.solving import BadFile
from manufacturers.management.solving import planning as command
from manufacturers.planning.kernel import (
    Changeover,
    Line,
    Objective,
    Order,
    Placement,
    Plan,
    PlanningProblem,
    ProblemError,
    SolveLimits,
    solve,
)
from manufacturers.planning.kernel.explain import late_reasons
from manufacturers.planning.kernel.feasible import set_aside
from manufacturers.planning.kernel.promise import earliest_finish
from manufacturers.planning.kernel.verify import violations

SEARCH = SolveLimits(iterations=1000)
SWITCH = Changeover(minutes=((0, 5), (5, 0)), cost=((0, 0), (0, 0)))
ALWAYS = Line(id="L1", initial_family="red")


def order(name: str, **values: Any) -> Order:
    """A red lot of 10 minutes on L1, due at 100, unless said otherwise."""
    base: dict[str, Any] = {"id": name, "family": "red", "release": 0, "due": 100, "minutes": {"L1": 10}}
    return Order(**(base | values))


def problem(*orders: Order, **values: Any) -> PlanningProblem:
    """Lots on one always open line that stands on red."""
    base: dict[str, Any] = {"lines": (ALWAYS,), "families": ("red", "blue"), "changeover": SWITCH, "orders": orders}
    return PlanningProblem(**(base | values))


def frozen(name: str, start: int) -> Placement:
    """A lot frozen on L1."""
    return Placement(order=name, line="L1", start=start)


SHUT = Line(id="L2", initial_family="red", calendar=())
BRIEF = Line(id="L2", initial_family="red", calendar=((0, 9),))


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        (problem(order("a"), order("x", minutes={})), [("x", "NO_LINE")]),
        (problem(order("a"), order("x", deadline=9)), [("x", "DEADLINE")]),
        (problem(order("a"), order("x", family="blue", deadline=14)), [("x", "DEADLINE")]),
        (problem(order("a"), order("x", minutes={"L2": 1}), lines=(ALWAYS, SHUT)), [("x", "NO_HOURS")]),
        (problem(order("a"), order("x", minutes={"L2": 10}), lines=(ALWAYS, BRIEF)), [("x", "NO_HOURS")]),
        (problem(order("a"), order("x"), frozen=(frozen("a", 0), frozen("x", 9))), [("x", "FROZEN")]),
        (problem(order("a"), order("x", release=5), frozen=(frozen("x", 4),)), [("x", "FROZEN")]),
        (problem(order("a"), order("x", deadline=12), frozen=(frozen("x", 3),)), [("x", "FROZEN")]),
    ],
)
def test_an_impossible_order_is_named_and_the_rest_is_planned(
    asked: PlanningProblem, named: list[tuple[str, str]]
) -> None:
    outcome = solve(asked, limits=SEARCH, seed=1)
    assert (outcome.status, outcome.plan, outcome.objective) == ("infeasible", None, None)
    assert [(x.order, x.code) for x in outcome.unmet] == named
    assert all(x.order in x.reason for x in outcome.unmet)
    rest, reasons = set_aside(asked)
    assert reasons == outcome.unmet
    assert [x.id for x in rest.orders] == ["a"]
    assert solve(rest, limits=SEARCH, seed=1).status == "optimal"


def test_deadlines_that_cannot_be_met_together_are_named_and_can_be_set_aside() -> None:
    asked = problem(order("a", deadline=15), order("b", deadline=15))
    outcome = solve(asked, limits=SEARCH, seed=1)
    assert outcome.status == "infeasible"
    assert [x.code for x in outcome.unmet] == ["JOINT_DEADLINE"]
    rest, _ = set_aside(asked, outcome.unmet)
    assert solve(rest, limits=SEARCH, seed=1).status == "optimal"


def test_nothing_is_set_aside_where_all_can_be_planned() -> None:
    asked = problem(order("a"))
    assert set_aside(asked) == (asked, ())


TWO = problem(order("a"), order("b", release=30))


def plan_of(asked: PlanningProblem) -> Plan:
    """Its proven plan."""
    plan = solve(asked, limits=SEARCH, seed=1).plan
    assert plan is not None
    return plan


@pytest.mark.parametrize(
    ("new", "start", "end"),
    [
        (order("n"), 10, 20),
        (order("n", minutes={"L1": 20}), 10, 30),
        (order("n", minutes={"L1": 21}), 40, 61),
        (order("n", family="blue"), 15, 25),
        (order("n", family="blue", minutes={"L1": 11}), 45, 56),
        (order("n", release=22), 40, 50),
    ],
)
def test_a_promise_uses_the_first_gap_that_fits_with_its_changeovers(new: Order, start: int, end: int) -> None:
    plan = plan_of(TWO)
    promise = earliest_finish(TWO, plan, new)
    assert promise is not None
    assert (promise.lot.start, promise.lot.end, promise.on_time) == (start, end, True)
    grown = replace(TWO, orders=(*TWO.orders, new))
    later = Plan(lots=(*plan.lots, promise.lot))
    assert [x for x in violations(grown, later) if "order b" not in x] == []


def test_no_promise_where_no_line_can_make_it() -> None:
    plan = plan_of(TWO)
    assert earliest_finish(TWO, plan, order("n", minutes={})) is None
    assert earliest_finish(TWO, plan, order("n", deadline=19)) is None
    assert earliest_finish(TWO, plan, order("n", family="green")) is None


def test_each_cause_of_lateness() -> None:
    def cause(asked: PlanningProblem) -> list[tuple[str, int, str]]:
        return [(x.order, x.late_by, x.cause) for x in late_reasons(asked, plan_of(asked))]

    assert cause(problem(order("a", release=5, due=12))) == [("a", 3, "late_release")]
    assert cause(problem(order("a", due=10, tardiness_weight=9), order("b", due=15))) == [("b", 5, "capacity")]
    assert cause(problem(order("a", due=50), order("b", due=15), frozen=(frozen("a", 2),))) == [("b", 7, "frozen")]
    short = order("a", due=50, minutes={"L1": 3})
    rest = (order("c", due=20, tardiness_weight=9), order("b", due=18))
    assert cause(problem(short, *rest, frozen=(frozen("a", 0),))) == [("b", 5, "capacity")]
    blue = order("b", family="blue", due=21)
    assert cause(problem(order("a", due=10, tardiness_weight=9), blue)) == [("b", 4, "changeover")]
    assert cause(problem(order("a", due=10))) == []


MADE = {"L1": 9}
INSTANCE: dict[str, Any] = {
    "name": "two",
    "time_unit": "minute",
    "lines": [{"id": "L1", "initial_family": "red", "calendar": [[0, 100]]}],
    "families": ["red"],
    "changeover": {"minutes": [[0]], "cost": [[0]], "waits_for_release": False},
    "orders": [
        {"id": "a", "family": "red", "release": 0, "due": 5, "deadline": None, "tardiness_weight": 2, "minutes": MADE},
        {"id": "b", "family": "red", "release": 0, "due": 30, "deadline": 60, "tardiness_weight": 1, "minutes": MADE},
    ],
    "objective": {"tardiness": 1, "changeover_minutes": 0, "changeover_cost": 0, "earliness": 0},
    "frozen": [],
}


def changed(*path: str | int, to: object) -> dict[str, Any]:
    """The instance with one value replaced."""
    copy: Any = json.loads(json.dumps(INSTANCE))
    place = copy
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    assert isinstance(copy, dict)
    return copy


def test_an_instance_is_read() -> None:
    read = PlanningProblem.from_json(INSTANCE)
    assert read.orders[1] == Order(id="b", family="red", release=0, due=30, deadline=60, minutes={"L1": 9})
    assert read.lines[0].calendar == ((0, 100),)
    assert read.objective == Objective(tardiness=1)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([], "the instance: expected an object"),
        (changed("orders", 1, "minutes", to={"L1": 0}), "orders[1].minutes.L1: expected a whole number from 1"),
        (changed("orders", 0, "minutes", to={"L7": 3}), "orders[0].minutes: 'L7' is not among the lines"),
        (changed("orders", 0, "due", to="soon"), "orders[0].due: expected a whole number, got 'soon'"),
        (changed("orders", 0, "due", to=1.5), "orders[0].due: expected a whole number, got 1.5"),
        (changed("orders", 1, "id", to="a"), "orders[1].id: 'a' occurs twice"),
        (changed("orders", 0, "family", to="puce"), "orders[0].family: 'puce' is not among the families"),
        (changed("orders", 0, "tardiness_weight", to=-1), "orders[0].tardiness_weight: expected a whole number from 0"),
        (changed("lines", 0, "calendar", to=[[5, 5]]), "lines[0].calendar[0]: expected rising intervals"),
        (changed("lines", 0, "calendar", to=[[5, 9], [8, 12]]), "lines[0].calendar[1]: expected rising intervals"),
        (changed("lines", 0, "initial_family", to="puce"), "lines[0].initial_family: 'puce' is not among"),
        (changed("changeover", "minutes", to=[[0, 1]]), "changeover.minutes: expected 1 rows of 1 numbers"),
        (changed("changeover", "cost", to=[[-1]]), "changeover.cost[0][0]: expected a whole number from 0"),
        (
            changed("frozen", to=[{"order": "z", "line": "L1", "start": 0}]),
            "frozen[0].order: 'z' is not",
        ),
        (changed("objective", to=None), "objective: missing, expected an object"),
    ],
)
def test_a_malformed_instance_is_refused_with_its_path(bad: Any, message: str) -> None:
    with pytest.raises(ProblemError) as caught:
        PlanningProblem.from_json(bad)
    assert str(caught.value).startswith(message)


def run(folder: Path, instance: object, *arguments: str) -> dict[str, Any]:
    """The command's answer for an instance written to a file."""
    file = folder / "instance.json"
    file.write_text(json.dumps(instance))
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(vars(parser.parse_args([str(file), "--iterations", "500", *arguments])))


def test_the_command_answers_and_freezes_its_own_answer(tmp_path: Path) -> None:
    out = tmp_path / "plan.json"
    answer = run(tmp_path, INSTANCE, "--out", str(out))
    assert (answer["status"], answer["objective"], answer["bound"], answer["gap"]) == ("optimal", 8, 8, 0.0)
    assert (answer["lots"], answer["tardiness"], answer["changeover"], answer["violations"]) == (2, 8, 0, 0)
    again = run(tmp_path, INSTANCE, "--frozen", str(out))
    assert (again["status"], again["objective"]) == ("optimal", 8)


def test_the_command_names_the_orders_of_an_infeasible_instance(tmp_path: Path) -> None:
    answer = run(tmp_path, changed("orders", 0, "deadline", to=8))
    assert (answer["status"], answer["objective"], answer["lots"]) == ("infeasible", None, 0)
    assert [(x["order"], x["code"]) for x in answer["unmet"]] == [("a", "DEADLINE")]


def test_the_command_refuses_a_file_it_cannot_use(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"instance\.json: orders\[0\]\.due"):
        run(tmp_path, changed("orders", 0, "due", to=None))
    with pytest.raises(BadFile, match="cannot be read"):
        run(tmp_path, INSTANCE, "--frozen", str(tmp_path / "absent.json"))


def test_the_command_plans_the_rest_where_it_is_asked_to(tmp_path: Path) -> None:
    out = tmp_path / "plan.json"
    answer = run(tmp_path, changed("orders", 0, "deadline", to=8), "--rest", "--out", str(out))
    assert (answer["status"], answer["lots"]) == ("infeasible", 0)
    rest = answer["rest"]
    assert [(x["order"], x["code"]) for x in rest["set_aside"]] == [("a", "DEADLINE")]
    assert (rest["status"], rest["lots"], rest["violations"], rest["unmet"]) == ("optimal", 1, 0, [])
    written = json.loads(out.read_text())
    assert written["plan"] == []
    assert [lot["order"] for lot in written["rest"]["plan"]] == ["b"]
    assert "rest" not in run(tmp_path, INSTANCE, "--rest")
