"""Tiny planning problems that use every part of the format."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from manufacturers.planning.kernel import (
    Changeover,
    Line,
    Objective,
    Order,
    Placement,
    PlanningProblem,
)

FAMILIES = ("a", "b")


def small(most: int) -> st.SearchStrategy[int]:
    """A whole number from 0 to ``most``."""
    return st.integers(0, most)


@st.composite
def calendars(draw: st.DrawFn) -> tuple[tuple[int, int], ...] | None:
    """Always open, or two or three short intervals and one long enough for everything."""
    if draw(st.booleans()):
        return None
    intervals, at = [], 0
    for _ in range(draw(st.integers(1, 2))):
        opens = at + draw(small(2))
        at = opens + draw(st.integers(1, 4))
        intervals.append((opens, at))
    return (*intervals, (at + draw(st.integers(0, 3)), 58))


@st.composite
def orders(draw: st.DrawFn, number: int, lines: int) -> Order:
    """One order that at least one line can make."""
    chosen = draw(st.sets(st.integers(0, lines - 1), min_size=1, max_size=lines))
    release, due = draw(small(6)), draw(small(12))
    return Order(
        id=f"o{number}",
        family=draw(st.sampled_from(FAMILIES)),
        release=release,
        due=due,
        deadline=draw(st.none() | st.integers(due + 2, due + 14)),
        tardiness_weight=draw(small(3)),
        earliness_weight=draw(small(2)),
        minutes={f"L{k}": draw(st.integers(1, 4)) for k in sorted(chosen)},
    )


def matrices(most: int) -> st.SearchStrategy[tuple[tuple[int, ...], ...]]:
    """Two rows of two numbers."""
    row: st.SearchStrategy[tuple[int, ...]] = st.tuples(small(most), small(most))
    return st.tuples(row, row)


@st.composite
def problems(draw: st.DrawFn, most_orders: int = 4, most_lines: int = 2) -> PlanningProblem:
    """Up to ``most_orders`` orders on up to ``most_lines`` lines."""
    lines = draw(st.integers(1, most_lines))
    made = tuple(draw(orders(k, lines)) for k in range(draw(small(most_orders))))
    frozen = []
    if made and draw(small(3)) == 0:
        line = draw(st.sampled_from(sorted(made[0].minutes)))
        frozen.append(Placement(order=made[0].id, line=line, start=made[0].release + draw(small(6))))
    previous = tuple(
        Placement(order=order.id, line=f"L{draw(small(lines - 1))}", start=0) for order in made if draw(st.booleans())
    )
    values: dict[str, Any] = {
        "lines": tuple(
            Line(id=f"L{k}", initial_family=draw(st.sampled_from(FAMILIES)), calendar=draw(calendars()))
            for k in range(lines)
        ),
        "families": FAMILIES,
        "changeover": Changeover(
            minutes=draw(matrices(3)), cost=draw(matrices(3)), waits_for_release=draw(st.booleans())
        ),
        "orders": made,
        "objective": Objective(
            tardiness=draw(small(3)),
            changeover_minutes=draw(small(2)),
            changeover_cost=draw(small(2)),
            earliness=draw(small(2)),
            line_change=draw(small(4)),
        ),
        "frozen": tuple(frozen),
        "previous": previous,
    }
    return PlanningProblem(**values)
