"""Compiled: put an order where it adds least."""

from __future__ import annotations

from typing import Any

from manufacturers.planning.kernel.compiled import compiled, inlined
from manufacturers.planning.kernel.schedule import FIRST, LINE, PIECE, PIECES, TAIL, TOO_DEAR, apply, evaluate
from manufacturers.planning.kernel.tables import FIXED_LINE, MINUTES, PENALTY


@inlined
def insertion(state: Any, line: int, to: int, row: int, at: int) -> None:
    """Edit ``line``: before position ``to`` the lot that stands at ``at`` of ``row``."""
    state.edit[0, LINE], state.edit[0, FIRST], state.edit[0, TAIL], state.edit[0, PIECES] = line, to, to, 1
    state.edit[0, PIECE], state.edit[0, PIECE + 1], state.edit[0, PIECE + 2] = row, at, at + 1


@compiled
def insert_best(tables: Any, state: Any, order: int) -> bool:
    """Put an order from the last row where it adds least; false when no line can make it."""
    lines = tables.per.shape[0]
    at = state.where[order, 1]
    least, to_line, to = TOO_DEAR, -1, 0
    for line in range(lines):
        if tables.per[line, order, MINUTES] == 0:
            continue
        fixed = tables.lot[order, FIXED_LINE]
        if fixed >= 0 and fixed != line:
            continue
        now = state.sums[line, 0] + tables.par[PENALTY] * state.sums[line, 1]
        for b in range(state.length[line], -1, -1):
            insertion(state, line, b, lines, at)
            cost, over = evaluate(tables, state, 0, now + least)
            if cost < TOO_DEAR and cost + tables.par[PENALTY] * over - now < least:
                least, to_line, to = cost + tables.par[PENALTY] * over - now, line, b
    if to_line < 0:
        return False
    insertion(state, to_line, to, lines, at)
    apply(tables, state, 1)
    _leave(state, lines, at)
    return True


@compiled
def _leave(state: Any, row: int, at: int) -> None:
    state.length[row] -= 1
    for i in range(at, state.length[row]):
        state.seq[row, i] = state.seq[row, i + 1]
        state.where[state.seq[row, i], 1] = i
