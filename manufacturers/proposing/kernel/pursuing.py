"""Search and bound until they meet: in turn with one worker, side by side with two.

They help each other: the bound needs a good plan for its steps, and gives the search a pool of promising candidates
and the sets of orders it opened on its way, which lie close to the best plans.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event

import numpy as np

from .bound import Dual
from .exchange import Pool
from .model import Model
from .problem import SolveLimits
from .search import Search

DUAL_ROUNDS = 25  # steps of the bound between two rounds of the search
STILL = 3  # so many times in turn the bound hardly moved: its thread searches until a plan is better
MOVES = 1e-4  # share of the bound
BETTER = 2e-4  # share by which a plan is better when the bound tries again
MEETS = 0.5  # permille of a minor unit
LEAPS = 10  # excursions of the search in a round
POOLED = 300  # candidates the search chooses from
HINTS = 100  # latest sets opened by the bound that the search starts from
POOLED_HINTS = 25  # of these, those whose orders are in the pool for certain

Clock = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """What the bound has learnt: promising candidates, and the sets of orders it opened lately."""

    pool: Pool
    hints: tuple[tuple[int, ...], ...]


class _Proof:
    """The bound with what the search may learn from it."""

    def __init__(self, search: Search) -> None:
        self.dual = Dual(search.model)
        self.dual.start_from(search.prices(search.best or ()))
        self._search = search
        self._hints: deque[tuple[int, ...]] = deque(maxlen=HINTS)

    def improve(self, rounds: int, out_of_time: Clock) -> None:
        """Steps of the bound."""
        hints = self.dual.improve(self._search.value, rounds, out_of_time)
        self._hints.extend(tuple(sorted(int(k) for k in hint)) for hint in hints)

    def news(self) -> _News:
        """For the search: worth its while after some steps."""
        search, hints = self._search, tuple(self._hints)
        members = {k for hint in hints[-POOLED_HINTS:] for k in hint} | {*search.fixed, *(search.best or ())}
        members.update(self.dual.promising(POOLED).tolist())
        return _News(pool=Pool(search.model, np.array(sorted(members), dtype=np.int64)), hints=hints)


def pursue(
    model: Model, limits: SolveLimits, seed: int, start: tuple[int, ...], out_of_time: Clock
) -> tuple[Search, float]:
    """The search when the limits are reached or it meets the bound, and the proven bound (-inf: fixed orders fail)."""
    search = Search(model, seed, out_of_time)
    search.evaluate(search.fixed)
    if start:
        search.evaluate(start)
    search.grow(search.best if search.best is not None else search.fixed)
    proof = _Proof(search)
    proof.improve(1, lambda: False)
    proof.improve(DUAL_ROUNDS, out_of_time)
    if limits.workers > 1:
        _side_by_side(search, proof, limits, seed, out_of_time)
    else:
        _in_turn(search, proof, limits, out_of_time)
    return search, max(proof.dual.bound, search.value)


def _in_turn(search: Search, proof: _Proof, limits: SolveLimits, out_of_time: Clock) -> None:
    rounds = still = 0
    while not _over(search, proof, limits, rounds, out_of_time) and still != limits.patience:
        before = search.value
        proof.improve(DUAL_ROUNDS, out_of_time)
        _heed(search, proof.news())
        _round(search, rounds)
        rounds += 1
        still = still + 1 if search.value <= before else 0


def _side_by_side(search: Search, proof: _Proof, limits: SolveLimits, seed: int, out_of_time: Clock) -> None:
    if out_of_time():
        return
    known = proof.news()
    _heed(search, known)
    beside = _Beside(search, proof, known, seed, out_of_time)
    with ThreadPoolExecutor(max_workers=1) as pool:
        run = pool.submit(beside.run)
        rounds = still = 0
        while not _over(search, proof, limits, rounds, out_of_time) and still != limits.patience:
            before = search.value
            if beside.news is not known:
                known = beside.news
                _heed(search, known)
            if beside.best:
                search.evaluate(beside.best)
            _round(search, rounds)
            rounds += 1
            still = still + 1 if search.value <= before else 0
        beside.halt.set()
        run.result()
        if beside.best:
            search.evaluate(beside.best)


def _over(search: Search, proof: _Proof, limits: SolveLimits, rounds: int, out_of_time: Clock) -> bool:
    done = limits.iterations is not None and rounds >= limits.iterations
    return done or proof.dual.bound - search.value <= MEETS or out_of_time()


def _round(search: Search, rounds: int) -> None:
    for number in range(LEAPS * rounds, LEAPS * (rounds + 1)):
        if search.out_of_time():
            break
        search.leap(number)


def _heed(search: Search, news: _News) -> None:
    """Take over the news, and exchange within the new pool from the best set and the bound's last."""
    search.pool, search.hints = news.pool, news.hints
    for chosen in (*news.hints[-1:], *((search.best,) if search.best else ())):
        search.visit(chosen)


class _Beside:
    """The bound on a thread of its own and, once it hardly moves, a second search from other random numbers.

    ``news`` and ``best`` are replaced as a whole, so that the first search may read them at any time.
    """

    def __init__(self, search: Search, proof: _Proof, news: _News, seed: int, out_of_time: Clock) -> None:
        self.news = news
        self.best: tuple[int, ...] = ()
        self.halt = Event()
        self._search = search
        self._proof = proof
        self._seed = seed
        self._out_of_time = out_of_time
        self._rounds = 0

    def run(self) -> None:
        """Until the time is over or both meet: the bound until it hardly moves, then the search until a better plan
        gives the bound shorter steps and fewer candidates."""
        own = None
        while self._open():
            self._prove()
            if own is None and self._open():
                own = Search(self._search.model, self._seed + 1, self._stop)
                _heed(own, self.news)
            if own is not None:
                self._search_too(own)
            self._proof.dual.again()

    def _prove(self) -> None:
        dual, still = self._proof.dual, 0
        while self._open() and still < STILL:
            before = dual.bound
            self._proof.improve(DUAL_ROUNDS, self._stop)
            still = still + 1 if before - dual.bound < MOVES * abs(dual.bound) else 0
            if self._open():
                self.news = self._proof.news()

    def _search_too(self, own: Search) -> None:
        first, known = self._search, self._search.value
        while self._open() and max(first.value, own.value) < known + BETTER * abs(known):
            if first.best is not None and first.value > own.value:
                own.evaluate(first.best)
            _round(own, self._rounds)
            self.best = own.best or ()
            self._rounds += 1

    def _open(self) -> bool:
        return not self._stop() and self._proof.dual.bound - self._search.value > MEETS

    def _stop(self) -> bool:
        return self.halt.is_set() or self._out_of_time()
