"""Tiny pooling problems: three shared attributes and one variant, a handful of cells."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from demand.pooling.kernel import Apart, Attribute, DemandCell, ExistingPool, PoolingProblem, StaffRules
from demand.reading.kernel.needs import canonical

ATTRIBUTES = (
    Attribute(code="use", kind="choice", scope="shared", values=("play", "work", "study")),
    Attribute(code="size", kind="quantity", scope="shared", unit="inch"),
    Attribute(code="light", kind="flag", scope="shared"),
    Attribute(code="colour", kind="choice", scope="variant", values=("red", "blue")),
)
VALUES = ("play", "work", "study")
SIZES = (13, 13.3, 15.6, 16)


@st.composite
def constraints(draw: st.DrawFn, code: str) -> dict[str, Any]:
    if code == "light":
        return {"is": draw(st.booleans())}
    if code == "size":
        low, high = sorted(draw(st.tuples(st.sampled_from(SIZES), st.sampled_from(SIZES))))
        return draw(
            st.sampled_from(
                [
                    {"min": low, "max": low, "unit": "inch"},
                    {"min": low, "max": high, "unit": "inch"},
                    {"min": low, "max": None, "unit": "inch"},
                    {"min": None, "max": high, "unit": "inch"},
                ]
            )
        )
    values = VALUES if code == "use" else ("red", "blue")
    codes = sorted(draw(st.sets(st.sampled_from(values), min_size=1, max_size=len(values) - 1)))
    return {draw(st.sampled_from(["any", "not"])): codes}


@st.composite
def needs(draw: st.DrawFn) -> dict[str, Any]:
    musts = draw(st.sets(st.sampled_from(["use", "size", "light", "colour"])))
    nices = draw(st.sets(st.sampled_from(["use", "light"])))
    return {
        "must": {code: draw(constraints(code)) for code in sorted(musts)},
        "nice": {code: draw(constraints(code)) for code in sorted(nices)},
    }


@st.composite
def cells(draw: st.DrawFn, *, most: int = 6) -> tuple[DemandCell, ...]:
    number = draw(st.integers(1, most))
    made = []
    for cell_id in range(1, number + 1):
        persons = draw(st.integers(1, 4))
        made.append(
            DemandCell(
                cell_id=cell_id,
                needs=canonical(draw(needs())),
                units=persons + draw(st.integers(0, 2)),
                persons=persons,
            )
        )
    return tuple(made)


@st.composite
def problems(draw: st.DrawFn, *, most: int = 6) -> PoolingProblem:
    """No staff rules, no pools yet."""
    return PoolingProblem(cells=draw(cells(most=most)), attributes=ATTRIBUTES, min_persons=draw(st.integers(1, 2)))


@st.composite
def ruled_problems(draw: st.DrawFn) -> PoolingProblem:
    """Two existing pools and staff rules that may well contradict the wishes."""
    made = draw(cells())
    ids = [cell.cell_id for cell in made]
    side = st.frozensets(st.sampled_from(ids), min_size=1, max_size=2)
    first = draw(st.frozensets(st.sampled_from(ids)))
    existing = (
        ExistingPool(pool_id=10, specification={"use": {"any": ["play"]}}, cells=first),
        ExistingPool(
            pool_id=20, specification={"size": {"min": 14, "max": 14, "unit": "inch"}}, cells=frozenset(ids) - first
        ),
    )
    pins = draw(st.dictionaries(st.sampled_from(ids), st.sampled_from([10, 20]), max_size=2))
    apart = [Apart(left=left, right=right - left) for left, right in draw(st.lists(st.tuples(side, side), max_size=2))]
    merged = draw(st.sampled_from([{}, {}, {20: 10}]))
    banned = draw(st.lists(st.tuples(st.sampled_from(ids), st.sampled_from([10, 20])), max_size=1))
    rules = StaffRules(
        pins=pins,
        apart=tuple(apart),
        together=tuple(draw(st.lists(side, max_size=1))),
        merges=merged,
        banned=tuple(pair for pair in banned if pair[0] not in pins),
        locked=frozenset() if merged else draw(st.frozensets(st.sampled_from([10, 20]))),
    )
    return PoolingProblem(cells=made, attributes=ATTRIBUTES, existing=existing, rules=rules, min_persons=1)
