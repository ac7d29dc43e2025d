"""A market of a part of the lines, each standing for its neighbours: whichever orders are best of it are good of all.

The search looks at a set of orders some ten times as often in it; orders, minima and capacities stay as they are.
"""

from __future__ import annotations

from dataclasses import replace

from .problem import Lines, ProposingProblem

SAMPLE = 100_000  # lines kept
FROM_TIMES = 4  # so many times that: fewer are searched as they are


def sampled(problem: ProposingProblem) -> ProposingProblem | None:
    """Every so many-th line with so many times its units; ``None`` where lines are too few to leave any out."""
    lines = problem.lines
    step = len(lines) // SAMPLE
    if step < FROM_TIMES:
        return None
    part = Lines(
        ids=lines.ids[::step],
        units=lines.units[::step] * step,
        permille=lines.permille[::step],
        ceiling=lines.ceiling[::step],
        within_days=lines.within_days[::step],
        accepts={name: masks[::step] for name, masks in lines.accepts.items()},
    )
    return replace(problem, lines=part)
