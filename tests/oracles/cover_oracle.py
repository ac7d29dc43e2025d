"""Which specifications to run: every set of columns tried, and the search's rules followed one step at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

Matrix = Sequence[Sequence[int]]


def total(cost: Matrix, opening: Sequence[int], opened: Iterable[int]) -> int:
    """What the open columns cost with every row at its cheapest."""
    chosen = list(opened)
    return sum(min(row[column] for column in chosen) for row in cost) + sum(opening[column] for column in chosen)


def least(cost: Matrix, opening: Sequence[int]) -> int:
    """The optimum: columns that cost nothing to open are open, of the others every set is tried."""
    free = [column for column, price in enumerate(opening) if price == 0]
    paid = [column for column, price in enumerate(opening) if price > 0]
    sets = ((*free, *some) for size in range(len(paid) + 1) for some in combinations(paid, size))
    return min(total(cost, opening, chosen) for chosen in sets if chosen)


def stepwise(cost: Matrix, opening: Sequence[int], *, start: Sequence[int], rounds: int) -> tuple[int, ...]:
    """The columns that the greedy start and rounds of drop, add and swap leave open, each total from nothing."""

    def worth(opened: Iterable[int]) -> int:
        return total(cost, opening, opened)

    opened = _greedy(cost, opening, start)
    for _ in range(rounds):
        before = worth(opened)
        opened = _swaps(opening, _drops(opening, opened, worth), worth)
        if worth(opened) >= before:
            break
    return tuple(sorted(opened))


def _greedy(cost: Matrix, opening: Sequence[int], start: Sequence[int]) -> list[int]:
    own = [min(sorted(start), key=lambda column, row=row: row[column] + opening[column]) for row in cost]  # type: ignore[misc]
    alone = [row[column] + opening[column] for row, column in zip(cost, own, strict=True)]
    opened = [column for column in start if opening[column] == 0]

    def gain(column: int) -> int:
        paid = [min([most, *(row[other] for other in opened)]) for row, most in zip(cost, alone, strict=True)]
        return sum(max(now - row[column], 0) for row, now in zip(cost, paid, strict=True)) - opening[column]

    while True:
        best = max((column for column in range(len(opening)) if column not in opened), key=gain, default=None)
        if best is None or gain(best) <= 0:
            break
        opened.append(best)
    for row, column, most in zip(cost, own, alone, strict=True):
        if all(row[other] > most for other in opened):
            opened.append(column)
    return opened


def _drops(opening: Sequence[int], opened: list[int], worth: Callable[[Iterable[int]], int]) -> list[int]:
    opened = sorted(opened)
    while len(opened) > 1:
        left = {column: worth(other for other in opened if other != column) for column in opened if opening[column] > 0}
        best = min(left, key=lambda column: left[column], default=None)
        if best is None or left[best] >= worth(opened):
            break
        opened.remove(best)
    return opened


def _swaps(opening: Sequence[int], opened: list[int], worth: Callable[[Iterable[int]], int]) -> list[int]:
    for column in range(len(opening)):
        if column in opened:
            continue
        added = sorted([*opened, column])
        tries = [[other for other in added if other != gone] for gone in opened if opening[gone] > 0]
        best = min(tries, key=worth, default=added)
        best = best if worth(best) < worth(added) else added
        opened = best if worth(best) < worth(opened) else opened
    return opened
