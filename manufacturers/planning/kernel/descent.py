"""Compiled: iterated local search on one line, with block moves and swaps that ``tails`` values by look-ups.

The neighbourhood follows Subramanian, Battarra and Potts 2014. A lot is looked at again only after something beside it
changed (Bentley 1992). A walk exchanges two random neighbouring blocks, descends and accepts what it finds by
temperature (Martin, Otto and Felten 1991).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from manufacturers.planning.kernel.compiled import compiled, inlined
from manufacturers.planning.kernel.tables import Floats, Ints, Tables
from manufacturers.planning.kernel.tails import Tails, exchanged, new_tails, rebuild

LONGEST_BLOCK = 10
KICK_BLOCK, KICK_GAP = 8, 8
LEAST_GAIN = 1e-6
# columns of ``Walk.value``
PRESENT, BEST = range(2)


class Walk(NamedTuple):
    """One chain: the sequence being changed, where it returns to, and its best."""

    tails: Tails
    present: Ints
    best: Ints
    value: Floats  # [present, best]
    awake: Any  # bool[order]
    move: Ints  # a, k, b, m: exchange the k lots at a and the m at b
    random: Any  # uint64[1]


def new_walk(tables: Tables, sequence: list[int], seed: int) -> Walk:
    """A chain that stands at ``sequence``; ``restart`` values it."""
    n = len(sequence)
    return Walk(
        tails=new_tails(tables),
        present=np.array(sequence, np.int64),
        best=np.array(sequence, np.int64),
        value=np.full(2, 1e300),
        awake=np.ones(n, np.bool_),
        move=np.zeros(4, np.int64),
        random=np.array([(seed * 0x9E3779B97F4A7C15 + 0x2545F4914F6CDD1D) & (2**64 - 1) or 1], np.uint64),
    )


@inlined
def _below(walk: Any, limit: int) -> Any:
    x = walk.random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    walk.random[0] = x
    return np.int64((((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(32)) * np.uint64(limit)) >> np.uint64(32))


@compiled
def best_move(tables: Any, walk: Any, at: int, least: float) -> float:
    """The best place for a block that begins at ``at``, or lot to swap with its first, below ``least``."""
    count = walk.tails.seq.size
    longest = min(LONGEST_BLOCK, count - at)
    for k in range(1, longest + 2):
        first = at + 2 if k > longest else 0
        for to in range(first, count):
            if k > longest:
                a, size, b, other = at, 1, to, 1
            elif to < at:
                a, size, b, other = to, 0, at, k
            elif to >= at + k:
                a, size, b, other = at, k, to + 1, 0
            else:
                continue
            cost = exchanged(tables, walk.tails, a, size, b, other, least)
            if cost < least:
                least = cost
                walk.move[0], walk.move[1], walk.move[2], walk.move[3] = a, size, b, other
    return least


@inlined
def _wake(walk: Any, at: int) -> None:
    for i in range(max(at - 1, 0), min(at + 2, walk.tails.seq.size)):
        walk.awake[walk.tails.seq[i]] = True


@compiled
def _make(walk: Any) -> None:
    """Exchange the blocks of ``walk.move`` and wake the lots at their ends."""
    a, k, b, m = walk.move[0], walk.move[1], walk.move[2], walk.move[3]
    _wake(walk, a)
    _wake(walk, a + k)
    _wake(walk, b)
    _wake(walk, b + m)
    seq, buf, out = walk.tails.seq, walk.tails.buf, 0
    for i in range(b, b + m):
        buf[out] = seq[i]
        out += 1
    for i in range(a + k, b):
        buf[out] = seq[i]
        out += 1
    for i in range(a, a + k):
        buf[out] = seq[i]
        out += 1
    for i in range(out):
        seq[a + i] = buf[i]


@compiled
def _descend(tables: Any, walk: Any, cost: float) -> Any:
    """Make the best move of one lot after another until none that is awake has one; (cost, moves looked at)."""
    count, quiet, looked = walk.tails.seq.size, 0, 0
    at = _below(walk, count)
    while quiet < count:
        at = at + 1 if at + 1 < count else 0
        quiet += 1
        if not walk.awake[walk.tails.seq[at]]:
            continue
        walk.awake[walk.tails.seq[at]] = False
        least = best_move(tables, walk, at, cost - LEAST_GAIN)
        looked += count * (min(LONGEST_BLOCK, count - at) + 1)
        if least < cost - LEAST_GAIN:
            _make(walk)
            cost = rebuild(tables, walk.tails, walk.move[0], walk.move[2] + walk.move[3])
            quiet = 0
    return cost, looked


@inlined
def _kick(walk: Any) -> None:
    """Exchange two random blocks that stand near each other."""
    count = walk.tails.seq.size
    k, m = 1 + _below(walk, min(KICK_BLOCK, count // 2)), 1 + _below(walk, min(KICK_BLOCK, count // 2))
    gap = min(_below(walk, KICK_GAP), count - k - m)
    a = _below(walk, count - k - m - gap + 1)
    walk.move[0], walk.move[1], walk.move[2], walk.move[3] = a, k, a + k + gap, m
    _make(walk)


@inlined
def _copy(target: Any, source: Any) -> None:
    for i in range(source.size):
        target[i] = source[i]


@inlined
def _arrive(walk: Any, cost: float) -> None:
    walk.value[PRESENT] = cost
    _copy(walk.present, walk.tails.seq)
    if cost < walk.value[BEST]:
        walk.value[BEST] = cost
        _copy(walk.best, walk.tails.seq)


@compiled
def restart(tables: Any, walk: Any, sequence: Any) -> int:
    """Descend from ``sequence``, forgetting the present and the best; returns how many moves were looked at."""
    _copy(walk.tails.seq, sequence)
    walk.value[BEST] = 1e300
    for i in range(sequence.size):
        walk.awake[i] = True
    cost, looked = _descend(tables, walk, rebuild(tables, walk.tails, 0, sequence.size))
    _arrive(walk, cost)
    return int(looked)


@compiled
def stroll(tables: Any, walk: Any, looks: int, heat: float) -> int:
    """Kick and descend until ``looks`` moves were looked at, at temperature ``heat``; returns how many were."""
    looked, count = 0, walk.tails.seq.size
    while looked < looks and walk.value[BEST] > 0:
        _copy(walk.tails.seq, walk.present)
        for i in range(count):
            walk.awake[i] = False
        _kick(walk)
        cost, more = _descend(tables, walk, rebuild(tables, walk.tails, 0, count))
        looked += more
        chance = (np.float64(_below(walk, 1 << 30)) + 1.0) / 1073741824.0
        if cost <= walk.value[PRESENT] - heat * np.log(chance):
            _arrive(walk, cost)
    return int(looked)
