"""Search and bound until they meet: in turn with one worker, side by side with two.

They help each other: the bound needs a good plan for its steps, and tells the search which candidates are out, what
capacity is worth, and which orders it would open.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event

from .bound import Dual
from .ladders import Ladders
from .model import Model
from .problem import Floats, Ints, SolveLimits
from .search import Search

DUAL_ROUNDS = 25  # steps of the bound between two rounds of the search
STILL = 3  # so many times in turn the bound hardly moved: its thread searches from then on
MOVES = 1e-4  # share of the bound
MEETS = 0.5  # permille of a minor unit
KICKS = (2, 3, 4)  # orders closed at once to leave a local optimum, in turn

Clock = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """What the bound has learnt: candidates still in play, worth of capacity, and the orders it would open."""

    index: Ints
    toll: Floats
    hint: tuple[int, ...]


def pursue(
    model: Model, limits: SolveLimits, seed: int, start: tuple[int, ...], out_of_time: Clock
) -> tuple[Search, float]:
    """The search when the limits are reached or it meets the bound, and the proven bound (-inf: fixed orders fail)."""
    search, dual = Search(model, seed, out_of_time), Dual(model)
    search.evaluate(search.fixed)
    if start:
        search.evaluate(start)
    search.climb(search.grow(search.best if search.best is not None else search.fixed))
    dual.start_from(search.prices(search.best or ()))
    dual.improve(search.value, 1, lambda: False)
    if limits.workers > 1:
        _side_by_side(search, dual, limits, seed, out_of_time)
    else:
        _in_turn(search, dual, limits, out_of_time)
    return search, max(dual.bound, search.value)


def _in_turn(search: Search, dual: Dual, limits: SolveLimits, out_of_time: Clock) -> None:
    rounds = still = 0
    while not _over(search, dual, limits, rounds, out_of_time) and still != limits.patience:
        before = search.value
        hints = dual.improve(search.value, DUAL_ROUNDS, out_of_time)
        search.ladders, search.toll = dual.ladders, dual.toll
        for hint in hints[-1:]:
            search.climb(search.grow(tuple(int(k) for k in hint)))
        _round(search, rounds)
        rounds += 1
        still = still + 1 if search.value <= before else 0


def _side_by_side(search: Search, dual: Dual, limits: SolveLimits, seed: int, out_of_time: Clock) -> None:
    beside = _Beside(search, dual, seed, out_of_time)
    with ThreadPoolExecutor(max_workers=1) as pool:
        proof = pool.submit(beside.run)
        known: _News | None = None
        rounds = still = 0
        while not _over(search, dual, limits, rounds, out_of_time) and still != limits.patience:
            before = search.value
            news = beside.news
            if news is not None and news is not known:
                _heed(search, news)
                if known is None or news.hint != known.hint:
                    search.climb(search.grow(news.hint))
                known = news
            if beside.best:
                search.evaluate(beside.best)
            _round(search, rounds)
            rounds += 1
            still = still + 1 if search.value <= before else 0
        beside.halt.set()
        proof.result()
        if beside.best:
            search.evaluate(beside.best)


def _over(search: Search, dual: Dual, limits: SolveLimits, rounds: int, out_of_time: Clock) -> bool:
    done = limits.iterations is not None and rounds >= limits.iterations
    return done or dual.bound - search.value <= MEETS or out_of_time()


def _round(search: Search, rounds: int) -> None:
    search.climb(search.kick(search.best or search.fixed, KICKS[rounds % len(KICKS)]))


def _heed(search: Search, news: _News) -> None:
    if len(news.index) < len(search.ladders.index):
        search.ladders = Ladders(search.model, news.index)
    search.toll = news.toll


class _Beside:
    """The bound on a thread of its own and, once it hardly moves, a second search from other random numbers.

    ``news`` and ``best`` are replaced as a whole, so that the first search may read them at any time.
    """

    def __init__(self, search: Search, dual: Dual, seed: int, out_of_time: Clock) -> None:
        self.news: _News | None = None
        self.best: tuple[int, ...] = ()
        self.halt = Event()
        self._search = search
        self._dual = dual
        self._seed = seed
        self._out_of_time = out_of_time

    def run(self) -> None:
        """Until the time is over or both meet."""
        still = 0
        while self._open() and still < STILL:
            before = self._dual.bound
            hints = self._dual.improve(self._search.value, DUAL_ROUNDS, self._stop)
            still = still + 1 if before - self._dual.bound < MOVES * abs(self._dual.bound) else 0
            if hints:
                self.news = _News(
                    index=self._dual.ladders.index,
                    toll=self._dual.toll.copy(),
                    hint=tuple(sorted(int(k) for k in hints[-1])),
                )
        if self._open():
            self._search_too()

    def _search_too(self) -> None:
        first = self._search
        own = Search(first.model, self._seed + 1, self._stop)
        if self.news is not None:
            _heed(own, self.news)
        rounds = 0
        while self._open():
            if first.best is not None and first.value > own.value:
                own.evaluate(first.best)
            _round(own, rounds)
            self.best = own.best or ()
            rounds += 1

    def _open(self) -> bool:
        return not self._stop() and self._dual.bound - self._search.value > MEETS

    def _stop(self) -> bool:
        return self.halt.is_set() or self._out_of_time()
