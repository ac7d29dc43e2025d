"""A wish that has just arrived joins by the preference of the nightly run."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from demand.pooling.kernel import OpenPool, PoolingProblem, best_pool, own_specification, solve
from demand.pooling.kernel.preference import serves
from demand.reading.kernel.needs import canonical
from tests.strategies.pooling_strategies import ATTRIBUTES, needs, problems

PLAY_16: dict[str, dict[str, Any]] = {"use": {"any": ["play"]}, "size": {"min": 16, "max": 16, "unit": "inch"}}
POOLS = (
    OpenPool(pool_id=1, specification=PLAY_16, persons=40),
    OpenPool(pool_id=2, specification={**PLAY_16, "light": {"is": True}}, persons=60),
    OpenPool(pool_id=3, specification={"use": {"any": ["work"]}}, persons=9),
)


def chosen(must: dict[str, Any], nice: dict[str, Any] | None = None, **more: Any) -> int | None:
    found = best_pool(
        POOLS, canonical({"must": must, "nice": nice or {}}), attributes=ATTRIBUTES, run_extras=20, **more
    )
    return None if found is None else found.pool_id


def test_the_plainest_pool_that_serves_wins_over_the_larger_one() -> None:
    assert chosen({"use": {"any": ["play"]}}) == 1


def test_a_nice_need_outweighs_an_extra() -> None:
    assert chosen({"size": {"min": 16, "max": 16, "unit": "inch"}}, {"light": {"is": True}}) == 2


def test_a_must_nobody_serves_gives_none() -> None:
    assert chosen({"use": {"any": ["study"]}}) is None


def test_a_barred_pool_is_passed_over() -> None:
    assert chosen({"use": {"any": ["play"]}}, barred=frozenset({1})) == 2


def test_a_must_the_pool_left_plain_is_decided_when_the_burden_is_small() -> None:
    found = best_pool(
        POOLS,
        canonical({"must": {"use": {"any": ["work"]}, "light": {"is": True}}}),
        attributes=ATTRIBUTES,
        run_extras=20,
    )
    assert found is not None
    assert (found.pool_id, found.narrowed, found.cost) == (3, ("light",), 900)
    assert found.specification == {"light": {"is": True}, "use": {"any": ["work"]}}


def test_a_locked_pool_gains_no_decision() -> None:
    locked = OpenPool(pool_id=3, specification={"use": {"any": ["work"]}}, persons=9, locked=True)
    wish = canonical({"must": {"use": {"any": ["work"]}, "light": {"is": True}}})
    assert best_pool([locked], wish, attributes=ATTRIBUTES, run_extras=20) is None


def test_the_order_of_pools_does_not_matter() -> None:
    wish = canonical({"must": {}, "nice": {"use": {"any": ["play"]}}})
    found = {
        getattr(best_pool(order, wish, attributes=ATTRIBUTES, run_extras=20), "pool_id", None)
        for order in permutations(POOLS)
    }
    assert found == {1}


def test_a_pool_of_its_own_decides_what_was_asked() -> None:
    wish = canonical(
        {
            "must": {"size": {"min": None, "max": 14, "unit": "inch"}, "colour": {"any": ["red"]}},
            "nice": {"use": {"any": ["work"]}},
        }
    )
    assert own_specification(wish, attributes=ATTRIBUTES) == {
        "size": {"min": 14, "max": 14, "unit": "inch"},
        "use": {"any": ["work"]},
    }
    nothing = canonical({"must": {"use": {"not": ["play", "study", "work"]}}})
    assert own_specification(nothing, attributes=ATTRIBUTES) is None


@settings(max_examples=60, deadline=None)
@given(problem=problems(), wish=needs(), data=st.data())
def test_whoever_joins_has_every_must_met(problem: PoolingProblem, wish: dict[str, Any], data: st.DataObject) -> None:
    plan = solve(problem).plan
    pools = [
        OpenPool(
            pool_id=number, specification=pool.specification, persons=pool.persons, locked=data.draw(st.booleans())
        )
        for number, pool in enumerate(plan.pools)
    ]
    found = best_pool(pools, canonical(wish), attributes=ATTRIBUTES, run_extras=problem.run_extras)
    if found is None:
        return
    before = plan.pools[found.pool_id].specification
    assert {code: found.specification[code] for code in before} == before
    for code, must in wish["must"].items():
        decided = found.specification.get(code, {"is": False})
        value: Any = decided["any"][0] if "any" in decided else decided.get("is", decided.get("min"))
        assert code == "colour" or serves(must, value)
