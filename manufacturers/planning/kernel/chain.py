"""One chain of the search: a start, a temperature range, chunks of annealing, and its best sequences as a plan."""

from __future__ import annotations

from functools import lru_cache
from math import inf

import numpy as np

from manufacturers.planning.kernel import anneal as annealing
from manufacturers.planning.kernel import exact, schedule
from manufacturers.planning.kernel import ruin as ruining
from manufacturers.planning.kernel.clock import Clock
from manufacturers.planning.kernel.insert import insert_best
from manufacturers.planning.kernel.problem import (
    Changeover,
    Line,
    Lot,
    Objective,
    Order,
    Placement,
    Plan,
    PlanningProblem,
)
from manufacturers.planning.kernel.tables import (
    EARLY,
    EXACT_EARLY,
    FAMILY,
    INITIAL,
    LATE,
    PENALTY,
    Ints,
    Tables,
    build,
)

PROBES = 4096
# places looked at by ruin and recreation for each block move: about a quarter of the time
LOOKS_BY_MOVE, FEWEST_LOOKS = 0.8, 500
_NO_DELTAS = np.zeros(0)


class Chain:
    """Sequences being improved. Not shared between threads while it runs."""

    def __init__(self, tables: Tables, seed: int, exact_early: bool) -> None:
        self.tables = tables._replace(par=tables.par.copy(), setup_cost=tables.setup_cost.copy())
        self.setup_cost = tables.setup_cost
        self.tables.par[PENALTY] = 2 * max(
            1.0, tables.setup_cost.mean(), tables.weight[:, LATE].max(initial=0), tables.weight[:, EARLY].max(initial=0)
        )
        self.tables.par[EXACT_EARLY] = float(exact_early)
        self.state = schedule.new_state(self.tables, seed)
        self.ruin = ruining.new_ruin(self.tables)
        self.owed, self.looks_by_move = 0.0, LOOKS_BY_MOVE

    def start(self, sequences: list[list[int]], others: list[int]) -> None:
        """Take ``sequences`` by line as they are, then insert ``others``, in that order, where each adds least."""
        state, lines = self.state, self.tables.per.shape[0]
        for line, sequence in enumerate(sequences):
            state.seq[line, : len(sequence)] = sequence
            state.length[line] = len(sequence)
        state.seq[lines, : len(others)] = others
        state.length[lines] = len(others)
        for at, order in enumerate(others):
            state.where[order] = lines, at
        schedule.refresh(self.tables, state)
        soft = self.tables.par[PENALTY]
        self.tables.par[PENALTY] = soft + self.tables.weight.sum()  # no lateness is worth a broken limit here
        for order in others:
            insert_best(self.tables, state, order)
        self.tables.par[PENALTY] = soft
        schedule.keep_if_best(state)

    def hot(self) -> float:
        """A temperature at which much is accepted, from how much random moves worsen the present sequences."""
        deltas = np.zeros(PROBES)
        annealing.anneal(self.tables, self.state, PROBES, 1.0, 1.0, deltas)
        worse = deltas[(deltas > 0) & (deltas < schedule.TOO_DEAR / 2)]
        return 0.1 * float(np.quantile(worse, 0.5)) if worse.size else 1.0

    def run(self, moves: int, heat: float, calm: float = inf) -> None:
        """Anneal at the temperature ``heat``, with ruin and recreation in proportion; changeovers at most at ``calm``.

        Above ``calm`` changeovers cost more in proportion. A minute late of one lot may cost as much as a changeover of
        an hour: where lots can move freely, which families follow one another would be left to chance, and where that
        counts, no lot can move any more.
        """
        if heat <= calm:
            self._anneal(moves, heat)
            return
        best = self.state.best.copy()
        self.state.best[0] = -1.0  # nothing is kept at these prices
        self._price_changeovers(heat / calm)
        self._anneal(moves, heat)
        self._price_changeovers(1.0)
        self.state.best[:] = best
        schedule.keep_if_best(self.state)

    def changeovers(self, rows: list[list[int]]) -> float:
        """What the changeovers of the sequences ``rows`` cost."""
        families = self.tables.lot[:, FAMILY]
        starts = self.tables.head[:, INITIAL]
        return sum(
            float(self.setup_cost[np.append(start, families[row[:-1]]), families[row]].sum())
            for start, row in zip(starts, rows, strict=True)
            if row
        )

    def _price_changeovers(self, factor: float) -> None:
        self.tables.setup_cost[:] = factor * self.setup_cost
        schedule.refresh(self.tables, self.state)

    def _anneal(self, moves: int, heat: float) -> None:
        annealing.anneal(self.tables, self.state, moves, heat, heat, _NO_DELTAS)
        self.owed += self.looks_by_move * moves
        if self.owed >= FEWEST_LOOKS:
            self.owed -= ruining.recreate(self.tables, self.state, self.ruin, int(self.owed), heat)

    def take(self, rows: list[list[int]]) -> None:
        """Continue from the sequences ``rows``, which hold every order."""
        for line, row in enumerate(rows):
            self.state.seq[line, : len(row)] = row
            self.state.length[line] = len(row)
        schedule.refresh(self.tables, self.state)

    def begin_again(self) -> None:
        """Forget the best sequences for the present ones."""
        self.state.best[:] = 1e300
        schedule.keep_if_best(self.state)

    def pay_for_earliness(self) -> None:
        """From now on every move pays for earliness; the best is measured anew."""
        self.tables.par[EXACT_EARLY] = 1.0
        self.take(self.best_sequences())
        self.begin_again()

    def press(self) -> None:
        """Make broken limits dearer where the present sequences break one."""
        if self.state.sums[:, 1].sum() > 0:
            self.tables.par[PENALTY] *= 1.2

    @property
    def present(self) -> float:
        """The cost of the present sequences, broken limits at their price."""
        return float(self.state.sums[:, 0].sum() + self.tables.par[PENALTY] * self.state.sums[:, 1].sum())

    @property
    def best(self) -> tuple[float, float]:
        """(minutes past limits, cost) of the best sequences."""
        return float(self.state.best[0]), float(self.state.best[1])

    def best_sequences(self) -> list[list[int]]:
        """Orders by line."""
        state = self.state
        return [state.best_seq[k, : state.best_count[k]].tolist() for k in range(self.tables.per.shape[0])]

    def best_ends(self) -> list[list[int]]:
        """Ends by line, in worked minutes, of the best sequences: earliest, or as late as costs no tardiness."""
        self.take(self.best_sequences())
        ends = self.state.end
        if self.tables.weight[:, EARLY].any():
            schedule.time_late(self.tables, self.state)
            ends = self.state.late
        return [ends[line, : self.state.length[line]].tolist() for line in range(self.tables.per.shape[0])]


def plan_of(problem: PlanningProblem, sequences: list[list[int]], ends: list[list[int]]) -> Plan:
    """Sequences with ends in worked minutes as a plan; changeovers stand as late as they can."""
    index = {name: k for k, name in enumerate(problem.families)}
    frozen = {x.order: x.start for x in problem.frozen}
    lots = []
    for line, sequence, line_ends in zip(problem.lines, sequences, ends, strict=True):
        clock, family = Clock(line), index[line.initial_family]
        for row, end in zip(sequence, line_ends, strict=True):
            order = problem.orders[row]
            begin = end - order.minutes[line.id]
            setup = problem.changeover.minutes[family][index[order.family]]
            start = frozen.get(order.id, clock.start_at(begin))
            changeover = clock.start_at(begin - setup) if setup else start
            lots.append(
                Lot(order=order.id, line=line.id, start=start, end=clock.end_at(end), changeover_start=changeover)
            )
            family = index[order.family]
    return Plan(lots=tuple(lots))


def sequences_of(problem: PlanningProblem, placements: list[Placement], tables: Tables) -> list[list[int]]:
    """Orders by line as placed, by start; what the problem no longer has or no line of it can make is left out."""
    row = {order.id: k for k, order in enumerate(problem.orders)}
    column = {line.id: k for k, line in enumerate(problem.lines)}
    fixed = {x.order: x for x in problem.frozen}
    chosen = {x.order: fixed.get(x.order, x) for x in placements} | fixed
    sequences: list[list[int]] = [[] for _ in problem.lines]
    for x in sorted(chosen.values(), key=lambda x: (x.start, x.order)):
        if x.order in row and x.line in column and tables.per[column[x.line], row[x.order], 0] > 0:
            sequences[column[x.line]].append(row[x.order])
    return sequences


@lru_cache(maxsize=1)
def warm() -> None:
    """Compile, or load what was compiled before, so that no clock pays for it."""
    line = Line(id="a", initial_family="x")
    orders = tuple(Order(id=name, family="x", release=0, due=0, minutes={"a": 1}, earliness_weight=1) for name in "pq")
    changeover = Changeover(minutes=((0,),), cost=((0,),))
    tables: Tables = build(
        PlanningProblem(
            lines=(line,), families=("x",), changeover=changeover, orders=orders, objective=Objective(earliness=1)
        )
    )
    chain = Chain(tables, 0, True)
    rows: Ints = np.arange(2)
    chain.start([[]], rows.tolist())
    chain.hot()
    chain.run(8, 1.0)
    ruining.recreate(tables, chain.state, chain.ruin, 1, 1.0)
    chain.best_ends()
    exact.best_sequences(tables)
    exact.best_ends(tables, 0, [0])
