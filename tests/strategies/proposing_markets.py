"""Tiny proposing markets in which every rule can bind."""

from __future__ import annotations

from hypothesis import strategies as st

from manufacturers.proposing.kernel.problem import Lines, Offer, ProposingProblem, Tier, build, lines_from_rows

VALUES = {"size": ("s", "m"), "colour": ("red", "blue")}


@st.composite
def offers(draw: st.DrawFn, name: str) -> Offer:
    """One offer with up to two tiers; minima of 0 to 6 units."""
    makes = {a: tuple(draw(st.lists(st.sampled_from(v), min_size=1, unique=True))) for a, v in VALUES.items()}
    moq = draw(st.integers(0, 4))
    first = Tier(min_units=moq, unit_price=draw(st.integers(3, 10)))
    tiers = [first]
    if draw(st.booleans()):
        tiers.append(Tier(min_units=moq + draw(st.integers(1, 3)), unit_price=draw(st.integers(1, 9))))
    return Offer(
        id=name,
        makes=makes,
        lead_days=draw(st.sampled_from((7, 14))),
        moq=moq,
        capacity=draw(st.integers(1, 9)),
        opening_cost=draw(st.integers(0, 6)),
        tiers=tuple(tiers),
        value_cost={a: {v: draw(st.integers(-2, 3)) for v in values} for a, values in VALUES.items()},
    )


@st.composite
def demand(draw: st.DrawFn, most: int = 12) -> Lines:
    """Up to ``most`` lines of one to three units."""
    accepted = {a: st.lists(st.sampled_from(v), max_size=2, unique=True) for a, v in VALUES.items()}
    row = st.tuples(
        st.integers(1, 3),
        st.sampled_from((0, 500, 1000)),
        st.integers(0, 14),
        st.sampled_from((0, 7, 14)),
        st.fixed_dictionaries(accepted),
    )
    rows = [(f"l{k}", *values) for k, values in enumerate(draw(st.lists(row, max_size=most)))]
    return lines_from_rows(attributes=VALUES, rows=rows)


@st.composite
def markets(draw: st.DrawFn, most_lines: int = 12) -> ProposingProblem:
    """One to three offers; size shared, colour shared or a variant; at most two orders."""
    count = draw(st.integers(1, 3))
    return build(
        attributes=VALUES,
        shared=draw(st.sampled_from((("size",), ("size", "colour"), ()))),
        max_orders=draw(st.integers(0, 2)),
        offers=[draw(offers(f"m{k}")) for k in range(count)],
        lines=draw(demand(most_lines)),
    )
